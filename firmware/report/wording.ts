import type { Words } from "../contract/alarm.ts";
import {
  type Cell,
  COLUMNS_MAX,
  type Column,
  contentHash,
  type Language,
  type Mark,
  type MarkedCell,
  type Origin,
  type ReportDocument,
  ROWS_MAX,
  type Table,
  type Text,
} from "./document.ts";

/** A cell in one language: `text` as people read it; `number` or `localTime` where a program can reckon with it. */
export interface PlainCell {
  readonly text: string;
  readonly mark: Mark;
  readonly number: number | null;
  readonly digits: number;
  /** Wall clock in the document's zone as if it were UTC, milliseconds: spreadsheets know no zones. */
  readonly localTimeMs: number | null;
}

export interface PlainTable {
  readonly title: string;
  readonly columns: readonly { readonly label: string; readonly kind: Column["kind"]; readonly share: number }[];
  readonly rows: readonly (readonly PlainCell[])[];
  readonly empty: string;
}

/** A document in one language, every value in words: what the three writers have in common. */
export interface PlainDocument {
  readonly language: Language;
  readonly title: string;
  readonly subtitle: string;
  /** Said at the top when the time of day is not sure; null when it is. */
  readonly warning: string | null;
  readonly facts: readonly { readonly label: string; readonly cell: PlainCell }[];
  readonly tables: readonly PlainTable[];
  readonly notes: readonly string[];
  readonly signatures: readonly { readonly label: string; readonly name: string; readonly at: string }[];
  readonly footer: readonly string[];
  readonly hash: string;
  readonly madeAtMs: number;
  readonly wide: boolean;
}

/** A cell of a spreadsheet holds 32,767 characters; nobody reads that many on paper. */
const TEXT_LENGTH_MAX = 8_000;
const UNKNOWN = "—";

export function inLanguage(document: ReportDocument, language: Language): PlainDocument {
  const rows = document.tables.reduce((sum, table) => sum + table.rows.length, 0);
  if (rows > ROWS_MAX) throw new Error(`a document of ${rows} rows; ${ROWS_MAX} are the limit`);
  const { timezone, origin } = document;
  const say = (text: Text): string => words(text, language);
  const hash = contentHash(document);
  return {
    language,
    title: say(document.title),
    subtitle: say(document.subtitle),
    warning: origin.clockTrusted
      ? null
      : say({
          zh: "制作时本机时钟未经校准，本文件中的时间可能不准；请使用校时后制作的文件。",
          en: "The clock of the box was not set when this was made: times in this file may be wrong. Use the file made once the clock is right.",
        }),
    facts: document.facts.map(({ label, value, kind = "text" }) => ({
      label: say(label),
      cell: plainCell(value, { label: "", kind }, timezone, language),
    })),
    tables: document.tables.map((table) => plainTable(table, timezone, language)),
    notes: document.notes.map(say),
    signatures: document.signatures.map(({ label, name, atMs }) => ({
      label: say(label),
      name: clean(name ?? ""),
      at: atMs === null ? "" : localTime(atMs, timezone),
    })),
    footer: [
      `${say(origin.box)} · Roomward ${origin.version} · ${say(origin.how)}`,
      say({
        zh: `制作于 ${localTime(origin.madeAtMs, timezone)}（${timezone}），${clockWords(origin).zh}`,
        en: `made ${localTime(origin.madeAtMs, timezone)} (${timezone}), ${clockWords(origin).en}`,
      }),
      say({ zh: `内容 SHA-256：${hash}`, en: `SHA-256 of the content: ${hash}` }),
    ],
    hash,
    madeAtMs: origin.madeAtMs,
    wide: document.wide ?? false,
  };
}

function clockWords({ clockTrusted, timeRepeats }: Origin): Words {
  const zh = `时钟${clockTrusted ? "可信" : "未校准"}${timeRepeats === true ? "；时钟曾回拨，此时刻此前已出现过一次" : ""}`;
  const en = `clock ${clockTrusted ? "trusted" : "not set"}${timeRepeats === true ? "; it was set back, and this time of day was told before" : ""}`;
  return { zh, en };
}

/** `2026-09-20 08:00:00` in the zone. */
export function localTime(atMs: number, timezone: string): string {
  return zoned(atMs, timezone).toPlainDateTime().toString({ smallestUnit: "second" }).replace("T", " ");
}

function zoned(atMs: number, timezone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(Math.round(atMs)).toZonedDateTimeISO(timezone);
}

function plainTable(table: Table, timezone: string, language: Language): PlainTable {
  const { columns } = table;
  if (columns.length === 0 || columns.length > COLUMNS_MAX)
    throw new Error(`a table of ${columns.length} columns; 1 to ${COLUMNS_MAX} are expected`);
  return {
    title: words(table.title, language),
    columns: columns.map(({ label, unit, kind, share }) => ({
      label: unit === undefined || unit === "" ? words(label, language) : `${words(label, language)} (${clean(unit)})`,
      kind,
      share: share ?? 1,
    })),
    rows: table.rows.map((row) => {
      if (row.length !== columns.length) throw new Error(`a row of ${row.length} cells in a table of ${columns.length} columns`);
      return columns.map((column, index) => plainCell(row[index] ?? null, column, timezone, language));
    }),
    empty: words(table.empty ?? { zh: "无", en: "none" }, language),
  };
}

function plainCell(cell: Cell, column: Column, timezone: string, language: Language): PlainCell {
  const { value, mark = "normal", digits = column.digits ?? 0 } = isMarked(cell) ? cell : { value: cell };
  const plain = { mark, number: null, digits, localTimeMs: null };
  if (value === null) return { ...plain, text: "" };
  if (typeof value !== "number") return { ...plain, text: words(value, language) };
  if (!Number.isFinite(value)) return { ...plain, text: UNKNOWN, mark: "gap" };
  if (column.kind !== "time") return { ...plain, text: fixed(value, digits), number: value };
  const local = zoned(value, timezone).toPlainDateTime();
  return {
    ...plain,
    text: localTime(value, timezone),
    localTimeMs: local.toZonedDateTime("UTC").epochMilliseconds,
  };
}

function fixed(value: number, digits: number): string {
  const text = value.toFixed(digits);
  return Number(text) === 0 ? text.replace("-", "") : text;
}

function isMarked(cell: Cell): cell is MarkedCell {
  return typeof cell === "object" && cell !== null && "value" in cell;
}

function words(text: Text, language: Language): string {
  return clean(typeof text === "string" ? text : text[language]);
}

/** What no file format takes: control characters, halves of surrogate pairs, texts without end. */
function clean(text: string): string {
  const whole = text.toWellFormed().replaceAll("\r\n", "\n").replaceAll(CONTROL, "\u{FFFD}");
  return whole.length <= TEXT_LENGTH_MAX ? whole : `${whole.slice(0, TEXT_LENGTH_MAX - 1).toWellFormed()}…`;
}

/** Control characters but line ends and tabs, and code points that are no characters. */
const CONTROL = /[^\P{Cc}\n\t]|\p{Noncharacter_Code_Point}/gu;
