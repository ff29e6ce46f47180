import { HOURS_PER_DAY, MINUTE_MS, MINUTES_PER_HOUR, type MinuteSpan, type Span, type Trend, type TrendSeries } from "./history.ts";
import type { PointCells } from "./hour.ts";
import type { HistoryReader } from "./reader.ts";
import { type Series, TENTH_MS } from "./readings.ts";
import { visit } from "./summary.ts";

const SECOND_MS = 1_000;
const QUARTER_MS = 15 * MINUTE_MS;
const HOUR_MS = MINUTES_PER_HOUR * MINUTE_MS;
const DAY_MS = HOURS_PER_DAY * HOUR_MS;
/** Steps that people read easily; beyond the last, whole days. Seconds come from every reading, quarters and more from days summed up. */
const SECONDS = [1, 2, 5, 10, 15, 30].map((seconds) => seconds * SECOND_MS);
const MINUTES = [1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360, 720, 1_440].map((minutes) => minutes * MINUTE_MS);
/** Up to so long a span is made of minutes, which costs nothing yet. */
const MINUTES_LONGEST_MS = 2 * DAY_MS;
/** A step must be longer than readings are apart, or polls that come a little late would look like gaps. */
const PERIODS_PER_STEP = 1.5;

/** An envelope of at most `columns` steps: what was extreme in a step stays visible however wide the span is. */
export function trendOf(reader: HistoryReader, points: readonly string[], { fromMs, toMs }: Span, columns: number): Trend {
  const span = { fromMs, toMs: Math.max(fromMs, toMs) };
  return fineTrend(reader, points, span, columns) ?? coarseTrend(reader, points, span, columns);
}

/** Null: the span is too long for it, or it is not all there at full rate. */
function fineTrend(reader: HistoryReader, points: readonly string[], span: Span, columns: number): Trend | null {
  const shortest = SECONDS.find((stepMs) => gridOf(span, stepMs, columns) !== null);
  const hours = { from: Math.floor(span.fromMs / HOUR_MS), to: Math.ceil(span.toMs / HOUR_MS) };
  if (shortest === undefined || !reader.isFull(hours.from, hours.to)) return null;
  const found = reader.numbersOf(points);
  const numbers = new Set(found.flatMap((point) => (point === undefined ? [] : [point.number])));
  const readings: Series[] = [];
  for (let hour = hours.from; hour < hours.to; hour += 1) readings.push(...reader.readings(hour, numbers));
  const byPoint = Map.groupBy(readings, ({ point }) => point);
  const periodsMs = [...byPoint.values()].map((series) => Math.min(...series.map(periodOf)));
  const stepMs = SECONDS.find((step) => step >= Math.max(shortest, PERIODS_PER_STEP * Math.max(0, ...periodsMs)));
  const grid = stepMs === undefined ? null : gridOf(span, stepMs, columns);
  // What is read too seldom for seconds has stood meanwhile, which its minutes know.
  const silent = [...numbers].filter((number) => !byPoint.has(number));
  if (grid === null || stood(reader, silent, minutesOf(span))) return null;
  const envelope = new Envelope(points, grid);
  found.forEach((point, place) => {
    for (const { axis, values } of point === undefined ? [] : (byPoint.get(point.number) ?? []))
      axis.times.forEach((time, row) => {
        const value = values[row] as number;
        const atMs = time * TENTH_MS;
        if (Number.isNaN(value) || atMs < span.fromMs || atMs >= span.toMs) return;
        envelope.add(place, atMs, value, value, value, value, 1);
      });
  });
  return envelope.trend(
    found.map((point) => (point === undefined ? 1 : 10 ** point.decimals)),
    1,
    reader.uncertain(minutesOf(span)),
  );
}

function stood(reader: HistoryReader, numbers: readonly number[], span: MinuteSpan): boolean {
  if (numbers.length === 0) return false;
  for (const { points } of reader.hours(new Set(numbers), span, "minutes")) if (points.length > 0) return true;
  return false;
}

