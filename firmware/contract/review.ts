import * as z from "zod";
import { severitySchema, wordsSchema } from "./alarm.ts";
import { siteProblemSchema } from "./configuration.ts";

const wallMs = z.number().describe("wall clock, milliseconds since 1970-01-01T00:00Z");

export const PERIODS = ["day", "week", "month"] as const;
export type Period = (typeof PERIODS)[number];
/** Operators who share the alarms of a box. */
export const POSITIONS_MAX = 20;

/** One figure of the alarm system beside what is to be reached. */
export const figureSchema = z.object({
  id: z.string(),
  label: wordsSchema,
  value: z.number().nullable().describe("null: nothing happened that it could be worked out from"),
  unit: z.enum(["", "%", "s"]),
  target: z.number().nullable().describe("at most this; null: a number that has no target"),
  source: z.string().describe("where the target is from; `unverified`: the number could not be read in the standard itself"),
  met: z.boolean().nullable(),
  advice: wordsSchema.describe("what to do where it is not met"),
});
export type Figure = z.infer<typeof figureSchema>;

/** An alarm that rings most, chatters, is fleeting or stands for too long. */
export const actorSchema = z.object({
  key: z.string(),
  device: z.string(),
  point: z.string().nullable(),
  text: wordsSchema,
  raised: z.number().int(),
  share: z.number().describe("of all that rang, 0 to 1"),
  fleeting: z.number().int().describe("times it was over within twice its on-delay"),
  chatters: z.boolean().describe("three times within a minute"),
  standsMs: z.number().nullable().describe("how long it has been active at a stretch, where that is more than a day"),
});
export type Actor = z.infer<typeof actorSchema>;

export const alarmQualitySchema = z.object({
  period: z.enum(PERIODS),
  date: z.string().describe("first day of the period, in the site's time zone"),
  fromMs: wallMs,
  toMs: wallMs.describe("end of the period, or now"),
  beginsMs: wallMs.nullable().describe("from when on the journal knows of alarms; null: it knows of none"),
  positions: z.number().int(),
  raised: z.number().int(),
  figures: z.array(figureSchema),
  priorities: z.array(z.object({ severity: severitySchema, raised: z.number().int() })),
  silenced: z
    .object({ shelved: z.number().int(), suppressed: z.number().int(), outOfService: z.number().int() })
    .describe("alarms that were taken out of the way: shelved by a person, suppressed by design, out of service"),
  uncertain: z.number().int().describe("events whose time of day nobody knows for certain"),
  cut: z.boolean().describe("there were more events than are looked at; the figures are of the first"),
  hours: z.array(z.number().int()).describe("what rang in each hour from `fromMs` on"),
  actors: z.array(actorSchema).describe("the ten that rang most"),
  standing: z.array(actorSchema).describe("active for more than a day"),
});
export type AlarmQuality = z.infer<typeof alarmQualitySchema>;

/** One stretch in which an alarm was active. */
export const episodeSchema = z.object({
  fromMs: wallMs,
  toMs: wallMs.nullable().describe("null: still active at the end of the period"),
  severity: severitySchema.describe("the worst it was"),
  rings: z.number().int().describe("how often it rang"),
});
export type Episode = z.infer<typeof episodeSchema>;

/**
 * What a changed rule makes of alarms that belong together because they overlap. `lost`: only today's rule has it; `gained`: only the changed
 * one; `moved`: both, at another time, with another severity, or in other pieces.
 */
export const differenceSchema = z.object({
  kind: z.enum(["gained", "lost", "moved"]),
  point: z.string().describe("the device, where the alarm is about several of its points"),
  type: z.string(),
  before: z.array(episodeSchema),
  after: z.array(episodeSchema),
  raiseShiftMs: z.number().nullable().describe("moved: how much later the first one rings; negative: earlier"),
  clearShiftMs: z.number().nullable().describe("moved: how much later the last one ends; null: one of them has not"),
});
export type Difference = z.infer<typeof differenceSchema>;

const loadSchema = z.object({ alarms: z.number().int(), rings: z.number().int(), perWeek: z.number(), activeMs: z.number() });
export type Load = z.infer<typeof loadSchema>;

/** What the replay was made of. */
export const basisSchema = z.object({
  points: z.array(z.string()),
  samples: z.number().int(),
  fullHours: z.number().int().describe("hours of which every reading was replayed"),
  minuteHours: z.number().int().describe("hours of which only the last reading of each minute is kept"),
  beginsMs: wallMs.nullable().describe("the first reading of these points in the period; null: there is none"),
  silent: z.array(z.string()).describe("points of which nothing is kept in the period"),
  certain: z.boolean().describe("false: part of it was measured while the time of day was not certain"),
});
export type Basis = z.infer<typeof basisSchema>;

