import type { AlarmRecord, Delivery } from "../contract/alarm.ts";
import type { Subject } from "./event.ts";
import type { IncidentRecord } from "./incident.ts";
import type { ProblemRecord, ProblemRefusal, ProblemStep } from "./problem.ts";
import type { RunbookRecord, RunbookRefusal, RunbookStep } from "./runbook.ts";
import type { Mark } from "./service-clock.ts";
import type { WorkAct, WorkRefusal } from "./work.ts";

interface StepHead {
  /** A UUID: the same step made twice is written once. */
  readonly id: string;
  readonly atMs: number;
  readonly clockTrusted: boolean;
  readonly by: string;
  readonly from: string;
}

/** One act as it goes to the journal, with whom it is told to. */
export type DeskStep =
  | (StepHead & {
      readonly on: "incident";
      /** Its id, or its number for people. */
      readonly incident: string;
      readonly act: WorkAct;
      readonly targets: readonly string[];
      /** What targets are told of what it is about. */
      readonly subject: Subject | null;
    })
  | (StepHead & {
      readonly on: "problem";
      /** Null: a new one. */
      readonly problem: string | null;
      readonly step: ProblemStep;
      /** Incidents, by id, that are linked to a new one. */
      readonly incidents: readonly string[];
    })
  | (StepHead & { readonly on: "runbook"; readonly runbook: string | null; readonly step: RunbookStep });

export type DeskRefusal = "unknown" | "tooMany" | WorkRefusal | ProblemRefusal | RunbookRefusal;

/** `subject` is the id of what was acted on. `deliveries`: of the incident, when it was told. */
export type DeskOutcome =
  | { readonly ok: true; readonly subject: string; readonly deliveries: Readonly<Record<string, readonly Delivery[]>> }
  | { readonly ok: false; readonly refused: DeskRefusal };

/** Newest first. */
export interface IncidentFilter {
  readonly limit: number;
  /** Ids or numbers for people. */
  readonly ids?: readonly string[] | undefined;
  readonly open?: boolean | undefined;
  readonly states?: readonly string[] | undefined;
  readonly assignee?: string | undefined;
  readonly device?: string | undefined;
  readonly problem?: string | undefined;
  /** Key of the alarm that opened it. */
  readonly alarm?: string | undefined;
  readonly text?: string | undefined;
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
  /** Only those that were opened before this one, by `place`. */
  readonly before?: number | undefined;
}

export type DeskQuestion =
  | { readonly what: "incidents"; readonly filter: IncidentFilter }
  | { readonly what: "history"; readonly incident: string }
  | { readonly what: "problems" }
  | { readonly what: "runbooks" }
  | { readonly what: "recurring"; readonly fromMs: number; readonly least: number; readonly limit: number };

/** An act, or an event of one of the alarms, as it was written. */
export interface HistoryRow {
  readonly atMs: number;
  readonly clockTrusted: boolean;
  readonly by: string | null;
  readonly act: WorkAct | null;
  readonly event: { readonly cause: string; readonly record: AlarmRecord } | null;
}

export interface DeskAnswer {
  /** The start of the gateway that the journal counts at present: marks of it are measured by its monotonic clock. */
  readonly boot: Mark["boot"];
  /** `place` grows with every incident. */
  readonly incidents: readonly { readonly record: IncidentRecord; readonly place: number }[];
  readonly deliveries: Readonly<Record<string, readonly Delivery[]>>;
  readonly history: readonly HistoryRow[];
  readonly problems: readonly (ProblemRecord & { readonly incidents: number })[];
  readonly runbooks: readonly RunbookRecord[];
  readonly recurring: readonly { readonly alarm: string; readonly count: number; readonly last: IncidentRecord }[];
}
