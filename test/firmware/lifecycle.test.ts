import { describe, expect, test } from "vitest";
import { type Aside, asideOf, asideState, NOT_ASIDE, withAside } from "../../firmware/alarms/aside.ts";
import type { AlarmStep } from "../../firmware/alarms/change.ts";
import { type AlarmInput, severityRank, step } from "../../firmware/alarms/lifecycle.ts";
import type { LimitRule, Rule, StateRule } from "../../firmware/alarms/rule.ts";
import type { AlarmRecord, Shelf } from "../../firmware/contract/alarm.ts";

const words = { zh: "温度高", en: "Too warm" };
const head = { device: "th-1", point: 0, unit: "°C", text: words, action: words, latched: false, onDelayMs: 60_000, offDelayMs: 0 };
const HOT: LimitRule = {
  ...{ ...head, key: "s/a/th-1/t/high", pointId: "th-1/t", kind: "limit", type: "high", deadband: 1 },
  levels: [
    { severity: "minor", limit: 27 },
    { severity: "critical", limit: 32 },
  ],
};
const DOOR: StateRule = {
  ...head,
  key: "s/a/th-1/door/open",
  pointId: "th-1/door",
  kind: "state",
  type: "open",
  state: 1,
  severity: "major",
};
const SMOKE: StateRule = { ...DOOR, key: "s/a/th-1/smoke.detected/alarm", pointId: "th-1/smoke.detected", type: "alarm" };
const LATCHED: LimitRule = { ...HOT, latched: true };

const condition = (level: number, aside?: Aside): AlarmInput => ({
  ...{ kind: "condition", level, value: 30 + level, incident: "i" },
  ...(aside === undefined ? {} : { aside }),
});
const acknowledge: AlarmInput = { kind: "acknowledge", by: "wang", note: "on my way" };
const silence: AlarmInput = { kind: "silence", by: "wang", untilMs: 900 };
const reAlarm: AlarmInput = { kind: "reAlarm" };
const hold = (held: boolean): AlarmInput => ({ kind: "hold", held });
const aside = (by: string | null, window: string | null = null): AlarmInput => ({ kind: "aside", aside: { suppressedBy: by, window } });
const shelf = (untilMs: number | null): Shelf => ({ atMs: 5, by: "wang", reason: "known", untilMs });
const shelve = (untilMs: number | null): AlarmInput => ({ kind: "shelve", shelf: shelf(untilMs) });
const unshelve: AlarmInput = { kind: "shelve", shelf: null };

/** What comes of these inputs, one a millisecond: `raise B`, or null. */
function live(rule: Rule, ...inputs: readonly AlarmInput[]) {
  let record: AlarmRecord | null = null;
  let last: AlarmStep | null = null;
  const log: (string | null)[] = [];
  inputs.forEach((input, ms) => {
    last = step(rule, record, input, ms + 1);
    log.push(last === null ? null : `${last.cause} ${last.record.state}`);
    if (last !== null) record = last.record.state === "A" ? null : last.record;
  });
  return { log, record: record as AlarmRecord | null, last: last as AlarmStep | null };
}
const standing = (rule: Rule, ...inputs: readonly AlarmInput[]): AlarmRecord => {
  const { record } = live(rule, ...inputs);
  if (record === null) throw new Error("it is over");
  return record;
};

describe("a new alarm", () => {
  test("says what, where, how bad, since when, and what is to be done", () => {
    expect(step(HOT, null, condition(1), 100_000)).toEqual({
      cause: "raise",
      record: {
        ...{ key: HOT.key, device: "th-1", point: "th-1/t", type: "high", severity: "critical", state: "B", held: false },
        ...{ text: words, action: words, value: 31, limit: 32, unit: "°C", minimum: 31, maximum: 31 },
        ...{ raisedAtMs: 100_000, changedAtMs: 100_000, clearedAtMs: null, raiseCount: 1, acknowledgement: null, incident: "i" },
        abnormalAtMs: 40_000,
      },
    });
  });

  test("has no limit where there is none, and is an emergency where people are in danger", () => {
    expect(step(DOOR, null, condition(0), 0)?.record).toMatchObject({ limit: null, severity: "major" });
    expect(step(DOOR, null, condition(0), 0)?.record).not.toHaveProperty("emergency");
    expect(step(SMOKE, null, condition(0), 0)?.record.emergency).toBe(true);
  });

  test.each<[string, Aside, string, number]>([
    ["suppressed by what explains it", { suppressedBy: "cause", window: null }, "aside F", 0],
    ["out of service in a window", { suppressedBy: "cause", window: "w" }, "aside G", 0],
    ["ringing when nothing sets it aside", NOT_ASIDE, "raise B", 1],
  ])("is %s", (_, why, said, raiseCount) => {
    const { log, record } = live(HOT, condition(0, why));
    expect(log).toEqual([said]);
    expect(record).toMatchObject({ raiseCount, acknowledgement: null });
    expect(asideOf(record as AlarmRecord)).toEqual(why);
  });

  test("that is an emergency rings whatever would set it aside", () => {
    const { log, record } = live(SMOKE, condition(0, { suppressedBy: "cause", window: "w" }));
    expect(log).toEqual(["raise B"]);
    expect(asideOf(record as AlarmRecord)).toEqual(NOT_ASIDE);
  });

  test("begins with its condition alone", () => {
    for (const input of [acknowledge, silence, reAlarm, hold(true), aside("x"), shelve(null), condition(-1)])
      expect(step(HOT, null, input, 0)).toBe(null);
  });
});

