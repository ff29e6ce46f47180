import { randomUUID } from "node:crypto";
import { performance } from "node:perf_hooks";
import type { Pace } from "../../drivers/driver.ts";
import type { MonotonicMs, WallMs } from "../contract/time.ts";

/** The one door to time, timers and chance. Tests give their own. */
export interface Clock extends Pace {
  monotonicMs(): MonotonicMs;
  wallMs(): WallMs;
  /** Resolves after `ms`, or at once when `signal` aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls back every `ms` until the returned function is called. */
  every(ms: number, task: () => void): () => void;
  /** A number in [0, 1). */
  random(): number;
  uuid(): string;
}

export const systemClock: Clock = {
  monotonicMs: () => performance.now() as MonotonicMs,
  wallMs: () => Date.now() as WallMs,
  random: () => Math.random(),
  uuid: () => randomUUID(),
  every(ms, task) {
    const timer = setInterval(task, ms);
    return () => clearInterval(timer);
  },
  sleep(ms, signal) {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const done = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal?.addEventListener("abort", done, { once: true });
    });
  },
};
