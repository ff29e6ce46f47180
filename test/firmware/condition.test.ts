import { describe, expect, test } from "vitest";
import { Condition } from "../../firmware/alarms/condition.ts";
import type { LimitRule, ProcessRule, StateRule } from "../../firmware/alarms/rule.ts";

const words = { zh: "温度", en: "Temperature" };
const head = {
  ...{ key: "s/a/th-1/t/x", device: "th-1", pointId: "th-1/t", point: 0, unit: "°C", text: words, action: words, latched: false },
  ...{ onDelayMs: 0, offDelayMs: 0 },
};
const limit = (type: "high" | "low", limits: readonly number[], more: Partial<LimitRule> = {}): LimitRule => ({
  ...{ ...head, kind: "limit", type, levels: limits.map((at) => ({ severity: "major", limit: at })), deadband: 1 },
  ...more,
});
const OPEN: StateRule = { ...head, kind: "state", type: "open", state: 1, severity: "minor" };

/** The levels after each value, one a second. */
const levels = (rule: ProcessRule, values: readonly number[], from = -1): readonly number[] => {
  const condition = new Condition(rule, from);
  return values.map((value, second) => {
    condition.see(value, second * 1_000);
    return condition.level;
  });
};

describe("a level is on", () => {
  test.each<[string, ProcessRule, readonly number[], readonly number[]]>([
    ["above a high limit, not at it", limit("high", [27]), [26, 27, 27.1], [-1, -1, 0]],
    ["until a high limit less the deadband", limit("high", [27]), [28, 26.1, 26, 27], [0, 0, -1, -1]],
    ["below a low limit, not at it", limit("low", [15]), [16, 15, 14.9], [-1, -1, 0]],
    ["until a low limit and the deadband", limit("low", [15]), [14, 15.9, 16, 15], [0, 0, -1, -1]],
    ["each by its own limit, high", limit("high", [27, 32]), [28, 33, 31.5, 31, 26], [0, 1, 1, 0, -1]],
    ["each by its own limit, low", limit("low", [15, 10]), [14, 9, 10.5, 11, 16], [0, 1, 1, 0, -1]],
    ["also where a milder one is not to be reached, high", limit("high", [Number.POSITIVE_INFINITY, 32]), [31, 33], [-1, 1]],
    ["also where a milder one is not to be reached, low", limit("low", [Number.NEGATIVE_INFINITY, 10]), [11, 9], [-1, 1]],
    ["in the abnormal state alone", OPEN, [0, 2, 1, 2, 1, 0], [-1, -1, 0, -1, 0, -1]],
  ])("%s", (_, rule, values, expected) => {
    expect(levels(rule, values)).toEqual(expected);
  });

  test("from the start when it was on before", () => {
    expect(new Condition(limit("high", [27, 32]), 1).level).toBe(1);
    expect(levels(limit("high", [27, 32]), [33, 30], 1)).toEqual([1, 0]);
    expect(levels(OPEN, [1, 0], 0)).toEqual([0, -1]);
    expect(new Condition(OPEN, -1).level).toBe(-1);
  });
});

describe("news", () => {
  test("is that the level changed, and nothing else", () => {
    const condition = new Condition(limit("high", [27, 32]), -1);
    const values = [20, 28, 29, 33, 30, 20, 20];
    expect(values.map((value, second) => condition.see(value, second * 1_000))).toEqual([false, true, false, true, true, true, false]);
  });

  test("is that another rule holds for what is on, once", () => {
    const [day, night] = [limit("high", [27]), limit("high", [24])];
    const condition = new Condition(day, -1);
    condition.use(night);
    expect([condition.rule, condition.see(23, 0)]).toEqual([night, false]);
    expect([condition.see(28, 1), condition.see(28, 2)]).toEqual([true, false]);
    condition.use(night);
    expect(condition.see(28, 3)).toBe(false);
    condition.use(day);
    expect([condition.see(28, 4), condition.see(28, 5)]).toEqual([true, false]);
  });

  test("is not that another rule holds while a delay runs and nothing is on", () => {
    const condition = new Condition(limit("high", [27], { onDelayMs: 5_000 }), -1);
    condition.see(28, 0);
    condition.use(limit("high", [26], { onDelayMs: 5_000 }));
    expect([condition.see(28, 1_000), condition.see(28, 5_000)]).toEqual([false, true]);
  });

  test("a rule for the other side judges by the other side", () => {
    const condition = new Condition(limit("high", [27]), -1);
    condition.use(limit("low", [15]));
    expect([condition.see(28, 0), condition.see(14, 1)]).toEqual([false, true]);
  });
});

describe("a delay", () => {
  const SLOW = limit("high", [27, 32], { onDelayMs: 5_000, offDelayMs: 8_000 });
  const shown = (condition: Condition) => [condition.level, condition.restless];

  test("wants to be asked again while it runs, and only then", () => {
    const condition = new Condition(SLOW, -1);
    const lookedAt = (value: number, nowMs: number) => {
      condition.see(value, nowMs);
      return shown(condition);
    };
    expect([lookedAt(20, 0), lookedAt(28, 1_000), lookedAt(28, 5_999), lookedAt(28, 6_000)]).toEqual([
      ...[
        [-1, false],
        [-1, true],
        [-1, true],
        [0, false],
      ],
    ]);
    // The higher level is timed while the lower one is on.
    expect([lookedAt(33, 7_000), lookedAt(28, 8_000), lookedAt(20, 9_000), lookedAt(20, 16_999), lookedAt(20, 17_000)]).toEqual([
      ...[
        [0, true],
        [0, false],
        [0, true],
        [0, true],
        [-1, false],
      ],
    ]);
  });

  test("stands still while nothing good is read, from the first such reading on", () => {
    const condition = new Condition(SLOW, -1);
    condition.see(28, 0);
    condition.miss(2_000);
    condition.miss(50_000);
    expect(condition.restless).toBe(false);
    condition.see(28, 100_000);
    expect(shown(condition)).toEqual([-1, true]);
    condition.see(28, 102_999);
    expect(condition.level).toBe(-1);
    condition.see(28, 103_000);
    expect(shown(condition)).toEqual([0, false]);
  });

  test("begins at its beginning after a silence in which none ran", () => {
    const condition = new Condition(SLOW, 0);
    condition.miss(1_000);
    condition.see(28, 100_000);
    expect(shown(condition)).toEqual([0, false]);
    condition.see(20, 101_000);
    condition.see(20, 108_999);
    expect(condition.level).toBe(0);
    condition.see(20, 109_000);
    expect(condition.level).toBe(-1);
  });

  test("is at least as long as what comes and goes is held on, off alone", () => {
    const condition = new Condition(SLOW, -1);
    condition.quietMs = 20_000;
    condition.see(28, 0);
    condition.see(28, 5_000);
    expect(condition.level).toBe(0);
    condition.see(20, 6_000);
    condition.see(20, 25_999);
    expect(condition.level).toBe(0);
    condition.see(20, 26_000);
    expect(condition.level).toBe(-1);
    condition.quietMs = 1_000;
    condition.see(28, 30_000);
    condition.see(28, 35_000);
    condition.see(20, 36_000);
    condition.see(20, 43_999);
    expect(condition.level).toBe(0);
  });
});
