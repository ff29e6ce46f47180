/** One row as SQLite gives it. */
export type Row = Readonly<Record<string, unknown>>;

// Our own tables are STRICT: a column of another type, or a missing row, is a fault of this program.
export function numberOf(row: Row | undefined, column: string): number {
  const value = row?.[column];
  if (typeof value !== "number") throw new Error(`journal column ${column} is ${typeof value}, expected a number`);
  return value;
}

export function textOf(row: Row | undefined, column: string): string {
  const value = row?.[column];
  if (typeof value !== "string") throw new Error(`journal column ${column} is ${typeof value}, expected text`);
  return value;
}

export function textOrNull(row: Row | undefined, column: string): string | null {
  return row?.[column] === null ? null : textOf(row, column);
}

export function numberOrNull(row: Row | undefined, column: string): number | null {
  return row?.[column] === null ? null : numberOf(row, column);
}

/** JSON that the journal itself wrote; null when a worn card has bent it, which SQLite does not notice inside a text. */
export function parsed<Content>(row: Row, column: string): Content | null {
  try {
    return JSON.parse(textOf(row, column)) as Content;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
