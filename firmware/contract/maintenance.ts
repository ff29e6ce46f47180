import * as z from "zod";
import { wordsSchema } from "./alarm.ts";

const wallMs = z.number().describe("wall clock, milliseconds since 1970-01-01T00:00Z");
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** The longest that an alarm may lie on a shelf. */
export const SHELVE_MAX_MS = 24 * HOUR_MS;
/** The longest that a sound may be off, and that of leak, smoke and fire. */
export const SILENCE_MAX_MS = 60 * MINUTE_MS;
export const EMERGENCY_SILENCE_MAX_MS = 5 * MINUTE_MS;
/** The longest that a maintenance window may last; what is away for longer is out of service. */
export const WINDOW_MAX_MS = 7 * 24 * HOUR_MS;
/** A window may be written down a little after it began. */
export const WINDOW_LATE_MAX_MS = 5 * MINUTE_MS;
/** Windows and devices out of service at one time, planned ones too. */
export const WINDOWS_MAX = 200;

const keys = z.array(z.string().min(1).max(255)).min(1).max(500);
const reason = z.string().trim().min(1).max(500);

/** Body of `POST /api/v1/alarms/shelve`. */
export const shelveRequestSchema = z.strictObject({
  keys,
  reason: reason.describe("why nobody need hear of it for a while"),
  forMs: z.int().min(MINUTE_MS).max(SHELVE_MAX_MS).nullable().describe("how long, one minute to 24 h; null: until it returns to normal"),
});
export const unshelveRequestSchema = z.strictObject({ keys });
export const silenceRequestSchema = z.strictObject({
  keys,
  forMs: z
    .int()
    .min(MINUTE_MS)
    .max(SILENCE_MAX_MS)
    .default(10 * MINUTE_MS)
    .describe("how long, one minute to one hour; leak, smoke and fire five minutes at most"),
});
/** Keys that are not live are told, not an error; so is what may not be done. */
export const alarmActReplySchema = z.object({
  done: z.array(z.string()),
  notFound: z.array(z.string()),
  refused: z.array(z.object({ key: z.string(), why: wordsSchema })),
});
export type AlarmActReply = z.infer<typeof alarmActReplySchema>;

const ids = z.array(z.string().min(1).max(32)).max(500);
export const windowScopeSchema = z.strictObject({
  all: z.boolean().default(false).describe("the whole room"),
  areas: ids.default([]).describe("with the areas within them"),
  devices: ids.default([]),
});

/** What is not told for a while because people work on it: a maintenance window, or a device that is out of service until further notice. */
export const maintenanceWindowSchema = z.object({
  id: z.string(),
  kind: z.enum(["maintenance", "outOfService"]),
  scope: windowScopeSchema,
  fromMs: wallMs,
  untilMs: wallMs.nullable().describe("null: until somebody ends it"),
  change: z.string().describe("change number; empty: none was given"),
  requester: z.string(),
  reason: z.string(),
  by: z.string().describe("who wrote it down"),
  startedAtMs: wallMs.nullable(),
  endedAtMs: wallMs.nullable(),
});
export type MaintenanceWindow = z.infer<typeof maintenanceWindowSchema>;

/** Body of `POST /api/v1/maintenance`. */
export const maintenanceRequestSchema = z.strictObject({
  scope: windowScopeSchema,
  fromMs: wallMs.optional().describe("absent: now"),
  untilMs: wallMs,
  change: z.string().trim().min(1).max(64).describe("change number"),
  requester: z.string().trim().min(1).max(64),
  reason,
});
export type MaintenanceRequest = z.infer<typeof maintenanceRequestSchema>;

/** Body of `POST /api/v1/devices/out-of-service`. */
export const outOfServiceRequestSchema = z.strictObject({ devices: ids.min(1), reason, requester: z.string().trim().max(64).default("") });
export type OutOfServiceRequest = z.infer<typeof outOfServiceRequestSchema>;

export const maintenanceQuerySchema = z.strictObject({ id: z.string().min(1).max(64).describe("id of the window to end now") });
export const maintenanceReplySchema = z.object({
  windows: z.array(maintenanceWindowSchema).describe("in force or planned; then the last that ended"),
});
export const windowReplySchema = z.object({ window: maintenanceWindowSchema });
