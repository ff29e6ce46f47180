import * as z from "zod";

const column = z.array(z.number().nullable()).readonly();

const spansSchema = z.array(z.object({ fromMs: z.number(), toMs: z.number() })).readonly();

/** Columns of a chart over minutes to months: column n begins at `fromMs + n × stepMs`; null is a gap. */
export const trendSchema = z.object({
  fromMs: z.number().describe("wall clock, milliseconds; where the first step begins, a little before what was asked for"),
  stepMs: z.number().describe("seconds where every reading is kept and read often enough, otherwise whole minutes"),
  steps: z.number().int(),
  series: z
    .array(
      z.object({
        point: z.string(),
        min: column.describe("the lowest reading in each step"),
        max: column.describe("the highest"),
        avg: column.describe("the mean of its readings, or of its minutes"),
        last: column.describe("the last"),
      }),
    )
    .readonly(),
  clockTrusted: z.boolean().describe("false: part of it was measured while the time of day was not certain"),
  uncertain: spansSchema.describe("when that was"),
});
export type Trend = z.infer<typeof trendSchema>;

/** What a point did in a span, from the box's minutes. */
export const summarySchema = z.object({
  point: z.string(),
  min: z.number().nullable().describe("null, like the next three: no good reading in the whole span"),
  max: z.number().nullable(),
  avg: z.number().nullable().describe("mean of the minutes, each with the same weight; of a state point: of the numbers of its states"),
  last: z.number().nullable(),
  minAtMs: z.number().nullable().describe("the minute of the lowest reading, wall clock"),
  maxAtMs: z.number().nullable(),
  minutesWithData: z.number().int(),
  minutes: z.number().int().describe("minutes of the span that are over"),
  gaps: spansSchema.describe("minutes without a good reading, at most 50 spans"),
  clockTrusted: z.boolean(),
});
export const summariesReplySchema = z.object({ summaries: z.array(summarySchema).readonly() });
