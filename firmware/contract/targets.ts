import * as z from "zod";
import { wordsSchema } from "./alarm.ts";

/** One message that a target refused for good. */
export const deadLetterSchema = z.object({
  id: z.string(),
  incident: z.string(),
  key: z.string(),
  event: z.string().describe("raise, update, acknowledge, clear …"),
  attempts: z.number().int(),
  atMs: z.number().describe("of the last attempt, wall clock"),
  answer: z.string().describe("the target's, in its own words"),
  isOvertaken: z.boolean().describe("the target was told something newer about this alarm: it cannot be sent any more"),
});

/** How one target is doing. What it answered is known since the start of the gateway; what waits lies in the journal. */
export const targetSchema = z.object({
  id: z.string(),
  kind: z.string(),
  state: z
    .enum(["ok", "failing", "parked", "unknown"])
    .describe(
      "`failing`: nothing got through for a minute; `parked`: it refused a message for good; `unknown`: nothing was sent since the start",
    ),
  sinceMs: z.number().nullable(),
  answer: z.string().describe("its last one, in its own words; empty: none yet"),
  answeredMs: z.number().nullable(),
  queued: z.number().int(),
  parked: z.number().int(),
  oldestWaitingMs: z.number().nullable(),
  lastAcceptedMs: z.number().nullable(),
  latency: z
    .object({ count: z.number().int(), p50Ms: z.number(), p95Ms: z.number(), p99Ms: z.number() })
    .nullable()
    .describe("from the record of an event to the target's yes, of the last hour; null: nothing was accepted in it"),
  lastBeatMs: z.number().nullable().describe("the last sign of life that it took; null: none, or it takes none"),
  comparedMs: z
    .number()
    .nullable()
    .describe("when its tickets were last compared with what it was told; null: not since the start, or it has none"),
  repairs: z.number().int().describe("tickets that were put right by comparisons since the start; each is a line of the audit log"),
  dead: z.array(deadLetterSchema).describe("the newest first, at most 50"),
});
export const targetsReplySchema = z.object({
  targets: z.array(targetSchema),
  problem: wordsSchema.nullable().describe("why the journal cannot say what waits; null: it can"),
});
export type TargetView = z.infer<typeof targetSchema>;
export type TargetsReply = z.infer<typeof targetsReplySchema>;

export const RESEND_IDS_MAX = 50;
export const resendSchema = z.strictObject({
  target: z.string().min(1).max(32),
  ids: z.array(z.string().min(1).max(128)).min(1).max(RESEND_IDS_MAX).nullable().describe("null: everything that the target refused"),
});
export const resentSchema = z.object({ resent: z.number().int(), left: z.number().int() });
export type Resent = z.infer<typeof resentSchema>;
