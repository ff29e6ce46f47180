import { describe, expect, test } from "vitest";
import { QUALITY } from "../../drivers/reading.ts";
import { AlarmBook, type BookTime } from "../../firmware/alarms/book.ts";
import { Calm } from "../../firmware/alarms/calm.ts";
import type { AlarmStep } from "../../firmware/alarms/change.ts";
import { LatelyEnded } from "../../firmware/alarms/lately.ts";
import type { AlarmInput } from "../../firmware/alarms/lifecycle.ts";
import type { Rule, StateRule } from "../../firmware/alarms/rule.ts";
import type { AlarmRecord } from "../../firmware/contract/alarm.ts";
import type { MaintenanceWindow } from "../../firmware/contract/maintenance.ts";
import { ELSEWHERE, FLOOD, HOT_1, HOT_2, hot, LINE, LOST_1, LOST_2, LOST_9, RESTARTED, record, SITE, SMOKE, state } from "./small-room.ts";

const WARM = 28;
const COOL = 20;
const at = (ms: number, more: Partial<BookTime> = {}): BookTime => ({ monotonicMs: ms, wallMs: ms, ...more });
const seen: AlarmInput = { kind: "acknowledge", by: "wang", note: "" };
const shelve = (untilMs: number | null): AlarmInput => ({ kind: "shelve", shelf: { atMs: 0, by: "wang", reason: "x", untilMs } });

/** A book with readings that a test sets; every step is written down as `raise B key`. */
class Room {
  readonly latest = { values: new Float64Array(8), qualities: new Uint8Array(8).fill(QUALITY.good) };
  readonly book: AlarmBook;
  #made = 0;

  constructor(
    rules: readonly Rule[],
    parts: {
      readonly live?: readonly AlarmRecord[];
      readonly calm?: Partial<ConstructorParameters<typeof Calm>[0]>;
      readonly reopensWithinMs?: number;
    } = {},
  ) {
    const { live = [], calm, reopensWithinMs } = parts;
    const number = (): string => `RW-${++this.#made}`;
    this.book = new AlarmBook(
      ...([rules, live, () => `i-${this.#made + 1}`, number, undefined] as const),
      calm === undefined ? undefined : new Calm({ site: SITE, rules, live, ...calm }),
      reopensWithinMs === undefined ? null : new LatelyEnded(reopensWithinMs),
    );
  }

  read(value: number, now: BookTime, point = 0): readonly AlarmStep[] {
    this.latest.values[point] = value;
    return this.book.judge(point, 1, this.latest, now);
  }

  tick(ms: number): readonly AlarmStep[] {
    return this.book.tick(this.latest, at(ms));
  }

  act(rule: Rule, input: AlarmInput, ms: number) {
    return this.book.act([rule.key], () => input, at(ms));
  }

  of(rule: Rule): AlarmRecord | undefined {
    return this.book.get(rule.key);
  }
}

const said = (steps: readonly AlarmStep[]): readonly string[] =>
  steps.map(({ cause, record: one }) => `${cause} ${one.state} ${one.device} ${one.type}`);

