import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Stored, sha256Of } from "../../firmware/configuration/revision.ts";
import { isSigned } from "../../firmware/configuration/signed.ts";
import { type Kept, NOTHING_KEPT } from "../../firmware/outputs/book.ts";
import { OutputDesk } from "../../firmware/outputs/desk.ts";
import { staysIn } from "../../firmware/outputs/open.ts";
import type { LiveAlarm } from "../../firmware/outputs/world.ts";
import { ManualClock } from "./manual-clock.ts";
import { alarm, LEAK_VALVE, outputsSite, SIREN, VALVE } from "./outputs-site.ts";

/** A clock whose beat the test gives. */
class BeatClock extends ManualClock {
  beat: () => void = () => {};
  override every(...[, task]: readonly [number, () => void] | readonly []): () => void {
    if (task !== undefined) this.beat = task;
    return () => {};
  }
}

const site = outputsSite(`outputs: [${SIREN}, ${VALVE}]\nlinkages: [${LEAK_VALVE}]\n`);
const ENGINEER = { by: "eng", from: "10.0.0.1" };
let clock: BeatClock;
let coils: Record<string, boolean>;
let alarms: readonly LiveAlarm[];
let kept: Kept;
let lines: string[];
let trouble: { journal: boolean; disk: boolean };
let desk: OutputDesk;

function open(of = site): OutputDesk {
  return new OutputDesk({
    ...{ site: of, clock, kept, isSigned: true, log: () => {} },
    keep: async (next) => {
      if (trouble.disk) return { zh: "满", en: "full" };
      kept = JSON.parse(JSON.stringify(next));
      return null;
    },
    record: async (those) => {
      if (trouble.journal) return { zh: "坏", en: "broken" };
      lines.push(...those.map(({ action, subject }) => `${action} ${subject}`));
      return null;
    },
    room: {
      alarms: () => alarms,
      table: { values: new Float64Array([0, 0]), qualities: new Uint8Array([0, 0]) },
      atOutput:
        ({ id }) =>
        (work) => {
          const look = async () => ({ isOn: coils[id] ?? false, fault: null });
          return work({
            look,
            set: (isOn) => {
              coils[id] = isOn;
              return look();
            },
          });
        },
      outputAlarm: () => {},
    },
  });
}

beforeEach(() => {
  clock = new BeatClock();
  [coils, alarms, kept, lines] = [{}, [], NOTHING_KEPT, []];
  trouble = { journal: false, disk: false };
  desk = open();
});
afterEach(() => end());

async function end(isKept: (id: string) => boolean = () => false): Promise<void> {
  const closed = desk.close(({ id }) => isKept(id));
  let isDone = false;
  void closed.then(() => {
    isDone = true;
  });
  await clock.settle();
  while (!isDone && (await clock.step())) {
    // Whoever still sleeps is woken, so that it can end.
  }
  await closed;
}

/** Some looks at the room, a quarter of a second apart. */
async function pass(ms: number): Promise<void> {
  for (let gone = 0; gone < ms; gone += 250) {
    clock.nowMs += 250;
    clock.beat();
    await clock.wakeDue();
  }
}

describe("the desk of a running gateway", () => {
  test("writes down what a linkage does and what came of it, and keeps it before it is done", async () => {
    await desk.arm("leak-valve", true, "accepted", ENGINEER);
    alarms = [alarm()];
    await pass(4_000);
    expect(coils["valve"]).toBe(true);
    expect(kept.linkages["leak-valve"]?.acted).not.toBeNull();
    expect(lines).toEqual(["linkage.arm leak-valve", "output.switch siren", "linkage.act leak-valve", "output.switch valve"]);
  });

  test("acts even where the disk takes nothing", async () => {
    await desk.arm("leak-valve", true, "accepted", ENGINEER);
    trouble = { journal: true, disk: true };
    alarms = [alarm()];
    await pass(6_000);
    expect(coils["valve"]).toBe(true);
    trouble = { journal: false, disk: false };
    await pass(1_000);
    expect(lines).toContain("linkage.act leak-valve");
  });

  test("wakes nobody in a room without outputs", async () => {
    await end();
    clock = new BeatClock();
    const asleep = clock.beat;
    desk = open(outputsSite("outputs: []\n"));
    expect(clock.beat).toBe(asleep);
    await end();
    desk = open();
    expect(clock.beat).not.toBe(asleep);
  });

  test("does nothing for a person whose order cannot be written down or kept", async () => {
    await pass(500);
    trouble.journal = true;
    expect(await desk.force("siren", true, 5, "try", ENGINEER)).toMatchObject({ why: "journal" });
    trouble = { journal: false, disk: true };
    expect(await desk.lock("siren", "ears", ENGINEER)).toMatchObject({ why: "journal" });
    await pass(2_000);
    expect(coils["siren"] ?? false).toBe(false);
    expect(desk.view().outputs[0]).toMatchObject({ lock: null, force: null });
  });

  test("at the end everything is at its safe state, and what goes on in the next room stays as it is", async () => {
    await desk.arm("leak-valve", true, "accepted", ENGINEER);
    alarms = [alarm()];
    await pass(4_000);
    expect(coils).toEqual({ siren: true, valve: true });
    await end((id) => id === "siren");
    expect(coils).toEqual({ siren: true, valve: true });
    desk = open();
    await pass(500);
    await end();
    expect(coils).toEqual({ siren: false, valve: true });
    desk = open();
  });
});

test("an output goes on where the next site has it at the same place of the same wire", () => {
  const next = outputsSite(`outputs: [${SIREN}, ${VALVE.replace("coil: 2", "coil: 9")}]\n`);
  expect(site.outputs.map(staysIn(next, site))).toEqual([true, false]);
  expect(site.outputs.map(staysIn(null, site))).toEqual([false, false]);
});

test("signed is, to the letter, what a stick has brought: not what it put back, and not what was changed since", () => {
  const revision = { number: 1, atMs: 0, clockTrusted: true, by: "p", from: "stick", reason: "b", deflated: "" };
  const stored = (over: object): Stored =>
    ({
      revisions: [{ ...revision, origin: "stick", of: null, sha256: sha256Of("a"), ...over }],
      settled: "",
      damaged: [],
      acts: [],
    }) as Stored;
  expect(isSigned(stored({}), "a")).toBe(true);
  expect(isSigned(stored({}), "a ")).toBe(false);
  expect(isSigned(stored({ of: 3 }), "a")).toBe(false);
  expect(isSigned(stored({ origin: "api" }), "a")).toBe(false);
});
