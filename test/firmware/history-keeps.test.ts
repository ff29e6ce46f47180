import { statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { MonotonicMs, WallMs } from "../../firmware/contract/time.ts";
import { MinuteBook, type RawMinute } from "../../firmware/history/book.ts";
import type { HistoryDesk, Questions } from "../../firmware/history/desk.ts";
import { MINUTE_MS } from "../../firmware/history/history.ts";
import { packMinute } from "../../firmware/history/minute.ts";
import { DeviceRing, RING_SPAN_MS, ringRows } from "../../firmware/points/ring.ts";
import { type Desk, deskIn, HUMIDITY, M0, minuteOf, nothingStands, SITE, T0, TEMPERATURE } from "./history-room.ts";
import { temporaryFolder } from "./journal-entries.ts";

// Every minute waits for the disk, which others may use as well.
vi.setConfig({ testTimeout: 120_000 });

let folder: ReturnType<typeof temporaryFolder>;
let open: Desk[] = [];
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => {
  for (const desk of open.splice(0)) desk.close();
  folder.remove();
});

function desk(more: Parameters<typeof deskIn>[1] = {}): Desk {
  const opened = deskIn(folder.path, more);
  open.push(opened);
  return opened;
}

function asked<What extends keyof Questions>(of: HistoryDesk, what: What, question: Questions[What]["asked"]): Questions[What]["answer"] {
  const outcome = of.answer({ what, ...question } as never);
  if ("failed" in outcome) throw new Error(outcome.failed.en);
  return outcome.answer;
}

describe("a box that was in use before every reading was kept", () => {
  /** What the former version left: its tables, packed hours by the former program, and the minutes of the running hour. */
  function former(): void {
    const now = desk();
    for (let n = 0; n < 150; n += 1) now.write(minuteOf(M0 + n, [[20 + (n % 7) / 10, 21], [40], [n % 2]], n !== 40));
    now.close();
    open = [];
    const db = new DatabaseSync(join(folder.path, "history.db"));
    // The former program kept certain and uncertain minutes of an hour together, and no readings.
    const uncertain = db.prepare("SELECT key, block FROM blocks WHERE key >= ?").all(2 ** 24 * 2_048);
    expect(uncertain).toHaveLength(1);
    const cell = (value: number) => ({ counts: [2], min: [value], max: [value], avg: [value], last: [value] });
    db.exec(`DELETE FROM blocks WHERE key >= ${2 ** 24 * 2_048}; DELETE FROM hours WHERE hour >= ${2 ** 24}`);
    db.exec(`UPDATE hours SET untrusted = '[39,41]' WHERE hour = ${M0 / 60}`);
    db.exec(
      "DROP TABLE frames; DROP TABLE full_hours; DROP TABLE full_blocks; DROP TABLE days; DROP TABLE day_blocks; DROP TABLE restamps",
    );
    db.exec("DROP INDEX uncertain_hours; PRAGMA user_version = 2");
    const put = db.prepare("INSERT INTO minutes (minute, clock_trusted, block) VALUES (?, ?, ?)");
    for (let n = 120; n < 150; n += 1)
      put.run(M0 + n, n === 130 ? 0 : 1, packMinute([{ point: 0, places: [n % 60], ...cell(20_000 + n) }]));
    db.close();
  }

  test("keeps its hours and its loose minutes, goes on in the same hour, and never claims to know more than it does", () => {
    former();
    const now = desk();
    expect(now.summaries([TEMPERATURE], M0, M0 + 150)).toMatchObject([{ minutesWithData: 149, min: 20, max: 21, clockTrusted: false }]);
    for (let n = 150; n < 200; n += 1) now.write(minuteOf(M0 + n, [[30, 31, 32], [50], [0]]));
    expect(now.told).toEqual([]);
    expect(now.summaries([TEMPERATURE], M0, M0 + 200)).toMatchObject([{ minutesWithData: 199, max: 32 }]);
    expect(now.trend([TEMPERATURE], M0, M0 + 200, 200).series[0]?.max.slice(118, 152)).toEqual([
      ...[21, 21],
      ...Array.from({ length: 30 }, (_, n) => 20 + (120 + n) / 1_000),
      ...[32, 32],
    ]);
    // The hour in which the new version began is not all there at full rate; the next one is.
    expect(now.trend([TEMPERATURE], M0 + 140, M0 + 160, 2_000)).toMatchObject({ stepMs: MINUTE_MS });
    expect(now.trend([TEMPERATURE], M0 + 180, M0 + 190, 2_000).stepMs).toBeLessThan(MINUTE_MS);
    expect(now.trend([TEMPERATURE], M0, M0 + 200, 200).uncertain).toEqual(
      [39, 41, 130].map((n) => ({ fromMs: (M0 + n) * MINUTE_MS, toMs: (M0 + n + 1) * MINUTE_MS })),
    );
  });

  test("has its uncertain minutes moved to their right time, too, minute by minute", () => {
    former();
    const now = desk();
    now.write(minuteOf(M0 + 300, [[30], [50], [0]]));
    now.desk.restamp({ fromMs: (M0 + 30) * MINUTE_MS, toMs: (M0 + 200) * MINUTE_MS }, 100 * 60 * MINUTE_MS);
    now.write(minuteOf(M0 + 301, [[30], [50], [0]]));
    const { uncertain, series } = now.trend([TEMPERATURE], M0, M0 + 6_200, 2_000);
    expect(uncertain).toEqual([]);
    expect(series[0]?.max.filter((value) => value !== null)).not.toEqual([]);
    const minutes = now.trend([TEMPERATURE], M0 + 6_000, M0 + 6_140, 140).series[0]?.max;
    expect(minutes?.flatMap((value, n) => (value === null ? [] : [n]))).toEqual([39, 41, 130]);
    expect(now.summaries([TEMPERATURE], M0, M0 + 150)).toMatchObject([{ minutesWithData: 146, clockTrusted: true }]);
  });
});

