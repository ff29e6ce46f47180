import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AlarmChange, ToldCause } from "../../firmware/alarms/change.ts";
import type { AlarmRecord, Delivery, Severity } from "../../firmware/contract/alarm.ts";
import type { Running } from "../../firmware/contract/escalating.ts";
import { SENT_WITHIN_MS } from "../../firmware/escalation/advance.ts";
import { Escalator } from "../../firmware/escalation/escalator.ts";
import type { Rules } from "../../firmware/escalation/follow.ts";
import type { Plan } from "../../firmware/escalation/plan.ts";
import { alarm } from "./journal-entries.ts";

const MINUTE_MS = 60_000;
const step = (minutes: number, more: Partial<Plan["steps"][number]> = {}): Plan["steps"][number] => ({
  afterMs: minutes * MINUTE_MS,
  ...{ targets: ["first"], onCall: [], fallback: [], repeat: null },
  ...more,
});
const ANY: Plan["when"] = { severities: null, areas: null, classes: null, devices: null, tags: null, schedule: null };
const PLAN: Plan = {
  ...{ id: "all", name: { zh: "全部", en: "All" }, when: ANY, until: "acknowledged" },
  steps: [step(0, { repeat: { everyMs: 5 * MINUTE_MS, times: 2 } }), step(20, { targets: ["second"] }), step(90, { targets: ["boss"] })],
};
const rulesOf = (...plans: readonly Plan[]): Rules => ({
  plans,
  timezone: "Asia/Shanghai",
  channels: {
    targets: ["itsm", "first", "second", "boss", "spare"],
    planned: new Set(["first", "second", "boss", "spare"]),
    recipients: {},
  },
  whereabouts: () => ({ area: "r1", class: "sensor", tags: [] }),
});

/** What a target was told, and when. */
interface Word {
  readonly target: string;
  readonly cause: AlarmChange["cause"];
  readonly step: number;
  readonly round: number;
  readonly why: string | null;
  readonly atMs: number;
  readonly ranMs: number;
}

/** A box whose journal keeps what the real one keeps, and whose power can be cut between any two commits. */
class Box {
  nowMs = 0;
  record: AlarmRecord | null = null;
  readonly words: Word[] = [];
  readonly dead = new Set<string>();
  /** Targets that take nothing and do not say so. */
  readonly silent = new Set<string>();
  /** Time that the alarm has rung since its plan began. */
  ringingMs = 0;
  readonly #rules: Rules;
  readonly #journal = new Map<string, string>();
  readonly #deliveries: Delivery[] = [];
  #boot = 0;
  #bootMs = 0;
  #ids = 0;
  certain = true;
  #escalator: Escalator;

  constructor(rules: Rules = rulesOf(PLAN)) {
    this.#rules = rules;
    this.#escalator = this.#start();
  }

  raise(severity: Severity = "major"): void {
    const before = this.record;
    const record = alarm({ severity, raiseCount: (before?.raiseCount ?? 0) + 1, clearedAtMs: null, acknowledgement: null, state: "B" });
    this.#apply({ cause: "raise", record });
  }

  acknowledge(): void {
    if (this.record === null || this.record.acknowledgement !== null) return;
    const acknowledgement = { atMs: this.nowMs, by: "wang", note: "" };
    this.#apply({ cause: "acknowledge", record: { ...this.record, state: this.record.clearedAtMs === null ? "C" : "A", acknowledgement } });
  }

  clear(): void {
    if (this.record === null || this.record.clearedAtMs !== null) return;
    const state = this.record.acknowledgement === null ? "D" : "A";
    this.#apply({ cause: "clear", record: { ...this.record, state, clearedAtMs: this.nowMs } });
  }

