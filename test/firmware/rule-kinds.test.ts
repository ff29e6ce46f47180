import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { QUALITY } from "../../drivers/reading.ts";
import { AlarmBook } from "../../firmware/alarms/book.ts";
import { isRecorded } from "../../firmware/alarms/change.ts";
import type { Derivation, LimitRule, ProcessRule, Rule, StateRule } from "../../firmware/alarms/rule.ts";
import { isWithin, localMinute, scheduleClock } from "../../firmware/alarms/schedule.ts";
import { ChangeWindow } from "../../firmware/alarms/window.ts";
import type { AlarmRecord } from "../../firmware/contract/alarm.ts";

const MINUTE_MS = 60_000;
const words = { zh: "温度", en: "Temperature" };
const head = {
  ...{ key: "s/a/th-1/ambient.temperature/x", device: "th-1", pointId: "th-1/ambient.temperature", point: 0, unit: "°C" },
  ...{ text: words, action: words, latched: false, onDelayMs: 0, offDelayMs: 0 },
};
const limit = (type: LimitRule["type"], at: number, derivation: Derivation): LimitRule => ({
  ...{ ...head, kind: "limit", type, levels: [{ severity: "major", limit: at }], deadband: 0, derivation },
});
const state = (derivation: Derivation): StateRule => ({ ...head, kind: "state", type: "x", state: 1, severity: "minor", derivation });

/** One reading a minute; null is one that is not good, "-" a missed poll. Says when what happened, in minutes. */
function play(
  rule: Rule,
  readings: readonly (number | null | "-")[],
  options: { readonly startMs?: number; readonly live?: readonly AlarmRecord[] } = {},
) {
  const book = new AlarmBook([rule], options.live ?? [], () => "i");
  const latest = { values: new Float64Array(1), qualities: new Uint8Array(1) };
  const log: string[] = [];
  readings.forEach((reading, minute) => {
    const now = { monotonicMs: minute * MINUTE_MS, wallMs: (options.startMs ?? 0) + minute * MINUTE_MS };
    if (reading === "-") {
      book.pause(0, 1, now);
      return;
    }
    latest.values[0] = reading ?? Number.NaN;
    latest.qualities[0] = reading === null ? QUALITY.timeout : QUALITY.good;
    for (const step of book.judge(0, 1, latest, now)) if (isRecorded(step)) log.push(`${minute} ${step.cause} ${step.record.severity}`);
  });
  return { log, live: book.live };
}
const many = (count: number, value: (n: number) => number | null | "-"): (number | null | "-")[] =>
  Array.from({ length: count }, (_, n) => value(n));

