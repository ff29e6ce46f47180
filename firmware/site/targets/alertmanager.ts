import * as z from "zod";
import { httpUrl, id, language, signIn, trust } from "../schema-words.ts";

export const alertmanagerTarget = z.strictObject({
  kind: z.literal("alertmanager"),
  id,
  urls: z.array(httpUrl).min(1).max(8).meta({
    description: "1 to 8 addresses: every replica of the Alertmanager, e.g. `[http://10.0.0.5:9093]`",
    zh: "1 到 8 个地址：Alertmanager 的每个副本，如 `[http://10.0.0.5:9093]`",
  }),
  token: z.string().min(1).max(512).optional(),
  ...signIn,
  ...trust,
  language,
});