describe("the last hour", () => {
  test("comes back from the disk as the ring had it, whatever of it is packed, also of a device that was silent for a while", () => {
    const history = desk();
    const rows = ringRows(5_000, SITE.length);
    const ring = new DeviceRing(2, rows);
    const endMs = T0 + 95 * MINUTE_MS;
    for (let minute = M0; minute < M0 + 95; minute += 1) {
      const book = new MinuteBook();
      book.turn(minute * MINUTE_MS, true, nothingStands(SITE.length));
      for (let second = 0; second < 60; second += 5) {
        const atMs = minute * MINUTE_MS + second * 1_000 + 300;
        const isSilent = minute > M0 + 50 && minute < M0 + 60;
        const values = Float64Array.of(20 + ((minute * second) % 40) / 10, minute % 3 === 0 ? Number.NaN : second);
        book.take(0, isSilent ? values.fill(Number.NaN) : values, atMs);
        ring.push(values, (atMs - T0) as MonotonicMs);
      }
      history.write(book.end(nothingStands(SITE.length)) as RawMinute);
    }
    const [content] = asked(history.desk, "lastHour", { devices: [{ points: [TEMPERATURE, HUMIDITY], rows }], nowMs: endMs });
    const again = new DeviceRing(2, rows);
    again.fill(content?.times.map((atMs) => atMs - T0) ?? new Float64Array(), content?.values ?? new Float32Array());
    const now = { monotonicMs: (endMs - T0) as MonotonicMs, wallMs: endMs as WallMs };
    const [was, is] = [ring.last(RING_SPAN_MS, now), again.last(RING_SPAN_MS, now)];
    for (const column of [0, 1]) {
      const known = (of: typeof was) => of.column(column).flatMap((value, n) => (value === null ? [] : [[of.times[n], value]]));
      expect(known(is)).toEqual(known(was));
    }
    expect(is.times.length).toBe(720 - 9 * 12);
  });

  test("of a box that was out for longer than that is empty", () => {
    const history = desk();
    history.write(minuteOf(M0, [[20], [40], [0]]));
    const devices = [{ points: [TEMPERATURE], rows: 100 }];
    const [content] = asked(history.desk, "lastHour", { devices, nowMs: T0 + 3 * RING_SPAN_MS });
    expect(content?.times).toHaveLength(0);
  });
});