describe("an answer", () => {
  const rules = [0, 1, 2, 3].map((point) => hot(`d-${point}`, { point }));

  test("is judged by all rules of its points, and by no others", () => {
    const room = new Room([...rules, hot("second", { point: 2 })]);
    room.latest.values.fill(WARM);
    expect(said(room.book.judge(1, 2, room.latest, at(0)))).toEqual(["raise B d-1 high", "raise B d-2 high", "raise B second high"]);
    expect(room.book.judge(5, 3, room.latest, at(0))).toEqual([]);
  });

  test("that is missed stops the delays of its points alone, also between two readings", () => {
    const slow = rules.map((rule) => ({ ...rule, onDelayMs: 1_000 }));
    const room = new Room(slow);
    expect(room.book.isRestless).toBe(false);
    room.latest.values.fill(WARM);
    room.book.judge(0, 4, room.latest, at(0));
    expect(room.book.isRestless).toBe(true);
    room.book.pause(1, 2, at(500));
    expect(said(room.tick(1_000))).toEqual(["raise B d-0 high", "raise B d-3 high"]);
    expect(room.book.isRestless).toBe(false);
    expect(room.tick(9_000)).toEqual([]);
    room.book.pause(6, 1, at(9_000));
    expect(said(room.read(WARM, at(10_000), 1))).toEqual([]);
    expect(said(room.read(WARM, at(10_500), 1))).toEqual(["raise B d-1 high"]);
  });

  test("that is not good holds what is there, raises nothing, and stops its delay", () => {
    const room = new Room([hot("d-0", { onDelayMs: 1_000 })]);
    room.read(WARM, at(0));
    room.latest.qualities[0] = QUALITY.timeout;
    expect([room.read(WARM, at(400)), room.tick(1_000), room.tick(5_000), room.book.isRestless]).toEqual([[], [], [], false]);
    room.latest.qualities[0] = QUALITY.good;
    expect([room.read(WARM, at(6_000)), room.tick(6_599), said(room.tick(6_600))]).toEqual([[], [], ["raise B d-0 high"]]);
    room.latest.qualities[0] = QUALITY.timeout;
    expect(said(room.read(WARM, at(8_000)))).toEqual(["hold B d-0 high"]);
    expect(room.read(WARM, at(9_000))).toEqual([]);
    room.latest.qualities[0] = QUALITY.good;
    expect(said(room.read(WARM, at(9_500)))).toEqual(["hold B d-0 high"]);
  });

  test("is judged between two readings by what the rule makes of it", () => {
    const derivation = { kind: "deviation", from: { kind: "number", points: [1], value: () => -5 } } as const;
    const room = new Room([hot("d-0", { onDelayMs: 1_000, derivation, levels: [{ severity: "minor", limit: 3 }] })]);
    expect([room.read(1, at(0)), said(room.tick(1_000))]).toEqual([[], ["raise B d-0 high"]]);
  });

  test("ends a delay when its value is back", () => {
    const room = new Room([hot("d-0", { onDelayMs: 1_000 })]);
    room.read(WARM, at(0));
    room.read(COOL, at(1));
    expect([room.book.isRestless, room.tick(5_000)]).toEqual([false, []]);
  });
});

describe("the extremes of an alarm", () => {
  const extremes = (room: Room, rule: Rule) => [room.of(rule)?.minimum, room.of(rule)?.maximum];

  test("are those while its condition is there", () => {
    const room = new Room([HOT_1]);
    const outcome = (value: number) => {
      room.read(value, at(0));
      return extremes(room, HOT_1);
    };
    expect([28, 27.5, 29, 28].map(outcome)).toEqual([
      ...[
        [28, 28],
        [27.5, 28],
        [27.5, 29],
        [27.5, 29],
      ],
    ]);
    expect([20, 10].map(outcome)).toEqual([
      ...[
        [27.5, 29],
        [27.5, 29],
      ],
    ]);
  });

  test("begin anew where none are known", () => {
    const room = new Room([HOT_1], { live: [record(HOT_1, { minimum: null, maximum: null })] });
    room.read(29, at(0));
    expect(extremes(room, HOT_1)).toEqual([29, 29]);
  });

  test("there are none of a state, and none of another alarm", () => {
    const door = state("th-1", "door", "open", { offDelayMs: 1_000 });
    const room = new Room([door, hot("th-2", { point: 1 })]);
    room.read(1, at(0));
    room.read(0, at(1));
    room.read(20, at(2), 1);
    expect(extremes(room, door)).toEqual([1, 1]);
  });
});

