import { type Journal, JournalError } from "../journal/journal.ts";
import type { Clock } from "../platform/clock.ts";

/** Incidents that are looked through at a start; a restart seldom lasts longer than these take to end. */
const LOOKED_AT = 100;

/** Alarms whose incidents ended so shortly before this start that they open them again, oldest first. None while nobody knows the time. */
export async function endedBefore(journal: Pick<Journal, "desk">, clock: Clock, withinMs: number) {
  if (!clock.wallTrusted() || withinMs === 0) return [];
  try {
    const filter = { limit: LOOKED_AT, states: ["resolved", "closed"] };
    const { incidents } = await journal.desk({ what: "incidents", filter });
    return incidents
      .flatMap(({ record: { id, key: incidentKey, number, resolvedAtMs, alarms } }) => {
        const agoMs = resolvedAtMs === null ? Number.POSITIVE_INFINITY : clock.wallMs() - resolvedAtMs;
        if (agoMs < 0 || agoMs >= withinMs) return [];
        return Object.keys(alarms).map((key) => ({
          key,
          incident: id,
          incidentKey,
          incidentNumber: number,
          atMs: clock.monotonicMs() - agoMs,
        }));
      })
      .toSorted((a, b) => a.atMs - b.atMs);
  } catch (error) {
    // Without it an alarm that comes back has a new incident; the journal's own trouble is told elsewhere.
    if (!(error instanceof JournalError)) throw error;
    return [];
  }
}