describe("a chart over weeks", () => {
  const DAY = 1_440;
  /** A month in steps of three hours, from days that are summed up by the quarter. */
  const month = (history: Desk) => history.trend([TEMPERATURE], M0 - 7 - 10 * DAY, M0 + 20 * DAY + 3, 300);
  /** What its minutes say, step by step. */
  function byMinutes(history: Desk, { fromMs, stepMs, steps }: ReturnType<typeof month>) {
    const columns = { min: [] as (number | null)[], max: [] as (number | null)[], last: [] as (number | null)[] };
    for (let step = 0; step < steps; step += 1) {
      const from = Math.max(fromMs / MINUTE_MS + (step * stepMs) / MINUTE_MS, M0 - 7 - 10 * DAY);
      const to = Math.min((fromMs + (step + 1) * stepMs) / MINUTE_MS, M0 + 20 * DAY + 3);
      const [summary] = history.summaries([TEMPERATURE], from, to);
      columns.min.push(summary?.min ?? null);
      columns.max.push(summary?.max ?? null);
      columns.last.push(summary?.last ?? null);
    }
    return columns;
  }
  const madeDays = (): number => {
    const db = new DatabaseSync(join(folder.path, "history.db"), { readOnly: true });
    const made = db.prepare("SELECT count(*) AS n FROM days WHERE next_block = 2048").get();
    db.close();
    return Number(made?.["n"]);
  };

  test("is what the minutes say: when it is fresh, after a late reading, after a move out of a day and into one", () => {
    const history = desk();
    for (let n = 0; n < 12 * DAY; n += 97) history.write(minuteOf(M0 + n, [[20 + (n % 50) / 10, 22], [40], [0]], n % 5 > 0));
    expect(madeDays()).toBe(12);
    expect(month(history)).toMatchObject({ stepMs: 3 * 60 * MINUTE_MS, series: [byMinutes(history, month(history))] });
    // Into the middle of a day that is summed up, and on.
    history.write(minuteOf(M0 + 3 * DAY + 100, [[99], [40], [0]]));
    expect(Math.max(...(month(history).series[0]?.max.map(Number) ?? []))).toBe(99);
    history.write(minuteOf(M0 + 12 * DAY, [[20], [40], [0]]));
    expect(madeDays()).toBe(13);
    expect(month(history)).toMatchObject({ series: [byMinutes(history, month(history))] });
    expect(Math.max(...(month(history).series[0]?.max.map(Number) ?? []))).toBe(99);
    // The first day goes elsewhere, all that is uncertain of it.
    history.desk.restamp({ fromMs: (M0 - DAY) * MINUTE_MS, toMs: (M0 + 2 * DAY) * MINUTE_MS }, -9 * DAY * MINUTE_MS);
    while (history.desk.work());
    expect(month(history)).toMatchObject({ series: [byMinutes(history, month(history))] });
    expect(
      month(history)
        .series[0]?.max.slice(0, 24)
        .some((value) => value !== null),
    ).toBe(true);
  });

  test("of a day of which nothing is left has nothing", () => {
    const history = desk();
    // Something older stays: what is before the oldest hour is not looked at.
    history.write(minuteOf(M0 - 5 * DAY, [[20], [40], [0]]));
    for (let n = 0; n < 3 * DAY; n += 60) history.write(minuteOf(M0 + n, [[20], [40], [0]], n >= DAY));
    const from = Math.floor((M0 - 10 * DAY) / DAY) * DAY;
    const first = () => history.trend([TEMPERATURE], from + 10 * DAY, from + 13 * DAY, 3).series[0]?.max[0];
    expect(first()).toBe(20);
    history.desk.restamp({ fromMs: (M0 - DAY) * MINUTE_MS, toMs: (M0 + 2 * DAY) * MINUTE_MS }, 30 * DAY * MINUTE_MS);
    while (history.desk.work());
    expect(first()).toBeNull();
  });

  test("whose sums were bent is made of its minutes", () => {
    const history = desk();
    for (let n = 0; n < 4 * DAY; n += 60) history.write(minuteOf(M0 + n, [[20 + n / DAY], [40], [0]]));
    const before = month(history);
    history.close();
    open = [];
    const db = new DatabaseSync(join(folder.path, "history.db"));
    db.exec("UPDATE day_blocks SET block = zeroblob(30)");
    db.close();
    const again = desk();
    expect(month(again)).toEqual(before);
    expect(again.told).toEqual([expect.stringContaining("checksum")]);
  });
});

