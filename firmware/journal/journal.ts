import type { AlarmChange } from "../alarms/change.ts";
import type { Restamp } from "../alarms/restamp.ts";
import type { AccessEntry, AccessKind, NewAccessEntry } from "../contract/access.ts";
import type { AlarmRecord, Delivery, Incident, Words } from "../contract/alarm.ts";
import type { ClockQuality, ClockStep } from "../contract/clock.ts";
import type { Running } from "../contract/escalating.ts";
import type { MaintenanceWindow } from "../contract/maintenance.ts";
import type { OnCallQuery, OnCallRow, OnCallWrite } from "../escalation/duty-acts.ts";
import type { DeskAnswer, DeskOutcome, DeskQuestion, DeskStep } from "../incidents/desk-step.ts";
import type { Subject } from "../incidents/event.ts";
import type { ExpectedSheets, InspectionAnswerRows, InspectionQuery, InspectionStep, StepOutcome } from "../inspection/step.ts";
import type { AlarmEventPage, AlarmEventQuery } from "../review/event.ts";
import type { LogKind, Retention } from "./retention.ts";

/** Limits of what one call may bring; a record is about 1 KiB. */
export const RECORD_BYTES_MAX = 16_384;
export const CHANGES_PER_ENTRY_MAX = 65_535;
export const AUDIT_TEXT_MAX = 2_000;
export const ANSWER_MAX = 500;
/** A flapping alarm has thousands; a person looks at the last ones. */
export const DELIVERIES_PER_INCIDENT_MAX = 64;
/** Lines that are read at a start to tell who is inside: weeks of an ordinary room, and some megabytes for a moment. */
export const ACCESS_RECENT_MAX = 5_000;

/** Changes of the told time that are kept to look at; what was corrected stays corrected. */
export const CLOCK_STEPS_KEPT = 1_000;

/** When something was recorded: since the start of the gateway by a clock that nobody sets, and how well the time of day was known. */
export interface Stamp {
  readonly uptimeMs: number;
  readonly clock: ClockQuality;
}

/** A change of the told time. With `restamp` everything of this boot that was recorded before is put right. */
export interface ClockNote {
  readonly step: Omit<ClockStep, "number" | "boot">;
  readonly restamp: Restamp | null;
  readonly audit: readonly AuditEntry[];
}

/** What the journal knows of time. */
export interface ClockMemory {
  /** The newest record whose time was certain; null: none. */
  readonly trustedMs: number | null;
  /** Newest first. */
  readonly steps: readonly ClockStep[];
  /** What the start before this one told, from when to when, and what that was wrong by; null: it is not known to have been wrong. */
  readonly before: { readonly fromMs: number; readonly toMs: number; readonly offsetMs: number } | null;
}

/** Who did what. */
export interface AuditEntry {
  readonly atMs: number;
  readonly by: string;
  /** The address of the machine it was done from, or `console`. */
  readonly from?: string;
  /** A verb, e.g. `alarm.acknowledge`. */
  readonly action: string;
  /** What it was done to, e.g. an alarm key. */
  readonly subject: string;
  readonly detail: string;
  /** What was there, and what is there now, where the act changed a value. */
  readonly before?: string | null;
  readonly after?: string | null;
}

/** An entry as it stands in the log. `from` is empty, `before` and `after` are null, where nothing was given. */
export interface AuditRow extends Required<AuditEntry> {
  readonly number: number;
  /** As it was told and hashed, where `atMs` has been put right since; null: never. */
  readonly toldMs: number | null;
  /** Start of the gateway, counted; null, like the next two: a line of old, or of a command beside the gateway. */
  readonly boot: number | null;
  readonly uptimeMs: number | null;
  readonly clock: ClockQuality["source"] | null;
  /** SHA-256 over this row and the hash of the row before it. */
  readonly hash: string;
}

/** Which lines of the audit log are asked for; what is left out does not matter. Times are wall clock, ms; `toMs` is the first after. */
export interface AuditFilter {
  readonly by?: string;
  readonly action?: string;
  readonly fromMs?: number;
  readonly toMs?: number;
}

/** The people and the actions that stand in the log, to choose from. */
export interface AuditChoices {
  readonly by: readonly string[];
  readonly actions: readonly string[];
}

/** How far a check of the chain has come; made and read by the journal alone. */
export interface AuditProgress {
  /** The line before the first that is kept. */
  readonly dropped: number;
  readonly number: number;
  readonly hash: string;
  /** What the last `audit.trim` on the way says was dropped. */
  readonly trim: { readonly number: number; readonly hash: string } | null;
  readonly knowsHead: boolean;
}

