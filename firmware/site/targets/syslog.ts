import * as z from "zod";
import { host, id, language, port, trust } from "../schema-words.ts";

export const syslogTarget = z.strictObject({
  kind: z.literal("syslog"),
  id,
  host,
  port: port
    .meta({ description: "a port number, 1–65535; by default 514, with `tls` 6514", zh: "端口号 1–65535；默认 514，`tls` 时为 6514" })
    .optional(),
  transport: z
    .enum(["udp", "tcp", "tls"])
    .meta({
      description: "`udp`, `tcp` (octet counting, RFC 6587) or `tls` (RFC 5425)",
      zh: "`udp`、`tcp`（按字节计数，RFC 6587）或 `tls`（RFC 5425）",
    })
    .default("udp"),
  facility: z
    .int()
    .min(0)
    .max(23)
    .meta({ description: "a syslog facility, 0–23 (20 is local4)", zh: "syslog 设施号 0–23（20 为 local4）" })
    .default(20),
  ...trust,
  language,
});
