import { deflateSync, inflateSync } from "node:zlib";
import type { InspectionFigures, InspectionSummary, InspectionTemplate } from "../contract/inspection.ts";
import type { AuditTrail } from "../journal/audit.ts";
import type { ClockBook } from "../journal/clock-book.ts";
import { RefusedEntry } from "../journal/faults.ts";
import type { Stamp } from "../journal/journal.ts";
import { numberOf, numberOrNull, parsed, type Row, textOf, textOrNull } from "../journal/row.ts";
import type { DatabaseSync, StatementSync } from "../platform/sqlite.ts";
import { refusalOf } from "./acts.ts";
import { noFigures } from "./figures.ts";
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
  type StoredDay,
  type StoredSheet,
  sheetId,
} from "./step.ts";
import { summaryOf } from "./summary.ts";

/** Figures of 300 points, each with all the gaps that history names. */
const FIGURES_BYTES_MAX = 4_194_304;
/** A template of 300 items is a fifth of it. */
const ROW_BYTES_MAX = 1_048_576;

/** The inspection sheets of the journal: rows are added, never changed. Every call runs inside the caller's transaction. */
export class InspectionLedger {
  readonly #sql: ReturnType<typeof prepare>;
  readonly #audit: AuditTrail;

  constructor(db: DatabaseSync, audit: AuditTrail) {
    this.#sql = prepare(db);
    this.#audit = audit;
  }

