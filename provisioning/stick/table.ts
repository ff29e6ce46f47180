import type { TextProblem } from "../../drivers/source-text.ts";
import { macIn, serialIn } from "./box.ts";
import { BOXES_MAX } from "./manifest.ts";

/** Columns with a meaning of their own; every other column is a variable of the site file. */
const BOX = "box";
const SITE = "site-file";
const NAME = "name";
const CELL_CHARACTERS_MAX = 200;
const COLUMNS_MAX = 64;
const COLUMN = /^[\p{L}\p{N}][\p{L}\p{N}_.-]{0,31}$/u;
const VARIABLE = /\{\{\s*([\p{L}\p{N}_.-]{1,32})\s*\}\}/gu;

/** A box as the planner's table has it. */
export interface PlannedBox {
  readonly line: number;
  /** Serial number or MAC address as in a manifest. */
  readonly box: string;
  readonly name: string;
  /** As written; null where the table leaves it to the command. */
  readonly siteFile: string | null;
  readonly variables: ReadonlyMap<string, string>;
}

/**
 * Reads the planner's table of boxes: CSV with a heading, `box` (serial number or MAC address), optionally `name` and `site-file`,
 * and variables. What is wrong comes with line and column; no box is left out silently.
 */
export function parseBoxes(bytes: Buffer): { readonly boxes: readonly PlannedBox[]; readonly problems: readonly TextProblem[] } {
  const problems: TextProblem[] = [];
  const add = (line: number, column: number, path: string, zh: string, en: string): void => {
    problems.push({ line, column, path, message: { zh, en } });
  };
  const text = utf8(bytes);
  if (text === null) {
    add(1, 1, "", "不是 UTF-8 文件；请在表格软件中另存为“CSV UTF-8”", "not UTF-8; save it as “CSV UTF-8” in the spreadsheet program");
    return { boxes: [], problems };
  }
  const [heading, ...records] = recordsOf(text);
  const columns = (heading?.cells ?? []).map((cell) => cell.trim().toLowerCase());
  if (heading === undefined || !columns.includes(BOX)) {
    add(
      1,
      1,
      "",
      `第一行应为列名，其中有 ${BOX}（序列号或 MAC 地址）`,
      `expected a heading with a column ${BOX} (serial number or MAC address)`,
    );
    return { boxes: [], problems };
  }
  columns.forEach((column, index) => {
    if (!COLUMN.test(column))
      add(1, index + 1, `${column}`, "应为列名：字母、数字、点、横线", "expected a column name: letters, digits, dots, hyphens");
    else if (columns.indexOf(column) !== index) add(1, index + 1, column, "列名重复", "this column is there twice");
  });
  if (columns.length > COLUMNS_MAX) add(1, COLUMNS_MAX, "", `列数上限 ${COLUMNS_MAX}`, `at most ${COLUMNS_MAX} columns`);
  if (records.length > BOXES_MAX) add(BOXES_MAX + 2, 1, "", `盒子数上限 ${BOXES_MAX}`, `at most ${BOXES_MAX} boxes`);
  if (problems.length > 0) return { boxes: [], problems };
  const boxes: PlannedBox[] = [];
  const lines = new Map<string, number>();
  for (const { line, cells } of records) {
    if (cells.every((cell) => cell.trim() === "")) continue;
    if (cells.length !== columns.length) {
      add(
        line,
        cells.length,
        "",
        `应有 ${columns.length} 列，实际 ${cells.length} 列`,
        `expected ${columns.length} cells, found ${cells.length}`,
      );
      continue;
    }
    const variables = new Map(columns.map((column, index) => [column, (cells[index] ?? "").trim()]));
    cells.forEach((cell, index) => {
      if (/\p{Cc}/u.test(cell) || cell.length > CELL_CHARACTERS_MAX)
        add(
          line,
          index + 1,
          columns[index] ?? "",
          `应为一行文字，最多 ${CELL_CHARACTERS_MAX} 个字符`,
          `expected one line of at most ${CELL_CHARACTERS_MAX} characters`,
        );
    });
    const written = variables.get(BOX) ?? "";
    const box = macIn(written) ?? serialIn(written);
    if (box === null) {
      add(
        line,
        columns.indexOf(BOX) + 1,
        BOX,
        `应为序列号或 MAC 地址，实际为 \`${written.slice(0, 60)}\`；在盒子上用 roomward box 可看到。长数字请在表格软件中设为文本格式`,
        `expected a serial number or MAC address, found \`${written.slice(0, 60)}\`; roomward box shows it on the box. Format long numbers as text in the spreadsheet program`,
      );
      continue;
    }
    const earlier = lines.get(box);
    if (earlier !== undefined)
      add(line, columns.indexOf(BOX) + 1, BOX, `${box} 已在第 ${earlier} 行出现`, `${box} is already in line ${earlier}`);
    lines.set(box, earlier ?? line);
    const name = variables.get(NAME) || box;
    boxes.push({ line, box, name: name.slice(0, 80), siteFile: variables.get(SITE) || null, variables });
  }
  if (boxes.length === 0 && problems.length === 0) add(1, 1, "", "表中没有盒子", "there is no box in the table");
  return { boxes, problems };
}

/** A site file with the `{{variables}}` of a box in their places; each unknown one with line and column. */
export function fillIn(
  text: string,
  variables: ReadonlyMap<string, string>,
): { readonly text: string; readonly problems: readonly TextProblem[] } {
  const problems: TextProblem[] = [];
  const filled = text.replaceAll(VARIABLE, (whole: string, name: string, ...rest: unknown[]) => {
    const value = variables.get(name.toLowerCase());
    if (value !== undefined && value !== "") return value;
    const before = text.slice(0, Number(rest.find((part) => typeof part === "number"))).split("\n");
    const zh = value === undefined ? `盒子表中没有列 ${name}` : `盒子表中 ${name} 为空`;
    const en = value === undefined ? `the table of boxes has no column ${name}` : `${name} is empty in the table of boxes`;
    problems.push({ line: before.length, column: (before.at(-1)?.length ?? 0) + 1, path: whole, message: { zh, en } });
    return whole;
  });
  return { text: filled, problems };
}

function utf8(bytes: Buffer): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

interface Record {
  readonly line: number;
  readonly cells: readonly string[];
}

/** RFC 4180; spreadsheets of some countries write semicolons, which the heading shows. */
function recordsOf(text: string): readonly Record[] {
  const heading = text.slice(0, Math.max(0, text.indexOf("\n")));
  const comma = !heading.includes(",") && heading.includes(";") ? ";" : ",";
  const records: Record[] = [];
  let cells: string[] = [];
  let cell = "";
  let quoted = false;
  let line = 1;
  let startedAt = 1;
  const endRecord = (): void => {
    records.push({ line: startedAt, cells: [...cells, cell] });
    cells = [];
    cell = "";
  };
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at] as string;
    if (sign === "\n") line += 1;
    if (quoted) {
      if (sign !== '"') cell += sign;
      else if (text[at + 1] === '"') {
        cell += '"';
        at += 1;
      } else quoted = false;
    } else if (sign === '"' && cell === "") quoted = true;
    else if (sign === comma) {
      cells.push(cell);
      cell = "";
    } else if (sign === "\n") {
      endRecord();
      startedAt = line;
    } else if (sign !== "\r") cell += sign;
  }
  if (cell !== "" || cells.length > 0) endRecord();
  return records;
}
