import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { assert, constantFrom, double, integer, property, array as someOf, tuple } from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { QUALITY } from "../../drivers/reading.ts";
import { MinuteBook, type RawMinute, rowsOf } from "../../firmware/history/book.ts";
import { GAPS_MAX, MINUTE_MS } from "../../firmware/history/history.ts";
import { joinCells, POINTS_PER_BLOCK, type PointCells, packCells, unpackCells } from "../../firmware/history/hour.ts";
import { packMinute, unpackMinute } from "../../firmware/history/minute.ts";
import { withFullDisk } from "../box/full-disk.ts";
import { type Desk, DOOR, deskIn, HUMIDITY, M0, minuteOf, nothingStands, SITE, TEMPERATURE } from "./history-room.ts";
import { entry, journalIn, raised, temporaryFolder } from "./journal-entries.ts";

// Every minute waits for the disk, which others may use as well.
vi.setConfig({ testTimeout: 60_000 });

let folder: ReturnType<typeof temporaryFolder>;
let desks: Desk[] = [];

beforeEach(() => {
  folder = temporaryFolder();
  desks = [];
});

afterEach(() => {
  for (const desk of desks) desk.close();
  folder.remove();
});

/** The journal of a box that has seen nothing yet takes a third of it. */
const SMALL_DISK_BYTES = 1.125 * 1024 * 1024;

function desk(more: Parameters<typeof deskIn>[1] = {}): Desk {
  const opened = deskIn(folder.path, more);
  desks.push(opened);
  return opened;
}