  /** Something happens to another alarm of the same incident. */
  change(cause: AlarmChange["cause"], record: Partial<AlarmRecord>): void {
    for (const followed of this.#escalator.follow([{ cause, record: alarm(record) }], this.#moment())) this.#commit(followed);
    this.#due();
  }

  /** Time goes by, a beat of ten seconds at a time. */
  pass(ms: number): void {
    for (let left = ms; left > 0; left -= 10_000) {
      this.nowMs += Math.min(left, 10_000);
      if (this.record?.state === "B") this.ringingMs += Math.min(left, 10_000);
      this.#due();
    }
  }

  /** The power is cut, and comes back after a while; `lost`: what was due then did not reach the disk. */
  restart(offMs: number, lost = false): void {
    if (lost) this.#escalator.due(this.#moment());
    if (this.record?.state === "B") this.ringingMs += offMs;
    this.nowMs += offMs;
    this.#boot += 1;
    this.#bootMs = this.nowMs;
    this.#escalator = this.#start();
    this.#due();
  }

  view() {
    return this.#escalator.view(this.#moment());
  }

  #start(): Escalator {
    const known = [...this.#journal.values()].map((text) => JSON.parse(text) as Running);
    const live = this.record === null ? [] : [this.record];
    const world = { onCall: () => null, newEvent: () => `event-${++this.#ids}` };
    const escalator = new Escalator({ rules: this.#rules, known, live, world });
    for (const target of this.dead) escalator.health(target, false);
    if (this.record !== null) escalator.deliveries(this.record.incident, this.#deliveries);
    escalator.begin(this.#moment());
    return escalator;
  }

  #moment() {
    return { boot: `boot-${this.#boot}`, uptimeMs: this.nowMs - this.#bootMs, wallMs: this.nowMs, certain: this.certain };
  }

  #apply(change: AlarmChange): void {
    const { record } = change;
    this.record = record.state === "A" ? null : record;
    for (const followed of this.#escalator.follow([change], this.#moment())) this.#commit(followed);
    this.#due();
  }

  #due(): void {
    for (const target of ["first", "second", "boss", "spare"]) this.#escalator.health(target, !this.dead.has(target));
    for (const change of this.#escalator.due(this.#moment()).steps) this.#commit(change);
  }

  #commit({ cause, record, escalation }: AlarmChange): void {
    if (escalation === undefined) throw new Error("a change says nothing of its escalation");
    const { id, running, targets, note, event = `event-${++this.#ids}` } = escalation;
    if (running === null) this.#journal.delete(id);
    else this.#journal.set(id, JSON.stringify(running));
    const isTold = !(cause === "acknowledge" && record.state === "A");
    for (const target of isTold ? targets : []) {
      const word = { target, cause, step: note?.step ?? 0, round: note?.round ?? 0, why: note?.why?.en ?? null };
      this.words.push({ ...word, atMs: this.nowMs, ranMs: this.ringingMs });
      const state = this.dead.has(target) || this.silent.has(target) ? "queued" : "sent";
      this.#deliveries.push({
        id: `${event}.${target}`,
        target,
        event: cause as ToldCause,
        state,
        attempts: 1,
        atMs: 0,
        answer: "",
        ticket: null,
        ticketUrl: null,
      });
    }
    this.#escalator.deliveries(record.incident, this.#deliveries);
  }
}

const told = ({ words }: Box, of: (word: Word) => boolean = ({ cause }) => cause === "escalate"): readonly string[] =>
  words.filter(of).map(({ target, step: nth, round, atMs }) => `${atMs / MINUTE_MS} ${target} ${nth}.${round}`);

describe("a plan", () => {
  test("tells its steps and repeats in time until the end of it", () => {
    const box = new Box();
    box.raise();
    box.pass(180 * MINUTE_MS);
    expect(told(box)).toEqual(["0 first 1.0", "5 first 1.1", "10 first 1.2", "20 second 2.0", "90 boss 3.0"]);
  });

  test("ends when somebody acknowledges, and begins anew when the alarm rings again after that", () => {
    const box = new Box();
    box.raise();
    box.pass(7 * MINUTE_MS);
    box.acknowledge();
    box.pass(60 * MINUTE_MS);
    expect(told(box)).toEqual(["0 first 1.0", "5 first 1.1"]);
    box.raise();
    expect(told(box).at(-1)).toBe("67 first 1.0");
  });

  test("begins anew when the alarm becomes worse", () => {
    const box = new Box();
    box.raise("minor");
    box.pass(22 * MINUTE_MS);
    box.raise("critical");
    box.pass(20 * MINUTE_MS);
    expect(told(box).slice(4)).toEqual(["22 first 1.0", "27 first 1.1", "32 first 1.2", "42 second 2.0"]);
  });

  test("stands still while the alarm is back to normal, and goes on where it was when it returns", () => {
    const box = new Box();
    box.raise();
    box.pass(12 * MINUTE_MS);
    box.clear();
    box.pass(300 * MINUTE_MS);
    box.raise();
    expect(told(box, ({ target, cause }) => target === "first" && cause !== "escalate")).toEqual(["12 first 0.0", "312 first 0.0"]);
    box.pass(9 * MINUTE_MS);
    expect(told(box).at(-1)).toBe("320 second 2.0");
  });

  test("that goes on until it clears does not stop when somebody has it", () => {
    const box = new Box(rulesOf({ ...PLAN, until: "cleared" }));
    box.raise();
    box.pass(MINUTE_MS);
    box.acknowledge();
    box.pass(30 * MINUTE_MS);
    expect(told(box)).toContain("20 second 2.0");
    box.clear();
    box.pass(120 * MINUTE_MS);
    expect(told(box).at(-1)).toBe("20 second 2.0");
  });
});

describe("of an incident with several alarms", () => {
  const second = { key: "sz1/r1/th-4/ambient.temperature/high", device: "th-4" };

  test("one that joins is not told again, and the plan goes on until all are seen", () => {
    const box = new Box();
    box.raise();
    box.pass(7 * MINUTE_MS);
    box.change("raise", second);
    expect(told(box, ({ cause, target }) => cause !== "escalate" && target === "first")).toEqual([]);
    box.acknowledge();
    box.pass(14 * MINUTE_MS);
    expect(told(box)).toEqual(["0 first 1.0", "5 first 1.1", "10 first 1.2", "20 second 2.0"]);
    box.change("acknowledge", { ...second, state: "C" });
    box.pass(120 * MINUTE_MS);
    expect(told(box)).toHaveLength(4);
  });

  test("targets hear that it is over when the last one is", () => {
    const box = new Box();
    box.raise();
    box.change("raise", second);
    box.clear();
    expect(told(box, ({ cause, target }) => cause === "clear" && target === "first")).toEqual([]);
    box.change("clear", { ...second, state: "D", clearedAtMs: 1 });
    expect(told(box, ({ cause, target }) => cause === "clear" && target === "first")).toEqual(["0 first 0.0"]);
  });
});

describe("over a restart", () => {
  test("no step comes twice, and what was due meanwhile comes at once; repeats that were missed are one", () => {
    const box = new Box();
    box.raise();
    box.pass(MINUTE_MS);
    box.restart(25 * MINUTE_MS);
    expect(told(box)).toEqual(["0 first 1.0", "26 first 1.2", "26 second 2.0"]);
  });

  test("a step that did not reach the disk was not told, and comes after the start", () => {
    const box = new Box();
    box.raise();
    box.pass(20 * MINUTE_MS - 10_000);
    box.nowMs += 10_000;
    box.restart(0, true);
    expect(told(box)).toEqual(["0 first 1.0", "5 first 1.1", "10 first 1.2", "20 second 2.0"]);
  });

  test("of a box that does not know the time of day it is counted on from the start", () => {
    const box = new Box();
    box.raise();
    box.pass(11 * MINUTE_MS);
    box.certain = false;
    box.restart(600 * MINUTE_MS);
    expect(told(box)).toHaveLength(3);
    box.pass(11 * MINUTE_MS);
    // The journal has it at ten minutes, when the last step was told.
    expect(told(box).at(-1)).toBe("621 second 2.0");
  });
});

describe("a dead channel", () => {
  const withSpare: Plan = { ...PLAN, steps: [step(0, { fallback: ["spare"] }), step(20, { targets: ["second"] })] };

  test("is gone around at once by the step's next one, and why is recorded", () => {
    const box = new Box(rulesOf(withSpare));
    box.dead.add("first");
    box.restart(0);
    box.raise();
    expect(told(box)).toEqual(["0 first 1.0", "0 spare 1.0"]);
    expect(box.words.at(-1)?.why).toBe("first takes nothing at present; another channel is used");
  });

  test("that does not say so is one after two minutes, once", () => {
    const box = new Box(rulesOf(withSpare));
    box.silent.add("first");
    box.raise();
    box.pass(SENT_WITHIN_MS - 10_000);
    expect(told(box)).toEqual(["0 first 1.0"]);
    box.pass(10 * MINUTE_MS);
    expect(told(box)).toEqual(["0 first 1.0", "2 spare 1.0"]);
    expect(box.words.at(-1)?.why).toBe("first did not take it within 2 minutes; another channel is used");
  });

  test("is seen also when the box starts in between", () => {
    const box = new Box(rulesOf(withSpare));
    box.silent.add("first");
    box.raise();
    box.pass(MINUTE_MS);
    box.restart(MINUTE_MS);
    expect(told(box)).toEqual(["0 first 1.0", "2 spare 1.0"]);
    box.restart(MINUTE_MS);
    box.pass(10 * MINUTE_MS);
    expect(told(box)).toHaveLength(2);
  });

  test("without a fallback calls those of the next step, who are called again in their own time", () => {
    const box = new Box();
    box.dead.add("first");
    box.raise();
    expect(told(box)).toEqual(["0 first 1.0", "0 second 1.0"]);
    box.pass(20 * MINUTE_MS);
    expect(told(box).at(-1)).toBe("20 second 2.0");
  });

  test("beside one that was reached calls nobody of the next step", () => {
    const box = new Box(rulesOf({ ...PLAN, steps: [step(0, { targets: ["first", "spare"] }), step(20, { targets: ["second"] })] }));
    box.silent.add("first");
    box.raise();
    box.pass(19 * MINUTE_MS);
    expect(told(box)).toEqual(["0 first 1.0", "0 spare 1.0"]);
  });
});

test("people see what comes next, and what was told", () => {
  const box = new Box();
  box.raise();
  box.pass(12 * MINUTE_MS);
  expect(box.view()).toMatchObject([
    {
      plan: "all",
      phase: "ringing",
      next: { step: 2, round: 0, inMs: 8 * MINUTE_MS, targets: ["second"] },
      told: [{}, {}, { step: 1, round: 2 }],
    },
  ]);
});

type Act =
  | { readonly kind: "pass"; readonly minutes: number }
  | { readonly kind: "restart"; readonly minutes: number; readonly lost: boolean }
  | { readonly kind: "raise"; readonly severity: Severity }
  | { readonly kind: "acknowledge" | "clear" }
  | { readonly kind: "dead" | "alive" | "silent"; readonly target: string };

const acts = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant("pass" as const), minutes: fc.integer({ min: 1, max: 40 }) }) },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant("restart" as const), minutes: fc.integer({ min: 0, max: 60 }), lost: fc.boolean() }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant("raise" as const), severity: fc.constantFrom<Severity>("critical", "major", "minor") }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom("acknowledge" as const, "clear" as const) }) },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constantFrom("dead" as const, "alive" as const, "silent" as const),
        target: fc.constantFrom("first", "second"),
      }),
    },
  ),
  { maxLength: 25 },
);