describe("a rate of change", () => {
  const RISE = limit("high-rate-15min", 5, { kind: "rate", windowMs: 15 * MINUTE_MS });
  const FALL = limit("low-rate-15min", -5, { kind: "rate", windowMs: 15 * MINUTE_MS });

  test("rings when the window holds enough, and clears when it has become calm", () => {
    const warming = [...many(30, (n) => 20 + n * 0.5), ...many(30, () => 35)];
    expect(play(RISE, warming).log).toEqual(["12 raise major", "35 clear major"]);
    expect(play(FALL, warming).log).toEqual([]);
    expect(
      play(
        FALL,
        warming.map((value) => -(value as number)),
      ).log,
    ).toEqual(["12 raise major", "35 clear major"]);
  });

  test("is not judged while four fifths of the window are not covered, or were not good", () => {
    expect(
      play(
        RISE,
        many(12, (n) => 20 + n * 5),
      ).log,
    ).toEqual([]);
    expect(
      play(
        RISE,
        many(60, (n) => (n % 3 === 0 ? null : 20 + n)),
      ).log,
    ).toEqual([]);
    expect(
      play(
        RISE,
        many(60, (n) => (n % 3 === 0 ? "-" : 20 + n)),
      ).log,
    ).toEqual([]);
    expect(
      play(
        RISE,
        many(60, (n) => (n % 6 === 5 ? null : 20 + n)),
      ).log,
    ).toEqual([expect.stringMatching(/raise major/)]);
  });

  test("is not rung by one odd reading, nor by a step that is smaller than the limit", () => {
    expect(
      play(
        RISE,
        many(60, (n) => (n === 30 ? 40 : 20)),
      ).log,
    ).toEqual([]);
    expect(
      play(
        RISE,
        many(60, (n) => (n < 30 ? 20 : 24.5)),
      ).log,
    ).toEqual([]);
    expect(
      play(
        RISE,
        many(60, (n) => (n < 30 ? 20 : 26)),
      ).log,
    ).toHaveLength(2);
  });

  test("a silent sensor holds its alarm, it never clears it", () => {
    const story = play(RISE, [...many(20, (n) => 20 + n), ...many(60, () => null)]);
    expect(story.log).toEqual(["12 raise major"]);
    expect(story.live).toMatchObject([{ held: true, state: "B", unit: "°C" }]);
    expect(story.live[0]?.value).toBeCloseTo(15, 6);
  });

  test("law: the change of a straight line is its slope times the window, however often it is read", () => {
    fc.assert(
      fc.property(fc.double({ min: -50, max: 50, noNaN: true }), fc.integer({ min: 200, max: 120_000 }), (perWindow, everyMs) => {
        const window = new ChangeWindow(900_000);
        const count = Math.ceil(2_000_000 / everyMs);
        for (let n = 0; n < count; n += 1) window.push(20 + (perWindow * n * everyMs) / 900_000, n * everyMs);
        expect(window.change((count - 1) * everyMs)).toBeCloseTo(perWindow, 6);
      }),
      { numRuns: 30 },
    );
  });
});

describe("the increase of a counter", () => {
  const rule = (wrap: number | null = null) => limit("high-increase-1h", 3, { kind: "increase", windowMs: 60 * MINUTE_MS, wrap, above: 3 });

  test("rings when it has gone up by more than the limit within the window, and is over when the window has moved on", () => {
    const story = play(
      rule(),
      many(140, (n) => 100 + Math.min(5, Math.floor(n / 10))),
    );
    expect(story.log).toEqual(["40 raise major", "80 clear major"]);
  });

  test("a reset counts from zero, going round counts on", () => {
    expect(play(rule(), [100, 1, 2, 3]).log).toEqual([]);
    expect(play(rule(), [100, 1, 2, 3, 4]).log).toEqual(["4 raise major"]);
    expect(play(rule(65_536), [65_534, 65_535, 1]).log).toEqual([]);
    expect(play(rule(65_536), [65_534, 65_535, 2]).log).toEqual(["2 raise major"]);
  });

  test("what went up before the start is not known, so that an alarm of then is not taken back too early", () => {
    const { live } = play(rule(), [100, 105]);
    expect(
      play(
        rule(),
        many(59, () => 105),
        { live },
      ).log,
    ).toEqual([]);
    expect(
      play(
        rule(),
        many(62, () => 105),
        { live },
      ).log,
    ).toEqual(["60 clear major"]);
  });
});

describe("a value that stands still", () => {
  const FLAT = state({ kind: "flat", forMs: 30 * MINUTE_MS, tolerance: 0.1 });

  test("rings after its time, and is over with the next movement", () => {
    expect(play(FLAT, [...many(10, (n) => n), ...many(40, () => 9), 10]).log).toEqual(["39 raise minor", "50 clear minor"]);
  });

  test("noise within the tolerance is no movement, a slow drift is one", () => {
    expect(
      play(
        FLAT,
        many(40, (n) => 20 + (n % 2) * 0.1),
      ).log,
    ).toEqual(["30 raise minor"]);
    expect(
      play(
        FLAT,
        many(90, (n) => 20 + n * 0.01),
      ).log,
    ).toEqual([]);
  });

  test("time without readings does not count", () => {
    expect(play(FLAT, [...many(20, () => 7), ...many(60, () => "-"), ...many(9, () => 7)]).log).toEqual([]);
  });

  test("after a restart an alarm of then stays until something moves", () => {
    const { live } = play(
      FLAT,
      many(31, () => 7),
    );
    expect(
      play(
        FLAT,
        many(20, () => 7),
        { live },
      ).log,
    ).toEqual([]);
    expect(play(FLAT, [7, 7, 8], { live }).log).toEqual(["2 clear minor"]);
  });
});

