/** Readings of one point: times ascending, in ms by the clock that nobody sets; null or not finite is a gap. */
export interface Series {
  readonly times: readonly number[];
  readonly values: readonly (number | null)[];
}

/** A stretch of readings as one: the mean of their times, in ms before now (0 or less), and of their values. */
export interface Bucket {
  readonly atMs: number;
  readonly value: number;
}

/** A robust line through buckets. Slopes are units per ms; `low` and `high` hold the true slope nineteen times of twenty. */
export interface Line {
  readonly slope: number;
  readonly low: number;
  readonly high: number;
  /** Of the line at present. */
  readonly now: number;
  /** How far buckets lie off the line, as a standard deviation. */
  readonly noise: number;
}

/** Pairs grow with the square: a line of thirty buckets has 435 slopes. */
export const BUCKETS_MAX = 30;
/** Probes remember: what is nearer than this in time is one opinion, not two. */
export const BUCKET_MIN_MS = 15_000;
/** Normal quantile of 95 %, both sides. */
const Z = 1.96;
/** Median of the absolute deviation of a normal distribution, per standard deviation. */
const MAD = 0.6745;
/** Standard deviation of what rounding to steps of 1 does. */
const ROUNDING = 0.29;
/** Neighbouring residuals may be alike at most so much before they are no evidence at all. */
const ALIKE_MAX = 0.9;

/** The good readings of the last `windowMs` before `nowMs`, in stretches of equal length; stretches without a reading are left out. */
export function bucketsOf({ times, values }: Series, nowMs: number, windowMs: number): readonly Bucket[] {
  const widthMs = Math.max(windowMs / BUCKETS_MAX, BUCKET_MIN_MS);
  const count = Math.max(1, Math.round(windowMs / widthMs));
  const sums = Array.from({ length: count }, () => ({ n: 0, time: 0, value: 0 }));
  for (let row = times.length - 1; row >= 0; row -= 1) {
    const ageMs = nowMs - (times[row] as number);
    if (ageMs < 0) continue;
    if (ageMs >= windowMs) break;
    const value = values[row];
    if (value === null || value === undefined || !Number.isFinite(value)) continue;
    const sum = sums[count - 1 - Math.min(count - 1, Math.floor((ageMs * count) / windowMs))];
    if (sum === undefined) continue;
    sum.n += 1;
    sum.time += ageMs;
    sum.value += value;
  }
  return sums.flatMap(({ n, time, value }) => (n === 0 ? [] : [{ atMs: -time / n, value: value / n }]));
}

/**
 * Theil–Sen: the median of the slopes of all pairs, which a spike or a few bad readings do not move. The band is that of Kendall's rank
 * statistic, wider where neighbours are alike (a drift is not thirty opinions). `resolution` is the step in which the point is told.
 */
export function lineOf(buckets: readonly Bucket[], resolution: number): Line | null {
  const n = buckets.length;
  if (n < 3) return null;
  const slopes = new Float64Array((n * (n - 1)) / 2);
  let count = 0;
  for (let i = 0; i < n; i += 1)
    for (let j = i + 1; j < n; j += 1) {
      const [a, b] = [buckets[i] as Bucket, buckets[j] as Bucket];
      if (b.atMs > a.atMs) slopes[count++] = (b.value - a.value) / (b.atMs - a.atMs);
    }
  if (count === 0) return null;
  const sorted = slopes.subarray(0, count).sort();
  const slope = middle(sorted);
  const heights = Float64Array.from(buckets, ({ atMs, value }) => value - slope * atMs);
  const now = middle(heights.toSorted());
  const residuals = heights.map((height) => height - now);
  const noise = Math.max(middle(residuals.map(Math.abs).sort()) / MAD, ROUNDING * resolution);
  const alike = likeness(residuals);
  const half = (Z * Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18) * Math.sqrt((1 + alike) / (1 - alike))) / 2;
  const at = (rank: number): number => sorted[Math.max(0, Math.min(count - 1, rank))] as number;
  // What rounding hides cannot be told by ranks: a staircase has the same slope many times over.
  const hidden = noise / ((buckets[n - 1] as Bucket).atMs - (buckets[0] as Bucket).atMs);
  return {
    slope,
    low: Math.min(at(Math.floor((count - 1) / 2 - half)), slope - hidden),
    high: Math.max(at(Math.ceil((count - 1) / 2 + half)), slope + hidden),
    now,
    noise,
  };
}

/** The middle of sorted numbers; NaN for none. */
export function middle(sorted: ArrayLike<number>): number {
  const n = sorted.length;
  if (n === 0) return Number.NaN;
  const high = sorted[n >> 1] as number;
  return n % 2 === 1 ? high : ((sorted[(n >> 1) - 1] as number) + high) / 2;
}

export const median = (values: readonly number[]): number => middle(values.toSorted((a, b) => a - b));

/** How much a residual says of the next one, 0 to `ALIKE_MAX`. */
function likeness(residuals: Float64Array): number {
  let own = 0;
  let next = 0;
  residuals.forEach((value, n) => {
    own += value * value;
    if (n > 0) next += value * (residuals[n - 1] as number);
  });
  return own === 0 ? 0 : Math.min(ALIKE_MAX, Math.max(0, next / own));
}
