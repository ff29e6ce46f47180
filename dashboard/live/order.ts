import type { AlarmRecord } from "../../firmware/contract/alarm.ts";
import { SEVERITIES } from "../../firmware/contract/severity.ts";

/** The order of every alarm list: what rings before what somebody has seen, the worst before the mild, the oldest first. */
export function bySeverityThenAge(a: AlarmRecord, b: AlarmRecord): number {
  return (
    Number(isUnacknowledged(b)) - Number(isUnacknowledged(a)) ||
    SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
    a.raisedAtMs - b.raisedAtMs ||
    a.key.localeCompare(b.key)
  );
}

export function isUnacknowledged({ state }: AlarmRecord): boolean {
  return state === "B" || state === "D";
}

/** The condition is there at present. */
export function isActive({ clearedAtMs }: AlarmRecord): boolean {
  return clearedAtMs === null;
}

/** Shelved, suppressed or out of service: nobody is asked about it. */
export function isAside({ state }: AlarmRecord): boolean {
  return state === "E" || state === "F" || state === "G";
}
