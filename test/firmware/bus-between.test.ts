import { afterEach, beforeEach, expect, test } from "vitest";
import type { DeviceReader } from "../../drivers/driver.ts";
import { BusLoop } from "../../firmware/acquire/bus.ts";
import { ManualClock } from "./manual-clock.ts";

let clock: ManualClock;
let stopping: AbortController;
/** What happened on the wire, in order. */
let wire: string[];

beforeEach(() => {
  clock = new ManualClock();
  stopping = new AbortController();
  wire = [];
});
afterEach(() => stopping.abort());

function loopOf(devices: number): { readonly loop: BusLoop; readonly running: Promise<void> } {
  const reader: DeviceReader = {
    pointNames: ["ambient.temperature"],
    async read() {
      wire.push("read begins");
      await clock.sleep(300);
      wire.push("read ends");
      return { answered: true, transactions: 1, faults: [] };
    },
  };
  const those = Array.from({ length: devices }, (_, index) => ({ index, id: `th-${index}`, periodMs: 1_000, reader }));
  const events = { turn: (device: { id: string } | null) => wire.push(device?.id ?? "output"), readings: () => {}, adapter: () => {} };
  const loop = new BusLoop("line", those, { startMs: clock.nowMs, phase: 0 }, clock, events, async () => {});
  return { loop, running: loop.run(stopping.signal) };
}
const job = (name: string) => async (): Promise<string> => {
  wire.push(`${name} begins`);
  await clock.sleep(100);
  wire.push(`${name} ends`);
  return name;
};

test("a job waits for the read that is on its way, and never shares the wire with one", async () => {
  const { loop, running } = loopOf(1);
  await clock.settle();
  const done = loop.between(job("job"));
  await clock.until(() => wire.includes("job ends"));
  expect(await done).toBe("job");
  expect(wire).toEqual(["th-0", "read begins", "read ends", "output", "job begins", "job ends"]);
  stopping.abort();
  await clock.step();
  await running;
});

test("jobs and devices that are due take turns", async () => {
  const { loop, running } = loopOf(3);
  await clock.settle();
  for (const name of ["a", "b"]) void loop.between(job(name));
  await clock.until(() => wire.filter((line) => line === "read ends").length === 3);
  const turns = wire.filter((line) => !line.endsWith("ends") && !line.startsWith("read"));
  expect(turns.slice(0, 7)).toEqual(["th-0", "output", "a begins", "th-1", "output", "b begins", "th-2"]);
  stopping.abort();
  await clock.step();
  await running;
});

test("on a wire without devices a job is done at once; when watching has ended there is none", async () => {
  const { loop, running } = loopOf(0);
  await clock.settle();
  const done = loop.between(job("job"));
  await clock.until(() => wire.includes("job ends"));
  expect(await done).toBe("job");
  stopping.abort();
  await running;
  expect(await loop.between(job("late"))).toBeNull();
});
