import type { Reader, Writer } from "./bytes.ts";

/** How a column stands in a block. Numbers of a form are in the files of boxes: a new form gets a new number. */
const FORM = { doubles: 0, steps: 1, runs: 2 } as const;
type Form = (typeof FORM)[keyof typeof FORM];

/** Steps between numbers within this of each other are exact, also doubled for their sign. */
const SPREAD_MAX = 2 ** 51;
const DECIMALS_MAX = 15;

/** What a reader must know before it reads the body of a column. */
export interface ColumnHead {
  readonly form: Form;
  /** Values are whole numbers of 10^-decimals. */
  readonly decimals: number;
  /** The first of them. */
  readonly base: number;
  /** Every step between them is a multiple of it: a sensor has its own resolution, which is coarser than ours. */
  readonly divisor: number;
}

/** A column as whole numbers. The buffers are used again for the next one. */
export interface Scaled extends ColumnHead {
  readonly numbers: Float64Array;
  readonly count: number;
}

let numbers = new Float64Array(4_096);

/**
 * Values (none is NaN) as whole numbers of 10^-decimals: rounded beyond the last digit that a person sees, otherwise exactly the reading.
 * What is too large for that is kept in ones where it is whole, or as it is in memory.
 */
export function scaled(values: Float64Array, count: number, decimals: number): Scaled {
  if (numbers.length < count) numbers = new Float64Array(Math.max(count, 2 * numbers.length));
  const found = inSteps(values, count, decimals) ?? (isWhole(values, count) ? inSteps(values, count, 0) : null);
  if (found !== null) return found;
  numbers.set(values.subarray(0, count));
  return { form: FORM.doubles, decimals: 0, base: 0, divisor: 1, numbers, count };
}

function isWhole(values: Float64Array, count: number): boolean {
  for (let n = 0; n < count; n += 1) if (!Number.isInteger(values[n])) return false;
  return true;
}

/** Null: they are too large or too far apart for exact steps. */
function inSteps(values: Float64Array, count: number, decimals: number): Scaled | null {
  const factor = 10 ** decimals;
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  let divisor = 0;
  let runs = 1;
  let before = Math.round((values[0] as number) * factor);
  for (let n = 0; n < count; n += 1) {
    const number = Math.round((values[n] as number) * factor) + 0; // No negative zero.
    numbers[n] = number;
    if (number < low) low = number;
    if (number > high) high = number;
    const step = Math.abs(number - before);
    if (step === 0) continue;
    runs += 1;
    before = number;
    if (divisor === 0 || step % divisor !== 0) divisor = divisorOf(divisor, step);
  }
  if (!(low >= -Number.MAX_SAFE_INTEGER && high <= Number.MAX_SAFE_INTEGER && high - low <= SPREAD_MAX)) return null;
  return { form: 2 * runs <= count ? FORM.runs : FORM.steps, decimals, base: numbers[0] as number, divisor, numbers, count };
}

function divisorOf(a: number, b: number): number {
  let [larger, smaller] = a > b ? [a, b] : [b, a];
  while (smaller > 0) [larger, smaller] = [smaller, larger % smaller];
  return larger;
}

/** Form, sign of the base and decimals in one number. */
export function kindOf({ form, decimals, base }: ColumnHead): number {
  return form + 3 * ((base < 0 ? 1 : 0) + 2 * decimals);
}

export function headOf(kind: number, size: number, divisor: number): ColumnHead {
  const rest = Math.floor(kind / 3);
  return { form: (kind % 3) as Form, decimals: Math.min(DECIMALS_MAX, rest >> 1), base: rest % 2 === 1 ? -size : size, divisor };
}

export function writeBody(out: Writer, { form, divisor, numbers: column, count }: Scaled): void {
  if (form === FORM.doubles) out.raw(new Uint8Array(column.buffer, 0, count * Float64Array.BYTES_PER_ELEMENT));
  // One value all the time: it stands in the head.
  else if (divisor === 0) return;
  else if (form === FORM.steps) for (let n = 1; n < count; n += 1) out.whole(((column[n] as number) - (column[n - 1] as number)) / divisor);
  else writeRuns(out, column, count, divisor);
}

function writeRuns(out: Writer, column: Float64Array, count: number, divisor: number): void {
  let from = 0;
  for (let n = 1; n <= count; n += 1) {
    if (n < count && column[n] === column[from]) continue;
    out.natural(n - from);
    if (n < count) out.whole(((column[n] as number) - (column[from] as number)) / divisor);
    from = n;
  }
}

/** The first `count` places of `into`. */
export function readBody(from: Reader, { form, decimals, base, divisor }: ColumnHead, into: Float64Array, count: number): void {
  const factor = 10 ** decimals;
  if (form === FORM.doubles) into.set(new Float64Array(Uint8Array.from(from.raw(count * Float64Array.BYTES_PER_ELEMENT)).buffer));
  else if (divisor === 0) into.fill(base / factor, 0, count);
  else if (form === FORM.steps) {
    let number = base;
    into[0] = number / factor;
    for (let n = 1; n < count; n += 1) {
      number += from.whole() * divisor;
      into[n] = number / factor;
    }
  } else {
    let number = base;
    for (let n = 0; n < count; ) {
      const end = Math.min(count, n + Math.max(1, from.natural()));
      into.fill(number / factor, n, end);
      n = end;
      if (n < count) number += from.whole() * divisor;
    }
  }
}