describe("a minute", () => {
  test("has lowest, highest, mean, last and count of each point's good readings, and nothing of a point that had none", () => {
    const history = desk();
    history.write(minuteOf(M0, [[22.4, 22.9, 22.1, 22.2], [], [0, 1, 0]]));
    expect(history.summaries([TEMPERATURE, HUMIDITY, DOOR], M0, M0 + 1)).toEqual([
      {
        ...{ point: TEMPERATURE, min: 22.1, max: 22.9, avg: 22.4, last: 22.2, minAtMs: M0 * MINUTE_MS, maxAtMs: M0 * MINUTE_MS },
        ...{ minutesWithData: 1, minutes: 1, gaps: [], clockTrusted: true },
      },
      {
        ...{ point: HUMIDITY, min: null, max: null, avg: null, last: null, minAtMs: null, maxAtMs: null },
        ...{ minutesWithData: 0, minutes: 1, gaps: [{ fromMs: M0 * MINUTE_MS, toMs: (M0 + 1) * MINUTE_MS }], clockTrusted: true },
      },
      expect.objectContaining({ point: DOOR, min: 0, max: 1, avg: 0.33, last: 0 }),
    ]);
  });

  test("is over when the wall clock tells another one, and the next begins empty", () => {
    const book = new MinuteBook();
    const turn = (atMs: number) => book.turn(atMs, true, nothingStands(1));
    const rows = (minute: RawMinute | null) => [...rowsOf(minute as RawMinute)];
    expect(turn(M0 * MINUTE_MS)).toBeNull();
    book.take(0, Float64Array.of(5), M0 * MINUTE_MS + 99);
    expect(turn((M0 + 1) * MINUTE_MS - 1)).toBeNull();
    book.take(3, Float64Array.of(7, 8), (M0 + 1) * MINUTE_MS - 1);
    const over = turn((M0 + 1) * MINUTE_MS);
    expect(over).toMatchObject({ minute: M0, clockTrusted: true });
    expect(rows(over)).toEqual([
      { first: 0, tenths: 0, values: Float64Array.of(5) },
      { first: 3, tenths: 599, values: Float64Array.of(7, 8) },
    ]);
    const next = turn((M0 + 9) * MINUTE_MS);
    expect(next).toMatchObject({ minute: M0 + 1, standing: Float64Array.of(Number.NaN) });
    expect(rows(next)).toEqual([]);
  });

  test("of more readings than the memory shall hold goes in parts, and is one minute all the same", () => {
    const book = new MinuteBook();
    const history = desk();
    book.turn(M0 * MINUTE_MS, true, nothingStands(3));
    let parts = 0;
    for (let n = 0; n < 300_000; n += 1) {
      const part = book.take(0, Float64Array.of(n % 100, 40, 0), M0 * MINUTE_MS + Math.floor(n / 5));
      if (part === null) continue;
      history.write(part);
      parts += 1;
    }
    history.write(book.end(nothingStands(3)) as RawMinute);
    expect(parts).toBeGreaterThan(2);
    expect(history.summaries([TEMPERATURE], M0, M0 + 1)).toMatchObject([{ min: 0, max: 99, avg: 49.5, last: 99, minutesWithData: 1 }]);
  });

  test("of a point that is read more seldom has the value that stands at its end; a stale one is a gap", () => {
    const book = new MinuteBook();
    const standing = { values: Float64Array.of(21, 40), qualities: Uint8Array.of(QUALITY.good, QUALITY.stale) };
    book.turn(M0 * MINUTE_MS, true, standing);
    const over = book.turn((M0 + 1) * MINUTE_MS, true, standing) as RawMinute;
    expect(over.standing).toEqual(Float64Array.of(21, Number.NaN));
    const history = desk({ site: SITE.slice(0, 2) });
    history.write(over);
    expect(history.summaries([TEMPERATURE, HUMIDITY], M0, M0 + 1)).toMatchObject([{ avg: 21, minutesWithData: 1 }, { avg: null }]);
  });

  test("says whether the time of day was certain from its beginning to its end", () => {
    const book = new MinuteBook();
    const standing = nothingStands(1);
    const read = (value: number) => book.take(0, Float64Array.of(value), M0 * MINUTE_MS);
    book.turn(M0 * MINUTE_MS, false, standing);
    read(1);
    // In the middle of the minute the clock is set: what was read before is apart from what is read afterwards.
    const before = book.turn(M0 * MINUTE_MS + 30_000, true, standing) as RawMinute;
    expect(before).toMatchObject({ minute: M0, clockTrusted: false, standing: null });
    read(2);
    const after = book.turn((M0 + 1) * MINUTE_MS, true, standing) as RawMinute;
    expect(after).toMatchObject({ minute: M0, clockTrusted: true });
    expect([before, after].map((minute) => [...rowsOf(minute)].map(({ values }) => values[0]))).toEqual([[1], [2]]);
    const history = desk();
    history.write(minuteOf(M0, [[20], [50], [0]], false));
    history.write(minuteOf(M0, [[20], [50], [0]]));
    history.write(minuteOf(M0 + 1, [[20], [50], [0]]));
    expect(history.summaries([DOOR], M0, M0 + 2)).toMatchObject([{ clockTrusted: false }]);
    expect(history.summaries([DOOR], M0 + 1, M0 + 2)).toMatchObject([{ clockTrusted: true }]);
    for (const later of [60, 120]) history.write(minuteOf(M0 + later, [[20], [50], [0]]));
    expect(looseMinutes()).toBe(1);
    expect(history.summaries([DOOR], M0, M0 + 2)).toMatchObject([{ clockTrusted: false }]);
    expect(history.summaries([DOOR], M0 + 1, M0 + 121)).toMatchObject([{ clockTrusted: true }]);
  });
});

