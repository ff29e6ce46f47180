import { describe, expect, test } from "vitest";
import { SETTLE } from "../../firmware/alarms/aside.ts";
import { CALM_SETTINGS, Calm, RELEASE_AFTER_MS } from "../../firmware/alarms/calm.ts";
import type { AlarmChange } from "../../firmware/alarms/change.ts";
import { ChatterWatch } from "../../firmware/alarms/chatter.ts";
import { FloodWatch } from "../../firmware/alarms/flood.ts";
import { Grouping } from "../../firmware/alarms/grouping.ts";
import { Growth } from "../../firmware/alarms/growth.ts";
import { floodText, restartText, worstOf } from "../../firmware/alarms/headings.ts";
import { ReAlarms } from "../../firmware/alarms/re-alarm.ts";
import type { Rule } from "../../firmware/alarms/rule.ts";
import { SETTLE_MS, SettleWatch } from "../../firmware/alarms/settle.ts";
import { Topology } from "../../firmware/alarms/topology.ts";
import type { AlarmRecord } from "../../firmware/contract/alarm.ts";
import type { MaintenanceWindow } from "../../firmware/contract/maintenance.ts";
import {
  ELSEWHERE,
  FLOOD,
  HOT_1,
  HOT_2,
  HOT_9,
  hot,
  LINE,
  LOST_1,
  LOST_2,
  LOST_9,
  ON_BATTERY,
  RESTARTED,
  RULES,
  record,
  SITE,
  SMOKE,
  silence,
  state,
  words,
} from "./small-room.ts";

const MINUTE_MS = 60_000;
const liveOf = (...records: readonly AlarmRecord[]) => new Map(records.map((one) => [one.key, one]));
const at = (ms: number) => ({ monotonicMs: ms, wallMs: ms });

describe("an alarm that comes and goes", () => {
  test("is one raise too many with the third within a minute, each alarm by itself", () => {
    const watch = new ChatterWatch();
    expect([0, 20_000, 59_999].map((ms) => watch.raised("a", ms))).toEqual([false, false, true]);
    expect([watch.raised("b", 59_999), watch.raised("a", 60_000), watch.raised("a", 119_999)]).toEqual([false, true, false]);
  });

  test("was hardly there when it ended within ten seconds, or within twice its own delay", () => {
    const watch = new ChatterWatch();
    watch.raised("a", 0);
    watch.raised("a", 1_000);
    expect([watch.isFleeting("a", 0, 10_999), watch.isFleeting("a", 0, 11_000)]).toEqual([true, false]);
    expect([watch.isFleeting("a", 6_000, 12_999), watch.isFleeting("a", 6_000, 13_000)]).toEqual([true, false]);
    expect(watch.isFleeting("never raised", MINUTE_MS, 0)).toBe(false);
  });

  test("is forgotten so long after it rang last", () => {
    const watch = new ChatterWatch();
    watch.raised("a", 0);
    watch.raised("a", 100);
    watch.raised("a", 500);
    watch.forgetOld(1_499, 1_000);
    expect(watch.isFleeting("a", MINUTE_MS, 1_500)).toBe(true);
    watch.forgetOld(1_500, 1_000);
    expect(watch.isFleeting("a", MINUTE_MS, 1_500)).toBe(false);
  });
});

describe("a flood", () => {
  const LIMITS = { opensAbove: 2, endsBelow: 2, withinMs: 1_000 };
  test("begins with more alarms than the limit, and ends with fewer than the other in the time", () => {
    const watch = new FloodWatch(LIMITS, false);
    watch.rang(0);
    watch.rang(1);
    expect([watch.look(1), watch.isOpen, watch.count]).toEqual([null, false, 2]);
    watch.rang(2);
    expect([watch.look(2), watch.isOpen, watch.count]).toEqual([true, true, 3]);
    expect([watch.look(999), watch.count]).toEqual([null, 3]);
    expect([watch.look(1_000), watch.count, watch.isOpen]).toEqual([null, 2, true]);
    expect([watch.look(1_001), watch.count, watch.isOpen]).toEqual([false, 1, false]);
    expect([watch.look(1_001), watch.isOpen]).toEqual([null, false]);
  });

  test("of before a restart ends when nothing rings any more", () => {
    expect(new FloodWatch(LIMITS, true).look(0)).toBe(false);
    expect(new FloodWatch(LIMITS, false).look(0)).toBe(null);
  });
});

