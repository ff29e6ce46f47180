import { type HouseValue, houseValue, putCode, putQuality, putRaw, rawValue } from "../house-value.ts";
import { isGood, QUALITY, type Readings } from "../reading.ts";
import { scaledBy } from "../scaling.ts";
import type { ReadPlan } from "./plan.ts";
import type { ModbusField } from "./profile.ts";

/** A field made ready for the hot path: everything that can be looked up or computed beforehand is. */
export interface ColumnDecoder extends HouseValue {
  readonly type: ModbusField["type"];
  /** Offset of the value in the answer: bytes for registers, bits for bit tables. */
  readonly at: number;
  /** Whether the first word on the wire is the least significant. */
  readonly lowFirst: boolean;
  /** Bit of the register, or -1 for the whole. */
  readonly bit: number;
}

const WORD = 0x1_0000;
const LONG = 0x1_0000_0000;

/** Prepares one field. `at` counts registers, or bits in a bit table, from the start of its block. */
export function columnDecoder(name: string, field: ModbusField, column: number, at: number, isBitTable: boolean): ColumnDecoder {
  const type = isBitTable ? "bit" : field.type === "bit" ? "u16" : field.type;
  return {
    ...houseValue(name, { ...field, absent: field.absent.map((raw) => asDecoded(raw, type)) }, column),
    type,
    at: isBitTable ? at : at * 2,
    lowFirst: field.words === "low-first",
    bit: isBitTable ? -1 : (field.bit ?? (field.type === "bit" ? 0 : -1)),
  };
}

/** Prepares a register that is read for what it says about another one: its raw number. */
export function rawDecoder(type: ModbusField["type"], column: number, at: number): ColumnDecoder {
  return { ...rawValue(column), type, at: at * 2, lowFirst: false, bit: -1 };
}

/** Makers print a sentinel as bits (0xFFFF) even for signed registers; here it becomes what decoding would yield for those bits. */
function asDecoded(raw: number, type: ModbusField["type"]): number {
  if (type === "s16" && raw >= WORD / 2) return raw - WORD;
  if (type === "s32" && raw >= LONG / 2) return raw - LONG;
  if (type === "f32") return Math.fround(raw);
  return raw;
}

/**
 * Fills the columns of one block from the data bytes of its answer, which must be complete. Allocates nothing. A value that is not
 * good is NaN with the reason as its quality.
 */
export function decodeBlock(columns: readonly ColumnDecoder[], data: Buffer, into: Readings): void {
  for (const field of columns) {
    const raw = field.type === "bit" ? ((data[field.at >> 3] ?? 0) >> (field.at & 7)) & 1 : rawNumber(field, data);
    if (field.bit < 0) putRaw(field, raw, into);
    else if (field.absent.includes(raw)) putQuality(field, QUALITY.sentinel, into);
    else putCode(field, (raw >>> field.bit) & 1, into);
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
