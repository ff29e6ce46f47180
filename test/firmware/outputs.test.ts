import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Kept, NOTHING_KEPT, OutputBook } from "../../firmware/outputs/book.ts";
import type { LiveAlarm } from "../../firmware/outputs/world.ts";
import type { Site } from "../../firmware/site/model.ts";
import { alarm, BEACON, LEAK_VALVE, outputsSite, SIREN, TestWorld, VALVE } from "./outputs-site.ts";

const DRY = 0;
const WET = 1;
const PUMP = 1;

class Stage {
  readonly world = new TestWorld();
  readonly site: Site;
  book: OutputBook;
  readonly steps: string[] = [];

  constructor(rest: string, kept: Kept = NOTHING_KEPT, isSigned = true) {
    this.site = outputsSite(rest);
    this.book = new OutputBook(this.site.outputs, this.site.linkages, kept, isSigned);
    this.world.values.set(PUMP, DRY);
  }

  /** What every output is at after one more look, `ms` later. */
  look(ms = 250): Record<string, boolean | null> {
    this.world.atMs += ms;
    const { commands, steps } = this.book.step(this.world);
    this.steps.push(...steps.map(({ linkage, step }) => `${linkage} ${step.kind}`));
    for (const { output, isOn } of commands) if (isOn !== null) this.world.outputs.set(output, isOn);
    return Object.fromEntries(commands.map(({ output, isOn }) => [output, isOn]));
  }

  why(output: string): string | undefined {
    return this.book.command(output)?.why.kind;
  }

  restart(isSigned = true): void {
    const kept: Kept = JSON.parse(JSON.stringify(this.book.kept()));
    this.book = new OutputBook(this.site.outputs, this.site.linkages, kept, isSigned);
  }

  arm(linkage = "leak-valve"): void {
    this.book.arm(linkage, { by: "eng", atMs: 0 });
  }
}

const followers = `outputs: [${SIREN}, ${BEACON}]\n`;
const linked = (linkage = LEAK_VALVE): string => `outputs: [${SIREN}, ${VALVE}]\nlinkages: [${linkage}]\n`;

