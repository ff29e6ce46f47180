import type { Conversion } from "../profile-parts.ts";
import { QUALITY, type Quality, type Readings } from "../reading.ts";
import { converted, type Scaling, scaledBy, scalingOf } from "../scaling.ts";
import { findPoint, stateIndex } from "../vocabulary.ts";
import type { SnmpField } from "./profile.ts";

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
  objectIdentifier: 6,
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
/** `23.5 C`, `230V`, `45.2 % RH`, `40 C/104 F`: the first number and its unit. */
const NUMBER_AND_UNIT = /^([+-]?(?:\d+\.?\d*|\.\d+))\s*([^\s\d./]+)/;
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
  readonly magnitude: boolean;
  readonly absent: readonly number[];
  readonly range: readonly [low: number, high: number];
  /** Raw code, or text in lower case → index of the state in the vocabulary; null for numbers. */
  readonly states: ReadonlyMap<number | string, number> | null;
  /** Characters of a text of 0 and 1 that name a state, most important first. */
  readonly flags: readonly { readonly character: number; readonly state: number }[] | null;
  /** State when the code is not known, or no such character is 1; -1 for none. */
  readonly otherwise: number;
  /** What other variables say about the number. */
  readonly scaledBy: readonly Scaling[];
  /** Units that may stand behind a number in a text, in lower case. */
  readonly textUnits: ReadonlyMap<string, Conversion> | null;
}

type DecodedField = Pick<SnmpField, "scale" | "offset" | "absent" | "range" | "states"> &
  Partial<Pick<SnmpField, "magnitude" | "flags" | "otherwise" | "scaledBy" | "textUnits">>;

/** The decoder of a field under its house name. A name the vocabulary does not have is a broken invariant: the schema has checked it. */
export function decoderFor(name: string, field: DecodedField): Decoder {
  const definition = findPoint(name);
  if (definition === undefined) throw new Error(`point name ${name} is not in the vocabulary`);
  const inverse = Math.round(1 / field.scale);
  const indexOf = (state: string): number => (definition.kind === "state" ? (stateIndex(definition, state) ?? -1) : -1);
  const { textUnits } = field;
  return {
    scale: field.scale,
    divisor: Math.abs(inverse) > 1 && Math.abs(inverse * field.scale - 1) < 1e-12 ? inverse : 0,
    offset: field.offset,
    magnitude: field.magnitude ?? false,
    absent: field.absent,
    range: definition.kind === "state" ? [0, definition.states.length - 1] : (field.range ?? definition.range),
    states:
      definition.kind === "state"
        ? new Map(Object.entries(field.states ?? {}).map(([code, state]) => [stateCode(code), indexOf(state)]))
        : null,
    flags: field.flags?.map(({ character, state }) => ({ character, state: indexOf(state) })) ?? null,
    otherwise: field.otherwise === undefined ? -1 : indexOf(field.otherwise),
    scaledBy: (field.scaledBy ?? []).map(scalingOf),
    textUnits: textUnits === undefined ? null : new Map(Object.entries(textUnits).map(([unit, meant]) => [unit.toLowerCase(), meant])),
  };
}

function stateCode(code: string): number | string {
  return NUMBER_TEXT.test(code) ? Number(code) : code.toLowerCase();
}

/** Puts what a variable says into one column: a house value, or the reason why it is none. */
export function decodeInto(
  variable: Variable,
  decoder: Decoder,
  into: Readings,
  column: number,
  explanations: readonly Explanation[] = NO_EXPLANATIONS,
): void {
  const said = decode(variable, decoder, explanations);
  if (typeof said === "number") put(into, column, said, QUALITY.good);
  else put(into, column, Number.NaN, said.quality);
}

/** What another variable said about a number, or why it said nothing. */
export type Explanation = { readonly variable: Variable } | { readonly quality: Quality };
const NO_EXPLANATIONS: readonly Explanation[] = [];

/** Marks a column that got no variable. */
export function markInto(into: Readings, column: number, quality: Quality): void {
  put(into, column, Number.NaN, quality);
}

/** The text of a name cell (ifName, mount point, an OID that says what the row is), or null when the cell holds none. */
export function rowNameOf(variable: Variable): string | null {
  if (variable.type === TAG.objectIdentifier) return String(variable.value);
  if (variable.type !== TAG.octetString) return null;
  const text = Buffer.isBuffer(variable.value) ? variable.value.toString("utf8") : String(variable.value);
  return text.replaceAll("\0", "").trim();
}

