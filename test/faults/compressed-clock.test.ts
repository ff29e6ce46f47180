import { expect, test } from "vitest";
import { CompressedClock } from "./compressed-clock.ts";

const START = Date.UTC(2026, 9, 10);
const clockOf = (factor: number): CompressedClock => new CompressedClock({ factor, startWallMs: START, seen: new Float64Array(1) });

test("an hour of naps and beats passes in their order and at their moments, in a blink", async () => {
  const clock = clockOf(36_000);
  const told: string[] = [];
  const end = clock.every(600_000, () => told.push(`beat ${clock.monotonicMs()}`));
  const nap = async (ms: number): Promise<void> => {
    await clock.sleep(ms);
    told.push(`nap ${clock.monotonicMs()}`);
  };
  const startMs = performance.now();
  await Promise.all([nap(900_000), nap(300_000), nap(1_500_000).then(() => nap(1_000_000))]);
  end();
  expect(told.filter((line) => line.startsWith("nap"))).toEqual(["nap 300000", "nap 900000", "nap 1500000", "nap 2500000"]);
  expect(told.filter((line) => line.startsWith("beat"))).toEqual(["beat 600000", "beat 1200000", "beat 1800000", "beat 2400000"]);
  expect(clock.wallMs()).toBe(START + 2_500_000);
  expect(performance.now() - startMs).toBeLessThan(10_000);
});

test("no beat is lost when the machine is busy", async () => {
  const clock = clockOf(100_000);
  let beats = 0;
  const end = clock.every(1_000, () => {
    beats += 1;
    const untilMs = performance.now() + 0.5;
    while (performance.now() < untilMs);
  });
  await clock.sleep(300_000);
  end();
  expect(beats).toBe(299);
});

test("held it stands still, braked it is slow, and what was saved up is not spent at once", async () => {
  const clock = clockOf(10_000);
  const release = clock.hold();
  let woke = false;
  void clock.sleep(1).then(() => {
    woke = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(woke).toBe(false);
  expect(clock.monotonicMs()).toBe(0);
  const loosen = clock.brake();
  release();
  const startMs = performance.now();
  await clock.sleep(2_000);
  expect(performance.now() - startMs).toBeGreaterThan(40);
  loosen();
  await clock.sleep(2_000);
  expect(performance.now() - startMs).toBeLessThan(5_000);
});

test("who is woken sleeps no longer", async () => {
  const clock = clockOf(1);
  const cut = new AbortController();
  const asleep = clock.sleep(3_600_000, cut.signal);
  cut.abort();
  await asleep;
  expect(clock.monotonicMs()).toBeLessThan(1_000);
});