describe("alarms with one cause", () => {
  const ruleOf = (key: string) => RULES.find((rule) => rule.key === key);
  const grouping = (withinMs = MINUTE_MS) => new Grouping(new Topology(SITE, RULES), withinMs, ruleOf);
  /** The incident that `rule` joins so long after `first` began one. */
  const joins = (first: Rule, rule: Rule, afterMs = 1_000, more: Partial<AlarmRecord> = {}, withinMs = MINUTE_MS) => {
    const groups = grouping(withinMs);
    const opener = record(first, more);
    groups.joined(first, opener.incident, 0);
    return groups.join(rule, undefined, liveOf(opener), afterMs)?.incident ?? null;
  };

  test.each<[string, Rule, Rule, boolean]>([
    ["of one device", HOT_1, LOST_1, true],
    ["of neighbours in one room", HOT_1, HOT_2, true],
    ["of places that have nothing in common", HOT_1, ELSEWHERE, false],
    ["of what feeds and what is fed, whichever was seen first", hot("ups"), HOT_1, true],
    ["of what is fed, then of what feeds it", HOT_1, hot("ups"), true],
    ["of devices that were lost on one bus", LOST_1, LOST_9, true],
    ["of one bus, but not lost", HOT_1, HOT_9, false],
    ["of a bus and of a device that was lost on it", LINE, LOST_9, true],
    ["of a bus and of what a device on it measures", LINE, HOT_9, false],
    ["of an adapter and the bus", silence("line", "adapterMissing"), LINE, true],
    ["of devices lost on two buses", LOST_1, silence("box-9", "lost"), false],
  ])("%s", (_, first, second, isOne) => {
    expect(joins(first, second)).toBe(isOne ? record(first).incident : null);
  });

  test.each<[string, Rule]>([
    ["an emergency", SMOKE],
    ["a door that was forced", silence("th-1", "forced")],
    ["cards that are refused", silence("th-1", "denied")],
    ["a target that takes nothing", silence("th-1", "delivery")],
    ["a warranty that runs out", state("th-1", "asset/warranty.remaining", "low")],
    ["a contract that runs out", state("th-1", "asset/contract.remaining", "low")],
    ["what is nowhere in the room", silence("box", "clock")],
  ])("%s is an incident of its own, before and after others", (_, alone) => {
    expect(joins(HOT_1, alone)).toBe(null);
    expect(joins(alone, HOT_1)).toBe(null);
  });

  test("only what is about papers is alone, not what is named like them", () => {
    expect(joins(HOT_1, state("th-1", "warranty.remaining.days", "low"))).not.toBe(null);
  });

  test("come within the time of each other, while the first is there", () => {
    expect(joins(HOT_1, HOT_2, 59_999)).not.toBe(null);
    expect(joins(HOT_1, HOT_2, 60_000)).toBe(null);
    expect(joins(HOT_1, HOT_2, 1_000, { clearedAtMs: 5 })).toBe(null);
    expect(joins(HOT_1, HOT_2, 1_000, {}, 0)).toBe(null);
  });

  test("do not join an alarm that has come back in another incident, or is over", () => {
    const groups = grouping();
    groups.joined(HOT_1, "the first", 0);
    expect(groups.join(HOT_2, undefined, liveOf(record(HOT_1, { incident: "the second" })), 1)).toBe(null);
    expect(groups.join(HOT_2, undefined, liveOf(), 1)).toBe(null);
  });

  test("are another story after five minutes, however closely they follow", () => {
    const groups = grouping();
    const live = liveOf(record(HOT_1, { incident: "story" }));
    const began = 1_000_000;
    for (let ms = 0; ms <= 299_000; ms += 50_000) groups.joined(HOT_1, "story", began + ms);
    groups.forgetOld(began + 299_999);
    expect(groups.join(HOT_2, undefined, live, began + 299_999)?.incident).toBe("story");
    expect(groups.join(HOT_2, undefined, live, began + 300_000)).toBe(null);
    groups.forgetOld(began + 300_000);
    expect(groups.join(HOT_2, undefined, live, began + 300_000)).toBe(null);
    // Forgotten, the same incident may begin anew.
    groups.joined(HOT_1, "story", began + 300_000);
    expect(groups.join(HOT_2, undefined, live, began + 300_001)?.incident).toBe("story");
  });

  test("are forgotten when their time is over, and not before", () => {
    const groups = grouping();
    const live = liveOf(record(HOT_1, { incident: "story" }));
    groups.joined(HOT_1, "story", 0);
    groups.forgetOld(59_999);
    expect(groups.join(HOT_2, undefined, live, 59_999)).not.toBe(null);
    groups.forgetOld(60_000);
    // As if it were still the same minute: nothing is left to join.
    expect(groups.join(HOT_2, undefined, live, 1)).toBe(null);
  });

  test("belong to what has failed above them, however long ago", () => {
    const failed = record(ON_BATTERY);
    expect(grouping().join(HOT_1, undefined, liveOf(record(HOT_9), failed), 1e9)).toEqual({
      ...{ incident: failed.incident, incidentKey: failed.key, incidentNumber: undefined },
    });
    expect(grouping().join(HOT_2, undefined, liveOf(failed), 1e9)).toBe(null);
    expect(grouping().join(HOT_1, undefined, liveOf({ ...failed, clearedAtMs: 1 }), 1e9)).toBe(null);
    expect(grouping().join(HOT_1, undefined, liveOf(record(hot("ups"))), 1e9)).toBe(null);
    expect(grouping().join(HOT_1, undefined, liveOf(record(state("ups", "unknown", "gone"))), 1e9)).toBe(null);
  });

  test("belong to what explains them, under the number and the key of its incident", () => {
    const cause = record(LINE, { incident: "i-7", incidentKey: "opener", incidentNumber: "RW-000007" });
    expect(grouping().join(LOST_9, cause, liveOf(), 0)).toEqual({ incident: "i-7", incidentKey: "opener", incidentNumber: "RW-000007" });
    expect(grouping(0).join(LOST_9, cause, liveOf(), 0)).toBe(null);
    expect(grouping().join(SMOKE, cause, liveOf(), 0)).toBe(null);
  });
});

