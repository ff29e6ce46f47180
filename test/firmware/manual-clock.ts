import type { ClockQuality } from "../../firmware/contract/clock.ts";
import type { MonotonicMs, WallMs } from "../../firmware/contract/time.ts";
import type { Clock } from "../../firmware/platform/clock.ts";

interface Sleeper {
  readonly untilMs: number;
  readonly wake: () => void;
}

/** Time that stands still until a test moves it to the next thing that somebody waits for. */
export class ManualClock implements Clock {
  nowMs = 1_000;
  readonly #sleepers = new Set<Sleeper>();
  #uuids = 0;

  monotonicMs(): MonotonicMs {
    return this.nowMs as MonotonicMs;
  }

  wallMs(): WallMs {
    return (Date.UTC(2026, 8, 20) + this.nowMs) as WallMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const sleeper: Sleeper = {
        untilMs: this.nowMs + ms,
        wake: () => {
          this.#sleepers.delete(sleeper);
          resolve();
        },
      };
      this.#sleepers.add(sleeper);
      signal?.addEventListener("abort", sleeper.wake, { once: true });
    });
  }

  every(_ms: number, _task: () => void): () => void {
    throw new Error("nobody here needs a beat");
  }

  wallTrusted(): boolean {
    return true;
  }

  quality(): ClockQuality {
    return { source: "ntp", errorMs: null };
  }

  repeats(): boolean {
    return false;
  }

  random(): number {
    return 0;
  }

  uuid(): string {
    this.#uuids += 1;
    return `00000000-0000-4000-8000-${String(this.#uuids).padStart(12, "0")}`;
  }

  /** Lets everything that can run now run, without moving time. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Moves to the earliest moment that somebody waits for. @returns false when nobody waits. */
  async step(): Promise<boolean> {
    await this.settle();
    const [next] = [...this.#sleepers].sort((a, b) => a.untilMs - b.untilMs);
    if (next === undefined) return false;
    this.nowMs = Math.max(this.nowMs, next.untilMs);
    next.wake();
    await this.settle();
    return true;
  }

  /** Wakes those whose time has come. */
  async wakeDue(): Promise<void> {
    for (const sleeper of [...this.#sleepers]) if (sleeper.untilMs <= this.nowMs) sleeper.wake();
    await this.settle();
  }

  /** Moves on until `done`, at most by `withinMs`. */
  async until(done: () => boolean, withinMs = 86_400_000): Promise<void> {
    const latestMs = this.nowMs + withinMs;
    await this.settle();
    while (!done()) {
      if (!(await this.step()) || this.nowMs > latestMs) throw new Error("it did not happen in time");
    }
  }
}