describe("at a start", () => {
  const TWO = hot("th-1", {
    levels: [
      { severity: "minor", limit: 27 },
      { severity: "critical", limit: 32 },
    ],
  });

  test("an alarm that stands takes the severity that its rule gives it now", () => {
    const outcome = (severity: AlarmRecord["severity"], value: number) => {
      const limit = severity === "critical" ? 32 : 27;
      const steps = new Room([TWO], { live: [record(TWO, { severity, limit })] }).read(value, at(0));
      return steps.map(({ cause, record: one }) => `${cause} ${one.severity}`);
    };
    expect([outcome("critical", 30), outcome("critical", 33), outcome("minor", 30), outcome("minor", 33)]).toEqual([
      ...[["update minor"], [], [], ["raise critical"]],
    ]);
    expect([outcome("major", 30), outcome("major", 20)]).toEqual([["update minor"], ["clear major"]]);
  });

  test("an alarm that stands takes the limit that its rule has now, once, and nobody has to look again", () => {
    const seen = record(TWO, { severity: "minor", limit: 25, state: "C", acknowledgement: { atMs: 1, by: "wang", note: "" } });
    const room = new Room([TWO], { live: [seen] });
    const [step] = room.read(30, at(9));
    // What only the room shows is not recorded: no service desk hears of it, and no incident begins with it.
    expect(step).toEqual({ cause: "hold", record: { ...seen, limit: 27 } });
    expect(room.read(30, at(10))).toEqual([]);
    const aside = record(TWO, { severity: "minor", limit: 25, state: "G", window: "w" });
    expect(new Room([TWO], { live: [aside] }).read(30, at(9))).toMatchObject([{ cause: "hold", record: { state: "G", limit: 27 } }]);
  });

  test("an alarm whose rule has no limit at this time of day keeps the one it was raised by", () => {
    const open = { ...TWO, levels: TWO.levels.map((level) => ({ ...level, limit: Number.POSITIVE_INFINITY })), offDelayMs: 60_000 };
    const room = new Room([open], { live: [record(TWO, { severity: "minor", limit: 27 })] });
    expect(room.read(30, at(9))).toEqual([]);
  });

  test("an alarm that has returned begins with nothing on", () => {
    const room = new Room([TWO], { live: [record(TWO, { state: "D", clearedAtMs: 5 })] });
    expect([room.read(COOL, at(9)), said(room.read(WARM, at(10)))]).toEqual([[], ["raise B th-1 high"]]);
  });

  test("what is gone from the site ends; what has returned keeps when it did", () => {
    const room = new Room([HOT_1], { live: [record(HOT_1), record(HOT_2), record(ELSEWHERE, { state: "D", clearedAtMs: 3 })] });
    const ended = room.book.retire(at(9));
    expect(
      ended.map(({ cause, record: { key, state: now, clearedAtMs, changedAtMs } }) => [cause, key, now, clearedAtMs, changedAtMs]),
    ).toEqual([
      ...[
        ["clear", HOT_2.key, "A", 9, 9],
        ["clear", ELSEWHERE.key, "A", 3, 9],
      ],
    ]);
    expect(room.book.live.map(({ key }) => key)).toEqual([HOT_1.key]);
  });

  test("a window that is in force holds for the first reading", () => {
    const room = new Room([HOT_1], { calm: { windows: [window({})] } });
    room.book.retire(at(1));
    expect(said(room.read(WARM, at(1)))).toEqual(["aside G th-1 high"]);
  });

  test("what came and went before it is still held on", () => {
    const room = new Room([HOT_1], { live: [record(HOT_1, { chattering: true })] });
    expect([room.read(COOL, at(0)), room.read(COOL, at(599_999)), said(room.read(COOL, at(600_000)))]).toEqual([
      [],
      [],
      ["clear D th-1 high"],
    ]);
  });
});

