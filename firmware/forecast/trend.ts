import { BUCKET_MIN_MS, BUCKETS_MAX, type Bucket, bucketsOf, type Line, lineOf, median, type Series } from "./line.ts";

const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
/** Stretches that a trend is looked for in, shortest first. The longest that is one straight line is believed. */
const WINDOWS_MS = [3, 5, 10, 20, 40, 60].map((minutes) => minutes * MINUTE_MS);
/** Stretches of a window with readings, at least: so many, and such a part of all. */
const BUCKETS_MIN = 8;
const COVERED_MIN = 0.6;
/** The newest good reading is at most so old. */
const FRESH_MS = 90_000;
/** The middle of a straight line lies where its ends say, within so many standard errors. */
const STRAIGHT = 3;
/** Median of the absolute value of a normal distribution, per standard deviation. */
const MAD = 0.6745;

/** How a point has moved lately. */
export interface Trend {
  readonly line: Line;
  readonly buckets: readonly Bucket[];
  readonly windowMs: number;
  /** The step in which the point is told. */
  readonly resolution: number;
}

/** The line through the longest straight stretch that ends now. Without one too little is known, or it has just turned. */
export function trendOf(series: Series, nowMs: number, resolution: number): Trend | "tooFew" | "turning" {
  let best: Trend | "tooFew" | "turning" = "tooFew";
  for (const windowMs of WINDOWS_MS) {
    const buckets = bucketsOf(series, nowMs, windowMs);
    if (!isEnough(buckets, windowMs)) continue;
    const line = lineOf(buckets, resolution);
    if (line === null) continue;
    if (isStraight(buckets, line)) best = { line, buckets, windowMs, resolution };
    else if (best === "tooFew") best = "turning";
  }
  return best;
}

function isEnough(buckets: readonly Bucket[], windowMs: number): boolean {
  const [first, last] = [buckets[0], buckets.at(-1)];
  if (first === undefined || last === undefined || buckets.length < BUCKETS_MIN) return false;
  const possible = Math.min(BUCKETS_MAX, windowMs / BUCKET_MIN_MS);
  return buckets.length >= COVERED_MIN * possible && last.atMs >= -FRESH_MS && last.atMs - first.atMs >= COVERED_MIN * windowMs;
}

/** Whether the middle of the window lies where its ends say, as far as the scatter lets one tell. */
function isStraight(buckets: readonly Bucket[], line: Line): boolean {
  const third = Math.floor(buckets.length / 3);
  const residuals = withoutSpikes(buckets.map(({ atMs, value }) => value - line.now - line.slope * atMs));
  const off = (part: readonly number[]): number => part.reduce((sum, value) => sum + value, 0) / part.length;
  const bend = off(residuals.slice(third, -third)) - (off(residuals.slice(0, third)) + off(residuals.slice(-third))) / 2;
  return Math.abs(bend) <= STRAIGHT * wobbleOf(buckets, line.slope) * Math.sqrt(1.5 / third);
}

/** The middle one of every three neighbours: one that stands alone is no bend. */
function withoutSpikes(values: readonly number[]): readonly number[] {
  return values.map((value, n) => median([values[n - 1] ?? value, value, values[n + 1] ?? value]));
}

/** How far neighbours differ beside the trend, as a standard deviation: what bends slowly does not count as noise. */
function wobbleOf(buckets: readonly Bucket[], slope: number): number {
  const steps = buckets.slice(1).map(({ atMs, value }, n) => {
    const before = buckets[n] as Bucket;
    return Math.abs(value - before.value - slope * (atMs - before.atMs));
  });
  return median(steps) / MAD / Math.SQRT2;
}

/** A way to the limit. It comes to rest with this time constant; null: it does not slow down. Slopes towards the limit are positive. */
export interface Path {
  readonly slope: number;
  readonly tauMs: number | null;
}

/** Whether a trend slows down or speeds up, from its two halves. */
export interface Bend {
  /** Null: it does neither, as far as can be told. */
  readonly likely: Path | null;
  /** The steepest that may be meant. */
  readonly fast: number;
  /** The soonest and the latest time constant with which it may come to rest; null: it need not. */
  readonly soonTauMs: number | null;
  readonly lateTauMs: number | null;
}

/** Rooms slow down with more than one time constant: what a window shows is the fastest of them. */
export const SLOWER = 3;
/** Standard errors by which the halves must differ. */
const DIFFERENT = 2;

/** @param sign 1: up is towards the limit, −1: down is. */
export function bendOf({ buckets, windowMs, resolution }: Trend, sign: 1 | -1): Bend {
  const half = buckets.length >> 1;
  const [early, late] = [lineOf(buckets.slice(0, half), resolution), lineOf(buckets.slice(half), resolution)];
  if (early === null || late === null) return { likely: null, fast: 0, soonTauMs: null, lateTauMs: null };
  const [first, last] = [sign * early.slope, sign * late.slope];
  const doubt = Math.hypot(early.high - early.low, late.high - late.low) / 4;
  const tau = (from: number, to: number): number | null => (from > to && to > 0 ? windowMs / 2 / Math.log(from / to) : null);
  const soonTauMs = tau(first + doubt / 2, last - doubt / 2);
  const fast = last > first ? last + (last - first) / 2 : last;
  if (Math.abs(first - last) <= DIFFERENT * doubt || last <= 0) return { likely: null, fast, soonTauMs, lateTauMs: null };
  const tauMs = tau(first, last);
  if (tauMs === null) return { likely: { slope: last, tauMs: null }, fast, soonTauMs: null, lateTauMs: null };
  const slope = last * Math.exp(-windowMs / 4 / tauMs);
  return { likely: { slope, tauMs: SLOWER * tauMs }, fast, soonTauMs, lateTauMs: tau(first - doubt, last + doubt) };
}

/** ms over a distance; null: it never gets there. */
export function timeOver(left: number, { slope, tauMs }: Path): number | null {
  if (slope <= 0) return null;
  if (tauMs === null) return left / slope;
  const share = left / (slope * tauMs);
  return share >= 1 ? null : -tauMs * Math.log(1 - share);
}
