import * as z from "zod";
import { SEVERITIES } from "./severity.ts";

/** Words in the two languages of the product. Chinese first. */
export const wordsSchema = z.object({ zh: z.string(), en: z.string() });
export type Words = z.infer<typeof wordsSchema>;

export const severitySchema = z.enum(SEVERITIES);
export type Severity = z.infer<typeof severitySchema>;

/**
 * ISA-18.2 states of an alarm: A normal, B unacknowledged active, C acknowledged active, D returned to normal
 * unacknowledged, E shelved, F suppressed by design, G out of service. A is never stored: the record is gone.
 */
export const alarmStateSchema = z.enum(["A", "B", "C", "D", "E", "F", "G"]);

const wallMs = z.number().describe("wall clock, milliseconds since 1970-01-01T00:00Z");

/** It began while the box did not know the time of day. `corrected`: the time shown was put right when it was known. */
export const timeMarkSchema = z.enum(["uncertain", "corrected"]);

export const acknowledgementSchema = z.object({ atMs: wallMs, by: z.string(), note: z.string() });

/** Set aside by a person for a while, with a reason: it is neither told nor heard meanwhile. */
export const shelfSchema = z.object({
  atMs: wallMs,
  by: z.string(),
  reason: z.string(),
  untilMs: wallMs.nullable().describe("null: until it returns to normal"),
});
export type Shelf = z.infer<typeof shelfSchema>;

/** Its sound was switched off for a while; that is no acknowledgement. */
export const soundOffSchema = z.object({ atMs: wallMs, by: z.string(), untilMs: wallMs });

/** One live alarm. The key is stable over restarts and carries no value, time or severity: `site/area/device/point/type`. */
export const alarmRecordSchema = z.object({
  key: z.string(),
  device: z.string().describe("device id"),
  point: z.string().nullable().describe("point id `device/name`; null for an alarm of the device itself"),
  type: z
    .string()
    .describe(
      "`high`, `low` (with what was derived: `high-rate-15min`), `lost`, `stale`, `when-<condition>`, `missing-<event>`, or the name of the abnormal state",
    ),
  severity: severitySchema,
  state: alarmStateSchema,
  held: z.boolean().describe("the reading behind it is not good at present: the alarm keeps its last state"),
  text: wordsSchema.describe("what happened and where"),
  action: wordsSchema.describe("what to do now"),
  value: z.number().nullable().describe("value at the last change"),
  limit: z.number().nullable(),
  unit: z.string(),
  minimum: z.number().nullable().describe("lowest good value since raised"),
  maximum: z.number().nullable().describe("highest good value since raised"),
  raisedAtMs: wallMs,
  timeMark: timeMarkSchema.optional().describe("of `raisedAtMs`; absent: the time was certain"),
  changedAtMs: wallMs,
  clearedAtMs: wallMs.nullable(),
  raiseCount: z.number().int(),
  acknowledgement: acknowledgementSchema.nullable(),
  incident: z.string().describe("id of the incident that carries it"),
  incidentNumber: z.string().optional().describe("its number for people, e.g. `RW-000123`"),
  incidentKey: z
    .string()
    .optional()
    .describe("key of the alarm that opened the incident, and of all that targets are told of it; absent: its own"),
  abnormalAtMs: wallMs.optional().describe("when it began to be abnormal, before its delay: what came first is told by this"),
  emergency: z.literal(true).optional().describe("leak, smoke, fire: never shelved, suppressed or taken out of service"),
  shelf: shelfSchema.optional(),
  suppressedBy: z.string().optional().describe("key of the alarm that explains it; `settle`: the gateway has only just started"),
  window: z.string().optional().describe("id of the maintenance window that it is out of service by"),
  soundOff: soundOffSchema.optional(),
  chattering: z.literal(true).optional().describe("it came and went so often that it now ends only after ten quiet minutes"),
  fleeting: z.literal(true).optional().describe("it was over almost as soon as it was told"),
});
export type AlarmRecord = z.infer<typeof alarmRecordSchema>;

/** What became of one incident event at one target. `sent` means the target said yes and that is in the journal. */
export const deliverySchema = z.object({
  id: z.string().describe("idempotency key, the same for every attempt"),
  target: z.string(),
  event: z.enum(["raise", "update", "acknowledge", "clear", "escalate"]),
  state: z.enum(["queued", "sent", "parked"]),
  attempts: z.number().int(),
  atMs: wallMs.describe("last attempt, or when it was queued"),
  answer: z.string().describe("last answer or error, empty before the first attempt"),
  ticket: z.string().nullable(),
  ticketUrl: z.string().nullable(),
  ticketStatus: z.string().optional().describe("what the ticket system calls its state, when it was asked lately"),
  ticketAssignee: z.string().optional().describe("who has the ticket there, when it was asked lately and somebody has it"),
});
export type Delivery = z.infer<typeof deliverySchema>;

/** What a person or the ITSM handles: one cause, one or several alarms, from the first raise to the last clear. */
export const incidentSchema = z.object({
  id: z.string(),
  number: z.string().optional().describe("for people, e.g. `RW-000123`; grows with every incident of this box"),
  key: z.string().describe("key of the alarm that opened it"),
  state: z.enum(["open", "acknowledged", "resolved"]),
  severity: severitySchema.describe("the worst it has been"),
  text: wordsSchema,
  device: z.string(),
  openedAtMs: wallMs,
  timeMark: timeMarkSchema.optional().describe("of `openedAtMs`; absent: the time was certain"),
  acknowledgement: acknowledgementSchema.nullable(),
  resolvedAtMs: wallMs.nullable(),
  alarms: z.number().int().optional().describe("how many alarms it has had"),
  firstOut: wordsSchema.optional().describe("which of them began first"),
  deliveries: z.array(deliverySchema),
});
export type Incident = z.infer<typeof incidentSchema>;

/** Body of `POST /api/v1/alarms/acknowledge`. */
export const acknowledgeRequestSchema = z.strictObject({
  keys: z.array(z.string().min(1).max(255)).min(1).max(500),
  note: z.string().max(500).default(""),
});
/** Keys not found are told, not an error: the alarm may have ended while the finger was moving. */
export const acknowledgeReplySchema = z.object({
  acknowledged: z.array(z.string()),
  notFound: z.array(z.string()),
  alreadyAcknowledged: z
    .array(z.object({ key: z.string(), by: z.string(), atMs: wallMs }))
    .describe("somebody was faster: who has them, since when"),
});
export type AcknowledgeReply = z.infer<typeof acknowledgeReplySchema>;