describe("the life of an alarm", () => {
  test.each<[string, Rule, readonly AlarmInput[], readonly (string | null)[]]>([
    ["the same again is nothing new", HOT, [condition(0), condition(0)], ["raise B", null]],
    ["worse rings", HOT, [condition(0), acknowledge, condition(1)], ["raise B", "acknowledge C", "raise B"]],
    ["milder is told and does not ring", HOT, [condition(1), acknowledge, condition(0)], ["raise B", "acknowledge C", "update C"]],
    ["unseen it waits for somebody", HOT, [condition(0), condition(-1), acknowledge], ["raise B", "clear D", "acknowledge A"]],
    ["returned it returns once", HOT, [condition(0), condition(-1), condition(-1)], ["raise B", "clear D", null]],
    ["seen it is over in silence", HOT, [condition(0), acknowledge, condition(-1)], ["raise B", "acknowledge C", "clear A"]],
    ["seen twice is seen once", HOT, [condition(0), acknowledge, acknowledge], ["raise B", "acknowledge C", null]],
    [
      "back before anybody looked it rings, as bad as it is",
      HOT,
      [condition(1), condition(-1), condition(0)],
      ["raise B", "clear D", "raise B"],
    ],
    [
      "latched it rings until it is seen",
      LATCHED,
      [condition(0), condition(-1), condition(-1), acknowledge],
      ["raise B", "clear B", null, "acknowledge A"],
    ],
    ["latched and seen it is over", LATCHED, [condition(0), acknowledge, condition(-1)], ["raise B", "acknowledge C", "clear A"]],
    [
      "acknowledged for long it rings again",
      HOT,
      [condition(0), reAlarm, acknowledge, reAlarm],
      ["raise B", null, "acknowledge C", "raise B"],
    ],
    [
      "a reading that is not good holds it, once",
      HOT,
      [condition(0), hold(true), hold(true), hold(false), hold(false)],
      ["raise B", "hold B", null, "hold B", null],
    ],
    [
      "its sound goes off while it rings",
      HOT,
      [condition(0), silence, acknowledge, silence],
      ["raise B", "silence B", "acknowledge C", null],
    ],
    [
      "explained later it is set aside, and rings when it is not",
      HOT,
      [condition(0), aside("x"), aside("x"), aside(null)],
      ["raise B", "aside F", null, "raise B"],
    ],
    [
      "what explains it may become another, then a window",
      HOT,
      [condition(0), aside("x"), aside("y"), aside("y", "w"), aside(null, "w")],
      ["raise B", "aside F", "aside F", "aside G", "aside G"],
    ],
    ["set aside it cannot be acknowledged", HOT, [condition(0, { suppressedBy: "x", window: null }), acknowledge], ["aside F", null]],
    [
      "set aside it becomes worse without a word",
      HOT,
      [condition(0), aside("x"), condition(1, { suppressedBy: "x", window: null })],
      ["raise B", "aside F", "aside F"],
    ],
    ["set aside it is over with its condition", HOT, [condition(0), aside("x"), condition(-1)], ["raise B", "aside F", "clear A"]],
    ["what has returned is not set aside any more", HOT, [condition(0), condition(-1), aside("x")], ["raise B", "clear D", null]],
    [
      "shelved it is quiet, and rings when it is taken from the shelf",
      HOT,
      [condition(0), shelve(99), unshelve, unshelve],
      ["raise B", "aside E", "raise B", null],
    ],
    [
      "shelved for a time it stays there, whatever its condition",
      HOT,
      [condition(0), shelve(99), condition(-1), condition(0)],
      ["raise B", "aside E", "clear E", "aside E"],
    ],
    [
      "and is over when it is taken from there after its return",
      HOT,
      [condition(0), shelve(99), condition(-1), unshelve],
      ["raise B", "aside E", "clear E", "aside A"],
    ],
    [
      "or put there for another time",
      HOT,
      [condition(0), shelve(99), condition(-1), shelve(200)],
      ["raise B", "aside E", "clear E", "aside E"],
    ],
    [
      "returned on its shelf it is no less explained by what fails",
      HOT,
      [condition(0), shelve(99), condition(-1), aside("x", "w"), aside(null)],
      ["raise B", "aside E", "clear E", "aside G", "aside E"],
    ],
    ["shelved until it returns it is over then", HOT, [condition(0), shelve(null), condition(-1)], ["raise B", "aside E", "clear A"]],
    [
      "taken from the shelf in a window it is out of service",
      HOT,
      [condition(0), shelve(99), aside(null, "w"), unshelve],
      ["raise B", "aside E", "aside G", "aside G"],
    ],
    ["an emergency is not set aside", SMOKE, [condition(0), aside("x", "w"), shelve(99)], ["raise B", null, null]],
  ])("%s", (_, rule, inputs, log) => {
    expect(live(rule, ...inputs).log).toEqual(log);
  });

  test("an emergency that a former release set aside comes out of that", () => {
    const before = withAside(standing(SMOKE, condition(0)), { suppressedBy: "x", window: null });
    expect(step(SMOKE, { ...before, state: "F" }, aside(null), 9)).toMatchObject({ cause: "raise", record: { state: "B" } });
  });

  test("a latched alarm that returned on its shelf waits for nobody", () => {
    expect(live(LATCHED, condition(0), shelve(null), condition(-1)).log).toEqual(["raise B", "aside E", "clear A"]);
  });
});