describe("a summary", () => {
  test("names when the extremes were, weighs every minute the same, and shows gaps as gaps", () => {
    const history = desk();
    const temperatures = [[20], [24, 24, 24, 24], [], [], [19, 25], [20], []];
    for (const [n, values] of temperatures.entries()) history.write(minuteOf(M0 + n, [values, [40], [0]]));
    const at = (minute: number): number => (M0 + minute) * MINUTE_MS;
    expect(history.summaries([TEMPERATURE], M0, M0 + 7)).toMatchObject([
      {
        ...{ min: 19, minAtMs: at(4), max: 25, maxAtMs: at(4), avg: 21.5, last: 20, minutesWithData: 4, minutes: 7 },
        gaps: [
          { fromMs: at(2), toMs: at(4) },
          { fromMs: at(6), toMs: at(7) },
        ],
      },
    ]);
    expect(history.summaries([TEMPERATURE], M0 + 1, M0 + 3)).toMatchObject([{ min: 24, max: 24, minutesWithData: 1, minutes: 2 }]);
  });

  test("of some hours reads the packed hours and the loose minutes as one", () => {
    const history = desk();
    for (let n = 0; n < 5 * 60 + 30; n += 1) history.write(minuteOf(M0 + n, [[20 + Math.floor(n / 60) / 10], [(n + 17) % 60], [0]]));
    expect(looseMinutes()).toBeLessThan(60);
    const [temperature, humidity] = history.summaries([TEMPERATURE, HUMIDITY], M0, M0 + 330);
    expect(temperature).toMatchObject({ min: 20, max: 20.5, last: 20.5, minutesWithData: 330, gaps: [] });
    expect(humidity).toMatchObject({
      min: 0,
      minAtMs: (M0 + 43) * MINUTE_MS,
      max: 59,
      maxAtMs: (M0 + 42) * MINUTE_MS,
      minutesWithData: 330,
    });
  });

  test("of any span is what its minutes say one by one, however they are packed", () => {
    const history = desk();
    const length = 5 * 60 + 20;
    const readings = Array.from({ length }, (_, n) => {
      const isMissing = n === 7 || (n > 150 && n < 200);
      return isMissing ? [] : [20 + ((n * 37) % 11) / 10, 20 + ((n * 17) % 13) / 10];
    });
    for (const [n, values] of readings.entries()) history.write(minuteOf(M0 + n, [values, [n], [0]], n !== 250));
    const spans = someOf(integer({ min: -30, max: length + 30 }), { minLength: 2, maxLength: 2 });
    assert(
      property(spans, (ends) => {
        const [from, to] = ends.toSorted((a, b) => a - b) as [number, number];
        const [summary, trend] = [
          history.summaries([TEMPERATURE], M0 + from, M0 + to)[0],
          history.trend([TEMPERATURE], M0 + from, M0 + to, 1_000),
        ];
        const inside = readings.map((values, n) => ({ values, n })).filter(({ values, n }) => n >= from && n < to && values.length > 0);
        const means = inside.map(({ values: [a = 0, b = 0] }) => (a + b) / 2);
        const extreme = (pick: (...values: number[]) => number) => {
          const found = inside.length === 0 ? null : pick(...inside.flatMap(({ values }) => values));
          return { found, atMs: found === null ? null : (M0 + (inside.find(({ values }) => values.includes(found))?.n ?? 0)) * MINUTE_MS };
        };
        const [least, most] = [extreme(Math.min), extreme(Math.max)];
        expect(summary).toMatchObject({
          ...{ min: least.found, minAtMs: least.atMs, max: most.found, maxAtMs: most.atMs },
          ...{ last: inside.at(-1)?.values[1] ?? null, minutesWithData: inside.length, minutes: to - from },
          clockTrusted: inside.every(({ n }) => n !== 250),
        });
        if (means.length > 0) expect(summary?.avg).toBeCloseTo(means.reduce((sum, mean) => sum + mean, 0) / means.length, 2);
        const known = (summary?.gaps ?? []).reduce((left, { fromMs, toMs }) => left - (toMs - fromMs) / MINUTE_MS, to - from);
        expect(known).toBe(inside.length);
        expect(trend.series[0]?.last.filter((value) => value !== null)).toEqual(inside.map(({ values }) => values[1]));
      }),
      { numRuns: 60 },
    );
  });

  test("of a point that nobody knows is one gap; the others are not disturbed", () => {
    const history = desk();
    history.write(minuteOf(M0, [[20], [40], [0]]));
    const [unknown, known] = history.summaries(["no/such", HUMIDITY], M0, M0 + 1);
    expect(unknown).toMatchObject({ point: "no/such", min: null, minutesWithData: 0, gaps: [{}] });
    expect(known).toMatchObject({ min: 40 });
  });

  test("names a bounded number of gaps", () => {
    const history = desk();
    for (let n = 0; n < 3 * GAPS_MAX; n += 1) history.write(minuteOf(M0 + n, [n % 2 === 0 ? [20] : [], [40], [0]]));
    const [summary] = history.summaries([TEMPERATURE], M0, M0 + 3 * GAPS_MAX);
    expect(summary?.gaps).toHaveLength(GAPS_MAX);
    expect(summary).toMatchObject({ minutesWithData: 75, minutes: 150 });
  });
});

