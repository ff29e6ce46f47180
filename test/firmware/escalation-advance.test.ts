import { describe, expect, test } from "vitest";
import type { Running } from "../../firmware/contract/escalating.ts";
import { type Advanced, advance, type Fate, reachedBy, SENT_WITHIN_MS, type World } from "../../firmware/escalation/advance.ts";
import type { Plan, Step } from "../../firmware/escalation/plan.ts";
import type { Person } from "../../firmware/escalation/rota.ts";
import type { Channels } from "../../firmware/escalation/told.ts";

const MINUTE_MS = 60_000;
const step = (minutes: number, targets: readonly string[], more: Partial<Step> = {}): Step => ({
  ...{ afterMs: minutes * MINUTE_MS, targets, onCall: [], fallback: [], repeat: null },
  ...more,
});
const planOf = (...steps: readonly Step[]): Plan => ({
  ...{ id: "p", name: { zh: "计划", en: "Plan" }, until: "acknowledged", steps },
  when: { severities: null, areas: null, classes: null, devices: null, tags: null, schedule: null },
});
const CHANNELS: Channels = { targets: [], planned: new Set(), recipients: { mail: ["room@x"] } };
const at = (ms: number) => ({ boot: "b", uptimeMs: ms, wallMs: 1_000_000 + ms, certain: true });
const BEGUN: Running = {
  ...{ id: "i", plan: "p", severity: "major", phase: "ringing", ranMs: 0, at: at(0), cursor: null, calls: [], told: {}, log: [] },
};
const person = (id: string, reach: Person["reach"]): Person => ({ id, name: { zh: id, en: id }, phone: `+${id}`, reach });

/** A world in which a test says what became of what; all is sent unless it says otherwise. */
class Targets implements World {
  readonly dead = new Set<string>();
  readonly fates = new Map<string, Fate>();
  readonly people = new Map<string, Person>();
  #events = 0;
  onCall = (rota: string) => this.people.get(rota) ?? null;
  isDead = (target: string) => this.dead.has(target);
  fate = (event: string, target: string) => this.fates.get(`${event} ${target}`) ?? this.fates.get(target) ?? "sent";
  newEvent = () => `e-${++this.#events}`;
}

/** Looks once at each of these times. */
function go(plan: Plan, world: World, ...times: readonly number[]) {
  let running = BEGUN;
  const looks = times.map((ms): Advanced => {
    const looked = advance(plan, running, at(ms), world, CHANNELS);
    running = looked.running;
    return looked;
  });
  return {
    running,
    looks,
    fires: looks.map(({ fires }) => fires.map(({ targets, note }) => `${note.step}.${note.round} ${targets.join(" ")}`)),
  };
}
const told = (plan: Plan, world: World, ...times: readonly number[]) => go(plan, world, ...times).fires;

describe("a step", () => {
  test("is told once in its time, with its place in the plan and who is on call", () => {
    const world = new Targets();
    world.people.set("night", person("li", { target: "mail", to: "li@x" }));
    const plan = planOf(step(1, ["mail", "itsm"], { onCall: ["night"] }), step(5, ["boss"]));
    const { looks, running } = go(plan, world, MINUTE_MS - 1, MINUTE_MS, MINUTE_MS + 1);
    expect(looks.map(({ fires }) => fires.length)).toEqual([0, 1, 0]);
    expect(looks[1]?.fires).toEqual([
      {
        ...{ event: "e-1", targets: ["mail", "itsm"], to: { mail: ["room@x", "li@x"] } },
        note: { plan: "p", step: 1, steps: 2, round: 0, why: null, onCall: [{ name: { zh: "li", en: "li" }, phone: "+li" }] },
      },
    ]);
    expect(running.log).toEqual([
      { atMs: 1_000_000 + MINUTE_MS, step: 1, round: 0, targets: ["mail", "itsm"], people: [{ zh: "li", en: "li" }], why: null },
    ]);
    expect(running).toMatchObject({ cursor: { step: 0, round: 0 }, ranMs: MINUTE_MS, at: at(MINUTE_MS), calls: [] });
    expect(running.told).toEqual({ mail: { open: true, own: true, to: ["li@x"] }, itsm: { open: true, own: true, to: [] } });
  });

  test("is not told while the alarm is quiet or somebody has it", () => {
    for (const phase of ["quiet", "stopped"] as const) {
      const running: Running = { ...BEGUN, phase };
      expect(advance(planOf(step(0, ["a"])), running, at(0), new Targets(), CHANNELS)).toEqual({ running, fires: [], late: [] });
    }
  });

  test("that was missed is told with the others, in the order of time", () => {
    const plan = planOf(step(0, ["a"], { repeat: { everyMs: MINUTE_MS, times: 2 } }), step(1, ["b"]));
    expect(told(plan, new Targets(), 5 * MINUTE_MS)).toEqual([["2.0 b", "1.2 a"]]);
  });

  test("is seen in a log of the last sixteen", () => {
    const { running } = go(
      planOf(step(0, ["a"], { repeat: { everyMs: 1, times: 20 } })),
      new Targets(),
      ...Array.from({ length: 20 }, (_, n) => n),
    );
    expect(running.log).toHaveLength(16);
    expect(running.log.map(({ round }) => round).at(-1)).toBe(19);
  });
});

