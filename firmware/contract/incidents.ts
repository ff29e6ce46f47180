import * as z from "zod";
import { incidentSchema, wordsSchema } from "./alarm.ts";
import { CAUSES, NAME_MAX, RUNBOOK_TEXT_MAX, SUBJECT_MAX, TEXT_MAX, WORK_STATES } from "./incident-terms.ts";
import { REASON_MAX } from "./reason.ts";

const wallMs = z.number().describe("wall clock, milliseconds since 1970-01-01T00:00Z");
const text = z.string().trim().min(1).max(TEXT_MAX);
const reason = z.string().trim().min(1).max(REASON_MAX);
const priority = z.int().min(1).max(5).describe("1 is the highest");
const problemIdSchema = z.string().regex(/^PR-\d{6,}$/);

export const assigneeSchema = z.object({
  kind: z.enum(["person", "group"]),
  name: z.string().trim().min(1).max(NAME_MAX),
});

/** What a person does to an incident. Nothing of it touches its alarms. */
export const incidentActSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("assign"), to: assigneeSchema.nullable().describe("null: to nobody") }),
  z.strictObject({ kind: z.literal("note"), text }),
  z.strictObject({ kind: z.literal("subject"), text: z.string().trim().min(1).max(SUBJECT_MAX) }),
  z.strictObject({ kind: z.literal("priority"), priority: priority.nullable().describe("null: as urgency and impact say"), reason }),
  z.strictObject({ kind: z.literal("wait"), reason: reason.describe("for what; the clocks stand still meanwhile") }),
  z.strictObject({ kind: z.literal("continue"), note: z.string().trim().max(TEXT_MAX).default("") }),
  z.strictObject({ kind: z.literal("cause"), cause: z.enum(CAUSES), text: z.string().trim().max(TEXT_MAX).default("") }),
  z.strictObject({ kind: z.literal("workaround"), text }),
  z.strictObject({ kind: z.literal("solution"), text }),
  z.strictObject({ kind: z.literal("resolve"), note: z.string().trim().max(TEXT_MAX).default("") }),
  z.strictObject({ kind: z.literal("close"), note: z.string().trim().max(TEXT_MAX).default("") }),
  z.strictObject({ kind: z.literal("reopen"), reason }),
  z.strictObject({ kind: z.literal("link"), problem: problemIdSchema.nullable().describe("null: it belongs to no problem") }),
]);
export type IncidentAct = z.infer<typeof incidentActSchema>;

/** An authorised user says whether a text may stand as advice for others. */
export const remedyDecisionSchema = z.strictObject({
  what: z.enum(["workaround", "solution"]),
  verdict: z.enum(["approve", "reject"]),
  reason: z.string().trim().max(REASON_MAX).default(""),
});
export type RemedyDecision = z.infer<typeof remedyDecisionSchema>;

/** A temporary or permanent solution. */
export const remedySchema = z.object({
  text: z.string(),
  by: z.string(),
  atMs: wallMs,
  state: z.enum(["proposed", "approved", "rejected"]),
  decidedBy: z.string().nullable(),
});
export type Remedy = z.infer<typeof remedySchema>;

const serviceClockSchema = z.object({
  limitMs: z.number().describe("service time that the level allows"),
  spentMs: z.number(),
  leftMs: z.number().describe("below zero: overdue by so much"),
  state: z.enum(["running", "paused", "done"]).describe("paused: while it waits, and outside the service hours"),
  dueAtMs: wallMs.nullable().describe("when it will be overdue if nothing stops it; null unless running"),
  reached: z.enum(["warning", "breach"]).nullable(),
});
export type ServiceClockView = z.infer<typeof serviceClockSchema>;