/** Half of the pauses between the readings of a point are not longer. Infinite: it has one reading or none. */
function periodOf({ axis: { times }, values }: Series): number {
  const pauses: number[] = [];
  let before = Number.NaN;
  times.forEach((time, row) => {
    if (Number.isNaN(values[row] as number)) return;
    if (!Number.isNaN(before)) pauses.push(time - before);
    before = time;
  });
  pauses.sort((a, b) => a - b);
  return (pauses[Math.floor(pauses.length / 2)] ?? Number.POSITIVE_INFINITY) * TENTH_MS;
}

function coarseTrend(reader: HistoryReader, points: readonly string[], asked: Span, columns: number): Trend {
  const { fromMinute, toMinute } = minutesOf(asked);
  const span = { fromMs: fromMinute * MINUTE_MS, toMs: Math.max(fromMinute, toMinute) * MINUTE_MS };
  const found = MINUTES.map((step) => gridOf(span, step, columns)).find((grid) => grid !== null);
  const grid = found ?? wholeDays(span, columns);
  const envelope = new Envelope(points, grid);
  const numbered = reader.numbersOf(points);
  const minutes = (part: Span): void => {
    if (part.fromMs < part.toMs)
      visit(reader, points, minutesOf(part), {
        minute: (place, minute, cells, at) => envelope.addCell(place, minute * MINUTE_MS, cells, at, 1),
      });
  };
  if (grid.stepMs % QUARTER_MS === 0 && grid.originMs % QUARTER_MS === 0) {
    const places = Map.groupBy(points.keys(), (place) => numbered[place]?.number ?? Number.NaN);
    const numbers = new Set([...places.keys()].filter((number) => !Number.isNaN(number)));
    quarters(reader, numbers, span, minutes, (number, atMs, cells, at) => {
      for (const place of places.get(number) ?? []) envelope.addCell(place, atMs, cells, at, cells.counts[at] as number);
    });
  } else minutes(span);
  const factors = numbered.map((point) => (point === undefined ? 1 : 10 ** point.decimals));
  return envelope.trend(factors, factors, reader.uncertain({ fromMinute, toMinute }));
}

type OnQuarter = (point: number, atMs: number, cells: PointCells, at: number) => void;

/** Days that are summed up come by the quarter, the rest and both ends by the minute. */
function quarters(
  reader: HistoryReader,
  numbers: ReadonlySet<number>,
  span: Span,
  minutes: (part: Span) => void,
  onQuarter: OnQuarter,
): void {
  const oldestMs = (reader.oldest().minutes ?? Number.POSITIVE_INFINITY) * HOUR_MS;
  for (let day = Math.floor(Math.max(span.fromMs, Math.min(oldestMs, span.toMs)) / DAY_MS); day * DAY_MS < span.toMs; day += 1) {
    const [fromMs, toMs] = [Math.max(span.fromMs, day * DAY_MS), Math.min(span.toMs, (day + 1) * DAY_MS)];
    const found = reader.quarters(day, numbers);
    if (found === null) {
      minutes({ fromMs, toMs });
      continue;
    }
    const whole = { fromMs: Math.ceil(fromMs / QUARTER_MS) * QUARTER_MS, toMs: Math.floor(toMs / QUARTER_MS) * QUARTER_MS };
    minutes({ fromMs, toMs: Math.min(toMs, whole.fromMs) });
    for (const cells of found)
      cells.places.forEach((quarter, at) => {
        const atMs = day * DAY_MS + quarter * QUARTER_MS;
        // Hours that were let go of are still in the sums of their day.
        if (atMs >= whole.fromMs && atMs < whole.toMs && atMs >= oldestMs) onQuarter(cells.point, atMs, cells, at);
      });
    minutes({ fromMs: Math.max(fromMs, whole.fromMs, whole.toMs), toMs });
  }
}

