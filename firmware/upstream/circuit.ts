/** So many failures in a row and the target is held for dead. */
export const OPENS_AFTER = 5;
const PROBE_FIRST_MS = 5_000;
/** The next alarm may be the one that matters: it waits no longer than this to try whether the target is back. */
const PROBE_MAX_MS = 60_000;

/** Keeps us from hammering a target that does not answer: while it is open one message at a time is tried, with growing pauses. Monotonic time. */
export class Circuit {
  #failures = 0;
  #probeAtMs = 0;

  get isOpen(): boolean {
    return this.#failures >= OPENS_AFTER;
  }

  /** How long nothing is sent; 0 while it is closed, or when a probe is due. */
  waitMs(nowMs: number): number {
    return this.isOpen ? Math.max(0, this.#probeAtMs - nowMs) : 0;
  }

  failed(nowMs: number): void {
    this.#failures += 1;
    this.#probeAtMs = nowMs + Math.min(PROBE_FIRST_MS * 2 ** Math.max(0, this.#failures - OPENS_AFTER), PROBE_MAX_MS);
  }

  /** It answered, even if only to refuse. */
  answered(): void {
    this.#failures = 0;
  }
}
