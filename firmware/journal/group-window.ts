/** The longest that a change waits for others that share its flush: with the flush itself it is on the disk within 50 ms. */
export const GROUP_WINDOW_MAX_MS = 40;
const WINDOW_MS = 50;
/** Storm or not is judged by so many windows, of which the running one is the last. */
const WINDOWS_SEEN = 4;
/** Two changes per window: below that waiting would save nothing. */
const CHANGES_PER_STORM = 2 * WINDOWS_SEEN;
/** A burst that is over within one window, such as all the alarms of one device, is no storm. */
const BUSY_WINDOWS = WINDOWS_SEEN - 1;

/**
 * When changes that arrive are flushed. A single one, and the first of a storm, at once. While a storm lasts a flush begins at most
 * every `GROUP_WINDOW_MAX_MS` and takes all that has come: fewer flushes, and fewer bytes for each change, because neighbours share
 * pages. A card that takes longer than that for a flush groups by itself, and nothing is added to it. Times are monotonic, ms.
 */
export class GroupWindow {
  /** Changes by window; only the last few. */
  readonly #arrivals = new Map<number, number>();
  #lastFlushMs = Number.NEGATIVE_INFINITY;

  arrived(nowMs: number, changes: number): void {
    const window = windowOf(nowMs);
    this.#arrivals.set(window, (this.#arrivals.get(window) ?? 0) + changes);
    for (const old of this.#arrivals.keys()) if (old <= window - WINDOWS_SEEN) this.#arrivals.delete(old);
  }

  /** A flush begins. */
  flushed(nowMs: number): void {
    this.#lastFlushMs = nowMs;
  }

  /** How long the next flush is put off. */
  waitMs(nowMs: number): number {
    if (!this.#isStorm(nowMs)) return 0;
    return Math.max(0, Math.min(GROUP_WINDOW_MAX_MS, this.#lastFlushMs + GROUP_WINDOW_MAX_MS - nowMs));
  }

  #isStorm(nowMs: number): boolean {
    const recent = [...this.#arrivals].filter(([window]) => window > windowOf(nowMs) - WINDOWS_SEEN);
    return recent.length >= BUSY_WINDOWS && recent.reduce((sum, [, changes]) => sum + changes, 0) >= CHANGES_PER_STORM;
  }
}

function windowOf(nowMs: number): number {
  return Math.floor(nowMs / WINDOW_MS);
}
