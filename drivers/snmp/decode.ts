import type { SnmpField } from "../profile.ts";
import { QUALITY, type Quality, type Readings } from "../reading.ts";
import { findPoint, stateIndex } from "../vocabulary.ts";

/** One variable of an answer: its OID, the tag of its type, and the value as the client read it. */
export interface Variable {
  readonly oid: string;
  readonly type: number;
  readonly value: unknown;
}

/** Tags of the types that SNMP knows (RFC 2578 section 7, RFC 3416 section 3). */
export const TAG = {
  integer: 2,
  octetString: 4,
  counter32: 65,
  gauge32: 66,
  timeTicks: 67,
  opaque: 68,
  counter64: 70,
  noSuchObject: 128,
  noSuchInstance: 129,
  endOfMibView: 130,
} as const;

/** A longer text is a description, not a number. */
const NUMBER_TEXT_MAX = 64;
const NUMBER_TEXT = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$/;
/** What agents write into a text object instead of a number they do not have. */
const NO_VALUE_TEXTS: ReadonlySet<string> = new Set(["", "unknown", "n/a", "-", "--"]);
const NOT_A_NUMBER_TEXT = /^[+-]?(nan|inf(inity)?)$/i;
/** The net-snmp convention for a number inside an Opaque: 0x9f, then 0x78 (float) or 0x79 (double), length, big-endian IEEE 754. */
const OPAQUE_FLOAT = [0x9f, 0x78, 4] as const;
const OPAQUE_DOUBLE = [0x9f, 0x79, 8] as const;
/** Doubles keep 15 digits; after a multiplication the last ones are dust. */
const HOUSE_DIGITS = 12;

/** How raw numbers of one field become house values, worked out once. */
export interface Decoder {
  readonly scale: number;
  /** 1 / scale where that is a whole number: dividing by 10 is exact where multiplying by 0.1 is not. 0: multiply. */
  readonly divisor: number;
  readonly offset: number;
  readonly absent: readonly number[];
  readonly range: readonly [low: number, high: number];
  /** Raw code → index of the state in the vocabulary; null for numbers. */
  readonly states: ReadonlyMap<number, number> | null;
}

/** The decoder of a field under its house name. A name the vocabulary does not have is a broken invariant: the schema has checked it. */
export function decoderFor(name: string, field: Pick<SnmpField, "scale" | "offset" | "absent" | "range" | "states">): Decoder {
  const definition = findPoint(name);
  if (definition === undefined) throw new Error(`point name ${name} is not in the vocabulary`);
  const inverse = Math.round(1 / field.scale);
  return {
    scale: field.scale,
    divisor: Math.abs(inverse) > 1 && Math.abs(inverse * field.scale - 1) < 1e-12 ? inverse : 0,
    offset: field.offset,
    absent: field.absent,
    range: definition.kind === "state" ? [0, definition.states.length - 1] : (field.range ?? definition.range),
    states:
      definition.kind === "state"
        ? new Map(Object.entries(field.states ?? {}).map(([code, state]) => [Number(code), stateIndex(definition, state) ?? -1]))
        : null,
  };
}

/** Puts what a variable says into one column: a house value, or the reason why it is none. */
export function decodeInto(variable: Variable, decoder: Decoder, into: Readings, column: number): void {
  const said = decode(variable, decoder);
  if (typeof said === "number") put(into, column, said, QUALITY.good);
  else put(into, column, Number.NaN, said.quality);
}

/** Marks a column that got no variable. */
export function markInto(into: Readings, column: number, quality: Quality): void {
  put(into, column, Number.NaN, quality);
}

/** The text of a name cell (ifName, mount point), or null when the cell holds none. */
export function rowNameOf(variable: Variable): string | null {
  if (variable.type !== TAG.octetString) return null;
  const text = Buffer.isBuffer(variable.value) ? variable.value.toString("utf8") : String(variable.value);
  return text.replaceAll("\0", "").trim();
}

