import type { Severity } from "./alarm.ts";
import type { EscalationNote, ToldStep } from "./escalation.ts";

/** A moment by both clocks. Monotonic time means something within one boot only. */
export interface Moment {
  readonly boot: string;
  readonly uptimeMs: number;
  readonly wallMs: number;
  /** False: nobody knows the time of day. */
  readonly certain: boolean;
}

/** How far a plan has come; in time that the alarm has rung, not by the clock. */
export interface Cursor {
  readonly afterMs: number;
  readonly step: number;
  readonly round: number;
}

/** A step on its way to its targets. */
export interface Call {
  /** Id of the event that tells it. */
  readonly event: string;
  readonly step: number;
  readonly ranMs: number;
  /** Targets that have not said yes so far. */
  readonly waiting: readonly string[];
  /** One said yes. */
  readonly reached: boolean;
  /** Channels that this step was told through, with those before that were dead. */
  readonly tried: readonly string[];
}

/** What a target knows of an incident. */
export interface ToldTarget {
  /** It was told last that something is there, and not that it is over. */
  readonly open: boolean;
  /** Its own recipients were told; else only `to`. */
  readonly own: boolean;
  /** Addresses of people beside its own. */
  readonly to: readonly string[];
}

export type Told = Readonly<Record<string, ToldTarget>>;

/** How an incident is escalated: all that a start needs to go on where the last run was. Kept in the journal. */
export interface Running {
  /** Of the incident: targets are told of incidents, so that a room that goes dark is escalated once. */
  readonly id: string;
  /** Null: no plan fits. */
  readonly plan: string | null;
  /** What it was when the plan began. */
  readonly severity: Severity;
  /** quiet: returned, shelved or in maintenance, time stands still. stopped: somebody has it. */
  readonly phase: "ringing" | "quiet" | "stopped";
  /** For how long it had rung at `at`. */
  readonly ranMs: number;
  readonly at: Moment;
  /** Null: nothing was told yet. */
  readonly cursor: Cursor | null;
  readonly calls: readonly Call[];
  /** Targets that plans have told of it. */
  readonly told: Told;
  /** The last steps, for people. */
  readonly log: readonly ToldStep[];
}

/** What a change of an alarm does to its escalation: written in the same transaction. */
export interface Escalating {
  /** As in `Running`. */
  readonly id: string;
  /** Null: its last alarm is over. */
  readonly running: Running | null;
  /** Id of the event, where the escalation has to know it beforehand. */
  readonly event?: string;
  /** Who is told of the change. */
  readonly targets: readonly string[];
  /** Of a step: what targets are told beside the alarm. */
  readonly note?: EscalationNote;
  /** Recipients by target, where they are others than the target's own. */
  readonly to?: Readonly<Record<string, readonly string[]>>;
}
