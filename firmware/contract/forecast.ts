import * as z from "zod";
import { severitySchema, wordsSchema } from "./alarm.ts";

/** limit: a point meets the limit of a rule. battery: a battery on discharge is empty. filter, batteryAgeing: worn out, over weeks and months. */
export const FORECAST_KINDS = ["limit", "battery", "filter", "batteryAgeing"] as const;
export type ForecastKind = (typeof FORECAST_KINDS)[number];

const spanMs = z.number().min(0).describe("milliseconds from `madeAtMs`");

export const forecastFiguresSchema = z.object({
  judged: z.number().int().describe("forecasts of which is known what happened, the last 24 at most"),
  met: z.number().int().describe("it happened"),
  inBand: z.number().int().describe("it happened within the band"),
  medianErrorMs: z.number().nullable(),
  largestErrorMs: z.number().nullable(),
});

/** What is ahead, with its band and how well such forecasts have done. */
export const forecastSchema = z.object({
  id: z.string().describe("stays while it is about the same thing"),
  kind: z.enum(FORECAST_KINDS),
  device: z.string(),
  point: z.string().nullable().describe("point id"),
  unit: z.string(),
  value: z.number().nullable().describe("where it stands now"),
  limit: z.number().describe("what it is going to meet, in `unit`"),
  direction: z.enum(["high", "low"]),
  severity: severitySchema.nullable().describe("of the limit that a rule sets; null: no rule sets it"),
  madeAtMs: z.number().describe("wall clock, milliseconds"),
  inMs: spanMs,
  earliestMs: spanMs,
  latestMs: spanMs.nullable().describe("null: perhaps never"),
  confidence: z.enum(["high", "medium", "low"]),
  text: wordsSchema.describe("the forecast as a sentence"),
  basis: wordsSchema.describe("what it is concluded from"),
  record: forecastFiguresSchema,
  recordText: wordsSchema.nullable().describe("how the last forecasts of this did; null: too few are known"),
});
export type ForecastView = z.infer<typeof forecastSchema>;

export const forecastsReplySchema = z.object({
  forecasts: z.array(forecastSchema).readonly().describe("soonest first"),
  without: z
    .array(
      z.object({ kind: z.enum(FORECAST_KINDS), device: z.string(), point: z.string().nullable(), reason: z.string(), text: wordsSchema }),
    )
    .readonly()
    .describe("what moves towards a limit, or should have a forecast, and why it has none; the first 200"),
  watched: z.number().int().describe("points with a limit"),
});
export type ForecastsReply = z.infer<typeof forecastsReplySchema>;

export const forecastRecordReplySchema = z.object({
  kinds: z.array(forecastFiguresSchema.extend({ kind: z.enum(FORECAST_KINDS) })).readonly(),
  points: z
    .array(
      forecastFiguresSchema.extend({
        kind: z.enum(FORECAST_KINDS),
        device: z.string(),
        point: z.string().nullable(),
        limit: z.number(),
        widened: z.number().describe("how many times wider the next band is told"),
        withheld: z.boolean().describe("too often wrong: made and compared, but not shown"),
      }),
    )
    .readonly(),
  last: z
    .array(
      z.object({
        kind: z.enum(FORECAST_KINDS),
        device: z.string(),
        point: z.string().nullable(),
        limit: z.number(),
        madeAtMs: z.number(),
        inMs: spanMs,
        earliestMs: spanMs,
        latestMs: spanMs.nullable(),
        shown: z.boolean(),
        outcome: z.enum(["open", "met", "missed", "unseen"]).describe("unseen: the point was silent or the box was off"),
        tookMs: z.number().nullable().describe("how long it took until it happened"),
      }),
    )
    .readonly()
    .describe("newest first, at most 200"),
});
export type ForecastRecordReply = z.infer<typeof forecastRecordReplySchema>;
