import { createHash } from "node:crypto";
import type { DatabaseSync, StatementSync } from "../platform/sqlite.ts";
import type { Placed } from "./clock-book.ts";
import {
  AUDIT_TEXT_MAX,
  type AuditChoices,
  type AuditEntry,
  type AuditFilter,
  type AuditProgress,
  type AuditRow,
  type AuditVerdict,
} from "./journal.ts";
import { numberOf, numberOrNull, type Row, textOf, textOrNull } from "./row.ts";

const BEFORE_THE_FIRST = { number: 0, hash: "" } as const;
/** The line that stands for what was dropped: its subject says which lines, its `after` is the hash of the last of them. */
export const TRIM_ACTION = "audit.trim";
const GATEWAY = "gateway";
const CHOICES_MAX = 500;

/** The place in the chain from which a line is hashed on. */
interface Link {
  readonly number: number;
  readonly hash: string;
}

/**
 * The audit log: every row carries a SHA-256 over itself and the row before it, and the last one's stands in a place of its own.
 * The oldest rows can go: a row of the chain says which, and where the chain begins now.
 */
export class AuditTrail {
  readonly #db: DatabaseSync;
  readonly #sql: ReturnType<typeof prepare>;
  readonly #insert: StatementSync;
  readonly #lists = new Map<string, StatementSync>();

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#sql = prepare(db);
    this.#insert = db.prepare(`INSERT INTO audit (${COLUMNS}, corrected_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  }

  /** Chains what was written before there was a chain. Does nothing when there is one: a row that lost its hash later was tampered with. */
  begin(): void {
    if (this.#sql.head.get() !== undefined) return;
    let link: Link = BEFORE_THE_FIRST;
    for (const row of this.#sql.after.all(0, Number.MAX_SAFE_INTEGER)) {
      link = { number: numberOf(row, "number"), hash: hashOf(link.hash, rowOf(row)) };
      this.#sql.seal.run(link.hash, link.number);
    }
    this.#sql.setHead.run(link.number, link.hash);
  }

  /** Inside a transaction. Without `placed`: by a command, beside a gateway that does not run. */
  add(entry: AuditEntry, placed: Placed | null = null): void {
    const cut = (text: string): string => text.slice(0, AUDIT_TEXT_MAX);
    const cutOrNull = (text: string | null | undefined): string | null => (text == null ? null : cut(text));
    const head = this.#sql.head.get();
    const number = numberOf(head, "number") + 1;
    const { atMs } = entry;
    const line = {
      ...{ number, atMs, by: cut(entry.by), from: cut(entry.from ?? ""), action: cut(entry.action), subject: cut(entry.subject) },
      ...{ detail: cut(entry.detail), before: cutOrNull(entry.before), after: cutOrNull(entry.after) },
      ...{ boot: placed?.boot ?? null, uptimeMs: placed?.uptimeMs ?? null, clock: placed?.clock ?? null },
    };
    const hash = hashOf(textOf(head, "hash"), line);
    this.#insert.run(
      ...([number, atMs, line.by, line.from, line.action, line.subject, line.detail, line.before, line.after, hash] as const),
      ...([line.boot, line.uptimeMs, line.clock, placeHashOf(hash, line), placed?.correctedMs ?? null] as const),
    );
    this.#sql.setHead.run(number, hash);
  }

  /** Newest first; those older than number `before`. Days are those of the right time, where a line was told another. */
  list(limit: number, before: number | null, filter: AuditFilter = {}): readonly AuditRow[] {
    const { fromMs, toMs, ...words } = filter;
    const span = fromMs === undefined && toMs === undefined ? [] : [fromMs ?? Number.MIN_SAFE_INTEGER, toMs ?? Number.MAX_SAFE_INTEGER];
    const named = (["by", "action"] as const).filter((key) => words[key] !== undefined);
    const where = ["number < ?", ...named.map((key) => `${key} = ?`), ...(span.length === 0 ? [] : [WITHIN])].join(" AND ");
    let statement = this.#lists.get(where);
    if (statement === undefined) {
      statement = this.#db.prepare(`SELECT ${COLUMNS}, corrected_ms FROM audit WHERE ${where} ORDER BY number DESC LIMIT ?`);
      this.#lists.set(where, statement);
    }
    const values = named.map((key) => words[key] as string);
    return statement.all(before ?? Number.MAX_SAFE_INTEGER, ...values, ...span, ...span, limit).map(shownRow);
  }

