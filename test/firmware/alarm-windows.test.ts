import { describe, expect, test } from "vitest";
import { isWithin, localMinute, scheduleClock } from "../../firmware/alarms/schedule.ts";
import { ChangeWindow, CountWindow } from "../../firmware/alarms/window.ts";

const SECOND_MS = 1_000;
/** Half a minute, in parts of one second. */
const WINDOW_MS = 30 * SECOND_MS;
type Reading = readonly [atSecond: number, value: number];
const windowOf = (...readings: readonly Reading[]): ChangeWindow => {
  const window = new ChangeWindow(WINDOW_MS);
  for (const [second, value] of readings) window.push(value, second * SECOND_MS);
  return window;
};
const change = (readings: readonly Reading[], atSecond = readings.at(-1)?.[0] ?? 0): number =>
  windowOf(...readings).change(atSecond * SECOND_MS);
/** One reading every so many seconds, from 0 on. */
const every = (seconds: number, values: readonly number[]): readonly Reading[] => values.map((value, n) => [n * seconds, value]);
const line = (count: number, slope = 1): readonly number[] => Array.from({ length: count }, (_, n) => 20 + n * slope);

describe("the change within a window", () => {
  test("is unknown of nothing, and of one reading", () => {
    expect([
      change([]),
      change([[0, 20]]),
      change([
        [0, Number.NaN],
        [24, 20],
      ]),
    ]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
  });

  test("is known when four fifths of the time are covered", () => {
    expect(change(every(1, line(24)))).toBe(Number.NaN);
    expect(change(every(1, line(25)))).toBeCloseTo(30, 9);
    expect(change(every(1, line(25, -2)))).toBeCloseTo(-60, 9);
  });

  test("is known when four fifths of the readings were good", () => {
    const bad = (each: number) =>
      every(
        1,
        line(30).map((value, n) => (n % each === each - 1 ? Number.NaN : value)),
      );
    expect(change(bad(5))).toBeCloseTo(30, 9);
    expect(change(bad(4))).toBe(Number.NaN);
  });

  test("counts every bad reading, also beside a good one of the same second", () => {
    const twice = (bad: number) =>
      line(30).flatMap((value, n): Reading[] => [[n, value], ...(n < bad ? [[n + 0.5, Number.NaN] as const] : [])]);
    expect(change(twice(7))).toBeCloseTo(30, 9);
    expect(change(twice(8))).toBe(Number.NaN);
  });

  test("takes the last reading of each second, at its own time", () => {
    const [rough, fine] = [
      line(30).flatMap((value, n): Reading[] => [
        [n, 99],
        [n + 0.9, value],
      ]),
      line(30).map((value, n): Reading => [n + 0.9, value]),
    ];
    expect(change(rough)).toBeCloseTo(change(fine), 9);
  });

  test("forgets what is older than the window, and nothing else", () => {
    const jump: readonly Reading[] = [[0, 0], [1, 0], ...every(1, line(40, 0)).slice(2)];
    expect(change(jump.slice(0, 31))).not.toBe(0);
    expect(change(jump)).toBe(0);
    expect(change(every(1, line(31)), 36)).toBeCloseTo(30, 9);
    expect(change(every(1, line(31)), 37)).toBe(Number.NaN);
  });

  test("goes on after a long silence as if it were new", () => {
    const late = line(25).map((value, n): Reading => [1_000 + n, value]);
    expect(change([...every(1, line(31, 5)), ...late])).toBeCloseTo(30, 9);
  });

  test("goes round many times without a trace", () => {
    expect(change(every(1, [...line(200, 7), ...line(31)]))).toBeCloseTo(30, 9);
  });

  test("is the smaller of a line through all and last less first", () => {
    // A step in the middle: the line is steeper than the ends.
    expect(
      change(
        every(
          1,
          line(31, 0).map((value, n) => (n < 15 ? value : value + 6)),
        ),
      ),
    ).toBeCloseTo(6, 9);
    // A rise at the end alone, which the line makes little of.
    const late = change(
      every(
        1,
        line(31, 0).map((value, n) => (n < 28 ? value : value + 6)),
      ),
    );
    expect(late).toBeCloseTo((252 / 2_480) * 30, 9);
    const fall = change(
      every(
        1,
        line(31, 0).map((value, n) => (n < 28 ? value : value - 6)),
      ),
    );
    expect(fall).toBeCloseTo(-late, 9);
  });

  test("is none where the two do not agree on the side", () => {
    expect(
      change(
        every(
          1,
          line(31, 0).map((value, n) => (n < 5 ? value + 2 : n > 25 ? value + 3 : n < 15 ? value + 9 : value - 9)),
        ),
      ),
    ).toBe(0);
    expect(change(every(1, line(31, 0)))).toBe(0);
  });

  test("believes an end when the reading beside it says the same, of six readings and more", () => {
    const [odd, confirmed] = [
      [0, 0, 0, 0, 0, 10],
      [0, 0, 0, 0, 10, 10],
    ];
    expect(change(every(5, odd))).toBe(0);
    expect(
      change(
        every(
          5,
          odd.map((value) => -value),
        ),
      ),
    ).toBe(0);
    expect(change(every(5, odd.toReversed()))).toBe(0);
    expect(change(every(5, confirmed))).toBeCloseTo(12, 9);
    expect(change(every(5, confirmed.toReversed()))).toBeCloseTo(-12, 9);
    // Five have no neighbours to ask; the line is the smaller one.
    expect(change(every(6, [0, 0, 0, 0, 10]))).toBeCloseTo(10, 9);
  });
});

describe("a count within a window", () => {
  const total = (window: CountWindow, atMs: number) => {
    const { total: sum, isWhole } = window.total(atMs);
    return [sum, isWhole];
  };

  test("is all that came in its time, and whole when it was watched for so long", () => {
    const window = new CountWindow(WINDOW_MS);
    window.add(1, 100);
    window.add(2, 900);
    window.add(4, 1_000);
    expect([total(window, 1_000), total(window, 29_999), total(window, 30_000), total(window, 30_099), total(window, 30_100)]).toEqual([
      ...[
        [7, false],
        [7, false],
        [4, false],
        [4, false],
        [4, true],
      ],
    ]);
    expect(total(window, 31_000)).toEqual([0, true]);
  });

  test("begins anew after a long time, and goes round without a trace", () => {
    const window = new CountWindow(WINDOW_MS);
    for (let second = 0; second < 100; second += 1) window.add(1, second * SECOND_MS);
    expect(total(window, 99_999)).toEqual([30, true]);
    window.add(5, 1_000_000);
    expect(total(window, 1_000_000)).toEqual([5, true]);
    expect(total(window, 1_029_999)).toEqual([5, true]);
    expect(total(window, 1_030_000)).toEqual([0, true]);
  });

  test("of nothing is nothing, and never whole", () => {
    expect(total(new CountWindow(WINDOW_MS), 1e9)).toEqual([0, false]);
  });
});

describe("a schedule", () => {
  const DAY = { days: [2], fromMinute: 540, toMinute: 1_020 };
  const NIGHT = { days: [1], fromMinute: 1_320, toMinute: 360 };
  const ROUND = { days: [3], fromMinute: 600, toMinute: 600 };

  test.each<[string, typeof DAY, number, number, boolean]>([
    ["begins with its minute", DAY, 2, 540, true],
    ["and not before", DAY, 2, 539, false],
    ["is on until its last minute", DAY, 2, 1_019, true],
    ["and not after", DAY, 2, 1_020, false],
    ["nor on another day", DAY, 3, 700, false],
    ["nor on the day after, before it begins", DAY, 3, 100, false],
    ["over midnight it begins on its day", NIGHT, 1, 1_320, true],
    ["not a minute before", NIGHT, 1, 1_319, false],
    ["goes on into the next day", NIGHT, 2, 359, true],
    ["until its end", NIGHT, 2, 360, false],
    ["not into its own day's morning", NIGHT, 1, 100, false],
    ["nor into the next evening", NIGHT, 2, 1_400, false],
    ["from a minute to the same it is a whole day", ROUND, 3, 600, true],
    ["until that minute of the next", ROUND, 4, 599, true],
    ["and no longer", ROUND, 4, 600, false],
    ["and not before", ROUND, 3, 599, false],
  ])("%s", (_, schedule, day, minute, expected) => {
    expect(isWithin(schedule, { day, minute })).toBe(expected);
  });

  test("goes by the clock on the wall of its place, to the minute", () => {
    const atMs = Date.UTC(2026, 0, 5, 16, 30, 59, 999) + 0.5;
    expect(localMinute(atMs, "Asia/Shanghai")).toEqual({ day: 2, minute: 30 });
    expect(localMinute(atMs, "UTC")).toEqual({ day: 1, minute: 16 * 60 + 30 });
  });

  test("of several one is enough; none is on without any", () => {
    const tuesday = Date.UTC(2026, 0, 6, 9, 0);
    const clock = scheduleClock([ROUND, DAY], "UTC");
    expect([clock(tuesday - 1), clock(tuesday), clock(tuesday + 59_999), clock(tuesday + 480 * 60_000), clock(tuesday)]).toEqual([
      ...[false, true, true, false, true],
    ]);
    expect(scheduleClock([], "UTC")(tuesday)).toBe(false);
  });
});
