import type { AlarmChange } from "../alarms/change.ts";
import type { AlarmRecord, Delivery, Incident } from "../contract/alarm.ts";
import type { Escalating, Running } from "../contract/escalating.ts";
import { DutyLedger } from "../escalation/ledger.ts";
import type { DeskAnswer, DeskOutcome, DeskQuestion, DeskStep } from "../incidents/desk-step.ts";
import { type EventFacts, incidentEvent, isActTold, type Subject } from "../incidents/event.ts";
import { type IncidentRecord, showIncident, stepIncident } from "../incidents/incident.ts";
import { incidentNumberOf } from "../incidents/number.ts";
import { tellingOf } from "../incidents/telling.ts";
import { followAlarms, type WorkAct } from "../incidents/work.ts";
import { InspectionLedger } from "../inspection/ledger.ts";
import { type DatabaseSync, inTransaction, limitBytes, type StatementSync } from "../platform/sqlite.ts";
import { AccessLog } from "./access-log.ts";
import { AlarmEvents } from "./alarm-events.ts";
import { AuditTrail } from "./audit.ts";
import { ClockBook } from "./clock-book.ts";
import { RefusedEntry } from "./faults.ts";
import { IncidentLedger, incidentIn, LinkRefused, markOf } from "./incident-ledger.ts";
import { IncidentSearch } from "./incident-search.ts";
import {
  CHANGES_PER_ENTRY_MAX,
  type ClockNote,
  type CommitOutcome,
  type JournalEntry,
  type RaisedCounts,
  RECORD_BYTES_MAX,
  type ResendOrder,
  type ResendOutcome,
  type Scoped,
  type Stamp,
  type StandInOutcome,
  type TellAgainOrder,
} from "./journal.ts";
import { MaintenanceBook } from "./maintenance-book.ts";
import { Outbox } from "./outbox.ts";
import { numberOf, parsed, textOf } from "./row.ts";
import { Tidying } from "./tidying.ts";

/** The journal's tables and all that is written to and read from them. Synchronous; runs in the worker. */
export class JournalStore {
  readonly outbox: Outbox;
  readonly audit: AuditTrail;
  readonly access: AccessLog;
  readonly inspections: InspectionLedger;
  readonly onCall: DutyLedger;
  readonly clock: ClockBook;
  readonly tidying: Tidying;
  readonly alarmEvents: AlarmEvents;
  readonly #incidents: IncidentLedger;
  readonly #search: IncidentSearch;
  readonly maintenance: MaintenanceBook;
  readonly #db: DatabaseSync;
  readonly #bootId: string;
  readonly #sql: ReturnType<typeof prepare>;

