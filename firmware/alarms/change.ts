import type { AlarmRecord } from "../contract/alarm.ts";
import type { Escalating } from "../escalation/running.ts";

/**
 * What a step of the alarm life cycle asks the world to remember and tell. `record` is the alarm after the change; its state is
 * `A` when the alarm is over and only history keeps it.
 */
export interface AlarmChange {
  /**
   * raise: it rings (first time, again after a return, or with a higher severity). update: told, but does not ring. escalate: it rings
   * on and its plan tells the next ones; the record is as it was.
   */
  readonly cause: "raise" | "update" | "acknowledge" | "clear" | "escalate";
  readonly record: AlarmRecord;
  /** What it does to the escalation of the alarm; absent where nothing escalates. */
  readonly escalation?: Escalating;
}

/** Shown, but neither remembered nor sent: the reading behind a live alarm stopped (or began again) to be good. */
export interface AlarmHold {
  readonly cause: "hold";
  readonly record: AlarmRecord;
}

export type AlarmStep = AlarmChange | AlarmHold;

export function isRecorded(step: AlarmStep): step is AlarmChange {
  return step.cause !== "hold";
}