/** An unsigned number such as sysUpTime, or null when the variable carries none. */
export function unsignedOf(variable: Variable): number | null {
  const raw = rawNumber(variable, null);
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

function decode(variable: Variable, decoder: Decoder, explanations: readonly Explanation[]): number | NoNumber {
  if (decoder.states !== null) return stateOf(variable, decoder, decoder.states);
  const raw = rawNumber(variable, decoder.textUnits);
  if (typeof raw !== "number") return raw;
  if (!Number.isFinite(raw)) return NOT_A_NUMBER;
  if (decoder.absent.includes(raw)) return SENTINEL;
  const told = houseValue(raw, decoder);
  const value = decoder.scaledBy.length === 0 ? told : explained(told, decoder.scaledBy, explanations);
  if (typeof value !== "number") return value;
  const amount = decoder.magnitude ? Math.abs(value) : value;
  const [low, high] = decoder.range;
  return amount < low || amount > high ? OUT_OF_RANGE : amount;
}

/** Temperature scales come last: what they convert must be degrees by then. */
function explained(value: number, scalings: readonly Scaling[], explanations: readonly Explanation[]): number | NoNumber {
  let result = value;
  for (const [at, scaling] of scalings.entries()) {
    const explanation = explanations[at];
    if (explanation === undefined || "quality" in explanation) return explanation ?? NO_SUCH_OBJECT;
    const said = saidBy(explanation.variable);
    if (typeof said === "object") return said;
    const scaled = scaledBy(result, said, scaling);
    if (scaled === null) return UNKNOWN_STATE;
    result = scaled;
  }
  return result;
}

/** A number, or a text such as `C`. */
function saidBy(variable: Variable): number | string | NoNumber {
  const number = rawNumber(variable, null);
  if (typeof number === "number" || variable.type !== TAG.octetString) return number;
  return textOf(variable) ?? number;
}

function stateOf(
  variable: Variable,
  { absent, flags, otherwise }: Decoder,
  states: ReadonlyMap<number | string, number>,
): number | NoNumber {
  if (flags !== null) {
    const text = textOf(variable);
    if (text === null || !/^[01]+$/.test(text)) return isMissing(variable) ? NO_SUCH_OBJECT : text === null ? WRONG_TYPE : SENTINEL;
    const set = flags.find(({ character }) => text[character - 1] === "1");
    const state = set?.state ?? otherwise;
    return state < 0 ? UNKNOWN_STATE : state;
  }
  const raw = rawNumber(variable, null);
  if (typeof raw === "number" && absent.includes(raw)) return SENTINEL;
  const code = typeof raw === "number" ? raw : textOf(variable)?.toLowerCase();
  const known = code === undefined ? undefined : states.get(code);
  if (known !== undefined) return known;
  if (typeof raw === "number" && Number.isFinite(raw) && otherwise >= 0) return otherwise;
  return typeof raw === "number" ? UNKNOWN_STATE : raw === WRONG_TYPE && code !== undefined ? UNKNOWN_STATE : raw;
}

/** A short text, or null where there is none. */
function textOf({ type, value }: Variable): string | null {
  if (type !== TAG.octetString || !Buffer.isBuffer(value) || value.length > NUMBER_TEXT_MAX * 2) return null;
  return value.toString("utf8").replaceAll("\0", "").trim();
}

function rawNumber({ type, value }: Variable, textUnits: Decoder["textUnits"]): number | NoNumber {
  switch (type) {
    case TAG.integer:
    case TAG.counter32:
    case TAG.gauge32:
    case TAG.timeTicks:
      return typeof value === "number" ? value : WRONG_TYPE;
    case TAG.counter64:
      return Buffer.isBuffer(value) ? unsigned64(value) : WRONG_TYPE;
    case TAG.octetString:
      return Buffer.isBuffer(value) ? numberInText(value, textUnits) : WRONG_TYPE;
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

function numberInText(bytes: Buffer, textUnits: Decoder["textUnits"]): number | NoNumber {
  if (bytes.length > NUMBER_TEXT_MAX) return WRONG_TYPE;
  const text = bytes.toString("utf8").replaceAll("\0", "").trim();
  if (NO_VALUE_TEXTS.has(text.toLowerCase())) return SENTINEL;
  if (NUMBER_TEXT.test(text)) return Number(text);
  if (NOT_A_NUMBER_TEXT.test(text)) return NOT_A_NUMBER;
  const parts = textUnits === null ? null : NUMBER_AND_UNIT.exec(text);
  const conversion = parts === null ? undefined : textUnits?.get((parts[2] ?? "").toLowerCase());
  return parts === null || conversion === undefined ? WRONG_TYPE : converted(Number(parts[1]), conversion);
}

function numberInOpaque(bytes: Buffer): number | NoNumber {
  const carries = (head: readonly number[]): boolean => head.every((byte, at) => bytes[at] === byte);
  if (bytes.length === 7 && carries(OPAQUE_FLOAT)) return Number(bytes.readFloatBE(3).toPrecision(7));
  if (bytes.length === 11 && carries(OPAQUE_DOUBLE)) return bytes.readDoubleBE(3);
  return WRONG_TYPE;
}
