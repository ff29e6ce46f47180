import { type Bucket, bucketsOf, type Series } from "./line.ts";
import { bendOf, HOUR_MS, SLOWER, type Trend, timeOver, trendOf } from "./trend.ts";

/** Nothing that lives by the day is foretold beyond this. */
export const HORIZON_MS = 3 * HOUR_MS;
/** Nor further than so many times the stretch that was looked at. */
const REACH = 3;
/** The rise over the window stands out of the noise by so many standard deviations, or it is none. */
const SIGNIFICANCE = 4;
/** While less than this is known of a point, nobody knows how it swings: then by so many. */
const KNOWN_MS = HOUR_MS / 3;
const SIGNIFICANCE_UNKNOWN = 12;
/** Stretches of the hour in which it was nearer: one or two are a spike. */
const NEARER_BUCKETS = 3;
/** A stretch shorter than this does not show that something comes to rest. */
const REST_WINDOW_MIN_MS = HOUR_MS / 6;
/** A band that ends later than so many times the estimate has no end. */
const BAND_MAX = 4;
/** No room is a line: so much of the time the band has at least, before and after. Rooms slow down more often than they speed up. */
const MODEL_EARLY = 0.15;
const MODEL_LATE = 0.3;

/** Why nothing is foretold. */
export type NoForecast = (typeof NO_FORECAST)[number];
export const NO_FORECAST = [
  /** Too few good readings, or none lately. */
  "tooFew",
  /** It has just turned: what it will do now is not to be seen yet. */
  "turning",
  /** At or beyond the limit already. */
  "beyond",
  /** It stands, or only wobbles. */
  "steady",
  /** It moves away from the limit. */
  "away",
  /** It was nearer within the hour and turned: it swings. */
  "swings",
  /** It slows down and comes to rest before the limit. */
  "levelsOff",
  /** Later than anything is foretold. */
  "tooFar",
  /** It moves as on other days at this hour, and on those it turned before the limit. */
  "daily",
  /** Earlier forecasts for it were wrong too often. */
  "withheld",
] as const;

/** When a point meets its limit if it goes on as in the last minutes. Spans are ms from now. */
export interface Crossing {
  readonly outcome: "crossing";
  readonly inMs: number;
  readonly earliestMs: number;
  /** Null: perhaps never. */
  readonly latestMs: number | null;
  /** The stretch that it is concluded from. */
  readonly windowMs: number;
  /** At present, units per ms. */
  readonly slope: number;
}

export type CrossingLook = Crossing | { readonly outcome: "none"; readonly reason: NoForecast };

export interface CrossingAsk {
  readonly series: Series;
  readonly nowMs: number;
  readonly limit: number;
  readonly direction: "high" | "low";
  /** The step in which the point is told: one of its last digit. */
  readonly resolution: number;
  /** It cannot swing and does not live by the day, as a battery on discharge: foretold so many ms, and so many windows, ahead. */
  readonly oneWay?: { readonly horizonMs: number; readonly reach: number };
}

const none = (reason: NoForecast): CrossingLook => ({ outcome: "none", reason });

/** Pure. Gaps, spikes and silence make it say less, never something else. */
export function crossingOf(ask: CrossingAsk): CrossingLook {
  const { series, nowMs, limit, direction, resolution, oneWay } = ask;
  const { horizonMs, reach } = oneWay ?? { horizonMs: HORIZON_MS, reach: REACH };
  const sign = direction === "high" ? 1 : -1;
  const trend = trendOf(series, nowMs, resolution);
  if (typeof trend === "string") return none(trend);
  const { line, windowMs } = trend;
  const left = sign * (limit - line.now);
  if (left <= 0 || sign * newestOf(series) >= sign * limit) return none("beyond");
  const [low, high] = sign > 0 ? [line.low, line.high] : [-line.high, -line.low];
  if (high <= 0) return none("away");
  const hour = bucketsOf(series, nowMs, HOUR_MS);
  const isKnown = oneWay !== undefined || (hour[0]?.atMs ?? 0) <= -KNOWN_MS;
  if (sign * line.slope * windowMs < (isKnown ? SIGNIFICANCE : SIGNIFICANCE_UNKNOWN) * line.noise) return none("steady");
  if (oneWay === undefined && wasNearer(hour, trend, sign)) return none("swings");
  const bend = bendOf(trend, sign);
  const likely = bend.likely ?? { slope: sign * line.slope, tauMs: null };
  const rests =
    bend.lateTauMs !== null &&
    windowMs >= REST_WINDOW_MIN_MS &&
    timeOver(left, { slope: likely.slope, tauMs: SLOWER * bend.lateTauMs }) === null;
  if (rests) return none("levelsOff");
  const inMs = timeOver(left, likely) ?? left / likely.slope;
  if (inMs > Math.min(horizonMs, reach * windowMs)) return none("tooFar");
  const early = timeOver(Math.max(0, left - line.noise), { slope: Math.max(high, bend.fast), tauMs: null }) ?? inMs;
  const late = timeOver(left + line.noise, { slope: Math.max(0, low), tauMs: bend.soonTauMs });
  return {
    outcome: "crossing",
    inMs,
    earliestMs: Math.min(early, (1 - MODEL_EARLY) * inMs),
    latestMs: late === null || late > BAND_MAX * inMs ? null : Math.max(late, (1 + MODEL_LATE) * inMs),
    windowMs,
    slope: sign * likely.slope,
  };
}

/** Whether it was further towards the limit for a while within the hour, before the trend began, and turned. */
function wasNearer(hour: readonly Bucket[], { line, windowMs }: Trend, sign: 1 | -1): boolean {
  return hour.filter(({ atMs, value }) => atMs < -windowMs && sign * (value - line.now) > line.noise).length >= NEARER_BUCKETS;
}

/** NaN: there is none. */
function newestOf({ values }: Series): number {
  return values.findLast((value) => value !== null && Number.isFinite(value)) ?? Number.NaN;
}
