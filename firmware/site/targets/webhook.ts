import * as z from "zod";
import { duration, httpUrl, id, trust } from "../schema-words.ts";

export const webhookTarget = z.strictObject({
  kind: z.literal("webhook"),
  id,
  url: httpUrl,
  secret: z
    .string()
    .min(16)
    .max(256)
    .meta({ description: "a secret of at least 16 characters; it signs every delivery", zh: "至少 16 个字符的密钥，用于签名每次投递" }),
  ...trust,
  /** Absent: none is sent. */
  heartbeat: duration(10_000, 3_600_000, {
    zh: "带单位的时长，10s 到 1h，如 `60s`：每隔这么久发一次心跳；不写则不发",
    en: "a duration with its unit, 10s to 1h, e.g. `60s`: a sign of life is sent this often; left out: none is",
  }).optional(),
});
