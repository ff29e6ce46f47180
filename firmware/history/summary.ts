import {
  GAPS_MAX,
  type Gap,
  MINUTE_MS,
  MINUTES_PER_HOUR,
  type MinuteSpan,
  type PointSummary,
  type Trend,
  type TrendSeries,
} from "./history.ts";
import type { PointHour } from "./hour.ts";
import type { HourSum } from "./hour-sum.ts";
import type { MinuteStore } from "./store.ts";

/** One summary per point, in the order of `points`. */
export function summariesOf(store: MinuteStore, points: readonly string[], span: MinuteSpan): readonly PointSummary[] {
  const tallies = points.map(() => new Tally(span));
  const factors = visit(store, points, span, {
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

  add(minute: number, hour: PointHour, at: number, trusted: boolean): void {
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

/** Steps that people read easily, in minutes; beyond the last, whole days. */
const STEPS = [1, 2, 5, 10, 15, 20, 30, 60, 120, 180, 240, 360, 720, 1_440];

/** An envelope of at most `columns` steps: what was extreme in a step stays visible however wide the span is. */
export function trendOf(store: MinuteStore, points: readonly string[], span: MinuteSpan, columns: number): Trend {
  const { fromMinute, toMinute } = span;
  const minutes = Math.max(0, toMinute - fromMinute);
  const day = STEPS.at(-1) as number;
  const stepMinutes = STEPS.find((step) => minutes <= step * columns) ?? Math.ceil(minutes / columns / day) * day;
  const steps = Math.ceil(minutes / stepMinutes);
  const column = (): (number | null)[] => Array.from({ length: steps }, () => null);
  const series = points.map((point) => ({ point, min: column(), max: column(), avg: column(), last: column(), counts: column() }));
  let clockTrusted = true;
  const onMinute: Visitor["minute"] = (place, minute, hour, at, trusted) => {
    const { min, max, avg, last, counts } = series[place] as (typeof series)[number];
    const step = Math.floor((minute - fromMinute) / stepMinutes);
    min[step] = Math.min(min[step] ?? Number.POSITIVE_INFINITY, hour.min[at] as number);
    max[step] = Math.max(max[step] ?? Number.NEGATIVE_INFINITY, hour.max[at] as number);
    avg[step] = (avg[step] ?? 0) + (hour.avg[at] as number);
    counts[step] = (counts[step] ?? 0) + 1;
    last[step] = hour.last[at] as number;
    clockTrusted &&= trusted;
  };
  const factors = visit(store, points, span, { minute: onMinute });
  return {
    fromMs: fromMinute * MINUTE_MS,
    stepMs: stepMinutes * MINUTE_MS,
    steps,
    series: series.map(({ point, min, max, avg, last, counts }, place): TrendSeries => {
      const factor = factors[place] ?? 1;
      const shown = (values: readonly (number | null)[]) => values.map((value) => (value === null ? null : value / factor));
      const means = avg.map((sum, step) => (sum === null ? null : Math.round(sum / (counts[step] as number)) / factor));
      return { point, min: shown(min), max: shown(max), avg: means, last: shown(last) };
    }),
    clockTrusted,
  };
}

interface Visitor {
  minute(place: number, minute: number, hour: PointHour, at: number, clockTrusted: boolean): void;
  /** Where it is there, hours of which every minute is known come as their sums. */
  wholeHour?(place: number, firstMinute: number, sum: HourSum): void;
}

/** Calls back for all that is known in the span, ascending per point. @returns the factor of each point. */
function visit(store: MinuteStore, points: readonly string[], span: MinuteSpan, visitor: Visitor): readonly (number | undefined)[] {
  const found = store.numbersOf(points);
  const places = Map.groupBy(
    found.flatMap((one, place) => (one === undefined ? [] : { number: one.number, place })),
    ({ number }) => number,
  );
  const wanted = visitor.wholeHour === undefined ? "minutes" : "sums";
  for (const { hour, whole, points: hours, untrusted } of store.hours(new Set(places.keys()), span, wanted)) {
    const firstMinute = hour * MINUTES_PER_HOUR;
    for (const sum of whole) for (const { place } of places.get(sum.point) ?? []) visitor.wholeHour?.(place, firstMinute, sum);
    for (const pointHour of hours) {
      pointHour.minutes.forEach((inHour, at) => {
        const minute = firstMinute + inHour;
        if (minute < span.fromMinute || minute >= span.toMinute) return;
        for (const { place } of places.get(pointHour.point) ?? []) visitor.minute(place, minute, pointHour, at, !untrusted.has(inHour));
      });
    }
  }
  return found.map((one) => one?.factor);
}
