import { mover, type Restamp } from "../alarms/restamp.ts";
import type { Remedy } from "../contract/incidents.ts";
import type { IncidentRecord } from "./incident.ts";
import { restampedClock } from "./service-clock.ts";

/**
 * The incident with right times, once the time of day is known. `known`: times of its alarms from before this boot, whose number `boot`
 * is.
 */
export function restampedIncident(incident: IncidentRecord, by: Restamp, known: ReadonlySet<number>, boot: number): IncidentRecord {
  const moved = mover(by, known);
  const right = (acknowledgement: IncidentRecord["acknowledgement"]): IncidentRecord["acknowledgement"] =>
    acknowledgement === null ? null : { ...acknowledgement, atMs: moved(acknowledgement.atMs) };
  const { openedAtMs, resolvedAtMs, acknowledgement, alarms, work } = incident;
  const remedy = (text: Remedy | null): Remedy | null => (text === null ? null : { ...text, atMs: moved(text.atMs) });
  return {
    ...incident,
    openedAtMs: moved(openedAtMs),
    ...(moved(openedAtMs) === openedAtMs ? {} : { timeMark: "corrected" as const }),
    acknowledgement: right(acknowledgement),
    resolvedAtMs: resolvedAtMs === null ? null : moved(resolvedAtMs),
    alarms: Object.fromEntries(
      Object.entries(alarms).map(([key, alarm]) => [key, { ...alarm, acknowledgement: right(alarm.acknowledgement) }]),
    ),
    ...(work === undefined
      ? {}
      : {
          work: {
            ...work,
            workaround: remedy(work.workaround),
            solution: remedy(work.solution),
            clock: restampedClock(work.clock, boot, moved),
          },
        }),
  };
}
