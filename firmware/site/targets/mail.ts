import * as z from "zod";
import { host, id, language, mailbox, port, signIn, trust } from "../schema-words.ts";
import { targetWording } from "../target-wording.ts";

export const mailTarget = z.strictObject({
  kind: z.literal("mail"),
  id,
  host,
  port: port.default(587),
  security: z
    .enum(["starttls", "tls", "none"])
    .meta({ description: "`starttls`, `tls` or `none`", zh: "`starttls`、`tls` 或 `none`" })
    .default("starttls"),
  ...signIn,
  from: mailbox,
  to: z.array(mailbox).min(1).max(32).meta({ description: "1 to 32 mail addresses", zh: "1 到 32 个邮箱地址" }),
  ...trust,
  language,
  ...targetWording,
});
