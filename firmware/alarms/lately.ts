import type { AlarmRecord } from "../contract/alarm.ts";
import type { Membership } from "./grouping.ts";

/** Alarms that are remembered after they are over; a room has fewer that flap. */
const REMEMBERED_MAX = 2_000;

export type Ended = Pick<AlarmRecord, "key" | "incident" | "incidentKey" | "incidentNumber">;

/** Alarms that ended a moment ago: one that comes back so soon is the same trouble, and opens its incident again. */
export class LatelyEnded {
  readonly #withinMs: number;
  /** In the order in which they ended. */
  readonly #ended = new Map<string, Membership & { readonly atMs: number }>();

  constructor(withinMs: number) {
    this.#withinMs = withinMs;
  }

  /** @param atMs monotonic. */
  end({ key, incident, incidentKey = key, incidentNumber }: Ended, atMs: number): void {
    this.#ended.delete(key);
    this.#ended.set(key, { incident, incidentKey, incidentNumber, atMs });
    for (const [oldest, { atMs: endedMs }] of this.#ended) {
      if (this.#ended.size <= REMEMBERED_MAX && atMs - endedMs <= this.#withinMs) break;
      this.#ended.delete(oldest);
    }
  }

  /** The incident that this alarm opens again; null: a new one. */
  take(key: string, nowMs: number): Membership | null {
    const former = this.#ended.get(key);
    this.#ended.delete(key);
    if (former === undefined || nowMs - former.atMs >= this.#withinMs) return null;
    const { atMs: _, ...membership } = former;
    return membership;
  }
}