/** As the life cycle would have it: a raise rings first, again after a return, or when it is worse. */
function run(box: Box, act: Act): void {
  switch (act.kind) {
    case "pass":
      box.pass(act.minutes * MINUTE_MS);
      return;
    case "restart":
      box.restart(act.minutes * MINUTE_MS, act.lost);
      return;
    case "raise": {
      const rank = ["minor", "major", "critical"];
      const before = box.record;
      if (before === null || before.clearedAtMs !== null || rank.indexOf(act.severity) > rank.indexOf(before.severity))
        box.raise(act.severity);
      return;
    }
    case "acknowledge":
      box.acknowledge();
      return;
    case "clear":
      box.clear();
      return;
    case "dead":
      box.dead.add(act.target);
      return;
    case "silent":
      box.silent.add(act.target);
      return;
    case "alive":
      box.dead.delete(act.target);
      box.silent.delete(act.target);
      return;
  }
}

describe("whatever happens to alarm, people, targets and power", () => {
  test("no step comes twice, none is lost, and they come in the order of time", () => {
    fc.assert(
      fc.property(acts, (all) => {
        const box = new Box();
        let planned: Word[] = [];
        let seen = 0;
        let worst = 0;
        for (const act of all) {
          const before = box.record;
          run(box, act);
          const rank = ["minor", "major", "critical"].indexOf(box.record?.severity ?? "minor");
          const rang = act.kind === "raise" && box.record !== before;
          if (rang && (before === null || before.acknowledgement !== null || rank > worst)) {
            worst = rank;
            planned = [];
            box.ringingMs = 0;
          }
          const news = box.words.slice(seen).filter(({ cause, why }) => cause === "escalate" && why === null);
          seen = box.words.length;
          planned.push(...news);
          const steps = planned.map(({ step: nth, round }) => `${nth}.${round}`);
          expect(new Set(steps).size).toBe(steps.length);
          const dues = planned.map(({ step: nth, round }) => (PLAN.steps[nth - 1]?.afterMs ?? 0) + round * 5 * MINUTE_MS);
          expect(dues).toEqual(dues.toSorted((a, b) => a - b));
          if (box.record?.state === "B")
            for (const [index, { afterMs }] of PLAN.steps.entries())
              if (afterMs <= box.ringingMs) expect(planned.some(({ step: nth }) => nth === index + 1)).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });

  test("nothing comes after somebody has it, or it is over", () => {
    fc.assert(
      fc.property(acts, (all) => {
        const box = new Box();
        for (const act of all) {
          const before = box.words.length;
          run(box, act);
          if (act.kind === "raise" || box.record?.state === "B") continue;
          // The act that ended it may have come after steps of its own moment; time alone brings nothing more.
          if (act.kind === "pass" || act.kind === "restart") expect(box.words.length).toBe(before);
        }
      }),
      { numRuns: 300 },
    );
  });

  test("each target hears first that it is there, and that it is over only after that, never twice in a row", () => {
    fc.assert(
      fc.property(acts, (all) => {
        const box = new Box();
        for (const act of all) run(box, act);
        for (const [target, words] of Map.groupBy(box.words, (word) => word.target)) {
          let isOpen = false;
          for (const { cause } of words) {
            if (cause === "raise" && target !== "itsm") expect(isOpen).toBe(false);
            if (cause === "clear" || cause === "acknowledge") expect(isOpen).toBe(true);
            if (cause === "raise" || cause === "escalate") isOpen = true;
            if (cause === "clear") isOpen = false;
          }
        }
        // Who is named in no plan is told everything, and no steps.
        expect(box.words.filter(({ target, cause }) => target === "itsm" && cause === "escalate")).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});