/** An unsigned number such as sysUpTime, or null when the variable carries none. */
export function unsignedOf(variable: Variable): number | null {
  const raw = rawNumber(variable);
  return typeof raw === "number" && raw >= 0 ? raw : null;
}

export const isMissing = ({ type }: Variable): boolean =>
  type === TAG.noSuchObject || type === TAG.noSuchInstance || type === TAG.endOfMibView;

function put(into: Readings, column: number, value: number, quality: Quality): void {
  into.values[column] = value;
  into.qualities[column] = quality;
}

function houseValue(raw: number, { scale, divisor, offset }: Decoder): number {
  const scaled = divisor !== 0 ? raw / divisor : raw * scale;
  const value = scaled + offset;
  const exact = (divisor !== 0 || Number.isInteger(scale)) && offset === 0;
  return exact || Number.isInteger(value) ? value : Number(value.toPrecision(HOUSE_DIGITS));
}

interface NoNumber {
  readonly quality: Quality;
}
const SENTINEL: NoNumber = { quality: QUALITY.sentinel };
const WRONG_TYPE: NoNumber = { quality: QUALITY.wrongType };
const NOT_A_NUMBER: NoNumber = { quality: QUALITY.notANumber };
const NO_SUCH_OBJECT: NoNumber = { quality: QUALITY.noSuchObject };
const UNKNOWN_STATE: NoNumber = { quality: QUALITY.unknownState };
const OUT_OF_RANGE: NoNumber = { quality: QUALITY.outOfRange };

function decode(variable: Variable, decoder: Decoder): number | NoNumber {
  const raw = rawNumber(variable);
  if (typeof raw !== "number") return raw;
  if (!Number.isFinite(raw)) return NOT_A_NUMBER;
  if (decoder.absent.includes(raw)) return SENTINEL;
  if (decoder.states !== null) return decoder.states.get(raw) ?? UNKNOWN_STATE;
  const value = houseValue(raw, decoder);
  const [low, high] = decoder.range;
  return value < low || value > high ? OUT_OF_RANGE : value;
}

function rawNumber({ type, value }: Variable): number | NoNumber {
  switch (type) {
    case TAG.integer:
    case TAG.counter32:
    case TAG.gauge32:
    case TAG.timeTicks:
      return typeof value === "number" ? value : WRONG_TYPE;
    case TAG.counter64:
      return Buffer.isBuffer(value) ? unsigned64(value) : WRONG_TYPE;
    case TAG.octetString:
      return Buffer.isBuffer(value) ? numberInText(value) : WRONG_TYPE;
    case TAG.opaque:
      return Buffer.isBuffer(value) ? numberInOpaque(value) : WRONG_TYPE;
    case TAG.noSuchObject:
    case TAG.noSuchInstance:
    case TAG.endOfMibView:
      return NO_SUCH_OBJECT;
    default:
      return WRONG_TYPE;
  }
}

function unsigned64(bytes: Buffer): number | NoNumber {
  if (bytes.length === 0 || bytes.length > 9) return WRONG_TYPE;
  let value = 0;
  for (const byte of bytes) value = value * 256 + byte;
  return value;
}

function numberInText(bytes: Buffer): number | NoNumber {
  if (bytes.length > NUMBER_TEXT_MAX) return WRONG_TYPE;
  const text = bytes.toString("latin1").replaceAll("\0", "").trim();
  if (NO_VALUE_TEXTS.has(text.toLowerCase())) return SENTINEL;
  if (NUMBER_TEXT.test(text)) return Number(text);
  return NOT_A_NUMBER_TEXT.test(text) ? NOT_A_NUMBER : WRONG_TYPE;
}

function numberInOpaque(bytes: Buffer): number | NoNumber {
  const carries = (head: readonly number[]): boolean => head.every((byte, at) => bytes[at] === byte);
  if (bytes.length === 7 && carries(OPAQUE_FLOAT)) return Number(bytes.readFloatBE(3).toPrecision(7));
  if (bytes.length === 11 && carries(OPAQUE_DOUBLE)) return bytes.readDoubleBE(3);
  return WRONG_TYPE;
}
