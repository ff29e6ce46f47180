import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { performance } from "node:perf_hooks";
import type { Pace } from "../../drivers/driver.ts";
import type { ClockQuality } from "../contract/clock.ts";
import type { MonotonicMs, WallMs } from "../contract/time.ts";
import { turn } from "./turn.ts";

/** The one door to time, timers and chance. Tests give their own. */
export interface Clock extends Pace {
  monotonicMs(): MonotonicMs;
  wallMs(): WallMs;
  /** Whether the time of day is known: set from the network, or kept by a battery. After a power cut a box without either guesses. */
  wallTrusted(): boolean;
  /** Who says what time it is, and how far off it may be. */
  quality(): ClockQuality;
  /** The clock was set back: this time of day was told before. */
  repeats(): boolean;
  /** Calls back every `ms` until the returned function is called. */
  every(ms: number, task: () => void): () => void;
  /** A number in [0, 1). */
  random(): number;
  uuid(): string;
}

/** systemd-timesyncd writes it once it has synchronised; a clock with a battery. */
const SYNCHRONISED = "/run/systemd/timesync/synchronized";
const REAL_TIME_CLOCK = "/dev/rtc0";

/** What the operating system says, for commands. The gateway tells the time by `openBoxClock`. */
export const systemClock: Clock = {
  monotonicMs: () => performance.now() as MonotonicMs,
  wallMs: () => Date.now() as WallMs,
  wallTrusted: () => systemClock.quality().source !== "unsynced",
  quality: () => ({ source: existsSync(SYNCHRONISED) ? "ntp" : existsSync(REAL_TIME_CLOCK) ? "battery" : "unsynced", errorMs: null }),
  repeats: () => false,
  random: () => Math.random(),
  uuid: () => randomUUID(),
  every(ms, task) {
    const timer = setInterval(task, ms);
    return () => clearInterval(timer);
  },
  sleep(ms, signal) {
    if (!Number.isInteger(ms) && ms < EXACT_MS_MAX) return sleepExactly(ms, signal);
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const asleep = signal === undefined ? null : sleepersUnder(signal);
      const wake = (): void => {
        clearTimeout(timer);
        asleep?.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      asleep?.add(wake);
    });
  },
};

/** Timers count whole milliseconds and are late by up to one; what is longer than this needs no fraction. */
const EXACT_MS_MAX = 100;
const TIMER_SLACK_MS = 1.5;

/** The last bit of the wait is spent awake: silence between frames on a fast line is shorter than a timer's error. */
async function sleepExactly(ms: number, signal: AbortSignal | undefined): Promise<void> {
  const untilMs = performance.now() + ms;
  const drowsyMs = Math.floor(ms - TIMER_SLACK_MS);
  if (drowsyMs > 0) await systemClock.sleep(drowsyMs, signal);
  while (performance.now() < untilMs && signal?.aborted !== true) await turn();
}

/** The time by which the operating system stamps files, which need not be the one that is told. */
export function fileClockMs(): number {
  return Date.now();
}

/** Who sleeps under a signal. One listener serves them all: adding and removing one per nap costs more than the nap. */
const sleepers = new WeakMap<AbortSignal, Set<() => void>>();

function sleepersUnder(signal: AbortSignal): Set<() => void> {
  const known = sleepers.get(signal);
  if (known !== undefined) return known;
  const asleep = new Set<() => void>();
  sleepers.set(signal, asleep);
  const wakeAll = (): void => {
    for (const wake of asleep) wake();
  };
  signal.addEventListener("abort", wakeAll, { once: true });
  return asleep;
}

/** Holds up this thread; for worker threads, which nobody waits for in between. */
export function pauseThread(ms: number): void {
  if (ms > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
