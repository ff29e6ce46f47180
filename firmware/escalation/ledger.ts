import type { AuditTrail } from "../journal/audit.ts";
import type { ClockBook } from "../journal/clock-book.ts";
import { RefusedEntry } from "../journal/faults.ts";
import type { Stamp } from "../journal/journal.ts";
import { numberOf, numberOrNull, parsed, textOf } from "../journal/row.ts";
import type { DatabaseSync, StatementSync } from "../platform/sqlite.ts";
import { DUTY_ROWS_MAX, type OnCallAct, type OnCallQuery, type OnCallRow, type OnCallWrite } from "./duty-acts.ts";

/** 200 open alarms with their texts, and a page of writing. */
const ACT_BYTES_MAX = 262_144;
const FAR_MS = 8.64e15;

/** Swaps and hand-overs in the journal. Every call runs inside the caller's transaction. */
export class DutyLedger {
  readonly #sql: ReturnType<typeof prepare>;
  readonly #audit: AuditTrail;

  constructor(db: DatabaseSync, audit: AuditTrail) {
    this.#sql = prepare(db);
    this.#audit = audit;
  }

  record({ id, atMs, certain, by, act, audit }: OnCallWrite, clock: ClockBook, stamp: Stamp): void {
    if (this.#sql.known.get(id) !== undefined) return;
    const json = JSON.stringify(act);
    if (Buffer.byteLength(json) > ACT_BYTES_MAX) throw new RefusedEntry(`an act of ${act.rota} has ${json.length} characters`);
    const placed = clock.place(atMs, stamp, certain);
    const changeMs = act.kind === "swap" ? act.toMs : act.changeMs;
    const place = [placed.boot, placed.uptimeMs, placed.clock, placed.correctedMs] as const;
    this.#sql.add.run(id, act.kind, act.rota, changeMs, atMs, by, json, ...place);
    this.#sql.drop.run(DUTY_ROWS_MAX);
    this.#audit.add(audit, placed);
  }

  list({ kinds, limit, before = Number.MAX_SAFE_INTEGER, rota, fromMs = -FAR_MS, toMs = FAR_MS }: OnCallQuery): readonly OnCallRow[] {
    return this.#sql.list
      .all(JSON.stringify(kinds), before, rota ?? null, rota ?? null, fromMs, toMs, limit)
      .flatMap((row): OnCallRow[] => {
        const act = parsed<OnCallAct>(row, "act");
        if (act === null) return [];
        const atMs = numberOrNull(row, "corrected_ms") ?? numberOf(row, "at_ms");
        return [{ number: numberOf(row, "number"), id: textOf(row, "id"), atMs, by: textOf(row, "by"), act }];
      });
  }
}

function prepare(db: DatabaseSync) {
  const sql = (text: string): StatementSync => db.prepare(text);
  return {
    known: sql("SELECT 1 FROM on_call WHERE id = ?"),
    add: sql(`INSERT INTO on_call (id, kind, rota, change_ms, at_ms, by, act, boot, uptime_ms, clock, corrected_ms)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),
    drop: sql("DELETE FROM on_call WHERE number <= (SELECT max(number) FROM on_call) - ?"),
    list: sql(`SELECT number, id, at_ms, corrected_ms, by, act FROM on_call WHERE kind IN (SELECT value FROM json_each(?))
      AND number < ? AND (? IS NULL OR rota = ?) AND change_ms >= ? AND change_ms < ? ORDER BY number DESC LIMIT ?`),
  };
}