describe("the first record of an alarm", () => {
  test("has a number, and says that its time is not certain when it is not", () => {
    const room = new Room([HOT_1, hot("th-2", { point: 1 })]);
    const [sure] = room.read(WARM, at(0));
    expect(sure?.record).toMatchObject({ incident: "i-1", incidentNumber: "RW-1" });
    expect(sure?.record).not.toHaveProperty("timeMark");
    expect(sure?.record).not.toHaveProperty("incidentKey");
    expect(room.read(WARM, at(0, { certain: false }), 1)[0]?.record).toMatchObject({ timeMark: "uncertain", incidentNumber: "RW-2" });
    expect(room.read(COOL, at(0, { certain: false }))[0]?.record).not.toHaveProperty("timeMark");
  });

  test("has no number where nobody gives any", () => {
    const book = new AlarmBook([LOST_1], [], () => "i");
    expect(book.silence(LOST_1.key, true, at(0))[0]?.record).not.toHaveProperty("incidentNumber");
  });

  test("is put right when the time of day becomes known, and the others stay", () => {
    const room = new Room([HOT_1, LOST_2], { live: [record(LOST_2, { raisedAtMs: 1, changedAtMs: 1 })] });
    room.read(WARM, at(100, { certain: false }));
    const changed = room.book.restamp({ beganMs: 50, offsetMs: 1_000 });
    expect(changed).toMatchObject([{ key: HOT_1.key, raisedAtMs: 1_100, timeMark: "corrected" }]);
    expect([room.of(HOT_1)?.raisedAtMs, room.of(LOST_2)?.raisedAtMs]).toEqual([1_100, 1]);
  });

  test("opens the incident of an alarm again that ended just now", () => {
    const room = new Room([HOT_1], { reopensWithinMs: 1_000 });
    const once = (ms: number) => {
      const [raised] = room.read(WARM, at(ms));
      room.act(HOT_1, seen, ms);
      room.read(COOL, at(ms));
      return raised?.record;
    };
    const [first, back, late] = [once(0), once(999), once(1_999)];
    expect([first?.incident, back?.incident, late?.incident]).toEqual(["i-1", "i-1", "i-2"]);
    expect(back).toMatchObject({ incidentNumber: "RW-1", incidentKey: HOT_1.key });
  });
});

describe("an alarm that comes and goes", () => {
  const flap = (room: Room, ms: number) => {
    const [raised] = room.read(WARM, at(ms));
    const [cleared] = room.read(COOL, at(ms + 1_000));
    return [raised?.record, cleared?.record];
  };

  test("is held on after the third time until it has been quiet, and then as its rule says", () => {
    const room = new Room([HOT_1]);
    flap(room, 0);
    flap(room, 5_000);
    const [third, cleared] = flap(room, 10_000);
    expect([third?.chattering, cleared]).toEqual([true, undefined]);
    expect(room.act(HOT_1, seen, 12_000).changes[0]?.record.chattering).toBe(true);
    expect([room.read(COOL, at(610_999)), said(room.read(COOL, at(611_000)))]).toEqual([[], ["clear A th-1 high"]]);
    const [again, over] = flap(room, 700_000);
    expect([again?.chattering, over?.state, over?.chattering]).toEqual([undefined, "D", undefined]);
  });

  test("says that it was hardly there when it is over, and no longer when it is back", () => {
    const room = new Room([HOT_1]);
    const [first, over] = flap(room, 0);
    expect([first?.fleeting, over?.fleeting]).toEqual([undefined, true]);
    expect(room.read(WARM, at(30_000))[0]?.record).not.toHaveProperty("fleeting");
    expect(room.read(COOL, at(50_000))[0]?.record).not.toHaveProperty("fleeting");
  });

  test("and is judged elsewhere is not held on here", () => {
    const room = new Room([LOST_1]);
    for (const ms of [0, 1_000, 2_000, 3_000]) {
      expect(room.book.silence(LOST_1.key, true, at(ms))[0]?.record).not.toHaveProperty("chattering");
      expect(said(room.book.silence(LOST_1.key, false, at(ms + 1)))).toEqual(["clear D th-1 lost"]);
    }
  });
});

