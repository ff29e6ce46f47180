import type { ProcessRule } from "./rule.ts";

/**
 * The machine's half of an alarm: is the condition there, delays and deadband taken into account? One latch per level. Time
 * counts only while readings are good: silence neither raises nor clears, it stops the watch.
 */
export class Condition {
  readonly rule: ProcessRule;
  readonly #on: boolean[];
  /** When the opposite of `on` began to be seen; NaN: it is not seen. */
  readonly #since: number[];
  #silentSinceMs = Number.NaN;
  #quiet: boolean;

  /** @param level the level that is on at first (after a restart), −1 for none. */
  constructor(rule: ProcessRule, level: number) {
    this.rule = rule;
    const levels = rule.kind === "limit" ? rule.levels.length : 1;
    this.#on = Array.from({ length: levels }, (_, index) => index <= level);
    this.#since = new Array<number>(levels).fill(Number.NaN);
    this.#quiet = level < 0;
  }

  /** The highest level that is on, −1 for none. */
  get level(): number {
    return this.#on.lastIndexOf(true);
  }

  /** A delay is running: the condition wants to be asked again as time passes. */
  get restless(): boolean {
    return Number.isNaN(this.#silentSinceMs) && this.#since.some((since) => !Number.isNaN(since));
  }

  get silent(): boolean {
    return !Number.isNaN(this.#silentSinceMs);
  }

  /** Takes a good value, or the same value again as time passes. Returns true when the level changed. */
  see(value: number, nowMs: number): boolean {
    if (!Number.isNaN(this.#silentSinceMs)) this.#resume(nowMs);
    // Nearly every call: nothing is on, nothing is timed, and the mildest level is not exceeded.
    if (this.#quiet && !this.#abnormal(0, value)) return false;
    const before = this.level;
    for (let level = 0; level < this.#on.length; level += 1) this.#step(level, value, nowMs);
    this.#quiet = !this.#on.includes(true) && this.#since.every(Number.isNaN);
    return this.level !== before;
  }

  /** Takes a reading that is not good. */
  miss(nowMs: number): void {
    if (Number.isNaN(this.#silentSinceMs)) this.#silentSinceMs = nowMs;
  }

  #resume(nowMs: number): void {
    const lostMs = nowMs - this.#silentSinceMs;
    for (let level = 0; level < this.#since.length; level += 1) this.#since[level] = (this.#since[level] as number) + lostMs;
    this.#silentSinceMs = Number.NaN;
  }

  #step(level: number, value: number, nowMs: number): void {
    const on = this.#on[level] as boolean;
    const opposite = on ? this.#normal(level, value) : this.#abnormal(level, value);
    if (!opposite) {
      this.#since[level] = Number.NaN;
      return;
    }
    if (Number.isNaN(this.#since[level] as number)) this.#since[level] = nowMs;
    const delayMs = on ? this.rule.offDelayMs : this.rule.onDelayMs;
    if (nowMs - (this.#since[level] as number) >= delayMs) {
      this.#on[level] = !on;
      this.#since[level] = Number.NaN;
    }
  }

  #abnormal(level: number, value: number): boolean {
    if (this.rule.kind === "state") return value === this.rule.state;
    const limit = this.rule.levels[level]?.limit as number;
    return this.rule.type === "high" ? value > limit : value < limit;
  }

  #normal(level: number, value: number): boolean {
    if (this.rule.kind === "state") return value !== this.rule.state;
    const limit = this.rule.levels[level]?.limit as number;
    return this.rule.type === "high" ? value <= limit - this.rule.deadband : value >= limit + this.rule.deadband;
  }
}
