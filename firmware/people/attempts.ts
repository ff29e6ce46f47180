import type { Clock } from "../platform/clock.ts";

/** Failures that cost nothing; from there every one doubles the wait, until the lock. */
export interface AttemptLimits {
  readonly freeFailures: number;
  readonly lockAfter: number;
}
export const LIMITS = {
  /** One name, tried from one address: a person who has forgotten, or somebody who guesses. */
  nameAtAddress: { freeFailures: 3, lockAfter: 10 },
  /** Any names from one address. */
  address: { freeFailures: 20, lockAfter: 40 },
  /** One name from anywhere: many machines that guess together. Wide, so that nobody can easily lock out somebody else. */
  name: { freeFailures: 30, lockAfter: 100 },
} as const satisfies Readonly<Record<string, AttemptLimits>>;
const FIRST_WAIT_MS = 1_000;
export const LOCKED_MS = 15 * 60_000;
/** Names and addresses remembered; beyond it the ones that were quiet for longest are forgotten. */
const REMEMBERED_MAX = 10_000;

export interface Key {
  readonly key: string;
  readonly limits: AttemptLimits;
}

interface Count {
  failures: number;
  lastMs: number;
  blockedUntilMs: number;
}

/**
 * Counts failed sign-ins. An attempt counts as failed from its beginning, so that guesses sent at once are not judged one by one as the first.
 */
export class Attempts {
  readonly #clock: Pick<Clock, "monotonicMs">;
  readonly #counts = new Map<string, Count>();

  constructor(clock: Pick<Clock, "monotonicMs">) {
    this.#clock = clock;
  }

  /** Begins an attempt. Zero: go on; else the milliseconds to wait, and nothing was counted. */
  begin(keys: readonly Key[]): number {
    const nowMs = this.#clock.monotonicMs();
    const waitMs = Math.max(0, ...keys.map(({ key }) => this.#count(key, nowMs).blockedUntilMs - nowMs));
    if (waitMs > 0) return waitMs;
    for (const { key, limits } of keys) this.#fail(key, limits, nowMs);
    return 0;
  }

  /** The attempt that began with these keys was right after all. */
  succeeded([forgiven, ...lessened]: readonly Key[]): void {
    if (forgiven !== undefined) this.#counts.delete(forgiven.key);
    for (const { key, limits } of lessened) this.#takeBack(key, limits);
  }

  /** The attempt was not judged: it counts as none. */
  abandoned(keys: readonly Key[]): void {
    for (const { key, limits } of keys) this.#takeBack(key, limits);
  }

  #takeBack(key: string, limits: AttemptLimits): void {
    const count = this.#counts.get(key);
    if (count === undefined) return;
    count.failures = Math.max(0, count.failures - 1);
    if (count.failures <= limits.freeFailures) count.blockedUntilMs = 0;
  }

  /** True when the last failure of one of these keys locked it. */
  isLocked(keys: readonly Key[]): boolean {
    return keys.some(({ key, limits }) => (this.#counts.get(key)?.failures ?? 0) >= limits.lockAfter);
  }

  #fail(key: string, limits: AttemptLimits, nowMs: number): void {
    const count = this.#count(key, nowMs);
    count.failures += 1;
    count.lastMs = nowMs;
    if (count.failures >= limits.lockAfter) count.blockedUntilMs = nowMs + LOCKED_MS;
    else if (count.failures > limits.freeFailures) {
      const waitMs = FIRST_WAIT_MS * 2 ** (count.failures - limits.freeFailures - 1);
      count.blockedUntilMs = nowMs + Math.min(waitMs, LOCKED_MS);
    }
    // The youngest stand last: the first is the one that was quiet for longest.
    this.#counts.delete(key);
    this.#counts.set(key, count);
    const [oldest] = this.#counts.keys();
    if (this.#counts.size > REMEMBERED_MAX && oldest !== undefined) this.#counts.delete(oldest);
  }

  #count(key: string, nowMs: number): Count {
    const known = this.#counts.get(key);
    const isOver = known !== undefined && nowMs >= known.blockedUntilMs && nowMs - known.lastMs >= LOCKED_MS;
    return known === undefined || isOver ? { failures: 0, lastMs: nowMs, blockedUntilMs: 0 } : known;
  }
}