describe("a condition that is judged elsewhere", () => {
  test("is there or not, and said once", () => {
    const room = new Room([LOST_1, HOT_1]);
    const silent = (on: boolean) => said(room.book.silence(LOST_1.key, on, at(0)));
    expect([silent(true), silent(true), silent(false), silent(false)]).toEqual([["raise B th-1 lost"], [], ["clear D th-1 lost"], []]);
  });

  test("has a rule of its own", () => {
    const room = new Room([HOT_1]);
    for (const key of ["unknown", HOT_1.key]) expect(() => room.book.silence(key, true, at(0))).toThrow(`no silence rule ${key}`);
  });
});

describe("what a person does", () => {
  test("is done once to each alarm, and says what is not there and what it does not change", () => {
    const room = new Room([LOST_1, LOST_2], { live: [record(HOT_2)] });
    room.book.silence(LOST_1.key, true, at(0));
    room.book.silence(LOST_2.key, true, at(0));
    room.act(LOST_2, seen, 1);
    const done = room.book.act([LOST_1.key, LOST_1.key, LOST_2.key, HOT_2.key, "gone"], () => seen, at(2));
    expect(said(done.changes)).toEqual(["acknowledge C th-1 lost"]);
    expect([done.unchanged.map(({ key }) => key), done.notFound]).toEqual([[LOST_2.key], [HOT_2.key, "gone"]]);
  });

  test("may depend on the rule of the alarm", () => {
    const room = new Room([LOST_1]);
    room.book.silence(LOST_1.key, true, at(0));
    const rules: Rule[] = [];
    const input = (rule: Rule): AlarmInput => {
      rules.push(rule);
      return seen;
    };
    room.book.act([LOST_1.key], input, at(1));
    expect(rules).toEqual([LOST_1]);
  });
});

describe("an act that could not be recorded", () => {
  /** The alarm after an act was taken back; `meanwhile` happens between the two. */
  const outcome = (input: AlarmInput, meanwhile: (room: Room) => void, rule: Rule = HOT_1, prepare: (room: Room) => void = () => {}) => {
    const room = new Room([rule]);
    room.read(WARM, at(0));
    prepare(room);
    const before = room.book.live;
    const { changes } = room.act(rule, input, 5);
    meanwhile(room);
    room.book.rescind(changes, before, at(9));
    return room.of(rule);
  };
  const silence: AlarmInput = { kind: "silence", by: "wang", untilMs: 100 };

  test("is taken back", () => {
    expect(outcome(seen, () => {})).toMatchObject({ state: "B", acknowledgement: null });
    expect(outcome(silence, () => {})).not.toHaveProperty("soundOff");
    const returned = outcome(
      seen,
      () => {},
      HOT_1,
      (room) => room.read(COOL, at(1)),
    );
    expect(returned).toMatchObject({ state: "D", clearedAtMs: 1 });
  });

  test("is taken back also when readings have gone on meanwhile, and these stay", () => {
    expect(outcome(seen, (room) => room.read(31, at(6)))).toMatchObject({ state: "B", acknowledgement: null, maximum: 31 });
    expect(outcome(seen, (room) => room.read(27.5, at(6)))).toMatchObject({ state: "B", minimum: 27.5 });
    const held = outcome(seen, (room) => {
      room.latest.qualities[0] = QUALITY.timeout;
      room.read(WARM, at(6));
    });
    expect(held).toMatchObject({ state: "B", held: true });
    expect(outcome(silence, (room) => room.read(31, at(6)))).not.toHaveProperty("soundOff");
  });

  test("is left when the alarm has moved on", () => {
    const two = hot("th-1", {
      levels: [
        { severity: "minor", limit: 27 },
        { severity: "major", limit: 32 },
      ],
    });
    expect(outcome(seen, (room) => room.read(40, at(6)), two)).toMatchObject({ state: "B", severity: "major" });
    expect(outcome(shelve(50), (room) => room.act(HOT_1, shelve(80), 6))?.shelf?.untilMs).toBe(80);
    expect(outcome(silence, (room) => room.act(HOT_1, { ...silence, untilMs: 200 } as AlarmInput, 5))?.soundOff?.untilMs).toBe(200);
    expect(outcome(silence, (room) => room.act(HOT_1, seen, 5))?.state).toBe("C");
  });

  test("leaves an alarm that went back meanwhile to be seen", () => {
    expect(outcome(seen, (room) => room.read(COOL, at(6)))).toMatchObject({
      state: "D",
      clearedAtMs: 9,
      changedAtMs: 9,
      acknowledgement: null,
    });
  });

  test("is nothing to an alarm that was not there before it", () => {
    const room = new Room([LOST_1]);
    room.book.silence(LOST_1.key, true, at(0));
    const { changes } = room.act(LOST_1, seen, 1);
    room.book.rescind(changes, [record(LOST_2)], at(2));
    expect(room.of(LOST_1)?.state).toBe("C");
  });
});

