import * as z from "zod";
import { httpUrl } from "../schema-words.ts";
import { targetHead } from "../target-head.ts";

export const webhookTarget = z.strictObject({
  kind: z.literal("webhook"),
  ...targetHead,
  url: httpUrl,
  secret: z
    .string()
    .min(16)
    .max(256)
    .meta({ description: "a secret of at least 16 characters; it signs every delivery", zh: "至少 16 个字符的密钥，用于签名每次投递" }),
});
