/**
 * The shape of an answer in text, sign for sign: `9` is a sign of a number (figure, sign, point, blank), `b` is 0 or 1, `h` a hexadecimal
 * digit, `?` any printable sign, and everything else stands for itself. Where a protocol has no checksum, a shape that must fit from end to end replaces it.
 */
export interface Shape {
  /** How many signs a whole answer has. */
  readonly length: number;
  /** What an answer begins with, empty where that is not fixed; whatever comes before it is noise. */
  readonly lead: string;
  readonly fits: (text: string) => boolean;
}

const CLASSES: Readonly<Record<string, string>> = { "9": "[-+0-9. ]", b: "[01]", h: "[0-9A-F]", "?": "[\\x20-\\x7e]" };
const NUMBER = /^ *[+-]?(\d+\.?\d*|\.\d+) *$/;
/** A device that has no such sensor sends dashes. */
const NO_NUMBER = /^[- .]*-[- .]*$/;

export function shapeOf(pattern: string): Shape {
  const fits = new RegExp(`^${[...pattern].map((sign) => CLASSES[sign] ?? RegExp.escape(sign)).join("")}$`);
  const numbers = [...pattern.matchAll(/9+/g)].map(({ index, 0: run }) => [index, index + run.length] as const);
  const first = pattern.charAt(0);
  return {
    length: pattern.length,
    lead: CLASSES[first] === undefined ? first : "",
    fits: (text) => fits.test(text) && numbers.every(([from, to]) => numberIn(text.slice(from, to)) !== undefined),
  };
}

/** The number that a text holds, null where the device says that it has none, undefined where it is not a number. */
export function numberIn(text: string): number | null | undefined {
  if (NUMBER.test(text)) return Number(text);
  return NO_NUMBER.test(text) ? null : undefined;
}
