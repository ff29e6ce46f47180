import { csvField } from "../platform/csv.ts";
import { MINUTE_MS, MINUTES_PER_HOUR, type Span } from "./history.ts";
import type { HistoryReader } from "./reader.ts";
import { type Axis, TENTH_MS } from "./readings.ts";
import { visit } from "./summary.ts";

const HOUR_MS = MINUTES_PER_HOUR * MINUTE_MS;
/** Hours without anything that are passed over at once. */
const HOURS_AHEAD = 48;
const QUARTER_MS = 15 * MINUTE_MS;
/** Longer than so many pauses between lines, and than a minute, is a gap. */
const GAP_PAUSES = 3;

/** What the lines of a file are made of. */
export interface SampleFile {
  readonly points: readonly string[];
  /** By place: names of the states of a state point; null for a number. */
  readonly states: readonly (readonly string[] | null)[];
  readonly span: Span;
  /** `raw`: every reading, a column for each point. `minute`: mean, lowest and highest of each minute. */
  readonly step: "raw" | "minute";
  /** The site's, as in IANA's list. */
  readonly timeZone: string;
  /** Words for a clock that was certain, and one that was not. */
  readonly clock: { readonly certain: string; readonly uncertain: string };
}

/** Where the next piece begins. */
export interface SampleCursor {
  readonly hour: number;
  /** When the last line was; null: there was none yet. */
  readonly lastMs: number | null;
}

export interface SamplePiece {
  /** Lines of CSV as UTF-8. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Null: that was all. */
  readonly next: SampleCursor | null;
}

interface Line {
  readonly atMs: number;
  /** After the columns of time and clock; empty where nothing was read. */
  readonly cells: readonly string[];
}

/** Where a file begins. */
export function firstCursor({ span }: SampleFile): SampleCursor {
  return { hour: Math.floor(span.fromMs / HOUR_MS), lastMs: null };
}

/** The lines of one hour: no question takes long, and no more than an hour is in memory at a time. */
export function samplesOf(reader: HistoryReader, file: SampleFile, { hour, lastMs }: SampleCursor): SamplePiece {
  const lines = file.step === "raw" ? rawLines(reader, file, hour) : minuteLines(reader, file, hour);
  const uncertain = new Set(reader.uncertainMinutes(hour));
  const text: string[] = [];
  const local = localTimes(file.timeZone);
  const pauseMs = file.step === "minute" ? MINUTE_MS : medianPause(lines);
  const gapMs = file.step === "minute" ? MINUTE_MS : Math.max(MINUTE_MS, GAP_PAUSES * pauseMs);
  const nothing = ",".repeat(file.points.length * (file.step === "raw" ? 1 : 3));
  let before = lastMs;
  for (const { atMs, cells } of lines) {
    // A chart that somebody draws of it shall not bridge what nobody measured.
    if (before !== null && atMs - before > gapMs) text.push(`${local(before + pauseMs)},${before + pauseMs},${nothing}`);
    const clock = uncertain.has(Math.floor(atMs / MINUTE_MS)) ? file.clock.uncertain : file.clock.certain;
    text.push(`${local(atMs)},${atMs},${csvField(clock)},${cells.join(",")}`);
    before = atMs;
  }
  const bytes = new TextEncoder().encode(text.map((line) => `${line}\r\n`).join(""));
  return { bytes, next: nextCursor(reader, file.span, hour, before) };
}

function nextCursor(reader: HistoryReader, { toMs }: Span, hour: number, lastMs: number | null): SampleCursor | null {
  const end = Math.ceil(toMs / HOUR_MS);
  const next = reader.nextHour(hour + 1, Math.min(hour + 1 + HOURS_AHEAD, end)) ?? hour + 1 + HOURS_AHEAD;
  return next < end ? { hour: next, lastMs } : null;
}

