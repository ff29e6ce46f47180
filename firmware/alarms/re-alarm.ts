import type { AlarmRecord } from "../contract/alarm.ts";
import type { Rule } from "./rule.ts";

/** Watches over acknowledged alarms that stay: after the time of their rule they ring again. By the clock that nobody sets. */
export class ReAlarms {
  /** By alarm key: since when it is acknowledged and still there. */
  readonly #since = new Map<string, number>();

  /** Keys of alarms that are to ring again now. */
  due(live: Iterable<AlarmRecord>, ruleOf: (key: string) => Rule | undefined, nowMs: number): readonly string[] {
    const due: string[] = [];
    const waiting = new Set<string>();
    for (const { key, state } of live) {
      const afterMs = state === "C" ? ruleOf(key)?.reAlarmMs : undefined;
      if (afterMs === undefined) continue;
      waiting.add(key);
      const sinceMs = this.#since.get(key);
      if (sinceMs === undefined) this.#since.set(key, nowMs);
      else if (nowMs - sinceMs >= afterMs) due.push(key);
    }
    for (const key of this.#since.keys()) if (!waiting.has(key)) this.#since.delete(key);
    for (const key of due) this.#since.delete(key);
    return due;
  }
}
