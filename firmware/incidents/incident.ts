import type { AlarmChange } from "../alarms/change.ts";
import type { AlarmRecord, Incident, Severity } from "../contract/alarm.ts";
import { SEVERITIES } from "../contract/severity.ts";
import type { IncidentWork } from "./work.ts";

type Acknowledgement = AlarmRecord["acknowledgement"];

/** What an incident knows of one of its alarms. */
interface IncidentAlarm {
  /** The condition is there: raised and not returned to normal. */
  readonly active: boolean;
  readonly acknowledgement: Acknowledgement;
}

/**
 * What a person or the ITSM handles, as the journal keeps it: one or several alarms with one cause. Its state is not stored, it
 * follows from the alarms, so that the two can never disagree.
 */
export interface IncidentRecord {
  readonly id: string;
  /** `RW-000123`; incidents of old have none. */
  readonly number?: string | undefined;
  /** Key of the alarm that opened it. */
  readonly key: string;
  readonly device: string;
  /** The worst it has been, with the words of that moment. */
  readonly severity: Severity;
  readonly text: AlarmRecord["text"];
  readonly openedAtMs: number;
  readonly timeMark?: AlarmRecord["timeMark"];
  /** Last acknowledgement once every alarm that still stands is acknowledged, or null. */
  readonly acknowledgement: Acknowledgement;
  /** When the last of its alarms returned to normal; null again when one of them comes back. */
  readonly resolvedAtMs: number | null;
  readonly alarms: Readonly<Record<string, IncidentAlarm>>;
  /** What people have made of it; absent in incidents of old. */
  readonly work?: IncidentWork | undefined;
}

/** The incident after one more change of one of its alarms; null means that this change opens it. */
export function stepIncident(incident: IncidentRecord | null, { cause, record }: AlarmChange): IncidentRecord {
  if (incident !== null && incident.id !== record.incident) throw new Error(`a change of ${record.incident} for ${incident.id}`);
  const before = incident?.alarms[record.key];
  const active = cause === "raise" || (cause !== "clear" && (before?.active ?? record.clearedAtMs === null));
  const alarms = { ...incident?.alarms, [record.key]: { active, acknowledgement: record.acknowledgement } };
  const worse = incident === null || isWorse(record.severity, incident.severity);
  return {
    id: record.incident,
    number: incident?.number ?? record.incidentNumber,
    key: incident?.key ?? record.key,
    device: incident?.device ?? record.device,
    severity: worse ? record.severity : incident.severity,
    text: worse ? record.text : incident.text,
    openedAtMs: incident?.openedAtMs ?? record.raisedAtMs,
    timeMark: incident === null ? record.timeMark : incident.timeMark,
    acknowledgement: acknowledgementOf(alarms),
    resolvedAtMs: anyActive(alarms) ? null : (incident?.resolvedAtMs ?? record.clearedAtMs ?? record.changedAtMs),
    alarms,
    ...(incident?.work === undefined ? {} : { work: incident.work }),
  };
}

/** As the dashboard and the API show it. */
export function showIncident(incident: IncidentRecord, deliveries: Incident["deliveries"]): Incident {
  const { alarms: _, work: __, ...shown } = incident;
  return { ...shown, state: incidentState(incident), deliveries };
}

export function incidentState(incident: IncidentRecord): Incident["state"] {
  if (incident.resolvedAtMs !== null) return "resolved";
  return incident.acknowledgement === null ? "open" : "acknowledged";
}

function isWorse(severity: Severity, than: Severity): boolean {
  return SEVERITIES.indexOf(severity) < SEVERITIES.indexOf(than);
}

function anyActive(alarms: IncidentRecord["alarms"]): boolean {
  return Object.values(alarms).some(({ active }) => active);
}

/** An alarm that returned to normal unseen does not keep an incident open while others in it are acknowledged and still stand. */
function acknowledgementOf(alarms: IncidentRecord["alarms"]): Acknowledgement {
  const all = Object.values(alarms);
  const standing = all.filter(({ active }) => active);
  let last: Acknowledgement = null;
  for (const { acknowledgement } of standing.length > 0 ? standing : all) {
    if (acknowledgement === null) return null;
    if (last === null || acknowledgement.atMs >= last.atMs) last = acknowledgement;
  }
  return last;
}
