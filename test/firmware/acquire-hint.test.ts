import { beforeEach, describe, expect, test } from "vitest";
import type { ReadReport } from "../../drivers/driver.ts";
import { BusLoop } from "../../firmware/acquire/bus.ts";
import { BusSchedule } from "../../firmware/acquire/schedule.ts";
import { ManualClock } from "./manual-clock.ts";

const ANSWERED: ReadReport = { answered: true, transactions: 1, faults: [] };
const PERIOD_MS = 60_000;

describe("a device that says by itself that something has happened", () => {
  let clock: ManualClock;
  let loop: BusLoop;
  let readAtMs: number[];
  let stopping: AbortController;
  let duringRead: (() => void) | null;

  beforeEach(() => {
    clock = new ManualClock();
    readAtMs = [];
    duringRead = null;
    stopping = new AbortController();
    const reader = {
      pointNames: [],
      read: async () => {
        readAtMs.push(clock.nowMs);
        duringRead?.();
        duringRead = null;
        return ANSWERED;
      },
    };
    const device = { index: 7, id: "ups", periodMs: PERIOD_MS, reader };
    loop = new BusLoop(
      "line",
      [device],
      { startMs: clock.nowMs, phase: 0 },
      clock,
      { readings: () => {}, adapter: () => {} },
      async () => {},
    );
    void loop.run(stopping.signal);
  });

  test("is read at once instead of at its next turn, and then at its turns again", async () => {
    await clock.until(() => readAtMs.length === 2);
    const secondMs = readAtMs[1] ?? 0;
    clock.nowMs += 10_000;
    loop.changed(7);
    await clock.settle();
    expect(readAtMs[2]).toBe(secondMs + 10_000);
    await clock.until(() => readAtMs.length === 4);
    expect(readAtMs[3]).toBe(secondMs + PERIOD_MS);
    stopping.abort();
  });

  test("is read once more when it says so while it is read: the read may have missed it", async () => {
    duringRead = () => loop.changed(7);
    await clock.until(() => readAtMs.length === 4);
    expect((readAtMs[2] ?? 0) - (readAtMs[1] ?? 0)).toBe(500);
    expect((readAtMs[3] ?? 0) - (readAtMs[2] ?? 0)).toBeGreaterThan(10_000);
    stopping.abort();
  });

  test("that never stops saying so is read twice a second at most", async () => {
    const startedMs = clock.nowMs;
    for (let sign = 0; sign < 100; sign += 1) {
      loop.changed(7);
      clock.nowMs += 100;
      await clock.settle();
    }
    await clock.until(() => readAtMs.length > 2);
    expect(readAtMs.filter((atMs) => atMs < startedMs + 10_000).length).toBeLessThanOrEqual(21);
    stopping.abort();
  });

  test("of which nothing is known on this wire changes nothing", async () => {
    await clock.until(() => readAtMs.length === 2);
    loop.changed(8);
    clock.nowMs += 1_000;
    await clock.settle();
    expect(readAtMs).toHaveLength(2);
    stopping.abort();
  });

  test("ends its wait when the box stops", async () => {
    await clock.until(() => readAtMs.length === 2);
    const ended = loop.run(stopping.signal);
    stopping.abort();
    await ended;
  });
});

describe("the schedule", () => {
  test("lets a silent device that speaks up be tried before its turn", () => {
    const schedule = new BusSchedule([1_000, 1_000], 0, 0);
    let nowMs = 0;
    for (let failure = 0; failure < 6; failure += 1) {
      schedule.done(0, "silent", nowMs, nowMs + 500);
      nowMs += 500;
    }
    schedule.done(1, "answered", nowMs, nowMs);
    expect(schedule.next(nowMs)).not.toEqual({ kind: "read", device: 0 });
    schedule.hasten(0, nowMs + 600);
    expect(schedule.next(nowMs + 600)).toEqual({ kind: "read", device: 0 });
  });
});
