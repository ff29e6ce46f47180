import * as z from "zod";
import { bodyForm } from "../../contract/body-template.ts";
import { duration, httpUrl, id, language, trust } from "../schema-words.ts";

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
  method: z.enum(["POST", "PUT"]).meta({ description: "`POST` or `PUT`", zh: "`POST` 或 `PUT`" }).optional(),
  /** What a receiver wants beside ours, often a key: never shown. Names are checked by `checkWebhook`. */
  headers: z
    .record(
      z.string(),
      z
        .string()
        .regex(/^[\x21-\x7e]([\x20-\x7e]{0,1022}[\x21-\x7e])?$/)
        .meta({ description: "1 to 1024 printable ASCII characters", zh: "1 到 1024 个可打印 ASCII 字符" }),
    )
    .meta({ description: "further headers by name", zh: "附加请求头：名称和值" })
    .optional(),
  /** In place of our own contract, see `BodyTemplate`. */
  body: z
    .json()
    .meta({
      description:
        "a mapping or a list whose texts hold names in braces, e.g. `{ title: '{number} {text}' }`; a text where contentType is no JSON",
      zh: "映射或列表，其文本可含花括号字段名，如 `{ title: '{number} {text}' }`；contentType 不是 JSON 时为文本",
    })
    .optional(),
  contentType: z
    .string()
    .max(100)
    .refine((type) => bodyForm(type) !== null)
    .meta({
      description: "the type of body: a JSON type (when left out), `application/x-www-form-urlencoded`, an XML type or a text type",
      zh: "body 的类型：JSON 类型（默认）、`application/x-www-form-urlencoded`、XML 类型或文本类型",
    })
    .optional(),
  /** Of what stands in braces; Chinese when left out. */
  language: language.removeDefault().optional(),
});