  /** Adds the act and its audit line, or neither and says why. A step that was recorded before is answered as it was then. */
  step(step: InspectionStep, clock: ClockBook, stamp: Stamp): StepOutcome {
    const { act, by, atMs } = step;
    const id = sheetId(step.sheet);
    const before = this.sheet(step.sheet) ?? { ...step.sheet, pinned: null, rows: [] };
    if (this.#sql.known.get(step.id) !== undefined) return { ok: true, sheet: before };
    const form = before.pinned ?? step.template;
    const refused = act.kind === "close" && this.#isClosed(id) ? "closed" : refusalOf(before, form, act, by);
    if (refused !== null) return { ok: false, refused, sheet: before };
    const { json, figures } = packed(act);
    const pin = before.pinned === null ? JSON.stringify(form) : "";
    const bytes = json.length + pin.length + (figures?.length ?? 0);
    if (bytes > ROW_BYTES_MAX) throw new RefusedEntry(`a row of sheet ${id} has ${bytes} bytes`);
    const placed = clock.place(atMs, stamp, step.clockTrusted);
    const { correctedMs } = placed;
    const told = { clockTrusted: step.clockTrusted, toldMs: correctedMs === null ? null : atMs };
    const row: SheetRow = { atMs: correctedMs ?? atMs, ...told, by, act };
    const sheet: StoredSheet = { ...step.sheet, pinned: form, rows: [...before.rows, row] };
    this.#sql.expect.run(id, step.sheet.template, step.sheet.day);
    if (before.pinned === null) this.#sql.pin.run(pin, id);
    if (act.kind === "close") this.#sql.close.run(id);
    const place = [placed.boot, placed.uptimeMs, placed.clock, correctedMs] as const;
    this.#sql.add.run(step.id, id, atMs, step.clockTrusted ? 1 : 0, by, json, figures, ...place);
    this.#sql.sum.run(JSON.stringify(summaryOf(sheet, form, false)), bytes, id);
    this.#audit.add({ atMs, by, from: step.from, ...auditOf(id, before, form, act) }, placed);
    return { ok: true, sheet };
  }

  expect({ templates, days }: ExpectedSheets): void {
    // What a clock that ran ahead has closed before its time is open again.
    const today = days.toSorted().at(-1);
    if (today !== undefined) this.#sql.reopen.run(today);
    for (const day of days) for (const template of templates) this.#sql.expect.run(sheetId({ template, day }), template, day);
  }

  query(query: InspectionQuery): InspectionAnswerRows {
    switch (query.what) {
      case "sheet": {
        const sheet = this.sheet(query.sheet);
        return { ...NOTHING, sheets: sheet === null ? [] : [sheet] };
      }
      case "days":
        return { ...NOTHING, days: this.#sql.days.all(query.from, query.to).map(dayOf) };
      case "unclosed":
        return { ...NOTHING, sheets: this.#sql.unclosed.all(query.before, query.limit).map((head) => this.#stored(head)) };
      case "lastDay":
        return { ...NOTHING, lastDay: textOrNull(this.#sql.lastDay.get(query.upTo) ?? { day: null }, "day") };
    }
  }

  sheet(key: SheetKey): StoredSheet | null {
    const head = this.#sql.head.get(sheetId(key));
    return head === undefined ? null : this.#stored(head);
  }

  #isClosed(id: string): boolean {
    const head = this.#sql.closed.get(id);
    return head !== undefined && numberOf(head, "closed") === 1;
  }

  #stored(head: Row): StoredSheet {
    const rows = this.#sql.rows.all(textOf(head, "id")).flatMap((row): SheetRow[] => {
      const act = parsed<InspectionAct>(row, "act");
      if (act === null) return [];
      const clockTrusted = numberOf(row, "clock_trusted") === 1;
      const [atMs, correctedMs] = [numberOf(row, "at_ms"), numberOrNull(row, "corrected_ms")];
      const told = { clockTrusted, toldMs: correctedMs === null ? null : atMs };
      return [{ atMs: correctedMs ?? atMs, ...told, by: textOf(row, "by"), act: unpacked(act, row["figures"]) }];
    });
    const pinned = head["pinned"] === null ? null : parsed<InspectionTemplate>(head, "pinned");
    return { template: textOf(head, "template"), day: textOf(head, "day"), pinned, rows };
  }
}

const NOTHING: InspectionAnswerRows = { sheets: [], days: [], lastDay: null };

function dayOf(head: Row): StoredDay {
  const summary = head["summary"] === null ? null : parsed<InspectionSummary>(head, "summary");
  return { template: textOf(head, "template"), day: textOf(head, "day"), summary, closed: numberOf(head, "closed") === 1 };
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

/** Its figures apart from the act: they are nearly all of its bytes, and packed a tenth. */
function packed(act: InspectionAct): { readonly json: string; readonly figures: Uint8Array | null } {
  if (!("figures" in act)) return { json: JSON.stringify(act), figures: null };
  const { figures, ...rest } = act;
  return { json: JSON.stringify(rest), figures: deflateSync(JSON.stringify(figures)) };
}

function unpacked(act: InspectionAct, figures: unknown): InspectionAct {
  if (act.kind !== "sign" && act.kind !== "close") return act;
  try {
    if (!(figures instanceof Uint8Array)) throw new Error("no figures");
    return { ...act, figures: JSON.parse(inflateSync(figures, { maxOutputLength: FIGURES_BYTES_MAX }).toString()) as InspectionFigures };
  } catch {
    // A worn card has bent it. The rest of the sheet is as it was.
    return { ...act, figures: noFigures({ fromMs: 0, toMs: 0 }, DAMAGED) };
  }
}

const DAMAGED = {
  zh: "当时保存的实测数据已损坏，无法读取。请从备份恢复，并检查存储卡。",
  en: "The figures that were written down are damaged and cannot be read. Restore a backup and check the card.",
};

function prepare(db: DatabaseSync) {
  const sql = (text: string): StatementSync => db.prepare(text);
  const heads = (rest: string): StatementSync => sql(`SELECT id, template, day, pinned FROM inspection_sheets ${rest}`);
  return {
    known: sql("SELECT 1 FROM inspection_rows WHERE id = ?"),
    head: heads("WHERE id = ?"),
    days: sql("SELECT template, day, summary, closed FROM inspection_sheets WHERE day BETWEEN ? AND ? ORDER BY day, template"),
    unclosed: heads("WHERE closed = 0 AND day < ? ORDER BY day, template LIMIT ?"),
    lastDay: sql("SELECT max(day) AS day FROM inspection_sheets WHERE day <= ?"),
    rows: sql("SELECT at_ms, corrected_ms, clock_trusted, by, act, figures FROM inspection_rows WHERE sheet = ? ORDER BY number"),
    expect: sql("INSERT OR IGNORE INTO inspection_sheets (id, template, day, closed, bytes) VALUES (?, ?, ?, 0, 0)"),
    pin: sql("UPDATE inspection_sheets SET pinned = ? WHERE id = ? AND pinned IS NULL"),
    close: sql("UPDATE inspection_sheets SET closed = 1 WHERE id = ?"),
    closed: sql("SELECT closed FROM inspection_sheets WHERE id = ?"),
    reopen: sql("UPDATE inspection_sheets SET closed = 0 WHERE closed = 1 AND day >= ?"),
    add: sql(`INSERT INTO inspection_rows (id, sheet, at_ms, clock_trusted, by, act, figures, boot, uptime_ms, clock, corrected_ms)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),
    sum: sql("UPDATE inspection_sheets SET summary = ?, bytes = bytes + ? WHERE id = ?"),
  };
}