describe("what it costs", () => {
  test("is known: bytes, how far back, and what waits", () => {
    const history = desk({ limits: { fullHoursKept: 2, bytesMax: 5e8 } });
    expect(asked(history.desk, "usage", {})).toEqual({
      ...{ bytes: expect.any(Number), bytesMax: 5e8, oldestFullRateMs: null, oldestMinuteMs: null, minutesWaiting: 0 },
    });
    for (let n = 0; n < 5 * 60; n += 20) history.write(minuteOf(M0 + n, [[20], [40], [0]]));
    history.space.free = 1_000_000;
    history.write(minuteOf(M0 + 300, [[20], [40], [0]]));
    const usage = asked(history.desk, "usage", {});
    expect(usage).toMatchObject({ oldestMinuteMs: T0, minutesWaiting: 1 });
    expect(usage.bytes).toBeGreaterThan(10_000);
    expect(usage.bytes).toBeLessThanOrEqual(statSync(join(folder.path, "history.db")).size + 4_194_304);
  });

  test("at full rate is gone for an hour: what comes late to it joins what its minutes say, again and again", () => {
    const history = desk({ limits: { fullHoursKept: 1 } });
    for (let n = 0; n < 240; n += 1) history.write(minuteOf(M0 + n, [[20 + n / 1_000], [40], [0]]));
    for (const [at, value] of [10, 20, 10].entries()) {
      history.write(minuteOf(M0 + 10 + value, [[50 + at], [40], [0]]));
      history.write(minuteOf(M0 + 240 + at, [[20], [40], [0]]));
    }
    const [summary] = history.summaries([TEMPERATURE], M0, M0 + 60);
    expect(summary).toMatchObject({ minutesWithData: 60, min: 20, max: 52, maxAtMs: (M0 + 20) * MINUTE_MS });
    expect(history.trend([TEMPERATURE], M0, M0 + 60, 60).series[0]?.min).toEqual(Array.from({ length: 60 }, (_, n) => 20 + n / 1_000));
    // Not all of it is there at full rate, and nobody is told so.
    expect(history.trend([TEMPERATURE], M0, M0 + 30, 2_000).stepMs).toBe(MINUTE_MS);
  });

  test("at full rate goes first when there is too much, minutes later; nothing of either is left half", () => {
    const site = Array.from({ length: 400 }, (_, n) => ({ id: `p-${n}/x`, decimals: 3 }));
    const history = desk({ site, limits: { bytesMax: 3_000_000, fullHoursKept: 10_000 } });
    for (let n = 0; n < 60 * 60; n += 6)
      history.write(
        minuteOf(
          M0 + n,
          site.map(() => [Math.random() * 1_000, Math.random() * 1_000]),
        ),
      );
    const { oldestFullRateMs, oldestMinuteMs, bytes } = asked(history.desk, "usage", {});
    expect(bytes).toBeLessThan(3_300_000);
    expect(oldestFullRateMs).toBeGreaterThan(oldestMinuteMs ?? 0);
    const db = new DatabaseSync(join(folder.path, "history.db"));
    const orphans = db.prepare("SELECT count(*) AS n FROM full_blocks WHERE key / 2048 NOT IN (SELECT hour FROM full_hours)").get();
    const half = db.prepare("SELECT count(*) AS n FROM blocks WHERE key / 2048 NOT IN (SELECT hour FROM hours)").get();
    expect([orphans, half]).toEqual([{ n: 0 }, { n: 0 }]);
    db.close();
  });
});
