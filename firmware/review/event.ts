import type { AlarmRecord, Severity, Words } from "../contract/alarm.ts";

/** What the figures need of one event of the journal. */
export interface AlarmEvent {
  readonly sequence: number;
  /** Wall clock, put right where the journal knows better. */
  readonly atMs: number;
  /** False: told by a clock that nobody trusted, and never put right. */
  readonly certain: boolean;
  readonly cause: string;
  readonly key: string;
  readonly incident: string;
  readonly severity: Severity;
  readonly device: string;
  readonly point: string | null;
  readonly text: Words;
  /** After the event. */
  readonly state: AlarmRecord["state"];
  /** When it first rang, and how often it has since. */
  readonly raisedAtMs: number;
  readonly raiseCount: number;
  /** Messages to targets that it made. */
  readonly messages: number;
}

/** Events in the order of their times, and of their numbers where times are equal. */
export interface AlarmEventPage {
  readonly events: readonly AlarmEvent[];
  /** Null: that was all. */
  readonly next: AlarmEventCursor | null;
  /** From when on the journal knows of alarms; null: it has lived no day yet. */
  readonly beginsMs: number | null;
}

/** The last event that was read. */
export interface AlarmEventCursor {
  readonly atMs: number;
  readonly sequence: number;
}

export interface AlarmEventQuery {
  readonly fromMs: number;
  readonly toMs: number;
  readonly after: AlarmEventCursor | null;
}
