import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { loadProfile } from "../../drivers/catalogue.ts";
import type { LineAnswer } from "../../drivers/contact/gpio.ts";
import type { ContactProfile } from "../../drivers/contact/profile.ts";
import { type ContactAddress, openContacts, RESTLESS_MS } from "../../drivers/contact/session.ts";
import type { DeviceReader, Session } from "../../drivers/driver.ts";
import { emptyReadings, qualityName } from "../../drivers/reading.ts";
import { findPoint } from "../../drivers/vocabulary.ts";
import { ManualClock } from "../firmware/manual-clock.ts";
import { SimulatedLine } from "../peers/gpio-line.ts";

function contactProfile(id: string): ContactProfile {
  const answer = loadProfile(id);
  if ("problems" in answer || answer.profile.protocol !== "contact") throw new Error(`${id} is no contact`);
  return answer.profile;
}

const DOOR = contactProfile("door/generic-contact");

let clock: ManualClock;
let line: SimulatedLine;
let opens: () => LineAnswer;
let opened: number;
let changes: number;
let session: Session<ContactAddress>;

beforeEach(() => {
  clock = new ManualClock();
  line = new SimulatedLine();
  opened = 0;
  changes = 0;
  opens = () => ({ line });
  session = openContacts("chip", clock, async () => {
    opened += 1;
    return opens();
  });
});
afterEach(() => session.close());

function device(change: Partial<ContactAddress> = {}): DeviceReader {
  const changed = () => {
    changes += 1;
  };
  return session.device({ profile: DOOR, line: 17, normally: null, closed: "low", changed, ...change });
}

/** What one read says: the state by its name, or why there is none. Time goes on while it waits. */
async function read(reader: DeviceReader): Promise<string> {
  const into = emptyReadings(1);
  let done = false;
  const reading = reader.read(into).then((report) => {
    done = true;
    return report;
  });
  await clock.until(() => done);
  const report = await reading;
  const definition = findPoint(reader.pointNames[0] ?? "");
  if (definition?.kind !== "state") throw new Error("no state");
  const state = definition.states[into.values[0] ?? Number.NaN]?.name ?? qualityName(into.qualities[0] ?? -1);
  return report.faults.length === 0 ? state : `${state}: ${report.faults[0]?.detail}`;
}

/** Lets this much time pass. */
async function pass(ms: number): Promise<void> {
  const untilMs = clock.nowMs + ms;
  while (clock.nowMs < untilMs) {
    await clock.settle();
    clock.nowMs += 1;
    await clock.wakeDue();
  }
  await clock.settle();
}

