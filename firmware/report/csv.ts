import { BYTE_ORDER_MARK, csvLine } from "../platform/csv.ts";
import type { PlainDocument, PlainTable } from "./wording.ts";

/** The document as one CSV: RFC 4180, UTF-8 with a byte order mark so that spreadsheets know, tables one below the other. */
export function writeCsv(document: PlainDocument): Uint8Array {
  const lines: (readonly string[])[] = [
    [document.title],
    [document.subtitle],
    ...(document.warning === null ? [] : [[document.warning]]),
    ...document.facts.map(({ label, cell }) => [label, cell.text]),
    ...document.tables.flatMap((table) => [[], ...tableLines(table)]),
    ...(document.notes.length === 0 ? [] : [[], ...document.notes.map((note) => [note])]),
    ...(document.signatures.length === 0 ? [] : [[], ...document.signatures.map(({ label, name, at }) => [label, name, at])]),
    [],
    ...document.footer.map((line) => [line]),
  ];
  return Buffer.from(`${BYTE_ORDER_MARK}${lines.map(csvLine).join("")}`, "utf8");
}

function tableLines(table: PlainTable): readonly (readonly string[])[] {
  return [
    [table.title],
    table.columns.map(({ label }) => label),
    ...(table.rows.length === 0 ? [[table.empty]] : table.rows.map((row) => row.map(({ text }) => text))),
  ];
}
