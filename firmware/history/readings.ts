import { DamagedBlock, type Reader, type Writer } from "./bytes.ts";
import { headOf, kindOf, readBody, scaled, writeBody } from "./column.ts";

/** A tenth of a second: how exactly the time of a reading is kept. */
export const TENTH_MS = 100;
/** Readings of one axis in one block: an hour at ten a second, with room for an hour that was told twice. */
const ROWS_MAX = 1_048_576;

/** When some points were read together, ascending: tenths of a second since 1970 by the wall clock. One object for all that share it. */
export interface Axis {
  readonly times: Float64Array;
}

/** What one point said: a value for each time of its axis, NaN where it said nothing good. */
export interface Series {
  /** Number of the point in the file's list. */
  readonly point: number;
  readonly axis: Axis;
  readonly values: Float64Array;
}

/** The values of a column that are there, side by side. */
let there = new Float64Array(4_096);

/**
 * Readings of some points from `originTenths` on. First all time axes, then for all points what their columns are like, side by side
 * because neighbours are alike, then the columns, each of which can be stepped over.
 */
export function writeReadings(
  out: Writer,
  bodies: Writer,
  series: readonly Series[],
  originTenths: number,
  decimalsOf: (point: number) => number,
): void {
  const axes = [...new Set(series.map(({ axis }) => axis))];
  const placeOfAxis = new Map(axes.map((axis, place) => [axis, place]));
  out.natural(axes.length);
  for (const { times } of axes) writeTimes(out, times, originTenths);
  out.natural(series.length);
  out.steps(series.map(({ point }) => point));
  out.steps(series.map(({ axis }) => placeOfAxis.get(axis) as number));
  bodies.clear();
  const columns = series.map(({ point, values }) => {
    const begin = bodies.length;
    const { count, gaps } = writePresence(bodies, values);
    const column = scaled(there, count, decimalsOf(point));
    writeBody(bodies, column);
    const { form, decimals, base, divisor } = column;
    return { form, decimals, base, divisor, gaps, length: bodies.length - begin };
  });
  for (const column of columns) out.natural(kindOf(column));
  for (const { base } of columns) out.natural(Math.abs(base));
  for (const { divisor } of columns) out.natural(divisor);
  for (const { gaps } of columns) out.natural(gaps);
  for (const { length } of columns) out.natural(length);
  out.append(bodies);
}

/** Readings of a block, unpacked point by point as they are asked for. Throws `DamagedBlock`. */
export class PackedReadings {
  /** Ascending. */
  readonly points: Uint32Array;
  readonly #from: Reader;
  readonly #axes: readonly Axis[];
  readonly #axisOf: Uint32Array;
  readonly #kinds: Uint32Array;
  readonly #bases: Float64Array;
  readonly #divisors: Float64Array;
  readonly #gaps: Uint32Array;
  readonly #begins: Uint32Array;

  constructor(from: Reader, originTenths: number) {
    this.#from = from;
    this.#axes = Array.from({ length: from.natural() }, () => readTimes(from, originTenths));
    const count = from.natural();
    const column = (): Uint32Array => new Uint32Array(count).map(() => from.natural());
    const wide = (): Float64Array => new Float64Array(count).map(() => from.natural());
    this.points = Uint32Array.from(from.steps(count));
    this.#axisOf = Uint32Array.from(from.steps(count));
    this.#kinds = column();
    this.#bases = wide();
    this.#divisors = wide();
    this.#gaps = column();
    let begin = 0;
    const begins = column().map((length) => {
      begin += length;
      return begin - length;
    });
    this.#begins = begins.map((offset) => from.position + offset);
    from.goTo(from.position + begin);
  }

  /** Its points from one number to before another. */
  pointsFrom(first: number, end: number): Uint32Array {
    return this.points.subarray(lowerBound(this.points, first), lowerBound(this.points, end));
  }

  of(point: number): Series | null {
    const place = lowerBound(this.points, point);
    if (this.points[place] !== point) return null;
    const axis = this.#axes[this.#axisOf[place] as number];
    if (axis === undefined) throw new DamagedBlock("no such axis");
    const values = new Float64Array(axis.times.length);
    this.#from.goTo(this.#begins[place] as number);
    const absent = readPresence(this.#from, this.#gaps[place] as number, values.length);
    const count = values.length - absent.reduce((sum, { length }) => sum + length, 0);
    const head = headOf(this.#kinds[place] as number, this.#bases[place] as number, this.#divisors[place] as number);
    readBody(this.#from, head, values, count);
    if (absent.length > 0) spread(values, count, absent);
    return { point, axis, values };
  }
}

/** The first place that is not below. */
function lowerBound(ascending: Uint32Array, wanted: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] as number) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** As steps of steps: a poll that keeps its pace is nothing but zeros. */
function writeTimes(out: Writer, times: Float64Array, originTenths: number): void {
  out.natural(times.length);
  let before = originTenths;
  let pace = 0;
  for (const time of times) {
    out.whole(time - before - pace);
    pace = time - before;
    before = time;
  }
}

function readTimes(from: Reader, originTenths: number): Axis {
  const length = from.natural();
  if (length > ROWS_MAX) throw new DamagedBlock("too many rows");
  const times = new Float64Array(length);
  let before = originTenths;
  let pace = 0;
  for (let n = 0; n < length; n += 1) {
    pace += from.whole();
    before += pace;
    times[n] = before;
  }
  return { times };
}

/** Gathers in `there` the values that are there. Where some are not: lengths of presence and of absence in turn, `gaps` times. */
function writePresence(out: Writer, values: Float64Array): { readonly count: number; readonly gaps: number } {
  if (there.length < values.length) there = new Float64Array(2 * values.length);
  let count = 0;
  let gaps = 0;
  for (let n = 0; n < values.length; ) {
    const begin = n;
    while (n < values.length && !Number.isNaN(values[n])) there[count++] = values[n++] as number;
    if (n === values.length) break;
    out.natural(n - begin);
    const absent = n;
    while (n < values.length && Number.isNaN(values[n])) n += 1;
    out.natural(n - absent);
    gaps += 1;
  }
  return { count, gaps };
}

interface Absence {
  readonly begin: number;
  readonly length: number;
}

function readPresence(from: Reader, runs: number, rows: number): readonly Absence[] {
  const absent: Absence[] = [];
  let at = 0;
  for (let n = 0; n < runs; n += 1) {
    const begin = at + from.natural();
    const length = from.natural();
    at = begin + length;
    if (at > rows) throw new DamagedBlock("gaps beyond the end");
    absent.push({ begin, length });
  }
  return absent;
}

/** Moves the values, which stand together at the beginning, to their places; from the end, so that none is overwritten. */
function spread(values: Float64Array, count: number, absent: readonly Absence[]): void {
  let end = values.length;
  let left = count;
  for (let n = absent.length - 1; n >= 0; n -= 1) {
    const { begin, length } = absent[n] as Absence;
    const behind = end - begin - length;
    values.copyWithin(begin + length, left - behind, left);
    values.fill(Number.NaN, begin, begin + length);
    left -= behind;
    end = begin;
  }
}
