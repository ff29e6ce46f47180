import { RING_SPAN_MS, ringRowsOf } from "../points/ring.ts";
import { MINUTE_MS, MINUTES_PER_HOUR } from "./history.ts";
import { POINTS_PER_BLOCK } from "./hour.ts";
import { SeriesJoiner } from "./join.ts";
import { type PackedReadings, type Series, TENTH_MS } from "./readings.ts";
import { slotOf, type Tables } from "./tables.ts";

const HOUR_MS = MINUTES_PER_HOUR * MINUTE_MS;

/** A device as its ring needs it. */
export interface RingShape {
  /** Its points, in order. */
  readonly points: readonly string[];
  /** Rows of its ring. */
  readonly rows: number;
}

/** The last hour of one device in the rows of its ring; times by the wall clock, NaN is a gap. */
export interface RingContent {
  readonly times: Float64Array<ArrayBuffer>;
  readonly values: Float32Array<ArrayBuffer>;
}

/** What the rings of these devices held at `nowMs`, in their order: read from the disk, thinned as a ring thins. */
export function lastHourOf(tables: Tables, devices: readonly RingShape[], nowMs: number): readonly RingContent[] {
  const fromTenths = (nowMs - RING_SPAN_MS) / TENTH_MS;
  const hours: number[] = [];
  for (let hour = Math.floor((nowMs - RING_SPAN_MS) / HOUR_MS); hour * HOUR_MS <= nowMs; hour += 1) hours.push(hour);
  const frames = hours.flatMap((hour) => tables.framesOf(hour).filter(({ minute }) => (minute + 1) * MINUTE_MS > nowMs - RING_SPAN_MS));
  const packed = new LastBlocks(tables, hours);
  return devices.map(({ points, rows }) => {
    const joiner = new SeriesJoiner();
    const columns = points.map((id): Series | null => {
      const number = tables.pointOf(id)?.number;
      if (number === undefined) return null;
      const sources = [...packed.of(Math.floor(number / POINTS_PER_BLOCK)), ...frames.map(({ readings }) => readings)];
      const parts = sources.flatMap((readings) => readings.of(number) ?? []);
      return parts.length === 0 ? null : joiner.join(parts);
    });
    return contentOf(columns, rows, fromTenths, nowMs / TENTH_MS);
  });
}

function contentOf(columns: readonly (Series | null)[], rows: number, fromTenths: number, toTenths: number): RingContent {
  const axes = new Set(columns.flatMap((column) => column?.axis ?? []));
  const all = new Set([...axes].flatMap(({ times }) => [...times].filter((time) => time >= fromTenths && time < toTenths)));
  const times = Float64Array.from(all).sort();
  const kept = ringRowsOf(
    times.map((time) => time * TENTH_MS),
    rows,
  );
  const rowOf = new Map(kept.map((n, row) => [times[n] as number, row]));
  const values = new Float32Array(kept.length * columns.length).fill(Number.NaN);
  columns.forEach((column, place) => {
    column?.axis.times.forEach((time, n) => {
      const row = rowOf.get(time);
      if (row !== undefined) values[row * columns.length + place] = column.values[n] as number;
    });
  });
  return { times: Float64Array.from(kept, (n) => (times[n] as number) * TENTH_MS), values };
}

/** Neighbours share a block: it is unpacked once for all of them. */
class LastBlocks {
  readonly #tables: Tables;
  readonly #hours: readonly number[];
  #block = Number.NaN;
  #readings: readonly PackedReadings[] = [];

  constructor(tables: Tables, hours: readonly number[]) {
    this.#tables = tables;
    this.#hours = hours;
  }

  of(block: number): readonly PackedReadings[] {
    if (block !== this.#block) {
      this.#block = block;
      this.#readings = this.#hours.flatMap((hour) =>
        [true, false].flatMap((clockTrusted) => this.#tables.readings(slotOf(hour, clockTrusted), block) ?? []),
      );
    }
    return this.#readings;
  }
}
