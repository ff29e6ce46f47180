import { describe, expect, test } from "vitest";
import { QUALITY } from "../../drivers/reading.ts";
import { type Expectation, ExpectedWatch } from "../../firmware/alarms/expected.ts";

const ALL_DAYS = [1, 2, 3, 4, 5, 6, 7];
const daily = (days = ALL_DAYS): Expectation => ({
  ...{ id: "patrol", key: "k", event: { kind: "state", point: 0, state: 1 }, everyMs: null, byMinute: 18 * 60, days },
});
/** 2026-01-05 is a Monday. */
const at = (day: number, hour: number): number => Date.UTC(2026, 0, day, hour);
const columns = (value: number, quality: number = QUALITY.good) => ({ values: Float64Array.of(value), qualities: Uint8Array.of(quality) });

/** The door at these hours of these days: `5 10 1` opens it on the 5th at 10:00. Says when what was missing, or was no more. */
function play(expected: Expectation, story: readonly (readonly [day: number, hour: number, value?: number])[], timezone = "UTC") {
  const watch = new ExpectedWatch([expected], timezone, {});
  return story.flatMap(([day, hour, value]) => {
    if (value !== undefined) watch.take(0, 1, columns(value), at(day, hour), true);
    return watch.look(at(day, hour), true).map(({ missing }) => `${day} ${hour} ${missing ? "missing" : "well"}`);
  });
}

describe("something that has to happen every day by a time", () => {
  test("is missing from that time on, until it happens", () => {
    const story = play(daily(), [
      [5, 8, 0],
      [5, 10, 1],
      [5, 11, 0],
      [5, 18],
      [6, 17],
      [6, 18],
      [6, 23],
      [7, 9, 1],
      [7, 18],
    ]);
    expect(story).toEqual(["5 8 well", "6 18 missing", "7 9 well"]);
  });

  test("on its days alone", () => {
    const workdays = daily([1, 2, 3, 4, 5]);
    // Friday the 9th it happens, Saturday and Sunday it need not, Monday it does not.
    expect(
      play(workdays, [
        [9, 8, 0],
        [9, 9, 1],
        [10, 20],
        [11, 20],
        [12, 17],
        [12, 18],
      ]),
    ).toEqual(["9 8 well", "12 18 missing"]);
  });

  test("by the clock of the site", () => {
    // 18:00 in Shanghai is 10:00 UTC; its Tuesday begins on Monday at 16:00 UTC.
    expect(
      play(
        daily(),
        [
          [5, 1, 0],
          [5, 2, 1],
          [6, 9],
          [6, 10],
        ],
        "Asia/Shanghai",
      ),
    ).toEqual(["5 1 well", "6 10 missing"]);
  });
});

describe("an event", () => {
  const rolling: Expectation = { ...daily(), everyMs: 31 * 86_400_000 };

  test("is a state that is reached, not one that lasts, nor one that is there at the start", () => {
    const watch = new ExpectedWatch([rolling], "UTC", {});
    expect(watch.take(0, 1, columns(1), at(1, 0), true)).toBe(false);
    expect(watch.take(0, 1, columns(1), at(2, 0), true)).toBe(false);
    expect(watch.take(0, 1, columns(0), at(3, 0), true)).toBe(false);
    expect(watch.take(0, 1, columns(Number.NaN, QUALITY.timeout), at(4, 0), true)).toBe(false);
    expect(watch.take(0, 1, columns(1), at(5, 0), true)).toBe(true);
    expect(watch.seen).toEqual({ patrol: at(5, 0) });
  });

  test("is a counter that has moved", () => {
    const watch = new ExpectedWatch([{ ...rolling, event: { kind: "moved", point: 0 } }], "UTC", {});
    expect([5, 5, 6, 6].map((count, n) => watch.take(0, 1, columns(count), at(1, n), true))).toEqual([false, false, true, false]);
  });

  test("that never came is waited for from the first look on, for its whole time", () => {
    const watch = new ExpectedWatch([rolling], "UTC", {});
    expect(watch.look(at(1, 0), true)).toEqual([{ key: "k", missing: false }]);
    expect(watch.look(at(32, 0), true)).toEqual([]);
    expect(watch.look(at(32, 1), true)).toEqual([{ key: "k", missing: true }]);
  });

  test("counts for nothing, and is missed by nobody, while the time of day is not known", () => {
    const watch = new ExpectedWatch([rolling], "UTC", { patrol: at(1, 0) });
    watch.take(0, 1, columns(0), at(2, 0), true);
    expect(watch.take(0, 1, columns(1), at(3, 0), false)).toBe(false);
    expect(watch.look(at(90, 0), false)).toEqual([]);
    expect(watch.seen).toEqual({ patrol: at(1, 0) });
  });

  test("signed late belongs to its own day", () => {
    const sheet: Expectation = { ...daily(), event: { kind: "sheet", round: "daily" } };
    const watch = new ExpectedWatch([sheet], "UTC", { patrol: at(5, 12) });
    // Monday's sheet, signed on Tuesday evening: Tuesday's is still missing.
    expect(watch.signed("daily", at(5, 23))).toBe(true);
    expect(watch.look(at(6, 19), true)).toEqual([{ key: "k", missing: true }]);
    expect(watch.signed("weekly", at(6, 19))).toBe(false);
    watch.signed("daily", at(6, 19));
    expect(watch.look(at(6, 19), true)).toEqual([{ key: "k", missing: false }]);
  });
});