describe("a trend", () => {
  test("keeps what was extreme in a step, however many minutes a column stands for; steps without data are gaps", () => {
    const history = desk();
    for (let n = 0; n < 60; n += 1) if (n < 20 || n >= 40) history.write(minuteOf(M0 + n, [[n === 13 ? 31 : 20], [n], [0]]));
    expect(history.trend([TEMPERATURE, HUMIDITY], M0, M0 + 60, 6)).toMatchObject({
      ...{ fromMs: M0 * MINUTE_MS, stepMs: 10 * MINUTE_MS, steps: 6, clockTrusted: true },
      series: [
        { point: TEMPERATURE, max: [20, 31, null, null, 20, 20], min: [20, 20, null, null, 20, 20], avg: [20, 21.1, null, null, 20, 20] },
        { point: HUMIDITY, last: [9, 19, null, null, 49, 59] },
      ],
    });
    expect(history.trend([HUMIDITY], M0, M0 + 60, 100)).toMatchObject({ stepMs: MINUTE_MS, steps: 60 });
    expect(history.trend([HUMIDITY], M0, M0 + 400 * 1_440, 100)).toMatchObject({ stepMs: 4 * 86_400_000, steps: 100 });
  });
});

describe("a clock that is set", () => {
  test("back: the minutes that are told twice are one minute each with all readings, also where the hour was packed already", () => {
    const history = desk();
    for (let n = 0; n < 130; n += 1) history.write(minuteOf(M0 + n, [[20, 22], [40], [0]]));
    for (let n = 30; n < 70; n += 1) history.write(minuteOf(M0 + n, [[26], [], [1]]));
    expect(looseMinutes()).toBe(10);
    expect(history.summaries([DOOR], M0 + 60, M0 + 120)).toMatchObject([{ min: 0, max: 1, minutesWithData: 60 }]);
    history.write(minuteOf(M0 + 200, [[20], [40], [0]]));
    history.write(minuteOf(M0 + 201, [[20], [40], [0]]));
    const [temperature, humidity, door] = history.summaries([TEMPERATURE, HUMIDITY, DOOR], M0, M0 + 130);
    expect(temperature).toMatchObject({ min: 20, max: 26, minutesWithData: 130, minutes: 130, gaps: [], maxAtMs: (M0 + 30) * MINUTE_MS });
    // Two readings of 20 and 22 and one of 26 in 40 of the 130 minutes.
    expect(temperature?.avg).toBeCloseTo((90 * 21 + 40 * (68 / 3)) / 130, 2);
    expect(humidity).toMatchObject({ min: 40, max: 40, minutesWithData: 130 });
    expect(door).toMatchObject({ min: 0, max: 1, last: 0 });
  });

  test("by years, to and fro, drops nothing", () => {
    const history = desk({ limits: { hoursKept: 100 } });
    for (let n = 0; n < 180; n += 1) history.write(minuteOf(M0 + n, [[20], [40], [0]]));
    for (const far of [0, 60 * 24 * 36_500, M0 + 60 * 24 * 3_650]) history.write(minuteOf(far, [[5], [5], [0]], false));
    history.write(minuteOf(M0 + 180, [[20], [40], [0]]));
    expect(history.summaries([TEMPERATURE], M0, M0 + 181)).toMatchObject([{ minutesWithData: 181, min: 20 }]);
  });
});

describe("a restart", () => {
  test("continues the minute in which it was stopped", () => {
    const before = desk();
    before.write(minuteOf(M0, [[20, 21], [40], [0]]));
    before.close();
    const after = desk();
    after.write(minuteOf(M0, [[25], [40], [1]], true, 30_000));
    expect(after.summaries([TEMPERATURE, DOOR], M0, M0 + 1)).toMatchObject([
      { min: 20, max: 25, avg: 22, last: 25, minutesWithData: 1 },
      { min: 0, max: 1, last: 1 },
    ]);
  });

  test("with another site keeps every point's own history, also of those that are gone", () => {
    const before = desk();
    for (let n = 0; n < 70; n += 1) before.write(minuteOf(M0 + n, [[20], [40], [1]]));
    before.close();
    const added = { id: "th-0/ambient.temperature", decimals: 3 };
    const after = desk({ site: [added, ...SITE.slice(1)] });
    for (let n = 70; n < 140; n += 1) after.write(minuteOf(M0 + n, [[30], [50], [0]]));
    const [fresh, gone, kept] = after.summaries([added.id, TEMPERATURE, HUMIDITY], M0, M0 + 140);
    expect(fresh).toMatchObject({ min: 30, max: 30, minutesWithData: 70 });
    expect(gone).toMatchObject({ min: 20, max: 20, minutesWithData: 70, gaps: [{ fromMs: (M0 + 70) * MINUTE_MS }] });
    expect(kept).toMatchObject({ min: 40, max: 50, minutesWithData: 140 });
  });
});

