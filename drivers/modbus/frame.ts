import type { Framing, Verdict } from "../line/exchange.ts";
import { HeardBytes } from "../line/heard.ts";

/** An RTU frame is 256 bytes at most; two of them are room enough for noise and an echo in front of an answer. */
const RTU_BUFFER_BYTES = 512;
/** A question for a block: unit, function, address and count, checksum. */
export const REQUEST_BYTES = 8;
export const EXCEPTION_FLAG = 0x80;
const EXCEPTION_FRAME_BYTES = 5;
/** Unit, function, byte count and checksum around the data of an answer. */
export const FRAME_OVERHEAD_BYTES = 5;
/** Unit, function, address, and value or count, checksum: the answer to a write. */
const WRITTEN_FRAME_BYTES = 8;
/** What stands in front of the objects of an identification: unit, function, kind, code, conformity, more, next, count. */
const IDENTIFICATION_HEAD_BYTES = 8;
const FRAME_BYTES_MAX = 256;

const CRC_TABLE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >> 1) ^ 0xa001 : crc >> 1;
  return crc;
});

/** CRC-16 of Modbus over `bytes[from, to)`; sent low byte first. */
export function crc16(bytes: Uint8Array, from: number, to: number): number {
  let crc = 0xffff;
  for (let at = from; at < to; at += 1) crc = (crc >> 8) ^ (CRC_TABLE[(crc ^ (bytes[at] ?? 0)) & 0xff] ?? 0);
  return crc;
}

/** Frames between silences with a checksum behind: a serial line, or a serial server that passes its bytes on. */
export class RtuFraming implements Framing<Buffer, Buffer> {
  readonly broken = false;
  readonly #heard = new HeardBytes(RTU_BUFFER_BYTES);
  #request: Buffer = Buffer.alloc(REQUEST_BYTES);
  #waiting = false;

  begin(request: Buffer): Buffer {
    this.#request = request;
    this.#heard.clear();
    this.#waiting = true;
    return request;
  }

