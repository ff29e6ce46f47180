import type { Latency } from "../contract/doctor.ts";

/** Fixed classes, each a quarter of an octave: a percentile is off by a fifth at most, and a week costs as much memory as a minute. */
export const LATENCY_CLASSES = 68;
const CLASSES_PER_OCTAVE = 4;
/** Below the first class everything is the first class. */
const FIRST_MS = 0.5;

export function latencyClass(ms: number): number {
  if (ms <= FIRST_MS) return 0;
  return Math.min(LATENCY_CLASSES - 1, 1 + Math.floor(Math.log2(ms / FIRST_MS) * CLASSES_PER_OCTAVE));
}

/** The middle of a class. */
function classMs(index: number): number {
  return index === 0 ? FIRST_MS : FIRST_MS * 2 ** ((index - 0.5) / CLASSES_PER_OCTAVE);
}

const DIGITS_FACTOR = 10;

export function percentiles(histogram: ArrayLike<number>): Latency {
  let total = 0;
  for (let index = 0; index < LATENCY_CLASSES; index += 1) total += histogram[index] ?? 0;
  if (total === 0) return null;
  const at = (part: number): number => {
    let left = Math.ceil(total * part);
    for (let index = 0; index < LATENCY_CLASSES; index += 1) {
      left -= histogram[index] ?? 0;
      if (left <= 0) return Math.round(classMs(index) * DIGITS_FACTOR) / DIGITS_FACTOR;
    }
    return classMs(LATENCY_CLASSES - 1);
  };
  return { p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99) };
}
