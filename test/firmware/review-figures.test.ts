import { assert, asyncProperty, constantFrom, integer, record, array as someOf } from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import type { AlarmQuality } from "../../firmware/contract/review.ts";
import type { AlarmEvent } from "../../firmware/review/event.ts";
import { periodOf } from "../../firmware/review/period.ts";
import { type QualityParts, qualityOf } from "../../firmware/review/quality.ts";
import { STALE_MS } from "../../firmware/review/targets.ts";
import { alarm, cleared, entry, journalIn, raised, STAMP, temporaryFolder } from "./journal-entries.ts";
import { DAY_MS, event, journalOf, life, MINUTE_MS, MONDAY_MS, SHANGHAI } from "./review-events.ts";

const HOUR_MS = 60 * MINUTE_MS;

function quality(events: readonly AlarmEvent[], more: Partial<QualityParts> = {}): Promise<AlarmQuality> {
  return qualityOf({
    ...{ journal: journalOf(events), period: "day", day: "2026-11-23", timezone: SHANGHAI, positions: 1, live: [] },
    nowMs: MONDAY_MS + 10 * DAY_MS,
    onDelayMs: () => MINUTE_MS,
    ...more,
  });
}

const figure = (found: AlarmQuality, id: string): number | null | undefined => found.figures.find((one) => one.id === id)?.value;
const isMet = (found: AlarmQuality, id: string): boolean | null | undefined => found.figures.find((one) => one.id === id)?.met;

describe("a day with a known answer", () => {
  // Twelve within ten minutes at noon: a flood. One an hour in the twelve hours before.
  const noon = MONDAY_MS + 12 * HOUR_MS;
  const flood = Array.from({ length: 12 }, (_, n) => life(noon + n * 40_000, { key: `ups-${n % 3}/fault`, severity: "major" }));
  const morning = Array.from({ length: 12 }, (_, n) =>
    life(MONDAY_MS + n * HOUR_MS, { key: `th-${n}/high`, seenAfterMs: (n + 1) * MINUTE_MS }),
  );
  const events = [...flood, ...morning].flat();

  test("load, flood, peak and the worst", async () => {
    const found = await quality(events);
    expect(found.raised).toBe(24);
    expect(figure(found, "perDay")).toBeCloseTo(24);
    expect(figure(found, "perTenMinutes")).toBeCloseTo(24 / 144);
    expect(figure(found, "peak")).toBe(12);
    expect(isMet(found, "peak")).toBe(false);
    expect(figure(found, "flood")).toBeCloseTo(100 / 144);
    expect(isMet(found, "flood")).toBe(true);
    expect(found.actors.slice(0, 4).map(({ key, raised: count }) => [key, count])).toEqual([
      ["ups-0/fault", 4],
      ["ups-1/fault", 4],
      ["ups-2/fault", 4],
      ["th-0/high", 1],
    ]);
    expect(figure(found, "topTen")).toBeCloseTo((100 * (12 + 7)) / 24);
    expect(found.hours.slice(0, 13)).toEqual([...new Array(12).fill(1), 12]);
  });

  test("two operators share it", async () => {
    const found = await quality(events, { positions: 2 });
    expect(figure(found, "perDay")).toBeCloseTo(12);
    expect(figure(found, "peak")).toBe(6);
    expect(figure(found, "flood")).toBe(0);
  });

  test("priorities and the time to acknowledge", async () => {
    const found = await quality(events);
    expect(figure(found, "major")).toBe(50);
    expect(isMet(found, "major")).toBe(false);
    expect(figure(found, "critical")).toBe(0);
    // Twelve after two minutes; of the others one each after 1 to 12.
    expect(figure(found, "acknowledgeMedian")).toBe(120);
    expect(figure(found, "acknowledgeNinety")).toBe(10 * 60);
    expect(figure(found, "unacknowledged")).toBe(0);
  });
});

test("three rings within a minute are chattering, three in a little more are not", async () => {
  const thrice = (key: string, apartMs: number) =>
    [0, 1, 2].flatMap((n) => [
      event("raise", MONDAY_MS + HOUR_MS + n * apartMs, { key }),
      event("clear", MONDAY_MS + HOUR_MS + n * apartMs + 5_000, { key, state: "D" }),
    ]);
  const found = await quality([...thrice("a", 30_000), ...thrice("b", 30_001)]);
  expect(found.actors.filter(({ chatters }) => chatters).map(({ key }) => key)).toEqual(["a"]);
  expect(isMet(found, "chattering")).toBe(false);
});

