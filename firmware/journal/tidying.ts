import type { DatabaseSync, StatementSync } from "../platform/sqlite.ts";
import type { AccessLog } from "./access-log.ts";
import type { AuditTrail } from "./audit.ts";
import type { Placed } from "./clock-book.ts";
import type { JournalUsage, TidyOrder } from "./journal.ts";
import type { Outbox } from "./outbox.ts";
import { AUDIT_DAYS_MIN, type Cut, cutName, type LogKind, nextCut, type Retention, roomLeft, type Stock } from "./retention.ts";
import { numberOf, type Row, textOf } from "./row.ts";

/** Rows that go in one transaction: it is over before a person notices, and a commit that comes meanwhile waits no longer than for a flush. */
const EVENTS_PER_STEP = 100;
/** Rows that are looked at for it; what is held stays, and is not looked at again before the next round. */
const EVENTS_SEEN_PER_STEP = 1_000;
const ACCESS_PER_STEP = 500;
/** A sheet has hundreds of rows and packed figures. */
const SHEETS_PER_STEP = 5;
/** Each time lines of the audit log go, a line of it says so: not for one line. */
const AUDIT_PER_STEP = { least: 500, most: 1_000 } as const;
/** Free pages inside the file are used again; only so many are worth moving others for. */
const FREE_PAGES_KEPT = 1_024;
const FREE_PART_KEPT = 0.25;
const PAGES_PER_STEP = 128;
/** Ten years: more than anything is kept for. */
const LIVED_DAYS_MAX = 3_700;
const DAY_MS = 86_400_000;
/** What a text's row weighs beside the text: head, hash, places in the indexes. */
const AUDIT_ROW_BYTES = 170;
const ACCESS_ROW_BYTES = 160;
const SAMPLE_ROWS = 64;

/** Lets go of what is too old or too much, a little at a time. Every call here runs inside the caller's transaction. */
export class Tidying {
  readonly #db: DatabaseSync;
  readonly #outbox: Outbox;
  readonly #audit: AuditTrail;
  readonly #access: AccessLog;
  readonly #sql: ReturnType<typeof prepare>;
  /** Cuts that gave nothing since the last round began. */
  readonly #exhausted = new Set<string>();
  /** Events up to here were looked at in this round. */
  #seen = 0;
  #auditBytes = 0;

  constructor(db: DatabaseSync, parts: { readonly outbox: Outbox; readonly audit: AuditTrail; readonly access: AccessLog }) {
    this.#db = db;
    this.#outbox = parts.outbox;
    this.#audit = parts.audit;
    this.#access = parts.access;
    this.#sql = prepare(db);
    this.#auditBytes = this.#bytes().audit;
  }

