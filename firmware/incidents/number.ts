import type { AlarmRecord } from "../contract/alarm.ts";

const HEAD = "RW-";
const DIGITS = 6;

/** What people call an incident on the phone and in mails: `RW-000123`. */
export function printIncidentNumber(number: number): string {
  return `${HEAD}${String(number).padStart(DIGITS, "0")}`;
}

/** 0 for an incident without a number. */
export function incidentNumberOf({ incidentNumber }: Pick<AlarmRecord, "incidentNumber">): number {
  const number = Number(incidentNumber?.slice(HEAD.length) ?? 0);
  return Number.isSafeInteger(number) ? number : 0;
}
