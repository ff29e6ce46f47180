import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { QUALITY } from "../../drivers/reading.ts";
import { AlarmBook } from "../../firmware/alarms/book.ts";
import { type AlarmStep, isRecorded } from "../../firmware/alarms/change.ts";
import type { AlarmInput } from "../../firmware/alarms/lifecycle.ts";
import type { LimitRule, Rule, SilenceRule, StateRule } from "../../firmware/alarms/rule.ts";
import type { AlarmRecord } from "../../firmware/contract/alarm.ts";

const POLL_S = 10;
const words = { zh: "冷通道温度过高", en: "Cold aisle too warm" };
const head = {
  key: "s/a/th-1/ambient.temperature/high",
  device: "th-1",
  pointId: "th-1/ambient.temperature",
  point: 0,
  unit: "°C",
  text: words,
  action: words,
  latched: false,
};

const HIGH: LimitRule = {
  ...head,
  kind: "limit",
  type: "high",
  levels: [
    { severity: "major", limit: 27 },
    { severity: "critical", limit: 32 },
  ],
  deadband: 1,
  onDelayMs: 60_000,
  offDelayMs: 120_000,
};
const LOW: LimitRule = { ...HIGH, key: "s/a/th-1/ambient.temperature/low", type: "low", levels: [{ severity: "minor", limit: 15 }] };
const LEAK: StateRule = {
  ...head,
  key: "s/a/leak-1/leak.detected/leak",
  kind: "state",
  type: "leak",
  state: 1,
  severity: "critical",
  onDelayMs: 0,
  offDelayMs: 0,
  latched: true,
};
const LOST: SilenceRule = {
  ...head,
  key: "s/a/th-1/-/lost",
  kind: "silence",
  type: "lost",
  pointId: null,
  severity: "major",
  onDelayMs: 0,
  offDelayMs: 0,
};

/** What a person does to alarms that they have seen. */
const seenBy =
  (by: string, note = "") =>
  (): AlarmInput => ({ kind: "acknowledge", by, note });

interface Story {
  readonly log: readonly string[];
  readonly end: string;
  readonly steps: readonly AlarmStep[];
}

/**
 * Plays a script, one token per poll: `29` a reading, `?` a reading that is not good, `-` a missed poll, `a` an acknowledgement
 * (takes no time), `29*7` seven times. The log has one entry per recorded change: `60s raise major`.
 */
function play(script: string, rules: readonly Rule[] = [HIGH], live: readonly AlarmRecord[] = []): Story {
  const latest = { values: new Float64Array(1).fill(Number.NaN), qualities: new Uint8Array(1).fill(QUALITY.never) };
  let incident = 0;
  const book = new AlarmBook(rules, live, () => `incident-${++incident}`);
  const steps: AlarmStep[] = [];
  let seconds = 0;
  const log: string[] = [];
  for (const token of script
    .split(" ")
    .flatMap((word) => new Array<string>(Number(word.split("*")[1] ?? 1)).fill(word.split("*")[0] ?? ""))) {
    const now = { monotonicMs: seconds * 1_000, wallMs: seconds * 1_000 };
    const done: AlarmStep[] = [];
    if (token === "a")
      done.push(
        ...book.act(
          book.live.map(({ key }) => key),
          seenBy("lin", "on my way"),
          now,
        ).changes,
      );
    else {
      if (token === "-") book.pause(0, 1, now);
      else {
        latest.values[0] = token === "?" ? Number.NaN : Number(token);
        latest.qualities[0] = token === "?" ? QUALITY.sentinel : QUALITY.good;
        done.push(...book.judge(0, 1, latest, now));
      }
      seconds += POLL_S;
    }
    for (const step of done.filter(isRecorded))
      log.push(`${now.monotonicMs / 1_000}s ${step.cause} ${step.record.severity} ${step.record.state}`);
    steps.push(...done);
  }
  const states = book.live.map(({ state, held }) => `${state}${held ? " held" : ""}`).join(",");
  return { log, end: states === "" ? "quiet" : states, steps };
}

describe("a high limit with delays and a deadband", () => {
  test.each<[string, string, readonly string[], string]>([
    ["is not raised by a short peak", "25 29*6 25*20", [], "quiet"],
    ["is raised when the peak lasts the on-delay", "29*7", ["60s raise major B"], "B"],
    ["needs the peak without a break", "29*6 25 29*6 25", [], "quiet"],
    ["does not clear inside the deadband", "29*7 26.5*100", ["60s raise major B"], "B"],
    ["clears below limit minus deadband for the off-delay", "29*7 25*13", ["60s raise major B", "190s clear major D"], "D"],
    ["recovery must also be sustained", "29*7 25*12 27 25*13", ["60s raise major B", "320s clear major D"], "D"],
    ["rises from major to critical as one alarm", "29*7 33*7", ["60s raise major B", "130s raise critical B"], "B"],
    ["goes straight to critical when both levels have lasted", "33*7", ["60s raise critical B"], "B"],
    ["falls back from critical to major without ringing", "33*7 30*13", ["60s raise critical B", "190s update major B"], "B"],
    ["silence never raises", "29*3 ?*500", [], "quiet"],
    ["silence never clears", "29*7 ?*500", ["60s raise major B"], "B held"],
    ["silence stops the watch, it does not set it back", "29*4 ?*500 29*4", ["5060s raise major B"], "B"],
    ["missed polls do not count towards a delay", "29*6 -*50 29*2", ["560s raise major B"], "B"],
  ])("%s", (_name, script, log, end) => {
    const story = play(script);
    expect(story.log).toEqual(log);
    expect(story.end).toBe(end);
  });

  test("a low limit is the mirror image", () => {
    expect(play("14*7 15.5*20 16*13", [LOW]).log).toEqual(["60s raise minor B", "390s clear minor D"]);
  });
});

