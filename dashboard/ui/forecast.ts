/** A line through the last minutes, to say when a limit will be reached if things go on like this. */
export interface Trend {
  /** Unit of the point per millisecond. */
  readonly slope: number;
  /** Value of the line at the last time. */
  readonly last: number;
}

const SAMPLES_MIN = 8;
/** The rise over the window must stand out of the noise by so many standard deviations, or it is no trend. */
const SIGNIFICANCE = 4;

/** Least squares through the good samples; null when there are too few, or when they only wobble. */
export function trendOf(times: readonly number[], values: readonly (number | null)[]): Trend | null {
  const samples = times.flatMap((time, index) => {
    const value = values[index];
    return value === null || value === undefined ? [] : [[time, value] as const];
  });
  const endMs = samples.at(-1)?.[0];
  if (samples.length < SAMPLES_MIN || endMs === undefined) return null;
  const meanX = samples.reduce((sum, [time]) => sum + time - endMs, 0) / samples.length;
  const meanY = samples.reduce((sum, [, value]) => sum + value, 0) / samples.length;
  let xy = 0;
  let xx = 0;
  for (const [time, value] of samples) {
    xy += (time - endMs - meanX) * (value - meanY);
    xx += (time - endMs - meanX) ** 2;
  }
  if (xx === 0) return null;
  const slope = xy / xx;
  const noise = Math.sqrt(
    samples.reduce((sum, [time, value]) => sum + (value - meanY - slope * (time - endMs - meanX)) ** 2, 0) / samples.length,
  );
  const rise = Math.abs(slope) * (endMs - (samples[0]?.[0] ?? endMs));
  if (rise < SIGNIFICANCE * noise) return null;
  return { slope, last: meanY - slope * meanX };
}

/** Milliseconds until the line meets the limit; null when it moves away, stands still, or is beyond it already. */
export function timeToLimitMs({ slope, last }: Trend, limit: number, type: "high" | "low"): number | null {
  const rising = type === "high";
  if (rising ? last >= limit || slope <= 0 : last <= limit || slope >= 0) return null;
  return (limit - last) / slope;
}
