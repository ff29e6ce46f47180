import { putGood, putQuality, putRaw } from "../house-value.ts";
import { isGood, QUALITY, type Readings } from "../reading.ts";
import type { TextColumn, TextQuery } from "./plan.ts";
import { numberIn } from "./shape.ts";

/** Fills the columns of one question from its answer, which must fit the question's shape. */
export function decodeText({ columns, bits }: TextQuery, answer: string, into: Readings): void {
  const text = bits ? bitsOf(answer) : answer;
  for (const column of columns) decodeColumn(column, text, into);
}

function decodeColumn(column: TextColumn, text: string, into: Readings): void {
  if (column.kind === "number") {
    const number = numberIn(text.slice(column.from, column.end));
    if (number === null) putQuality(column, QUALITY.sentinel, into);
    else putRaw(column.to, number ?? Number.NaN, into);
    return;
  }
  const code = column.signs.map((sign) => text.charAt(sign)).join("");
  const found = column.codes.find(([pattern]) => pattern.test(code));
  const state = found?.[1] ?? column.to.otherwise;
  if (state < 0) putQuality(column, QUALITY.unknownState, into);
  else putGood(column, state, into);
}

function bitsOf(hexadecimal: string): string {
  return [...hexadecimal].map((digit) => Number.parseInt(digit, 16).toString(2).padStart(4, "0")).join("");
}

/** Two numbers this near are the same number a moment later: a part of the larger one, and never less than one unit. */
const NEAR_PART = 0.1;
const NEAR_UNITS = 1;

/** Whether two readings of the same question may both be true: the same states, and numbers that have not jumped. */
export function agree({ columns }: TextQuery, one: Readings, other: Readings): boolean {
  return columns.every(({ kind, column }) => {
    const quality = one.qualities[column] ?? QUALITY.never;
    if (quality !== other.qualities[column]) return false;
    if (!isGood(quality)) return true;
    const [a, b] = [one.values[column] ?? Number.NaN, other.values[column] ?? Number.NaN];
    return kind === "state" ? a === b : Math.abs(a - b) <= Math.max(NEAR_UNITS, NEAR_PART * Math.max(Math.abs(a), Math.abs(b)));
  });
}
