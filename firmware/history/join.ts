import { TENTHS_PER_MINUTE } from "./frame.ts";
import { MINUTES_PER_HOUR } from "./history.ts";
import { emptyCells, type PointCells } from "./hour.ts";
import type { Axis, Series } from "./readings.ts";

/**
 * Joins the readings of one point from several blocks to one column in the order of their times; equal times in the order of the blocks.
 * Points that shared their times share them afterwards.
 */
export class SeriesJoiner {
  readonly #numbers = new Map<Axis, number>();
  readonly #joined = new Map<string, { readonly axis: Axis; readonly order: Uint32Array | null }>();

  /** `parts` are not empty and of one point. */
  join(parts: readonly Series[]): Series {
    const first = parts[0] as Series;
    if (parts.length === 1) return first;
    const { axis, order } = this.#axisOf(parts);
    const values = new Float64Array(axis.times.length);
    let at = 0;
    for (const part of parts) {
      values.set(part.values, at);
      at += part.values.length;
    }
    return { point: first.point, axis, values: order === null ? values : Float64Array.from(order, (from) => values[from] as number) };
  }

  #axisOf(parts: readonly Series[]): { readonly axis: Axis; readonly order: Uint32Array | null } {
    const signature = parts.map(({ axis }) => this.#numberOf(axis)).join(" ");
    let joined = this.#joined.get(signature);
    if (joined === undefined) {
      joined = ordered(parts);
      this.#joined.set(signature, joined);
    }
    return joined;
  }

  #numberOf(axis: Axis): number {
    const known = this.#numbers.get(axis);
    if (known !== undefined) return known;
    this.#numbers.set(axis, this.#numbers.size);
    return this.#numbers.size - 1;
  }
}

function ordered(parts: readonly Series[]): { readonly axis: Axis; readonly order: Uint32Array | null } {
  const times = new Float64Array(parts.reduce((sum, { values }) => sum + values.length, 0));
  let at = 0;
  for (const { axis } of parts) {
    times.set(axis.times, at);
    at += axis.times.length;
  }
  if (isAscending(times)) return { axis: { times }, order: null };
  const order = Uint32Array.from(times, (_, n) => n).sort((a, b) => (times[a] as number) - (times[b] as number) || a - b);
  return { axis: { times: Float64Array.from(order, (from) => times[from] as number) }, order };
}

function isAscending(times: Float64Array): boolean {
  for (let n = 1; n < times.length; n += 1) if ((times[n] as number) < (times[n - 1] as number)) return false;
  return true;
}

/** What the readings of an hour come to, minute by minute. */
export function minutesOf({ point, axis: { times }, values }: Series, decimals: number): PointCells {
  const cells = emptyCells(point);
  const factor = 10 ** decimals;
  let minute = Number.NaN;
  let count = 0;
  let [min, max, sum, last] = [0, 0, 0, 0];
  const close = (): void => {
    if (count === 0) return;
    cells.places.push(minute % MINUTES_PER_HOUR);
    cells.counts.push(count);
    cells.min.push(min);
    cells.max.push(max);
    cells.avg.push(Math.round(sum / count));
    cells.last.push(last);
  };
  for (let n = 0; n < times.length; n += 1) {
    const value = values[n] as number;
    if (Number.isNaN(value)) continue;
    const itsMinute = Math.floor((times[n] as number) / TENTHS_PER_MINUTE);
    const number = Math.round(value * factor);
    if (itsMinute !== minute) {
      close();
      minute = itsMinute;
      count = 0;
      min = max = number;
      sum = 0;
    }
    count += 1;
    sum += number;
    last = number;
    if (number < min) min = number;
    if (number > max) max = number;
  }
  close();
  return cells;
}
