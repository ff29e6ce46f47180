const MINUTE_MS = 60_000;

/** At most so many messages within any minute; attempts count, too. Monotonic time. What was sent before a restart is not known after it. */
export class RateLimit {
  readonly #perMinute: number;
  /** Of the last messages, oldest first; never more than a minute may have. */
  readonly #sentMs: number[] = [];

  constructor(perMinute: number) {
    this.#perMinute = perMinute;
  }

  /** How long the next message has to wait; 0: not at all. */
  waitMs(nowMs: number): number {
    const first = this.#sentMs[0];
    return first === undefined || this.#sentMs.length < this.#perMinute ? 0 : Math.max(0, first + MINUTE_MS - nowMs);
  }

  sent(nowMs: number): void {
    this.#sentMs.push(nowMs);
    if (this.#sentMs.length > this.#perMinute) this.#sentMs.shift();
  }
}