describe("a condition of several points", () => {
  const formula = {
    kind: "truth" as const,
    points: [0, 1],
    value: ({ values, qualities }: { values: Float64Array; qualities: Uint8Array }) => {
      const [one, two] = [0, 1].map((point) => (qualities[point] === QUALITY.good ? (values[point] as number) : Number.NaN)) as [
        number,
        number,
      ];
      return one === 0 || two === 0 ? 0 : one + two === 2 ? 1 : Number.NaN;
    },
  };
  const BOTH: StateRule = { ...state({ kind: "formula", formula }), pointId: null, onDelayMs: 60_000 };

  test("is judged with each of them, delays run between readings, and a point that is lost holds it", () => {
    const book = new AlarmBook([BOTH], [], () => "i");
    const latest = { values: Float64Array.of(1, 0), qualities: new Uint8Array(2) };
    const at = (seconds: number) => ({ monotonicMs: seconds * 1_000, wallMs: seconds * 1_000 });
    const causes = (steps: readonly { readonly cause: string }[]) => steps.map(({ cause }) => cause);
    expect(causes(book.judge(0, 1, latest, at(0)))).toEqual([]);
    latest.values[1] = 1;
    expect(causes(book.judge(1, 1, latest, at(10)))).toEqual([]);
    expect(causes(book.tick(latest, at(69)))).toEqual([]);
    expect(causes(book.tick(latest, at(70)))).toEqual(["raise"]);
    latest.qualities[1] = QUALITY.timeout;
    expect(causes(book.judge(1, 1, latest, at(80)))).toEqual(["hold"]);
    expect(causes(book.judge(0, 1, latest, at(90)))).toEqual([]);
    // The other one decides it alone.
    latest.values[0] = 0;
    expect(causes(book.judge(0, 1, latest, at(100)))).toEqual(["clear"]);
  });
});

describe("a distance from another value", () => {
  test("is taken from the reading and its reference together; without a reference it is unknown", () => {
    const from = { kind: "number" as const, points: [0], value: () => 22 };
    expect(play(limit("high-deviation", 3, { kind: "deviation", from }), [24, 25, 25.1, 25]).log).toEqual([
      "2 raise major",
      "3 clear major",
    ]);
    const lost = { ...from, value: () => Number.NaN };
    expect(play(limit("high-deviation", 3, { kind: "deviation", from: lost }), [24, 90]).log).toEqual([]);
  });
});