export const whatIfReplySchema = z.object({
  fromMs: wallMs,
  toMs: wallMs,
  problems: z.array(siteProblemSchema).describe("what is wrong with the changed rule; then nothing was replayed"),
  yaml: z.string().nullable().describe("what was tried, to stand last under `rules:`; null: it was a whole site file"),
  basis: basisSchema.nullable(),
  before: loadSchema,
  after: loadSchema,
  gained: z.number().int(),
  lost: z.number().int(),
  moved: z.number().int(),
  same: z.number().int(),
  differences: z.array(differenceSchema).describe("oldest first, at most 500"),
  timeline: z.object({ before: z.array(episodeSchema), after: z.array(episodeSchema) }).describe("the alarms of both, at most 500 each"),
});
export type WhatIfReply = z.infer<typeof whatIfReplySchema>;

const WHAT_IF_DAYS_MAX = 400;
const SPAN_MAX_MS = WHAT_IF_DAYS_MAX * 86_400_000;
const RULE_TEXT_MAX = 65_536;
const SITE_TEXT_MAX = 1_048_576;
const isSpan = ({ fromMs, toMs }: { readonly fromMs: number; readonly toMs: number }): boolean =>
  fromMs < toMs && toMs - fromMs <= SPAN_MAX_MS;
const spanFault = { error: `\`toMs\` after \`fromMs\`, and at most ${WHAT_IF_DAYS_MAX} days later`, path: ["toMs"] };

/** Body of `POST /api/v1/what-if`: either one entry as it would stand last under `rules:`, or a whole site file. */
export const whatIfRequestSchema = z
  .strictObject({
    fromMs: wallMs,
    toMs: wallMs,
    rule: z
      .union([z.string().min(1).max(RULE_TEXT_MAX), z.record(z.string(), z.unknown())])
      .optional()
      .describe("an entry of `rules:` as YAML or JSON; it stands behind those of the site file"),
    site: z.string().min(1).max(SITE_TEXT_MAX).optional().describe("a whole site file as YAML"),
  })
  .refine(isSpan, spanFault)
  .refine(({ rule, site }) => (rule === undefined) !== (site === undefined), { error: "either `rule` or `site`", path: ["rule"] });
export type WhatIfRequest = z.infer<typeof whatIfRequestSchema>;

export const replayStateSchema = z.object({
  running: z.boolean(),
  done: z.number().describe("part of the period that is done, 0 to 1"),
});
export type ReplayState = z.infer<typeof replayStateSchema>;

/** Body of `POST /api/v1/suggestions`. */
export const suggestRequestSchema = z
  .strictObject({
    point: z.string().min(1).max(255),
    fromMs: wallMs,
    toMs: wallMs,
    removePercent: z.number().min(1).max(100).default(80).describe("of the alarms that nobody could act on so many are to go"),
    keepLongerThanMs: z.number().min(0).max(86_400_000).default(600_000).describe("no alarm that lasts longer may be lost"),
  })
  .refine(isSpan, spanFault);
export type SuggestRequest = z.infer<typeof suggestRequestSchema>;

export const suggestionSchema = z.object({
  what: z.enum(["deadband", "off", "on", "together"]),
  deadband: z.number().nullable(),
  onMs: z.number(),
  offMs: z.number(),
  start: z.boolean().describe("the deadband is the one that EEMUA 191 begins with, in percent of the measuring range"),
  perWeekBefore: z.number(),
  perWeekAfter: z.number(),
  nuisanceBefore: z.number().int(),
  nuisanceAfter: z.number().int(),
  latestDetectionMs: z.number().describe("by how much the alarm that lasts is told later at the worst"),
  yaml: z.string().describe("to stand last under `rules:` of the site file; nothing is applied by itself"),
});
export type Suggestion = z.infer<typeof suggestionSchema>;

export const suggestReplySchema = z.object({
  point: z.string(),
  fromMs: wallMs,
  toMs: wallMs,
  basis: basisSchema,
  noise: z.number().nullable().describe("robust standard deviation of the readings around their course, in the unit of the point"),
  crossings: z.number().int().describe("how often the readings passed a limit, there and back"),
  episodes: z.number().int(),
  nuisance: z.number().int().describe("of these over within twice the on-delay, or back within ten minutes of the one before"),
  lasting: z.number().int().describe("of these longer than what must not be lost"),
  startDeadband: z.number().nullable().describe("EEMUA 191 begins with this"),
  suggestions: z.array(suggestionSchema),
  reason: wordsSchema.nullable().describe("why there is none"),
});
export type SuggestReply = z.infer<typeof suggestReplySchema>;
