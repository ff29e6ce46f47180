import type { AlarmRecord, Shelf } from "../contract/alarm.ts";

/** The time of day became known: what was told in this boot, from `beganMs` on, was wrong by `offsetMs`. */
export interface Restamp {
  readonly beganMs: number;
  readonly offsetMs: number;
}

/** All wall clock times of a record. */
export function timesOf({ raisedAtMs, changedAtMs, clearedAtMs, acknowledgement, shelf, soundOff }: AlarmRecord): readonly number[] {
  const all = [raisedAtMs, changedAtMs, clearedAtMs, acknowledgement?.atMs, shelf?.atMs, soundOff?.atMs];
  return all.filter((atMs): atMs is number => atMs !== null && atMs !== undefined);
}

/** Puts one time right, unless it is `known` from before this boot: an alarm may have rung last month and been acknowledged just now. */
export function mover({ beganMs, offsetMs }: Restamp, known: ReadonlySet<number>): (atMs: number) => number {
  return (atMs) => (atMs < beganMs || known.has(atMs) ? atMs : atMs + offsetMs);
}

/** The record with right times; the same one when none of them was told in this boot. */
export function restampedAlarm(record: AlarmRecord, by: Restamp, known: ReadonlySet<number>): AlarmRecord {
  const moved = mover(by, known);
  if (timesOf(record).every((atMs) => moved(atMs) === atMs)) return record;
  const { raisedAtMs, changedAtMs, clearedAtMs, acknowledgement, abnormalAtMs, shelf, soundOff } = record;
  // What is to end at a time ends as much later as it began later than was told.
  const lateBy = (atMs: number): number => moved(atMs) - atMs;
  return {
    ...record,
    raisedAtMs: moved(raisedAtMs),
    ...(moved(raisedAtMs) === raisedAtMs ? {} : { timeMark: "corrected" as const }),
    changedAtMs: moved(changedAtMs),
    clearedAtMs: clearedAtMs === null ? null : moved(clearedAtMs),
    acknowledgement: acknowledgement === null ? null : { ...acknowledgement, atMs: moved(acknowledgement.atMs) },
    ...(abnormalAtMs === undefined ? {} : { abnormalAtMs: abnormalAtMs + lateBy(raisedAtMs) }),
    ...(shelf === undefined ? {} : { shelf: laterShelf(shelf, lateBy(shelf.atMs)) }),
    ...(soundOff === undefined
      ? {}
      : { soundOff: { ...soundOff, atMs: moved(soundOff.atMs), untilMs: soundOff.untilMs + lateBy(soundOff.atMs) } }),
  };
}

function laterShelf(shelf: Shelf, byMs: number): Shelf {
  return { ...shelf, atMs: shelf.atMs + byMs, untilMs: shelf.untilMs === null ? null : shelf.untilMs + byMs };
}
