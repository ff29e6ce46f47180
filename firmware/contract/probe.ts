import * as z from "zod";
import { wordsSchema } from "./alarm.ts";

const LOST_REASONS = [
  "timeout",
  "garbled",
  "short",
  "foreign",
  "exception",
  "adapterMissing",
  "refused",
  "unresolved",
  "cannotAsk",
] as const;

/** What one device said when it was asked once, outside of the running room. */
export const deviceProbeSchema = z.object({
  device: z.string(),
  name: wordsSchema,
  bus: z.string(),
  busKind: z.enum([
    "modbus-rtu",
    "modbus-ascii",
    "modbus-rtu-tcp",
    "modbus-tcp",
    "snmp",
    "megatec",
    "upslink",
    "yd1363",
    "dlt645-2007",
    "dlt645-1997",
    "osdp",
    "gpio",
    "probe",
  ]),
  wire: z.string().describe("where the wire is, e.g. `/dev/ttyUSB0` or `10.0.0.2:502`"),
  settings: z.string().describe("how the line is set, e.g. `9600 8N1`; empty where there is nothing to set"),
  unit: z
    .union([z.number(), z.string()])
    .nullable()
    .describe("Modbus unit id, YD/T 1363.3 or OSDP address, the digits of a DL/T 645 meter, or the line of a contact"),
  asked: z.boolean().describe("false when the time ran out before its turn"),
  answered: z.boolean(),
  points: z.number(),
  down: z.boolean().describe("a probed service that is down: it was asked, and that is the answer"),
  good: z.number().describe("how many of its points had a value"),
  missing: z.array(z.string()).describe("the first of the points without a value that every unit of the profile has"),
  reason: z.enum(LOST_REASONS).nullable().describe("the last trouble"),
  detail: z.string().describe("what went wrong, or why a probed service is down; empty where all is well"),
  identity: z.string().nullable().describe("maker, model and serial number as the device tells them; null where its protocol does not"),
  advice: wordsSchema.nullable().describe("what to do about it, where the driver can explain it"),
  tookMs: z.number(),
});
export type DeviceProbe = z.infer<typeof deviceProbeSchema>;