describe("the record", () => {
  test("says who acknowledged, with which words, and when", () => {
    expect(standing(HOT, condition(0), acknowledge)).toMatchObject({
      ...{ changedAtMs: 2, acknowledgement: { atMs: 2, by: "wang", note: "on my way" }, raisedAtMs: 1 },
    });
  });

  test("says when it returned, with which value, and that its reading is good", () => {
    const { last } = live(HOT, condition(0), hold(true), { kind: "condition", level: -1, value: 20, incident: "" });
    expect(last?.record).toMatchObject({ state: "D", clearedAtMs: 3, changedAtMs: 3, value: 20, held: false, severity: "minor" });
  });

  test("of a worse or milder one has its new limit and value, and stays in its incident", () => {
    const worse = standing(HOT, condition(0), hold(true), { kind: "condition", level: 1, value: 33, incident: "other" });
    expect(worse).toMatchObject({
      limit: 32,
      value: 33,
      severity: "critical",
      held: false,
      changedAtMs: 3,
      raisedAtMs: 1,
      incident: "i",
      raiseCount: 1,
    });
    expect(standing(HOT, condition(1), condition(0))).toMatchObject({ limit: 27, value: 30, severity: "minor" });
  });

  test("that rings anew forgets who has seen or silenced it, and counts its returns", () => {
    const back = standing(HOT, condition(0), silence, condition(-1), condition(0));
    expect(back).toMatchObject({ raiseCount: 2, clearedAtMs: null, acknowledgement: null });
    expect(back).not.toHaveProperty("soundOff");
    const worse = standing(HOT, condition(0), acknowledge, condition(1));
    expect(worse).toMatchObject({ acknowledgement: null, raiseCount: 1 });
    expect(standing(HOT, condition(0), acknowledge, reAlarm)).toMatchObject({ acknowledgement: null, raiseCount: 1, changedAtMs: 3 });
    expect(standing(HOT, condition(0), acknowledge, aside("x"), aside(null))).toMatchObject({
      acknowledgement: null,
      raiseCount: 2,
      changedAtMs: 4,
    });
  });

  test("says whose hand switched its sound off, and until when", () => {
    expect(standing(HOT, condition(0), silence).soundOff).toEqual({ atMs: 2, by: "wang", untilMs: 900 });
  });

  test("keeps its shelf, and gives it up with its time", () => {
    expect(standing(HOT, condition(0), shelve(99)).shelf).toEqual(shelf(99));
    expect(standing(HOT, condition(0), shelve(99), unshelve)).not.toHaveProperty("shelf");
    const over = live(HOT, condition(0), shelve(null), condition(-1)).last?.record;
    expect(over).toMatchObject({ state: "A", clearedAtMs: 3 });
  });
});

describe("what sets an alarm aside", () => {
  const record = standing(HOT, condition(0));

  test("out of service stands over shelved, and that over suppressed", () => {
    const all = { ...record, window: "w", shelf: shelf(null), suppressedBy: "x" };
    const { window: _, ...shelved } = all;
    const { shelf: __, ...suppressed } = shelved;
    expect([all, shelved, suppressed, record].map(asideState)).toEqual(["G", "E", "F", null]);
  });

  test("is put into the record and taken out of it without a trace", () => {
    const put = withAside(record, { suppressedBy: "x", window: "w" });
    expect(put).toEqual({ ...record, suppressedBy: "x", window: "w" });
    expect(asideOf(put)).toEqual({ suppressedBy: "x", window: "w" });
    expect(withAside(put, NOT_ASIDE)).toEqual(record);
    expect(withAside(put, { suppressedBy: "y", window: null })).toEqual({ ...record, suppressedBy: "y" });
    expect(asideOf(record)).toEqual({ suppressedBy: null, window: null });
  });
});

test("severities are ranked from the mildest", () => {
  expect((["warning", "minor", "major", "critical"] as const).map(severityRank)).toEqual([0, 1, 2, 3]);
});