/**
 * What is wrong first. `altered`: the row is not what was written, or stands in another's place. `removed`: rows are missing here.
 * `added`: the row was not written by the gateway. `dropped`: lines that were older than what is kept.
 */
export type AuditVerdict =
  | { readonly ok: true; readonly rows: number; readonly dropped: number; readonly head: string; readonly knowsHead: boolean }
  | { readonly ok: false; readonly number: number; readonly wrong: "altered" | "removed" | "added" };

/** By target. One that is not named here is told whatever there is to be told. */
export type Scoped = Readonly<Record<string, boolean>>;

/** One step of the world that is recorded as a whole or not at all. */
export interface JournalEntry {
  /** Wall clock of the step, ms. */
  readonly atMs: number;
  readonly clockTrusted: boolean;
  /** Of the moment of the step; absent: that of the call. */
  readonly stamp?: Stamp;
  readonly changes: readonly AlarmChange[];
  /** One UUID per change. The same entry may be committed again with the same ids: it is recorded once. */
  readonly eventIds: readonly string[];
  /** What targets are told of the subject of each change, in their order; absent: nothing. */
  readonly subjects?: readonly (Subject | null)[];
  /** Ids of the targets that are told. */
  readonly targets: readonly string[];
  /** For each change, in their order: of the targets that have a scope, whether its alarm is in it; absent: none has one. */
  readonly scoped?: readonly Scoped[];
  readonly audit: readonly AuditEntry[];
  /** Maintenance windows as they stand now; absent: none changed. */
  readonly windows?: readonly MaintenanceWindow[];
}

/**
 * Why the journal could not do it. `diskFull`, `readOnly` and `io` may pass: the same entry can be committed again later.
 * `corrupt`: the damaged file was set aside and a new one is in use, without this entry and without the live alarms: record them again. `locked`: another process has the folder.
 * `unusable`: a newer version's file, or a file system that cannot hold the promise. `refused`: the
 * entry breaks a limit and never will be accepted. `stopped`: closed, or its thread ended.
 */
export type JournalFaultReason = "diskFull" | "readOnly" | "corrupt" | "io" | "locked" | "unusable" | "refused" | "stopped";

export interface JournalFault {
  readonly ok: false;
  readonly reason: JournalFaultReason;
  readonly message: Words;
}

/** On success: all deliveries (newest `DELIVERIES_PER_INCIDENT_MAX`) of the incidents that the entry touched, by incident. */
export type CommitOutcome = { readonly ok: true; readonly deliveries: Readonly<Record<string, readonly Delivery[]>> } | JournalFault;

/** A delivery whose turn it is. `body` is the incident event as JSON, the same bytes at every attempt. */
export interface OutboxRow {
  /** `<event id>.<target>`: the idempotency key. */
  readonly id: string;
  readonly target: string;
  readonly key: string;
  readonly incident: string;
  readonly event: AlarmChange["cause"];
  readonly sequence: number;
  /** When the event was recorded, wall clock. */
  readonly atMs: number;
  readonly body: string;
  /** Attempts made so far. */
  readonly attempts: number;
  /** Recipients of this delivery where they are others than the target's own. */
  readonly to?: readonly string[] | null;
  /** The target that this one is told in place of; null or absent: it is meant for this one. */
  readonly standsFor?: string | null;
  /** A clear of its incident waits behind it; only said where it was asked for. */
  readonly isOvertaken?: boolean;
}

/** What waits since before `beforeMs` (wall clock) for a target is queued for its fallback, too. */
export interface StandInOrder {
  readonly target: string;
  readonly fallback: string;
  readonly beforeMs: number;
}

export type StandInOutcome = { readonly ok: true; readonly queued: number } | JournalFault;

export interface DueQuery {
  readonly target: string;
  readonly nowMs: number;
  readonly limit: number;
  /** Says of each what is overtaken. */
  readonly collapse?: boolean;
}

export interface DueDeliveries {
  readonly rows: readonly OutboxRow[];
  /** Monotonic time of the next delivery that is not due yet, or null when none waits. */
  readonly nextDueAtMs: number | null;
}