describe("the operator's half, ISA-18.2", () => {
  test.each<[string, string, readonly Rule[], readonly string[], string]>([
    ["B acknowledged becomes C", "33*7 a", [HIGH], ["60s raise critical B", "70s acknowledge critical C"], "C"],
    [
      "C returning is silent and over",
      "29*7 a 25*13",
      [HIGH],
      ["60s raise major B", "70s acknowledge major C", "190s clear major A"],
      "quiet",
    ],
    ["D acknowledged is over", "29*7 25*13 a", [HIGH], ["60s raise major B", "190s clear major D", "200s acknowledge major A"], "quiet"],
    ["D coming back rings again", "29*7 25*13 29*7", [HIGH], ["60s raise major B", "190s clear major D", "260s raise major B"], "B"],
    [
      "C rings again only when it gets worse",
      "29*7 a 29*50 33*7",
      [HIGH],
      ["60s raise major B", "70s acknowledge major C", "630s raise critical B"],
      "B",
    ],
    [
      "C getting milder stays acknowledged",
      "33*7 a 30*13",
      [HIGH],
      ["60s raise critical B", "70s acknowledge critical C", "190s update major C"],
      "C",
    ],
    ["acknowledging twice is nothing new", "29*7 a a a", [HIGH], ["60s raise major B", "70s acknowledge major C"], "C"],
    ["a latched alarm rings until somebody has seen it", "1 0*50", [LEAK], ["0s raise critical B", "10s clear critical B"], "B"],
    [
      "a latched alarm ends when it is seen after the return",
      "1 0 a",
      [LEAK],
      ["0s raise critical B", "10s clear critical B", "20s acknowledge critical A"],
      "quiet",
    ],
  ])("%s", (_name, script, rules, log, end) => {
    const story = play(script, rules);
    expect(story.log).toEqual(log);
    expect(story.end).toBe(end);
  });

  test("who acknowledged and what they wrote is in the record", () => {
    const last = play("29*7 a").steps.at(-1);
    expect(last?.record.acknowledgement).toEqual({ atMs: 70_000, by: "lin", note: "on my way" });
  });

  test("a raise that comes back keeps its incident and counts", () => {
    const { steps } = play("29*7 25*13 29*7");
    expect(new Set(steps.map(({ record }) => record.incident)).size).toBe(1);
    expect(steps.at(-1)?.record.raiseCount).toBe(2);
  });

  test("who comes second is told who was first", () => {
    const now = { monotonicMs: 0, wallMs: 7 };
    const book = new AlarmBook([LOST], [], () => "i");
    book.silence(LOST.key, true, now);
    book.act([LOST.key], seenBy("lin"), now);
    const { changes, unchanged } = book.act([LOST.key], seenBy("wang"), { ...now, wallMs: 9 });
    expect(changes).toEqual([]);
    expect(unchanged).toMatchObject([{ key: LOST.key, acknowledgement: { by: "lin", atMs: 7 } }]);
  });

  test("an unknown key is told, not an error", () => {
    const book = new AlarmBook([HIGH], [], () => "i");
    expect(book.act(["s/a/gone"], seenBy("lin"), { monotonicMs: 0, wallMs: 0 })).toEqual({
      ...{ changes: [], notFound: ["s/a/gone"], unchanged: [] },
    });
  });
});

describe("after a restart", () => {
  const acknowledged = play("29*7 a").steps.at(-1)?.record as AlarmRecord;
  const ringing = play("33*7").steps.at(-1)?.record as AlarmRecord;

  test("an acknowledged alarm does not ring again while the condition lasts", () => {
    expect(play("29*500", [HIGH], [acknowledged])).toMatchObject({ log: [], end: "C" });
  });
  test("a ringing alarm goes on without a second raise", () => {
    expect(play("33*500", [HIGH], [ringing])).toMatchObject({ log: [], end: "B" });
  });
  test("it clears by the same delays as before", () => {
    expect(play("25*13", [HIGH], [acknowledged]).log).toEqual(["120s clear major A"]);
  });
  test("nothing is cleared before a good reading came", () => {
    expect(play("?*500", [HIGH], [ringing]).end).toBe("B held");
  });
  test("an alarm whose rule is gone from the site ends", () => {
    const book = new AlarmBook([], [ringing], () => "i");
    expect(book.retire({ monotonicMs: 0, wallMs: 5 })).toMatchObject([{ cause: "clear", record: { state: "A", clearedAtMs: 5 } }]);
    expect(book.live).toEqual([]);
  });
});

