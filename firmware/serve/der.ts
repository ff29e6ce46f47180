/** The few forms of DER (ITU-T X.690) that a certificate is written in. */
const TAG = {
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utf8: 0x0c,
  utcTime: 0x17,
  time: 0x18,
  sequence: 0x30,
  set: 0x31,
};
const UTC_TIME_UNTIL_YEAR = 2050;

function tagged(tag: number, content: Uint8Array): Buffer {
  const length = content.length;
  if (length < 0x80) return Buffer.concat([Uint8Array.of(tag, length), content]);
  const bytes = [...Array(4).keys()].map((place) => (length >>> (8 * (3 - place))) & 0xff);
  const significant = bytes.slice(bytes.findIndex((byte) => byte !== 0));
  return Buffer.concat([Uint8Array.of(tag, 0x80 | significant.length, ...significant), content]);
}

export const sequence = (...parts: readonly Uint8Array[]): Buffer => tagged(TAG.sequence, Buffer.concat(parts));
export const set = (...parts: readonly Uint8Array[]): Buffer => tagged(TAG.set, Buffer.concat(parts));
/** A positive number; a leading zero keeps its sign. */
export const integer = (bytes: Uint8Array): Buffer =>
  tagged(TAG.integer, (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Uint8Array.of(0), bytes]) : bytes);
export const octets = (content: Uint8Array): Buffer => tagged(TAG.octetString, content);
export const bits = (content: Uint8Array, unused = 0): Buffer => tagged(TAG.bitString, Buffer.concat([Uint8Array.of(unused), content]));
export const utf8 = (text: string): Buffer => tagged(TAG.utf8, Buffer.from(text));
export const yes = (): Buffer => Buffer.from([0x01, 0x01, 0xff]);
/** Context-specific, constructed. */
export const explicit = (number: number, content: Uint8Array): Buffer => tagged(0xa0 | number, content);
/** Context-specific, primitive. */
export const implicit = (number: number, content: Uint8Array): Buffer => tagged(0x80 | number, content);

export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const groups = [arc & 0x7f];
    for (let left = arc >>> 7; left > 0; left >>>= 7) groups.unshift((left & 0x7f) | 0x80);
    bytes.push(...groups);
  }
  return tagged(TAG.oid, Uint8Array.from(bytes));
}

/** Whole seconds; before 2050 with two digits of the year, as RFC 5280 §4.1.2.5 wants it. */
export function time(ms: number): Buffer {
  const at = new Date(ms);
  const digits = `${at.toISOString().replaceAll(/[-:T]/g, "").slice(0, 14)}Z`;
  return at.getUTCFullYear() < UTC_TIME_UNTIL_YEAR
    ? tagged(TAG.utcTime, Buffer.from(digits.slice(2)))
    : tagged(TAG.time, Buffer.from(digits));
}
