import { type Measure, measureOf } from "./measure.ts";
import { isHigh, type ProcessRule } from "./rule.ts";

/** One level of a condition: whether it is on, and since when the opposite is seen (null: it is not). */
interface Latch {
  on: boolean;
  oppositeSinceMs: number | null;
}

/**
 * The machine's half of an alarm: is the condition there, delays and deadband taken into account? One latch per level. Time
 * counts only while readings are good: silence neither raises nor clears, it stops the watch.
 */
export class Condition {
  /** What is judged in place of the reading; null: the reading itself. */
  readonly measure: Measure | null;
  #rule: ProcessRule;
  /** Of the mildest level, at hand because it decides nearly every reading. */
  #bound = Number.NaN;
  #isHigh = false;
  /** The severity of what is on may be another one since the rule was changed. */
  #isRenewed = false;
  /** Null while nothing is on and nothing is timed, which is nearly always: a box has thousands of these. */
  #latches: Latch[] | null = null;
  #silentSinceMs: number | null = null;
  /** An alarm that comes and goes is held on for longer than its rule says; 0: as the rule says. */
  quietMs = 0;

  /** @param level the level that is on at first (after a restart), −1 for none. */
  constructor(rule: ProcessRule, level: number) {
    this.#rule = rule;
    this.measure = rule.derivation === undefined ? null : measureOf(rule.point, rule.derivation);
    this.#bind();
    if (level >= 0) this.#latches = this.#newLatches(level);
  }

  get rule(): ProcessRule {
    return this.#rule;
  }

  /** Another variant of the rule holds from the next reading on. What is on stays on until that reading says otherwise. */
  use(rule: ProcessRule): void {
    if (rule === this.#rule) return;
    this.#rule = rule;
    this.#isRenewed = this.level >= 0;
    this.#bind();
  }

  #bind(): void {
    const rule = this.#rule;
    if (rule.kind === "state") this.#bound = rule.state;
    else {
      const limits = rule.levels.map(({ limit }) => limit);
      this.#isHigh = isHigh(rule);
      this.#bound = this.#isHigh ? Math.min(...limits) : Math.max(...limits);
    }
  }

  /** The highest level that is on, −1 for none. */
  get level(): number {
    return this.#latches === null ? -1 : this.#latches.findLastIndex(({ on }) => on);
  }

  /** A delay is running: the condition wants to be asked again as time passes. */
  get restless(): boolean {
    return this.#latches !== null && this.#silentSinceMs === null && this.#latches.some(isTimed);
  }

  /** Nothing is on and nothing is timed, and each reading speaks for itself: one within the calm limits would change nothing. */
  get isCalm(): boolean {
    return this.#latches === null && this.measure === null;
  }

  /** The least and the greatest value that is no news to a calm condition. Of a state it is the one that was just seen. */
  calmLow(seen: number): number {
    if (this.#rule.kind === "state") return seen;
    return this.#isHigh ? Number.NEGATIVE_INFINITY : this.#bound;
  }

  calmHigh(seen: number): number {
    if (this.#rule.kind === "state") return seen;
    return this.#isHigh ? this.#bound : Number.POSITIVE_INFINITY;
  }

  /** Takes a good value, or the same value again as time passes. Returns true when the level changed. */
  see(value: number, nowMs: number): boolean {
    if (this.#silentSinceMs !== null) this.#resume(nowMs - this.#silentSinceMs);
    if (this.#latches === null && !this.#isPast(value, this.#bound)) return false;
    this.#latches ??= this.#newLatches(-1);
    const before = this.level;
    this.#latches.forEach((latch, level) => {
      this.#step(latch, level, value, nowMs);
    });
    const after = this.level;
    if (after < 0 && !this.#latches.some(isTimed)) this.#latches = null;
    const isNews = after !== before || this.#isRenewed;
    this.#isRenewed = false;
    return isNews;
  }

  /** Takes a reading that is not good. */
  miss(nowMs: number): void {
    this.#silentSinceMs ??= nowMs;
  }

  #newLatches(level: number): Latch[] {
    const levels = this.#rule.kind === "limit" ? this.#rule.levels.length : 1;
    return Array.from({ length: levels }, (_, index) => ({ on: index <= level, oppositeSinceMs: null }));
  }

  #resume(lostMs: number): void {
    for (const latch of this.#latches ?? []) if (latch.oppositeSinceMs !== null) latch.oppositeSinceMs += lostMs;
    this.#silentSinceMs = null;
  }

  #step(latch: Latch, level: number, value: number, nowMs: number): void {
    const limit = this.#rule.kind === "state" ? this.#rule.state : (this.#rule.levels[level]?.limit as number);
    const opposite = latch.on ? this.#isBack(value, limit) : this.#isPast(value, limit);
    if (!opposite) {
      latch.oppositeSinceMs = null;
      return;
    }
    latch.oppositeSinceMs ??= nowMs;
    if (nowMs - latch.oppositeSinceMs < (latch.on ? Math.max(this.#rule.offDelayMs, this.quietMs) : this.#rule.onDelayMs)) return;
    latch.on = !latch.on;
    latch.oppositeSinceMs = null;
  }

  #isPast(value: number, limit: number): boolean {
    if (this.#rule.kind === "state") return value === limit;
    return this.#isHigh ? value > limit : value < limit;
  }

  #isBack(value: number, limit: number): boolean {
    if (this.#rule.kind === "state") return value !== limit;
    return this.#isHigh ? value <= limit - this.#rule.deadband : value >= limit + this.#rule.deadband;
  }
}

function isTimed(latch: Latch): boolean {
  return latch.oppositeSinceMs !== null;
}
