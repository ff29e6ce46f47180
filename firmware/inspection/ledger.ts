import type { InspectionTemplate } from "../contract/inspection.ts";
import type { AuditTrail } from "../journal/audit.ts";
import { RefusedEntry } from "../journal/faults.ts";
import { numberOf, parsed, type Row, textOf, textOrNull } from "../journal/row.ts";
import type { DatabaseSync, StatementSync } from "../platform/sqlite.ts";
import { refusalOf } from "./acts.ts";
import { answersOf } from "./sheet.ts";
import {
  type ExpectedSheets,
  type InspectionAct,
  type InspectionAnswerRows,
  type InspectionQuery,
  type InspectionStep,
  type SheetKey,
  type SheetRow,
  type StepOutcome,
  type StoredSheet,
  sheetId,
} from "./step.ts";

/** A sheet of 300 points with gaps is a tenth of it. */
const ROW_BYTES_MAX = 1_048_576;
/** Three templates a day for five years and more; the oldest go. */
export const SHEETS_KEPT_MAX = 6_000;

/** The inspection sheets of the journal: rows are added, never changed. Every call runs inside the caller's transaction. */
export class InspectionLedger {
  readonly #sql: ReturnType<typeof prepare>;
  readonly #audit: AuditTrail;
  readonly #sheetsKept: number;

  constructor(db: DatabaseSync, audit: AuditTrail, sheetsKept: number = SHEETS_KEPT_MAX) {
    this.#sql = prepare(db);
    this.#audit = audit;
    this.#sheetsKept = sheetsKept;
  }

  /** Adds the act and its audit line, or neither and says why. A step that was recorded before is answered as it was then. */
  step(step: InspectionStep): StepOutcome {
    const { act, by, atMs } = step;
    const id = sheetId(step.sheet);
    const before = this.sheet(step.sheet) ?? { ...step.sheet, pinned: null, rows: [] };
    if (this.#sql.known.get(step.id) !== undefined) return { ok: true, sheet: before };
    const form = before.pinned ?? step.template;
    const refused = refusalOf(before, form, act, by);
    if (refused !== null) return { ok: false, refused, sheet: before };
    const json = JSON.stringify(act);
    const pin = JSON.stringify(form);
    if (Math.max(json.length, pin.length) > ROW_BYTES_MAX) throw new RefusedEntry(`row of sheet ${id} has ${json.length} characters`);
    this.#sql.expect.run(id, step.sheet.template, step.sheet.day);
    if (before.pinned === null) this.#sql.pin.run(pin, id);
    if (act.kind === "close") this.#sql.close.run(id);
    this.#sql.add.run(step.id, id, atMs, step.clockTrusted ? 1 : 0, by, json);
    this.#audit.add({ atMs, by, from: step.from, ...auditOf(id, before, form, act) });
    this.#sweep();
    const row: SheetRow = { atMs, clockTrusted: step.clockTrusted, by, act };
    return { ok: true, sheet: { ...step.sheet, pinned: form, rows: [...before.rows, row] } };
  }

  expect({ templates, days }: ExpectedSheets): void {
    for (const day of days) for (const template of templates) this.#sql.expect.run(sheetId({ template, day }), template, day);
    this.#sweep();
  }

  query(query: InspectionQuery): InspectionAnswerRows {
    switch (query.what) {
      case "sheet": {
        const sheet = this.sheet(query.sheet);
        return { sheets: sheet === null ? [] : [sheet], lastDay: null };
      }
      case "days":
        return { sheets: this.#sql.days.all(query.from, query.to).map((head) => withoutFigures(this.#stored(head))), lastDay: null };
      case "unclosed":
        return { sheets: this.#sql.unclosed.all(query.before, query.limit).map((head) => this.#stored(head)), lastDay: null };
      case "lastDay":
        return { sheets: [], lastDay: textOrNull(this.#sql.lastDay.get(query.upTo) ?? { day: null }, "day") };
    }
  }

  sheet(key: SheetKey): StoredSheet | null {
    const head = this.#sql.head.get(sheetId(key));
    return head === undefined ? null : this.#stored(head);
  }

  #stored(head: Row): StoredSheet {
    const rows = this.#sql.rows.all(textOf(head, "id")).flatMap((row): SheetRow[] => {
      const act = parsed<InspectionAct>(row, "act");
      if (act === null) return [];
      return [{ atMs: numberOf(row, "at_ms"), clockTrusted: numberOf(row, "clock_trusted") === 1, by: textOf(row, "by"), act }];
    });
    const pinned = head["pinned"] === null ? null : parsed<InspectionTemplate>(head, "pinned");
    return { template: textOf(head, "template"), day: textOf(head, "day"), pinned, rows };
  }

  #sweep(): void {
    if (numberOf(this.#sql.count.get(), "sheets") > this.#sheetsKept) this.#sql.drop.run(this.#sheetsKept);
  }
}

function auditOf(id: string, before: StoredSheet, form: InspectionTemplate, act: InspectionAct) {
  const action = `inspection.${act.kind}`;
  if (act.kind !== "answer" && act.kind !== "correct")
    return { action, subject: id, detail: act.kind === "close" ? "" : act.note, before: null, after: null };
  const former = answersOf(before, form).get(act.item);
  return {
    action,
    subject: `${id} ${act.item}`,
    detail: act.kind === "correct" ? act.reason : "",
    before: former === undefined ? null : answerText(former),
    after: answerText(act),
  };
}

function answerText({ value, note }: { readonly value: string | number | null; readonly note: string }): string {
  return JSON.stringify(note === "" ? { value } : { value, note });
}

/** For a calendar: of the figures only what was abnormal. */
function withoutFigures(sheet: StoredSheet): StoredSheet {
  return {
    ...sheet,
    rows: sheet.rows.map((row) => {
      if (row.act.kind !== "sign" && row.act.kind !== "close") return row;
      const figures = { ...row.act.figures, rows: row.act.figures.rows.filter(({ abnormal }) => abnormal !== null) };
      return { ...row, act: { ...row.act, figures } };
    }),
  };
}

function prepare(db: DatabaseSync) {
  const sql = (text: string): StatementSync => db.prepare(text);
  const heads = (rest: string): StatementSync => sql(`SELECT id, template, day, pinned FROM inspection_sheets ${rest}`);
  return {
    known: sql("SELECT 1 FROM inspection_rows WHERE id = ?"),
    head: heads("WHERE id = ?"),
    days: heads("WHERE day BETWEEN ? AND ? ORDER BY day, template"),
    unclosed: heads("WHERE closed = 0 AND day < ? ORDER BY day, template LIMIT ?"),
    lastDay: sql("SELECT max(day) AS day FROM inspection_sheets WHERE day <= ?"),
    rows: sql("SELECT at_ms, clock_trusted, by, act FROM inspection_rows WHERE sheet = ? ORDER BY number"),
    expect: sql("INSERT OR IGNORE INTO inspection_sheets (id, template, day, closed) VALUES (?, ?, ?, 0)"),
    pin: sql("UPDATE inspection_sheets SET pinned = ? WHERE id = ? AND pinned IS NULL"),
    close: sql("UPDATE inspection_sheets SET closed = 1 WHERE id = ?"),
    add: sql("INSERT INTO inspection_rows (id, sheet, at_ms, clock_trusted, by, act) VALUES (?, ?, ?, ?, ?, ?)"),
    count: sql("SELECT count(*) AS sheets FROM inspection_sheets"),
    drop: sql("DELETE FROM inspection_sheets WHERE id IN (SELECT id FROM inspection_sheets ORDER BY day DESC, template LIMIT -1 OFFSET ?)"),
  };
}