  take(chunk: Uint8Array): Buffer | null {
    if (!this.#waiting) return null;
    this.#heard.add(chunk);
    const found = this.#find();
    if (found !== null) this.#waiting = false;
    return found;
  }

  reset(): void {
    this.#heard.clear();
    this.#waiting = false;
  }

  verdict(): Verdict {
    const bytes = `${this.#heard.length} bytes`;
    if (this.#heard.length === 0) return { reason: "timeout", what: "no answer" };
    for (let at = 0; at + EXCEPTION_FRAME_BYTES <= this.#heard.length; at += 1) {
      const end = this.#frameEnd(at);
      if (end > 0 && end <= this.#heard.length && this.#sound(at, end))
        return { reason: "foreign", what: `answer of unit ${this.#heard.bytes[at]}, function ${this.#heard.bytes[at + 1]}` };
    }
    return this.#heard.length < this.#answerBytes()
      ? { reason: "short", what: `only ${bytes} of ${this.#answerBytes()}` }
      : { reason: "garbled", what: `${bytes} that are no answer (check wiring, termination and speed)` };
  }

  /**
   * The answer, wherever it begins: drivers of cheap converters put a byte of noise or an echo of the request in front of it. A frame
   * with the right head and a wrong checksum is handed on as it is, unless more bytes may still make a right one.
   */
  #find(): Buffer | null {
    if (this.#isEchoSoFar()) return null;
    let bad: Buffer | null = null;
    const from = this.#startsWithEcho() ? this.#request.length : 0;
    for (let at = from; at < this.#heard.length; at += 1) {
      if (!this.#headMatches(at)) continue;
      const end = this.#frameEnd(at);
      if (end === 0 || end > this.#heard.length) return null;
      if (this.#sound(at, end)) return this.#heard.bytes.subarray(at, end);
      bad ??= this.#heard.bytes.subarray(at, end);
    }
    return bad;
  }

  #headMatches(at: number): boolean {
    if (this.#heard.bytes[at] !== this.#request[0]) return false;
    if (at + 1 >= this.#heard.length) return true;
    return ((this.#heard.bytes[at + 1] ?? 0) & ~EXCEPTION_FLAG) === this.#request[1];
  }

  /** Where the frame that would begin here ends by its own words; 0 while that cannot be known. */
  #frameEnd(at: number): number {
    if (at + 2 >= this.#heard.length) return 0;
    const functionCode = this.#heard.bytes[at + 1] ?? 0;
    if (functionCode & EXCEPTION_FLAG) return at + EXCEPTION_FRAME_BYTES;
    if (functionCode >= 1 && functionCode <= 4) return at + FRAME_OVERHEAD_BYTES + (this.#heard.bytes[at + 2] ?? 0);
    if (isWrite(functionCode)) return at + WRITTEN_FRAME_BYTES;
    return functionCode === 43 ? this.#identificationEnd(at) : 0;
  }

  /** Behind the objects that are there: some units say how many there are in all frames together, then the checksum tells. */
  #identificationEnd(at: number): number {
    const objects = this.#heard.bytes[at + IDENTIFICATION_HEAD_BYTES - 1] ?? 0;
    let end = at + IDENTIFICATION_HEAD_BYTES;
    for (let object = 0; object < objects; object += 1) {
      if (end + 2 > this.#heard.length) return 0;
      if (object > 0 && this.#sound(at, end + 2)) return end + 2;
      end += 2 + (this.#heard.bytes[end + 1] ?? 0);
    }
    return end + 2;
  }

  #sound(at: number, end: number): boolean {
    return crc16(this.#heard.bytes, at, end - 2) === this.#heard.bytes.readUInt16LE(end - 2);
  }

  #answerBytes(): number {
    if ((this.#request[1] ?? 0) > 4) return WRITTEN_FRAME_BYTES;
    const count = this.#request.readUInt16BE(4);
    return FRAME_OVERHEAD_BYTES + ((this.#request[1] ?? 0) <= 2 ? Math.ceil(count / 8) : count * 2);
  }

  #isEchoSoFar(): boolean {
    const { length } = this.#request;
    return (
      !this.#answerIsEcho() &&
      this.#heard.length <= length &&
      this.#request.compare(this.#heard.bytes, 0, this.#heard.length, 0, this.#heard.length) === 0
    );
  }

  #startsWithEcho(): boolean {
    const { length } = this.#request;
    return !this.#answerIsEcho() && this.#heard.length > length && this.#request.compare(this.#heard.bytes, 0, length) === 0;
  }

  /** Who sets one coil or register is answered with his own words: whether it was done is seen by reading it back. */
  #answerIsEcho(): boolean {
    const functionCode = this.#request[1];
    return functionCode === 5 || functionCode === 6;
  }
}

function isWrite(functionCode: number): boolean {
  return functionCode === 5 || functionCode === 6 || functionCode === 15 || functionCode === 16;
}

const HEADER_BYTES = 6;
const UNIT_AND_PDU_BYTES_MIN = 3;
const UNIT_AND_PDU_BYTES_MAX = 254;
const TRANSACTIONS = 0x1_0000;

/** Modbus TCP: a header with transaction number and length in front, no checksum. */
export class TcpFraming implements Framing<Buffer, Buffer> {
  readonly #pending = Buffer.alloc(2 * (HEADER_BYTES + UNIT_AND_PDU_BYTES_MAX));
  readonly #frame = Buffer.alloc(FRAME_BYTES_MAX);
  #length = 0;
  #transaction = 0;
  #unit = 0;
  #functionCode = 0;
  #waiting = false;
  #desynchronised = false;
  #foreign = "";

  get broken(): boolean {
    return this.#desynchronised;
  }

  begin(request: Buffer): Buffer {
    this.#transaction = (this.#transaction + 1) % TRANSACTIONS;
    this.#unit = request[0] ?? 0;
    this.#functionCode = request[1] ?? 0;
    this.#waiting = true;
    this.#foreign = "";
    const pdu = request.length - 2;
    const bytes = Buffer.allocUnsafe(HEADER_BYTES + pdu);
    bytes.writeUInt16BE(this.#transaction, 0);
    bytes.writeUInt16BE(0, 2);
    bytes.writeUInt16BE(pdu, 4);
    request.copy(bytes, HEADER_BYTES, 0, pdu);
    return bytes;
  }

  take(chunk: Uint8Array): Buffer | null {
    if (this.#desynchronised) return null;
    if (this.#length + chunk.length > this.#pending.length) {
      this.#desynchronised = true;
      return null;
    }
    this.#pending.set(chunk, this.#length);
    this.#length += chunk.length;
    let found: Buffer | null = null;
    while (this.#length >= HEADER_BYTES) {
      const size = this.#pending.readUInt16BE(4);
      if (this.#pending.readUInt16BE(2) !== 0 || size < UNIT_AND_PDU_BYTES_MIN || size > UNIT_AND_PDU_BYTES_MAX) {
        // Nor is an answer believed that such bytes follow: it may be the stump of a frame, filled up with the next one.
        this.#desynchronised = true;
        return null;
      }
      const end = HEADER_BYTES + size;
      if (this.#length < end) break;
      found ??= this.#accept(size);
      this.#pending.copyWithin(0, end, this.#length);
      this.#length -= end;
    }
    return found;
  }

  reset(): void {
    this.#length = 0;
    this.#waiting = false;
    this.#desynchronised = false;
  }

  verdict(): Verdict {
    if (this.#desynchronised) return { reason: "garbled", what: "bytes that are no Modbus TCP" };
    if (this.#foreign !== "") return { reason: "foreign", what: this.#foreign };
    if (this.#length > 0) return { reason: "short", what: `only ${this.#length} bytes` };
    return { reason: "timeout", what: "no answer" };
  }

  #accept(size: number): Buffer | null {
    const transaction = this.#pending.readUInt16BE(0);
    const unit = this.#pending[HEADER_BYTES] ?? 0;
    const functionCode = this.#pending[HEADER_BYTES + 1] ?? 0;
    if (!this.#waiting || transaction !== this.#transaction) {
      // The late answer to an earlier request: its number says so.
      this.#foreign = `answer to request ${transaction}, asked was ${this.#transaction}`;
      return null;
    }
    if (unit !== this.#unit || (functionCode & ~EXCEPTION_FLAG) !== this.#functionCode) {
      this.#foreign = `answer of unit ${unit}, function ${functionCode}`;
      return null;
    }
    this.#waiting = false;
    this.#pending.copy(this.#frame, 0, HEADER_BYTES, HEADER_BYTES + size);
    this.#frame.writeUInt16LE(crc16(this.#frame, 0, size), size);
    return this.#frame.subarray(0, size + 2);
  }
}
