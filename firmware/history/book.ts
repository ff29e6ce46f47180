import { isGood } from "../../drivers/reading.ts";
import { MINUTE_MS } from "./history.ts";

/** What one minute brought, one place per point of the site. Travels to the history's thread, where it is packed. */
export interface RawMinute {
  /** Minutes since 1970 by the wall clock. */
  readonly minute: number;
  readonly clockTrusted: boolean;
  /** Good readings. */
  readonly counts: Uint32Array<ArrayBuffer>;
  /** NaN: neither a good reading in this minute nor an earlier one that still stood at its end. */
  readonly last: Float64Array<ArrayBuffer>;
  readonly min: Float64Array<ArrayBuffer>;
  readonly max: Float64Array<ArrayBuffer>;
  readonly sum: Float64Array<ArrayBuffer>;
}

/** The latest reading of every point, as the room sees it. */
export interface Standing {
  readonly values: Float64Array;
  readonly qualities: Uint8Array;
}

/** The running minute. A reading is taken in by a few additions; what a minute costs beyond that is paid when it is over. */
export class MinuteBook {
  readonly #size: number;
  #minute = Number.NaN;
  #trusted = true;
  #columns: Omit<RawMinute, "minute" | "clockTrusted">;

  constructor(size: number) {
    this.#size = size;
    this.#columns = emptyColumns(size);
  }

  /** Readings of neighbours, beginning with point `first`; NaN where there is none. */
  take(first: number, values: Float64Array): void {
    const { counts, last, min, max, sum } = this.#columns;
    for (let i = 0; i < values.length; i += 1) {
      const value = values[i] as number;
      if (Number.isNaN(value)) continue;
      const point = first + i;
      last[point] = value;
      if ((counts[point] as number) === 0) {
        counts[point] = 1;
        min[point] = max[point] = sum[point] = value;
        continue;
      }
      (counts[point] as number) += 1;
      (sum[point] as number) += value;
      if (value < (min[point] as number)) min[point] = value;
      if (value > (max[point] as number)) max[point] = value;
    }
  }

  /**
   * Call before `take`: the wall clock says `wallMs`. When that is another minute than the running one, later or earlier, the running one
   * is over and is returned. A point that is read more seldom than once a minute has the value that stands at the end.
   */
  turn(wallMs: number, clockTrusted: () => boolean, standing: Standing): RawMinute | null {
    const minute = Math.floor(wallMs / MINUTE_MS);
    if (minute === this.#minute) return null;
    const over = this.end(clockTrusted, standing);
    this.#minute = minute;
    this.#trusted = clockTrusted();
    return over;
  }

  /** Ends the running minute before its time, when the box stops. Null: nothing has begun. */
  end(clockTrusted: () => boolean, { values, qualities }: Standing): RawMinute | null {
    if (Number.isNaN(this.#minute)) return null;
    const columns = this.#columns;
    for (let point = 0; point < this.#size; point += 1) {
      if (columns.counts[point] !== 0 || !isGood(qualities[point] as number)) continue;
      const value = values[point] as number;
      columns.last[point] = columns.min[point] = columns.max[point] = columns.sum[point] = value;
    }
    const over = { minute: this.#minute, clockTrusted: this.#trusted && clockTrusted(), ...columns };
    this.#columns = emptyColumns(this.#size);
    this.#minute = Number.NaN;
    return over;
  }
}

function emptyColumns(size: number): Omit<RawMinute, "minute" | "clockTrusted"> {
  const column = (): Float64Array<ArrayBuffer> => new Float64Array(size).fill(Number.NaN);
  return { counts: new Uint32Array(size), last: column(), min: column(), max: column(), sum: column() };
}