describe("an incident that has grown", () => {
  const opener = record(HOT_1, { incident: "i" });
  const second = record(HOT_2, { incident: "i", incidentKey: HOT_1.key });

  test("is told once, a moment after it began to grow", () => {
    const growth = new Growth();
    growth.grew("i", 5_000);
    growth.grew("i", 5_900);
    expect(growth.due(liveOf(second, opener), 1_000, 5_999)).toEqual([]);
    expect(growth.due(liveOf(second, opener), 1_000, 6_000)).toEqual([{ cause: "update", record: opener, digest: true }]);
    expect(growth.due(liveOf(second, opener), 1_000, 9_000)).toEqual([]);
  });

  test.each<[string, readonly AlarmRecord[], AlarmRecord | null]>([
    ["by another one when the alarm that opened it is over", [record(HOT_9), { ...opener, clearedAtMs: 1 }, second], second],
    [
      "by one that is not set aside",
      [
        { ...opener, suppressedBy: "x" },
        { ...second, window: "w" },
        { ...second, key: "k" },
      ],
      { ...second, key: "k" },
    ],
    ["by nobody when all of it is over", [record(HOT_9), { ...second, clearedAtMs: 1 }], null],
  ])("%s", (_, records, speaker) => {
    const growth = new Growth();
    growth.grew("i", 0);
    expect(growth.due(liveOf(...records), 1_000, 1_000).map((change) => change.record)).toEqual(speaker === null ? [] : [speaker]);
  });

  test("and whose size was told in another way is not told again", () => {
    const growth = new Growth();
    growth.grew("i", 0);
    growth.told("i");
    expect(growth.due(liveOf(opener, second), 1_000, 5_000)).toEqual([]);
  });
});

