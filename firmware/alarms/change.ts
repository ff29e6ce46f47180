import type { AlarmRecord } from "../contract/alarm.ts";
import type { Escalating } from "../contract/escalating.ts";

/**
 * What a step of the alarm life cycle asks the world to remember and tell. `record` is the alarm after the change; its state is
 * `A` when the alarm is over and only history keeps it.
 */
export interface AlarmChange {
  /**
   * raise: it rings (first time, again after a return, or with a higher severity). update: told, but does not ring. aside: it is or
   * moves in one of the states E, F and G, or ended there; silence: its sound was switched off. These two stay in the house. escalate: it
   * rings on and its plan tells the next ones; the record is as it was.
   */
  readonly cause: "raise" | "update" | "acknowledge" | "clear" | "aside" | "silence" | "escalate";
  readonly record: AlarmRecord;
  /** An update that says how many alarms the incident has by now; nothing about this one alarm has changed. */
  readonly digest?: true;
  /** What it does to the escalation of the alarm; absent where nothing escalates. */
  readonly escalation?: Escalating;
}

/** The causes that targets may hear of. */
export type ToldCause = Exclude<AlarmChange["cause"], "aside" | "silence">;

/** Shown, but neither remembered nor sent: the reading behind a live alarm stopped (or began again) to be good. */
export interface AlarmHold {
  readonly cause: "hold";
  readonly record: AlarmRecord;
}

export type AlarmStep = AlarmChange | AlarmHold;

export function isRecorded(step: AlarmStep): step is AlarmChange {
  return step.cause !== "hold";
}
