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
