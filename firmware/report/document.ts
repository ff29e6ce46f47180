import { createHash } from "node:crypto";
import type { Words } from "../contract/alarm.ts";

/** Words in both languages, or a name that is the same in both. */
export type Text = string | Words;
export type Language = "zh" | "en";

/** What a cell says about itself beside its value. It repeats in shape and colour what words of the row say: a CSV has no marks. */
export type Mark = "normal" | "warning" | "alarm" | "gap";

/** `share` is the width beside the other columns on paper; `digits` are those after the point where a cell has none of its own. */
export interface Column {
  readonly label: Text;
  readonly kind: "text" | "number" | "time";
  readonly unit?: string;
  readonly digits?: number;
  readonly share?: number;
}

/**
 * A number in a `time` column is wall clock milliseconds; null is an empty cell. What is not known is said in words
 * (`{ value: { zh: "无数据", en: "no data" }, mark: "gap" }`), in a column of any kind.
 */
export type CellValue = Text | number | null;
export interface MarkedCell {
  readonly value: CellValue;
  readonly mark?: Mark;
  readonly digits?: number;
}
export type Cell = CellValue | MarkedCell;

export interface Table {
  readonly title: Text;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
  /** What stands below the header when there are no rows. */
  readonly empty?: Text;
}

export interface Fact {
  readonly label: Text;
  readonly value: CellValue | MarkedCell;
  /** `text` when left out; a time is wall clock milliseconds. */
  readonly kind?: Column["kind"];
}

/** A line to sign on, or who signed when. */
export interface Signature {
  readonly label: Text;
  readonly name: string | null;
  readonly atMs: number | null;
}

/** Where a document comes from; stands below every page. */
export interface Origin {
  /** The site's name. */
  readonly box: Text;
  readonly version: string;
  readonly madeAtMs: number;
  /** False when the box did not know the time of day for sure: the document says so at its top. */
  readonly clockTrusted: boolean;
  /** True: the clock had been set back, and this time of day was told before. */
  readonly timeRepeats?: boolean;
  /** How it was made, e.g. by itself at the set time. */
  readonly how: Text;
}

/** What is put on paper: filled by whoever knows the facts, written by `csv.ts`, `xlsx.ts` and `pdf.ts`. Times are shown in `timezone` (IANA). */
export interface ReportDocument {
  readonly title: Text;
  readonly subtitle: Text;
  readonly timezone: string;
  readonly facts: readonly Fact[];
  readonly tables: readonly Table[];
  readonly notes: readonly Text[];
  readonly signatures: readonly Signature[];
  readonly origin: Origin;
  /** Landscape, for tables of many columns. */
  readonly wide?: boolean;
}

/** Rows of all tables of one document. A day's sheet has some hundred; a month's summary of 5,000 points fits. */
export const ROWS_MAX = 20_000;
export const COLUMNS_MAX = 30;

/** SHA-256 over all that the document says, but for where and when it was made: the same in every format and language. */
export function contentHash({ title, subtitle, timezone, facts, tables, notes, signatures }: ReportDocument): string {
  const content = { title, subtitle, timezone, facts, tables, notes, signatures };
  return createHash("sha256")
    .update(JSON.stringify(content, (_key, value: unknown) => inOrder(value)))
    .digest("hex");
}

/** Fields by name, so that the order in which somebody wrote them down changes nothing. */
function inOrder(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