describe("siren and beacon follow the alarms", () => {
  test("the siren sounds until somebody has seen it, the beacon stays until all is normal", () => {
    const stage = new Stage(followers);
    expect(stage.look()).toEqual({ siren: false, beacon: false });
    stage.world.alarms = [alarm()];
    expect(stage.look(5_000)).toEqual({ siren: true, beacon: true });
    stage.world.alarms = [alarm({ state: "C" })];
    expect(stage.look(5_000)).toEqual({ siren: false, beacon: true });
    stage.world.alarms = [alarm({ state: "D", clearedAtMs: 9 })];
    expect(stage.look(5_000)).toEqual({ siren: false, beacon: true });
    stage.world.alarms = [];
    expect(stage.look(5_000)).toEqual({ siren: false, beacon: false });
  });

  test("silence stops the sound and nothing else, and ends by itself", () => {
    const stage = new Stage(followers);
    stage.look();
    stage.world.alarms = [alarm({ soundOff: { atMs: 0, by: "op", untilMs: 1_000_000 + 60_000 } })];
    expect(stage.look(5_000)).toEqual({ siren: false, beacon: true });
    expect(stage.why("siren")).toBe("silenced");
    expect(stage.look(60_000)).toEqual({ siren: true, beacon: true });
  });

  test.each(["E", "F", "G"] as const)("what is shelved, suppressed or out of service (%s) does nothing", (state) => {
    const stage = new Stage(followers);
    stage.world.alarms = [alarm({ state })];
    expect(stage.look(5_000)).toEqual({ siren: false, beacon: false });
  });

  test("an alarm outside of the scope is not theirs", () => {
    const scoped = SIREN.replace("severities: [critical, major]", "areas: [room], types: [leak]");
    const stage = new Stage(`outputs: [${scoped}]\n`);
    const siren = (one: LiveAlarm): boolean | null | undefined => {
      stage.world.alarms = [one];
      return stage.look(5_000)["siren"];
    };
    expect(siren(alarm({ area: "yard" }))).toBe(false);
    expect(siren(alarm({ type: "high" }))).toBe(false);
    expect(siren(alarm({ area: "rack" }))).toBe(true);
  });

  test("no siren at a quiet time; a box that does not know the time stays loud", () => {
    const quiet = SIREN.replace("kind: siren", 'kind: siren, quiet: [{ from: "22:00", to: "06:00", days: [wed] }]');
    const stage = new Stage(`outputs: [${quiet}]\n`);
    stage.world.alarms = [alarm()];
    const at = (minute: number, day: number): boolean | null | undefined => {
      stage.world.local = { minute, day };
      return stage.look(5_000)["siren"];
    };
    expect(at(21 * 60 + 59, 3)).toBe(true);
    expect(at(22 * 60, 3)).toBe(false);
    expect(at(5 * 60 + 59, 4)).toBe(false);
    expect(at(6 * 60, 4)).toBe(true);
    expect(at(23 * 60, 4)).toBe(true);
    stage.world.local = null;
    expect(stage.look(5_000)["siren"]).toBe(true);
  });

  test("a siren sounds for three minutes at most, and again for another alarm or a more severe one", () => {
    const stage = new Stage(followers);
    stage.look();
    stage.world.alarms = [alarm({ severity: "major", raisedAtMs: 1_001_250 })];
    expect(stage.look()["siren"]).toBe(true);
    expect(stage.look(179_000)["siren"]).toBe(true);
    expect(stage.look(1_000)).toEqual({ siren: false, beacon: true });
    expect(stage.why("siren")).toBe("spent");
    stage.world.alarms = [alarm({ severity: "critical" })];
    expect(stage.look(5_000)["siren"]).toBe(true);
    expect(stage.look(180_000)["siren"]).toBe(false);
    stage.world.alarms = [alarm({ severity: "critical" }), alarm({ key: "t/room/pump/leak.detected/leak", incident: "i2" })];
    expect(stage.look(5_000)["siren"]).toBe(true);
  });

  test("what rang long before a restart does not ring anew", () => {
    const stage = new Stage(followers);
    stage.world.alarms = [alarm({ raisedAtMs: 1_000_000 - 600_000 })];
    expect(stage.look()).toEqual({ siren: false, beacon: true });
  });

  test("a flood of alarms makes no relay chatter", () => {
    const stage = new Stage(followers);
    let switches = 0;
    let before: unknown = false;
    for (let n = 0; n < 400; n += 1) {
      stage.world.alarms = n % 2 === 0 ? [] : [alarm({ incident: `i${n}` })];
      const { siren } = stage.look(250);
      if (siren !== before) switches += 1;
      before = siren;
    }
    // 100 s with a rest of 2 s.
    expect(switches).toBeGreaterThan(10);
    expect(switches).toBeLessThanOrEqual(50);
  });
});