export const incidentWorkSchema = z.object({
  state: z.enum(WORK_STATES),
  subject: z.string().nullable().describe("null: nobody has written one; the alarm's text stands for it"),
  assignee: z.string().nullable(),
  assigneeKind: z.enum(["person", "group"]).nullable(),
  category: z.string().describe("device class, or what else it is about"),
  urgency: z.number().int(),
  impact: z.number().int(),
  priority,
  overridden: z.object({ by: z.string(), reason: z.string() }).nullable().describe("a person has set the priority"),
  waitingFor: z.string().nullable(),
  resolvedBy: z.string().nullable().describe("who resolved it; null: nobody, or its alarms ended"),
  alarmsStand: z.boolean().describe("an alarm of it has not returned to normal"),
  reopened: z.number().int().describe("how often"),
  cause: z.object({ cause: z.enum(CAUSES), text: z.string(), by: z.string() }).nullable(),
  workaround: remedySchema.nullable(),
  solution: remedySchema.nullable(),
  problem: z.string().nullable(),
  clocks: z.object({ acknowledge: serviceClockSchema, resolve: serviceClockSchema }),
});
export type IncidentWorkView = z.infer<typeof incidentWorkSchema>;

export const workedIncidentSchema = incidentSchema.extend({ work: incidentWorkSchema });
export type WorkedIncident = z.infer<typeof workedIncidentSchema>;

const subjectFactsSchema = z.object({
  reporter: wordsSchema,
  device: wordsSchema,
  location: wordsSchema,
  maker: z.string(),
  model: z.string(),
  serial: z.string(),
  assetNumber: z.string(),
  owner: z.string(),
  provider: z.string(),
  contract: z.string(),
  servicePhone: z.string(),
  warrantyUntil: z.string(),
  inWarranty: z.boolean().nullable(),
});

/** What happened to an incident: a change of one of its alarms, or an act. */
export const momentSchema = z.object({
  atMs: wallMs,
  clockTrusted: z.boolean(),
  by: z.string().nullable().describe("null: the gateway"),
  kind: z.string().describe("`alarm.raise` and so on, or what was done"),
  detail: z.string(),
  text: wordsSchema.nullable().describe("of the alarm, where it is about one"),
});
export type Moment = z.infer<typeof momentSchema>;

export const incidentDetailSchema = z.object({
  incident: workedIncidentSchema,
  subject: subjectFactsSchema,
  moments: z.array(momentSchema).describe("oldest first"),
});
export type IncidentDetail = z.infer<typeof incidentDetailSchema>;

export const problemSchema = z.object({
  id: problemIdSchema,
  title: z.string(),
  state: z.enum(["open", "closed"]),
  key: z.string().nullable().describe("alarm key that comes again and again"),
  openedAtMs: wallMs,
  by: z.string(),
  cause: z.string(),
  workaround: remedySchema.nullable(),
  solution: remedySchema.nullable(),
  incidents: z.number().int().describe("how many are linked to it"),
});
export type ProblemView = z.infer<typeof problemSchema>;

export const openProblemSchema = z.strictObject({
  title: z.string().trim().min(1).max(SUBJECT_MAX),
  key: z.string().min(1).max(255).nullable().default(null),
  cause: z.string().trim().max(TEXT_MAX).default(""),
  incidents: z.array(z.string().min(1).max(64)).max(100).default([]).describe("that are linked to it at once"),
});
export const problemActSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("title"), text: z.string().trim().min(1).max(SUBJECT_MAX) }),
  z.strictObject({ kind: z.literal("cause"), text }),
  z.strictObject({ kind: z.literal("workaround"), text }),
  z.strictObject({ kind: z.literal("solution"), text }),
  z.strictObject({ kind: z.literal("close"), note: z.string().trim().max(TEXT_MAX).default("") }),
  z.strictObject({ kind: z.literal("reopen"), reason }),
]);
export type ProblemAct = z.infer<typeof problemActSchema>;

export const recurringSchema = z.object({
  key: z.string(),
  text: wordsSchema,
  device: z.string(),
  count: z.number().int().describe("incidents of it in the last 30 days"),
  lastAtMs: wallMs,
  problem: z.string().nullable().describe("the open problem that is about it"),
});
export type Recurring = z.infer<typeof recurringSchema>;
export const problemsReplySchema = z.object({ problems: z.array(problemSchema), recurring: z.array(recurringSchema) });