describe("a heading", () => {
  const first = record(HOT_1, { abnormalAtMs: 5, raisedAtMs: 90 });
  const later = record(HOT_2, { abnormalAtMs: 60, raisedAtMs: 60 });

  test("of a flood says how many in how long, and which was abnormal first", () => {
    expect(floodText([later, first], 12, 600_000)).toEqual({
      zh: "告警风暴：10 分钟内 12 条告警，首发：th-1 high（中）",
      en: "Flood of alarms: 12 in 10 minutes, the first: th-1 high",
    });
    expect(floodText([first, later], 12, 600_000).en).toContain("the first: th-1 high");
    expect(floodText([], 12, 120_000)).toEqual({ zh: "告警风暴：2 分钟内 12 条告警", en: "Flood of alarms: 12 in 2 minutes" });
  });

  test("takes the time of the raise where nothing else is known", () => {
    const { abnormalAtMs: _, ...old } = record(HOT_9, { raisedAtMs: 3 });
    expect(floodText([first, old], 2, 600_000).en).toContain("the first: th-9 high");
    expect(floodText([{ ...old, raisedAtMs: 6 }, first], 2, 600_000).en).toContain("the first: th-1 high");
  });

  test("of a start names the five worst, and counts the others", () => {
    const named = (name: string, severity: AlarmRecord["severity"]) => record(HOT_1, { text: words(name), severity });
    const found = [
      named("f", "warning"),
      named("b", "major"),
      named("c", "minor"),
      named("d", "minor"),
      named("a", "critical"),
      named("e", "minor"),
    ];
    expect(restartText(found)).toEqual({
      zh: "网关开始监测时已有 6 条告警：a（中）、b（中）、c（中）、d（中）、e（中） 等",
      en: "6 alarms were there when the gateway began watching: a, b, c, d, e and 1 more",
    });
    expect(restartText(found.slice(0, 5))).toEqual({
      zh: "网关开始监测时已有 5 条告警：a（中）、b（中）、c（中）、d（中）、f（中）",
      en: "5 alarms were there when the gateway began watching: a, b, c, d, f",
    });
    expect(restartText(found.slice(0, 1)).en).toBe("1 alarm was there when the gateway began watching: f");
  });

  test("has the severity of the worst, and of the first of several", () => {
    const [minor, major, other] = [record(HOT_1), record(LOST_1), record(LOST_2)];
    expect([worstOf([minor, major, other, minor]), worstOf([])]).toEqual([major, null]);
  });
});

test("a start is over when every device was heard, or after its longest time", () => {
  const watch = new SettleWatch(2, 1_000);
  watch.heard(0);
  watch.heard(0);
  expect([watch.isOver(1_000), watch.isOver(1_000 + SETTLE_MS - 1), watch.isOver(1_000 + SETTLE_MS)]).toEqual([false, false, true]);
  watch.heard(1);
  expect(watch.isOver(1_000)).toBe(true);
  expect(new SettleWatch(0, 0).isOver(0)).toBe(true);
});

describe("an acknowledged alarm that stays", () => {
  const ruleOf = (key: string): Rule | undefined =>
    key === HOT_1.key ? { ...HOT_1, reAlarmMs: 1_000 } : key === HOT_2.key ? HOT_2 : undefined;
  const [seen, never, unknown] = [HOT_1, HOT_2, HOT_9].map((rule) => record(rule, { state: "C" })) as [
    AlarmRecord,
    AlarmRecord,
    AlarmRecord,
  ];

  test("is due after the time of its rule, and then anew", () => {
    const watch = new ReAlarms();
    const due = (ms: number) => watch.due([seen, never, unknown], ruleOf, ms);
    expect([due(500), due(1_499), due(1_500), due(1_501), due(2_500), due(2_501)]).toEqual([[], [], [HOT_1.key], [], [], [HOT_1.key]]);
  });

  test("is counted from its last acknowledgement", () => {
    const watch = new ReAlarms();
    const looks: readonly (readonly [AlarmRecord, number])[] = [
      ...[[seen, 0] as const, [{ ...seen, state: "B" }, 500] as const],
      ...[[seen, 600] as const, [seen, 1_599] as const],
    ];
    for (const [live, ms] of looks) expect(watch.due([live], ruleOf, ms)).toEqual([]);
    expect(watch.due([seen], ruleOf, 1_600)).toEqual([HOT_1.key]);
  });
});