function rawLines(reader: HistoryReader, { points, states, span }: SampleFile, hour: number): readonly Line[] {
  const numbers = reader.numbersOf(points);
  const wanted = new Set(numbers.flatMap((point) => (point === undefined ? [] : [point.number])));
  const series = new Map(reader.readings(hour, wanted).map((one) => [one.point, one]));
  const columns = numbers.map((point) => (point === undefined ? undefined : series.get(point.number)));
  const axes = [...new Set([...series.values()].map(({ axis }) => axis))];
  const axisOf = columns.map((column) => (column === undefined ? -1 : axes.indexOf(column.axis)));
  const at = axes.map(() => 0);
  const lines: Line[] = [];
  for (let time = earliest(axes, at); Number.isFinite(time); time = earliest(axes, at)) {
    const isNow = axes.map(({ times }, axis) => times[at[axis] as number] === time);
    const cells = columns.map((column, place) => {
      const axis = axisOf[place] as number;
      return column !== undefined && isNow[axis] === true ? cellOf(column.values[at[axis] as number] as number, states[place] ?? null) : "";
    });
    isNow.forEach((now, axis) => {
      if (now) at[axis] = (at[axis] as number) + 1;
    });
    const atMs = time * TENTH_MS;
    if (atMs >= span.fromMs && atMs < span.toMs && cells.some((cell) => cell !== "")) lines.push({ atMs, cells });
  }
  return lines;
}

function earliest(axes: readonly Axis[], at: readonly number[]): number {
  let time = Number.POSITIVE_INFINITY;
  for (let axis = 0; axis < axes.length; axis += 1) {
    const own = axes[axis]?.times[at[axis] as number];
    if (own !== undefined && own < time) time = own;
  }
  return time;
}

function minuteLines(reader: HistoryReader, { points, states, span }: SampleFile, hour: number): readonly Line[] {
  const minuteSpan = {
    fromMinute: Math.max(Math.ceil(span.fromMs / MINUTE_MS), hour * MINUTES_PER_HOUR),
    toMinute: Math.min(Math.floor(span.toMs / MINUTE_MS), (hour + 1) * MINUTES_PER_HOUR),
  };
  if (minuteSpan.fromMinute >= minuteSpan.toMinute) return [];
  const minutes = new Map<number, string[]>();
  const factors = reader.numbersOf(points).map((point) => 10 ** (point?.decimals ?? 0));
  visit(reader, points, minuteSpan, {
    minute(place, minute, cells, at) {
      const line = minutes.get(minute) ?? points.flatMap(() => ["", "", ""]);
      minutes.set(minute, line);
      const factor = factors[place] as number;
      const [mean, min, max] = [cells.avg, cells.min, cells.max].map((column) => (column[at] as number) / factor) as [
        number,
        number,
        number,
      ];
      // The mean of states is a number between two of them.
      line[3 * place] = cellOf(mean, null);
      line[3 * place + 1] = cellOf(min, states[place] ?? null);
      line[3 * place + 2] = cellOf(max, states[place] ?? null);
    },
  });
  return [...minutes].sort(([a], [b]) => a - b).map(([minute, cells]) => ({ atMs: minute * MINUTE_MS, cells }));
}

function cellOf(value: number, states: readonly string[] | null): string {
  if (Number.isNaN(value)) return "";
  return states === null ? String(value) : csvField(states[value] ?? String(value));
}

function medianPause(lines: readonly Line[]): number {
  const pauses = lines.slice(1).map(({ atMs }, n) => atMs - (lines[n]?.atMs ?? atMs));
  pauses.sort((a, b) => a - b);
  return pauses[Math.floor(pauses.length / 2)] ?? MINUTE_MS;
}

/** `2026-11-22T08:00:00.0+08:00`. The offset of a zone changes at quarters of an hour at the most. */
function localTimes(timeZone: string): (atMs: number) => string {
  let quarter = Number.NaN;
  let offsetMs = 0;
  let offset = "";
  return (atMs) => {
    const its = Math.floor(atMs / QUARTER_MS);
    if (its !== quarter) {
      quarter = its;
      const zoned = Temporal.Instant.fromEpochMilliseconds(its * QUARTER_MS).toZonedDateTimeISO(timeZone);
      offsetMs = zoned.offsetNanoseconds / 1e6;
      offset = zoned.offset;
    }
    return `${new Date(atMs + offsetMs).toISOString().slice(0, 21)}${offset}`;
  };
}
