import { isGood, QUALITY, type Readings } from "../reading.ts";
import { scaledBy } from "../scaling.ts";
import { findPoint, stateIndex } from "../vocabulary.ts";
import type { ReadPlan } from "./plan.ts";
import type { ModbusField } from "./profile.ts";

/** A field made ready for the hot path: everything that can be looked up or computed beforehand is. */
export interface ColumnDecoder {
  readonly column: number;
  readonly type: ModbusField["type"];
  /** Offset of the value in the answer: bytes for registers, bits for bit tables. */
  readonly at: number;
  /** Whether the first word on the wire is the least significant. */
  readonly lowFirst: boolean;
  /** Bit of the register, or -1 for the whole. */
  readonly bit: number;
  /** Raw values that mean "no value", in the representation that decoding yields. */
  readonly absent: readonly number[];
  /** State code → index in the vocabulary; null for numbers. */
  readonly states: ReadonlyMap<number, number> | null;
  /** Bits that name a state, most important first; null where the whole value is the code. */
  readonly flags: readonly { readonly bit: number; readonly state: number }[] | null;
  /** State when no such bit is set, or -1. */
  readonly otherwise: number;
  /** value = (raw × factor + addend) ÷ divisor: with whole numbers the result is the decimal a person would write. */
  readonly factor: number;
  readonly addend: number;
  readonly divisor: number;
  readonly low: number;
  readonly high: number;
}

const WORD = 0x1_0000;
const LONG = 0x1_0000_0000;
const DECIMALS_MAX = 9;

/** Prepares one field. `at` counts registers, or bits in a bit table, from the start of its block. */
export function columnDecoder(name: string, field: ModbusField, column: number, at: number, isBitTable: boolean): ColumnDecoder {
  const definition = findPoint(name);
  if (definition === undefined) throw new Error(`${name} is not in the vocabulary: the profile was not checked`);
  const type = isBitTable ? "bit" : field.type === "bit" ? "u16" : field.type;
  const states = definition.kind === "state" ? stateCodes(name, field) : null;
  const [low, high] = field.range ?? (definition.kind === "state" ? [0, 0] : definition.range);
  return {
    column,
    type,
    at: isBitTable ? at : at * 2,
    lowFirst: field.words === "low-first",
    bit: isBitTable ? -1 : (field.bit ?? (field.type === "bit" ? 0 : -1)),
    absent: field.absent.map((raw) => asDecoded(raw, type)),
    states,
    flags: field.flags?.map(({ bit, state }) => ({ bit, state: indexOf(name, state) })) ?? null,
    otherwise: field.otherwise === undefined ? -1 : indexOf(name, field.otherwise),
    ...decimalScale(field.scale, field.offset),
    low,
    high,
  };
}

/** Prepares a register that is read for what it says about another one: its raw number. */
export function rawDecoder(type: ModbusField["type"], column: number, at: number): ColumnDecoder {
  return {
    ...{ column, type, at: at * 2, lowFirst: false, bit: -1, absent: [], states: null, flags: null, otherwise: -1 },
    ...{ factor: 1, addend: 0, divisor: 1, low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY },
  };
}

function stateCodes(name: string, field: ModbusField): ReadonlyMap<number, number> {
  return new Map(Object.entries(field.states ?? {}).map(([code, state]) => [Number(code), indexOf(name, state)]));
}

function indexOf(name: string, state: string): number {
  const definition = findPoint(name);
  const index = definition?.kind === "state" ? stateIndex(definition, state) : undefined;
  if (index === undefined) throw new Error(`${name} has no state ${state}: the profile was not checked`);
  return index;
}