  constructor(db: DatabaseSync, bootId: string) {
    this.#db = db;
    this.#bootId = bootId;
    this.#sql = prepare(db);
    this.outbox = new Outbox(db);
    this.audit = new AuditTrail(db);
    this.access = new AccessLog(db);
    this.alarmEvents = new AlarmEvents(db);
    this.inspections = new InspectionLedger(db, this.audit);
    this.onCall = new DutyLedger(db, this.audit);
    this.#incidents = new IncidentLedger(db, this.audit);
    this.#search = new IncidentSearch(db);
    this.maintenance = new MaintenanceBook(db);
    this.tidying = new Tidying(db, { outbox: this.outbox, audit: this.audit, access: this.access });
    this.clock = this.inTransaction(() => {
      this.outbox.restart();
      this.audit.begin();
      return new ClockBook(db, bootId, this.#incidents);
    });
  }

  /** Everything that `work` does is on the disk when this returns, or none of it when it throws. */
  inTransaction<Answer>(work: () => Answer): Answer {
    return inTransaction(this.#db, work);
  }

  /** Folds the write-ahead log back into the file: on a full disk the log itself may be what fills it. Trouble is left to the next write. */
  fold(): void {
    try {
      this.#db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    } catch {
      // The disk is still full; the write that follows says so.
    }
  }

  /** The file may not grow beyond this; where it is larger already it does not grow. */
  limit(bytesMax: number): void {
    limitBytes(this.#db, bytesMax);
  }

  recordClock(note: ClockNote, stamp: Stamp): void {
    this.clock.record(note, stamp, this.audit);
  }

  /** Inside a transaction; `called` is the moment of the call. Throws `RefusedEntry` for an entry beyond the limits. */
  commit(entry: JournalEntry, called: Stamp): CommitOutcome {
    if (entry.changes.length > CHANGES_PER_ENTRY_MAX) throw new RefusedEntry(`${entry.changes.length} changes at once`);
    if (entry.changes.length !== entry.eventIds.length) throw new RefusedEntry("one event id per change is needed");
    const stamp = entry.stamp ?? called;
    const first = numberOf(this.#sql.lastSequence.get(), "last") + 1;
    let sequence = first;
    const incidents = new Set<string>();
    for (const [index, change] of entry.changes.entries()) {
      incidents.add(change.record.incident);
      const facts = { id: entry.eventIds[index] as string, subject: entry.subjects?.[index] ?? null, scoped: entry.scoped?.[index] ?? {} };
      if (this.#add({ ...entry, ...facts, change, sequence, stamp })) sequence += 1;
    }
    for (const window of entry.windows ?? []) this.maintenance.put(window);
    // An entry that comes a second time has its audit lines already.
    if (sequence > first || entry.changes.length === 0)
      for (const line of entry.audit) this.audit.add(line, this.clock.placeLine(line.atMs, stamp));
    return { ok: true, deliveries: this.outbox.of([...incidents]) };
  }

  /** Inside a transaction. */
  resend({ target, ids, audit }: ResendOrder, stamp: Stamp): ResendOutcome {
    const resent = this.outbox.release(target, ids);
    if (resent > 0) this.audit.add({ ...audit, after: String(resent) }, this.clock.placeLine(audit.atMs, stamp));
    return { ok: true, resent, left: this.outbox.waiting(target, 0).parked };
  }

  /** Inside a transaction. */
  tellAgain({ target, incident, audit }: TellAgainOrder, stamp: Stamp): StandInOutcome {
    const queued = this.outbox.tellAgain(target, incident);
    if (queued > 0) this.audit.add({ ...audit, after: String(queued) }, this.clock.placeLine(audit.atMs, stamp));
    return { ok: true, queued };
  }

  lastIncidentNumber(): number {
    return numberOf(this.#sql.lastNumber.get(), "last");
  }

  raisedCounts({ fromMs, toMs }: { readonly fromMs: number; readonly toMs: number }): RaisedCounts {
    const counts = new Map(this.#sql.raised.all(fromMs, toMs).map((row) => [textOf(row, "severity"), numberOf(row, "count")]));
    const of = (severity: string): number => counts.get(severity) ?? 0;
    return { critical: of("critical"), major: of("major"), minor: of("minor"), warning: of("warning") };
  }

  liveAlarms(): readonly AlarmRecord[] {
    return this.#sql.alarms.all().flatMap((row) => parsed<AlarmRecord>(row, "record") ?? []);
  }

  escalations(): readonly Running[] {
    return this.#sql.escalations.all().flatMap((row) => parsed<Running>(row, "running") ?? []);
  }

  incidents(query: { readonly limit: number; readonly open: boolean | null }): readonly Incident[] {
    const statement = query.open === null ? this.#sql.incidents : query.open ? this.#sql.incidentsOpen : this.#sql.incidentsResolved;
    const records = statement.all(query.limit).flatMap((row) => incidentIn(row) ?? []);
    const deliveries: Readonly<Record<string, readonly Delivery[]>> = this.outbox.of(records.map(({ id }) => id));
    return records.map((record) => showIncident(record, [...(deliveries[record.id] ?? [])]));
  }

  /** Inside a transaction: one act of a person or of the gateway on what the service desk handles, told to targets with it. */
  work(step: DeskStep, called: Stamp): DeskOutcome {
    const placed = this.clock.place(step.atMs, called, step.clockTrusted);
    let done: ReturnType<IncidentLedger["step"]>;
    try {
      done = this.#nested(() => this.#incidents.step(step, placed));
    } catch (error) {
      if (!(error instanceof LinkRefused)) throw error;
      return { ok: false, refused: error.refused };
    }
    if ("refused" in done) return { ok: false, refused: done.refused };
    if (done.incident !== null && done.told !== null && step.on === "incident") this.#tellAct(step, done.incident, done.told, called);
    return { ok: true, subject: done.subject, deliveries: done.incident === null ? {} : this.outbox.of([done.subject]) };
  }

  desk(question: DeskQuestion): DeskAnswer {
    return this.#search.answer(question, { boot: this.clock.boot, ledger: this.#incidents, outbox: this.outbox });
  }

  close(): void {
    this.#db.close();
  }

  /** Within the transaction of the caller: what throws in here is taken back alone. */
  #nested<Answer>(work: () => Answer): Answer {
    this.#db.exec("SAVEPOINT act");
    try {
      return work();
    } catch (error) {
      this.#db.exec("ROLLBACK TO act");
      throw error;
    } finally {
      this.#db.exec("RELEASE act");
    }
  }

  /** The last event of the incident once more, with what was done to it: the alarm itself has not changed. */
  #tellAct(
    { id, by, atMs, clockTrusted, targets, subject }: DeskStep & { on: "incident" },
    incident: IncidentRecord,
    act: WorkAct,
    stamp: Stamp,
  ): void {
    // Who never heard of the incident is not told what becomes of it.
    const last = this.#sql.lastTold.get(incident.id);
    const record = last === undefined ? null : parsed<AlarmRecord>(last, "record");
    const heard = this.outbox.heardOf(incident.id);
    const listeners = targets.filter((target) => heard.has(target));
    if (listeners.length === 0 || record === null || !isActTold(act)) return;
    const sequence = numberOf(this.#sql.lastSequence.get(), "last") + 1;
    const change = { cause: "update" as const, record };
    const placed = this.clock.place(atMs, stamp, clockTrusted);
    const event = {
      atMs,
      clockTrusted,
      placed,
      targets: listeners,
      scoped: {},
      change,
      id,
      sequence,
      stamp,
      subject,
      incident,
      isTold: true,
    };
    this.#write(event, { work: incident.work ?? null, act: { act, by } });
  }

  /** @returns false when this very event is in the journal already. */
  #add(one: NewEvent): boolean {
    const { id, sequence, atMs, clockTrusted, stamp } = one;
    const placed = this.clock.place(atMs, stamp, clockTrusted);
    const { cause, escalation } = one.change;
    const record = this.clock.late(one.change.record, placed);
    const change = { ...one.change, record };
    const known = this.#sql.eventKey.get(id);
    if (known !== undefined) {
      if (textOf(known, "key") !== record.key) throw new RefusedEntry(`event id ${id} belongs to another alarm`);
      return false;
    }
    const targets = escalation === undefined ? one.targets : one.targets.filter((target) => escalation.targets.includes(target));
    const before = this.#incidents.get(record.incident);
    // What nobody hears opens no incident.
    const after = before === null && cause === "aside" ? null : stepIncident(before, change);
    const telling = after === null ? null : tellingOf(before, after, change);
    const work = after === null ? null : followAlarms(before, after, markOf(atMs, placed));
    const json = this.#write({ ...one, change, targets, placed, incident: after, isTold: telling?.isTold === true }, { work });
    if (record.state === "A") this.#sql.endAlarm.run(record.key);
    else this.#sql.putAlarm.run(record.key, json);
    if (after !== null && telling !== null && work !== null) {
      this.#incidents.put({ ...after, told: telling.told, work }, sequence);
      const number = incidentNumberOf(record);
      if (before === null && number > 0) this.#sql.putNumber.run(number);
    }
    if (escalation !== undefined) this.#putEscalation(escalation);
    return true;
  }

  /** Writes the event and queues it for whom it is told to. @returns the record as it was written. */
  #write(
    one: NewEvent & {
      readonly placed: ReturnType<ClockBook["place"]>;
      readonly incident: IncidentRecord | null;
      readonly isTold: boolean;
    },
    more: Pick<EventFacts, "work" | "act">,
  ): string {
    const { id, sequence, subject, atMs, clockTrusted, stamp, change, placed } = one;
    const { cause, record, escalation } = change;
    const json = JSON.stringify(record);
    if (json.length > RECORD_BYTES_MAX) throw new RefusedEntry(`record of ${record.key.slice(0, 255)} has ${json.length} characters`);
    const { key, incident, severity } = record;
    const targets = listenersOf(one, () => this.outbox.heardOf(incident));
    const facts = { id, sequence, bootId: this.#bootId, atMs, clockTrusted, subject, ...more };
    const body = targets.length > 0 ? JSON.stringify(incidentEvent(change, facts, one.incident)) : null;
    this.#sql.addEvent.run(
      ...([sequence, id, this.#bootId, atMs, clockTrusted ? 1 : 0, cause, key, incident, severity, json, body] as const),
      ...([placed.uptimeMs, placed.clock, stamp.clock.errorMs, placed.correctedMs] as const),
    );
    const toldKey = record.incidentKey ?? key;
    for (const target of targets)
      this.outbox.queue(`${id}.${target}`, target, toldKey, sequence, atMs, { to: escalation?.to?.[target] ?? null });
    for (const { target, standsFor } of targets.length > 0 ? this.outbox.followers(incident, targets) : [])
      this.outbox.queue(`${id}.${target}`, target, toldKey, sequence, atMs, { standsFor });
    return json;
  }

  #putEscalation({ id, running }: Escalating): void {
    if (running === null) this.#sql.endEscalation.run(id);
    else this.#sql.putEscalation.run(id, JSON.stringify(running));
  }
}

/**
 * Who is told. A target with a scope hears of an incident with the first alarm of it that is in its scope, also of one that is no news to
 * the others, and from then on whatever they hear.
 */
function listenersOf(
  { targets, scoped, change, isTold }: Pick<NewEvent, "targets" | "scoped" | "change"> & { readonly isTold: boolean },
  heardOf: () => ReadonlySet<string>,
): readonly string[] {
  const begins = change.cause === "raise" || (isTold && (change.cause === "update" || change.cause === "escalate"));
  let heard: ReadonlySet<string> | null = null;
  return targets.filter((target) => {
    const isInScope = scoped[target];
    if (isInScope === undefined) return isTold;
    heard ??= heardOf();
    return heard.has(target) ? isTold : begins && isInScope;
  });
}

/** One change as it becomes an event. */
interface NewEvent extends Pick<JournalEntry, "atMs" | "clockTrusted" | "targets"> {
  readonly change: AlarmChange;
  readonly id: string;
  readonly sequence: number;
  readonly stamp: Stamp;
  readonly subject: Subject | null;
  readonly scoped: Scoped;
}

function prepare(db: DatabaseSync) {
  const sql = (text: string): StatementSync => db.prepare(text);
  const incidents = (where: string): StatementSync =>
    sql(`SELECT record, work FROM incidents ${where} ORDER BY first_sequence DESC LIMIT ?`);
  return {
    lastSequence: sql("SELECT coalesce(max(sequence), 0) AS last FROM events"),
    raised: sql(
      "SELECT severity, count(*) AS count FROM events WHERE cause = 'raise' AND coalesce(corrected_ms, at_ms) >= ? AND coalesce(corrected_ms, at_ms) < ? GROUP BY severity",
    ),
    eventKey: sql("SELECT key FROM events WHERE id = ?"),
    addEvent: sql(`INSERT INTO events (sequence, id, boot, at_ms, clock_trusted, cause, key, incident, severity, record, body,
      uptime_ms, clock, clock_error_ms, corrected_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),
    putAlarm: sql("INSERT INTO alarms (key, record) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET record = excluded.record"),
    endAlarm: sql("DELETE FROM alarms WHERE key = ?"),
    alarms: sql("SELECT record FROM alarms ORDER BY key"),
    escalations: sql("SELECT running FROM escalations ORDER BY id"),
    putEscalation: sql("INSERT INTO escalations (id, running) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET running = excluded.running"),
    endEscalation: sql("DELETE FROM escalations WHERE id = ?"),
    lastNumber: sql("SELECT last FROM incident_number"),
    putNumber: sql("UPDATE incident_number SET last = max(last, ?)"),
    lastTold: sql("SELECT record FROM events WHERE incident = ? AND body IS NOT NULL ORDER BY sequence DESC LIMIT 1"),
    incidents: incidents(""),
    incidentsOpen: incidents("WHERE resolved = 0"),
    incidentsResolved: incidents("WHERE resolved = 1"),
  };
}
