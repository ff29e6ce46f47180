import type { AlarmChange } from "../alarms/change.ts";
import type { AlarmRecord, Incident, Severity } from "../contract/alarm.ts";
import { SEVERITIES } from "../contract/severity.ts";
import { type Roll, rollWith } from "./roll.ts";
import type { IncidentWork } from "./work.ts";

type Acknowledgement = AlarmRecord["acknowledgement"];

/** What an incident knows of one of its alarms. */
interface IncidentAlarm {
  /** The condition is there: raised and not returned to normal. */
  readonly active: boolean;
  readonly acknowledgement: Acknowledgement;
  /** Shelved, suppressed or out of service: nobody is asked to see it. */
  readonly aside?: true;
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
  /** Who belongs to it; absent in incidents of old. */
  readonly roll?: Roll;
  /** How bad it is as far as targets know, null while they hold it for over; absent in incidents of old. */
  readonly told?: Severity | null;
}

/** The incident after one more change of one of its alarms; null means that this change opens it. */
export function stepIncident(incident: IncidentRecord | null, { cause, record }: AlarmChange): IncidentRecord {
  if (incident !== null && incident.id !== record.incident) throw new Error(`a change of ${record.incident} for ${incident.id}`);
  const before = incident?.alarms[record.key];
  const moves = cause === "raise" || cause === "clear" || cause === "aside";
  const active = moves ? record.clearedAtMs === null && record.state !== "A" : (before?.active ?? record.clearedAtMs === null);
  const aside = record.state === "E" || record.state === "F" || record.state === "G" ? { aside: true as const } : {};
  const alarms = { ...incident?.alarms, [record.key]: { active, acknowledgement: record.acknowledgement, ...aside } };
  const worse = incident === null || isWorse(record.severity, incident.severity);
  return {
    id: record.incident,
    number: incident?.number ?? record.incidentNumber,
    key: incident?.key ?? record.incidentKey ?? record.key,
    device: incident?.device ?? record.device,
    severity: worse ? record.severity : incident.severity,
    text: worse ? record.text : incident.text,
    openedAtMs: incident?.openedAtMs ?? record.raisedAtMs,
    timeMark: incident === null ? record.timeMark : incident.timeMark,
    acknowledgement: acknowledgementOf(alarms),
    resolvedAtMs: anyActive(alarms) ? null : (incident?.resolvedAtMs ?? record.clearedAtMs ?? record.changedAtMs),
    alarms,
    ...(incident?.work === undefined ? {} : { work: incident.work }),
    roll: rollWith(incident?.roll, record, Object.keys(alarms).length),
    ...(incident?.told === undefined ? {} : { told: incident.told }),
  };
}

/** As the dashboard and the API show it. */
export function showIncident(incident: IncidentRecord, deliveries: Incident["deliveries"]): Incident {
  const { alarms: _, roll, told: __, work: ___, ...shown } = incident;
  const count = roll?.count ?? Object.keys(incident.alarms).length;
  return { ...shown, state: incidentState(incident), deliveries, alarms: count, firstOut: roll?.first?.text ?? incident.text };
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
  const active = all.filter((alarm) => alarm.active);
  const heard = active.filter(({ aside }) => aside !== true);
  const standing = heard.length > 0 ? heard : active;
  let last: Acknowledgement = null;
  for (const { acknowledgement } of standing.length > 0 ? standing : all) {
    if (acknowledgement === null) return null;
    if (last === null || acknowledgement.atMs >= last.atMs) last = acknowledgement;
  }
  return last;
}
