import * as z from "zod";
import { host, language, port } from "../schema-words.ts";
import { targetHead } from "../target-head.ts";

export const syslogTarget = z.strictObject({
  kind: z.literal("syslog"),
  ...targetHead,
  host,
  port: port.default(514),
  transport: z
    .enum(["udp", "tcp"])
    .meta({ description: "`udp`, or `tcp` (octet counting, RFC 6587)", zh: "`udp` 或 `tcp`（按字节计数，RFC 6587）" })
    .default("udp"),
  facility: z
    .int()
    .min(0)
    .max(23)
    .meta({ description: "a syslog facility, 0–23 (20 is local4)", zh: "syslog 设施号 0–23（20 为 local4）" })
    .default(20),
  language,
});
