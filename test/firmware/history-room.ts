import { QUALITY } from "../../drivers/reading.ts";
import type { Words } from "../../firmware/contract/alarm.ts";
import { MinuteBook, type RawMinute, type Standing } from "../../firmware/history/book.ts";
import { HistoryDesk, type Question, spaceOf } from "../../firmware/history/desk.ts";
import { FULL_HOURS_KEPT, HOURS_KEPT_MIN, MINUTE_MS, type PointSummary, type Span, type Trend } from "../../firmware/history/history.ts";
import type { Limits } from "../../firmware/history/keeper.ts";
import type { PointScale } from "../../firmware/history/scale.ts";

/** 20 September 2026, 03:00 UTC. */
export const T0 = Date.UTC(2026, 8, 20, 3);
export const M0 = T0 / MINUTE_MS;

export const SITE: readonly PointScale[] = [
  { id: "th-1/ambient.temperature", decimals: 3 },
  { id: "th-1/ambient.humidity", decimals: 3 },
  { id: "door-1/contact", decimals: 2 },
];
export const [TEMPERATURE, HUMIDITY, DOOR] = SITE.map(({ id }) => id) as [string, string, string];

/** No point has a value that stands. */
export function nothingStands(points: number): Standing {
  return { values: new Float64Array(points).fill(Number.NaN), qualities: new Uint8Array(points).fill(QUALITY.never) };
}

/** A minute with these readings of each point, one a second from `fromMs` on; an empty list is a point that said nothing good. */
export function minuteOf(minute: number, readings: readonly (readonly number[])[], clockTrusted = true, fromMs = 0): RawMinute {
  const book = new MinuteBook();
  book.turn(minute * MINUTE_MS, clockTrusted, nothingStands(readings.length));
  for (let n = 0; n < Math.max(...readings.map(({ length }) => length)); n += 1)
    book.take(
      0,
      Float64Array.from(readings, (values) => values[n] ?? Number.NaN),
      minute * MINUTE_MS + fromMs + n * 1_000,
    );
  const over = book.end(nothingStands(readings.length));
  if (over === null) throw new Error("nothing was begun");
  return over;
}

export interface Desk {
  write(minute: RawMinute): void;
  summaries(points: readonly string[], fromMinute: number, toMinute: number): readonly PointSummary[];
  trend(points: readonly string[], fromMinute: number, toMinute: number, columns: number): Trend;
  /** Where each point stands in a minute's readings. */
  readonly places: ReadonlyMap<string, number>;
  readonly desk: HistoryDesk;
  readonly told: string[];
  readonly health: boolean[];
  /** Free bytes of the disk, as the desk sees it. */
  space: { free: number; size: number };
  close(): void;
}

/** The history of a folder without its thread: answers at once. */
export function deskIn(
  directory: string,
  { site = SITE, limits = {}, realSpace = false }: { site?: readonly PointScale[]; limits?: Partial<Limits>; realSpace?: boolean } = {},
): Desk {
  const told: string[] = [];
  const health: boolean[] = [];
  const space = { free: 1e12, size: 1e12 };
  const desk = new HistoryDesk(
    { directory, points: site, limits: { hoursKept: HOURS_KEPT_MIN, fullHoursKept: FULL_HOURS_KEPT, bytesMax: 1e9, ...limits } },
    { wallMs: () => T0, space: (folder) => (realSpace ? spaceOf(folder) : space) },
    { tell: (level: string, words: Words) => told.push(`${level}: ${words.en}`), health: (works) => health.push(works) },
  );
  const ask = (question: Question) => {
    const outcome = desk.answer(question);
    if ("failed" in outcome) throw new Error(outcome.failed.en);
    return outcome.answer;
  };
  return {
    write(minute) {
      desk.write(minute);
      while (desk.work());
    },
    summaries: (points, fromMinute, toMinute) =>
      ask({ what: "summaries", points, span: spanOf(fromMinute, toMinute) }) as readonly PointSummary[],
    trend: (points, fromMinute, toMinute, columns) => ask({ what: "trend", points, span: spanOf(fromMinute, toMinute), columns }) as Trend,
    desk,
    places: new Map(site.map(({ id }, place) => [id, place])),
    told,
    health,
    space,
    close: () => desk.close(),
  };
}

function spanOf(fromMinute: number, toMinute: number): Span {
  return { fromMs: fromMinute * MINUTE_MS, toMs: toMinute * MINUTE_MS };
}
