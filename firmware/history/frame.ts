import type { RawMinute } from "./book.ts";
import { rowsOf } from "./book.ts";
import { Reader, Writer } from "./bytes.ts";
import type { PointCells } from "./hour.ts";
import { readMinute, writeMinute } from "./minute.ts";
import { type Axis, PackedReadings, type Series, writeReadings } from "./readings.ts";

export const TENTHS_PER_MINUTE = 600;

/** One minute of the whole room: every reading, and the values that stood where nothing was read. */
export interface Frame {
  readonly readings: PackedReadings;
  /** Cells with a count of 0. */
  readonly standing: readonly PointCells[];
}

/** A point of the site as the file knows it. */
export interface Numbered {
  readonly number: number;
  readonly decimals: number;
}

/** `pointAt` by place in the site; undefined: the file has no room for it. Null: nothing at all was read, and nothing stood. */
export function frameOf(
  raw: RawMinute,
  pointAt: (place: number) => Numbered | undefined,
): { series: readonly Series[]; standing: readonly PointCells[] } {
  const origin = raw.minute * TENTHS_PER_MINUTE;
  const groups = new Map<number, { readonly times: number[]; readonly rows: Float64Array[] }>();
  for (const { first, tenths, values } of rowsOf(raw)) {
    if (values.every(Number.isNaN)) continue;
    let group = groups.get(first);
    if (group === undefined) {
      group = { times: [], rows: [] };
      groups.set(first, group);
    }
    group.times.push(origin + tenths);
    group.rows.push(values);
  }
  const series: Series[] = [];
  const read = new Set<number>();
  for (const [first, { times, rows }] of groups) {
    const axis: Axis = { times: Float64Array.from(times) };
    for (let n = 0; n < (rows[0] as Float64Array).length; n += 1) {
      const point = pointAt(first + n);
      if (point === undefined) continue;
      const values = new Float64Array(rows.length);
      let isThere = false;
      for (let row = 0; row < rows.length; row += 1) {
        const value = (rows[row] as Float64Array)[n] as number;
        values[row] = value;
        isThere ||= !Number.isNaN(value);
      }
      if (!isThere) continue;
      read.add(point.number);
      series.push({ point: point.number, axis, values });
    }
  }
  series.sort((a, b) => a.point - b.point);
  return { series, standing: standingOf(raw, pointAt, read) };
}

function standingOf(
  { minute, standing }: RawMinute,
  pointAt: (place: number) => Numbered | undefined,
  read: ReadonlySet<number>,
): readonly PointCells[] {
  const cells: PointCells[] = [];
  standing?.forEach((value, place) => {
    const point = Number.isNaN(value) ? undefined : pointAt(place);
    if (point === undefined || read.has(point.number)) return;
    const number = Math.round(value * 10 ** point.decimals);
    cells.push({ point: point.number, places: [minute % 60], counts: [0], min: [number], max: [number], avg: [number], last: [number] });
  });
  return cells.sort((a, b) => a.point - b.point);
}

const bodies = new Writer();

export function packFrame(
  minute: number,
  series: readonly Series[],
  standing: readonly PointCells[],
  decimalsOf: (point: number) => number,
): Uint8Array {
  const out = new Writer();
  writeReadings(out, bodies, series, minute * TENTHS_PER_MINUTE, decimalsOf);
  writeMinute(out, standing);
  return out.packed();
}

/** Throws `DamagedBlock`. */
export function unpackFrame(minute: number, block: Uint8Array): Frame {
  const from = new Reader(block);
  const readings = new PackedReadings(from, minute * TENTHS_PER_MINUTE);
  return { readings, standing: readMinute(from, minute % 60) };
}
