import writeExcelFile, { type Cell, type Row, type Sheet } from "write-excel-file/node";
import type { Mark } from "./document.ts";
import type { PlainCell, PlainDocument, PlainTable } from "./wording.ts";
import { withZipTime } from "./zip-time.ts";

const FONT = { fontFamily: "Noto Sans SC", fontSize: 10 } as const;
const TIME_FORMAT = "yyyy-mm-dd hh:mm:ss";
const FILL: Readonly<Record<Mark, string | null>> = { normal: null, warning: "#FFF3C4", alarm: "#FBD5D5", gap: "#E8E8E8" };
/** Widths in characters. */
const WIDTH = { min: 8, max: 48 } as const;
/** Names of worksheets: at most 31 characters, none of these (ECMA-376 as Excel reads it). */
const SHEET_NAME_MAX = 31;
const NOT_IN_SHEET_NAME = /[[\]:*?/\\']/g;

type Content = NonNullable<Sheet<string>["columns"]>;

/** The document as a workbook: a first sheet for what is said once, then one per table with its header frozen. Numbers are numbers. */
export async function writeXlsx(document: PlainDocument): Promise<Uint8Array> {
  const taken = new Set<string>();
  const cover = { ...coverOf(document), sheet: sheetName(document.language === "zh" ? "概要" : "Summary", taken) };
  const tables = document.tables.map((table) => ({
    data: [table.columns.map(({ label }) => header(label)), ...table.rows.map((row): Row => row.map(cellOf))],
    columns: widths(table),
    stickyRowsCount: 1,
    sheet: sheetName(table.title, taken),
    ...(document.wide ? { orientation: "landscape" as const } : {}),
  }));
  const bytes = await writeExcelFile([cover, ...tables], FONT).toBuffer();
  return withZipTime(bytes, document.madeAtMs);
}

function coverOf(document: PlainDocument) {
  const { title, subtitle, warning, facts, notes, signatures, footer } = document;
  const data: Row[] = [
    [{ value: title, type: String, fontWeight: "bold", fontSize: 16 }],
    [text(subtitle)],
    ...(warning === null ? [] : [[{ ...text(warning), fontWeight: "bold" as const }]]),
    [],
    ...facts.map(({ label, cell }): Row => [text(label), cellOf(cell)]),
    ...(notes.length === 0 ? [] : [[], ...notes.map((note): Row => [text(note)])]),
    ...(signatures.length === 0 ? [] : [[], ...signatures.map(({ label, name, at }): Row => [text(label), text(name), text(at)])]),
    [],
    ...footer.map((line): Row => [{ ...text(line), textColor: "#666666" }]),
  ];
  const columns: Content = [{ width: 24 }, { width: 32 }, { width: 22 }];
  return { data, columns };
}

function cellOf(cell: PlainCell): Cell {
  const fill = FILL[cell.mark];
  const style = { wrap: true, alignVertical: "top" as const, ...(fill === null ? {} : { backgroundColor: fill }) };
  if (cell.number !== null) return { ...style, value: cell.number, type: Number, format: numberFormat(cell.digits) };
  if (cell.localTimeMs !== null) return { ...style, value: new Date(cell.localTimeMs), type: Date, format: TIME_FORMAT };
  return cell.text === "" ? (fill === null ? null : { ...style, value: "", type: String }) : { ...style, value: cell.text, type: String };
}

function text(value: string) {
  return { value, type: String, alignVertical: "top" } as const;
}

function header(label: string): Cell {
  return { value: label, type: String, fontWeight: "bold", wrap: true, bottomBorderStyle: "thin", alignVertical: "bottom" };
}

function numberFormat(digits: number): string {
  return digits === 0 ? "0" : `0.${"0".repeat(digits)}`;
}

function widths({ columns, rows }: PlainTable): Content {
  return columns.map(({ label }, index) => {
    const longest = rows.reduce((most, row) => Math.max(most, columnsOf(row[index]?.text ?? "")), columnsOf(label));
    return { width: Math.min(WIDTH.max, Math.max(WIDTH.min, longest + 2)) };
  });
}

/** How wide a text is in Latin characters; Chinese ones take two. */
function columnsOf(value: string): number {
  let width = 0;
  for (const character of value) width += character.charCodeAt(0) < 0x1100 ? 1 : 2;
  return width;
}

function sheetName(title: string, taken: Set<string>): string {
  const plain = title.replaceAll(NOT_IN_SHEET_NAME, " ").trim() || "-";
  for (let number = 1; ; number += 1) {
    const end = number === 1 ? "" : ` (${number})`;
    const name = `${plain.slice(0, SHEET_NAME_MAX - end.length).toWellFormed()}${end}`;
    if (taken.has(name.toLowerCase())) continue;
    taken.add(name.toLowerCase());
    return name;
  }
}
