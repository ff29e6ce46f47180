import { crc32, deflateRawSync, inflateRawSync } from "node:zlib";

/** A packed block was bent by a worn card, or is of a form that this program does not know. */
export class DamagedBlock extends Error {}

const CHECKSUM_BYTES = 4;
/** No block of ours unpacks to more than this. */
const UNPACKED_MAX = 64 * 1024 * 1024;

/** Whole numbers, seven bits a byte; the eighth says that more follows (LEB128). Exact up to 2^53. */
export class Writer {
  #bytes = new Uint8Array(4_096);
  #used = 0;

  /** `value` is whole and not negative. */
  natural(value: number): void {
    if (this.#used + 10 > this.#bytes.length) this.#grow();
    let rest = value;
    while (rest >= 0x80) {
      this.#bytes[this.#used++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#bytes[this.#used++] = rest;
  }

  /** Zigzag: small numbers of either sign stay short. */
  whole(value: number): void {
    this.natural(value < 0 ? -2 * value - 1 : 2 * value);
  }

  /** A column whose values follow each other closely: each as its step from the one before. */
  steps(column: Iterable<number>): void {
    let before = 0;
    for (const value of column) {
      this.whole(value - before);
      before = value;
    }
  }

  /** All that another writer has, with its length in front: a reader can step over it. */
  part(other: Writer): void {
    this.natural(other.#used);
    this.append(other);
  }

  append(other: Writer): void {
    this.raw(other.#bytes.subarray(0, other.#used));
  }

  raw(bytes: Uint8Array): void {
    while (this.#used + bytes.length > this.#bytes.length) this.#grow();
    this.#bytes.set(bytes, this.#used);
    this.#used += bytes.length;
  }

  /** Bytes so far. */
  get length(): number {
    return this.#used;
  }

  clear(): void {
    this.#used = 0;
  }

  /** Deflated, with a checksum in front. */
  packed(): Uint8Array {
    const body = deflateRawSync(this.#bytes.subarray(0, this.#used));
    const block = new Uint8Array(CHECKSUM_BYTES + body.length);
    new DataView(block.buffer).setUint32(0, crc32(body));
    block.set(body, CHECKSUM_BYTES);
    return block;
  }

  #grow(): void {
    const larger = new Uint8Array(this.#bytes.length * 2);
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}

/** Reads what a `Writer` packed, in the same order. Throws `DamagedBlock`. */
export class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(block: Uint8Array) {
    if (block.length < CHECKSUM_BYTES) throw new DamagedBlock("too short");
    const body = block.subarray(CHECKSUM_BYTES);
    const checksum = new DataView(block.buffer, block.byteOffset).getUint32(0);
    if (crc32(body) !== checksum) throw new DamagedBlock("checksum");
    this.#bytes = inflateRawSync(body, { maxOutputLength: UNPACKED_MAX });
  }

  natural(): number {
    const first = this.#bytes[this.#at++];
    if (first === undefined) throw new DamagedBlock("ends too early");
    return first < 0x80 ? first : this.#longer(first);
  }

  whole(): number {
    const value = this.natural();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  steps(length: number): number[] {
    const column: number[] = [];
    let value = 0;
    for (let n = 0; n < length; n += 1) {
      value += this.whole();
      column.push(value);
    }
    return column;
  }

  skip(bytes: number): void {
    this.#at += bytes;
  }

  raw(bytes: number): Uint8Array {
    if (this.#at + bytes > this.#bytes.length) throw new DamagedBlock("ends too early");
    this.#at += bytes;
    return this.#bytes.subarray(this.#at - bytes, this.#at);
  }

  /** Where the next byte is read; for parts that are read in any order. */
  get position(): number {
    return this.#at;
  }

  goTo(position: number): void {
    this.#at = position;
  }

  #longer(first: number): number {
    let value = first & 0x7f;
    let factor = 0x80;
    for (;;) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw new DamagedBlock("ends too early");
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      factor *= 0x80;
    }
  }
}
