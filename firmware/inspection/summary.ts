import type { InspectionFigures, InspectionSummary, InspectionTemplate } from "../contract/inspection.ts";
import { abnormalItems, answersOf, stateOf } from "./sheet.ts";
import { type StoredSheet, sheetId } from "./step.ts";

const NOTHING: InspectionFigures = { fromMs: 0, toMs: 0, clockTrusted: true, problem: null, rows: [] };

/** One line of a calendar. */
export function summaryOf(stored: StoredSheet, form: InspectionTemplate, isOver: boolean): InspectionSummary {
  const answers = answersOf(stored, form);
  const signed = stored.rows.find(({ act }) => act.kind === "sign");
  const closed = stored.rows.findLast(({ act }) => act.kind === "close");
  const settled = signed ?? closed;
  const figures = settled !== undefined && "figures" in settled.act ? settled.act.figures : NOTHING;
  return {
    ...{ id: sheetId(stored), template: stored.template, day: stored.day, state: stateOf(stored, isOver), name: form.name },
    answered: answers.size,
    abnormal: abnormalItems(form, answers, figures).size,
    signedBy: signed?.by ?? null,
    signedAtMs: signed?.atMs ?? null,
    clockTrusted: signed?.clockTrusted ?? true,
    corrected: stored.rows.some(({ act }) => act.kind === "correct"),
    closed: stored.rows.some(({ act }) => act.kind === "close"),
  };
}