const window = (more: Partial<MaintenanceWindow>): MaintenanceWindow => ({
  ...{ id: "w", kind: "maintenance", scope: { all: true, areas: [], devices: [] }, change: "", requester: "r", reason: "x", by: "wang" },
  ...{ fromMs: 0, untilMs: null, startedAtMs: null, endedAtMs: null },
  ...more,
});

describe("time, windows and causes", () => {
  test("a window sets aside at once what is there, and gives it back at its end", () => {
    const room = new Room([HOT_1], { calm: {} });
    room.read(WARM, at(0));
    expect(said(room.book.setWindows([window({})], at(1)))).toEqual(["aside G th-1 high"]);
    expect(room.book.setWindows([window({})], at(2))).toEqual([]);
    expect(said(room.book.setWindows([], at(3)))).toEqual(["raise B th-1 high"]);
  });

  test("a window begins and ends by itself", () => {
    const room = new Room([HOT_1], { calm: { windows: [window({ fromMs: 100, untilMs: 200 })] } });
    room.read(WARM, at(0));
    expect([room.tick(99), said(room.tick(100)), room.tick(199), said(room.tick(200)), room.tick(201)]).toEqual([
      ...[[], ["aside G th-1 high"], [], ["raise B th-1 high"], []],
    ]);
  });

  test("what explains an alarm that is there already sets it aside with the next look", () => {
    const room = new Room([LOST_9, LINE], { calm: {} });
    room.book.silence(LOST_9.key, true, at(0));
    room.tick(1);
    room.book.silence(LINE.key, true, at(2));
    expect(said(room.tick(3)).filter((line) => line.includes("th-9"))).toEqual(["aside F th-9 lost"]);
    room.book.silence(LINE.key, false, at(4));
    expect([said(room.tick(5)), said(room.tick(30_005))]).toEqual([[], ["raise B th-9 lost"]]);
  });

  test("a shelf ends with its time: what is there rings, what is not is over", () => {
    const room = new Room([LOST_1, LOST_2], { calm: {} });
    for (const rule of [LOST_1, LOST_2]) {
      room.book.silence(rule.key, true, at(0));
      room.act(rule, shelve(100), 1);
    }
    room.book.silence(LOST_2.key, false, at(2));
    expect(room.tick(99)).toEqual([]);
    expect(said(room.tick(100))).toEqual(["raise B th-1 lost", "aside A th-2 lost"]);
    expect([room.of(LOST_2), room.tick(101)]).toEqual([undefined, []]);
  });

  test("one without an end stays", () => {
    const room = new Room([LOST_1], { calm: {} });
    room.book.silence(LOST_1.key, true, at(0));
    room.act(LOST_1, shelve(null), 1);
    expect([room.tick(1e9), room.of(LOST_1)?.state]).toEqual([[], "E"]);
  });

  test("an emergency rings in a window, and comes out of a shelf that should never have been", () => {
    const room = new Room([SMOKE], { calm: { windows: [window({})] }, live: [] });
    room.book.retire(at(0));
    expect(said(room.read(1, at(1)))).toEqual(["raise B th-1 alarm"]);
    expect(room.tick(2)).toEqual([]);
    const shelf = { atMs: 0, by: "wang", reason: "x", untilMs: 50 };
    const old = new Room([SMOKE], { calm: {}, live: [record(SMOKE, { state: "E", shelf })] });
    expect(said(old.tick(50))).toEqual(["raise B th-1 alarm"]);
  });

  test("an alarm whose rule is not known is left as it is", () => {
    const room = new Room([], { calm: {}, live: [record(HOT_1)] });
    expect([room.tick(1), room.of(HOT_1)?.state]).toEqual([[], "B"]);
  });
});

