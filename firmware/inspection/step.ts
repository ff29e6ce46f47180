import type { AnswerValue, InspectionFigures, InspectionSummary, InspectionTemplate } from "../contract/inspection.ts";

/** One sheet: a template on a day of the site's calendar. */
export interface SheetKey {
  readonly template: string;
  /** YYYY-MM-DD */
  readonly day: string;
}

export function sheetId({ template, day }: SheetKey): string {
  return `${template}/${day}`;
}

export function sheetKeyOf(id: string): SheetKey {
  const [template = "", day = ""] = id.split("/");
  return { template, day };
}

/** What may happen to a sheet. Revisions are those that the doer has seen: who saw an older state is told, nothing is overwritten. */
export type InspectionAct =
  | { readonly kind: "answer"; readonly item: string; readonly value: AnswerValue; readonly note: string; readonly revision: number }
  | { readonly kind: "sign"; readonly note: string; readonly revision: number; readonly figures: InspectionFigures }
  | { readonly kind: "review"; readonly note: string; readonly revision: number }
  | {
      readonly kind: "correct";
      readonly item: string;
      readonly value: AnswerValue;
      readonly note: string;
      readonly reason: string;
      readonly revision: number;
    }
  /** The day is over: the gateway's own act. */
  | { readonly kind: "close"; readonly figures: InspectionFigures };

/** One act as it goes to the journal. */
export interface InspectionStep {
  /** A UUID: the same step made twice is recorded once. */
  readonly id: string;
  readonly sheet: SheetKey;
  /** What the sheet is filled against from its first act on. */
  readonly template: InspectionTemplate;
  readonly atMs: number;
  readonly clockTrusted: boolean;
  readonly by: string;
  readonly from: string;
  readonly act: InspectionAct;
}

/** Sheets that are expected on these days, so that one that nobody touched is missed. */
export interface ExpectedSheets {
  readonly templates: readonly string[];
  readonly days: readonly string[];
}

/** A row of a sheet, as it was written; rows are only ever added. */
export interface SheetRow {
  readonly atMs: number;
  /** What the box said then, where `atMs` has been put right since. */
  readonly toldMs: number | null;
  readonly clockTrusted: boolean;
  readonly by: string;
  readonly act: InspectionAct;
}

/** A sheet as the journal keeps it. */
export interface StoredSheet extends SheetKey {
  /** Null as long as nothing was done to it. */
  readonly pinned: InspectionTemplate | null;
  readonly rows: readonly SheetRow[];
}

/**
 * Why an act was not taken; nothing was written. `changed`: somebody else was faster. `own`: nobody reviews what they signed or
 * corrected. `incomplete`: items are missing. `full`: too many answers to one item.
 */
export type InspectionRefusal =
  | "changed"
  | "signed"
  | "notSigned"
  | "reviewed"
  | "closed"
  | "own"
  | "incomplete"
  | "unknownItem"
  | "badValue"
  | "noteNeeded"
  | "full";

export type InspectionQuery =
  | { readonly what: "sheet"; readonly sheet: SheetKey }
  /** By day: the lines of a calendar. */
  | { readonly what: "days"; readonly from: string; readonly to: string }
  /** Days before this one whose sheets were not closed, oldest first. */
  | { readonly what: "unclosed"; readonly before: string; readonly limit: number }
  /** The last expected or touched day up to this one. */
  | { readonly what: "lastDay"; readonly upTo: string };

/** A sheet's line of a calendar; without a summary nothing was done to it. Its state is as on its day. */
export interface StoredDay extends SheetKey {
  /** The figures of the whole day are written down. */
  readonly closed: boolean;
  readonly summary: InspectionSummary | null;
}

export interface InspectionAnswerRows {
  readonly sheets: readonly StoredSheet[];
  readonly days: readonly StoredDay[];
  readonly lastDay: string | null;
}

export type StepOutcome =
  | { readonly ok: true; readonly sheet: StoredSheet }
  | { readonly ok: false; readonly refused: InspectionRefusal; readonly sheet: StoredSheet };
