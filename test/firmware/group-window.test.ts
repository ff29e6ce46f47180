import fc from "fast-check";
import { expect, test } from "vitest";
import { GROUP_WINDOW_MAX_MS, GroupWindow } from "../../firmware/journal/group-window.ts";

/** Flushes as the recorder would make them, each taking `flushMs`. @returns when each began, and how long each change waited for its own. */
function flushes(
  arrivalsMs: readonly number[],
  flushMs: number,
): { readonly beganMs: readonly number[]; readonly waitedMs: readonly number[] } {
  const window = new GroupWindow();
  const beganMs: number[] = [];
  const waitedMs: number[] = [];
  let next = 0;
  let nowMs = 0;
  const arrive = (upToMs: number): void => {
    for (; next < arrivalsMs.length && (arrivalsMs[next] as number) <= upToMs; next += 1) window.arrived(arrivalsMs[next] as number, 1);
  };
  while (waitedMs.length < arrivalsMs.length) {
    nowMs = Math.max(nowMs, arrivalsMs[waitedMs.length] as number);
    arrive(nowMs);
    const waitMs = window.waitMs(nowMs);
    nowMs += waitMs;
    arrive(nowMs);
    window.flushed(nowMs);
    beganMs.push(nowMs);
    while (waitedMs.length < next) waitedMs.push(nowMs - (arrivalsMs[waitedMs.length] as number));
    nowMs += flushMs;
  }
  return { beganMs, waitedMs };
}

const every = (gapMs: number, count: number): readonly number[] => Array.from({ length: count }, (_, n) => 10_000 + n * gapMs);

test("a single alarm, one now and then, and the alarms of one moment wait for nobody", () => {
  expect(Math.max(...flushes(every(1_000, 20), 1).waitedMs)).toBe(0);
  expect(Math.max(...flushes(every(60, 100), 1).waitedMs)).toBe(0);
  const burst = flushes([10_000, ...Array.from({ length: 30 }, () => 10_000.1)], 1);
  expect(Math.max(...burst.waitedMs)).toBeLessThanOrEqual(1);
});

test("500 alarms in 10 seconds take about half as many flushes, each change waiting 40 ms at most", () => {
  const { beganMs, waitedMs } = flushes(every(20, 500), 1);
  expect(beganMs.length).toBeLessThan(260);
  expect(Math.max(...waitedMs)).toBeLessThanOrEqual(GROUP_WINDOW_MAX_MS);
});

test("a card that is slower than the window groups by itself: nothing is added to it", () => {
  const { beganMs } = flushes(every(5, 1_000), 80);
  beganMs.slice(1).forEach((ms, n) => {
    expect(ms - (beganMs[n] as number)).toBeCloseTo(80, 5);
  });
});

test("law: no change waits longer for others than the window, however they come", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 200 }), { minLength: 1, maxLength: 300 }),
      fc.integer({ min: 0, max: 200 }),
      (gaps, flushMs) => {
        let atMs = 0;
        const arrivals = gaps.map((gap) => (atMs += gap));
        // Beyond the window a change waits only for the flush before its own.
        for (const ms of flushes(arrivals, flushMs).waitedMs) expect(ms).toBeLessThanOrEqual(Math.max(GROUP_WINDOW_MAX_MS, flushMs));
      },
    ),
  );
});
