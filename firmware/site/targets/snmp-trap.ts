import * as z from "zod";
import { host, id, port, timeout } from "../schema-words.ts";
import { snmpAccess } from "../snmp-schema.ts";

export const snmpTrapTarget = z.strictObject({
  kind: z.literal("snmp-trap"),
  id,
  host,
  port: port.default(162),
  notification: z
    .enum(["inform", "trap"])
    .meta({ description: "`inform` (the manager confirms it) or `trap`", zh: "`inform`（对方确认）或 `trap`" })
    .default("inform"),
  ...snmpAccess,
  version: z.union([z.literal("2c"), z.literal(3), z.literal("3")]).default("2c"),
  timeout: timeout.prefault("5s"),
  retries: z.int().min(0).max(5).default(2),
});