/** Makers print a sentinel as bits (0xFFFF) even for signed registers; here it becomes what decoding would yield for those bits. */
function asDecoded(raw: number, type: ModbusField["type"]): number {
  if (type === "s16" && raw >= WORD / 2) return raw - WORD;
  if (type === "s32" && raw >= LONG / 2) return raw - LONG;
  if (type === "f32") return Math.fround(raw);
  return raw;
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

/**
 * Fills the columns of one block from the data bytes of its answer, which must be complete. Allocates nothing. A value that is not
 * good is NaN with the reason as its quality.
 */
export function decodeBlock(columns: readonly ColumnDecoder[], data: Buffer, into: Readings): void {
  for (const field of columns) {
    const raw = field.type === "bit" ? ((data[field.at >> 3] ?? 0) >> (field.at & 7)) & 1 : rawNumber(field, data);
    decodeValue(field, raw, into);
  }
}

/** Marks all columns of a block with the reason why nothing usable came back. */
export function loseBlock(columns: readonly ColumnDecoder[], quality: number, into: Readings): void {
  for (const { column } of columns) {
    into.values[column] = Number.NaN;
    into.qualities[column] = quality;
  }
}

/** Copies what was read, each number that another register explains worked out; without the explanation there is no value. */
export function explain({ pointNames, scaled }: Pick<ReadPlan, "pointNames" | "scaled">, read: Readings, into: Readings): void {
  for (let column = 0; column < pointNames.length; column += 1) {
    into.values[column] = read.values[column] ?? Number.NaN;
    into.qualities[column] = read.qualities[column] ?? QUALITY.never;
  }
  for (const { column, saidIn, scaling, low, high } of scaled) {
    if (!isGood(into.qualities[column] ?? QUALITY.never)) continue;
    const saidQuality = read.qualities[saidIn] ?? QUALITY.never;
    const value = isGood(saidQuality) ? scaledBy(into.values[column] ?? Number.NaN, read.values[saidIn] ?? Number.NaN, scaling) : null;
    const quality = isGood(saidQuality) ? qualityOf(value, low, high) : saidQuality;
    into.values[column] = isGood(quality) && value !== null ? value : Number.NaN;
    into.qualities[column] = quality;
  }
}

function qualityOf(value: number | null, low: number, high: number): number {
  if (value === null) return QUALITY.unknownState;
  return value >= low && value <= high ? QUALITY.good : QUALITY.outOfRange;
}

function decodeValue(field: ColumnDecoder, raw: number, into: Readings): void {
  const { column } = field;
  into.values[column] = Number.NaN;
  if (!Number.isFinite(raw)) {
    into.qualities[column] = QUALITY.notANumber;
    return;
  }
  for (const sentinel of field.absent)
    if (raw === sentinel) {
      into.qualities[column] = QUALITY.sentinel;
      return;
    }
  const code = field.bit < 0 ? raw : (raw >>> field.bit) & 1;
  if (field.states !== null) {
    const index = stateOf(field, field.states, code);
    if (index < 0) into.qualities[column] = QUALITY.unknownState;
    else {
      into.values[column] = index;
      into.qualities[column] = QUALITY.good;
    }
    return;
  }
  const value = (code * field.factor + field.addend) / field.divisor;
  if (value >= field.low && value <= field.high) {
    into.values[column] = value;
    into.qualities[column] = QUALITY.good;
  } else into.qualities[column] = QUALITY.outOfRange;
}

/** The state that a code or its bits name, or -1. */
function stateOf({ flags, otherwise }: ColumnDecoder, states: ReadonlyMap<number, number>, code: number): number {
  if (flags === null) return states.get(code) ?? otherwise;
  for (const { bit, state } of flags) if (((code >>> bit) & 1) === 1) return state;
  return otherwise;
}

const swapped = Buffer.alloc(8);

function rawNumber({ type, at, lowFirst }: ColumnDecoder, data: Buffer): number {
  switch (type) {
    case "bit":
    case "u16":
      return data.readUInt16BE(at);
    case "s16":
      return data.readInt16BE(at);
    case "u32":
      return lowFirst ? data.readUInt16BE(at + 2) * WORD + data.readUInt16BE(at) : data.readUInt32BE(at);
    case "s32":
      return lowFirst ? data.readInt16BE(at + 2) * WORD + data.readUInt16BE(at) : data.readInt32BE(at);
    case "u64":
      return lowFirst ? wide(data, at + 6, at + 4, at + 2, at) : wide(data, at, at + 2, at + 4, at + 6);
    case "s64":
      return lowFirst ? signedWide(data, at + 6, at + 4, at + 2, at) : signedWide(data, at, at + 2, at + 4, at + 6);
    case "f32":
      return lowFirst ? inOrder(data, at, 2).readFloatBE(0) : data.readFloatBE(at);
    case "f64":
      return lowFirst ? inOrder(data, at, 4).readDoubleBE(0) : data.readDoubleBE(at);
    default:
      return type satisfies never;
  }
}

/** 64 bits as a double: exact up to 2^53, which is as far as any range of the vocabulary goes. */
function wide(data: Buffer, highest: number, high: number, low: number, lowest: number): number {
  const top = data.readUInt16BE(highest) * WORD + data.readUInt16BE(high);
  return top * LONG + (data.readUInt16BE(low) * WORD + data.readUInt16BE(lowest));
}

function signedWide(data: Buffer, highest: number, high: number, low: number, lowest: number): number {
  const top = data.readInt16BE(highest) * WORD + data.readUInt16BE(high);
  return top * LONG + (data.readUInt16BE(low) * WORD + data.readUInt16BE(lowest));
}

/** The words of one value, most significant first, in a buffer that is used again at the next call. */
function inOrder(data: Buffer, at: number, words: number): Buffer {
  for (let word = 0; word < words; word += 1) swapped.writeUInt16BE(data.readUInt16BE(at + (words - 1 - word) * 2), word * 2);
  return swapped;
}