describe("who is reached by a step", () => {
  const world = new Targets();
  world.people.set("mail", person("li", { target: "mail", to: "li@x" }));
  world.people.set("second", person("wu", { target: "mail", to: "wu@x" }));
  world.people.set("phone", person("ma", null));
  world.people.set("pager", person("he", { target: "pager", to: null }));
  const reach = (targets: readonly string[], ...rotas: readonly string[]) => {
    const { targets: reached, people } = reachedBy(step(0, targets, { onCall: rotas }), world);
    return [[...reached], people.map(({ id }) => id)];
  };

  test.each<[string, readonly string[], readonly string[], unknown]>([
    ["its targets by themselves", ["a"], [], [[["a", { own: true, to: [] }]], []]],
    ["people at their address, without the others there", [], ["mail"], [[["mail", { own: false, to: ["li@x"] }]], ["li"]]],
    ["people beside the target's own", ["mail"], ["mail"], [[["mail", { own: true, to: ["li@x"] }]], ["li"]]],
    ["several people at one target", [], ["mail", "second"], [[["mail", { own: false, to: ["li@x", "wu@x"] }]], ["li", "wu"]]],
    ["whom the whole target reaches", [], ["pager"], [[["pager", { own: true, to: [] }]], ["he"]]],
    ["nobody through what has no target, but by name", [], ["phone"], [[], ["ma"]]],
    ["nobody where nobody is on call", ["a"], ["empty"], [[["a", { own: true, to: [] }]], []]],
  ])("%s", (_, targets, rotas, expected) => {
    expect(reach(targets, ...rotas)).toEqual(expected);
  });
});