describe("a linkage", () => {
  test("acts when its condition has held, once, and holds until a person resets it", () => {
    const stage = new Stage(linked());
    stage.arm();
    expect(stage.look()["valve"]).toBe(false);
    stage.world.alarms = [alarm()];
    expect(stage.look()["valve"]).toBe(false);
    expect(stage.look(2_000)["valve"]).toBe(true);
    stage.world.alarms = [];
    expect(stage.look(60_000)["valve"]).toBe(true);
    stage.book.reset("leak-valve");
    expect(stage.look()["valve"]).toBe(false);
    expect(stage.steps).toEqual(["leak-valve acts"]);
  });

  test("does not act on what was over before its time", () => {
    const stage = new Stage(linked());
    stage.arm();
    stage.world.alarms = [alarm()];
    stage.look();
    stage.look(1_500);
    stage.world.alarms = [];
    stage.look(400);
    stage.world.alarms = [alarm({ raiseCount: 2 })];
    stage.look();
    expect(stage.look(1_500)["valve"]).toBe(false);
    expect(stage.look(1_000)["valve"]).toBe(true);
  });

  test.each([
    ["is so", WET],
    ["is not known", null],
  ])("does not act while an interlock %s, and acts when it is over", (_, value) => {
    const stage = new Stage(linked());
    stage.arm();
    stage.world.values.set(PUMP, value);
    stage.world.alarms = [alarm()];
    stage.look();
    expect(stage.look(10_000)["valve"]).toBe(false);
    stage.look(10_000);
    expect(stage.steps).toEqual(["leak-valve blocked"]);
    stage.world.values.set(PUMP, DRY);
    expect(stage.look()["valve"]).toBe(true);
  });

  test("that nobody armed, or of a file that is not signed, does not act; to arm it starts nothing that has begun before", () => {
    const stage = new Stage(linked());
    stage.world.alarms = [alarm()];
    stage.look();
    expect(stage.look(10_000)["valve"]).toBe(false);
    stage.arm();
    expect(stage.look(10_000)["valve"]).toBe(false);
    stage.world.alarms = [alarm({ raiseCount: 2, incident: "i2" })];
    stage.look();
    expect(stage.look(2_000)["valve"]).toBe(true);
    const unsigned = new Stage(linked(), stage.book.kept(), false);
    unsigned.book.reset("leak-valve");
    unsigned.world.alarms = [alarm({ raiseCount: 3 })];
    unsigned.look();
    expect(unsigned.look(10_000)["valve"]).toBe(false);
    expect(unsigned.steps).toEqual(["leak-valve passes"]);
  });

  test("goes on after a restart, and does not act again for what it was reset from", () => {
    const stage = new Stage(linked());
    stage.arm();
    stage.world.alarms = [alarm()];
    stage.look();
    stage.look(2_000);
    stage.restart();
    expect(stage.look()["valve"]).toBe(true);
    stage.book.reset("leak-valve");
    expect(stage.look(10_000)["valve"]).toBe(false);
    stage.restart();
    stage.look();
    expect(stage.look(10_000)["valve"]).toBe(false);
    expect(stage.steps).toEqual(["leak-valve acts"]);
  });

  test("of another definition has to be armed again", () => {
    const stage = new Stage(linked());
    stage.arm();
    const changed = new Stage(linked(LEAK_VALVE.replace("2s", "3s")), stage.book.kept());
    expect(changed.book.linkage("leak-valve")?.armed).toBeNull();
    expect(new Stage(linked(), stage.book.kept()).book.linkage("leak-valve")?.armed).toMatchObject({ by: "eng" });
  });

  test("that ends with its condition lets go by itself", () => {
    const stage = new Stage(linked(LEAK_VALVE.replace(" }, set", " }, ends: condition, set")));
    stage.arm();
    stage.world.alarms = [alarm()];
    stage.look();
    expect(stage.look(2_000)["valve"]).toBe(true);
    stage.world.alarms = [];
    expect(stage.look(5_000)["valve"]).toBe(false);
    expect(stage.steps).toEqual(["leak-valve acts", "leak-valve ends"]);
  });

  test("on a point keeps what it did while the point is not known, and does not begin then", () => {
    const onPoint =
      "{ id: leak-valve, when: { point: leak/leak.detected, state: leak }, set: { output: valve, is: on }, unless: none, ends: condition }";
    const stage = new Stage(linked(onPoint));
    stage.arm();
    expect(stage.look(10_000)["valve"]).toBe(false);
    stage.world.values.set(0, WET);
    expect(stage.look()["valve"]).toBe(true);
    stage.world.values.set(0, null);
    expect(stage.look(60_000)["valve"]).toBe(true);
    stage.world.values.set(0, DRY);
    expect(stage.look(5_000)["valve"]).toBe(false);
  });
});

