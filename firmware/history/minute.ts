import { Reader, Writer } from "./bytes.ts";

/**
 * What one minute brought, as parallel columns: one place for each point that had a value. Values are whole numbers of the point's own
 * smallest step (`PointScale`), so that they pack well and merge without loss.
 */
export interface Minute {
  /** Numbers of the points in the file's own list, ascending. */
  readonly points: Uint32Array;
  /** Good readings. 0: the point is read more seldom; the value of an earlier reading stood. */
  readonly counts: Uint32Array;
  readonly min: Float64Array;
  readonly max: Float64Array;
  readonly avg: Float64Array;
  readonly last: Float64Array;
}

export function emptyMinute(count: number): Minute {
  const column = (): Float64Array => new Float64Array(count);
  return { points: new Uint32Array(count), counts: new Uint32Array(count), min: column(), max: column(), avg: column(), last: column() };
}

/** One block for the whole room, which is on the disk when the minute is over. Field by field: neighbours are alike, and deflate sees it. */
export function packMinute(minute: Minute): Uint8Array {
  const { points, counts, min, max, avg, last } = minute;
  const out = new Writer();
  out.natural(points.length);
  out.steps(points);
  out.steps(counts);
  for (const value of last) out.whole(value);
  for (const [n, value] of max.entries()) out.natural(value - (last[n] as number));
  for (const [n, value] of min.entries()) out.natural((last[n] as number) - value);
  for (const [n, value] of avg.entries()) out.whole(value - (last[n] as number));
  return out.packed();
}

/** Throws `DamagedBlock`. */
export function unpackMinute(block: Uint8Array): Minute {
  const from = new Reader(block);
  const minute = emptyMinute(from.natural());
  const { points, counts, min, max, avg, last } = minute;
  points.set(from.steps(points.length));
  counts.set(from.steps(points.length));
  for (let n = 0; n < last.length; n += 1) last[n] = from.whole();
  for (let n = 0; n < last.length; n += 1) max[n] = (last[n] as number) + from.natural();
  for (let n = 0; n < last.length; n += 1) min[n] = (last[n] as number) - from.natural();
  for (let n = 0; n < last.length; n += 1) avg[n] = (last[n] as number) + from.whole();
  return minute;
}

/**
 * The same minute measured twice, because the box was started again in it or its clock was set back: one minute with the readings of
 * both. Nothing is lost, nothing counts twice; `last` is the later one's.
 */
export function mergeMinutes(earlier: Minute, later: Minute): Minute {
  const both = [...new Set([...earlier.points, ...later.points])].sort((a, b) => a - b);
  const merged = emptyMinute(both.length);
  const cursors = [0, 0];
  both.forEach((point, n) => {
    const parts = [earlier, later].flatMap((minute, index) => {
      const at = cursors[index] as number;
      if (minute.points[at] !== point) return [];
      cursors[index] = at + 1;
      return [{ minute, at }];
    });
    const of = (field: "min" | "max" | "avg" | "last" | "counts"): number[] => parts.map(({ minute, at }) => minute[field][at] as number);
    const counts = of("counts");
    const count = counts.reduce((sum, one) => sum + one, 0);
    const averages = of("avg");
    merged.points[n] = point;
    merged.counts[n] = count;
    merged.min[n] = Math.min(...of("min"));
    merged.max[n] = Math.max(...of("max"));
    merged.last[n] = of("last").at(-1) as number;
    merged.avg[n] =
      count === 0
        ? (averages.at(-1) as number)
        : Math.round(averages.reduce((sum, average, index) => sum + average * (counts[index] as number), 0) / count);
  });
  return merged;
}
