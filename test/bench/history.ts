import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { DatabaseSync } from "node:sqlite";
import { type RawMinute, rowsOf } from "../../firmware/history/book.ts";
import { type Answer, HISTORY_FILE, HistoryDesk, type Question, spaceOf } from "../../firmware/history/desk.ts";
import { FULL_HOURS_KEPT, HISTORY_BYTES_MAX, HOURS_KEPT_MIN, MINUTE_MS } from "../../firmware/history/history.ts";
import { firstCursor, type SampleCursor, type SampleFile, type SamplePiece } from "../../firmware/history/samples.ts";
import type { PointScale } from "../../firmware/history/scale.ts";
import { ringRows } from "../../firmware/points/ring.ts";
import { DemoDay } from "./demo-day.ts";
import { DEVICE_POINTS, MixedRoom } from "./mixed-room.ts";
import { quantile, type Row } from "./row.ts";

const START_MS = Date.UTC(2026, 8, 20);
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const DAY_MINUTES = 1_440;
const MONTH_DAYS = 30;
const ASKED = 200;
const MB = 1_000_000;

/** P11: what remembering every reading costs: bytes, time per reading, per minute and per hour, and how long weeks are asked for. */
export async function benchHistory(): Promise<Row[]> {
  return [...demoDay(), ...aMonth(2_000, 10), ...aLargeSite(5_000, 1)];
}

/** Bytes of the demo room's day, as it is on the wire. */
function demoDay(): Row[] {
  const day = new DemoDay();
  return inFolder((folder) => {
    const desk = deskOf(folder, day.scales);
    let readings = 0;
    for (let minute = 0; minute < DAY_MINUTES; minute += 1) readings += write(desk, day.minute(minute, START_MS));
    // The last hour is packed when the next one begins.
    write(desk, day.minute(DAY_MINUTES, START_MS));
    desk.close();
    return sizes("the demo room's day", folder, readings);
  });
}

function aMonth(points: number, everySeconds: number): Row[] {
  const room = new MixedRoom(points);
  const site = `${points} points every ${everySeconds} s`;
  return inFolder((folder) => {
    const first = deskOf(folder, room.scales);
    const before = bytesWritten();
    let readings = 0;
    for (let minute = 0; minute < DAY_MINUTES; minute += 1) readings += write(first, room.minute(minute, START_MS, everySeconds));
    const written = bytesWritten() - before;
    write(first, room.minute(DAY_MINUTES, START_MS, everySeconds));
    first.close();
    const kept = statSync(join(folder, HISTORY_FILE)).size;
    const bytes = sizes(site, folder, readings);
    repeatDay(join(folder, HISTORY_FILE));
    const desk = deskOf(folder, room.scales);
    const rows = [...bytes, ...questions(desk, room, points), ...exported(desk, room)];
    desk.close();
    return [
      { metric: `history, written a day, ${site}`, value: written / MB, unit: "MB" },
      { metric: `history, kept of a day, ${site}`, value: kept / MB, unit: "MB" },
      ...rows,
    ];
  });
}

/** The day is there once; the twenty-nine before it are its copies, which only have another place. */
function repeatDay(file: string): void {
  const db = new DatabaseSync(file);
  const hour = START_MS / HOUR_MS;
  for (let back = 1; back < MONTH_DAYS; back += 1) {
    const hours = back * 24;
    db.exec(`BEGIN;
      INSERT INTO hours (hour, untrusted, sums) SELECT hour - ${hours}, untrusted, sums FROM hours WHERE hour >= ${hour} AND hour < ${hour + 24};
      INSERT INTO full_hours (hour, whole) SELECT hour - ${hours}, whole FROM full_hours WHERE hour >= ${hour} AND hour < ${hour + 24};
      INSERT INTO blocks (key, block) SELECT key - ${hours * 2_048}, block FROM blocks WHERE key >= ${hour * 2_048} AND key < ${(hour + 24) * 2_048};
      INSERT INTO full_blocks (key, block) SELECT key - ${hours * 2_048}, block FROM full_blocks
        WHERE key >= ${hour * 2_048} AND key < ${(hour + 24) * 2_048};
      INSERT INTO days (day, next_block) SELECT day - ${back}, next_block FROM days WHERE day = ${hour / 24};
      INSERT INTO day_blocks (key, block) SELECT key - ${back * 2_048}, block FROM day_blocks
        WHERE key >= ${(hour / 24) * 2_048} AND key < ${(hour / 24 + 1) * 2_048};
      COMMIT`);
  }
  db.close();
}

