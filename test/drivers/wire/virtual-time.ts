import type { Pace } from "../../../drivers/driver.ts";

interface Event {
  readonly atMs: number;
  readonly happen: () => void;
}

/** Time that jumps to the next thing that somebody waits for, so that an hour on a slow line takes no time at all. */
export class VirtualTime implements Pace {
  nowMs = 0;
  readonly #events = new Set<Event>();

  monotonicMs(): number {
    return this.nowMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.after(ms, resolve);
      signal?.addEventListener(
        "abort",
        () => {
          cancel();
          resolve();
        },
        { once: true },
      );
    });
  }

  /** Lets something happen later, unless the returned function is called first. */
  after(ms: number, happen: () => void): () => void {
    const event = { atMs: this.nowMs + ms, happen };
    this.#events.add(event);
    return () => this.#events.delete(event);
  }

  /** Lets time pass until the promise is settled. */
  async run<T>(promise: Promise<T>): Promise<T> {
    let settled = false;
    const mark = (): void => {
      settled = true;
    };
    promise.then(mark, mark);
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      if (settled) return promise;
      if (!this.#step()) throw new Error("nobody waits for anything, and it has not happened");
    }
  }

  #step(): boolean {
    let next: Event | undefined;
    for (const event of this.#events) if (next === undefined || event.atMs < next.atMs) next = event;
    if (next === undefined) return false;
    this.#events.delete(next);
    this.nowMs = Math.max(this.nowMs, next.atMs);
    next.happen();
    return true;
  }
}