  /** One small step. @returns whether there is more to do; when there is not, the next call begins a new round. */
  step(order: TidyOrder, placed: Placed): boolean {
    if (order.day !== null) this.#live(order.day);
    const stock = this.stock(order.retention);
    this.#auditBytes = stock.bytes.audit;
    for (let cut = nextCut(stock, order.retention, this.#exhausted); cut !== null; cut = nextCut(stock, order.retention, this.#exhausted)) {
      if (this.#drop(cut, order, placed)) return true;
      this.#exhausted.add(cutName(cut));
    }
    this.#exhausted.clear();
    this.#seen = 0;
    return this.#shrink();
  }

  /** Bytes that are left to alarms. Cheap: asked before every commit. */
  roomLeft(bytesMax: number): number {
    return roomLeft({ bytesUsed: this.bytesUsed(), bytes: { events: 0, access: 0, sheets: 0, audit: this.#auditBytes } }, { bytesMax });
  }

  bytesUsed(): number {
    const { pages, free, bytes } = this.#sql.pages.get() ?? {};
    return (Number(pages) - Number(free)) * Number(bytes);
  }

  usage(fileBytes: number, targets: readonly string[]): JournalUsage {
    const bytes = this.#bytes();
    const log = (kind: LogKind, row: Row | undefined): JournalUsage["logs"][LogKind] => ({
      count: numberOf(row, "count"),
      bytes: Math.round(bytes[kind]),
      oldestMs: row?.["at_ms"] == null ? null : numberOf(row, "at_ms"),
    });
    const sql = this.#sql.counts;
    const waiting = this.#sql.waiting.get({ targets: JSON.stringify(targets) });
    return {
      fileBytes,
      bytesUsed: this.bytesUsed(),
      logs: {
        events: log("events", sql.events.get()),
        access: log("access", sql.access.get()),
        sheets: log("sheets", sql.sheets.get()),
        audit: log("audit", sql.audit.get()),
      },
      deliveries: {
        waiting: numberOf(waiting, "queued"),
        parked: numberOf(waiting, "parked"),
        oldestWaitingMs: waiting?.["at_ms"] == null ? null : numberOf(waiting, "at_ms"),
      },
    };
  }

  stock(retention: Retention): Stock {
    const ends = this.#sql.ends.get();
    const end = (column: string): number | null => (ends?.[column] == null ? null : numberOf(ends, column));
    const day = (column: string): number | null => (ends?.[column] == null ? null : dayNumber(textOf(ends, column)));
    const mark = (days: number, column: string): number | null => {
      const row = this.#sql.livedDay.get(wholeDays(days));
      return row === undefined ? null : numberOf(row, column);
    };
    const sheetDay = this.#sql.livedDay.get(wholeDays(retention.sheetDays));
    return {
      bytesUsed: this.bytesUsed(),
      bytes: this.#bytes(),
      oldest: { events: end("e0"), access: end("x0"), audit: end("a0"), sheets: day("s0") },
      newest: { events: end("e1"), access: end("x1"), audit: end("a1"), sheets: day("s1") },
      aged: {
        events: mark(retention.eventDays, "events"),
        access: mark(retention.accessDays, "access"),
        audit: mark(Math.max(retention.auditDays, AUDIT_DAYS_MIN), "audit"),
        sheets: sheetDay === undefined ? null : dayNumber(textOf(sheetDay, "day")) - 1,
      },
      auditMayGo: mark(AUDIT_DAYS_MIN, "audit"),
    };
  }

  /** What lies beside the audit log, the entry log and the sheets is counted as events': deliveries, incidents, indexes. */
  #bytes(): Readonly<Record<LogKind, number>> {
    const ends = this.#sql.ends.get();
    const count = (first: string, last: string): number => (ends?.[first] == null ? 0 : numberOf(ends, last) - numberOf(ends, first) + 1);
    const mean = (row: Row | undefined): number => (row?.["mean"] == null ? 0 : numberOf(row, "mean"));
    const audit = count("a0", "a1") * (mean(this.#sql.auditMean.get()) + AUDIT_ROW_BYTES);
    const access = count("x0", "x1") * (mean(this.#sql.accessMean.get()) + ACCESS_ROW_BYTES);
    const sheets = numberOf(this.#sql.sheetBytes.get(), "bytes");
    return { audit, access, sheets, events: Math.max(0, this.bytesUsed() - audit - access - sheets) };
  }

  /** A day is lived once. A clock that comes back to it, or jumps past it, ages nothing. */
  #live(day: string): void {
    if (this.#sql.knowsDay.get(day) !== undefined) return;
    const ends = this.#sql.ends.get();
    const last = (column: string): number => (ends?.[column] == null ? 0 : numberOf(ends, column));
    this.#sql.addDay.run(day, last("e1"), last("a1"), last("x1"));
    this.#sql.forgetDays.run(LIVED_DAYS_MAX);
  }

  #drop(cut: Cut, order: TidyOrder, placed: Placed): boolean {
    switch (cut.kind) {
      case "events":
        return this.#dropEvents(cut.upTo, order.targets);
      case "access":
        return this.#access.drop(cut.upTo, ACCESS_PER_STEP) > 0;
      case "sheets":
        return Number(this.#sql.dropSheets.run(dayText(cut.upTo), SHEETS_PER_STEP).changes) > 0;
      case "audit":
        return this.#audit.drop(cut.upTo, AUDIT_PER_STEP, order.wallMs, placed);
    }
  }

  /** True as long as there are rows in this round that were not looked at. */
  #dropEvents(upTo: number, targets: readonly string[]): boolean {
    const rows = this.#sql.eventsAfter.all(this.#seen, upTo, EVENTS_SEEN_PER_STEP);
    const wanted = JSON.stringify(targets);
    let dropped = 0;
    for (const row of rows) {
      if (dropped === EVENTS_PER_STEP) break;
      const sequence = numberOf(row, "sequence");
      const incident = textOf(row, "incident");
      this.#seen = sequence;
      if (this.#sql.isHeld.get(sequence, wanted) !== undefined || this.#sql.isOpen.get(incident) !== undefined) continue;
      const queues = this.#outbox.queuesOf(sequence);
      this.#sql.dropEvent.run(sequence);
      for (const { target, key } of queues) this.#outbox.promote(target, key);
      if (Number(this.#sql.dropIncident.run(incident, incident).changes) > 0) this.#sql.dropActs.run(incident);
      dropped += 1;
    }
    return rows.length > 0;
  }

  /** Gives free pages back to the disk, where there are far more than will be used again. */
  #shrink(): boolean {
    const { pages, free, mode } = this.#sql.pages.get() ?? {};
    const spare = Number(free) - Math.max(FREE_PAGES_KEPT, Number(pages) * FREE_PART_KEPT);
    if (Number(mode) !== INCREMENTAL || spare < PAGES_PER_STEP) return false;
    this.#db.exec(`PRAGMA incremental_vacuum(${PAGES_PER_STEP})`);
    return true;
  }
}

const INCREMENTAL = 2;

/** A day may have been marked at its very end, and today has only begun: so many whole days lie behind the mark before. */
function wholeDays(days: number): number {
  return days + 1;
}

function dayNumber(day: string): number {
  return Math.floor(Date.parse(day) / DAY_MS);
}

function dayText(number: number): string {
  return new Date(number * DAY_MS).toISOString().slice(0, 10);
}

function prepare(db: DatabaseSync) {
  const sql = (text: string): StatementSync => db.prepare(text);
  const end = (place: "min" | "max", column: string, table: string, name: string): string =>
    `(SELECT ${place}(${column}) FROM ${table}) AS ${name}`;
  const ends = [
    ...[end("min", "sequence", "events", "e0"), end("max", "sequence", "events", "e1")],
    ...[end("min", "number", "access", "x0"), end("max", "number", "access", "x1")],
    ...[end("min", "number", "audit", "a0"), end("max", "number", "audit", "a1")],
    ...[end("min", "day", "inspection_sheets", "s0"), end("max", "day", "inspection_sheets", "s1")],
  ];
  const length = (columns: string): string =>
    columns
      .split(" ")
      .map((column) => `coalesce(length(${column}), 0)`)
      .join(" + ");
  return {
    pages: sql(`SELECT page_count AS pages, freelist_count AS free, page_size AS bytes, auto_vacuum AS mode
      FROM pragma_page_count(), pragma_freelist_count(), pragma_page_size(), pragma_auto_vacuum()`),
    ends: sql(`SELECT ${ends.join(", ")}`),
    auditMean: sql(`SELECT avg(${length("by origin action subject detail old new hash")}) AS mean
      FROM (SELECT * FROM audit ORDER BY number DESC LIMIT ${SAMPLE_ROWS})`),
    accessMean: sql(`SELECT avg(${length("id who entry")}) AS mean FROM (SELECT * FROM access ORDER BY number DESC LIMIT ${SAMPLE_ROWS})`),
    sheetBytes: sql("SELECT coalesce(sum(bytes), 0) AS bytes FROM inspection_sheets"),
    counts: {
      events: sql("SELECT count(*) AS count, (SELECT at_ms FROM events ORDER BY sequence LIMIT 1) AS at_ms FROM events"),
      access: sql("SELECT count(*) AS count, (SELECT at_ms FROM access ORDER BY number LIMIT 1) AS at_ms FROM access"),
      audit: sql("SELECT count(*) AS count, (SELECT at_ms FROM audit ORDER BY number LIMIT 1) AS at_ms FROM audit"),
      sheets: sql("SELECT count(*) AS count, unixepoch(min(day)) * 1000.0 AS at_ms FROM inspection_sheets"),
    },
    waiting: sql(`SELECT queued, parked, (SELECT at_ms FROM events WHERE sequence = first) AS at_ms FROM
      (SELECT count(*) AS queued, min(sequence) AS first FROM outbox WHERE state = 'queued' AND target IN (SELECT value FROM json_each(:targets))),
      (SELECT count(*) AS parked FROM outbox WHERE state = 'parked' AND target IN (SELECT value FROM json_each(:targets)))`),
    knowsDay: sql("SELECT 1 FROM lived_days WHERE day = ?"),
    addDay: sql("INSERT INTO lived_days (day, events, audit, access) VALUES (?, ?, ?, ?)"),
    forgetDays: sql("DELETE FROM lived_days WHERE number <= (SELECT max(number) FROM lived_days) - ?"),
    livedDay: sql("SELECT day, events, audit, access FROM lived_days ORDER BY number DESC LIMIT 1 OFFSET ?"),
    eventsAfter: sql("SELECT sequence, incident FROM events WHERE sequence > ? AND sequence <= ? ORDER BY sequence LIMIT ?"),
    isHeld: sql("SELECT 1 FROM outbox WHERE sequence = ? AND state <> 'sent' AND target IN (SELECT value FROM json_each(?)) LIMIT 1"),
    isOpen: sql("SELECT 1 FROM incidents WHERE id = ? AND resolved = 0"),
    dropEvent: sql("DELETE FROM events WHERE sequence = ?"),
    dropIncident: sql("DELETE FROM incidents WHERE id = ? AND resolved = 1 AND NOT EXISTS (SELECT 1 FROM events WHERE incident = ?)"),
    dropActs: sql("DELETE FROM desk_acts WHERE kind = 'incident' AND subject = ?"),
    dropSheets: sql(`DELETE FROM inspection_sheets WHERE id IN
      (SELECT id FROM inspection_sheets WHERE day <= ? ORDER BY day, template LIMIT ?)`),
  };
}
