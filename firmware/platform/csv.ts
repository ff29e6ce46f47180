/** Tells spreadsheets that what follows is UTF-8. */
export const BYTE_ORDER_MARK = "\u{FEFF}";
/** What a spreadsheet takes for a formula at the beginning of a cell (OWASP, CSV Injection); the wide forms do so in Chinese and Japanese versions. */
const FORMULA = /^[=+\-@\t\r\0＝＋－＠]/;

/** Begins like a formula and is none. */
const PLAIN_NUMBER = /^[+-]?\d+(\.\d+)?$/;

/** One line of CSV after RFC 4180. A text that a spreadsheet would run as a formula gets an apostrophe before it. */
export function csvLine(fields: readonly string[]): string {
  return `${fields.map(csvField).join(",")}\r\n`;
}

/** One field, for those who put many lines together themselves. */
export function csvField(text: string): string {
  const harmless = FORMULA.test(text) && !PLAIN_NUMBER.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