describe("what is kept", () => {
  test("the oldest hours go when there are too many, the newest stay", () => {
    const history = desk({ limits: { hoursKept: 5 } });
    for (let hour = 0; hour < 12; hour += 1) history.write(minuteOf(M0 + hour * 60, [[hour], [40], [0]]));
    history.write(minuteOf(M0 + 12 * 60, [[12], [40], [0]]));
    expect(history.summaries([TEMPERATURE], M0, M0 + 13 * 60)).toMatchObject([{ min: 7, max: 12, minutesWithData: 6 }]);
  });

  test("the oldest hours go when the file is too large, and it does not grow on", () => {
    const site = Array.from({ length: 400 }, (_, n) => ({ id: `p-${n}/x`, decimals: 3 }));
    const history = desk({ site, limits: { bytesMax: 400_000 } });
    const room = (): number[][] => site.map(() => [Math.random() * 1_000]);
    for (let n = 0; n < 360; n += 1) history.write(minuteOf(M0 + n, room()));
    const [summary] = history.summaries(["p-0/x"], M0, M0 + 360);
    expect(summary?.minutesWithData).toBeGreaterThan(60);
    expect(summary?.minutesWithData).toBeLessThan(360);
    expect(summary?.gaps).toEqual([{ fromMs: M0 * MINUTE_MS, toMs: expect.any(Number) }]);
    expect(history.told).toEqual([]);
    expect(statSync(join(folder.path, "history.db")).size).toBeLessThan(1_000_000);
  });
});

