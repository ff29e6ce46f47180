import * as z from "zod";

const wallMs = z.number().describe("wall clock, milliseconds since 1970-01-01T00:00Z");

/** Who says what time it is. `unsynced`: nobody; the time is counted on from the last known one. */
export const clockSourceSchema = z.enum(["unsynced", "battery", "manual", "ntp"]);
export type ClockSource = z.infer<typeof clockSourceSchema>;

/** How well the time of day is known. `errorMs`: it may be off by so much; null: nobody can say. */
export const clockQualitySchema = z.object({ source: clockSourceSchema, errorMs: z.number().nullable() });
export type ClockQuality = z.infer<typeof clockQualitySchema>;

/**
 * What happened to the told time. `synced`: first known in this boot, and what was recorded before in it was corrected. `step`: the system
 * clock jumped and was followed. `refused`: it jumped too far and was not. `agreed`: the refusal is over by itself. `accepted` and `set`: by a person.
 */
export const clockCauseSchema = z.enum(["synced", "step", "refused", "agreed", "accepted", "set"]);
export type ClockCause = z.infer<typeof clockCauseSchema>;

/** One change of the told time. Of a refused one `toMs` is what the system said. */
export const clockStepSchema = z.object({
  number: z.number().int(),
  boot: z.number().int().describe("starts of the gateway, counted"),
  uptimeMs: z.number().describe("since that start, by a clock that nobody sets"),
  cause: clockCauseSchema,
  fromMs: wallMs,
  toMs: wallMs,
  before: clockQualitySchema,
  after: clockQualitySchema,
});
export type ClockStep = z.infer<typeof clockStepSchema>;

/** In short, for the head of every page. */
export const clockStateSchema = z.object({
  quality: clockQualitySchema,
  refusedMs: wallMs.nullable().describe("the time of the system that is not followed at present; null: it is followed"),
  repeats: z.boolean().describe("the clock was set back: this time of day was told before"),
});
export type ClockState = z.infer<typeof clockStateSchema>;

export const clockReplySchema = clockStateSchema.extend({
  nowMs: wallMs,
  systemMs: wallMs.describe("what the operating system says"),
  correctionMs: z.number().describe("what is added to the system's time"),
  by: z.string().describe("who was asked: `chrony`, `systemd-timesyncd`, `kernel`, `rtc`; empty: nobody answers"),
  server: z.string().describe("the time server, where it is known"),
  bootId: z.string(),
  uptimeMs: z.number(),
  trustedMs: wallMs.describe("last time that was known for certain"),
  steps: z.array(clockStepSchema).readonly().describe("newest first"),
});
export type ClockReply = z.infer<typeof clockReplySchema>;

const reason = z.string().trim().min(1).max(300).describe("why, for the audit log");
/** No box of ours is older, and none is meant to be in use beyond. */
export const CLOCK_SET_MIN_MS = Date.UTC(2026, 0, 1);
export const CLOCK_SET_MAX_MS = Date.UTC(2100, 0, 1);
export const clockSetSchema = z.union([
  z.strictObject({ accept: z.literal(true).describe("take over the time of the system"), reason }),
  z.strictObject({ atMs: z.number().min(CLOCK_SET_MIN_MS).max(CLOCK_SET_MAX_MS).describe("the time of day now"), reason }),
]);