describe("a channel that takes nothing", () => {
  const plan = planOf(step(0, ["a"], { fallback: ["b", "c"] }), step(60, ["boss"]));
  const DOWN = { zh: "a 送不到，改用后备通道", en: "a takes nothing at present; another channel is used" };
  const LATE = { zh: "a 在 2 分钟内未送达，改用后备通道", en: "a did not take it within 2 minutes; another channel is used" };

  test("is gone around at once when it is dead, though nothing is said of it being late", () => {
    const world = new Targets();
    world.dead.add("a");
    world.fates.set("a", "queued");
    const { looks, fires, running } = go(plan, world, 0);
    expect(fires).toEqual([["1.0 a", "1.0 b"]]);
    expect(looks[0]?.fires[1]?.note.why).toEqual(DOWN);
    expect(looks[0]?.late).toEqual([]);
    expect(running.calls).toEqual([]);
    expect(running.log.map(({ why }) => why)).toEqual([null, DOWN]);
  });

  test("but what it has taken before it died is taken", () => {
    const world = new Targets();
    world.dead.add("a");
    expect(told(plan, world, 0)).toEqual([["1.0 a"]]);
  });

  test("and has given up is gone around at once", () => {
    const world = new Targets();
    world.fates.set("a", "parked");
    const { looks, fires } = go(plan, world, 0);
    expect(fires).toEqual([["1.0 a", "1.0 b"]]);
    expect(looks[0]?.fires[1]?.note.why).toEqual(LATE);
    expect(looks[0]?.late).toEqual([{ target: "a", event: "e-1" }]);
  });

  test("is given two minutes to take it, and what nobody knows of any time", () => {
    const world = new Targets();
    world.fates.set("a", "queued");
    const { looks, fires } = go(plan, world, 0, SENT_WITHIN_MS - 1, SENT_WITHIN_MS, SENT_WITHIN_MS + 1);
    expect(fires).toEqual([["1.0 a"], [], ["1.0 b"], []]);
    expect(looks[2]?.late).toEqual([{ target: "a", event: "e-1" }]);
    world.fates.set("a", "unknown");
    expect(told(plan, world, 0, SENT_WITHIN_MS)).toEqual([["1.0 a"], []]);
  });

  test("is followed by one channel after the other, each with its own two minutes", () => {
    const world = new Targets();
    for (const target of ["a", "b", "c"]) world.fates.set(target, "queued");
    const times = [0, 1, 2, 3].map((n) => n * SENT_WITHIN_MS);
    expect(told(planOf(step(0, ["a"], { fallback: ["b", "c"] })), world, ...times)).toEqual([["1.0 a"], ["1.0 b"], ["1.0 c"], []]);
  });

  test("is followed by as many others as were lost", () => {
    const world = new Targets();
    world.fates.set("a", "parked");
    world.fates.set("x", "parked");
    const two = planOf(step(0, ["a", "x"], { fallback: ["b", "a", "c", "d"] }));
    const { fires, looks } = go(two, world, 0);
    expect(fires).toEqual([["1.0 a x", "1.0 b c"]]);
    expect(looks[0]?.fires[1]?.note.why?.en).toContain("a, x did not take it");
    world.dead.add("a");
    expect(go(two, world, 0).looks[0]?.fires[1]?.note.why?.en).toContain("a, x did not take it");
    world.dead.add("x");
    expect(go(two, world, 0).looks[0]?.fires[1]?.note.why?.en).toContain("a, x takes nothing");
  });

  test("leaves the others of its step waiting, and what they take is known", () => {
    const world = new Targets();
    world.fates.set("a", "parked");
    world.fates.set("x", "queued");
    const { running } = go(planOf(step(0, ["a", "x"], { fallback: ["b"] })), world, 0);
    expect(running.calls).toMatchObject([{ event: "e-1", waiting: ["x"], reached: false, tried: ["a", "x", "b"] }]);
    world.fates.set("x", "sent");
    expect(advance(plan, running, at(1), world, CHANNELS).running.calls).toEqual([]);
  });

  test("is known to have taken it while another one of its step has not", () => {
    const world = new Targets();
    for (const target of ["a", "x"]) world.fates.set(target, "queued");
    const plan = planOf(step(0, ["a", "x"]), step(60, ["boss"]));
    const { running } = go(plan, world, 0);
    world.fates.set("x", "sent");
    const looked = advance(plan, running, at(1), world, CHANNELS);
    expect(looked.running.calls).toMatchObject([{ waiting: ["a"], reached: true }]);
    world.fates.set("a", "parked");
    expect(advance(plan, looked.running, at(2), world, CHANNELS)).toMatchObject({ fires: [], running: { calls: [] } });
  });

  test("that waits is looked after without a change", () => {
    const world = new Targets();
    world.fates.set("a", "queued");
    const { running } = go(plan, world, 0);
    expect(advance(plan, running, at(1), world, CHANNELS).running).toBe(running);
    expect(running.calls).toEqual([{ event: "e-1", step: 0, ranMs: 0, waiting: ["a"], reached: false, tried: ["a"] }]);
  });

  describe("without another one", () => {
    const bare = planOf(step(0, ["a", "x"]), step(60, ["a", "boss"]));

    test("calls those of the next step that were not tried, when nobody at all was reached", () => {
      const world = new Targets();
      for (const target of ["a", "x"]) world.fates.set(target, "parked");
      const { fires, running } = go(bare, world, 0, 60 * MINUTE_MS);
      expect(fires).toEqual([["1.0 a x", "1.0 boss"], ["2.0 a boss"]]);
      expect(running.log.map(({ step: nth }) => nth)).toEqual([1, 1, 2]);
    });

    test("calls nobody while one may still take it, or has", () => {
      const world = new Targets();
      world.fates.set("a", "parked");
      world.fates.set("x", "queued");
      expect(told(bare, world, 0)).toEqual([["1.0 a x"]]);
      world.fates.set("x", "sent");
      expect(told(bare, world, 0)).toEqual([["1.0 a x"]]);
    });

    test("calls nobody where one took it before the others gave up", () => {
      const world = new Targets();
      world.fates.set("a", "queued");
      world.fates.set("x", "sent");
      expect(told(bare, world, 0, SENT_WITHIN_MS)).toEqual([["1.0 a x"], []]);
    });

    test("calls nobody when all of the next step was tried, or there is none", () => {
      const world = new Targets();
      world.fates.set("a", "parked");
      expect(told(planOf(step(0, ["a"]), step(60, ["a"])), world, 0)).toEqual([["1.0 a"]]);
      expect(told(planOf(step(0, ["a"])), world, 0)).toEqual([["1.0 a"]]);
    });

    test("goes on through the plan as long as nobody is reached", () => {
      const world = new Targets();
      for (const target of ["a", "b", "c"]) world.dead.add(target);
      for (const target of ["a", "b", "c"]) world.fates.set(target, "queued");
      const long = planOf(step(0, ["a"]), step(30, ["b"], { fallback: ["c"] }), step(60, ["boss"]));
      expect(told(long, world, 0)).toEqual([["1.0 a", "1.0 b"]]);
      expect(told(long, world, 0, 30 * MINUTE_MS)[1]).toEqual(["2.0 b", "2.0 c", "2.0 boss"]);
    });
  });

  test("of a plan that has no such step any more is let go", () => {
    const world = new Targets();
    world.fates.set("a", "queued");
    const { running } = go(plan, world, 0);
    world.fates.set("a", "parked");
    const looked = advance(planOf(), running, at(1), world, CHANNELS);
    expect([looked.fires, looked.running.calls, looked.late]).toEqual([[], [], [{ target: "a", event: "e-1" }]]);
  });

  test("of several calls each is gone around by itself", () => {
    const world = new Targets();
    world.fates.set("a", "queued");
    world.fates.set("z", "queued");
    const two = planOf(step(0, ["a"], { fallback: ["b"] }), step(1, ["z"], { fallback: ["y"] }));
    const { running } = go(two, world, 0, MINUTE_MS);
    expect(running.calls.map(({ event }) => event)).toEqual(["e-1", "e-2"]);
    world.fates.set("z", "parked");
    const looked = advance(two, running, at(MINUTE_MS + 1), world, CHANNELS);
    expect(looked.fires.map(({ targets }) => targets)).toEqual([["y"]]);
    expect(looked.running.calls.map(({ event }) => event)).toEqual(["e-1"]);
  });
});