function questions(desk: HistoryDesk, room: MixedRoom, points: number): Row[] {
  const ids = room.scales.map(({ id }) => id);
  const toMs = START_MS + DAY_MS;
  // From an odd minute: whoever asks does not know of quarters and days.
  const month = { fromMs: toMs - MONTH_DAYS * DAY_MS + 7 * MINUTE_MS, toMs: toMs - 3 * MINUTE_MS };
  const asked = (question: (n: number) => Question, times: number): readonly number[] =>
    Array.from({ length: times }, (_, n) => timed(() => expectAnswer(desk, question(n))));
  const trend = (count: number): readonly number[] =>
    asked((n) => {
      // In as many blocks.
      const spread = Array.from({ length: count }, (_, place) => ids[(n * 31 + place * Math.floor(points / count)) % points] ?? "");
      return { what: "trend", points: spread, span: month, columns: 1_000 };
    }, ASKED);
  const day = { fromMs: START_MS, toMs };
  const hour = { fromMs: toMs - HOUR_MS, toMs };
  const median = (question: Question): number =>
    quantile(
      asked(() => question, 9),
      0.5,
    );
  return [
    { metric: "history, 30 days of one point in 1,000 columns, p99", value: quantile(trend(1), 0.99), unit: "ms" },
    { metric: "history, 30 days of eight points in 1,000 columns, p99", value: quantile(trend(8), 0.99), unit: "ms" },
    {
      metric: "history, an hour of 8 points at full rate, p99",
      value: quantile(
        asked((n) => ({ what: "trend", points: ids.slice(n * 8, n * 8 + 8), span: hour, columns: 1_000 }), ASKED),
        0.99,
      ),
      unit: "ms",
    },
    {
      metric: "history, a day of 8 points in 1,000 columns",
      value: median({ what: "trend", points: ids.slice(40, 48), span: day, columns: 1_000 }),
      unit: "ms",
    },
    {
      metric: "history, a day's summary of 200 points, everywhere",
      value: median({ what: "summaries", points: ids.filter((_, n) => n % 10 === 0), span: day }),
      unit: "ms",
    },
    { metric: `history, a day's summary of ${points} points`, value: median({ what: "summaries", points: ids, span: day }), unit: "ms" },
  ];
}

/** Thirty days of a device, every reading. */
function exported(desk: HistoryDesk, room: MixedRoom): Row[] {
  const toMs = START_MS + DAY_MS;
  const file: SampleFile = {
    points: room.scales.slice(0, 8).map(({ id }) => id),
    states: Array.from({ length: 8 }, () => null),
    span: { fromMs: toMs - MONTH_DAYS * DAY_MS, toMs },
    ...{ step: "raw", timeZone: "Asia/Shanghai", clock: { certain: "certain", uncertain: "uncertain" } },
  };
  let lines = 0;
  const pieces: number[] = [];
  const ms = timed(() => {
    for (let cursor: SampleCursor | null = firstCursor(file); cursor !== null; ) {
      const question: Question = { what: "samples", file, cursor };
      const startMs = performance.now();
      const piece = expectAnswer(desk, question) as SamplePiece;
      pieces.push(performance.now() - startMs);
      lines += piece.bytes.reduce((sum, byte) => sum + (byte === 10 ? 1 : 0), 0);
      cursor = piece.next;
    }
  });
  return [
    { metric: "history, CSV of 30 days of 8 points, lines", value: lines, unit: "" },
    { metric: "history, CSV lines a second", value: (lines / ms) * 1_000, unit: "1/s" },
    { metric: "history, CSV piece of an hour, p99", value: quantile(pieces, 0.99), unit: "ms" },
  ];
}