/** Alarms that a runbook is about; `*` stands for any text. */
export const runbookScopeSchema = z.strictObject({
  type: z.string().min(1).max(64).default("*").describe("alarm type, e.g. `high`, `lost`"),
  category: z.string().min(1).max(64).default("*").describe("device class, e.g. `cooling`"),
  point: z.string().min(1).max(255).default("*").describe("`device/point-name`, or a device id with `/*`"),
});
export type RunbookScope = z.infer<typeof runbookScopeSchema>;
const runbookHead = {
  title: z.string().trim().min(1).max(SUBJECT_MAX),
  scope: runbookScopeSchema.prefault({}),
  text: z.string().trim().min(1).max(RUNBOOK_TEXT_MAX),
};
export const proposeRunbookSchema = z.strictObject({
  id: z
    .string()
    .regex(/^RB-\d{6,}$/)
    .nullable()
    .default(null)
    .describe("null: a new one"),
  ...runbookHead,
});
export type RunbookProposal = z.infer<typeof proposeRunbookSchema>;
export const runbookVersionSchema = z.object({
  version: z.number().int(),
  title: z.string(),
  scope: z.object({ type: z.string(), category: z.string(), point: z.string() }),
  text: z.string(),
  by: z.string(),
  atMs: wallMs,
});
export type RunbookVersion = z.infer<typeof runbookVersionSchema>;
export const runbookSchema = z.object({
  id: z.string(),
  approved: runbookVersionSchema.extend({ approvedBy: z.string() }).nullable().describe("what counts; null: nothing yet, or withdrawn"),
  proposed: runbookVersionSchema.nullable().describe("waits for approval"),
});
export type RunbookView = z.infer<typeof runbookSchema>;
export const runbooksReplySchema = z.object({ runbooks: z.array(runbookSchema) });
export const runbookDecisionSchema = z.strictObject({
  version: z.int().min(1).describe("the proposal that was read"),
  verdict: z.enum(["approve", "reject", "withdraw"]).describe("withdraw: the approved text counts no longer"),
  reason: z.string().trim().max(REASON_MAX).default(""),
});
export type RunbookDecision = z.infer<typeof runbookDecisionSchema>;

export const guidanceSchema = z.object({
  runbooks: z.array(runbookSchema),
  solutions: z.array(
    z.object({
      incident: z.string().describe("its number for people"),
      resolvedAtMs: wallMs.nullable(),
      cause: z.string().nullable(),
      workaround: remedySchema.nullable(),
      solution: remedySchema.nullable(),
    }),
  ),
  problem: problemSchema.nullable().describe("the open problem that is about this alarm"),
  provider: z.string(),
  servicePhone: z.string(),
});
export type Guidance = z.infer<typeof guidanceSchema>;

export const incidentListReplySchema = z.object({
  incidents: z.array(workedIncidentSchema),
  next: z.string().nullable().describe("ask with `before` for those that follow; null: there are none"),
});
export const assigneesReplySchema = z.object({ people: z.array(z.string()) });

const list = (limit: number) => z.coerce.number().int().min(1).max(limit);
export const incidentQuerySchema = z.strictObject({
  limit: list(500).default(100),
  open: z
    .enum(["true", "false"])
    .optional()
    .describe("true: only those whose alarms have not all ended; false: only those whose alarms have")
    .transform((word) => (word === undefined ? undefined : word === "true")),
  state: z
    .enum([...WORK_STATES, "unresolved"])
    .optional()
    .describe("what people have made of it; `unresolved`: new, inProgress or waiting"),
  assignee: z.string().min(1).max(NAME_MAX).optional(),
  device: z.string().min(1).max(64).optional(),
  problem: problemIdSchema.optional(),
  text: z.string().trim().min(1).max(100).optional().describe("in number, subject, text, device or assignee"),
  from: z.coerce.number().optional().describe("opened at or after, ms"),
  to: z.coerce.number().optional().describe("opened before, ms"),
  before: z.string().regex(/^\d+$/).optional().describe("`next` of the answer before"),
});
export type IncidentQuestion = Omit<z.infer<typeof incidentQuerySchema>, "open"> & { readonly open?: boolean | undefined };