test("fleeting is what is over within twice its on-delay more than once; a rule that is gone is not judged", async () => {
  const twice = (key: string, lastsMs: number) =>
    [1, 5].flatMap((hour) => life(MONDAY_MS + hour * HOUR_MS, { key, lastsMs, seenAfterMs: 1 }));
  const events = [
    ...twice("short", 119_000),
    ...twice("long", 120_000),
    ...twice("gone", 1_000),
    ...life(MONDAY_MS, { key: "once", lastsMs: 1_000 }),
  ];
  const found = await quality(events, { onDelayMs: (key) => (key === "gone" ? null : MINUTE_MS) });
  expect(found.actors.filter(({ fleeting }) => fleeting >= 2).map(({ key }) => key)).toEqual(["short"]);
  expect(figure(found, "fleeting")).toBe(1);
});

test("stale: what ended, what goes on, and what did nothing at all in the period", async () => {
  const since = MONDAY_MS - 2 * DAY_MS;
  const ended = event("clear", MONDAY_MS + HOUR_MS, { key: "ended", raisedAtMs: since });
  const later = event("clear", MONDAY_MS + DAY_MS + HOUR_MS, { key: "later", raisedAtMs: since });
  const young = event("clear", MONDAY_MS + HOUR_MS, { key: "young", raisedAtMs: MONDAY_MS + HOUR_MS - STALE_MS });
  const found = await quality([ended, later, young], {
    live: [alarm({ key: "live", raisedAtMs: since }), alarm({ key: "returned", raisedAtMs: since, clearedAtMs: since + 1, state: "D" })],
  });
  expect(found.standing.map(({ key, standsMs }) => [key, standsMs]).toSorted()).toEqual([
    ["ended", 2 * DAY_MS + HOUR_MS],
    ["later", 3 * DAY_MS],
    ["live", 3 * DAY_MS],
  ]);
  expect(figure(found, "stale")).toBe(3);
});

test("an answer on the morning after counts for the night before, and none at all is said", async () => {
  const late = MONDAY_MS + DAY_MS - MINUTE_MS;
  const answered = [event("raise", late, { key: "a" }), event("acknowledge", late + 9 * HOUR_MS, { key: "a" })];
  const found = await quality([...answered, event("raise", late, { key: "b" })]);
  expect(figure(found, "acknowledgeMedian")).toBe(9 * 3_600);
  expect(figure(found, "unacknowledged")).toBe(1);
});

test("what is shelved, suppressed or out of service rings nobody, and is counted for itself", async () => {
  const found = await quality([
    event("raise", MONDAY_MS + 1, { key: "a", state: "F" }),
    event("update", MONDAY_MS + 2, { key: "a", state: "F" }),
    event("update", MONDAY_MS + 3, { key: "b", state: "E" }),
    event("raise", MONDAY_MS + 4, { key: "c", state: "G" }),
    event("raise", MONDAY_MS + 5, { key: "d" }),
  ]);
  expect(found.silenced).toEqual({ shelved: 1, suppressed: 1, outOfService: 1 });
  expect(found.raised).toBe(1);
});

test("messages upstream for each incident that was told", async () => {
  const of = (incident: string, messages: number) => event("raise", MONDAY_MS + 1, { key: incident, incident, messages });
  const found = await quality([of("a", 3), of("b", 1), of("nobody", 0)]);
  expect(figure(found, "messages")).toBe(2);
});

test("a running day is measured by what has passed of it, and a young journal by what it has seen", async () => {
  const events = life(MONDAY_MS + 5 * HOUR_MS);
  const running = await quality(events, { nowMs: MONDAY_MS + 6 * HOUR_MS });
  expect(figure(running, "perDay")).toBeCloseTo(4);
  expect(running.toMs).toBe(MONDAY_MS + 6 * HOUR_MS);
  const young = await quality(events, { journal: journalOf(events, 7, MONDAY_MS + 4 * HOUR_MS), nowMs: MONDAY_MS + 6 * HOUR_MS });
  expect(figure(young, "perDay")).toBeCloseTo(12);
  expect(young.beginsMs).toBe(MONDAY_MS + 4 * HOUR_MS);
  const begun = await quality(events, { nowMs: MONDAY_MS + 5 * HOUR_MS + 1, journal: journalOf(events, 7, MONDAY_MS + 5 * HOUR_MS) });
  expect(figure(begun, "perDay")).toBeNull();
  const empty = await quality([], { journal: journalOf([], 7, null) });
  expect(figure(empty, "perDay")).toBeNull();
  expect(isMet(empty, "perDay")).toBeNull();
});

test("a day is the site's: where clocks are changed it has 23 or 25 hours; weeks begin on Monday", () => {
  const hours = (day: string) => {
    const { fromMs, toMs } = periodOf("day", day, "Europe/Berlin");
    return (toMs - fromMs) / HOUR_MS;
  };
  expect([hours("2026-03-29"), hours("2026-10-25"), hours("2026-06-01")]).toEqual([23, 25, 24]);
  expect(periodOf("week", "2026-11-29", SHANGHAI)).toEqual({ date: "2026-11-23", fromMs: MONDAY_MS, toMs: MONDAY_MS + 7 * DAY_MS });
  expect(periodOf("month", "2026-02-14", SHANGHAI)).toMatchObject({ date: "2026-02-01", toMs: Date.UTC(2026, 1, 28, 16) });
});

