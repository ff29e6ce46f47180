import { isGood } from "../../drivers/reading.ts";
import type { Columns } from "../points/formula-value.ts";
import { localMinute } from "./schedule.ts";

/** What has to happen again and again. */
export interface Expectation {
  readonly id: string;
  readonly key: string;
  readonly event:
    | { readonly kind: "state"; readonly point: number; readonly state: number }
    | { readonly kind: "moved"; readonly point: number }
    | { readonly kind: "sheet"; readonly round: string };
  readonly everyMs: number | null;
  readonly byMinute: number;
  readonly days: readonly number[];
}

/** By id: when it happened last, or since when it is waited for. Wall clock, milliseconds. */
export type Seen = Readonly<Record<string, number>>;

const MINUTE_MS = 60_000;
const DAYS_PER_WEEK = 7;

/**
 * Waits for what is expected, and says what did not come. Only with a trusted wall clock: a box that does not know the day cannot know
 * what is late.
 */
export class ExpectedWatch {
  readonly #expected: readonly Expectation[];
  readonly #timezone: string;
  readonly #seen: Map<string, number>;
  /** By point: what it said last. */
  readonly #before = new Map<number, number>();
  readonly #missing = new Map<string, boolean>();
  #lookedMinute = Number.NaN;

  constructor(expected: readonly Expectation[], timezone: string, seen: Seen) {
    this.#expected = expected;
    this.#timezone = timezone;
    this.#seen = new Map(expected.flatMap(({ id }) => (seen[id] === undefined ? [] : [[id, seen[id]]])));
  }

  get seen(): Seen {
    return Object.fromEntries(this.#seen);
  }

  /**
   * Takes what the points say; a state counts when it is reached, not while it lasts, and nothing counts while nobody knows the time of day.
   * Returns whether something expected happened.
   */
  take(first: number, count: number, { values, qualities }: Columns, wallMs: number, trusted: boolean): boolean {
    let happened = false;
    for (const { id, event } of this.#expected) {
      if (event.kind === "sheet" || event.point < first || event.point >= first + count) continue;
      if (!isGood(qualities[event.point] as number)) continue;
      const value = values[event.point] as number;
      const before = this.#before.get(event.point);
      if (before === undefined || before === value) continue;
      if ((event.kind === "state" && value !== event.state) || !trusted) continue;
      this.#seen.set(id, wallMs);
      happened = true;
    }
    for (const { event } of this.#expected) {
      if (event.kind === "sheet" || event.point < first || event.point >= first + count) continue;
      if (isGood(qualities[event.point] as number)) this.#before.set(event.point, values[event.point] as number);
    }
    return happened;
  }

  /** A sheet of this round was signed. Returns whether somebody waited for it. */
  signed(round: string, atMs: number): boolean {
    const waiting = this.#expected.filter(({ event }) => event.kind === "sheet" && event.round === round);
    for (const { id } of waiting) this.#seen.set(id, Math.max(atMs, this.#seen.get(id) ?? Number.NEGATIVE_INFINITY));
    return waiting.length > 0;
  }

  /** Once a minute, and after something happened: what is missing now, or is no more. Empty when nothing has changed. */
  look(wallMs: number, trusted: boolean): readonly { readonly key: string; readonly missing: boolean }[] {
    if (!trusted) return [];
    return this.#expected.flatMap((expected) => {
      const missing = this.#isMissing(expected, wallMs);
      if (this.#missing.get(expected.key) === missing) return [];
      this.#missing.set(expected.key, missing);
      return [{ key: expected.key, missing }];
    });
  }

  /** Whether it is time for `look`. */
  isDue(wallMs: number): boolean {
    const minute = Math.floor(wallMs / MINUTE_MS);
    if (minute === this.#lookedMinute) return false;
    this.#lookedMinute = minute;
    return true;
  }

  #isMissing({ id, everyMs, byMinute, days }: Expectation, wallMs: number): boolean {
    const seenMs = this.#seen.get(id);
    // Nobody knows what was before the first look: the wait begins with it.
    if (seenMs === undefined) {
      this.#seen.set(id, wallMs);
      return false;
    }
    if (everyMs !== null) return wallMs - seenMs > everyMs;
    return seenMs < this.#dueDayMs(byMinute, days, wallMs);
  }

  /** Beginning of the latest day on which it should have happened by now. */
  #dueDayMs(byMinute: number, days: readonly number[], wallMs: number): number {
    const now = Temporal.Instant.fromEpochMilliseconds(Math.floor(wallMs)).toZonedDateTimeISO(this.#timezone);
    const { minute } = localMinute(wallMs, this.#timezone);
    for (let back = 0; back <= DAYS_PER_WEEK; back += 1) {
      const day = now.subtract({ days: back });
      if (days.includes(day.dayOfWeek) && (back > 0 || minute >= byMinute)) return day.startOfDay().epochMilliseconds;
    }
    return Number.NEGATIVE_INFINITY;
  }
}