describe("trouble with the disk", () => {
  test("a nearly full disk stops history before the journal: told once, some minutes are kept, told when it is over", () => {
    const history = desk();
    history.write(minuteOf(M0, [[20], [40], [0]]));
    history.space.free = 10_000_000;
    for (let n = 1; n < 66; n += 1) history.write(minuteOf(M0 + n, [[20], [40], [0]]));
    expect(history.told).toEqual([expect.stringContaining("nearly full")]);
    expect(history.summaries([TEMPERATURE], M0, M0 + 67)).toMatchObject([{ minutesWithData: 1 }]);
    history.space.free = 1e12;
    history.write(minuteOf(M0 + 66, [[20], [40], [0]]));
    expect(history.told.slice(1)).toEqual([expect.stringContaining("6 minutes are missing")]);
    expect(history.health).toEqual([true, false, true]);
    expect(history.summaries([TEMPERATURE], M0, M0 + 67)).toMatchObject([{ minutesWithData: 61, gaps: [{ toMs: (M0 + 7) * MINUTE_MS }] }]);
  });

  test.skipIf(process.getuid?.() !== 0)(
    "a small disk that it fills itself: old readings make room for new ones, and the journal still has its own",
    async () => {
      await withFullDisk(
        folder.path,
        async (disk) => {
          const journal = await journalIn(disk.folder);
          await journal.commit(entry([raised({ key: "k/0", incident: "i-0" })]));
          const site = Array.from({ length: 300 }, (_, n) => ({ id: `p-${n}/x`, decimals: 3 }));
          const history = deskIn(disk.folder, { site, realSpace: true });
          const minute = (n: number) =>
            minuteOf(
              M0 + n,
              site.map(() => [Math.random() * 1_000]),
            );
          for (let n = 0; n < 640; n += 1) history.write(minute(n));
          expect(history.told).toEqual([expect.stringContaining("does not grow any more")]);
          expect(history.health).toEqual([true]);
          // Minutes are kept where readings had to go.
          expect(history.summaries(["p-7/x"], M0, M0 + 640)).toMatchObject([{ minutesWithData: 640, gaps: [] }]);
          expect(await journal.commit(entry([raised({ key: "k/1", incident: "i-1" })]))).toMatchObject({ ok: true });
          history.close();
          await journal.close();
        },
        SMALL_DISK_BYTES,
      );
    },
  );

  test.skipIf(process.getuid?.() !== 0)(
    "a disk that others filled: what was written is still read, and writing goes on when there is room",
    async () => {
      await withFullDisk(folder.path, (disk) => {
        mkdirSync(disk.folder);
        const history = deskIn(disk.folder);
        for (let n = 0; n < 70; n += 1) history.write(minuteOf(M0 + n, [[20], [40], [0]]));
        disk.fill();
        for (let n = 70; n < 200; n += 1) history.write(minuteOf(M0 + n, [[Math.random()], [40], [0]]));
        expect(history.told).toEqual([expect.stringContaining("nearly full")]);
        expect(history.summaries([HUMIDITY], M0, M0 + 70)).toMatchObject([{ minutesWithData: 70 }]);
        disk.free();
        history.write(minuteOf(M0 + 200, [[20], [40], [0]]));
        expect(history.told.slice(1)).toEqual([expect.stringMatching(/recorded again; \d+ minutes are missing/)]);
        expect(history.summaries([HUMIDITY], M0 + 190, M0 + 201)).toMatchObject([{ minutesWithData: 11 }]);
        history.close();
      });
    },
  );

  test("a damaged file is set aside and said, a new one begins with this very minute; older damaged ones do not pile up", () => {
    writeFileSync(join(folder.path, "history.db.damaged-2025"), "older");
    writeFileSync(join(folder.path, "history.db"), Buffer.alloc(20_000, 7));
    const history = desk();
    history.write(minuteOf(M0, [[20], [40], [0]]));
    expect(history.told).toEqual([expect.stringContaining("was damaged")]);
    expect(history.health).toEqual([true]);
    expect(history.summaries([TEMPERATURE], M0, M0 + 1)).toMatchObject([{ min: 20 }]);
    expect(readdirSync(folder.path).filter((name) => name.includes("damaged"))).toEqual(["history.db.damaged-2026-09-20T03-00-00-000Z"]);
  });

  test("a bent block is a gap, told once; the hours beside it are whole", () => {
    const history = desk();
    for (let n = 0; n < 180; n += 1) history.write(minuteOf(M0 + n, [[20], [40], [0]]));
    history.close();
    const db = new DatabaseSync(join(folder.path, "history.db"));
    const firstHour = "(SELECT min(hour) FROM hours)";
    db.exec(`UPDATE hours SET sums = zeroblob(40) WHERE hour = ${firstHour}`);
    const bySums = desk();
    expect(bySums.summaries([TEMPERATURE], M0, M0 + 180)).toMatchObject([{ minutesWithData: 180, gaps: [] }]);
    expect(bySums.told).toEqual([expect.stringContaining("checksum")]);
    db.exec("UPDATE blocks SET block = zeroblob(40) WHERE key = (SELECT min(key) FROM blocks)");
    db.close();
    const again = desk();
    expect(again.summaries([TEMPERATURE], M0, M0 + 180)).toMatchObject([{ minutesWithData: 120, gaps: [{ fromMs: M0 * MINUTE_MS }] }]);
    again.summaries([TEMPERATURE], M0, M0 + 180);
    expect(again.told).toEqual([expect.stringContaining("checksum")]);
  });

  test("a file that is deleted under it is begun anew and said", () => {
    const history = desk();
    history.write(minuteOf(M0, [[20], [40], [0]]));
    for (const name of readdirSync(folder.path)) rmSync(join(folder.path, name));
    history.write(minuteOf(M0 + 1, [[21], [40], [0]]));
    expect(history.told).toEqual([expect.stringContaining("deleted or replaced")]);
    expect(history.summaries([TEMPERATURE], M0, M0 + 2)).toMatchObject([{ min: 21, minutesWithData: 1 }]);
  });

  test("a file that is deleted while the disk is full takes the numbers of its points along: the newest minutes are packed anew", () => {
    const history = desk();
    history.write(minuteOf(M0, [[20], [40], [0]]));
    history.space.free = 1_000;
    for (let n = 1; n < 30; n += 1) history.write(minuteOf(M0 + n, [[20], [40], [0]]));
    for (const name of readdirSync(folder.path)) rmSync(join(folder.path, name));
    history.space.free = 1e12;
    history.write(minuteOf(M0 + 30, [[21], [40], [0]]));
    expect(history.told.slice(1)).toEqual([
      expect.stringContaining("deleted or replaced"),
      expect.stringMatching(/recorded again; 20 minutes are missing/),
    ]);
    expect(history.summaries([TEMPERATURE], M0, M0 + 31)).toMatchObject([{ min: 20, max: 21, minutesWithData: 10 }]);
  });

  test("a newer version's file is left alone", () => {
    const db = new DatabaseSync(join(folder.path, "history.db"));
    db.exec("PRAGMA user_version = 99");
    db.close();
    const history = desk();
    history.write(minuteOf(M0, [[20], [40], [0]]));
    history.write(minuteOf(M0 + 1, [[20], [40], [0]]));
    expect(history.told).toEqual([expect.stringContaining("newer version (99)")]);
    expect(() => history.summaries([TEMPERATURE], M0, M0 + 1)).toThrow("cannot be used");
  });
});

