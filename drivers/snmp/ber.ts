/** BER (ITU-T X.690) as far as SNMP uses it: definite lengths, tags of one byte. Pure. */

export const SEQUENCE = 0x30;
const LONG_FORM = 0x80;
/** Arcs are numbers of 32 bits; one digit more would still be counted exactly. */
const OID = /^\d{1,11}(\.\d{1,11})+$/;
const ARC_BITS = 128;
/** RFC 2578, section 3.5. */
const ARC_MAX = 0xff_ff_ff_ff;
/** The first two arcs share a number: 40 × the first + the second. */
const FIRST_ARC = 40;
const FIRST_ARC_MAX = 2;

/** One element: tag, length and what is in it. */
export function element(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([Buffer.from([tag, ...lengthBytes(length)]), ...parts]);
}

function lengthBytes(length: number): readonly number[] {
  if (length < LONG_FORM) return [length];
  const bytes: number[] = [];
  for (let left = length; left > 0; left = Math.floor(left / 256)) bytes.unshift(left % 256);
  return [LONG_FORM | bytes.length, ...bytes];
}

/** The content of an OBJECT IDENTIFIER; null for a text that is not at least two numbers with dots. */
export function oidBytes(oid: string): Buffer | null {
  if (!OID.test(oid)) return null;
  const [first, second, ...rest] = oid.split(".").map(Number);
  return Buffer.from([(first ?? 0) * FIRST_ARC + (second ?? 0), ...rest].flatMap(arcBytes));
}

function arcBytes(arc: number): readonly number[] {
  const bytes = [arc % ARC_BITS];
  for (let left = Math.floor(arc / ARC_BITS); left > 0; left = Math.floor(left / ARC_BITS)) bytes.unshift((left % ARC_BITS) | LONG_FORM);
  return bytes;
}

/** The OID in digits; null where the last arc has no end, an arc is larger than SNMP allows, or there is none. */
export function oidText(bytes: Uint8Array, start: number, end: number): string | null {
  if (start >= end || ((bytes[end - 1] ?? LONG_FORM) & LONG_FORM) !== 0) return null;
  const arcs: number[] = [];
  let arc = 0;
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at] ?? 0;
    arc = arc * ARC_BITS + (byte & (LONG_FORM - 1));
    if (arc > ARC_MAX) return null;
    if ((byte & LONG_FORM) !== 0) continue;
    if (arcs.length > 0) arcs.push(arc);
    else {
      const first = Math.min(FIRST_ARC_MAX, Math.floor(arc / FIRST_ARC));
      arcs.push(first, arc - first * FIRST_ARC);
    }
    arc = 0;
  }
  return arcs.join(".");
}

/** Goes along the elements of bytes that were received, without copying anything: `tag`, and what is in the element from `start` to `end`. */
export class BerReader {
  readonly bytes: Buffer;
  tag = 0;
  start = 0;
  end = 0;
  /** Where the next element begins. */
  at = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  /** Reads the head of the next element; false when there is none, or it does not end before `limit`. */
  next(limit: number): boolean {
    let { at } = this;
    if (at + 2 > limit) return false;
    const tag = this.bytes[at] ?? 0;
    let length = this.bytes[at + 1] ?? 0;
    at += 2;
    if (length >= LONG_FORM) {
      const count = length - LONG_FORM;
      // A length that is told at the end of what it measures is not for SNMP.
      if (count === 0 || at + count > limit) return false;
      length = 0;
      for (const last = at + count; at < last; at += 1) length = length * 256 + (this.bytes[at] ?? 0);
    }
    if (at + length > limit) return false;
    this.tag = tag;
    this.start = at;
    this.end = at + length;
    this.at = this.end;
    return true;
  }

  /** The same for an element that must have this tag. */
  nextIs(tag: number, limit: number): boolean {
    return this.next(limit) && this.tag === tag;
  }

  /** The next element is read inside of this one. */
  enter(): void {
    this.at = this.start;
  }

  /** The element as a whole number with its sign, whatever its tag; NaN when it is none that can be kept exactly. */
  integer(): number {
    if (this.start === this.end) return Number.NaN;
    let value = ((this.bytes[this.start] ?? 0) << 24) >> 24;
    for (let at = this.start + 1; at < this.end; at += 1) value = value * 256 + (this.bytes[at] ?? 0);
    return Number.isSafeInteger(value) ? value : Number.NaN;
  }

  /** Whether the element is these bytes. */
  is(expected: Uint8Array): boolean {
    if (this.end - this.start !== expected.length) return false;
    for (let at = 0; at < expected.length; at += 1) if (this.bytes[this.start + at] !== expected[at]) return false;
    return true;
  }
}