describe("a contact at a line", () => {
  test.each([
    ["closes to ground", "low", 0, "closed"],
    ["closes to ground", "low", 1, "open"],
    ["closes to 3.3 V", "high", 1, "closed"],
    ["closes to 3.3 V", "high", 0, "open"],
  ] as const)("that %s (%s) and is at %d is %s", async (_, closed, level, state) => {
    line.level = level;
    expect(await read(device({ closed }))).toBe(state);
  });

  test("means the other state where the site's contact works the other way", async () => {
    line.level = 1;
    const leak = contactProfile("leak/generic-contact");
    expect(await read(device({ profile: leak }))).toBe("dry");
    expect(await read(device({ profile: leak, normally: "open" }))).toBe("dry");
    expect(await read(device({ profile: leak, normally: "closed" }))).toBe("leak");
  });

  test("asks to be read once when it opens, however it bounces", async () => {
    line.level = 0;
    const door = device();
    expect(await read(door)).toBe("closed");
    expect(changes).toBe(0);
    for (let bounce = 0; bounce < 10; bounce += 1) {
      line.go(bounce % 2 === 0 ? 1 : 0);
      await pass(3);
    }
    line.go(1);
    expect(changes).toBe(0);
    await pass(DOOR.debounceMs + 20);
    expect(changes).toBe(1);
    expect(await read(door)).toBe("open");
    await pass(2_000);
    expect(changes).toBe(1);
  });

  test("that bounces and stays closed asks for nothing and stays closed", async () => {
    line.level = 0;
    const door = device();
    await read(door);
    for (let bounce = 0; bounce < 40; bounce += 1) {
      line.go(bounce % 2 === 0 ? 1 : 0);
      await pass(5);
      expect(await read(door)).toBe("closed");
    }
    await pass(200);
    expect(changes).toBe(0);
  });

  test("tells a push that is over before anybody reads, and then that it is over", async () => {
    const exit = device({ profile: contactProfile("door/generic-exit-contact") });
    expect(await read(exit)).toBe("released");
    line.go(0);
    await pass(100);
    line.go(1);
    await pass(100);
    expect(await read(exit)).toBe("pressed");
    const asked = changes;
    expect(await read(exit)).toBe("released");
    expect(await read(exit)).toBe("released");
    expect(asked).toBe(3);
    expect(changes).toBe(3);
  });

  test("without interrupts is seen by the next read, and told when it has settled", async () => {
    line = new SimulatedLine(false);
    line.level = 0;
    const door = device();
    await read(door);
    line.go(1);
    await pass(1_000);
    expect(changes).toBe(0);
    expect(await read(door)).toBe("closed");
    await pass(DOOR.debounceMs + 20);
    expect(changes).toBe(1);
    expect(await read(door)).toBe("open");
  });

  test.each([
    ["just before it is watched", "before"],
    ["while it is looked at for the last time", "after"],
  ] as const)("that changes %s is not missed", async (_, when) => {
    line.level = 0;
    const { awaitEdge, read: look } = line;
    let isFirst = true;
    line.awaitEdge = (callback) => {
      // Not yet watched: a change that gives no edge.
      if (isFirst && when === "before") line.level = 1;
      awaitEdge.call(line, callback);
      if (isFirst && when === "after")
        line.read = async () => {
          const seen = await look.call(line);
          line.read = look;
          line.go(1);
          return seen;
        };
      isFirst = false;
    };
    const door = device();
    await read(door);
    await pass(DOOR.debounceMs + 20);
    expect(changes).toBe(1);
    expect(await read(door)).toBe("open");
  });

  test("that never holds still says nothing instead of its last state, and asks to be read once it does", async () => {
    line.level = 0;
    const door = device();
    await read(door);
    let spoke = "";
    for (let at = 0; at < RESTLESS_MS + 500; at += 10) {
      line.go(at % 20 === 0 ? 1 : 0);
      await pass(10);
      if (at % 500 === 0) spoke = await read(door);
    }
    expect(spoke).toBe("garbled: GPIO: line 17 does not hold still");
    const asked = changes;
    line.go(1);
    await pass(DOOR.debounceMs + 20);
    expect(changes).toBeGreaterThan(asked);
    expect(await read(door)).toBe("open");
  });

  test("that never held still yet is waited for a moment only: its neighbours wait along", async () => {
    const startedMs = clock.nowMs;
    let flips = 0;
    line.read = async () => {
      flips += 1;
      return flips % 2 === 0 ? 0 : 1;
    };
    expect(await read(device())).toBe("garbled: GPIO: line 17 does not hold still");
    expect(clock.nowMs - startedMs).toBeLessThanOrEqual(4 * DOOR.debounceMs + 10);
  });
});

describe("a line", () => {
  test("is taken at the first read, once, and handed back at the end", async () => {
    const door = device();
    expect(opened).toBe(0);
    await read(door);
    await read(door);
    expect(opened).toBe(1);
    await session.close();
    expect(line.isClosed).toBe(true);
    expect(await read(door)).toBe("adapterMissing: GPIO: the bus is closed");
    expect(line.isClosed).toBe(true);
  });

  test("that is got only while the bus closes is handed back", async () => {
    const door = device();
    opens = () => {
      void session.close();
      return { line };
    };
    expect(await read(door)).toBe("adapterMissing: GPIO: the bus is closed");
    expect(line.isClosed).toBe(true);
  });

  test("that was taken away says so, and is taken anew at the next read", async () => {
    const door = device();
    await read(door);
    line.taken = true;
    expect(await read(door)).toBe("refused: GPIO: line 17 was taken away while it was read");
    expect(line.isClosed).toBe(true);
    line = new SimulatedLine();
    line.level = 0;
    expect(await read(door)).toBe("closed");
    expect(opened).toBe(2);
  });

  test("in other hands is that line's trouble alone, a missing chip that of the whole bus", async () => {
    opens = () => ({ trouble: { kind: "busy", line: 17 } });
    const door = device();
    expect(await read(door)).toBe("refused: GPIO: line 17 is in use (EBUSY)");
    opens = () => ({ trouble: { kind: "noSysfs" } });
    expect(await read(door)).toBe("adapterMissing: GPIO: there is no /sys/class/gpio");
    opens = () => ({ line });
    expect(await read(door)).toBe("open");
  });
});