describe("an incident that grows", () => {
  const [one, two] = [hot("th-1"), hot("th-2", { point: 1 })];

  test("says once how many alarms it has, a minute after the second came", () => {
    const room = new Room([one, two], { calm: {} });
    room.read(WARM, at(0));
    expect(room.read(WARM, at(1_000), 1)[0]?.record).toMatchObject({ incident: "i-1", incidentKey: one.key, incidentNumber: "RW-1" });
    expect([room.tick(60_999), said(room.tick(61_000)), room.tick(200_000)]).toEqual([[], ["update B th-1 high"], []]);
  });

  test("does not by an alarm that rings again, nor by one that is set aside until that rings", () => {
    const room = new Room([one, two], { calm: {} });
    room.read(WARM, at(0));
    room.read(WARM, at(1_000), 1);
    room.tick(61_000);
    room.read(COOL, at(70_000), 1);
    room.read(WARM, at(80_000), 1);
    expect(room.tick(200_000)).toEqual([]);

    const windows = [window({ scope: { all: false, areas: [], devices: ["th-2"] } })];
    const quiet = new Room([one, two], { calm: { windows } });
    quiet.book.retire(at(0));
    quiet.read(WARM, at(0));
    expect(said(quiet.read(WARM, at(1_000), 1))).toEqual(["aside G th-2 high"]);
    expect(quiet.tick(100_000)).toEqual([]);
    quiet.book.setWindows([], at(200_000));
    expect([quiet.tick(259_999), said(quiet.tick(260_000))]).toEqual([[], ["update B th-1 high"]]);
  });
});

describe("a flood", () => {
  const many = ["th-1", "box-9", "ups", "th-2"].map((device, point) => hot(device, { point }));
  const settings = { groupWithinMs: 0, flood: { opensAbove: 2, endsBelow: 2, withinMs: 60_000 } };
  const flooded = () => {
    const room = new Room([...many, FLOOD], { calm: { settings } });
    room.read(WARM, at(0), 0);
    room.read(WARM, at(1_000), 1);
    return { room, steps: room.read(WARM, at(2_000), 2) };
  };

  test("is one alarm with its own incident, that says how many and which came first", () => {
    const { room, steps } = flooded();
    expect(said(steps)).toEqual(["raise B ups high", "raise B box flood"]);
    const heading = steps[1]?.record;
    expect(heading).toMatchObject({ incident: "i-4", incidentNumber: "RW-4", raiseCount: 1, key: FLOOD.key });
    expect(heading?.text.en).toBe("Flood of alarms: 3 in 1 minutes, the first: th-1 high");
    expect(heading).not.toHaveProperty("abnormalAtMs");
    expect(heading).not.toHaveProperty("timeMark");
    expect(room.of(FLOOD)).toEqual(heading);
  });

  test("ends by itself, and is counted when it comes again before anybody looked", () => {
    const { room } = flooded();
    expect([room.tick(60_999), said(room.tick(61_000))]).toEqual([[], ["clear D box flood"]]);
    for (const [point, ms] of [
      [0, 70_000],
      [1, 71_000],
      [2, 72_000],
    ] as const) {
      room.read(COOL, at(ms), point);
      room.read(WARM, at(ms, { certain: false }), point);
    }
    expect(room.of(FLOOD)).toMatchObject({ raiseCount: 2, state: "B", timeMark: "uncertain" });
  });

  test("names of those that ring and began within its time the first", () => {
    const room = new Room([...many, FLOOD], { calm: { settings } });
    room.read(WARM, at(0), 3);
    room.read(WARM, at(60_000), 0);
    room.act(many[0] as Rule, seen, 60_000);
    room.read(WARM, at(60_000), 1);
    room.read(WARM, at(61_000), 2);
    expect(room.of(FLOOD)?.text.en).toContain("3 in 1 minutes, the first: box-9 high");
  });

  test("without an alarm for it is not told", () => {
    const room = new Room(many, { calm: { settings } });
    for (const point of [0, 1, 2]) expect(room.read(WARM, at(0), point)).toHaveLength(1);
    expect(room.book.live).toHaveLength(3);
  });
});

