import { QUALITY, type Quality, type Readings } from "./reading.ts";
import { findPoint, stateIndex } from "./vocabulary.ts";

/** What every field of a profile says about its value, whatever the protocol. */
export interface FieldValue {
  readonly scale: number;
  readonly offset: number;
  readonly absent: readonly number[];
  readonly magnitude: boolean;
  readonly range?: readonly [low: number, high: number] | undefined;
  readonly states?: Readonly<Record<string, string>> | undefined;
  readonly flags?: readonly { readonly bit: number; readonly state: string }[] | undefined;
  readonly otherwise?: string | undefined;
}

/** How raw numbers of one field become house values in one column: everything that can be looked up or computed beforehand is. */
export interface HouseValue {
  readonly column: number;
  /** Raw values that mean "no value". */
  readonly absent: readonly number[];
  /** State code → index in the vocabulary; null for numbers. */
  readonly states: ReadonlyMap<number, number> | null;
  /** Bits that name a state, most important first; null where the whole value is the code. */
  readonly flags: readonly { readonly bit: number; readonly state: number }[] | null;
  /** State when the code is not known, or no such bit is set; -1 for none. */
  readonly otherwise: number;
  /** value = (raw × factor + addend) ÷ divisor: with whole numbers the result is the decimal a person would write. */
  readonly factor: number;
  readonly addend: number;
  readonly divisor: number;
  /** Only the amount counts. */
  readonly magnitude: boolean;
  readonly low: number;
  readonly high: number;
}

const DECIMALS_MAX = 9;

/** Prepares one field under its house name. A name or state that the vocabulary does not have is a broken invariant: the schema has checked it. */
export function houseValue(name: string, field: FieldValue, column: number): HouseValue {
  const definition = findPoint(name);
  if (definition === undefined) throw new Error(`${name} is not in the vocabulary: the profile was not checked`);
  const [low, high] = field.range ?? (definition.kind === "state" ? [0, 0] : definition.range);
  return {
    column,
    absent: field.absent,
    states: definition.kind === "state" ? new Map(stateCodes(name, field.states ?? {}, Number)) : null,
    flags: field.flags?.map(({ bit, state }) => ({ bit, state: indexOf(name, state) })) ?? null,
    otherwise: field.otherwise === undefined ? -1 : indexOf(name, field.otherwise),
    ...decimalScale(field.scale, field.offset),
    magnitude: field.magnitude,
    low,
    high,
  };
}

/** A column that keeps raw numbers as they are: for what is read only because of what it says about another one. */
export function rawValue(column: number): HouseValue {
  const asIs = { factor: 1, addend: 0, divisor: 1, magnitude: false };
  return unbounded({ column, absent: [], states: null, flags: null, otherwise: -1, ...asIs, low: 0, high: 0 });
}

/** The same without a range: for a number that is judged when all is known about it. */
export function unbounded<Value extends HouseValue>(value: Value): Value {
  return { ...value, low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
}

/** Codes of a state point with the index of their state, the codes as `parse` reads them. */
export function stateCodes<Code>(
  name: string,
  states: Readonly<Record<string, string>>,
  parse: (code: string) => Code,
): readonly (readonly [Code, number])[] {
  return Object.entries(states).map(([code, state]) => [parse(code), indexOf(name, state)] as const);
}

function indexOf(name: string, state: string): number {
  const definition = findPoint(name);
  const index = definition?.kind === "state" ? stateIndex(definition, state) : undefined;
  if (index === undefined) throw new Error(`${name} has no state ${state}: the profile was not checked`);
  return index;
}

/** 0.1 → ×1 ÷10, so that 235 becomes 23.5 and not 23.500000000000004. A scale with more than nine decimals is multiplied as it is. */
function decimalScale(scale: number, offset: number): { factor: number; addend: number; divisor: number } {
  for (let decimals = 0; decimals <= DECIMALS_MAX; decimals += 1) {
    const divisor = 10 ** decimals;
    const factor = Math.round(scale * divisor);
    const addend = Math.round(offset * divisor);
    if (factor / divisor === scale && addend / divisor === offset) return { factor, addend, divisor };
  }
  return { factor: scale, addend: offset, divisor: 1 };
}

/** Puts a raw number into its column, or the reason why it is no value. */
export function putRaw(to: HouseValue, raw: number, into: Readings): void {
  if (!Number.isFinite(raw)) putQuality(to, QUALITY.notANumber, into);
  else if (to.absent.includes(raw)) putQuality(to, QUALITY.sentinel, into);
  else putCode(to, raw, into);
}

/** The same for a number that is known to be one, and not one of those that mean "no value". */
export function putCode(to: HouseValue, code: number, into: Readings): void {
  if (to.states !== null) {
    const index = stateOf(to, to.states, code);
    if (index < 0) putQuality(to, QUALITY.unknownState, into);
    else putGood(to, index, into);
    return;
  }
  const signed = (code * to.factor + to.addend) / to.divisor;
  const value = to.magnitude ? Math.abs(signed) : signed;
  if (value >= to.low && value <= to.high) putGood(to, value, into);
  else putQuality(to, QUALITY.outOfRange, into);
}

/** The state that a code or its bits name, or -1. */
function stateOf({ flags, otherwise }: HouseValue, states: ReadonlyMap<number, number>, code: number): number {
  if (flags === null) return states.get(code) ?? otherwise;
  for (const { bit, state } of flags) if (((code >>> bit) & 1) === 1) return state;
  return otherwise;
}

/** A column without a value. */
export function putQuality({ column }: { readonly column: number }, quality: Exclude<Quality, 0>, into: Readings): void {
  into.values[column] = Number.NaN;
  into.qualities[column] = quality;
}

/** A house value in its column. */
export function putGood({ column }: { readonly column: number }, value: number, into: Readings): void {
  into.values[column] = value;
  into.qualities[column] = QUALITY.good;
}