describe("laws", () => {
  const happening = record({
    key: constantFrom("a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"),
    at: integer({ min: 0, max: 7 * 24 * 60 - 1 }),
    lasts: integer({ min: 1, max: 300 }),
    severity: constantFrom("critical" as const, "major" as const, "minor" as const, "warning" as const),
  });
  const eventsOf = (all: readonly { key: string; at: number; lasts: number; severity: AlarmEvent["severity"] }[]): readonly AlarmEvent[] =>
    all.flatMap(({ key, at, lasts, severity }) =>
      life(MONDAY_MS + at * MINUTE_MS, { key, lastsMs: lasts * MINUTE_MS, seenAfterMs: (lasts * MINUTE_MS) / 2, severity }),
    );

  test("shares sum to no more than the whole, and days add up to their week", async () => {
    await assert(
      asyncProperty(someOf(happening, { maxLength: 60 }), async (all) => {
        const events = eventsOf(all);
        const week = await quality(events, { period: "week" });
        expect(week.actors.reduce((sum, { share }) => sum + share, 0)).toBeLessThanOrEqual(1 + 1e-9);
        expect(week.priorities.reduce((sum, { raised: count }) => sum + count, 0)).toBe(week.raised);
        for (const { value, unit } of week.figures) if (unit === "%" && value !== null) expect(value).toBeLessThanOrEqual(100);
        const days = await Promise.all([23, 24, 25, 26, 27, 28, 29].map((day) => quality(events, { day: `2026-11-${day}` })));
        expect(days.reduce((sum, day) => sum + day.raised, 0)).toBe(week.raised);
        expect(days.flatMap((day) => day.hours)).toEqual(week.hours);
      }),
      { numRuns: 40 },
    );
  });

  test("the order of alarms that happen at the same time, and the size of a page, change nothing", async () => {
    await assert(
      asyncProperty(
        someOf(happening, { maxLength: 40 }),
        integer({ min: 1, max: 9 }),
        integer({ min: 1, max: 1_000 }),
        async (all, pageSize, salt) => {
          // One life of each alarm: its own events keep their order, those of others may come before or after.
          const once = [...new Map(all.map((one) => [one.key, { ...one, at: one.at % 3 }])).values()];
          const events = eventsOf(once);
          const shuffled = events.map((one) => ({
            ...one,
            sequence: ((one.key.charCodeAt(0) * salt) % 97) * 1_000 + (one.sequence % 1_000),
          }));
          const [one, other] = await Promise.all([quality(events), quality(shuffled, { journal: journalOf(shuffled, pageSize) })]);
          expect(other).toEqual(one);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe("from the journal itself", () => {
  let folder: ReturnType<typeof temporaryFolder> | null = null;
  afterEach(() => folder?.remove());

  test("events come by their time, in pages, with the messages that they made, and a clock that nobody trusted is said", async () => {
    folder = temporaryFolder();
    const journal = await journalIn(folder.path);
    const count = 620;
    const write = async (n: number): Promise<void> => {
      const atMs = MONDAY_MS + n * MINUTE_MS;
      const of = { key: `k${n % 5}`, incident: `i${n}`, raisedAtMs: atMs, changedAtMs: atMs };
      const trusted = n !== 7;
      const stamp = { uptimeMs: n, clock: { source: trusted ? ("ntp" as const) : ("unsynced" as const), errorMs: null } };
      await journal.commit(entry([raised(of)], { atMs, targets: n < 10 ? ["itsm", "mail"] : [], clockTrusted: trusted, stamp }));
      await journal.commit(entry([cleared({ ...of, state: "A", clearedAtMs: atMs + 1 })], { atMs: atMs + 1, stamp: STAMP }));
    };
    await Promise.all(Array.from({ length: count }, (_, n) => write(n)));
    const found = await quality([], { journal });
    expect(found.raised).toBe(count);
    expect(found.uncertain).toBe(1);
    expect(figure(found, "messages")).toBe(2);
    expect(found.beginsMs).toBe(MONDAY_MS);
    expect(found.actors.map(({ raised: rings }) => rings)).toEqual([124, 124, 124, 124, 124]);
    const half = await journal.alarmEvents({ fromMs: MONDAY_MS, toMs: MONDAY_MS + 10 * MINUTE_MS, after: null });
    expect(half.events).toHaveLength(20);
    await journal.close();
  });
});
