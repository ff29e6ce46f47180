import * as z from "zod";
import { httpUrl, id, language, trust } from "../schema-words.ts";
import { targetWording } from "../target-wording.ts";

export const pagerdutyTarget = z.strictObject({
  kind: z.literal("pagerduty"),
  id,
  url: httpUrl.default("https://events.pagerduty.com/v2/enqueue"),
  routingKey: z
    .string()
    .regex(/^[A-Za-z0-9]{32}$/)
    .meta({
      description: "the integration key of the service, 32 letters and digits",
      zh: "服务的集成密钥（integration key），32 位字母数字",
    }),
  ...trust,
  language,
  ...targetWording,
});