describe("what keeps the room calm", () => {
  const WINDOW: MaintenanceWindow = {
    ...{ id: "w-1", kind: "maintenance", scope: { all: false, areas: ["row-a"], devices: [] }, change: "", requester: "r", reason: "x" },
    ...{ by: "wang", fromMs: 100, untilMs: 200, startedAtMs: null, endedAtMs: null },
  };
  const calmOf = (more: Partial<ConstructorParameters<typeof Calm>[0]> = {}) => new Calm({ site: SITE, rules: RULES, live: [], ...more });
  const NOTHING = { suppressedBy: null, window: null };
  const noIncident = () => {
    throw new Error("no incident of its own is asked for");
  };

  test("names the alarms that stand for others, and what it is set to", () => {
    const calm = calmOf();
    expect([calm.floodKey, calm.restartedKey]).toEqual([FLOOD.key, RESTARTED.key]);
    expect([FLOOD.key, RESTARTED.key, LINE.key].map((key) => calm.isHeading(key))).toEqual([true, true, false]);
    expect([calm.floodLimits, calm.groupWithinMs]).toEqual([CALM_SETTINGS.flood, CALM_SETTINGS.groupWithinMs]);
    const own = { groupWithinMs: 5, flood: { opensAbove: 1, endsBelow: 1, withinMs: 7 } };
    const other = calmOf({ settings: own, rules: [] });
    expect([other.floodLimits, other.groupWithinMs, other.floodKey, other.restartedKey]).toEqual([own.flood, 5, null, null]);
  });

  test("goes on with a flood that had not ended before the start", () => {
    expect(calmOf({ live: [record(FLOOD)] }).flood.isOpen).toBe(true);
    expect(calmOf({ live: [record(FLOOD, { clearedAtMs: 1 })] }).flood.isOpen).toBe(false);
    expect(calmOf({ live: [record(LINE)] }).flood.isOpen).toBe(false);
  });

  test("takes out of service what a window covers, from its beginning to its end", () => {
    const calm = calmOf({ windows: [WINDOW] });
    const window = (rule: Rule, ms: number) => {
      const moved = calm.look(at(ms));
      return [moved, calm.asideOf(rule, undefined, liveOf(), at(ms)).window];
    };
    expect([window(HOT_1, 99), window(HOT_1, 100), window(HOT_2, 150), window(SMOKE, 150), window(HOT_1, 200)]).toEqual([
      ...[
        [false, null],
        [true, "w-1"],
        [false, null],
        [false, null],
        [true, null],
      ],
    ]);
    calm.setWindows([]);
    expect(calm.windows).toEqual([]);
  });

  test("explains by a cause that is there; when that is over, not before the delay of the alarm is", () => {
    const calm = calmOf();
    const explained = record(LOST_9, { suppressedBy: LINE.key });
    const by = (ms: number, isThere: boolean, rule: Rule = LOST_9) =>
      calm.asideOf(rule, explained, isThere ? liveOf(record(LINE)) : liveOf(record(LINE, { clearedAtMs: 1 })), at(ms)).suppressedBy;
    expect(by(0, true)).toBe(LINE.key);
    expect(by(1_000, false)).toBe(LINE.key);
    expect(by(1_000 + RELEASE_AFTER_MS - 1, false)).toBe(LINE.key);
    // The cause is there once more: the time begins anew after it.
    expect(by(RELEASE_AFTER_MS, true)).toBe(LINE.key);
    expect(by(40_000, false)).toBe(LINE.key);
    expect(by(40_000 + RELEASE_AFTER_MS - 1, false)).toBe(LINE.key);
    expect(by(40_000 + RELEASE_AFTER_MS, false)).toBe(null);
    // And so it does when another cause has come and gone.
    expect(by(90_000, false)).toBe(LINE.key);
    expect(by(90_000 + RELEASE_AFTER_MS - 1, false)).toBe(LINE.key);
    const slow = { ...LOST_9, onDelayMs: 90_000 };
    expect([by(90_000 + 89_999, false, slow), by(90_000 + 90_000, false, slow)]).toEqual([LINE.key, null]);
  });

  test("explains nothing when nothing has failed, and never an emergency or a heading", () => {
    const calm = calmOf({ settling: true });
    for (const rule of [SMOKE, FLOOD, RESTARTED]) expect(calm.asideOf(rule, undefined, liveOf(record(LINE)), at(0))).toEqual(NOTHING);
    expect(calmOf().asideOf(LOST_9, undefined, liveOf(), at(0))).toEqual(NOTHING);
    expect(calmOf().asideOf(LOST_9, record(LOST_9), liveOf(), at(0))).toEqual(NOTHING);
  });

  describe("while watching begins", () => {
    test("holds what is found back, not what was known before", () => {
      const calm = calmOf({ settling: true });
      const by = (rule: Rule, known?: AlarmRecord) => calm.asideOf(rule, known, liveOf(), at(0)).suppressedBy;
      expect([calm.isSettling, calmOf().isSettling]).toEqual([true, false]);
      expect(by(HOT_1)).toBe(SETTLE);
      expect(by(HOT_1, record(HOT_1))).toBe(null);
      expect(by(HOT_1, record(HOT_1, { clearedAtMs: 1 }))).toBe(SETTLE);
      expect(by(HOT_1, record(HOT_1, { suppressedBy: SETTLE }))).toBe(SETTLE);
      expect(by(silence("box", "clock"))).toBe(null);
      expect(by(silence("th-1", "forced"))).toBe(null);
    });

    test("puts all that is found into one incident, under the alarm of the start", () => {
      const calm = calmOf({ settling: true });
      let made = 0;
      const open = () => ({ id: `i-${++made}`, number: `RW-${made}` });
      const join = (rule: Rule) => calm.join(rule, { suppressedBy: SETTLE, window: null }, liveOf(), at(0), open);
      const membership = { incident: "i-1", incidentKey: RESTARTED.key, incidentNumber: "RW-1" };
      expect(calm.settleIncident).toBe(null);
      expect([join(HOT_1), join(ELSEWHERE), join(RESTARTED)]).toEqual([membership, membership, null]);
      expect(calm.settleIncident).toEqual({ id: "i-1", number: "RW-1" });
    });

    test("and lets it go at once when that is over", () => {
      const over = calmOf({ settling: true });
      over.settled();
      expect(over.isSettling).toBe(false);
      expect(over.asideOf(HOT_1, record(HOT_1, { suppressedBy: SETTLE }), liveOf(), at(0)).suppressedBy).toBe(null);
      expect(over.asideOf(HOT_1, undefined, liveOf(), at(0)).suppressedBy).toBe(null);
    });

    test("without an alarm of the start each is its own incident", () => {
      const bare = calmOf({ settling: true, rules: [HOT_1] });
      expect(bare.join(HOT_1, { suppressedBy: SETTLE, window: null }, liveOf(), at(0), noIncident)).toBe(null);
    });
  });

  describe("in a flood", () => {
    const flooded = () => calmOf({ live: [record(FLOOD)] });
    const join = (calm: Calm, rule: Rule, ...live: readonly AlarmRecord[]) => calm.join(rule, NOTHING, liveOf(...live), at(0), noIncident);

    test("every alarm that could have a cause belongs to the flood, unless it has one", () => {
      const heading = record(FLOOD);
      expect(join(flooded(), HOT_1, heading)?.incident).toBe(heading.incident);
      expect(join(flooded(), HOT_1, heading, record(ON_BATTERY))?.incident).toBe(record(ON_BATTERY).incident);
      expect(join(flooded(), SMOKE, heading)).toBe(null);
      expect(join(flooded(), silence("box", "clock"), heading)).toBe(null);
      expect(join(flooded(), FLOOD, heading)).toBe(null);
      expect(join(flooded(), HOT_1)).toBe(null);
      expect(join(flooded(), HOT_1, { ...heading, clearedAtMs: 1 })).toBe(null);
      expect(join(calmOf(), HOT_1, heading)).toBe(null);
    });
  });

  test("puts an alarm into the incident of what explains it", () => {
    const cause = record(LINE);
    const aside = { suppressedBy: LINE.key, window: null };
    expect(calmOf().join(LOST_9, aside, liveOf(cause), at(0), noIncident)?.incident).toBe(cause.incident);
  });

  describe("takes note of", () => {
    const raise = (rule: Rule, more: Partial<AlarmRecord> = {}): AlarmChange => ({ cause: "raise", record: record(rule, more) });
    const clear = (rule: Rule): AlarmChange => ({ cause: "clear", record: record(rule, { clearedAtMs: 1 }) });

    test("what rings, for the flood, but not of headings nor of what does not ring", () => {
      const calm = calmOf();
      calm.saw(HOT_1, raise(HOT_1), undefined, at(0));
      calm.saw(HOT_1, { ...raise(HOT_1), cause: "aside" }, undefined, at(0));
      calm.saw(FLOOD, raise(FLOOD), undefined, at(0));
      calm.saw(RESTARTED, raise(RESTARTED), undefined, at(0));
      expect(calm.flood.count).toBe(1);
    });

    test("what is new, for those that come after it", () => {
      const calm = calmOf();
      const opener = raise(HOT_1);
      calm.saw(HOT_1, opener, undefined, at(0));
      expect(calm.join(HOT_2, NOTHING, liveOf(opener.record), at(1), noIncident)?.incident).toBe(opener.record.incident);
      calm.look(at(60_000));
      expect(calm.join(HOT_2, NOTHING, liveOf(opener.record), at(1), noIncident)).toBe(null);
      const known = calmOf();
      known.saw(HOT_1, opener, record(HOT_1), at(0));
      expect(known.join(HOT_2, NOTHING, liveOf(opener.record), at(1), noIncident)).toBe(null);
    });

    test("what comes back again and again; what only gets worse does not come back", () => {
      const calm = calmOf();
      const marks = (before: AlarmRecord | undefined, ms: number, rule: Rule = HOT_1) => calm.saw(rule, raise(rule), before, at(ms));
      const [gone, there] = [record(HOT_1, { clearedAtMs: 1 }), record(HOT_1)];
      expect([marks(undefined, 0), marks(gone, 1), marks(there, 2), marks(gone, 3)]).toEqual([{}, {}, {}, { chattering: true }]);
      expect([1, 2, 3, 4].map((ms) => marks(undefined, ms, FLOOD))).toEqual([{}, {}, {}, {}]);
    });

    test("what was hardly there and had rung", () => {
      const calm = calmOf();
      calm.saw(HOT_1, raise(HOT_1), undefined, at(0));
      const marks = (state: AlarmRecord["state"]) => calm.saw(HOT_1, clear(HOT_1), record(HOT_1, { state }), at(9_999));
      expect(["B", "C", "F"].map((state) => marks(state as AlarmRecord["state"]))).toEqual([{ fleeting: true }, { fleeting: true }, {}]);
      expect(calm.saw(HOT_1, clear(HOT_1), record(HOT_1), at(10_000))).toEqual({});
      expect(calm.saw(HOT_1, { ...clear(HOT_1), cause: "acknowledge" }, record(HOT_1), at(9_999))).toEqual({});
    });

    test("and forgets that after ten minutes", () => {
      const calm = calmOf();
      const slow = { ...HOT_1, onDelayMs: 600_000 };
      calm.saw(slow, raise(slow), undefined, at(0));
      calm.look(at(599_999));
      expect(calm.saw(slow, clear(slow), record(slow), at(600_000))).toEqual({ fleeting: true });
      calm.look(at(600_000));
      expect(calm.saw(slow, clear(slow), record(slow), at(600_000))).toEqual({});
    });
  });
});
