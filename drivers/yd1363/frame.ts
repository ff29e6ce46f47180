import type { Framing, Lost, Verdict } from "../line/exchange.ts";

/** A frame of YD/T 1363.3. In an answer `code` is RTN, in a request CID2. */
export interface Frame {
  readonly version: number;
  readonly address: number;
  readonly cid1: number;
  readonly code: number;
  readonly info: Buffer;
}

export type ParsedFrame = { readonly frame: Frame } | { readonly fault: "format" | "LCHKSUM" | "LENGTH" | "CHKSUM" };

/** INFO as bytes, or what the device says instead. */
export type Yd1363Answer = { readonly outcome: "info"; readonly info: Buffer } | { readonly outcome: "refused"; readonly what: string };

const SOI = 0x7e;
const EOI = 0x0d;
/** VER, ADR, CID1, CID2 and LENGTH in front of INFO, CHKSUM behind it. */
const HEAD_CHARACTERS = 12;
const CHKSUM_CHARACTERS = 4;
const INFO_CHARACTERS_MAX = 0xfff;
const FRAME_CHARACTERS_MAX = HEAD_CHARACTERS + INFO_CHARACTERS_MAX + CHKSUM_CHARACTERS;
export const FRAME_OVERHEAD_BYTES = HEAD_CHARACTERS + CHKSUM_CHARACTERS + 2;

/** Four bits that make the nibbles of a length up to 16. (YD/T 1363.3, LCHKSUM) */
function lchksum(lenId: number): number {
  return -((lenId >> 8) + ((lenId >> 4) & 0xf) + (lenId & 0xf)) & 0xf;
}

/** Two's complement of the sum of the characters. (YD/T 1363.3, CHKSUM) */
function chksum(text: string): number {
  let sum = 0;
  for (let at = 0; at < text.length; at += 1) sum += text.charCodeAt(at);
  return -sum & 0xffff;
}

const hex = (value: number, digits: number): string => value.toString(16).toUpperCase().padStart(digits, "0");

/** A frame as it goes over the line, from `~` to the carriage return. */
export function encodeFrame({ version, address, cid1, code, info }: Frame): Buffer {
  const characters = info.length * 2;
  if (characters > INFO_CHARACTERS_MAX) throw new RangeError(`INFO of ${info.length} bytes is longer than a frame can say`);
  const head = [version, address, cid1, code].map((value) => hex(value, 2)).join("");
  const text = `${head}${hex((lchksum(characters) << 12) | characters, 4)}${info.toString("hex").toUpperCase()}`;
  return Buffer.from(`~${text}${hex(chksum(text), 4)}\r`, "latin1");
}

/** What stands between `~` and the carriage return. Only capital digits: the standard knows no others, and a flipped bit can make small ones. */
export function parseFrame(text: string): ParsedFrame {
  if (text.length < HEAD_CHARACTERS + CHKSUM_CHARACTERS || !/^[0-9A-F]*$/.test(text)) return { fault: "format" };
  const length = Number.parseInt(text.slice(8, 12), 16);
  const lenId = length & 0xfff;
  if (length >> 12 !== lchksum(lenId)) return { fault: "LCHKSUM" };
  const end = HEAD_CHARACTERS + lenId;
  if (text.length !== end + CHKSUM_CHARACTERS || lenId % 2 !== 0) return { fault: "LENGTH" };
  if (Number.parseInt(text.slice(end), 16) !== chksum(text.slice(0, end))) return { fault: "CHKSUM" };
  const [version = 0, address = 0, cid1 = 0, code = 0] = Buffer.from(text.slice(0, 8), "hex");
  return { frame: { version, address, cid1, code, info: Buffer.from(text.slice(HEAD_CHARACTERS, end), "hex") } };
}

const RETURN_CODES: Readonly<Record<number, string>> = {
  1: "it speaks another version (VER) of the protocol",
  2: "the request reached it damaged (CHKSUM)",
  3: "the request reached it damaged (LCHKSUM)",
  4: "it does not know this command (CID2)",
  5: "it takes the request for malformed",
  6: "it has no such data (INFO)",
  224: "no permission",
  225: "the operation failed",
};

/** One question at a time; an answer is known by its address and class, for it does not repeat what was asked. */
export class Yd1363Framing implements Framing<Frame, Yd1363Answer> {
  readonly broken = false;
  readonly #text = Buffer.alloc(FRAME_CHARACTERS_MAX);
  #length = 0;
  #inside = false;
  #noise = 0;
  #asked: Frame | null = null;
  #sent = "";
  #foreign = "";

  begin(asked: Frame): Uint8Array {
    this.reset();
    this.#asked = asked;
    const bytes = encodeFrame(asked);
    this.#sent = bytes.toString("latin1", 1, bytes.length - 1);
    return bytes;
  }

  take(chunk: Uint8Array): Yd1363Answer | Lost | null {
    for (const byte of chunk) {
      if (this.#asked === null) return null;
      const answer = this.#takeByte(this.#asked, byte);
      if (answer === null) continue;
      this.#asked = null;
      return answer;
    }
    return null;
  }

  verdict(): Verdict {
    this.#asked = null;
    if (this.#foreign !== "") return { reason: "foreign", what: this.#foreign };
    if (this.#inside) return { reason: "short", what: `only ${this.#length} signs of a frame` };
    if (this.#noise > 0) return { reason: "garbled", what: `${this.#noise} bytes that are no frame (check wiring, termination and speed)` };
    return { reason: "timeout", what: "no answer" };
  }

  reset(): void {
    this.#asked = null;
    this.#length = 0;
    this.#inside = false;
    this.#noise = 0;
    this.#foreign = "";
  }

  #takeByte(asked: Frame, byte: number): Yd1363Answer | Lost | null {
    if (byte === SOI) {
      this.#inside = true;
      this.#length = 0;
      return null;
    }
    if (!this.#inside) {
      this.#noise += 1;
      return null;
    }
    if (byte === EOI) {
      this.#inside = false;
      return this.#judge(asked, this.#text.toString("latin1", 0, this.#length));
    }
    if (this.#length === FRAME_CHARACTERS_MAX) return { outcome: "lost", reason: "garbled", what: "a frame without an end" };
    this.#text[this.#length] = byte;
    this.#length += 1;
    return null;
  }

  #judge(asked: Frame, text: string): Yd1363Answer | Lost | null {
    // Some two-wire converters hear themselves.
    if (text === this.#sent) return null;
    const parsed = parseFrame(text);
    if ("fault" in parsed) return { outcome: "lost", reason: "garbled", what: `wrong ${parsed.fault} (check wiring and termination)` };
    const { address, cid1, code, info } = parsed.frame;
    if (address !== asked.address || cid1 !== asked.cid1) {
      this.#foreign = `answer of address ${address}, class ${hex(cid1, 2)}`;
      return null;
    }
    if (code === 0) return { outcome: "info", info };
    return { outcome: "refused", what: `RTN ${hex(code, 2)} (${RETURN_CODES[code] ?? "the maker's own code"})` };
  }
}
