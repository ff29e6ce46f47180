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

/** Turns the minutes of an hour (by their number in it, ascending) into columns of the points that somebody wants, in ascending order. */
export function hourOf(minutes: ReadonlyMap<number, Minute>, isWanted: (point: number) => boolean): readonly PointHour[] {
  const hours = new Map<number, PointHour>();
  for (const [number, minute] of minutes) {
    minute.points.forEach((point, n) => {
      if (!isWanted(point)) return;
      let hour = hours.get(point);
      if (hour === undefined) {
        hour = { point, minutes: [], counts: [], min: [], max: [], avg: [], last: [] };
        hours.set(point, hour);
      }
      hour.minutes.push(number);
      hour.counts.push(minute.counts[n] as number);
      hour.min.push(minute.min[n] as number);
      hour.max.push(minute.max[n] as number);
      hour.avg.push(minute.avg[n] as number);
      hour.last.push(minute.last[n] as number);
    });
  }
  return [...hours.values()].sort((a, b) => a.point - b.point);
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

/** Point by point, so that those nobody asked for are stepped over; each column as steps from minute to minute: most do not change, or little. */
export function packHour(hours: readonly PointHour[]): Uint8Array {
  const out = new Writer();
  const part = new Writer();
  out.natural(hours.length);
  for (const { point, minutes, counts, min, max, avg, last } of hours) {
    part.clear();
    packRuns(part, minutes);
    part.steps(counts);
    part.steps(last);
    for (const [n, value] of max.entries()) part.natural(value - (last[n] as number));
    for (const [n, value] of min.entries()) part.natural((last[n] as number) - value);
    for (const [n, value] of avg.entries()) part.whole(value - (last[n] as number));
    out.natural(point % POINTS_PER_BLOCK);
    out.part(part);
  }
  return out.packed();
}

/** The points of the block with this number that somebody wants. Throws `DamagedBlock`. */
export function unpackHour(packed: Uint8Array, block: number, isWanted: (point: number) => boolean): readonly PointHour[] {
  const from = new Reader(packed);
  const hours: PointHour[] = [];
  for (let left = from.natural(); left > 0; left -= 1) {
    const point = block * POINTS_PER_BLOCK + from.natural();
    const bytes = from.natural();
    if (isWanted(point)) hours.push(unpackPoint(from, point));
    else from.skip(bytes);
  }
  return hours;
}

function unpackPoint(from: Reader, point: number): PointHour {
  const minutes = unpackRuns(from);
  const counts = from.steps(minutes.length);
  const last = from.steps(minutes.length);
  const max: number[] = [];
  const min: number[] = [];
  const avg: number[] = [];
  for (const value of last) max.push(value + from.natural());
  for (const value of last) min.push(value - from.natural());
  for (const value of last) avg.push(value + from.whole());
  return { point, minutes, counts, min, max, avg, last };
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
