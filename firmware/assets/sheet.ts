import type { Words } from "../contract/alarm.ts";
import {
  ASSET_FIELDS,
  type Asset,
  type AssetField,
  expectedIn,
  FIELD_WORDS,
  fits,
  isCalendarDay,
  isDateField,
} from "../contract/asset-fields.ts";
import type { AssetChange, SheetProblem } from "../contract/assets.ts";
import { CSV_ROWS_MAX, type CsvRow, decodeText, formatCsv, parseCsv, unguarded } from "./csv.ts";

/** A device as the sheet shows it. */
export interface SheetDevice {
  readonly id: string;
  readonly name: Words;
  readonly area: Words;
  readonly asset: Asset;
}
export interface DeviceChange extends AssetChange {
  readonly device: string;
}

const LEADING = ["device", "name", "area"] as const;
type Column = (typeof LEADING)[number] | AssetField;
const HEADINGS: Readonly<Record<Column, Words>> = {
  device: { zh: "设备", en: "Device" },
  name: { zh: "名称", en: "Name" },
  area: { zh: "区域", en: "Area" },
  ...FIELD_WORDS,
};
const COLUMNS: readonly Column[] = [...LEADING, ...ASSET_FIELDS];
/** A file with something wrong in every line is told by its first lines. */
const PROBLEMS_MAX = 200;
const COLUMNS_MAX = 64;
/** Fields of digits, which Excel turns into `1.23E+14` when the cell is not formatted as text. */
const DIGITS: ReadonlySet<AssetField> = new Set(["serial", "number", "phone", "contract"]);

/** All devices with all fields, one row each, headings in the language of the reader. */
export function writeSheet(devices: readonly SheetDevice[], language: "zh" | "en"): string {
  return formatCsv([
    COLUMNS.map((column) => HEADINGS[column][language]),
    ...devices.map(({ id, name, area, asset }) => [id, name[language], area[language], ...ASSET_FIELDS.map((field) => asset[field])]),
  ]);
}

/** What a file would change, or all that is wrong with it. Columns and devices that it does not have stay as they are. */
export function readSheet(
  bytes: Uint8Array,
  devices: readonly SheetDevice[],
): { readonly problems: readonly SheetProblem[]; readonly changes: readonly DeviceChange[]; readonly rows: number } {
  const decoded = decodeText(bytes);
  if ("problem" in decoded) return { problems: [{ line: 1, column: 1, message: decoded.problem }], changes: [], rows: 0 };
  const reader = new SheetReader(devices);
  reader.read(decoded.text);
  const { problems, changes, rows } = reader;
  return { problems, changes: problems.length > 0 ? [] : changes, rows };
}

class SheetReader {
  readonly problems: SheetProblem[] = [];
  readonly changes: DeviceChange[] = [];
  rows = 0;
  readonly #devices: ReadonlyMap<string, SheetDevice>;
  readonly #lineOf = new Map<string, number>();

  constructor(devices: readonly SheetDevice[]) {
    this.#devices = new Map(devices.map((device) => [device.id, device]));
  }

