import type { Framing, Lost, Verdict } from "../line/exchange.ts";
import type { TextAnswer } from "../text/conversation.ts";
import type { TextQuery } from "../text/plan.ts";

const CR = 0x0d;
const LF = 0x0a;
/** The longest answer of the family (QVFTR of the Axpert inverters) has 129 signs; the rest is room for noise in front. */
const LINE_BYTES_MAX = 256;
const REFUSALS: readonly string[] = ["(NAK", "NAK"];
const CRC_BYTES = 2;
/** Bytes of a checksum that would mean something on the line (LF, CR, opening bracket) are sent one higher. */
const RESERVED: readonly number[] = [LF, CR, 0x28];

/** CRC-16/XMODEM as the Axpert inverters send it: high byte first, reserved bytes one higher. (networkupstools/nut, nutdrv_qx_voltronic-axpert.c) */
export function axpertCrc(bytes: Uint8Array): readonly [high: number, low: number] {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : (crc << 1) & 0xffff;
  }
  const spoken = (byte: number): number => (RESERVED.includes(byte) ? byte + 1 : byte);
  return [spoken(crc >> 8), spoken(crc & 0xff)];
}

/** Command, carriage return; answer, carriage return. No address, and but for the Axpert family no checksum: the shape is the check. */
export class MegatecFraming implements Framing<TextQuery, TextAnswer> {
  readonly broken = false;
  readonly #crc: boolean;
  readonly #line = Buffer.alloc(LINE_BYTES_MAX);
  #length = 0;
  #query: TextQuery | null = null;

  constructor(crc: boolean) {
    this.#crc = crc;
  }

  begin(query: TextQuery): Uint8Array {
    this.#query = query;
    this.#length = 0;
    return megatecLine(query.ask, this.#crc);
  }

  take(chunk: Uint8Array): TextAnswer | Lost | null {
    for (const byte of chunk) {
      if (this.#query === null) return null;
      if (byte === LF && this.#length === 0) continue;
      if (byte === CR) return this.#judge(this.#query);
      if (this.#length === LINE_BYTES_MAX) this.#line.copyWithin(0, 1);
      else this.#length += 1;
      this.#line[this.#length - 1] = byte;
    }
    return null;
  }

  verdict(): Verdict {
    const length = this.#length;
    this.#query = null;
    if (length === 0) return { reason: "timeout", what: "no answer" };
    return { reason: "short", what: `${length} signs without an end (check the speed)` };
  }

  reset(): void {
    this.#query = null;
    this.#length = 0;
  }

  #judge(query: TextQuery): TextAnswer | Lost {
    this.#query = null;
    const line = this.#line.subarray(0, this.#length);
    const start = query.shape.lead === "" ? 0 : Math.max(0, line.lastIndexOf(query.shape.lead));
    const body = this.#crc ? line.subarray(start, Math.max(start, line.length - CRC_BYTES)) : line.subarray(start);
    const text = body.toString("latin1").trimEnd();
    const whole = line.toString("latin1").trim();
    if (whole === query.ask || REFUSALS.some((word) => whole.endsWith(word) || text.endsWith(word)))
      return { outcome: "refused", what: "does not know this question" };
    if (this.#crc && !Buffer.from(axpertCrc(body)).equals(line.subarray(-CRC_BYTES)))
      return { outcome: "lost", reason: "garbled", what: "wrong checksum (check the cable)" };
    if (query.shape.fits(text)) return { outcome: "text", text };
    if (text.length < query.shape.length)
      return { outcome: "lost", reason: "short", what: `only ${text.length} of ${query.shape.length} signs` };
    return { outcome: "lost", reason: "garbled", what: "not the shape of this answer (another dialect, or a disturbed line)" };
  }
}

/** What goes over the line for a question, or an answer. */
export function megatecLine(text: string, crc: boolean): Buffer {
  const body = Buffer.from(text, "latin1");
  return Buffer.concat([body, Buffer.from(crc ? axpertCrc(body) : []), Buffer.from([CR])]);
}
