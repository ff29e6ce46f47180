import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { DeviceReader } from "../../drivers/driver.ts";
import { QUALITY } from "../../drivers/reading.ts";
import { BusLoop } from "../../firmware/acquire/bus.ts";
import { GRACE_MS, type Loaned } from "../../firmware/acquire/loan.ts";
import { ManualClock } from "./manual-clock.ts";

const LIMIT_MS = 60_000;
const READ_MS = 300;

let clock: ManualClock;
let stopping: AbortController;
let running: Promise<void>;
let loop: BusLoop;
/** What happened on the wire, in order. */
let wire: string[];
let heard: string[];

beforeEach(() => {
  clock = new ManualClock();
  stopping = new AbortController();
  wire = [];
  heard = [];
  const reader: DeviceReader = {
    pointNames: ["ambient.temperature"],
    async read(into) {
      wire.push("read begins");
      await clock.sleep(READ_MS);
      wire.push("read ends");
      into.values[0] = 20;
      into.qualities[0] = QUALITY.good;
      return { answered: true, transactions: 1, faults: [] };
    },
  };
  const devices = [{ index: 0, id: "th-1", periodMs: 1_000, reader }];
  const events = { readings: () => heard.push("answered"), adapter: (_: string, missing: boolean) => missing && heard.push("missing") };
  loop = new BusLoop("line", devices, { startMs: clock.nowMs, phase: 0 }, clock, events, async () => {
    wire.push("released");
  });
  running = loop.run(stopping.signal);
});
afterEach(async () => {
  stopping.abort();
  await clock.settle();
  while (await clock.step()) {
    // Whoever still sleeps is woken, so that the loop can end.
  }
  await running;
});

/** A loan whose end the test decides. */
function lend(to = "li", limitMs = LIMIT_MS) {
  const seen: { loaned: Loaned<string> | null; ends: AbortSignal | null } = { loaned: null, ends: null };
  let finish = (_: string): void => {};
  const lent = loop.lend<string>(to, limitMs, (ends) => {
    seen.ends = ends;
    wire.push(`${to} begins`);
    return new Promise((resolve) => {
      finish = (result) => {
        wire.push(`${to} ends`);
        resolve(result);
      };
    });
  });
  void lent.then((loaned) => {
    seen.loaned = loaned;
  });
  return { seen, lent, finish: (result: string) => finish(result) };
}

const began = (to = "li") => clock.until(() => wire.includes(`${to} begins`));

describe("a wire that is lent", () => {
  test("is given between two reads, its port closed first; reading goes on when it comes back", async () => {
    await clock.until(() => wire.includes("read begins"));
    const { seen, finish } = lend();
    await began();
    expect(wire).toEqual(["read begins", "read ends", "released", "li begins"]);
    finish("found");
    await clock.until(() => wire.filter((what) => what === "read ends").length === 2);
    expect(wire.slice(4)).toEqual(["li ends", "read begins", "read ends"]);
    expect(seen.loaned).toEqual({ outcome: "done", result: "found" });
  });

  test("says to whom and since when, and is neither silent nor degraded meanwhile", async () => {
    const { finish } = lend("li");
    await began();
    expect(loop.health()).toMatchObject({ state: "lent", lent: { to: "li", sinceMs: clock.wallMs() }, devicesBackingOff: [] });
    finish("");
    await clock.until(() => loop.health().lent === null);
    expect(loop.health()).toMatchObject({ state: "ok", faults: {} });
  });

  test("nobody is read while it is away, and nobody is told to be silent", async () => {
    const { finish } = lend();
    await began();
    const before = heard.length;
    void clock.sleep(LIMIT_MS / 2);
    await clock.step();
    expect(heard.length).toBe(before);
    finish("");
    await clock.until(() => heard.length > before);
    expect(new Set(heard)).toEqual(new Set(["answered"]));
  });

  test("is taken back when the time is over: the borrower is told, and gets a moment to put it down", async () => {
    const { seen, finish } = lend("li", 5_000);
    await began();
    const startMs = clock.nowMs;
    await clock.until(() => seen.ends?.aborted === true);
    expect(clock.nowMs - startMs).toBe(5_000);
    expect(wire.at(-1)).toBe("li begins");
    finish("as far as it came");
    await clock.until(() => wire.at(-1) === "read ends");
    expect(seen.loaned).toEqual({ outcome: "done", result: "as far as it came" });
  });

  test("is taken back from a borrower that never ends", async () => {
    const { seen } = lend("li", 5_000);
    await began();
    const startMs = clock.nowMs;
    await clock.until(() => wire.at(-1) === "read begins");
    expect(clock.nowMs - startMs).toBe(5_000 + GRACE_MS);
    expect(seen.loaned).toEqual({ outcome: "takenBack" });
    expect(loop.health().lent).toBeNull();
  });

  test("comes back from a borrower that breaks, who hears of it himself", async () => {
    const lent = loop.lend("li", LIMIT_MS, () => Promise.reject(new Error("broken")));
    const broken = expect(lent).rejects.toThrow("broken");
    await clock.until(() => wire.includes("read ends") && wire.includes("released") && wire.at(-1) === "read ends");
    await broken;
    expect(loop.health().state).toBe("ok");
  });

  test("goes to one at a time", async () => {
    const first = lend("li");
    expect(await loop.lend("wang", LIMIT_MS, async () => "")).toEqual({ outcome: "taken", by: "li" });
    await began();
    expect(await loop.lend("wang", LIMIT_MS, async () => "")).toEqual({ outcome: "taken", by: "li" });
    first.finish("");
    await clock.until(() => first.seen.loaned !== null);
    const second = lend("wang");
    await began("wang");
    second.finish("");
  });

  test("the end of watching ends the loan, and nothing is lent afterwards", async () => {
    const { seen, finish } = lend();
    await began();
    stopping.abort();
    await clock.settle();
    expect(seen.ends?.aborted).toBe(true);
    finish("half");
    await running;
    expect(seen.loaned).toEqual({ outcome: "done", result: "half" });
    expect(await loop.lend("wang", LIMIT_MS, async () => "")).toEqual({ outcome: "ended" });
  });

  test("who still waits when watching ends is told so", async () => {
    await clock.until(() => wire.includes("read begins"));
    const { lent } = lend();
    stopping.abort();
    await clock.until(() => wire.includes("read ends"));
    expect(await lent).toEqual({ outcome: "ended" });
  });
});