  read(text: string): void {
    const { rows, unclosedLine, cut } = parseCsv(text.replace(/^\uFEFF/, ""));
    if (unclosedLine !== null)
      this.#add(unclosedLine, 1, {
        zh: `从第 ${unclosedLine} 行起有引号没有闭合`,
        en: `a quotation mark from row ${unclosedLine} on is never closed`,
      });
    if (cut)
      this.#add(CSV_ROWS_MAX, 1, {
        zh: `文件超过 ${CSV_ROWS_MAX} 行；请删除多余的空行`,
        en: `the file has more than ${CSV_ROWS_MAX} rows; remove the empty ones`,
      });
    const [heading, ...body] = rows.filter(({ cells }) => cells.some((cell) => cell.trim() !== ""));
    if (heading === undefined) this.#add(1, 1, { zh: "文件是空的", en: "the file is empty" });
    const columns = heading === undefined ? null : this.#columns(heading);
    if (columns !== null) for (const row of body) this.#row(row, columns);
  }

  #columns({ line, cells }: CsvRow): readonly (Column | null)[] | null {
    if (cells.length > COLUMNS_MAX) {
      this.#add(line, COLUMNS_MAX + 1, { zh: `超过 ${COLUMNS_MAX} 列`, en: `more than ${COLUMNS_MAX} columns` });
      return null;
    }
    const columns = cells.map((cell) => columnNamed(unguarded(cell)));
    columns.forEach((column, index) => {
      const found = (cells[index]?.trim() ?? "").slice(0, 40);
      if (column === null && found !== "")
        this.#add(line, index + 1, {
          zh: `未知的列“${found}”；应为 ${COLUMNS.map((known) => HEADINGS[known].zh).join("、")}`,
          en: `unknown column “${found}”; expected one of ${COLUMNS.map((known) => HEADINGS[known].en).join(", ")}`,
        });
      else if (column !== null && columns.indexOf(column) < index)
        this.#add(line, index + 1, { zh: `列“${found}”出现两次`, en: `column “${found}” is there twice` });
    });
    if (columns.includes("device")) return columns;
    this.#add(line, 1, {
      zh: "缺少“设备”列（设备编号，如 ups-a）",
      en: "there is no column “Device” (the device's id, e.g. ups-a)",
    });
    return null;
  }

  #row({ line, cells }: CsvRow, columns: readonly (Column | null)[]): void {
    this.rows += 1;
    if (cells.length !== columns.length && cells.slice(columns.length).some((cell) => cell.trim() !== "")) {
      this.#add(line, columns.length + 1, {
        zh: `此行有 ${cells.length} 格，标题只有 ${columns.length} 格；含逗号的内容须加引号`,
        en: `this row has ${cells.length} cells, the heading ${columns.length}; text with commas needs quotation marks`,
      });
      return;
    }
    if (cells.length < columns.length) {
      this.#add(line, cells.length + 1, {
        zh: `此行只有 ${cells.length} 格，应有 ${columns.length} 格；要清空的内容请留空格子`,
        en: `this row has only ${cells.length} of ${columns.length} cells; leave a cell empty to clear it`,
      });
      return;
    }
    const place = columns.indexOf("device");
    const device = this.#deviceNamed((cells[place] ?? "").trim(), line, place + 1);
    if (device === null) return;
    columns.forEach((column, index) => {
      const cell = unguarded((cells[index] ?? "").trim())
        .normalize("NFC")
        .trim();
      if (column === "name" || column === "area") this.#compare(cell, device[column], line, index + 1);
      else if (column !== null && column !== "device") this.#field(device, column, cell, line, index + 1);
    });
  }

  #deviceNamed(id: string, line: number, column: number): SheetDevice | null {
    const device = this.#devices.get(id);
    const before = this.#lineOf.get(id);
    if (id === "") this.#add(line, column, { zh: "缺少设备编号", en: "the device's id is missing" });
    else if (device === undefined)
      this.#add(line, column, { zh: `本站没有设备 ${id.slice(0, 64)}`, en: `the site has no device ${id.slice(0, 64)}` });
    else if (before !== undefined)
      this.#add(line, column, { zh: `设备 ${id} 已在第 ${before} 行`, en: `device ${id} is in row ${before} already` });
    else {
      this.#lineOf.set(id, line);
      return device;
    }
    return null;
  }

  /** Names and areas are the site file's; a cell that says something else would silently be lost. */
  #compare(cell: string, said: Words, line: number, column: number): void {
    if (cell === "" || [said.zh, said.en].some((known) => known.normalize("NFC").trim() === cell)) return;
    this.#add(line, column, {
      zh: `名称和区域在站点文件中修改，此处应为“${said.zh}”或留空`,
      en: `names and areas are changed in the site file; here expected “${said.en}” or nothing`,
    });
  }

  #field({ id, asset }: SheetDevice, field: AssetField, cell: string, line: number, column: number): void {
    const after = isDateField(field) ? dayOf(cell) : cell;
    if (after === asset[field]) return;
    if (DIGITS.has(field) && /^\d(\.\d+)?E\+\d+$/i.test(after))
      this.#add(line, column, {
        zh: `Excel 已把号码变成 ${after}；请把该列设为“文本”并重新填写`,
        en: `Excel has turned the number into ${after}; format the column as text and enter it again`,
      });
    else if (!fits(field, after)) {
      const { zh, en } = expectedIn(field);
      const found = after.slice(0, 40);
      this.#add(line, column, {
        zh: `${FIELD_WORDS[field].zh}应为${zh}，实际为“${found}”`,
        en: `${FIELD_WORDS[field].en}: expected ${en}, found “${found}”`,
      });
    } else this.changes.push({ device: id, field, before: asset[field], after });
  }

  #add(line: number, column: number, message: Words): void {
    if (this.problems.length < PROBLEMS_MAX) this.problems.push({ line, column, message });
  }
}

function columnNamed(heading: string): Column | null {
  const name = heading.trim().toLowerCase();
  return COLUMNS.find((column) => [column, HEADINGS[column].zh, HEADINGS[column].en].some((known) => known.toLowerCase() === name)) ?? null;
}

/** Excel writes a date as the country has it: 2027/5/1, 2027年5月1日. What is none of these stays as it is. */
function dayOf(cell: string): string {
  const [, year, month = "", day = ""] = /^(\d{4})(?:[-/.]|年)(\d{1,2})(?:[-/.]|月)(\d{1,2})日?$/.exec(cell) ?? [];
  const text = `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`;
  return isCalendarDay(text) ? text : cell;
}