describe("people", () => {
  const force = (isOn: boolean, minutes: number, atMs: number) => ({
    by: "eng",
    atMs,
    untilMs: atMs + minutes * 60_000,
    isOn,
    reason: "try",
  });

  test("hold an output by hand over everything, for a limited time", () => {
    const stage = new Stage(linked());
    stage.look();
    stage.world.alarms = [alarm()];
    stage.look(5_000);
    stage.book.order("siren", { force: force(false, 5, stage.world.now.wallMs) });
    expect(stage.look()["siren"]).toBe(false);
    expect(stage.why("siren")).toBe("forced");
    stage.restart();
    expect(stage.look(60_000)["siren"]).toBe(false);
    stage.world.alarms = [alarm(), alarm({ incident: "i2", key: "t/room/x/-/lost", raisedAtMs: stage.world.now.wallMs })];
    expect(stage.look(240_000)["siren"]).toBe(true);
    expect(stage.book.orders("siren").force).toBeNull();
  });

  test("lock an output out: safe state, and no linkage acts until it is unlocked", () => {
    const stage = new Stage(linked());
    stage.arm();
    stage.look();
    stage.book.order("valve", { lock: { by: "eng", atMs: 0, reason: "pump out" } });
    stage.book.order("siren", { lock: { by: "eng", atMs: 0, reason: "ears" } });
    stage.world.alarms = [alarm()];
    stage.look();
    // The valve is left as it is, the siren is off.
    expect(stage.look(10_000)).toEqual({ siren: false, valve: null });
    expect(stage.steps).toEqual(["leak-valve blocked"]);
    stage.book.order("valve", { lock: null });
    expect(stage.look()["valve"]).toBe(true);
  });

  test("test an output for three seconds, whatever its rest is", () => {
    const stage = new Stage(`outputs: [${SIREN.replace("kind: siren", "kind: siren, rest: 1h")}]\n`);
    stage.look();
    stage.book.test("siren", { by: "eng", atMs: stage.world.now.wallMs });
    expect(stage.look()["siren"]).toBe(true);
    expect(stage.look(2_700)["siren"]).toBe(true);
    expect(stage.look(300)["siren"]).toBe(false);
    expect(stage.look()["siren"]).toBe(false);
  });

  test("a pulse is as long as it says, whoever asks for it", () => {
    const pulse = VALVE.replace("safe:", "onAtMost: 500ms, safe:");
    const stage = new Stage(`outputs: [${pulse}]\nlinkages: [${LEAK_VALVE}]\n`);
    stage.arm();
    stage.look();
    stage.book.order("valve", { force: force(true, 5, stage.world.now.wallMs) });
    expect(stage.look()["valve"]).toBe(true);
    expect(stage.look(500)["valve"]).toBe(false);
    expect(stage.why("valve")).toBe("spent");
  });
});

const oneStep = fc.record({
  ms: fc.integer({ min: 50, max: 4_000 }),
  leak: fc.constantFrom("none", "B", "B", "B", "B", "B", "C", "C", "D", "E"),
  raise: fc.constantFrom(1, 1, 1, 1, 1, 2),
  pump: fc.constantFrom(DRY, DRY, DRY, DRY, WET, null),
  act: fc.constantFrom("", "", "", "arm", "disarm", "reset", "lock", "unlock", "force on", "force off", "release", "test", "restart"),
});

type Chance = typeof oneStep extends fc.Arbitrary<infer One> ? One : never;
type Seen = { readonly stage: Stage; readonly now: Record<string, boolean | null>; readonly acted: readonly string[] };

