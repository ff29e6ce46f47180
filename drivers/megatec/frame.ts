import type { Framing, Lost, Verdict } from "../line/exchange.ts";
import type { TextAnswer } from "../text/conversation.ts";
import { judgeLine, TextLine } from "../text/line.ts";
import type { TextQuery } from "../text/plan.ts";

const CR = 0x0d;
const LF = 0x0a;
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
  readonly #line = new TextLine();
  #query: TextQuery | null = null;

  constructor(crc: boolean) {
    this.#crc = crc;
  }

  begin(query: TextQuery): Uint8Array {
    this.#query = query;
    this.#line.clear();
    return megatecLine(query.ask, this.#crc);
  }

  take(chunk: Uint8Array): TextAnswer | Lost | null {
    for (const byte of chunk) {
      if (this.#query === null) return null;
      if (byte === LF && this.#line.isEmpty) continue;
      if (byte === CR) return this.#judge(this.#query);
      this.#line.add(byte);
    }
    return null;
  }

  verdict(): Verdict {
    this.#query = null;
    return this.#line.verdict();
  }

  reset(): void {
    this.#query = null;
    this.#line.clear();
  }

  #judge(query: TextQuery): TextAnswer | Lost {
    this.#query = null;
    const line = this.#line.bytes;
    const start = query.shape.lead === "" ? 0 : Math.max(0, line.lastIndexOf(query.shape.lead));
    const body = this.#crc ? line.subarray(start, Math.max(start, line.length - CRC_BYTES)) : line.subarray(start);
    const text = body.toString("latin1");
    const whole = line.toString("latin1").trim();
    if (whole === query.ask || REFUSALS.some((word) => whole.endsWith(word) || text.endsWith(word)))
      return { outcome: "refused", what: "does not know this question" };
    if (this.#crc && !Buffer.from(axpertCrc(body)).equals(line.subarray(-CRC_BYTES)))
      return { outcome: "lost", reason: "garbled", what: "wrong checksum (check the cable)" };
    return judgeLine(text, query.shape);
  }
}

/** What goes over the line for a question, or an answer. */
export function megatecLine(text: string, crc: boolean): Buffer {
  const body = Buffer.from(text, "latin1");
  return Buffer.concat([body, Buffer.from(crc ? axpertCrc(body) : []), Buffer.from([CR])]);
}
