import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { QUALITY } from "../../drivers/reading.ts";
import { MinuteBook, type RawMinute } from "../../firmware/history/book.ts";
import { HISTORY_FILE, HistoryDesk, type Question, spaceOf } from "../../firmware/history/desk.ts";
import { HISTORY_BYTES_MAX, HOURS_KEPT_MIN, MINUTE_MS } from "../../firmware/history/history.ts";
import type { PointScale } from "../../firmware/history/scale.ts";
import { quantile, type Row } from "./row.ts";

const START_MS = Date.UTC(2026, 8, 20);
const DAY_MINUTES = 1_440;
const MB = 1_000_000;
const DEVICE_POINTS = 20;

/** P14: what remembering costs: bytes a day, time per reading and per minute, and how long a day is asked for. */
export async function benchHistory(): Promise<Row[]> {
  return [...aDay(2_000, 10), ...aMinute(5_000)];
}

function aDay(points: number, everySeconds: number): Row[] {
  const folder = mkdtempSync(join(tmpdir(), "roomward-bench-history-"));
  const room = new NoisyRoom(points);
  const desk = deskOf(folder, room.scales);
  const writtenBefore = bytesWritten();
  for (let minute = 0; minute < DAY_MINUTES; minute += 1) desk.write(room.minute(minute, everySeconds));
  const written = bytesWritten() - writtenBefore;
  const ids = room.scales.map(({ id }) => id);
  const span = { fromMinute: START_MS / MINUTE_MS, toMinute: START_MS / MINUTE_MS + DAY_MINUTES };
  const ask = (question: Question): number => {
    const times = Array.from({ length: 9 }, () => timed(() => desk.answer(question)));
    return quantile(times, 0.5);
  };
  const rows = [
    { metric: `history, written a day at ${points} points`, value: written / MB, unit: "MB" },
    {
      metric: "history, a day's summary of 200 points, neighbours",
      value: ask({ what: "summaries", points: ids.slice(0, 200), span }),
      unit: "ms",
    },
    {
      metric: "history, a day's summary of 200 points, everywhere",
      value: ask({ what: "summaries", points: ids.filter((_, n) => n % 10 === 0), span }),
      unit: "ms",
    },
    { metric: `history, a day's summary of ${points} points`, value: ask({ what: "summaries", points: ids, span }), unit: "ms" },
    {
      metric: "history, a day of 8 points in 1,000 columns",
      value: ask({ what: "trend", points: ids.slice(40, 48), span, columns: 1_000 }),
      unit: "ms",
    },
  ];
  desk.close();
  const kept = statSync(join(folder, HISTORY_FILE)).size;
  rmSync(folder, { recursive: true });
  return [...rows, { metric: `history, kept of a day at ${points} points`, value: kept / MB, unit: "MB" }];
}

/** What the reading thread pays for every reading, and the other thread for every minute. */
function aMinute(points: number): Row[] {
  const folder = mkdtempSync(join(tmpdir(), "roomward-bench-history-"));
  const room = new NoisyRoom(points);
  const desk = deskOf(folder, room.scales);
  const takes: number[] = [];
  const writes: number[] = [];
  for (let minute = 0; minute < 65; minute += 1) {
    const full = room.minute(minute, 1, (ms) => takes.push(ms));
    writes.push(timed(() => desk.write(full)));
  }
  desk.close();
  rmSync(folder, { recursive: true });
  return [
    { metric: `history, taking in ${points} readings, median`, value: quantile(takes, 0.5) * 1_000, unit: "µs" },
    { metric: `history, writing a minute of ${points} points, median`, value: quantile(writes, 0.5), unit: "ms" },
    { metric: `history, packing an hour of ${points} points`, value: quantile(writes, 1), unit: "ms" },
  ];
}

function deskOf(directory: string, points: readonly PointScale[]): HistoryDesk {
  const limits = { hoursKept: HOURS_KEPT_MIN, bytesMax: HISTORY_BYTES_MAX };
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

/** A room that is never quite still: half of it measures with noise in the last digit, the rest counts or stands. */
class NoisyRoom {
  readonly scales: readonly PointScale[];
  readonly #values: Float64Array;
  readonly #standing: { readonly values: Float64Array; readonly qualities: Uint8Array };
  #seed = 1;

  constructor(points: number) {
    this.scales = Array.from({ length: points }, (_, n) => ({
      id: `device-${Math.floor(n / DEVICE_POINTS)}/point-${n % DEVICE_POINTS}`,
      decimals: 3,
    }));
    this.#values = Float64Array.from({ length: points }, (_, n) => 20 + (n % DEVICE_POINTS) * 11);
    this.#standing = { values: this.#values, qualities: new Uint8Array(points).fill(QUALITY.never) };
  }

  minute(number: number, everySeconds: number, onTake: (ms: number) => void = () => {}): RawMinute {
    const book = new MinuteBook(this.#values.length);
    book.turn(START_MS + number * MINUTE_MS, () => true, this.#standing);
    for (let second = 0; second < 60; second += everySeconds) {
      this.#moves();
      onTake(timed(() => book.take(0, this.#values)));
    }
    const over = book.end(() => true, this.#standing);
    if (over === null) throw new Error("no minute was begun");
    return over;
  }

  #moves(): void {
    for (let n = 0; n < this.#values.length; n += 1) {
      const kind = n % DEVICE_POINTS;
      const value = this.#values[n] as number;
      if (kind < 10) this.#values[n] = Math.round(value * 10 + this.#random() * 3 - 1.5 + (220 - value) * 0.001) / 10;
      else if (kind < 12) this.#values[n] = Math.round((value + 0.01) * 100) / 100;
    }
  }

  /** Marsaglia's xorshift: the same room at every run. */
  #random(): number {
    this.#seed ^= this.#seed << 13;
    this.#seed ^= this.#seed >>> 17;
    this.#seed ^= this.#seed << 5;
    return (this.#seed >>> 0) / 2 ** 32;
  }
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

if (import.meta.main) console.table(await benchHistory());
