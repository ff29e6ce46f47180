import { createHash } from "node:crypto";
import type { DatabaseSync, StatementSync } from "../platform/sqlite.ts";
import { AUDIT_TEXT_MAX, type AuditEntry, type AuditRow } from "./journal.ts";
import { numberOf, type Row, textOf, textOrNull } from "./row.ts";

const BEFORE_THE_FIRST = "";

/** The audit log: every row carries a SHA-256 over itself and the row before it, and the last one's stands in a place of its own. */
export class AuditTrail {
  readonly #sql: ReturnType<typeof prepare>;

  constructor(db: DatabaseSync) {
    this.#sql = prepare(db);
  }

  /** Chains what was written before there was a chain. Does nothing when there is one: a row that lost its hash later was tampered with. */
  begin(): void {
    if (this.#sql.head.get() !== undefined) return;
    let hash = BEFORE_THE_FIRST;
    let number = 0;
    for (const row of this.#sql.all.all()) {
      number = numberOf(row, "number");
      hash = hashOf(hash, rowOf(row));
      this.#sql.seal.run(hash, number);
    }
    this.#sql.setHead.run(number, hash);
  }

  /** Inside a transaction. */
  add(entry: AuditEntry): void {
    const cut = (text: string): string => text.slice(0, AUDIT_TEXT_MAX);
    const cutOrNull = (text: string | null | undefined): string | null => (text == null ? null : cut(text));
    const head = this.#sql.head.get();
    const number = numberOf(head, "number") + 1;
    const { atMs } = entry;
    const line = {
      ...{ number, atMs, by: cut(entry.by), from: cut(entry.from ?? ""), action: cut(entry.action), subject: cut(entry.subject) },
      ...{ detail: cut(entry.detail), before: cutOrNull(entry.before), after: cutOrNull(entry.after) },
    };
    const hash = hashOf(textOf(head, "hash"), line);
    this.#sql.add.run(number, atMs, line.by, line.from, line.action, line.subject, line.detail, line.before, line.after, hash);
    this.#sql.setHead.run(number, hash);
  }

  /** Newest first; those older than number `before`. */
  list(limit: number, before: number | null): readonly AuditRow[] {
    return this.#sql.list.all(before ?? Number.MAX_SAFE_INTEGER, limit).map(rowOf);
  }
}

/**
 * What is wrong first. `altered`: the row is not what was written, or stands in another's place. `removed`: rows are missing here.
 * `added`: the row was not written by the gateway.
 */
export type AuditVerdict =
  | { readonly ok: true; readonly rows: number; readonly head: string; readonly knowsHead: boolean }
  | { readonly ok: false; readonly number: number; readonly wrong: "altered" | "removed" | "added" };

/** Reads the whole log. `noted` is a head that somebody wrote down before: it must still be in the chain. */
export function verifyAudit(db: DatabaseSync, noted: string | null): AuditVerdict {
  let hash = BEFORE_THE_FIRST;
  let number = 0;
  let knowsHead = noted === null || noted === BEFORE_THE_FIRST;
  const sql = prepare(db);
  const head = sql.head.get();
  for (const raw of sql.all.iterate()) {
    const row = rowOf(raw);
    number += 1;
    if (row.number !== number) return { ok: false, number, wrong: "removed" };
    if (head !== undefined && number > numberOf(head, "number")) return { ok: false, number, wrong: "added" };
    hash = hashOf(hash, row);
    if (row.hash !== hash) return { ok: false, number, wrong: "altered" };
    if (row.hash === noted) knowsHead = true;
  }
  if (head === undefined || numberOf(head, "number") > number) return { ok: false, number: number + 1, wrong: "removed" };
  return textOf(head, "hash") === hash ? { ok: true, rows: number, head: hash, knowsHead } : { ok: false, number, wrong: "altered" };
}

function hashOf(before: string, row: Omit<AuditRow, "hash">): string {
  const content = [before, row.number, row.atMs, row.by, row.from, row.action, row.subject, row.detail, row.before, row.after];
  return createHash("sha256").update(JSON.stringify(content)).digest("hex");
}

function rowOf(row: Row): AuditRow {
  return {
    number: numberOf(row, "number"),
    atMs: numberOf(row, "at_ms"),
    by: textOf(row, "by"),
    from: textOf(row, "origin"),
    action: textOf(row, "action"),
    subject: textOf(row, "subject"),
    detail: textOf(row, "detail"),
    before: textOrNull(row, "old"),
    after: textOrNull(row, "new"),
    hash: textOf(row, "hash"),
  };
}

function prepare(db: DatabaseSync) {
  const sql = (text: string): StatementSync => db.prepare(text);
  const columns = "number, at_ms, by, origin, action, subject, detail, old, new, hash";
  return {
    head: sql("SELECT number, hash FROM audit_head"),
    setHead: sql(`INSERT INTO audit_head (only, number, hash) VALUES (1, ?, ?)
      ON CONFLICT (only) DO UPDATE SET number = excluded.number, hash = excluded.hash`),
    seal: sql("UPDATE audit SET hash = ? WHERE number = ?"),
    add: sql(`INSERT INTO audit (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),
    all: sql(`SELECT ${columns} FROM audit ORDER BY number`),
    list: sql(`SELECT ${columns} FROM audit WHERE number < ? ORDER BY number DESC LIMIT ?`),
  };
}
