import * as z from "zod";
import { httpUrl, id, language, signIn, trust } from "../schema-words.ts";
import { targetWording } from "../target-wording.ts";

export const requestTrackerTarget = z.strictObject({
  kind: z.literal("request-tracker"),
  id,
  url: httpUrl,
  token: z.string().min(1).max(256).optional(),
  ...signIn,
  queue: z.string().min(1).max(200).meta({ description: "the queue that gets the tickets", zh: "接收工单的队列" }),
  ...trust,
  language,
  ...targetWording,
});
