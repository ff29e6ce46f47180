import type { AlarmRecord } from "../contract/alarm.ts";
import { asideState } from "./aside.ts";
import type { AlarmChange } from "./change.ts";

/** Incidents that targets do not know the size of yet, and since when. By the clock that nobody sets. */
export class Growth {
  readonly #sinceMs = new Map<string, number>();

  /** An alarm has come into it that somebody hears of. */
  grew(incident: string, nowMs: number): void {
    if (!this.#sinceMs.has(incident)) this.#sinceMs.set(incident, nowMs);
  }

  /** Its size was told in another way. */
  told(incident: string): void {
    this.#sinceMs.delete(incident);
  }

  /** Tells how many alarms an incident has by now, once the moment in which they come has passed. */
  due(live: ReadonlyMap<string, AlarmRecord>, momentMs: number, nowMs: number): readonly AlarmChange[] {
    const changes: AlarmChange[] = [];
    for (const [incident, sinceMs] of this.#sinceMs) {
      if (nowMs - sinceMs < momentMs) continue;
      this.#sinceMs.delete(incident);
      const members = [...live.values()].filter(
        (record) => record.incident === incident && record.clearedAtMs === null && asideState(record) === null,
      );
      const speaker = members.find(({ key, incidentKey }) => key === (incidentKey ?? key)) ?? members[0];
      if (speaker !== undefined) changes.push({ cause: "update", record: speaker, digest: true });
    }
    return changes;
  }
}