describe("when watching has begun", () => {
  const [one, other] = [hot("th-1"), hot("box-9", { point: 1, levels: [{ severity: "major", limit: 27 }] })];
  const rules = [one, other, LOST_9, LINE, RESTARTED, FLOOD];
  const begun = (live: readonly AlarmRecord[] = [], more: readonly Rule[] = rules) => new Room(more, { calm: { settling: true }, live });

  test("what was found is told together: a heading, under it what still stands, and the heading is over", () => {
    const room = begun();
    expect(said([...room.read(WARM, at(0)), ...room.read(WARM, at(1), 1)])).toEqual(["aside F th-1 high", "aside F box-9 high"]);
    const steps = room.book.settled(at(9_000));
    expect(said(steps)).toEqual(["raise B box restarted", "raise B th-1 high", "raise B box-9 high", "clear D box restarted"]);
    expect(steps[0]?.record).toMatchObject({ severity: "major", incident: "i-1", incidentNumber: "RW-1" });
    expect(steps[0]?.record.text.en).toContain("2 alarms were there");
    expect(new Set(steps.map(({ record: { incident } }) => incident))).toEqual(new Set(["i-1"]));
    expect([room.book.settled(at(9_001)), room.tick(200_000)]).toEqual([[], []]);
  });

  test("nothing is told when nothing was found, or all of it is over", () => {
    expect(begun().book.settled(at(1))).toEqual([]);
    const room = begun();
    room.read(WARM, at(0));
    room.read(COOL, at(1));
    expect(room.book.settled(at(2))).toEqual([]);
  });

  test("is not counted what was known before, is explained, on its shelf returned, or in a window", () => {
    const known = { suppressedBy: undefined } as const;
    const { suppressedBy: _, ...before } = { ...record(hot("ups")), ...known };
    const room = begun([before], [...rules, hot("ups", { point: 2 }), hot("th-2", { point: 3 })]);
    room.read(WARM, at(0));
    room.book.silence(LOST_9.key, true, at(1));
    room.book.silence(LINE.key, true, at(2));
    room.read(WARM, at(3), 1);
    room.act(other, shelve(100_000), 4);
    room.read(COOL, at(5), 1);
    room.book.setWindows([window({ scope: { all: false, areas: [], devices: ["th-2"] } })], at(6));
    room.read(WARM, at(7), 3);
    const [heading] = room.book.settled(at(9_000));
    expect(heading?.record.text.en).toBe("2 alarms were there when the gateway began watching: line busSilent, th-1 high");
  });

  test("without an alarm for the start each rings by itself", () => {
    const room = begun([], [one, other]);
    room.read(WARM, at(0));
    expect(said(room.book.settled(at(1)))).toEqual(["raise B th-1 high"]);
  });
});

test("an alarm of a state is not rung by others", () => {
  const door: StateRule = state("th-1", "door", "open");
  const room = new Room([door]);
  expect([said(room.read(2, at(0))), said(room.read(1, at(1)))]).toEqual([[], ["raise B th-1 open"]]);
});