describe("schedules", () => {
  const nights = { days: [1, 2, 3, 4, 5, 6, 7], fromMinute: 22 * 60, toMinute: 6 * 60 };
  const fridayNight = { ...nights, days: [5] };

  test.each<[string, typeof nights, number, string, boolean]>([
    ["over midnight, before", nights, 1, "23:00", true],
    ["over midnight, after", nights, 2, "05:59", true],
    ["its end is no longer in it", nights, 2, "06:00", false],
    ["Friday night begins on Friday", fridayNight, 5, "22:00", true],
    ["and goes on into Saturday", fridayNight, 6, "03:00", true],
    ["but not in the night before", fridayNight, 5, "03:00", false],
    ["a whole day", { days: [6, 7], fromMinute: 0, toMinute: 1_440 }, 7, "23:59", true],
    ["and no other", { days: [6, 7], fromMinute: 0, toMinute: 1_440 }, 1, "00:00", false],
    ["Sunday night goes into Monday", { ...nights, days: [7] }, 1, "01:00", true],
  ])("%s", (_, schedule, day, time, expected) => {
    const [hour, minute] = time.split(":").map(Number) as [number, number];
    expect(isWithin(schedule, { day, minute: hour * 60 + minute })).toBe(expected);
  });

  test("follow the clock on the wall through both changes of the clock", () => {
    const berlin = scheduleClock([{ days: [1, 2, 3, 4, 5, 6, 7], fromMinute: 120, toMinute: 180 }], "Europe/Berlin");
    // 29 March 2026 has no 02:xx; 25 October has it twice.
    const spring = Date.UTC(2026, 2, 29, 0, 30);
    const autumn = Date.UTC(2026, 9, 25, 0, 0);
    expect(many(5, (n) => (berlin(spring + n * 1_800_000) ? 1 : 0))).toEqual([0, 0, 0, 0, 0]);
    expect(many(6, (n) => (berlin(autumn + n * 1_800_000) ? 1 : 0))).toEqual([1, 1, 1, 1, 0, 0]);
    expect(localMinute(autumn, "Europe/Berlin")).toEqual({ day: 7, minute: 120 });
  });

  const NEVER = Number.POSITIVE_INFINITY;
  const variantOf = (base: ProcessRule, rule: ProcessRule): ProcessRule => ({
    ...base,
    variants: [{ isOn: scheduleClock([nights], "UTC"), rule }],
  });

  test("a limit of the night holds at night, and what it raised is over in the morning", () => {
    const high = (at: number): LimitRule => ({
      ...head,
      kind: "limit",
      type: "high",
      levels: [{ severity: "major", limit: at }],
      deadband: 0,
    });
    const rule = variantOf(high(27), high(24));
    expect(
      play(
        rule,
        many(60 * 10, () => 25),
        { startMs: Date.UTC(2026, 0, 5, 21, 0) },
      ).log,
    ).toEqual(["60 raise major", "540 clear major"]);
    expect(
      play(
        variantOf(high(27), high(NEVER)),
        many(300, () => 28),
        { startMs: Date.UTC(2026, 0, 5, 21, 0) },
      ).log,
    ).toEqual(["0 raise major", "60 clear major"]);
  });

  test("the same state is worse at night: the alarm becomes more severe, it is not a second one", () => {
    const open = (severity: "minor" | "critical"): StateRule => ({ ...head, kind: "state", type: "open", state: 1, severity });
    const story = play(
      variantOf(open("minor"), open("critical")),
      many(120, () => 1),
      { startMs: Date.UTC(2026, 0, 5, 21, 0) },
    );
    expect(story.log).toEqual(["0 raise minor", "60 raise critical"]);
    expect(story.live).toHaveLength(1);
  });

  test("while nobody knows the time of day, what holds at all times is judged", () => {
    const high = (at: number): LimitRule => ({
      ...head,
      kind: "limit",
      type: "high",
      levels: [{ severity: "major", limit: at }],
      deadband: 0,
    });
    const book = new AlarmBook([variantOf(high(27), high(24))], [], () => "i");
    const latest = { values: Float64Array.of(25), qualities: new Uint8Array(1) };
    const night = { monotonicMs: 0, wallMs: Date.UTC(2026, 0, 5, 23, 0) };
    expect(book.judge(0, 1, latest, { ...night, certain: false })).toEqual([]);
    expect(book.judge(0, 1, latest, { ...night, certain: true })).toHaveLength(1);
  });
});

describe("an alarm that stays", () => {
  test("rings again so long after it was acknowledged, and each time anew", () => {
    const rule: StateRule = { ...head, kind: "state", type: "open", state: 1, severity: "major", reAlarmMs: 30 * MINUTE_MS };
    const book = new AlarmBook([rule], [], () => "i");
    const latest = { values: Float64Array.of(1), qualities: new Uint8Array(1) };
    const at = (minutes: number) => ({ monotonicMs: minutes * MINUTE_MS, wallMs: minutes * MINUTE_MS });
    const seen = () => ({ kind: "acknowledge", by: "lin", note: "" }) as const;
    book.judge(0, 1, latest, at(0));
    for (let minute = 0; minute < 60; minute += 1) expect(book.tick(latest, at(minute))).toEqual([]);
    book.act([rule.key], seen, at(60));
    const rung: number[] = [];
    for (let minute = 60; minute < 200; minute += 1)
      for (const step of book.tick(latest, at(minute))) {
        expect(step).toMatchObject({ cause: "raise", record: { state: "B", acknowledgement: null, raiseCount: 1 } });
        rung.push(minute);
        book.act([rule.key], seen, at(minute));
      }
    expect(rung).toEqual([90, 121, 152, 183]);
  });
});