test("silence alarms live by the same life cycle", () => {
  const book = new AlarmBook([LOST], [], () => "i");
  const at = (seconds: number) => ({ monotonicMs: seconds * 1_000, wallMs: seconds * 1_000 });
  expect(book.silence(LOST.key, true, at(0))).toMatchObject([{ cause: "raise", record: { type: "lost", state: "B" } }]);
  expect(book.silence(LOST.key, true, at(1))).toEqual([]);
  expect(book.silence(LOST.key, false, at(2))).toMatchObject([{ cause: "clear", record: { state: "D" } }]);
});

test("a delay runs out between two readings", () => {
  const latest = { values: Float64Array.of(1), qualities: Uint8Array.of(QUALITY.good) };
  const book = new AlarmBook([{ ...LEAK, onDelayMs: 2_000 }], [], () => "i");
  expect(book.judge(0, 1, latest, { monotonicMs: 0, wallMs: 0 })).toEqual([]);
  expect(book.tick(latest, { monotonicMs: 1_999, wallMs: 0 })).toEqual([]);
  expect(book.tick(latest, { monotonicMs: 2_000, wallMs: 0 })).toMatchObject([{ cause: "raise" }]);
});

test("an alarm that went back while an act was refused waits for somebody, returned and unseen", () => {
  const latest = { values: Float64Array.of(1), qualities: Uint8Array.of(QUALITY.good) };
  const book = new AlarmBook([{ ...LEAK, latched: false }], [], () => "i");
  const now = { monotonicMs: 0, wallMs: 7 };
  book.judge(0, 1, latest, now);
  const before = book.live;
  const { changes } = book.act([LEAK.key], seenBy("lin"), now);
  latest.values[0] = 0;
  book.judge(0, 1, latest, now);
  book.rescind(changes, before, now);
  expect(book.get(LEAK.key)).toMatchObject({ state: "D", clearedAtMs: 7 });
});

test("a record that was held before a restart is held no longer than its reading is away", () => {
  const held = { ...(play("33*7").steps.at(-1)?.record as AlarmRecord), held: true };
  expect(play("33", [HIGH], [held])).toMatchObject({ log: [], end: "B" });
});

test("an act that could not be recorded is taken back, unless the alarm has moved on", () => {
  const latest = { values: Float64Array.of(1), qualities: Uint8Array.of(QUALITY.good) };
  const book = new AlarmBook([{ ...LEAK, latched: false }], [], () => "i");
  const now = { monotonicMs: 0, wallMs: 0 };
  book.judge(0, 1, latest, now);
  const before = book.live;
  const { changes } = book.act([LEAK.key], seenBy("lin"), now);
  book.rescind(changes, before, now);
  expect(book.get(LEAK.key)?.state).toBe("B");
});

const token = fc.oneof(fc.constantFrom("14", "20", "26.5", "29", "33", "?", "-", "a"));
const script = fc
  .array(fc.tuple(token, fc.integer({ min: 1, max: 15 })), { minLength: 1, maxLength: 60, size: "max" })
  .map((list) => list.map(([word, times]) => (word === "a" ? "a" : `${word}*${times}`)).join(" "));

test("law: raise and clear strictly alternate for each incident, whatever the sensor and the people do", () => {
  fc.assert(
    fc.property(script, (text) => {
      let open = false;
      for (const { cause, record } of play(text).steps.filter(isRecorded)) {
        if (cause === "clear") {
          expect(open, text).toBe(true);
          open = false;
        } else if (cause === "raise") {
          // An escalation is a raise of an alarm that is open already; it must be more severe.
          if (!open) expect(record.clearedAtMs, text).toBeNull();
          open = true;
        }
      }
    }),
  );
});

test("law: a live alarm is never lost by readings that are not good", () => {
  fc.assert(
    fc.property(script, fc.integer({ min: 1, max: 200 }), (text, polls) => {
      const before = play(text);
      const after = play(`${text} ?*${polls}`);
      expect(after.log).toEqual(before.log);
      expect(after.end.replaceAll(" held", "")).toBe(before.end.replaceAll(" held", ""));
    }),
  );
});

test("law: a restart in the middle of a story never rings an acknowledged alarm again by itself", () => {
  fc.assert(
    fc.property(script, (text) => {
      const { steps } = play(`${text} a`);
      const live = new Map<string, AlarmRecord>();
      for (const { record } of steps) {
        if (record.state === "A") live.delete(record.key);
        else live.set(record.key, record);
      }
      for (const record of live.values()) {
        const value = record.severity === "critical" ? "33" : "29";
        expect(play(`${value}*50`, [HIGH], [record]).log).toEqual([]);
      }
    }),
  );
});
