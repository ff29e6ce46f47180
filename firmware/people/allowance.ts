import type { Clock } from "../platform/clock.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** How many lines strangers may cause in the audit log. When the day's are used up, one an hour goes on telling of them. */
export interface AllowanceLimits {
  readonly perMinute: number;
  readonly perDay: number;
}

/**
 * Keeps strangers from pushing a year of the audit log out in a few days: what goes beyond the limits is counted, and the next line
 * that is written says how many there were.
 */
export class Allowance {
  readonly #clock: Pick<Clock, "monotonicMs">;
  readonly #limits: AllowanceLimits;
  #minute = { index: -1, used: 0 };
  #day = { index: -1, used: 0 };
  #lastMs = Number.NEGATIVE_INFINITY;
  #leftOut = 0;

  constructor(clock: Pick<Clock, "monotonicMs">, limits: AllowanceLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Null: leave this one out. Else write it, with what is returned at its end: empty, or how many were left out before it. */
  take(): string | null {
    const nowMs = this.#clock.monotonicMs();
    this.#minute = inPeriod(this.#minute, Math.floor(nowMs / MINUTE_MS));
    this.#day = inPeriod(this.#day, Math.floor(nowMs / DAY_MS));
    const fits = this.#minute.used < this.#limits.perMinute && this.#day.used < this.#limits.perDay;
    if (!fits && (this.#day.used < this.#limits.perDay || nowMs - this.#lastMs < HOUR_MS)) {
      this.#leftOut += 1;
      return null;
    }
    const note = this.#leftOut === 0 ? "" : `; ${this.#leftOut} more were not written down`;
    this.#minute.used += 1;
    this.#day.used += 1;
    this.#lastMs = nowMs;
    this.#leftOut = 0;
    return note;
  }
}

function inPeriod(period: { readonly index: number; readonly used: number }, index: number): { index: number; used: number } {
  return { index, used: period.index === index ? period.used : 0 };
}
