import { GAPS_MAX, type Gap, MINUTE_MS, MINUTES_PER_HOUR, type MinuteSpan, type PointSummary } from "./history.ts";
import type { PointCells } from "./hour.ts";
import type { HourSum } from "./hour-sum.ts";
import type { HistoryReader } from "./reader.ts";

/** One summary per point, in the order of `points`. */
export function summariesOf(reader: HistoryReader, points: readonly string[], span: MinuteSpan): readonly PointSummary[] {
  const tallies = points.map(() => new Tally(span));
  const factors = visit(reader, points, span, {
    minute: (place, minute, hour, at, trusted) => tallies[place]?.add(minute, hour, at, trusted),
    wholeHour: (place, firstMinute, sum) => tallies[place]?.addHour(firstMinute, sum),
  });
  return points.map((point, place) => (tallies[place] as Tally).summary(point, factors[place] ?? 1));
}

/** What the minutes of one point come to, taken in ascending order. */
class Tally {
  readonly #span: MinuteSpan;
  readonly #gaps: Gap[] = [];
  #known = 0;
  #sum = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;
  #last = 0;
  #minAt = 0;
  #maxAt = 0;
  #trusted = true;
  #next: number;

  constructor(span: MinuteSpan) {
    this.#span = span;
    this.#next = span.fromMinute;
  }

  add(minute: number, hour: PointCells, at: number, trusted: boolean): void {
    this.#gapUntil(minute);
    this.#next = minute + 1;
    this.#known += 1;
    this.#sum += hour.avg[at] as number;
    this.#last = hour.last[at] as number;
    this.#low(hour.min[at] as number, minute);
    this.#high(hour.max[at] as number, minute);
    this.#trusted &&= trusted;
  }

  /** All sixty minutes of an hour, under a clock that was trusted. */
  addHour(firstMinute: number, { min, minAt, max, maxAt, sum, last, known }: HourSum): void {
    this.#gapUntil(firstMinute);
    this.#next = firstMinute + known;
    this.#known += known;
    this.#sum += sum;
    this.#last = last;
    this.#low(min, firstMinute + minAt);
    this.#high(max, firstMinute + maxAt);
  }

  #low(value: number, minute: number): void {
    if (value >= this.#min) return;
    this.#min = value;
    this.#minAt = minute;
  }

  #high(value: number, minute: number): void {
    if (value <= this.#max) return;
    this.#max = value;
    this.#maxAt = minute;
  }

  summary(point: string, factor: number): PointSummary {
    const { fromMinute, toMinute } = this.#span;
    this.#gapUntil(toMinute);
    const nothing = this.#known === 0;
    return {
      point,
      min: nothing ? null : this.#min / factor,
      max: nothing ? null : this.#max / factor,
      avg: nothing ? null : Math.round(this.#sum / this.#known) / factor,
      last: nothing ? null : this.#last / factor,
      minAtMs: nothing ? null : this.#minAt * MINUTE_MS,
      maxAtMs: nothing ? null : this.#maxAt * MINUTE_MS,
      minutesWithData: this.#known,
      minutes: Math.max(0, toMinute - fromMinute),
      gaps: this.#gaps,
      clockTrusted: this.#trusted,
    };
  }

  #gapUntil(minute: number): void {
    if (minute > this.#next && this.#gaps.length < GAPS_MAX) this.#gaps.push({ fromMs: this.#next * MINUTE_MS, toMs: minute * MINUTE_MS });
  }
}

export interface Visitor {
  minute(place: number, minute: number, hour: PointCells, at: number, clockTrusted: boolean): void;
  /** Where it is there, hours of which every minute is known come as their sums. */
  wholeHour?(place: number, firstMinute: number, sum: HourSum): void;
}

/** Calls back for all that is known in the span, ascending per point. @returns the factor of each point. */
export function visit(
  reader: HistoryReader,
  points: readonly string[],
  span: MinuteSpan,
  visitor: Visitor,
): readonly (number | undefined)[] {
  const found = reader.numbersOf(points);
  const places = Map.groupBy(
    found.flatMap((one, place) => (one === undefined ? [] : { number: one.number, place })),
    ({ number }) => number,
  );
  const wanted = visitor.wholeHour === undefined ? "minutes" : "sums";
  for (const { hour, whole, points: hours, untrusted } of reader.hours(new Set(places.keys()), span, wanted)) {
    const firstMinute = hour * MINUTES_PER_HOUR;
    for (const sum of whole) for (const { place } of places.get(sum.point) ?? []) visitor.wholeHour?.(place, firstMinute, sum);
    for (const pointHour of hours) {
      pointHour.places.forEach((inHour, at) => {
        const minute = firstMinute + inHour;
        if (minute < span.fromMinute || minute >= span.toMinute) return;
        for (const { place } of places.get(pointHour.point) ?? []) visitor.minute(place, minute, pointHour, at, !untrusted.has(inHour));
      });
    }
  }
  return found.map((one) => (one === undefined ? undefined : 10 ** one.decimals));
}
