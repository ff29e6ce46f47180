import { expect, test } from "vitest";
import { feedWatchdog } from "../../firmware/platform/watchdog.ts";
import { ManualClock } from "./manual-clock.ts";

const SYSTEMD = { NOTIFY_SOCKET: "/run/systemd/notify", WATCHDOG_USEC: "60000000" };

function watched(environment: Record<string, string>, alive: () => Promise<unknown>) {
  const clock = new ManualClock();
  const stopping = new AbortController();
  const beatsAtMs: number[] = [];
  const started = clock.nowMs;
  const ended = feedWatchdog(environment, clock, stopping.signal, alive, () => beatsAtMs.push(clock.nowMs - started));
  return { clock, beatsAtMs, stop: () => stopping.abort(), ended };
}

test("beats at once and three times per time-out, until it is stopped", async () => {
  const { clock, beatsAtMs, stop, ended } = watched(SYSTEMD, async () => null);
  await clock.until(() => beatsAtMs.length === 4);
  expect(beatsAtMs).toEqual([0, 20_000, 40_000, 60_000]);
  stop();
  await ended;
  expect(await clock.step()).toBe(false);
  expect(beatsAtMs.length).toBe(4);
});

test("does not beat while the answer is missing", async () => {
  let answer = (): void => {};
  const { clock, beatsAtMs } = watched(SYSTEMD, () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    answer = resolve;
    return promise;
  });
  expect(await clock.step()).toBe(false);
  expect(beatsAtMs).toEqual([]);
  answer();
  await clock.settle();
  expect(beatsAtMs.length).toBe(1);
});

test("trouble is an answer, too", async () => {
  const { clock, beatsAtMs } = watched(SYSTEMD, () => Promise.reject(new Error("disk full")));
  await clock.until(() => beatsAtMs.length === 3);
});

test.each([{}, { NOTIFY_SOCKET: "/x" }, { WATCHDOG_USEC: "1000" }, { NOTIFY_SOCKET: "/x", WATCHDOG_USEC: "junk" }])(
  "where nobody watches nobody is asked: %j",
  async (environment) => {
    const { beatsAtMs, ended } = watched(environment, () => Promise.reject(new Error("asked")));
    await ended;
    expect(beatsAtMs).toEqual([]);
  },
);
