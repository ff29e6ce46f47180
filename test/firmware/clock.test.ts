import { expect, test } from "vitest";
import { systemClock as clock } from "../../firmware/platform/clock.ts";

const LONG_MS = 60_000;

test("an abort wakes everybody who sleeps under the signal, and nobody else", async () => {
  const stop = new AbortController();
  const other = new AbortController();
  const asleep = [clock.sleep(LONG_MS, stop.signal), clock.sleep(LONG_MS, stop.signal), clock.sleep(LONG_MS, stop.signal)];
  let otherWoke = false;
  const undisturbed = clock.sleep(LONG_MS, other.signal).then(() => {
    otherWoke = true;
  });
  stop.abort();
  await Promise.all(asleep);
  expect(otherWoke).toBe(false);
  other.abort();
  await undisturbed;
});

test("who lies down after the abort does not sleep at all", async () => {
  const stop = new AbortController();
  await clock.sleep(1, stop.signal);
  stop.abort();
  await clock.sleep(LONG_MS, stop.signal);
});

test("a nap ends by itself when nobody aborts", async () => {
  const startMs = clock.monotonicMs();
  await clock.sleep(5, new AbortController().signal);
  expect(clock.monotonicMs() - startMs).toBeGreaterThanOrEqual(4);
});

test("a wait with a fraction of a millisecond is exact: never too short, and not as coarse as a timer", async () => {
  const waitedMs: number[] = [];
  for (let wait = 0; wait < 30; wait += 1) {
    const startMs = clock.monotonicMs();
    await clock.sleep(3.646);
    waitedMs.push(clock.monotonicMs() - startMs);
  }
  expect(Math.min(...waitedMs)).toBeGreaterThanOrEqual(3.646);
  expect(Math.min(...waitedMs)).toBeLessThan(3.9);
});

test("an exact wait ends with an abort, too", async () => {
  const stop = new AbortController();
  const startMs = clock.monotonicMs();
  const asleep = clock.sleep(99.5, stop.signal);
  stop.abort();
  await asleep;
  expect(clock.monotonicMs() - startMs).toBeLessThan(90);
});
