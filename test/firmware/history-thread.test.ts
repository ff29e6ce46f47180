import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { Worker as NodeWorker } from "node:worker_threads";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { WallMs } from "../../firmware/contract/time.ts";
import { HistoryError, MINUTE_MS, SPAN_MAX_MS } from "../../firmware/history/history.ts";
import { type History, openHistory } from "../../firmware/history/open.ts";
import { type Clock, systemClock } from "../../firmware/platform/clock.ts";
import { openToRead } from "../../firmware/platform/sqlite.ts";
import { nothingStands, SITE, T0, TEMPERATURE } from "./history-room.ts";
import { temporaryFolder } from "./journal-entries.ts";

const { workers } = vi.hoisted(() => ({ workers: [] as NodeWorker[] }));
vi.mock("node:worker_threads", async (original) => {
  const real = await original<typeof import("node:worker_threads")>();
  class Worker extends real.Worker {
    constructor(...args: ConstructorParameters<typeof real.Worker>) {
      super(...args);
      workers.push(this);
    }
  }
  return { ...real, Worker };
});

vi.setConfig({ testTimeout: 30_000 });

let folder: ReturnType<typeof temporaryFolder>;
let open: History[] = [];
let nowMs = T0;
let hurry = 1;
let isTrusted = true;
const told: string[] = [];
const health: boolean[] = [];
const clock: Clock = {
  ...systemClock,
  wallMs: () => nowMs as WallMs,
  wallTrusted: () => isTrusted,
  sleep: (ms, signal) => systemClock.sleep(ms / hurry, signal),
};
const nothing = nothingStands(SITE.length);

beforeEach(() => {
  folder = temporaryFolder();
  open = [];
  nowMs = T0;
  hurry = 1;
  isTrusted = true;
  told.length = 0;
  health.length = 0;
});

afterEach(async () => {
  for (const history of open) await history.close();
  folder.remove();
});

function historyHere(): History {
  const history = openHistory({
    directory: folder.path,
    points: SITE,
    clock,
    log: (level, words) => told.push(`${level}: ${words.en}`),
  });
  history.watch((works) => health.push(works));
  open.push(history);
  return history;
}

function reads(history: History, temperature: number): void {
  history.take(0, Float64Array.of(temperature, 40, 0), nothing);
}

test("a minute that is over is in the answer at once, the running one is not, and a span into the future ends now", async () => {
  const history = historyHere();
  reads(history, 20);
  nowMs += MINUTE_MS;
  expect(await history.summaries([TEMPERATURE], T0, T0 + 86_400_000)).toMatchObject([
    { min: 20, minutesWithData: 1, minutes: 1, gaps: [] },
  ]);
  reads(history, 30);
  expect(await history.summaries([TEMPERATURE], T0, T0 + 86_400_000)).toMatchObject([{ max: 20, minutes: 1 }]);
  expect(await history.trend([TEMPERATURE], T0, T0 + 86_400_000, 10)).toMatchObject({ steps: 1, series: [{ max: [20] }] });
  expect(await history.summaries([TEMPERATURE], T0 + 86_400_000, T0 + 2 * 86_400_000)).toMatchObject([{ min: null, minutes: 0, gaps: [] }]);
});

test("a clean stop writes the running minute, and a start within it continues it", async () => {
  const before = historyHere();
  reads(before, 20);
  await before.close();
  await expect(before.summaries([TEMPERATURE], T0, T0 + 1)).rejects.toThrow(HistoryError);
  const after = historyHere();
  reads(after, 26);
  nowMs += MINUTE_MS;
  expect(await after.summaries([TEMPERATURE], T0, nowMs)).toMatchObject([{ min: 20, max: 26, avg: 23, minutesWithData: 1 }]);
  expect(readdirSync(folder.path)).toContain("history.db");
});

test("a thread that ends is told and started again; the minutes meanwhile are kept", async () => {
  const history = historyHere();
  reads(history, 20);
  nowMs += MINUTE_MS;
  expect(await history.summaries([TEMPERATURE], T0, nowMs)).toMatchObject([{ minutesWithData: 1 }]);
  hurry = 20;
  const ending = workers.at(-1)?.terminate();
  const waiting = history.summaries([TEMPERATURE], T0, nowMs).catch((error: unknown) => error);
  await ending;
  expect(await waiting).toBeInstanceOf(HistoryError);
  for (const temperature of [21, 22]) {
    reads(history, temperature);
    nowMs += MINUTE_MS;
  }
  const summaries = await vi.waitFor(() => history.summaries([TEMPERATURE], T0, nowMs), { timeout: 60_000 });
  expect(summaries).toMatchObject([{ min: 20, max: 22, minutesWithData: 3 }]);
  expect(told).toEqual([expect.stringContaining("has stopped")]);
  expect(health).toEqual([true, true]);
  hurry = 1;
});