/** What the reading thread pays for every reading, and the other thread for every minute and hour. */
function aLargeSite(points: number, everySeconds: number): Row[] {
  const room = new MixedRoom(points);
  const site = `${points} points every ${everySeconds} s`;
  return inFolder((folder) => {
    const desk = deskOf(folder, room.scales);
    const takes: number[] = [];
    const writes: number[] = [];
    const packs: number[] = [];
    for (let minute = 0; minute < 62; minute += 1) {
      const full = room.minute(minute, START_MS, everySeconds, (ms) => takes.push(ms));
      writes.push(timed(() => desk.write(full)));
      const packing = timed(() => {
        while (desk.work());
      });
      if (minute === 60) packs.push(packing);
    }
    const devices = Array.from({ length: points / DEVICE_POINTS }, (_, n) => ({
      points: room.scales.slice(n * DEVICE_POINTS, (n + 1) * DEVICE_POINTS).map(({ id }) => id),
      rows: ringRows(everySeconds * 1_000, points),
    }));
    const refill = timed(() => expectAnswer(desk, { what: "lastHour", devices, nowMs: START_MS + 62 * MINUTE_MS }));
    desk.close();
    return [
      { metric: `history, taking in a reading, ${site}`, value: (average(takes) / DEVICE_POINTS) * 1e6, unit: "ns" },
      { metric: `history, writing a minute, ${site}, median`, value: quantile(writes, 0.5), unit: "ms" },
      { metric: `history, packing an hour, ${site}`, value: packs[0] ?? Number.NaN, unit: "ms" },
      { metric: `history, the last hour for the rings, ${site}`, value: refill, unit: "ms" },
    ];
  });
}

function sizes(name: string, folder: string, readings: number): Row[] {
  const db = new DatabaseSync(join(folder, HISTORY_FILE));
  const bytes = (sql: string): number => Number(Object.values(db.prepare(sql).get() ?? {})[0]);
  const full = bytes("SELECT sum(length(block)) FROM full_blocks");
  const minutes = bytes("SELECT (SELECT sum(length(block)) FROM blocks) + (SELECT sum(length(sums)) FROM hours)");
  const quarters = bytes("SELECT coalesce(sum(length(block)), 0) FROM day_blocks");
  db.close();
  return [
    { metric: `history, ${name}, every reading, MB per million`, value: full / readings, unit: "MB" },
    { metric: `history, ${name}, with minutes and quarters, MB per million`, value: (full + minutes + quarters) / readings, unit: "MB" },
  ];
}

function inFolder(body: (folder: string) => Row[]): Row[] {
  const folder = mkdtempSync(join(tmpdir(), "roomward-bench-history-"));
  try {
    return body(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function deskOf(directory: string, points: readonly PointScale[]): HistoryDesk {
  const limits = { hoursKept: HOURS_KEPT_MIN, fullHoursKept: FULL_HOURS_KEPT, bytesMax: HISTORY_BYTES_MAX };
  return new HistoryDesk(
    { directory, points, limits },
    { wallMs: () => START_MS, space: spaceOf },
    {
      tell: (_, words) => {
        throw new Error(words.en);
      },
      health: () => {},
    },
  );
}

/** As the thread does it. @returns how many readings there were. */
function write(desk: HistoryDesk, minute: RawMinute): number {
  let readings = 0;
  for (const { values } of rowsOf(minute)) readings += values.reduce((sum, value) => sum + (Number.isNaN(value) ? 0 : 1), 0);
  desk.write(minute);
  while (desk.work());
  return readings;
}

function expectAnswer(desk: HistoryDesk, question: Question): Answer {
  const outcome = desk.answer(question);
  if ("failed" in outcome) throw new Error(outcome.failed.en);
  return outcome.answer;
}

/** Bytes that this process gave to the system to write: log and file together. */
function bytesWritten(): number {
  return Number(readFileSync("/proc/self/io", "utf8").match(/^wchar: (\d+)$/m)?.[1]);
}

function timed(work: () => unknown): number {
  const startMs = performance.now();
  work();
  return performance.now() - startMs;
}

const average = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

if (import.meta.main) console.table(await benchHistory());