/** Does what chance says to a siren and a linked valve, and shows every look. */
function play(steps: readonly Chance[], see: (seen: Seen) => void): void {
  const stage = new Stage(linked());
  stage.arm();
  for (const { ms, leak, raise, pump, act } of steps) {
    const { world } = stage;
    world.values.set(PUMP, pump);
    const state = leak as LiveAlarm["state"] | "none";
    const raised = { raiseCount: raise, clearedAtMs: state === "D" ? 1 : null, raisedAtMs: 1_001_000 };
    world.alarms = state === "none" ? [] : [alarm({ state, ...raised })];
    order(stage, act);
    world.atMs += ms;
    const { commands, steps: taken } = stage.book.step(world);
    const acted = taken.flatMap(({ step }) => (step.kind === "acts" ? step.events : []));
    see({ stage, now: Object.fromEntries(commands.map(({ output, isOn }) => [output, isOn])), acted });
  }
}

function order(stage: Stage, act: Chance["act"]): void {
  const { book, world } = stage;
  const atMs = world.now.wallMs;
  const by = { by: "eng", atMs, reason: "r" };
  if (act === "arm") stage.arm();
  else if (act === "disarm") book.arm("leak-valve", null);
  else if (act === "reset") book.reset("leak-valve");
  else if (act === "lock") book.order("siren", { lock: by });
  else if (act === "unlock") book.order("siren", { lock: null });
  else if (act === "force on" || act === "force off")
    book.order("valve", { force: { ...by, untilMs: atMs + 60_000, isOn: act === "force on" } });
  else if (act === "release") book.order("valve", { force: null });
  else if (act === "test") book.test("valve", by);
  else if (act === "restart") stage.restart();
}

describe("laws", () => {
  test("an output is never on without a reason", () => {
    fc.assert(
      fc.property(fc.array(oneStep, { maxLength: 60 }), (steps) => {
        play(steps, ({ stage }) => {
          for (const { id } of stage.site.outputs) {
            const command = stage.book.command(id);
            if (command?.isOn !== true) continue;
            // Or it still rests from a moment ago, when something asked.
            const isAsked = ["forced", "test", "linkage", "alarms"].includes(command.why.kind);
            expect(isAsked || command.isResting).toBe(true);
          }
        });
      }),
    );
  });

  test("no linkage acts twice for one event, whatever people do and however often the gateway restarts", () => {
    let actedAtAll = 0;
    fc.assert(
      fc.property(fc.array(oneStep, { minLength: 10, maxLength: 80 }), (steps) => {
        const counts = new Map<string, number>();
        play(steps, ({ stage, acted }) => {
          const live = stage.world.alarms.filter(({ state }) => state === "B" || state === "C");
          // What is over may come again, and is another event then.
          if (live.length === 0) counts.clear();
          for (const event of counts.keys()) if (!live.some(({ raiseCount }) => event.endsWith(` ${raiseCount}`))) counts.delete(event);
          for (const event of acted) {
            counts.set(event, (counts.get(event) ?? 0) + 1);
            expect(counts.get(event)).toBe(1);
            actedAtAll += 1;
          }
        });
      }),
    );
    expect(actedAtAll).toBeGreaterThan(10);
  });

  test("a locked output is at its safe state and nowhere else", () => {
    fc.assert(
      fc.property(fc.array(oneStep, { maxLength: 60 }), (steps) => {
        play(steps, ({ stage, now }) => {
          if (stage.book.orders("siren").lock !== null) expect(now["siren"]).toBe(false);
        });
      }),
    );
  });

  test("between two switches that nobody ordered lies the output's rest", () => {
    fc.assert(
      fc.property(fc.array(oneStep, { maxLength: 60 }), (steps) => {
        let before: { readonly isOn: boolean; readonly atMs: number } | null = null;
        play(
          steps.map((one) => ({ ...one, act: "" as const })),
          ({ stage, now }) => {
            const isOn = now["siren"] ?? null;
            if (isOn === null || isOn === before?.isOn) return;
            const { atMs } = stage.world;
            if (before !== null && stage.why("siren") !== "spent") expect(atMs - before.atMs).toBeGreaterThanOrEqual(2_000);
            before = { isOn, atMs: before === null ? Number.NEGATIVE_INFINITY : atMs };
          },
        );
      }),
    );
  });
});