test("trouble is said, and questions that nobody can answer are refused", async () => {
  const history = historyHere();
  await expect(history.summaries([TEMPERATURE], T0 - SPAN_MAX_MS - MINUTE_MS, T0)).rejects.toThrow(RangeError);
  await expect(history.trend([TEMPERATURE], T0, T0, 0)).rejects.toThrow(RangeError);
  const questions = Array.from({ length: 200 }, () => history.summaries([TEMPERATURE], T0, T0).catch((error: unknown) => error));
  const refused = (await Promise.all(questions)).filter((answer) => answer instanceof HistoryError);
  expect(refused.length).toBeGreaterThan(100);
  expect(refused[0]?.message).toContain("Try again");
});

test("what was read under a wrong clock is moved when its fault is known, hour by hour, while questions are answered", async () => {
  const history = historyHere();
  isTrusted = false;
  for (let n = 0; n < 130; n += 1) {
    reads(history, n);
    nowMs += MINUTE_MS;
  }
  isTrusted = true;
  nowMs += 1_000 * MINUTE_MS;
  reads(history, 500);
  history.restamp({ fromMs: T0, toMs: T0 + 130 * MINUTE_MS, offsetMs: 700 * MINUTE_MS });
  const moved = await vi.waitFor(
    async () => {
      const [summary] = await history.summaries([TEMPERATURE], T0 + 700 * MINUTE_MS, T0 + 830 * MINUTE_MS);
      expect(summary).toMatchObject({ minutesWithData: 130, min: 0, max: 129, clockTrusted: true });
      return summary;
    },
    { timeout: 60_000 },
  );
  expect(moved?.gaps).toEqual([]);
  expect(await history.summaries([TEMPERATURE], T0, T0 + 130 * MINUTE_MS)).toMatchObject([{ minutesWithData: 0 }]);
  expect(await history.usage()).toMatchObject({ oldestFullRateMs: T0 + 660 * MINUTE_MS, minutesWaiting: 0 });
  expect(told).toEqual([]);
});

test("readings are read from the disk a piece at a time, as they are taken; the running minute is not among them", async () => {
  const history = historyHere();
  for (let n = 0; n < 130; n += 1) {
    reads(history, n);
    nowMs += MINUTE_MS;
  }
  reads(history, 999);
  const file = {
    ...{ points: [TEMPERATURE], states: [null], span: { fromMs: T0, toMs: T0 + 1e9 }, step: "raw" as const, timeZone: "UTC" },
    clock: { certain: "ok", uncertain: "?" },
  };
  const pieces: string[] = [];
  for await (const piece of history.samples(file)) pieces.push(new TextDecoder().decode(piece));
  expect(pieces.filter((piece) => piece !== "").map((piece) => piece.split("\r\n").length - 1)).toEqual([60, 60, 10]);
  const content = await history.lastHour([{ points: [TEMPERATURE], rows: 1_000 }]);
  expect(content[0]?.times.length).toBe(60);
});

test("has the file for itself, without an index on the card, and shares it for some minutes with a command that asks", async () => {
  const history = historyHere();
  const write = (minutes: number): void => {
    for (let n = 0; n < minutes; n += 1) {
      history.take(0, Float64Array.of(20, 40, 0), nothing);
      nowMs += MINUTE_MS;
      history.tick(nothing);
    }
  };
  const read = (): number => {
    const db = openToRead(join(folder.path, "history.db"), 0);
    try {
      return Number(db.prepare("SELECT count(*) AS count FROM frames").get()?.["count"]);
    } finally {
      db.close();
    }
  };
  write(2);
  await history.usage();
  expect(readdirSync(folder.path)).not.toContain("history.db-shm");
  expect(read).toThrow("locked");
  history.share();
  await history.usage();
  expect(read()).toBe(2);
  write(3);
  await history.usage();
  expect(read()).toBe(5);
  write(10);
  await history.usage();
  expect(read).toThrow("locked");
  expect(told).toEqual([]);
  expect((await history.summaries([TEMPERATURE], T0, nowMs))[0]?.minutesWithData).toBe(15);
});
