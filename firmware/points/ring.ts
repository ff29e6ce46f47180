import type { MonotonicMs } from "../contract/time.ts";
import type { Moment } from "./table.ts";

/** How long the ring remembers. */
export const RING_SPAN_MS = 3_600_000;
/** Samples that all rings of a box may hold together: 8 MiB as float32. Beyond it the hour is kept in coarser steps, not shorter. */
export const RING_SAMPLES_MAX = 2 * 1024 * 1024;
const ROWS_MIN = 240;

/** Rows a device's ring needs: one per reading for an hour, or as many as its share of the budget allows. */
export function ringRows(periodMs: number, pointsOfSite: number): number {
  const wanted = Math.ceil(RING_SPAN_MS / periodMs);
  const share = Math.floor(RING_SAMPLES_MAX / Math.max(1, pointsOfSite));
  return Math.max(Math.min(wanted, share), Math.min(wanted, ROWS_MIN)) + 1;
}

/** A tenth of slack: polls come a little early or late, and must not be merged for that. */
const ROW_PART_MIN = 0.9;

/** Which of these readings (times in ms, ascending) a ring would hold: the last of each row. */
export function ringRowsOf(times: Float64Array, rows: number): number[] {
  const kept: number[] = [];
  let startedMs = Number.NEGATIVE_INFINITY;
  times.forEach((atMs, n) => {
    if (atMs - startedMs < rowMsOf(rows) * ROW_PART_MIN) kept.pop();
    else startedMs = atMs;
    kept.push(n);
  });
  return kept;
}

const rowMsOf = (rows: number): number => RING_SPAN_MS / (rows - 1);
/** So many rows without a reading between what was filled in and what was read since are a gap. */
const GAP_ROWS = 3;

/**
 * The last hour of one device: rows of its points with one time axis. NaN is a gap. Readings that come faster than
 * hour / rows replace the newest row, so that memory is bounded and the newest value is always there. Rows are kept by the clock that
 * nobody sets; the time of day is put to them when they are asked for, so that a clock that was set back mixes nothing up.
 */
export class DeviceRing {
  readonly width: number;
  readonly rows: number;
  readonly #times: Float64Array;
  readonly #values: Float32Array;
  readonly #rowMs: number;
  #rowStartedMs = Number.NEGATIVE_INFINITY;
  /** When the first reading was pushed. */
  #ownFromMs: number | null = null;
  #head = -1;
  #used = 0;

  constructor(width: number, rows: number) {
    this.width = width;
    this.rows = rows;
    this.#times = new Float64Array(rows);
    this.#values = new Float32Array(width * rows);
    this.#rowMs = rowMsOf(rows);
  }

  /** Appends one reading of the whole device. `values` is NaN where the quality is not good. */
  push(values: Float64Array, atMs: MonotonicMs): void {
    this.#ownFromMs ??= atMs;
    if (atMs - this.#rowStartedMs >= this.#rowMs * ROW_PART_MIN) {
      this.#advance();
      this.#rowStartedMs = atMs;
    }
    this.#put(atMs, values);
  }

  /** Puts rows before what was pushed since the start: what history knows of the hour before. What was filled in earlier goes. */
  fill(times: Float64Array, values: Float32Array): void {
    const ownFromMs = this.#ownFromMs ?? Number.POSITIVE_INFINITY;
    const own = this.#ordered().filter((row) => (this.#times[row] as number) >= ownFromMs);
    const ownTimes = own.map((row) => this.#times[row] as number);
    const ownValues = own.map((row) => this.#values.slice(row * this.width, (row + 1) * this.width));
    this.#head = -1;
    this.#used = 0;
    times.forEach((atMs, row) => {
      if (atMs < ownFromMs) this.#append(atMs, values.subarray(row * this.width, (row + 1) * this.width));
    });
    const lastMs = this.#used === 0 ? Number.POSITIVE_INFINITY : (this.#times[this.#head] as number);
    if (own.length > 0 && ownFromMs - lastMs > GAP_ROWS * this.#rowMs)
      this.#append(lastMs + 1, new Float32Array(this.width).fill(Number.NaN));
    ownTimes.forEach((atMs, n) => {
      this.#append(atMs, ownValues[n] as Float32Array);
    });
  }

  #append(atMs: number, values: ArrayLike<number>): void {
    this.#advance();
    this.#put(atMs, values);
  }

  #advance(): void {
    this.#head = (this.#head + 1) % this.rows;
    this.#used = Math.min(this.#used + 1, this.rows);
  }

  #put(atMs: number, values: ArrayLike<number>): void {
    this.#times[this.#head] = atMs;
    this.#values.set(values, this.#head * this.width);
  }

  /** Rows, oldest first. */
  #ordered(): number[] {
    return Array.from({ length: this.#used }, (_, n) => (this.#head - this.#used + 1 + n + this.rows) % this.rows);
  }

  /** The rows of the last `spanMs`, oldest first, with the time of day as it is told now. */
  last(spanMs: number, now: Moment): { readonly times: number[]; column(index: number): (number | null)[] } {
    const rows = this.#ordered().filter((row) => now.monotonicMs - (this.#times[row] as number) <= spanMs);
    return {
      times: rows.map((row) => Math.round(now.wallMs - now.monotonicMs + (this.#times[row] as number))),
      column: (index) =>
        rows.map((row) => {
          const value = this.#values[row * this.width + index] as number;
          return Number.isNaN(value) ? null : Number(value.toPrecision(7));
        }),
    };
  }
}