/** What came of one attempt. */
export interface DeliveryResult {
  readonly id: string;
  /** Wall clock of the attempt, ms. */
  readonly atMs: number;
  readonly answer: string;
  readonly verdict:
    | { readonly next: "done"; readonly ticket: string | null; readonly ticketUrl: string | null }
    /** Not before this monotonic time. After a restart every delivery is due at once. */
    | { readonly next: "retry"; readonly dueAtMs: number }
    /** Not sent at all, because what follows tells it. */
    | { readonly next: "collapse" }
    /** Never again by itself; a person has to look. */
    | { readonly next: "park" };
}

export type SettleOutcome = { readonly ok: true } | JournalFault;
/** `more`: there is more to do, call again soon. */
export type TidyOutcome = { readonly ok: true; readonly more: boolean } | JournalFault;
export type InspectOutcome = StepOutcome | JournalFault;
export type WorkOutcome = DeskOutcome | JournalFault;

/** Parked messages that a person sends once more; `ids` null: all of the target. */
export interface ResendOrder {
  readonly target: string;
  readonly ids: readonly string[] | null;
  readonly audit: AuditEntry;
}

/** `resent`: so many are queued again. `left`: so many of the target are still parked. With none resent nothing is written down. */
export type ResendOutcome = { readonly ok: true; readonly resent: number; readonly left: number } | JournalFault;

/** What a target was told of one incident. */
export interface ToldIncident {
  readonly incident: string;
  /** By which the target knows it. */
  readonly key: string;
  /**
   * `live`: it stands, and the target took its raise; `over`: it is over, and the target took that. `moving`: something of it is on its
   * way or was refused, or what stands here is not what was told last.
   */
  readonly state: "live" | "over" | "moving";
  /** The raise, or the clear of what is over, that was told last, and its place among the events. */
  readonly body: string;
  readonly sequence: number;
  /** Of the last attempt to tell something of it, wall clock. */
  readonly atMs: number;
}

/** A live incident that its target knows nothing of any more. With nothing queued nothing is written down. */
export interface TellAgainOrder {
  readonly target: string;
  readonly incident: string;
  readonly audit: AuditEntry;
}

/** What waits for a target in the outbox. */
export interface TargetQueue {
  readonly target: string;
  readonly queued: number;
  readonly parked: number;
  /** When the event of the oldest queued message was recorded, wall clock. */
  readonly oldestWaitingMs: number | null;
  /** Refused for good, the newest first, at most as many as were asked for. */
  readonly dead: readonly DeadLetter[];
}

export interface DeadLetter {
  readonly id: string;
  readonly incident: string;
  readonly key: string;
  readonly event: AlarmChange["cause"];
  readonly attempts: number;
  /** Of the last attempt. */
  readonly atMs: number;
  readonly answer: string;
  /** The target was told something newer about this alarm since: it cannot be sent any more, it would come after its own clear. */
  readonly isOvertaken: boolean;
}

/** Thrown by the reading calls of the journal when its file or thread fails; carries what to tell a person. */
export class JournalError extends Error {
  override readonly name = "JournalError";
  readonly fault: JournalFault;
  constructor(fault: JournalFault) {
    super(fault.message.en);
    this.fault = fault;
  }
}

/** Lines of the entry log, and how far each reader was read: recorded together, so that nothing is taken twice and nothing is passed over. */
export interface AccessWrite {
  readonly entries: readonly { readonly id: string; readonly entry: NewAccessEntry }[];
  readonly readers: readonly AccessReader[];
  readonly audit: readonly AuditEntry[];
}

export interface AccessReader {
  readonly device: string;
  readonly counter: number;
  readonly blank: boolean;
  /** When it was at this count, by the wall clock. */
  readonly atMs: number;
}

/** Newest first, or oldest first for an export. Times are half open: from `fromMs`, before `toMs`. */
export interface AccessQuery {
  readonly limit: number;
  readonly oldestFirst?: boolean;
  readonly before?: number;
  readonly after?: number;
  readonly fromMs?: number;
  readonly toMs?: number;
  readonly door?: string;
  readonly kind?: AccessKind;
  readonly who?: string;
}

/** What the entry log says at a start. */
export interface AccessMemory {
  readonly readers: readonly AccessReader[];
  /** Of each door the last line that its contact wrote. */
  readonly contacts: readonly AccessEntry[];
  /** Lines that say who is inside, from the last time that everybody was taken off the list; oldest first, at most `ACCESS_RECENT_MAX`. */
  readonly recent: readonly AccessEntry[];
}

/** One kind of what the journal keeps. */
export interface LogUsage {
  readonly count: number;
  /** About; that of the alarms is what the other kinds leave. */
  readonly bytes: number;
  /** The time that its oldest row tells, wall clock. */
  readonly oldestMs: number | null;
}

