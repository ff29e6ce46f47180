import type { Words } from "../contract/alarm.ts";

/** A row of the sheet as a person counts it: the heading is line 1, the first cell is column 1. */
export interface CsvRow {
  readonly line: number;
  readonly cells: readonly string[];
}

/** What Excel, LibreOffice and their settings for other countries put between cells. */
const SEPARATORS = [",", ";", "\t"];
/** What makes a spreadsheet calculate a cell; the wide forms do so in Chinese and Japanese versions. */
const FORMULA = /^'*[=+\-@\t\r＝＋－＠]/;
const GUARDED = /^'+[=+\-@\t\r＝＋－＠]/;

/** Several times the devices that a site may have; a file of nothing but line ends would fill the memory of a small box. */
export const CSV_ROWS_MAX = 10_000;

/** RFC 4180 with any of three separators. `unclosedLine`: a quote is opened there and never closed. `cut`: there are more rows than these. */
export function parseCsv(text: string): {
  readonly rows: readonly CsvRow[];
  readonly unclosedLine: number | null;
  readonly cut: boolean;
} {
  const separator = separatorOf(text);
  const rows: CsvRow[] = [];
  let cells: string[] = [];
  let at = 0;
  while (at < text.length) {
    if (rows.length >= CSV_ROWS_MAX) return { rows, unclosedLine: null, cut: true };
    const cell = text[at] === '"' ? quoted(text, at, separator) : plain(text, at, separator);
    if (cell === null) return { rows, unclosedLine: rows.length + 1, cut: false };
    cells.push(cell.text);
    at = cell.end;
    if (text[at] === separator) {
      at += 1;
      if (at < text.length) continue;
      cells.push("");
    }
    rows.push({ line: rows.length + 1, cells });
    cells = [];
    if (text[at] === "\r") at += 1;
    if (text[at] === "\n") at += 1;
  }
  return { rows, unclosedLine: null, cut: false };
}

function plain(text: string, from: number, separator: string): { readonly text: string; readonly end: number } {
  let end = from;
  while (end < text.length && text[end] !== separator && text[end] !== "\n" && text[end] !== "\r") end += 1;
  return { text: text.slice(from, end), end };
}

/** What stands behind a closing quote, which no program writes, is taken along as it is. */
function quoted(text: string, from: number, separator: string): { readonly text: string; readonly end: number } | null {
  let content = "";
  let at = from + 1;
  for (;;) {
    const close = text.indexOf('"', at);
    if (close < 0) return null;
    content += text.slice(at, close);
    if (text[close + 1] !== '"') {
      const rest = plain(text, close + 1, separator);
      return { text: content + rest.text, end: rest.end };
    }
    content += '"';
    at = close + 2;
  }
}

/** The separator that the heading has most of. */
function separatorOf(text: string): string {
  const [heading = ""] = text.split(/[\r\n]/, 1);
  const count = (separator: string): number => heading.split(separator).length;
  return SEPARATORS.reduce((best, separator) => (count(separator) > count(best) ? separator : best));
}

/** Rows for Excel: UTF-8 with BOM, CRLF. */
export function formatCsv(rows: readonly (readonly string[])[]): string {
  return `\uFEFF${rows.map((cells) => `${cells.map(printCell).join(",")}\r\n`).join("")}`;
}

function printCell(text: string): string {
  const guarded = FORMULA.test(text) ? `'${text}` : text;
  return /[",;\t\r\n]/.test(guarded) ? `"${guarded.replaceAll('"', '""')}"` : guarded;
}

/** Takes the guard of `formatCsv` off again. */
export function unguarded(cell: string): string {
  return GUARDED.test(cell) ? cell.slice(1) : cell;
}

/** The text of a file as spreadsheets write it: Unicode, or GBK in China. */
export function decodeText(bytes: Uint8Array): { readonly text: string } | { readonly problem: Words } {
  const begins = (...head: readonly number[]): boolean => head.every((byte, index) => bytes[index] === byte);
  if (begins(0x50, 0x4b, 3, 4) || begins(0xd0, 0xcf, 0x11, 0xe0))
    return {
      problem: {
        zh: "这是 Excel 工作簿，不是 CSV。请在 Excel 中“另存为 → CSV UTF-8（逗号分隔）”后再导入。",
        en: "This is an Excel workbook, not CSV. In Excel choose “Save as → CSV UTF-8 (comma delimited)” and import that file.",
      },
    };
  const encodings = begins(0xff, 0xfe) ? ["utf-16le"] : begins(0xfe, 0xff) ? ["utf-16be"] : ["utf-8", "gb18030"];
  for (const encoding of encodings) {
    try {
      const text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
      if (!text.includes("\0")) return { text };
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
    }
  }
  return {
    problem: {
      zh: "文件既不是 UTF-8 也不是 GBK 文本。请在 Excel 中另存为“CSV UTF-8（逗号分隔）”。",
      en: "The file is text neither in UTF-8 nor in GBK. Save it in Excel as “CSV UTF-8 (comma delimited)”.",
    },
  };
}
