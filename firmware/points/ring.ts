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
  #head = -1;
  #used = 0;

  constructor(width: number, rows: number) {
    this.width = width;
    this.rows = rows;
    this.#times = new Float64Array(rows);
    this.#values = new Float32Array(width * rows);
    this.#rowMs = RING_SPAN_MS / (rows - 1);
  }

  /** Appends one reading of the whole device. `values` is NaN where the quality is not good. */
  push(values: Float64Array, atMs: MonotonicMs): void {
    // A tenth of slack: polls come a little early or late, and must not be merged for that.
    if (atMs - this.#rowStartedMs >= this.#rowMs * 0.9) {
      this.#head = (this.#head + 1) % this.rows;
      this.#used = Math.min(this.#used + 1, this.rows);
      this.#rowStartedMs = atMs;
    }
    this.#times[this.#head] = atMs;
    this.#values.set(values, this.#head * this.width);
  }

  /** The rows of the last `spanMs`, oldest first, with the time of day as it is told now. */
  last(spanMs: number, now: Moment): { readonly times: number[]; column(index: number): (number | null)[] } {
    const rows: number[] = [];
    for (let age = this.#used - 1; age >= 0; age -= 1) {
      const row = (this.#head - age + this.rows) % this.rows;
      if (now.monotonicMs - (this.#times[row] as number) <= spanMs) rows.push(row);
    }
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
