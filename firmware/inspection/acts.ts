import { type AnswerValue, INSPECTION_TEXT_MAX, type InspectionTemplate } from "../contract/inspection.ts";
import { answersOf, missingItems, revisionOf, stateOf } from "./sheet.ts";
import type { InspectionAct, InspectionRefusal, StoredSheet } from "./step.ts";

/** Answers and corrections to one item of one sheet; a person needs one or two. */
export const ANSWERS_PER_ITEM_MAX = 50;

/** Whether an act may be added to a sheet as it is now; null when it may. */
export function refusalOf(stored: StoredSheet, form: InspectionTemplate, act: InspectionAct, by: string): InspectionRefusal | null {
  const state = stateOf(stored, false);
  switch (act.kind) {
    case "answer":
      return state === "open" ? refusalOfAnswer(stored, form, act) : "signed";
    case "correct":
      return state === "open" ? "notSigned" : act.reason.trim() === "" ? "noteNeeded" : refusalOfAnswer(stored, form, act);
    case "sign":
      if (state !== "open") return "signed";
      if (act.revision !== revisionOf(stored)) return "changed";
      return missingItems(form, answersOf(stored, form)).length > 0 ? "incomplete" : null;
    case "review":
      if (state !== "signed") return state === "open" ? "notSigned" : "reviewed";
      if (stored.rows.some((row) => row.by === by && (row.act.kind === "sign" || row.act.kind === "correct"))) return "own";
      return act.revision === revisionOf(stored) ? null : "changed";
    case "close":
      // Once per end of the day, which the ledger knows.
      return null;
  }
}

function refusalOfAnswer(
  stored: StoredSheet,
  form: InspectionTemplate,
  {
    item: id,
    value,
    note,
    revision,
  }: { readonly item: string; readonly value: AnswerValue; readonly note: string; readonly revision: number },
): InspectionRefusal | null {
  const item = form.items.find((candidate) => candidate.id === id);
  if (item === undefined || item.kind === "measured") return "unknownItem";
  const seen = answersOf(stored, form).get(id)?.revision ?? 0;
  if (revision !== seen) return "changed";
  if (seen >= ANSWERS_PER_ITEM_MAX) return "full";
  if (note.length > INSPECTION_TEXT_MAX) return "badValue";
  if (value === null) return note.trim() === "" ? "noteNeeded" : null;
  switch (item.kind) {
    case "choice":
      return item.choices.some((choice) => choice.id === value) ? null : "badValue";
    case "number":
      return typeof value === "number" && Number.isFinite(value) ? null : "badValue";
    case "text":
      return typeof value === "string" && value.trim() !== "" && value.length <= INSPECTION_TEXT_MAX ? null : "badValue";
  }
}
