import { type CsvRow, parseCsv, unguarded } from "../assets/csv.ts";
import { type Holder, holderEntrySchema } from "../contract/access.ts";
import type { Words } from "../contract/alarm.ts";

/** One thing wrong with a list, at its line as a spreadsheet counts it, from 1. */
export interface LineProblem {
  readonly line: number;
  readonly message: Words;
}

type Column = keyof Holder;
const HEADINGS: Readonly<Record<string, Column>> = {
  card: "card",
  卡号: "card",
  name: "name",
  姓名: "name",
  company: "company",
  单位: "company",
  公司: "company",
  validuntil: "validUntil",
  有效期至: "validUntil",
};
const EXPECTED: Readonly<Record<Column, Words>> = {
  card: { zh: "卡号应为不以 0 开头的十进制数字，最多 20 位", en: "card must be decimal digits without leading zeros, at most 20" },
  name: { zh: "姓名应为 1 到 40 个字符", en: "name must have 1 to 40 characters" },
  company: { zh: "单位最多 60 个字符", en: "company has at most 60 characters" },
  validUntil: { zh: "有效期应为 YYYY-MM-DD 或空", en: "validUntil must be YYYY-MM-DD or empty" },
};

/** The holders of a list with a heading line, or everything that is wrong with it, line by line. */
export function holdersFromCsv(csv: string): { readonly holders: readonly Holder[] } | { readonly problems: readonly LineProblem[] } {
  const read = parseCsv(csv.replace(/^\uFEFF/, ""));
  if (read.unclosedLine !== null)
    return { problems: [{ line: read.unclosedLine, message: { zh: "引号没有结束", en: "this quotation mark has no end" } }] };
  const [heading, ...rows] = read.rows.map(trimmed).filter(({ cells }) => cells.some((cell) => cell !== ""));
  const columns = heading?.cells.map((cell) => HEADINGS[cell.toLowerCase().replaceAll(/[\s_]/g, "")]) ?? [];
  const problems: LineProblem[] = [];
  if (!columns.includes("card") || !columns.includes("name")) return { problems: [{ line: heading?.line ?? 1, message: NO_HEADING }] };
  heading?.cells.forEach((cell, index) => {
    if (columns[index] === undefined && cell !== "") problems.push({ line: heading.line, message: unknownHeading(cell) });
  });
  const holders: Holder[] = [];
  const lines = new Map<string, number>();
  for (const { line, cells } of rows) {
    const raw = new Map(columns.flatMap((column, index) => (column === undefined ? [] : [[column, cells[index] ?? ""] as const])));
    if (cells.length > columns.length) problems.push({ line, message: TOO_MANY_CELLS });
    const validUntil = raw.get("validUntil") ?? "";
    const plain = (column: Column): string => unguarded(raw.get(column) ?? "");
    const parsed = holderEntrySchema.safeParse({
      card: raw.get("card"),
      name: plain("name"),
      company: plain("company"),
      validUntil: validUntil === "" ? null : validUntil.replaceAll("/", "-"),
    });
    if (!parsed.success) {
      for (const column of new Set(parsed.error.issues.map(({ path }) => path[0] as Column)))
        problems.push({ line, message: EXPECTED[column] });
      continue;
    }
    const earlier = lines.get(parsed.data.card);
    if (earlier !== undefined) problems.push({ line, message: twice(parsed.data.card, earlier) });
    lines.set(parsed.data.card, line);
    holders.push(parsed.data);
  }
  return problems.length > 0 ? { problems } : { holders };
}

function trimmed({ line, cells }: CsvRow): CsvRow {
  return { line, cells: cells.map((cell) => cell.trim()) };
}

const NO_HEADING: Words = {
  zh: "第一行应为列名：card,name,company,validUntil（或 卡号,姓名,单位,有效期至）；至少要有卡号和姓名",
  en: "the first line must name the columns card,name,company,validUntil; card and name are needed",
};
const TOO_MANY_CELLS: Words = {
  zh: "这一行的列比列名多；含逗号的内容请加引号",
  en: "this line has more cells than the heading; put content with commas in quotation marks",
};

function unknownHeading(cell: string): Words {
  const name = cell.slice(0, 40);
  return { zh: `未知的列名“${name}”`, en: `unknown column \`${name}\`` };
}

function twice(card: string, line: number): Words {
  return { zh: `卡号 ${card} 在第 ${line} 行已出现`, en: `card ${card} is in line ${line} already` };
}
