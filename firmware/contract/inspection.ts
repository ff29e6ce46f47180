import * as z from "zod";
import { severitySchema, wordsSchema } from "./alarm.ts";
import { limitSchema } from "./site.ts";

/** Limits of what a person may send. */
export const INSPECTION_TEXT_MAX = 1_000;
const templateIdSchema = z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}$/);
export const sheetIdSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,31}\/\d{4}-\d{2}-\d{2}$/)
  .describe("`template/YYYY-MM-DD`, the day of the site's time zone");

const itemHead = {
  id: z.string(),
  name: wordsSchema,
  device: z.string().nullable().describe("device id; null: the room as a whole"),
  where: wordsSchema.nullable().describe("name of the device"),
  weight: z.number().describe("what the item counts in the score"),
};
const lookedAt = { ...itemHead, optional: z.boolean().describe("the sheet can be signed without it") };

/** Filled by the gateway from its history. */
export const measuredItemSchema = z.object({
  kind: z.literal("measured"),
  ...itemHead,
  point: z.string(),
  pointKind: z.enum(["measure", "counter", "state"]),
  unit: z.string(),
  digits: z.number().int(),
  fitted: z.boolean().describe("false: not every unit has it; no data is then no fault"),
  states: z.array(wordsSchema.extend({ name: z.string() })).describe("empty unless it is a state; the value is the index"),
  limits: z.array(limitSchema).describe("in force when the sheet was begun"),
  abnormalStates: z.array(z.object({ state: z.number().int(), severity: severitySchema })),
});
export const inspectionItemSchema = z.discriminatedUnion("kind", [
  measuredItemSchema,
  z.object({
    kind: z.literal("choice"),
    ...lookedAt,
    choices: z.array(z.object({ id: z.string(), name: wordsSchema, abnormal: z.boolean() })),
  }),
  z.object({
    kind: z.literal("number"),
    ...lookedAt,
    unit: z.string(),
    min: z.number().nullable().describe("below it is abnormal"),
    max: z.number().nullable().describe("above it is abnormal"),
  }),
  z.object({ kind: z.literal("text"), ...lookedAt }),
]);
export type MeasuredItem = z.infer<typeof measuredItemSchema>;
export type InspectionItem = z.infer<typeof inspectionItemSchema>;
export type LookedAtItem = Exclude<InspectionItem, { kind: "measured" }>;

export const inspectionTemplateSchema = z.object({
  id: templateIdSchema,
  name: wordsSchema,
  at: z.string().describe("HH:MM of the site's time zone: the day's sheet is due and exported"),
  who: wordsSchema.nullable().describe("who does this round"),
  items: z.array(inspectionItemSchema),
});
export type InspectionTemplate = z.infer<typeof inspectionTemplateSchema>;

const wallMs = z.number().describe("wall clock, milliseconds since 1970-01-01T00:00Z");
const done = {
  by: z.string(),
  atMs: wallMs,
  clockTrusted: z.boolean().describe("false: the gateway did not know the time of day"),
  toldMs: wallMs.optional().describe("what the gateway said then, where `atMs` was put right when it knew the time"),
};

const valueSchema = z
  .union([z.string().max(INSPECTION_TEXT_MAX), z.number()])
  .nullable()
  .describe("id of the choice, number or text; null: it was not looked at, the note says why");
export type AnswerValue = z.infer<typeof valueSchema>;

export const inspectionAnswerSchema = z.object({
  item: z.string(),
  value: valueSchema,
  note: z.string(),
  ...done,
  revision: z.number().int().describe("1 for the first answer; send it back with the next one"),
  abnormal: z.boolean(),
});
export type InspectionAnswer = z.infer<typeof inspectionAnswerSchema>;

/** What history says of one measured item. Null and `gaps` are where nothing good was read; never zero. */
export const inspectionFigureSchema = z.object({
  item: z.string(),
  point: z.string(),
  min: z.number().nullable(),
  max: z.number().nullable(),
  avg: z.number().nullable(),
  last: z.number().nullable(),
  minAtMs: z.number().nullable(),
  maxAtMs: z.number().nullable(),
  minutesWithData: z.number().int(),
  minutes: z.number().int(),
  gaps: z.array(z.object({ fromMs: wallMs, toMs: wallMs })),
  states: z.array(z.number().int()).describe("the states that were seen, in order of their numbers; empty unless it is a state"),
  abnormal: severitySchema.nullable().describe("the worst limit that was passed, or state that was seen"),
});
export type InspectionFigure = z.infer<typeof inspectionFigureSchema>;

