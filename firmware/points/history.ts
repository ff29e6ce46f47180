import type { History } from "../contract/site.ts";
import type { DeviceRing } from "./ring.ts";
import type { Moment } from "./table.ts";

/** Which column of which ring a series is read from. */
export interface HistoryColumn {
  readonly id: string;
  readonly ring: DeviceRing;
  readonly index: number;
}

/** Columns of several devices on one time axis: where a device was not read at a time of another, its column has no value. */
export function historyOf(columns: readonly HistoryColumn[], spanMs: number, now: Moment): History {
  const slices = new Map([...new Set(columns.map(({ ring }) => ring))].map((ring) => [ring, ring.last(spanMs, now)]));
  const times = [...new Set([...slices.values()].flatMap((slice) => slice.times))].sort((a, b) => a - b);
  const series = columns.map(({ id, ring, index }) => {
    const slice = slices.get(ring);
    if (slice === undefined) return { point: id, values: [] };
    const column = slice.column(index);
    if (slices.size === 1) return { point: id, values: column };
    const byTime = new Map(slice.times.map((time, row) => [time, column[row] ?? null]));
    return { point: id, values: times.map((time) => byTime.get(time) ?? null) };
  });
  return { times, series };
}
