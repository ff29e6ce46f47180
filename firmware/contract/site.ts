import * as z from "zod";
import { DEVICE_CLASSES } from "../../drivers/vocabulary.ts";
import { severitySchema, wordsSchema } from "./alarm.ts";
import { ROLES } from "./roles.ts";

export const areaSchema = z.object({ id: z.string(), name: wordsSchema, parent: z.string().nullable() });

export const deviceClassSchema = z.enum(DEVICE_CLASSES);
export type DeviceClass = z.infer<typeof deviceClassSchema>;

/** A device as people know it. `parents` feed or cool it. */
export const deviceSchema = z.object({
  id: z.string(),
  name: wordsSchema,
  class: deviceClassSchema,
  area: z.string(),
  bus: z.string(),
  address: z.string().describe("as printed on the label, e.g. `unit 3` or `127.0.0.1:161`"),
  profile: z.string(),
  profileLabel: wordsSchema,
  parents: z.array(z.string()),
  periodMs: z.number(),
});
export type DeviceView = z.infer<typeof deviceSchema>;

/** A limit that a rule sets on a point, for limit lines and bars. */
export const limitSchema = z.object({ type: z.enum(["high", "low"]), severity: severitySchema, limit: z.number() });
export type Limit = z.infer<typeof limitSchema>;

/** A point. Its place in the list is its number in the live frames. */
export const pointSchema = z.object({
  id: z.string().describe("`device/vocabulary-name`"),
  device: z.string(),
  name: z.string(),
  kind: z.enum(["measure", "counter", "state"]),
  unit: z.string(),
  digits: z.number().int(),
  label: wordsSchema,
  optional: z.boolean().describe("not every unit has it: hidden until it was good once"),
  states: z.array(wordsSchema.extend({ name: z.string() })).describe("empty unless kind is state; the value is the index"),
  limits: z.array(limitSchema),
  formula: z.string().optional().describe("the box works it out from other points; absent: it is read"),
});
export type PointView = z.infer<typeof pointSchema>;

/** All that does not change while the box runs. `revision` changes when it does. */
export const siteViewSchema = z.object({
  version: z.string(),
  revision: z.string(),
  id: z.string(),
  name: wordsSchema,
  timezone: z.string(),
  demo: z.boolean().describe("the room is simulated"),
  areas: z.array(areaSchema),
  buses: z.array(z.object({ id: z.string(), kind: z.string(), hasLine: z.boolean().describe("what goes over it can be recorded") })),
  devices: z.array(deviceSchema),
  points: z.array(pointSchema),
  targets: z.array(z.object({ id: z.string(), kind: z.string() })),
});
export type SiteView = z.infer<typeof siteViewSchema>;

/** One point's latest reading, as `GET /api/v1/points` gives it. Value is null unless quality is `good`. */
export const pointValueSchema = z.object({
  id: z.string(),
  value: z.number().nullable(),
  state: z.string().nullable().describe("name of the state, for state points"),
  unit: z.string(),
  quality: z.string(),
  readAtMs: z.number().nullable().describe("when the last good reading was taken"),
});
export type PointValue = z.infer<typeof pointValueSchema>;

/** Columns for a chart: one time axis per device; null is a gap. */
export const historySchema = z.object({
  times: z.array(z.number()).describe("wall clock, milliseconds"),
  series: z.array(z.object({ point: z.string(), values: z.array(z.number().nullable()) })),
});
export type History = z.infer<typeof historySchema>;

export const busHealthSchema = z.object({
  id: z.string(),
  state: z.enum(["ok", "degraded", "adapterMissing", "silent", "lent"]),
  transactions: z.number(),
  faults: z.record(z.string(), z.number()).describe("count per reason since start"),
  lastFault: z.string(),
  advice: wordsSchema.nullable().describe("what to do about a fault that the driver can explain"),
  devicesBackingOff: z.array(z.string()),
  traps: z
    .object({ heard: z.number(), rejected: z.number() })
    .nullable()
    .describe("SNMP traps and informs from its host since start; null: nobody listens for them"),
  lent: z
    .object({ to: z.string(), sinceMs: z.number() })
    .nullable()
    .describe("the wire was lent to somebody for commissioning: its devices are not read meanwhile, and are not silent either"),
});
export type BusHealth = z.infer<typeof busHealthSchema>;

export const trapHealthSchema = z.object({
  listening: z.boolean(),
  port: z.number(),
  heard: z.number().describe("traps and informs that hastened a poll; counts are since start"),
  rejected: z.number().describe("unknown community, user or key"),
  malformed: z.number().describe("no trap, or no SNMP"),
  dropped: z.number().describe("beyond what is listened to in a second"),
  strangers: z.number().describe("from addresses that no snmp bus has"),
  lastStranger: z.string().nullable(),
  lastRejected: z.object({ address: z.string(), wrong: z.enum(["community", "user", "key"]) }).nullable(),
});
export type TrapHealth = z.infer<typeof trapHealthSchema>;

export const healthSchema = z.object({
  status: z.enum(["ok", "degraded"]),
  version: z.string(),
  uptimeSeconds: z.number(),
  points: z.object({ fresh: z.number(), stale: z.number(), total: z.number() }),
  journal: z.enum(["ok", "failing"]),
});
export type Health = z.infer<typeof healthSchema>;

/** `engineer` sees to site and devices, `auditor` reads what others did; what each may do is in `permissions.ts`. */
export const roleSchema = z.enum(ROLES);
export type Role = z.infer<typeof roleSchema>;
export const sessionSchema = z.object({ name: z.string(), role: roleSchema });
export type Session = z.infer<typeof sessionSchema>;

/** One thing that is wrong with a request. */
export const faultSchema = z.object({ path: z.string().describe("where in the request, e.g. `keys[0]`"), expected: wordsSchema });
export type Fault = z.infer<typeof faultSchema>;

/** Every refusal of the HTTP API: what happened and what to do next. */
export const problemSchema = z.object({
  code: z.string(),
  message: wordsSchema,
  faults: z.array(faultSchema).optional().describe("everything that is wrong with the request"),
});
export type Problem = z.infer<typeof problemSchema>;
