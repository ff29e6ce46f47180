import { asideState } from "../alarms/aside.ts";
import type { AlarmChange } from "../alarms/change.ts";
import { severityRank } from "../alarms/lifecycle.ts";
import type { Severity } from "../contract/alarm.ts";
import { type IncidentRecord, incidentState } from "./incident.ts";

/** Whether targets hear of a change, and how bad they hold the incident for after it; null: for over. */
export interface Telling {
  readonly isTold: boolean;
  readonly told: Severity | null;
}

/**
 * Targets are told of incidents, not of every alarm in them: that one has begun or become worse, how many alarms it has by now, that
 * it was acknowledged, and that the last of its alarms is over. Every raise that was told gets its clear, whatever was set aside in
 * between; what is set aside is never told itself.
 */
export function tellingOf(before: IncidentRecord | null, after: IncidentRecord, change: AlarmChange): Telling {
  const told = toldBefore(before, change);
  const others = Object.entries(after.alarms).some(([key, { active }]) => active && key !== change.record.key);
  const { severity } = change.record;
  switch (change.cause) {
    case "raise": {
      const isTold = told === null || severityRank(severity) > severityRank(told) || !others || change.record.emergency === true;
      return { isTold, told: isTold ? worse(others ? told : null, severity) : told };
    }
    case "update":
      if (told === null) return { isTold: false, told };
      return change.digest === true || others ? { isTold: change.digest === true, told } : { isTold: true, told: severity };
    case "acknowledge":
      return { isTold: told !== null && !isAcknowledged(before) && isAcknowledged(after), told };
    case "clear":
      return told === null || others ? { isTold: false, told } : { isTold: true, told: null };
    case "escalate":
      return { isTold: true, told: told ?? severity };
    case "aside":
      return { isTold: false, told };
    case "silence":
      return { isTold: false, told };
  }
}

/** An incident of before an update, or one that a new journal only hears of now, was told as long as it lasts. */
function toldBefore(incident: IncidentRecord | null, { cause, record }: AlarmChange): Severity | null {
  if (incident === null) return cause === "raise" || asideState(record) !== null ? null : record.severity;
  return incident.told === undefined ? (incident.resolvedAtMs === null ? incident.severity : null) : incident.told;
}

function isAcknowledged(incident: IncidentRecord | null): boolean {
  return incident !== null && incident.acknowledgement !== null && incidentState(incident) === "acknowledged";
}

function worse(told: Severity | null, severity: Severity): Severity {
  return told !== null && severityRank(told) > severityRank(severity) ? told : severity;
}