export const inspectionFiguresSchema = z.object({
  fromMs: wallMs,
  toMs: wallMs.describe("up to here; the end of the day when it is over"),
  clockTrusted: z.boolean().describe("false: part of it was recorded while the time of day was not known"),
  problem: wordsSchema.nullable().describe("why there are no figures, when history cannot be read"),
  rows: z.array(inspectionFigureSchema),
});
export type InspectionFigures = z.infer<typeof inspectionFiguresSchema>;

export const inspectionMarkSchema = z.object({ ...done, note: z.string() });
export type InspectionMark = z.infer<typeof inspectionMarkSchema>;

/** A change after signing; the former answer stays. */
export const inspectionCorrectionSchema = z.object({
  item: z.string(),
  ...done,
  reason: z.string(),
  before: z.object({ value: valueSchema, note: z.string(), by: z.string(), atMs: wallMs }).nullable(),
  after: z.object({ value: valueSchema, note: z.string() }),
});
export type InspectionCorrection = z.infer<typeof inspectionCorrectionSchema>;

export const inspectionStateSchema = z
  .enum(["open", "missing", "signed", "reviewed"])
  .describe("`missing`: the day is over and nobody has signed");
export type InspectionState = z.infer<typeof inspectionStateSchema>;

const sheetHead = {
  id: sheetIdSchema,
  template: z.string(),
  day: z.string().describe("YYYY-MM-DD of the site's time zone"),
  state: inspectionStateSchema,
};

export const inspectionSheetSchema = z.object({
  ...sheetHead,
  form: inspectionTemplateSchema.describe("the template as it was when the sheet was begun"),
  fromMs: wallMs,
  toMs: wallMs.describe("end of the day: 23, 24 or 25 hours after `fromMs`"),
  revision: z.number().int().describe("counts what people did to it; send it back when signing"),
  answers: z.array(inspectionAnswerSchema),
  measured: inspectionFiguresSchema.describe("up to the signature; before it, up to now or the end of the day"),
  wholeDay: inspectionFiguresSchema.nullable().describe("taken once when the day was over"),
  missing: z.array(z.string()).describe("items that must be answered before it can be signed"),
  abnormal: z.array(z.string()).describe("items whose answer or figures are not normal"),
  score: z.object({ reached: z.number(), possible: z.number() }).describe("weights of the items that are normal, and of all"),
  signature: inspectionMarkSchema.nullable(),
  reviews: z.array(inspectionMarkSchema).describe("the last one counts unless something was corrected after it"),
  corrections: z.array(inspectionCorrectionSchema),
});
export type InspectionSheet = z.infer<typeof inspectionSheetSchema>;

export const inspectionSummarySchema = z.object({
  ...sheetHead,
  name: wordsSchema,
  answered: z.number().int(),
  abnormal: z.number().int(),
  signedBy: z.string().nullable(),
  signedAtMs: wallMs.nullable(),
  clockTrusted: z.boolean(),
  corrected: z.boolean(),
  closed: z.boolean().describe("the day is over and its figures are written down"),
});
export type InspectionSummary = z.infer<typeof inspectionSummarySchema>;

export const inspectionMonthSchema = z.object({
  month: z.string().describe("YYYY-MM"),
  today: z.string().describe("YYYY-MM-DD of the site's time zone"),
  templates: z.array(inspectionTemplateSchema.pick({ id: true, name: true, at: true, who: true })),
  sheets: z.array(inspectionSummarySchema).describe("by day; days before the gateway knew its rounds are not there"),
});
export type InspectionMonth = z.infer<typeof inspectionMonthSchema>;

const revisionSchema = z.int().min(0).max(1_000_000);
const noteSchema = z.string().max(INSPECTION_TEXT_MAX).default("");
export const answerRequestSchema = z.strictObject({
  sheet: sheetIdSchema,
  item: z.string().min(1).max(255),
  value: valueSchema,
  note: noteSchema,
  revision: revisionSchema.describe("of the answer that this one replaces; 0 when there was none"),
});
export const signRequestSchema = z.strictObject({
  sheet: sheetIdSchema,
  note: noteSchema,
  revision: revisionSchema.describe("of the sheet as it was looked at"),
});
export const correctRequestSchema = answerRequestSchema.extend({ reason: z.string().min(1).max(INSPECTION_TEXT_MAX) });
