import { mover, type Restamp } from "../alarms/restamp.ts";
import type { IncidentRecord } from "./incident.ts";

/** The incident with right times, once the time of day is known. `known`: times of its alarms from before this boot. */
export function restampedIncident(incident: IncidentRecord, by: Restamp, known: ReadonlySet<number>): IncidentRecord {
  const moved = mover(by, known);
  const right = (acknowledgement: IncidentRecord["acknowledgement"]): IncidentRecord["acknowledgement"] =>
    acknowledgement === null ? null : { ...acknowledgement, atMs: moved(acknowledgement.atMs) };
  const { openedAtMs, resolvedAtMs, acknowledgement, alarms } = incident;
  return {
    ...incident,
    openedAtMs: moved(openedAtMs),
    ...(moved(openedAtMs) === openedAtMs ? {} : { timeMark: "corrected" as const }),
    acknowledgement: right(acknowledgement),
    resolvedAtMs: resolvedAtMs === null ? null : moved(resolvedAtMs),
    alarms: Object.fromEntries(
      Object.entries(alarms).map(([key, alarm]) => [key, { ...alarm, acknowledgement: right(alarm.acknowledgement) }]),
    ),
  };
}
