import { Reader, Writer } from "./bytes.ts";
import { MINUTES_PER_HOUR } from "./history.ts";
import { emptyMinute, type Minute } from "./minute.ts";

/** Points that share a block: fewer, and blocks pack badly; more, and a chart of one point unpacks what it does not need. */
export const POINTS_PER_BLOCK = 32;

/** The minutes of one hour of one point, ascending; columns as in `Minute`. */
export interface PointHour {
  /** Number of the point in the file's list. */
  readonly point: number;
  /** 0–59. */
  readonly minutes: number[];
  readonly counts: number[];
  readonly min: number[];
  readonly max: number[];
  readonly avg: number[];
  readonly last: number[];
}

/** Turns the minutes of an hour (by their number in it, ascending) into one column per point, in blocks of neighbours. */
export function hourOf(minutes: ReadonlyMap<number, Minute>): ReadonlyMap<number, readonly PointHour[]> {
  const hours = new Map<number, PointHour>();
  for (const [number, minute] of minutes) {
    minute.points.forEach((point, n) => {
      let hour = hours.get(point);
      if (hour === undefined) {
        hour = { point, minutes: [], counts: [], min: [], max: [], avg: [], last: [] };
        hours.set(point, hour);
      }
      hour.minutes.push(number);
      for (const field of ["counts", "min", "max", "avg", "last"] as const) hour[field].push(minute[field][n] as number);
    });
  }
  return Map.groupBy(
    [...hours.values()].sort((a, b) => a.point - b.point),
    ({ point }) => Math.floor(point / POINTS_PER_BLOCK),
  );
}

/** The other way: for an hour into which the clock was set back. */
export function minutesOf(hours: readonly PointHour[]): ReadonlyMap<number, Minute> {
  const places = Map.groupBy(
    hours.flatMap((hour) => hour.minutes.map((minute, at) => ({ minute, hour, at }))),
    ({ minute }) => minute,
  );
  return new Map(
    [...places].map(([number, found]) => {
      const minute = emptyMinute(found.length);
      found.sort((a, b) => a.hour.point - b.hour.point);
      found.forEach(({ hour, at }, n) => {
        minute.points[n] = hour.point;
        for (const field of ["counts", "min", "max", "avg", "last"] as const) minute[field][n] = hour[field][at] as number;
      });
      return [number, minute];
    }),
  );
}

/** Each point's column as steps from minute to minute: most do not change, or little. */
export function packHour(hours: readonly PointHour[]): Uint8Array {
  const out = new Writer();
  out.natural(hours.length);
  for (const { point } of hours) out.natural(point % POINTS_PER_BLOCK);
  for (const { minutes } of hours) packRuns(out, minutes);
  for (const { counts } of hours) out.steps(counts);
  for (const { last } of hours) out.steps(last);
  for (const { max, last } of hours) for (const [n, value] of max.entries()) out.natural(value - (last[n] as number));
  for (const { min, last } of hours) for (const [n, value] of min.entries()) out.natural((last[n] as number) - value);
  for (const { avg, last } of hours) for (const [n, value] of avg.entries()) out.whole(value - (last[n] as number));
  return out.packed();
}

/** `block` is the number of the block in its hour. Throws `DamagedBlock`. */
export function unpackHour(packed: Uint8Array, block: number): readonly PointHour[] {
  const from = new Reader(packed);
  const points = Array.from({ length: from.natural() }, () => block * POINTS_PER_BLOCK + from.natural());
  const minutes = points.map(() => unpackRuns(from));
  const steps = (): number[][] => minutes.map(({ length }) => from.steps(length));
  const counts = steps();
  const last = steps();
  const beside = (read: () => number): number[][] => last.map((column) => column.map((value) => value + read()));
  const max = beside(() => from.natural());
  const min = beside(() => -from.natural());
  const avg = beside(() => from.whole());
  return points.map((point, n) => ({
    point,
    minutes: minutes[n] as number[],
    counts: counts[n] as number[],
    min: min[n] as number[],
    max: max[n] as number[],
    avg: avg[n] as number[],
    last: last[n] as number[],
  }));
}

/** Which minutes there are: lengths of silence and of presence in turn, until the hour is over. */
function packRuns(out: Writer, minutes: readonly number[]): void {
  let at = 0;
  let next = 0;
  while (at < MINUTES_PER_HOUR) {
    const begin = minutes[next] ?? MINUTES_PER_HOUR;
    out.natural(begin - at);
    at = begin;
    while (minutes[next] === at) {
      at += 1;
      next += 1;
    }
    out.natural(at - begin);
  }
}

function unpackRuns(from: Reader): number[] {
  const minutes: number[] = [];
  let at = 0;
  while (at < MINUTES_PER_HOUR) {
    at += from.natural();
    for (let left = from.natural(); left > 0; left -= 1) minutes.push(at++);
  }
  return minutes;
}
