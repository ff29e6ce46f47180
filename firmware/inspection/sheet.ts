import type {
  InspectionAnswer,
  InspectionCorrection,
  InspectionFigures,
  InspectionItem,
  InspectionMark,
  InspectionSheet,
  InspectionState,
  InspectionTemplate,
  LookedAtItem,
} from "../contract/inspection.ts";
import { type InspectionAct, type SheetRow, type StoredSheet, sheetId } from "./step.ts";

type ActOf<Kind extends InspectionAct["kind"]> = Extract<InspectionAct, { kind: Kind }>;
type RowOf<Kind extends InspectionAct["kind"]> = SheetRow & { readonly act: ActOf<Kind> };

function rowsOf<Kind extends InspectionAct["kind"]>(
  { rows }: Pick<StoredSheet, "rows">,
  ...kinds: readonly Kind[]
): readonly RowOf<Kind>[] {
  return rows.filter((row): row is RowOf<Kind> => (kinds as readonly string[]).includes(row.act.kind));
}

/** A sheet as people see it: the sum of its rows. `live`: figures for a sheet that is neither signed nor closed. */
export function sheetOf(
  stored: StoredSheet,
  form: InspectionTemplate,
  day: { readonly fromMs: number; readonly toMs: number; readonly isOver: boolean },
  live: InspectionFigures | null,
): InspectionSheet {
  const answers = answersOf(stored, form);
  const signed = rowsOf(stored, "sign")[0];
  // A clock that ran ahead may have closed a day that is not over: the last word counts, and only when the day is over.
  const wholeDay = day.isOver ? (rowsOf(stored, "close").at(-1)?.act.figures ?? null) : null;
  const measured = signed?.act.figures ?? wholeDay ?? live;
  if (measured === null) throw new Error(`sheet ${sheetId(stored)} is asked for without figures`);
  const abnormal = abnormalItems(form, answers, measured);
  return {
    ...{ id: sheetId(stored), template: stored.template, day: stored.day, form, fromMs: day.fromMs, toMs: day.toMs },
    ...{ state: stateOf(stored, day.isOver), revision: revisionOf(stored), answers: [...answers.values()], measured, wholeDay },
    missing: missingItems(form, answers).map(({ id }) => id),
    abnormal: form.items.filter(({ id }) => abnormal.has(id)).map(({ id }) => id),
    score: scoreOf(form, answers, measured, abnormal),
    signature: signed === undefined ? null : markOf(signed),
    reviews: rowsOf(stored, "review").map(markOf),
    corrections: correctionsOf(stored),
  };
}

export function stateOf(stored: StoredSheet, isOver: boolean): InspectionState {
  if (rowsOf(stored, "sign").length === 0) return isOver ? "missing" : "open";
  return rowsOf(stored, "review", "correct").at(-1)?.act.kind === "review" ? "reviewed" : "signed";
}

/** How many things people have done to it. */
export function revisionOf({ rows }: Pick<StoredSheet, "rows">): number {
  return rows.filter(({ act }) => act.kind !== "close").length;
}

/** The answers that hold, by item. */
export function answersOf(stored: Pick<StoredSheet, "rows">, form: InspectionTemplate): ReadonlyMap<string, InspectionAnswer> {
  const items = new Map(form.items.map((item) => [item.id, item]));
  const answers = new Map<string, InspectionAnswer>();
  for (const row of rowsOf(stored, "answer", "correct")) {
    const { item, value, note } = row.act;
    const abnormal = isAbnormal(items.get(item), value);
    answers.set(item, { item, value, note, ...doneOf(row), revision: (answers.get(item)?.revision ?? 0) + 1, abnormal });
  }
  return answers;
}

function correctionsOf(stored: StoredSheet): InspectionCorrection[] {
  const held = new Map<string, InspectionCorrection["before"]>();
  return rowsOf(stored, "answer", "correct").flatMap((row) => {
    const { act, by, atMs } = row;
    const { item, value, note } = act;
    const before = held.get(item) ?? null;
    held.set(item, { value, note, by, atMs });
    return act.kind === "correct" ? [{ item, ...doneOf(row), reason: act.reason, before, after: { value, note } }] : [];
  });
}

function markOf(row: RowOf<"sign" | "review">): InspectionMark {
  return { ...doneOf(row), note: row.act.note };
}

/** Who did it, and when; and what was said of the time then, where that has been put right since. */
function doneOf({ by, atMs, clockTrusted, toldMs }: SheetRow) {
  return { by, atMs, clockTrusted, ...(toldMs === null ? {} : { toldMs }) };
}

export function missingItems(form: InspectionTemplate, answers: ReadonlyMap<string, InspectionAnswer>): readonly LookedAtItem[] {
  return form.items.filter((item) => item.kind !== "measured").filter(({ id, optional }) => !optional && !answers.has(id));
}

/** What was not looked at is not known to be normal. */
function isAbnormal(item: InspectionItem | undefined, value: InspectionAnswer["value"]): boolean {
  if (item === undefined || item.kind === "measured") return false;
  if (value === null) return !item.optional;
  if (item.kind === "choice") return item.choices.find(({ id }) => id === value)?.abnormal === true;
  if (item.kind === "number" && typeof value === "number")
    return (item.min !== null && value < item.min) || (item.max !== null && value > item.max);
  return false;
}

export function abnormalItems(
  form: InspectionTemplate,
  answers: ReadonlyMap<string, InspectionAnswer>,
  measured: InspectionFigures,
): ReadonlySet<string> {
  const figures = new Set(measured.rows.filter(({ abnormal }) => abnormal !== null).map(({ item }) => item));
  return new Set(form.items.filter(({ id }) => figures.has(id) || answers.get(id)?.abnormal === true).map(({ id }) => id));
}

/** Weights of what is known to be normal, out of all that counts. A point that an optional fitting lacks does not count. */
function scoreOf(
  form: InspectionTemplate,
  answers: ReadonlyMap<string, InspectionAnswer>,
  measured: InspectionFigures,
  abnormal: ReadonlySet<string>,
): { reached: number; possible: number } {
  const figures = new Map(measured.rows.map((row) => [row.item, row]));
  const score = { reached: 0, possible: 0 };
  for (const item of form.items) {
    const known = item.kind === "measured" ? (figures.get(item.id)?.last ?? null) !== null : answers.has(item.id);
    if (!known && (item.kind === "measured" ? !item.fitted : item.optional)) continue;
    score.possible += item.weight;
    if (known && !abnormal.has(item.id)) score.reached += item.weight;
  }
  return score;
}
