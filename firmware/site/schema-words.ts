import * as z from "zod";

/** What every section of `site.yaml` names things with. `description` and `zh` say what is expected, in messages and in the JSON Schema. */
export const id = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,31}$/)
  .meta({
    description: "lower-case letters, digits and hyphens, at most 32, e.g. `ups-a`",
    zh: "小写字母、数字和连字符，最多 32 个，如 `ups-a`",
  });
export const words = z
  .union([z.string().min(1).max(80), z.strictObject({ zh: z.string().min(1).max(80), en: z.string().min(1).max(80) })])
  .meta({ description: "one text for both languages, or { zh, en }", zh: "一段文字（两种语言共用），或 { zh, en }" });