export interface JournalUsage {
  /** On the disk, with the write-ahead log. */
  readonly fileBytes: number;
  /** Of these hold something; the rest is used again. */
  readonly bytesUsed: number;
  readonly logs: Readonly<Record<LogKind, LogUsage>>;
  /** To the targets of the site: still to be sent, and refused for good. */
  readonly deliveries: { readonly waiting: number; readonly parked: number; readonly oldestWaitingMs: number | null };
}

/** What is asked for with each step of tidying. */
export interface TidyOrder {
  readonly retention: Retention;
  /** Targets of the site: what waits for another one, which the site no longer has, is held for nobody. */
  readonly targets: readonly string[];
  /** Today, UTC, `2026-11-25`; null while the clock is not trusted: then nothing grows older. */
  readonly day: string | null;
  /** Names lines that are written about it. */
  readonly wallMs: number;
}

export type RaisedCounts = Readonly<Record<AlarmRecord["severity"], number>>;

/** The memory of the box. Reading calls reject with a `JournalError`; writing calls return their trouble. */
export interface Journal {
  /** All of it or nothing; resolved with `ok` means it is on the disk. Calls in flight together share one disk flush. */
  commit(entry: JournalEntry): Promise<CommitOutcome>;
  /** How many alarms were raised in a span of the wall clock. */
  raisedCounts(fromMs: number, toMs: number): Promise<RaisedCounts>;
  /** What alarms did in a span, in pages. */
  alarmEvents(query: AlarmEventQuery): Promise<AlarmEventPage>;
  liveAlarms(): Promise<readonly AlarmRecord[]>;
  /** How far each escalation has come. */
  escalations(): Promise<readonly Running[]>;
  /** Adds one act of the people on call, with its audit line. The same id is recorded once. */
  recordOnCall(write: OnCallWrite): Promise<SettleOutcome>;
  /** Newest first. */
  onCall(query: OnCallQuery): Promise<readonly OnCallRow[]>;
  /** Maintenance windows: those that have not ended, and the last that have. */
  maintenance(): Promise<readonly MaintenanceWindow[]>;
  /** The highest number that an incident was given; 0 when there was none. */
  lastIncidentNumber(): Promise<number>;
  /** Newest first. */
  incidents(query: { readonly limit: number; readonly open?: boolean }): Promise<readonly Incident[]>;
  deliveriesOf(incidents: readonly string[]): Promise<Readonly<Record<string, readonly Delivery[]>>>;
  /** First in, first out per alarm key: only the oldest queued delivery of each key can be due. `nowMs` is monotonic. */
  dueDeliveries(query: DueQuery): Promise<DueDeliveries>;
  standIn(order: StandInOrder): Promise<StandInOutcome>;
  settle(results: readonly DeliveryResult[]): Promise<SettleOutcome>;
  /** The last event that the target accepted of every incident that is not over, oldest first, as the JSON that it was told; at most `limit`. */
  acceptedLive(query: { readonly target: string; readonly limit: number }): Promise<readonly string[]>;
  /** All that stand, and those that ended last, in the order of what was told last. */
  toldIncidents(target: string): Promise<readonly ToldIncident[]>;
  /** Queues what the target took of a live incident, from its last raise on, once more; not while something of it waits. */
  tellAgain(order: TellAgainOrder): Promise<StandInOutcome>;
  /** Queues parked deliveries again, unless the target has already been told something newer about that alarm. */
  release(target: string): Promise<SettleOutcome>;
  resend(order: ResendOrder): Promise<ResendOutcome>;
  targetQueues(query: { readonly targets: readonly string[]; readonly deadMax: number }): Promise<readonly TargetQueue[]>;
  recordAccess(write: AccessWrite): Promise<SettleOutcome>;
  accessLog(query: AccessQuery): Promise<readonly AccessEntry[]>;
  accessMemory(): Promise<AccessMemory>;
  /** Newest first; `before`: only those with a lesser number. */
  audit(limit: number, before?: number, filter?: AuditFilter): Promise<readonly AuditRow[]>;
  auditChoices(): Promise<AuditChoices>;
  /** Checks the chain a few lines at a time, so that commits go on in between. */
  auditCheck(): Promise<AuditVerdict>;
  /** One act on an inspection sheet, with its audit line. */
  inspect(step: InspectionStep): Promise<InspectOutcome>;
  expectSheets(expected: ExpectedSheets): Promise<SettleOutcome>;
  /** One act on an incident, a problem or a runbook, with its audit line and what targets are told of it. */
  workIncident(step: DeskStep): Promise<WorkOutcome>;
  desk(question: DeskQuestion): Promise<DeskAnswer>;
  inspections(query: InspectionQuery): Promise<InspectionAnswerRows>;
  /** One small step of letting go of what is too old or too much; also finds out whether the journal can be written at all. */
  tidy(order: TidyOrder): Promise<TidyOutcome>;
  usage(targets: readonly string[]): Promise<JournalUsage>;
  recordClock(note: ClockNote): Promise<SettleOutcome>;
  clockMemory(): Promise<ClockMemory>;
  close(): Promise<void>;
}

