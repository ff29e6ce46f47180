import * as z from "zod";
import { FORECAST_KINDS } from "../contract/forecast.ts";

/**
 * One forecast as it was told, and what came of it. `open`: still to come. `met`: it happened, `tookMs` after it was told. `missed`: it had not
 * happened long after the end of its band. `unseen`: the point was silent, or the box was off: it counts nowhere.
 */
export const predictionSchema = z.object({
  /** `kind point limit`: what it was a forecast of. */
  key: z.string(),
  kind: z.enum(FORECAST_KINDS),
  device: z.string(),
  point: z.string().nullable(),
  limit: z.number(),
  direction: z.enum(["high", "low"]),
  /** Wall clock; of this boot it is worked out anew whenever it is asked for. */
  madeAtMs: z.number(),
  inMs: z.number(),
  earliestMs: z.number(),
  latestMs: z.number().nullable(),
  /** False: it was withheld, and only made to see whether forecasts for this have become better. */
  shown: z.boolean(),
  outcome: z.enum(["open", "met", "missed", "unseen"]),
  tookMs: z.number().nullable(),
});
export type Prediction = z.infer<typeof predictionSchema>;

/** Forecasts of one thing that are remembered. */
export const KEPT_PER_KEY = 24;
/** Judged forecasts that a figure needs. */
export const JUDGED_MIN = 5;
/** From so many judged on, fewer right than this part: nothing is shown any more until it has become better. */
const WITHHOLD_FROM = 8;
const WITHHOLD_BELOW = 0.25;
/** Bands are widened until they would have held this part of what happened, and at most so many times. */
const HELD = 0.8;
export const WIDEN_MAX = 3;

/** How well the forecasts of one thing, or of one kind, have done. */
export interface Figures {
  readonly judged: number;
  readonly met: number;
  /** Of those judged: it happened within the band. */
  readonly inBand: number;
  /** Of those met, ms off; null: none was. */
  readonly medianErrorMs: number | null;
  readonly largestErrorMs: number | null;
}

/** Pure. Newest last; what is open or was not seen does not count. */
export function figuresOf(predictions: readonly Prediction[]): Figures {
  const judged = predictions.filter(({ outcome }) => outcome === "met" || outcome === "missed").slice(-KEPT_PER_KEY);
  const met = judged.flatMap((prediction) => (prediction.tookMs === null ? [] : [{ ...prediction, tookMs: prediction.tookMs }]));
  const errors = met.map(({ inMs, tookMs }) => Math.abs(tookMs - inMs)).toSorted((a, b) => a - b);
  return {
    judged: judged.length,
    met: met.length,
    inBand: met.filter(({ tookMs, earliestMs, latestMs }) => tookMs >= earliestMs && (latestMs === null || tookMs <= latestMs)).length,
    medianErrorMs: errors[(errors.length - 1) >> 1] ?? null,
    largestErrorMs: errors.at(-1) ?? null,
  };
}

/** What the past of a thing means for its next forecast: how many times wider the band is told, and whether it is told at all. */
export interface Trust {
  readonly widen: number;
  readonly withheld: boolean;
}

export function trustOf(predictions: readonly Prediction[]): Trust {
  const { judged, met } = figuresOf(predictions);
  if (judged < JUDGED_MIN) return { widen: 1, withheld: false };
  if (judged >= WITHHOLD_FROM && met < WITHHOLD_BELOW * judged) return { widen: 1, withheld: true };
  const needed = predictions
    .flatMap(({ tookMs, inMs, earliestMs, latestMs }) => {
      if (tookMs === null) return [];
      if (tookMs < inMs) return [(inMs - tookMs) / Math.max(1, inMs - earliestMs)];
      return latestMs === null ? [] : [(tookMs - inMs) / Math.max(1, latestMs - inMs)];
    })
    .slice(-KEPT_PER_KEY)
    .toSorted((a, b) => a - b);
  const factor = needed[Math.min(needed.length - 1, Math.ceil(HELD * needed.length) - 1)] ?? 1;
  return { widen: Math.min(WIDEN_MAX, Math.max(1, factor)), withheld: false };
}

interface Band {
  readonly inMs: number;
  readonly earliestMs: number;
  readonly latestMs: number | null;
}

/** The band, as many times wider as the past asks for; never before now. */
export function widened<Of extends Band>(band: Of, { widen }: Trust): Of {
  const { inMs, earliestMs, latestMs } = band;
  return {
    ...band,
    earliestMs: Math.max(0, inMs - widen * (inMs - earliestMs)),
    latestMs: latestMs === null ? null : inMs + widen * (latestMs - inMs),
  };
}
