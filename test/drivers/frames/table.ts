import { readFileSync } from "node:fs";

/** Rows of a table of frames that were published, one frame per row. `-` is empty. */
export function frameTable<Column extends string>(name: string): readonly Readonly<Record<Column, string>>[] {
  const [head = "", ...lines] = readFileSync(new URL(`./${name}.tsv`, import.meta.url), "utf8")
    .trimEnd()
    .split("\n");
  const columns = head.split("\t") as Column[];
  return lines.map((line) => {
    const cells = line.split("\t");
    return Object.fromEntries(columns.map((column, index) => [column, cells[index] === "-" ? "" : (cells[index] ?? "")])) as Record<
      Column,
      string
    >;
  });
}