/** The calls that run in the worker, by name: what goes in and what comes out. */
export interface JournalCalls {
  readonly commit: { readonly argument: JournalEntry; readonly answer: CommitOutcome };
  readonly raisedCounts: { readonly argument: { readonly fromMs: number; readonly toMs: number }; readonly answer: RaisedCounts };
  readonly alarmEvents: { readonly argument: AlarmEventQuery; readonly answer: AlarmEventPage };
  readonly settle: { readonly argument: readonly DeliveryResult[]; readonly answer: SettleOutcome };
  readonly release: { readonly argument: string; readonly answer: SettleOutcome };
  readonly lastIncidentNumber: { readonly argument: null; readonly answer: number };
  readonly maintenance: { readonly argument: null; readonly answer: readonly MaintenanceWindow[] };
  readonly liveAlarms: { readonly argument: null; readonly answer: readonly AlarmRecord[] };
  readonly escalations: { readonly argument: null; readonly answer: readonly Running[] };
  readonly recordOnCall: { readonly argument: OnCallWrite; readonly answer: SettleOutcome };
  readonly onCall: { readonly argument: OnCallQuery; readonly answer: readonly OnCallRow[] };
  readonly incidents: { readonly argument: { limit: number; open: boolean | null }; readonly answer: readonly Incident[] };
  readonly deliveriesOf: { readonly argument: readonly string[]; readonly answer: Readonly<Record<string, readonly Delivery[]>> };
  readonly dueDeliveries: { readonly argument: DueQuery; readonly answer: DueDeliveries };
  readonly standIn: { readonly argument: StandInOrder; readonly answer: StandInOutcome };
  readonly toldIncidents: { readonly argument: string; readonly answer: readonly ToldIncident[] };
  readonly tellAgain: { readonly argument: TellAgainOrder; readonly answer: StandInOutcome };
  readonly resend: { readonly argument: ResendOrder; readonly answer: ResendOutcome };
  readonly targetQueues: {
    readonly argument: { readonly targets: readonly string[]; readonly deadMax: number };
    readonly answer: readonly TargetQueue[];
  };
  readonly acceptedLive: { readonly argument: { readonly target: string; readonly limit: number }; readonly answer: readonly string[] };
  readonly audit: {
    readonly argument: { limit: number; before: number | null; filter: AuditFilter };
    readonly answer: readonly AuditRow[];
  };
  readonly auditChoices: { readonly argument: null; readonly answer: AuditChoices };
  readonly auditCheck: { readonly argument: AuditProgress | null; readonly answer: AuditProgress | AuditVerdict };
  readonly recordAccess: { readonly argument: AccessWrite; readonly answer: SettleOutcome };
  readonly accessLog: { readonly argument: AccessQuery; readonly answer: readonly AccessEntry[] };
  readonly accessMemory: { readonly argument: null; readonly answer: AccessMemory };
  readonly inspect: { readonly argument: InspectionStep; readonly answer: InspectOutcome };
  readonly expectSheets: { readonly argument: ExpectedSheets; readonly answer: SettleOutcome };
  readonly workIncident: { readonly argument: DeskStep; readonly answer: WorkOutcome };
  readonly desk: { readonly argument: DeskQuestion; readonly answer: DeskAnswer };
  readonly inspections: { readonly argument: InspectionQuery; readonly answer: InspectionAnswerRows };
  readonly tidy: { readonly argument: TidyOrder; readonly answer: TidyOutcome };
  readonly usage: { readonly argument: readonly string[]; readonly answer: JournalUsage };
  readonly recordClock: { readonly argument: ClockNote; readonly answer: SettleOutcome };
  readonly clockMemory: { readonly argument: null; readonly answer: ClockMemory };
}