describe("cells", () => {
  const reading = double({ noNaN: true, min: -1e15, max: 1e15 });
  /** Cells of some points by place, in whole numbers. */
  const cell = tuple(integer({ min: 0, max: 59 }), integer({ min: 0, max: 60 }), reading, reading, reading);
  const account = someOf(someOf(cell, { maxLength: 60 }), { minLength: 1, maxLength: 30 }).map((points) => points.map(cellsOf));

  function cellsOf(raw: readonly (readonly [number, number, number, number, number])[], point: number): PointCells {
    const cells: PointCells = { point, places: [], counts: [], min: [], max: [], avg: [], last: [] };
    for (const [place, count, a, b, c] of [...new Map(raw.map((one) => [one[0], one])).values()].sort((x, y) => x[0] - y[0])) {
      const [min, last, max] = [a, b, c].map((value) => Math.round(value) + 0).sort((x, y) => x - y) as [number, number, number];
      cells.places.push(place);
      cells.counts.push(count);
      cells.min.push(min);
      cells.last.push(last);
      cells.max.push(max);
      cells.avg.push(Math.round((min + max) / 2) + 0);
    }
    return cells;
  }

  test("of an hour and of a day unpack to what was packed", () => {
    assert(
      property(account, constantFrom(60, 96), (all, places) => {
        const blocks = Map.groupBy(all, ({ point }) => Math.floor(point / POINTS_PER_BLOCK));
        const unpack = (isWanted: (point: number) => boolean) =>
          [...blocks].flatMap(([block, points]) => unpackCells(packCells(points, places), block, places, isWanted));
        expect(unpack(() => true)).toEqual(all);
        expect(unpack((point) => point % 3 === 0)).toEqual(all.filter(({ point }) => point % 3 === 0));
      }),
      { numRuns: 50 },
    );
  });

  test("of one minute unpack to what was packed", () => {
    assert(
      property(account, (all) => {
        const minute = all.filter(({ places }) => places.length > 0).map((cells) => onlyCell(cells));
        expect(unpackMinute(packMinute(minute), 7)).toEqual(minute);
      }),
      { numRuns: 30 },
    );
  });

  function onlyCell(cells: PointCells): PointCells {
    const of = (column: readonly number[]): number[] => [column[0] as number];
    const { point, counts, min, max, avg, last } = cells;
    return { point, places: [7], counts: of(counts), min: of(min), max: of(max), avg: of(avg), last: of(last) };
  }

  test("joined lose no reading and count none twice; what only stood gives way", () => {
    assert(
      property(account, account, ([a], [b]) => {
        const [earlier, later] = [a as PointCells, b as PointCells];
        const joined = joinCells(earlier, later);
        expect(joined.places).toEqual([...new Set([...earlier.places, ...later.places])].sort((x, y) => x - y));
        joined.places.forEach((place, n) => {
          const told = [earlier, later].flatMap((cells) => {
            const at = cells.places.indexOf(place);
            const of = (column: readonly number[]): number => column[at] as number;
            return at < 0 ? [] : [{ count: of(cells.counts), min: of(cells.min), max: of(cells.max), last: of(cells.last) }];
          });
          const read = told.filter(({ count }) => count > 0);
          const all = read.length > 0 ? read : told.slice(-1);
          expect(joined.counts[n]).toBe(all.reduce((sum, { count }) => sum + count, 0));
          expect(joined.min[n]).toBe(Math.min(...all.map(({ min }) => min)));
          expect(joined.max[n]).toBe(Math.max(...all.map(({ max }) => max)));
          expect(joined.last[n]).toBe(all.at(-1)?.last);
        });
      }),
      { numRuns: 50 },
    );
  });
});

function looseMinutes(): number {
  const db = new DatabaseSync(join(folder.path, "history.db"), { readOnly: true });
  const count = Number(Object.values(db.prepare("SELECT count(*) FROM frames").get() ?? {})[0]);
  db.close();
  return count;
}
