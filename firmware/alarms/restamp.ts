import type { AlarmRecord } from "../contract/alarm.ts";

/** The time of day became known: what was told in this boot, from `beganMs` on, was wrong by `offsetMs`. */
export interface Restamp {
  readonly beganMs: number;
  readonly offsetMs: number;
}

/** All wall clock times of a record. */
export function timesOf({ raisedAtMs, changedAtMs, clearedAtMs, acknowledgement }: AlarmRecord): readonly number[] {
  return [raisedAtMs, changedAtMs, clearedAtMs, acknowledgement?.atMs ?? null].filter((atMs) => atMs !== null);
}

/** Puts one time right, unless it is `known` from before this boot: an alarm may have rung last month and been acknowledged just now. */
export function mover({ beganMs, offsetMs }: Restamp, known: ReadonlySet<number>): (atMs: number) => number {
  return (atMs) => (atMs < beganMs || known.has(atMs) ? atMs : atMs + offsetMs);
}

/** The record with right times; the same one when none of them was told in this boot. */
export function restampedAlarm(record: AlarmRecord, by: Restamp, known: ReadonlySet<number>): AlarmRecord {
  const moved = mover(by, known);
  if (timesOf(record).every((atMs) => moved(atMs) === atMs)) return record;
  const { raisedAtMs, changedAtMs, clearedAtMs, acknowledgement } = record;
  return {
    ...record,
    raisedAtMs: moved(raisedAtMs),
    ...(moved(raisedAtMs) === raisedAtMs ? {} : { timeMark: "corrected" as const }),
    changedAtMs: moved(changedAtMs),
    clearedAtMs: clearedAtMs === null ? null : moved(clearedAtMs),
    acknowledgement: acknowledgement === null ? null : { ...acknowledgement, atMs: moved(acknowledgement.atMs) },
  };
}
