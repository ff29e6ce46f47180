/**
 * What a point said, or why it said nothing. Unknown is never zero: only `good` carries a number.
 *
 * A quality is one byte so that whole devices travel as two parallel columns (values, qualities) without an object per value;
 * the same byte goes over the WebSocket. Ranges: 0 good, 1–31 absent (the device answered, the value is not one),
 * 32–63 lost (nothing usable came back), 64 stale (the last reading is too old), 255 never read yet.
 */
export const QUALITY = {
  good: 0,
  /** The device answered with its documented "not available" code. */
  sentinel: 1,
  /** NaN, infinity, or text that is not a number. */
  notANumber: 2,
  /** Outside what the vocabulary calls physically possible for this point. */
  outOfRange: 3,
  /** A state code that the profile does not know. */
  unknownState: 4,
  /** SNMP noSuchObject, noSuchInstance or endOfMibView; a table row that is not there. */
  noSuchObject: 5,
  /** SNMP answered with a type that cannot carry the number (e.g. an OCTET STRING "abc"). */
  wrongType: 6,
  /** There is no such thing at present: the response time of what does not answer. No fault of the point. */
  nothingToMeasure: 7,
  timeout: 32,
  /** Bytes came, but the checksum, length or structure is wrong. */
  garbled: 33,
  /** Fewer registers or variables than were asked for. */
  short: 34,
  /** A well-formed answer from another unit, function or request. */
  foreign: 35,
  /** Modbus exception or SNMP error-status. */
  exception: 36,
  /** The port, adapter or network path is not there. */
  adapterMissing: 37,
  /** The peer is reachable and refuses: connection refused, wrong SNMPv3 user or key. */
  refused: 38,
  /** The name of the host has no address: DNS does not know it, or does not answer. */
  unresolved: 39,
  /** This box cannot ask: the program for it is missing, or not allowed. */
  cannotAsk: 40,
  stale: 64,
  never: 255,
} as const;

/** The names of the qualities, as used in messages, counters and the API. */
export type QualityName = keyof typeof QUALITY;
export type Quality = (typeof QUALITY)[QualityName];
/** Why nothing usable came back from the wire. */
export type LostReason =
  | "timeout"
  | "garbled"
  | "short"
  | "foreign"
  | "exception"
  | "adapterMissing"
  | "refused"
  | "unresolved"
  | "cannotAsk";

/** Trouble of the way to a wire, the same for all that is on it. */
export const isPathMissing = (reason: LostReason): reason is "adapterMissing" | "unresolved" =>
  reason === "adapterMissing" || reason === "unresolved";

const NAMES: ReadonlyMap<number, QualityName> = new Map(Object.entries(QUALITY).map(([name, code]) => [code, name as QualityName]));

/** The name of a quality byte; a byte that no version of this file ever wrote is a broken invariant. */
export function qualityName(code: number): QualityName {
  const name = NAMES.get(code);
  if (name === undefined) throw new Error(`unknown quality byte ${code}`);
  return name;
}

export const isGood = (code: number): boolean => code === QUALITY.good;
export const isLost = (code: number): boolean => code >= 32 && code <= 63;

/** One device's answer as parallel columns, in the order of its points. A value is NaN wherever its quality is not good. */
export interface Readings {
  readonly values: Float64Array;
  readonly qualities: Uint8Array;
}

export function emptyReadings(count: number): Readings {
  return { values: new Float64Array(count).fill(Number.NaN), qualities: new Uint8Array(count).fill(QUALITY.never) };
}