function minutesOf({ fromMs, toMs }: Span): MinuteSpan {
  return { fromMinute: Math.floor(fromMs / MINUTE_MS), toMinute: Math.floor(toMs / MINUTE_MS) };
}

/** Step n begins at `originMs + n × stepMs`. */
interface Grid {
  readonly originMs: number;
  readonly stepMs: number;
  readonly steps: number;
}

/** Null: in steps of this length it has more than `columns`. */
function gridOf({ fromMs, toMs }: Span, stepMs: number, columns: number): Grid | null {
  const isLong = toMs - fromMs > MINUTES_LONGEST_MS;
  // A long span is asked of days that are summed up by the quarter; a short one begins at a round time if there is a column for it.
  const round = stepMs < MINUTE_MS ? stepMs : stepMs % QUARTER_MS === 0 && isLong ? QUARTER_MS : MINUTE_MS;
  for (const originMs of [Math.floor(fromMs / round) * round, fromMs]) {
    const steps = Math.ceil((toMs - originMs) / stepMs);
    if (steps <= columns) return { originMs, stepMs, steps };
    if (isLong) return null;
  }
  return null;
}

function wholeDays(span: Span, columns: number): Grid {
  for (let days = Math.max(1, Math.ceil((span.toMs - span.fromMs) / DAY_MS / columns)); ; days += 1) {
    const grid = gridOf(span, days * DAY_MS, columns);
    if (grid !== null) return grid;
  }
}

interface Columns {
  readonly point: string;
  readonly min: Float64Array;
  readonly max: Float64Array;
  readonly sum: Float64Array;
  readonly last: Float64Array;
  readonly weight: Float64Array;
}

/** Columns as they fill. */
class Envelope {
  readonly #grid: Grid;
  readonly #series: readonly Columns[];

  constructor(points: readonly string[], grid: Grid) {
    this.#grid = grid;
    const column = (): Float64Array => new Float64Array(grid.steps);
    this.#series = points.map((point) => ({ point, min: column(), max: column(), sum: column(), last: column(), weight: column() }));
  }

  addCell(place: number, atMs: number, { min, max, avg, last }: PointCells, at: number, weight: number): void {
    this.add(place, atMs, min[at] as number, max[at] as number, avg[at] as number, last[at] as number, weight);
  }

  /** In ascending order of time. */
  add(place: number, atMs: number, min: number, max: number, avg: number, last: number, weight: number): void {
    const series = this.#series[place];
    if (series === undefined) return;
    const step = Math.floor((atMs - this.#grid.originMs) / this.#grid.stepMs);
    const isFirst = series.weight[step] === 0;
    if (isFirst || min < (series.min[step] as number)) series.min[step] = min;
    if (isFirst || max > (series.max[step] as number)) series.max[step] = max;
    series.sum[step] = (series.sum[step] as number) + avg * weight;
    series.weight[step] = (series.weight[step] as number) + weight;
    series.last[step] = last;
  }

  /** `factors`: of each point, the step in which it is kept; `divisors`: by what its values are still too large. */
  trend(factors: readonly number[], divisors: readonly number[] | 1, uncertain: readonly Span[]): Trend {
    const series = this.#series.map(({ point, min, max, sum, last, weight }, place): TrendSeries => {
      const factor = factors[place] as number;
      const divisor = divisors === 1 ? 1 : (divisors[place] as number);
      const shown = (values: Float64Array): (number | null)[] =>
        Array.from(values, (value, step) => (weight[step] === 0 ? null : value / divisor));
      const means = Array.from(sum, (total, step) =>
        weight[step] === 0 ? null : Math.round(((total / (weight[step] as number)) * factor) / divisor) / factor,
      );
      return { point, min: shown(min), max: shown(max), avg: means, last: shown(last) };
    });
    const { originMs, stepMs, steps } = this.#grid;
    return { fromMs: originMs, stepMs, steps, series, clockTrusted: uncertain.length === 0, uncertain };
  }
}
