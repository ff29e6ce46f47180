import * as z from "zod";
import { wordsSchema } from "./alarm.ts";
import { FORCE_MINUTES_MAX } from "./output-limits.ts";
import { REASON_MAX } from "./reason.ts";

const wallMs = z.number().describe("wall clock, milliseconds since 1970-01-01T00:00Z");
const orderSchema = z.object({ by: z.string(), atMs: wallMs, reason: z.string() });

export const outputSchema = z.object({
  id: z.string(),
  name: wordsSchema,
  kind: z.enum(["siren", "beacon", "relay"]),
  area: wordsSchema,
  where: z.string().describe("bus and place, e.g. `do-1 · unit 3 coil 0`"),
  wanted: z.boolean().nullable().describe("what it is to be at; null: left as it is"),
  real: z.boolean().nullable().describe("what was read back at last; null: not known"),
  why: wordsSchema,
  isResting: z.boolean().describe("held until the least time between two switches is over"),
  isFailing: z.boolean().describe("it does not do what it is told: alarm `outputFailed`"),
  trouble: wordsSchema.nullable().describe("what went wrong at the last try"),
  changedAtMs: wallMs.nullable().describe("when it was last found at another state; null: not since the start"),
  safe: z.boolean().nullable().describe("what it is left at when the gateway ends and while it is locked out; null: as it is"),
  normally: z.boolean(),
  onAtMostMs: z.number().nullable(),
  lock: orderSchema.nullable(),
  force: orderSchema.extend({ isOn: z.boolean(), untilMs: wallMs }).nullable(),
  isTesting: z.boolean(),
});
export type OutputView = z.infer<typeof outputSchema>;

export const linkageSchema = z.object({
  id: z.string(),
  name: wordsSchema,
  when: wordsSchema,
  does: wordsSchema,
  unless: z.array(wordsSchema).describe("its interlocks"),
  output: z.string(),
  state: z
    .enum(["idle", "waiting", "blocked", "acted", "passed"])
    .describe(
      "`waiting`: its condition has not held for long enough; `blocked`: an interlock or a lock-out keeps it; `acted`: it holds its output; `passed`: what goes on was dealt with",
    ),
  blocked: wordsSchema.nullable().describe("what keeps it from acting"),
  actedAtMs: wallMs.nullable(),
  alarms: z.array(z.string()).describe("what it acted on: alarm keys or points"),
  armed: z.object({ by: z.string(), atMs: wallMs }).nullable(),
  endsBy: z.enum(["person", "condition"]),
});
export type LinkageView = z.infer<typeof linkageSchema>;

export const outputsReplySchema = z.object({
  outputs: z.array(outputSchema),
  linkages: z.array(linkageSchema),
  inactive: wordsSchema.nullable().describe("why no linkage acts; null: they may"),
});
export type OutputsReply = z.infer<typeof outputsReplySchema>;

const output = z.string().min(1).max(32);
const reason = z.string().trim().min(1).max(REASON_MAX).describe("why; it stands in the audit log");

export const namedOutputSchema = z.strictObject({ output });
export const forceOutputSchema = z.strictObject({
  output,
  isOn: z.boolean(),
  minutes: z.int().min(1).max(FORCE_MINUTES_MAX),
  reason,
});
export const lockOutputSchema = z.strictObject({ output, reason });
export const linkageActSchema = z.strictObject({ linkage: z.string().min(1).max(32), reason });

export const testReplySchema = z.object({
  asked: z.boolean().describe("what it was switched to"),
  real: z.boolean().nullable().describe("what was read back; null: not known"),
  isReached: z.boolean(),
  trouble: wordsSchema.nullable(),
});
export type TestReply = z.infer<typeof testReplySchema>;
