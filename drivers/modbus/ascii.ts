import type { Framing, Lost, Verdict } from "../line/exchange.ts";
import { crc16, EXCEPTION_FLAG } from "./frame.ts";

const COLON = 0x3a;
const LINE_FEED = 0x0a;
const CHECKSUM_BYTES = 2;
/** 255 bytes as two signs each, a colon in front, carriage return and line feed behind (Modbus over serial line V1.02, 2.5.2.1). */
const LINE_SIGNS_MAX = 513;
const LINE = /^:((?:[0-9A-F]{2})+)\r\n$/;

/** Two's complement of the sum of all bytes. (Modbus over serial line V1.02, 6.2.1) */
export function lrc(bytes: Uint8Array): number {
  let sum = 0;
  for (const byte of bytes) sum += byte;
  return -sum & 0xff;
}

/**
 * ASCII mode: a frame is a line of hexadecimal signs between a colon and a line feed, with a checksum of one byte. Outside it frames are those of
 * RTU, so that what is written and read beyond the wire is one thing.
 */
export class AsciiFraming implements Framing<Buffer, Buffer> {
  readonly broken = false;
  #asked: Buffer = Buffer.alloc(CHECKSUM_BYTES);
  #line = "";
  #heard = 0;
  #foreign = "";
  #waiting = false;

  begin(request: Buffer): Buffer {
    this.reset();
    this.#asked = request.subarray(0, request.length - CHECKSUM_BYTES);
    this.#waiting = true;
    return Buffer.from(lineOf(this.#asked), "latin1");
  }

  take(chunk: Uint8Array): Buffer | Lost | null {
    for (const byte of chunk) {
      if (!this.#waiting) return null;
      const found = this.#add(byte);
      if (found === null) continue;
      this.#waiting = false;
      return found;
    }
    return null;
  }

  reset(): void {
    this.#line = "";
    this.#heard = 0;
    this.#foreign = "";
    this.#waiting = false;
  }

  verdict(): Verdict {
    if (this.#foreign !== "") return { reason: "foreign", what: this.#foreign };
    if (this.#heard === 0) return { reason: "timeout", what: "no answer" };
    if (this.#line !== "") return { reason: "short", what: `a line without an end after ${this.#line.length} signs` };
    return { reason: "garbled", what: `${this.#heard} signs that are no line of Modbus ASCII (check mode, speed and data bits)` };
  }

  /** A colon begins a line anew, wherever it comes; what is in front of it is noise. */
  #add(byte: number): Buffer | Lost | null {
    this.#heard += 1;
    if (byte === COLON) this.#line = ":";
    else if (this.#line !== "" && this.#line.length < LINE_SIGNS_MAX) this.#line += String.fromCharCode(byte);
    else this.#line = "";
    if (byte !== LINE_FEED || this.#line === "") return null;
    const line = this.#line;
    this.#line = "";
    return this.#judge(line);
  }

  #judge(line: string): Buffer | Lost | null {
    // The converter sends back what we said.
    if (line === lineOf(this.#asked)) return null;
    const signs = LINE.exec(line)?.[1];
    if (signs === undefined) return { outcome: "lost", reason: "garbled", what: "a line with signs that are not hexadecimal" };
    const bytes = Buffer.from(signs, "hex");
    const body = bytes.subarray(0, -1);
    if (body.length < 2 || lrc(body) !== bytes.at(-1))
      return { outcome: "lost", reason: "garbled", what: "wrong checksum (check wiring and termination)" };
    const [unit = 0, functionCode = 0] = body;
    if (unit !== this.#asked[0] || (functionCode & ~EXCEPTION_FLAG) !== this.#asked[1]) {
      this.#foreign = `answer of unit ${unit}, function ${functionCode}`;
      return null;
    }
    const checksum = Buffer.alloc(CHECKSUM_BYTES);
    checksum.writeUInt16LE(crc16(body, 0, body.length));
    return Buffer.concat([body, checksum]);
  }
}

/** Unit and PDU as a line. */
function lineOf(body: Uint8Array): string {
  return `:${Buffer.from([...body, lrc(body)])
    .toString("hex")
    .toUpperCase()}\r\n`;
}
