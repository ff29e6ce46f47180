import { isGood } from "../../drivers/reading.ts";
import { MINUTE_MS } from "./history.ts";
import { TENTH_MS } from "./readings.ts";

/** Numbers of a row before its values: place of the first point, how many, tenths of a second in the minute. */
const ROW_HEAD = 3;
const CHUNK_NUMBERS = 8_192;
/** At so much the running minute goes in parts, so that it never fills the memory: 4 MiB, 5,000 points at two readings a second. */
const PART_NUMBERS_MAX = 64 * CHUNK_NUMBERS;

/** All that was read in a minute, or in a part of it. Travels to the history's thread, where it is packed. */
export interface RawMinute {
  /** Minutes since 1970 by the wall clock. */
  readonly minute: number;
  readonly clockTrusted: boolean;
  /** Rows one after the other, see `rowsOf`. */
  readonly chunks: readonly { readonly numbers: Float64Array<ArrayBuffer>; readonly used: number }[];
  /** What stood at the end of the minute, by place of the point; NaN: nothing good. Null: the minute is not over yet. */
  readonly standing: Float64Array<ArrayBuffer> | null;
}

/** One read of neighbours. */
export interface Row {
  /** Place of the first of them in the site. */
  readonly first: number;
  /** In the minute, 0–599. */
  readonly tenths: number;
  readonly values: Float64Array;
}

export function* rowsOf({ chunks }: RawMinute): Generator<Row> {
  for (const { numbers, used } of chunks)
    for (let at = 0; at < used; ) {
      const count = numbers[at + 1] as number;
      const begin = at + ROW_HEAD;
      yield { first: numbers[at] as number, tenths: numbers[at + 2] as number, values: numbers.subarray(begin, begin + count) };
      at = begin + count;
    }
}

/** The latest reading of every point, as the room sees it. */
export interface Standing {
  readonly values: Float64Array;
  readonly qualities: Uint8Array;
}

/** The running minute. To take in a read is to copy it; all that it costs beyond that is paid on the other thread. */
export class MinuteBook {
  #minute = Number.NaN;
  #trusted = true;
  #chunks: { numbers: Float64Array<ArrayBuffer>; used: number }[] = [];
  #numbers = 0;

  /** Readings of neighbours, beginning with point `first`; NaN where there is none. Returns what has become too much to hold. */
  take(first: number, values: Float64Array, wallMs: number): RawMinute | null {
    const needed = ROW_HEAD + values.length;
    let chunk = this.#chunks.at(-1);
    if (chunk === undefined || chunk.used + needed > chunk.numbers.length) {
      chunk = { numbers: new Float64Array(Math.max(CHUNK_NUMBERS, needed)), used: 0 };
      this.#chunks.push(chunk);
      this.#numbers += chunk.numbers.length;
    }
    const { numbers, used } = chunk;
    numbers[used] = first;
    numbers[used + 1] = values.length;
    numbers[used + 2] = Math.floor((wallMs - this.#minute * MINUTE_MS) / TENTH_MS);
    numbers.set(values, used + ROW_HEAD);
    chunk.used += needed;
    return this.#numbers < PART_NUMBERS_MAX ? null : this.#handOver(null);
  }

  /**
   * Call before `take`: the wall clock says `wallMs`. When that is another minute than the running one, later or earlier, the running one
   * is over and is returned; when the clock has come to be trusted, or not to be, the part of it until then. A point that is read more
   * seldom than once a minute has the value that stands at the end.
   */
  turn(wallMs: number, clockTrusted: boolean, standing: Standing): RawMinute | null {
    const minute = Math.floor(wallMs / MINUTE_MS);
    if (minute === this.#minute && clockTrusted === this.#trusted) return null;
    const over = minute === this.#minute ? this.#handOver(null) : this.end(standing);
    this.#minute = minute;
    this.#trusted = clockTrusted;
    return over;
  }

  /** Ends the running minute before its time, when the box stops. Null: nothing has begun. */
  end({ values, qualities }: Standing): RawMinute | null {
    if (Number.isNaN(this.#minute)) return null;
    const over = this.#handOver(values.map((value, point) => (isGood(qualities[point] as number) ? value : Number.NaN)));
    this.#minute = Number.NaN;
    return over;
  }

  #handOver(standing: Float64Array<ArrayBuffer> | null): RawMinute {
    const minute = { minute: this.#minute, clockTrusted: this.#trusted, chunks: this.#chunks, standing };
    this.#chunks = [];
    this.#numbers = 0;
    return minute;
  }
}
