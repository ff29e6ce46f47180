/** Cells of a CSV text (RFC 4180: quotes, doubled quotes, line breaks within quotes), with the line where each row begins, from 1. */
export interface CsvRow {
  readonly line: number;
  readonly cells: readonly string[];
}

/** Comma, semicolon or tab, whatever the first line has most of: spreadsheets write what their language likes. Rows without content are left out. */
export function readCsv(text: string): { readonly rows: readonly CsvRow[] } | { readonly openQuoteLine: number } {
  const source = text.replace(/^\uFEFF/, "");
  const separator = separatorOf(source);
  const rows: CsvRow[] = [];
  let cells: string[] = [];
  let cell = "";
  let quoted = false;
  let line = 1;
  let rowLine = 1;
  let quoteLine = 1;
  const endRow = (): void => {
    cells.push(cell);
    if (cells.some((content) => content.trim() !== "")) rows.push({ line: rowLine, cells: cells.map((content) => content.trim()) });
    cells = [];
    cell = "";
  };
  for (let at = 0; at < source.length; at += 1) {
    const character = source.charAt(at);
    if (quoted) {
      if (character === '"' && source.charAt(at + 1) === '"') {
        cell += '"';
        at += 1;
      } else if (character === '"') quoted = false;
      else cell += character;
      if (character === "\n") line += 1;
    } else if (character === '"' && cell.trim() === "") {
      quoted = true;
      quoteLine = line;
      cell = "";
    } else if (character === separator) {
      cells.push(cell);
      cell = "";
    } else if (character === "\n") {
      endRow();
      line += 1;
      rowLine = line;
    } else if (character !== "\r") cell += character;
  }
  if (quoted) return { openQuoteLine: quoteLine };
  endRow();
  return { rows };
}

function separatorOf(source: string): string {
  const first = source.slice(0, source.search(/\n|$/));
  const count = (separator: string): number => first.split(separator).length;
  return [",", ";", "\t"].reduce((best, separator) => (count(separator) > count(best) ? separator : best));
}
