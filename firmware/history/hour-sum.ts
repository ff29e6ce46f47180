import { Reader, Writer } from "./bytes.ts";
import type { PointCells } from "./hour.ts";

/** What the minutes of one hour of one point come to, so that a month is summed up without unpacking its minutes. */
export interface HourSum {
  readonly point: number;
  /** Minutes with a value, 1–60. */
  readonly known: number;
  readonly min: number;
  readonly max: number;
  /** The first minute of the hour (0–59) with the lowest value, and with the highest. */
  readonly minAt: number;
  readonly maxAt: number;
  /** Sum of the means of the minutes. */
  readonly sum: number;
  readonly last: number;
}

export function sumOf({ point, places, min, max, avg, last }: PointCells): HourSum {
  const lowest = min.reduce((least, value) => Math.min(least, value));
  const highest = max.reduce((most, value) => Math.max(most, value));
  return {
    point,
    known: places.length,
    min: lowest,
    max: highest,
    minAt: places[min.indexOf(lowest)] as number,
    maxAt: places[max.indexOf(highest)] as number,
    sum: avg.reduce((total, value) => total + value, 0),
    last: last.at(-1) as number,
  };
}

export function packSums(sums: readonly HourSum[]): Uint8Array {
  const out = new Writer();
  out.natural(sums.length);
  out.steps(sums.map(({ point }) => point));
  for (const { known } of sums) out.natural(known);
  for (const { last } of sums) out.whole(last);
  for (const { max, last } of sums) out.natural(max - last);
  for (const { min, last } of sums) out.natural(last - min);
  for (const { sum, known, last } of sums) out.whole(sum - known * last);
  for (const { minAt } of sums) out.natural(minAt);
  for (const { maxAt } of sums) out.natural(maxAt);
  return out.packed();
}

/** Throws `DamagedBlock`. */
export function unpackSums(block: Uint8Array): readonly HourSum[] {
  const from = new Reader(block);
  const points = from.steps(from.natural());
  const column = (read: (n: number) => number): number[] => points.map((_, n) => read(n));
  const known = column(() => from.natural());
  const last = column(() => from.whole());
  const max = column((n) => (last[n] as number) + from.natural());
  const min = column((n) => (last[n] as number) - from.natural());
  const sum = column((n) => (known[n] as number) * (last[n] as number) + from.whole());
  const minAt = column(() => from.natural());
  const maxAt = column(() => from.natural());
  const at = (values: readonly number[], n: number): number => values[n] as number;
  return points.map((point, n) => ({
    ...{ point, known: at(known, n), min: at(min, n), max: at(max, n), minAt: at(minAt, n), maxAt: at(maxAt, n) },
    ...{ sum: at(sum, n), last: at(last, n) },
  }));
}