  choices(): AuditChoices {
    const texts = (statement: StatementSync): string[] => statement.all(CHOICES_MAX).map((row) => textOf(row, "word"));
    return { by: texts(this.#sql.people), actions: texts(this.#sql.actions) };
  }

  /** The next `rows` lines of a check; `null` begins one. Lines that are dropped meanwhile are not missed. */
  check(progress: AuditProgress | null, rows: number): AuditProgress | AuditVerdict {
    const base = baseOf(this.#sql.base.get());
    return checkSome(this.#sql, progress === null || progress.number < base.number ? beginAt(base, null) : progress, rows, null);
  }

  /** Drops the oldest lines up to number `upTo`, so many at most and not for less than so many. @returns whether any went. */
  drop(upTo: number, rows: { readonly least: number; readonly most: number }, atMs: number, placed: Placed | null): boolean {
    const base = baseOf(this.#sql.base.get());
    const count = Math.min(upTo - base.number, rows.most);
    if (count < rows.least) return false;
    const old = checkSome(this.#sql, beginAt(base, null), count, null);
    // Somebody has altered what would go: it is evidence and stays.
    if ("ok" in old) return false;
    this.#sql.drop.run(old.number);
    this.#sql.setBase.run(old.number, old.hash);
    const what = { action: TRIM_ACTION, subject: `${base.number + 1}-${old.number}`, detail: "", before: null, after: old.hash };
    this.add({ atMs, by: GATEWAY, from: GATEWAY, ...what }, placed);
    return true;
  }
}

const PLACE = "boot, uptime_ms, clock, place_hash";
const COLUMNS = `number, at_ms, by, origin, action, subject, detail, old, new, hash, ${PLACE}`;
// A day has few lines: left to itself SQLite would walk through all that are younger.
const WITHIN = `number IN (SELECT number FROM audit INDEXED BY audit_at WHERE at_ms >= ? AND at_ms < ? AND corrected_ms IS NULL
  UNION ALL SELECT number FROM audit WHERE corrected_ms >= ? AND corrected_ms < ?)`;

/** Reads the whole log. `noted` is a head that somebody wrote down before: it must still be in the chain. */
export function verifyAudit(db: DatabaseSync, noted: string | null): AuditVerdict {
  const sql = prepare(db);
  // One moment of it, also beside a gateway that goes on writing.
  db.exec("BEGIN");
  try {
    const found = checkSome(sql, beginAt(baseOf(sql.base.get()), noted), Number.MAX_SAFE_INTEGER, noted);
    if (!("ok" in found)) throw new Error("a check without a limit has to end");
    return found;
  } finally {
    db.exec("COMMIT");
  }
}

function beginAt(base: Link, noted: string | null): AuditProgress {
  return { ...base, dropped: base.number, trim: null, knowsHead: noted === null || noted === base.hash };
}

function checkSome(sql: ReturnType<typeof prepare>, from: AuditProgress, rows: number, noted: string | null): AuditProgress | AuditVerdict {
  const head = sql.head.get();
  let { number, hash, trim, knowsHead } = from;
  let count = 0;
  for (const raw of sql.after.iterate(number, rows)) {
    const row = rowOf(raw);
    count += 1;
    number += 1;
    if (row.number !== number) return { ok: false, number, wrong: "removed" };
    if (head !== undefined && number > numberOf(head, "number")) return { ok: false, number, wrong: "added" };
    hash = hashOf(hash, row);
    if (row.hash !== hash || textOrNull(raw, "place_hash") !== placeHashOf(hash, row)) return { ok: false, number, wrong: "altered" };
    if (row.hash === noted) knowsHead = true;
    trim = trimOf(row) ?? trim;
  }
  if (count === rows) return { dropped: from.dropped, number, hash, trim, knowsHead };
  if (head === undefined || numberOf(head, "number") > number) return { ok: false, number: number + 1, wrong: "removed" };
  if (textOf(head, "hash") !== hash) return { ok: false, number, wrong: "altered" };
  // Where the chain begins is only as good as the line in it that says so.
  const base = baseOf(sql.base.get());
  if (base.number !== (trim?.number ?? 0) || base.hash !== (trim?.hash ?? ""))
    return { ok: false, number: Math.max(1, base.number), wrong: "removed" };
  return { ok: true, rows: number - from.dropped, dropped: from.dropped, head: hash, knowsHead };
}

function trimOf({ action, subject, after }: AuditRow): Link | null {
  const upTo = /^\d+-(\d+)$/.exec(subject)?.[1];
  return action === TRIM_ACTION && upTo !== undefined ? { number: Number(upTo), hash: after ?? "" } : null;
}

function baseOf(row: Row | undefined): Link {
  return row === undefined ? BEFORE_THE_FIRST : { number: numberOf(row, "number"), hash: textOf(row, "hash") };
}

/** As the first release made it and the one before this checks it, after a roll back: what later ones add to a line is not part of it. */
function hashOf(before: string, row: Omit<AuditRow, "hash" | "toldMs">): string {
  return sha256([before, row.number, row.atMs, row.by, row.from, row.action, row.subject, row.detail, row.before, row.after]);
}

/** Over the line's place in time; null where it has none: written by a command, or by the release before. What was put right later is not part of it. */
function placeHashOf(hash: string, { boot, uptimeMs, clock }: Pick<AuditRow, "boot" | "uptimeMs" | "clock">): string | null {
  return boot === null && uptimeMs === null && clock === null ? null : sha256([hash, boot, uptimeMs, clock]);
}

function sha256(content: readonly unknown[]): string {
  return createHash("sha256").update(JSON.stringify(content)).digest("hex");
}

/** As it was told and hashed. */
function rowOf(row: Row): AuditRow {
  return {
    number: numberOf(row, "number"),
    atMs: numberOf(row, "at_ms"),
    toldMs: null,
    by: textOf(row, "by"),
    from: textOf(row, "origin"),
    action: textOf(row, "action"),
    subject: textOf(row, "subject"),
    detail: textOf(row, "detail"),
    before: textOrNull(row, "old"),
    after: textOrNull(row, "new"),
    hash: textOf(row, "hash"),
    boot: numberOrNull(row, "boot"),
    uptimeMs: numberOrNull(row, "uptime_ms"),
    clock: textOrNull(row, "clock") as AuditRow["clock"],
  };
}

/** As people see it: with the right time, and the told one beside it. */
function shownRow(row: Row): AuditRow {
  const told = rowOf(row);
  const correctedMs = numberOrNull(row, "corrected_ms");
  return correctedMs === null ? told : { ...told, atMs: correctedMs, toldMs: told.atMs };
}

/** The file of an older release, opened to be read only, has lines of old only. */
function columnsOf(db: DatabaseSync): string {
  const known = db.prepare("SELECT 1 FROM pragma_table_info('audit') WHERE name = 'boot'").get();
  return known === undefined ? COLUMNS.replace(PLACE, "NULL AS boot, NULL AS uptime_ms, NULL AS clock, NULL AS place_hash") : COLUMNS;
}

function prepare(db: DatabaseSync) {
  const sql = (text: string): StatementSync => db.prepare(text);
  const place = (table: string): StatementSync =>
    sql(`INSERT INTO ${table} (only, number, hash) VALUES (1, ?, ?)
      ON CONFLICT (only) DO UPDATE SET number = excluded.number, hash = excluded.hash`);
  // From one word to the next through the index; DISTINCT would read all of it.
  const different = (column: "by" | "action"): StatementSync =>
    sql(`WITH RECURSIVE words (word) AS (
      SELECT min(${column}) FROM audit WHERE ${column} > ''
      UNION ALL SELECT (SELECT min(${column}) FROM audit WHERE ${column} > word) FROM words WHERE word IS NOT NULL
    ) SELECT word FROM words WHERE word IS NOT NULL LIMIT ?`);
  return {
    head: sql("SELECT number, hash FROM audit_head"),
    setHead: place("audit_head"),
    base: sql("SELECT number, hash FROM audit_base"),
    setBase: place("audit_base"),
    seal: sql("UPDATE audit SET hash = ? WHERE number = ?"),

    drop: sql("DELETE FROM audit WHERE number <= ?"),
    after: sql(`SELECT ${columnsOf(db)} FROM audit WHERE number > ? ORDER BY number LIMIT ?`),
    people: different("by"),
    actions: different("action"),
  };
}
