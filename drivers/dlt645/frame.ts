import type { Framing, Lost, Verdict } from "../line/exchange.ts";
import { HeardBytes } from "../line/heard.ts";
import type { Edition } from "./profile.ts";

/** A request for one data identifier of one meter. */
export interface DataRequest {
  /** Twelve digits as on the meter's label, or with `A` for any. */
  readonly address: string;
  readonly edition: Edition;
  /** As printed, highest byte first. */
  readonly di: string;
  /** Bytes of data that belong to it; null for a block, of which a meter may know more or less. */
  readonly bytes: number | null;
}

/** A frame; `data` without the 33H that is added to each byte on the line. */
export interface MeterFrame {
  readonly address: string;
  readonly control: number;
  readonly data: Buffer;
}

/** What follows the data identifier, in the order of the line (lowest byte first), or what the meter says instead. */
export type MeterAnswer = { readonly outcome: "values"; readonly values: Buffer } | { readonly outcome: "refused"; readonly what: string };

const START = 0x68;
const END = 0x16;
const WAKE = 0xfe;
const WAKE_BYTES = 4;
const ADDED = 0x33;
const ADDRESS_BYTES = 6;
/** Two starts, address, control and length. */
const HEAD_BYTES = 10;
const TAIL_BYTES = 2;
const DATA_BYTES_MAX = 200;
export const FRAME_OVERHEAD_BYTES = WAKE_BYTES + HEAD_BYTES + TAIL_BYTES;
/** A whole frame with what noise and an echo of the request may put in front of it. */
const BUFFER_BYTES = 512;

const READ = { "2007": 0x11, "1997": 0x01 } as const satisfies Record<Edition, number>;
/** In an answer the control code says from whom it comes, whether the meter refuses, and whether there is more than fits. */
const FROM_METER = 0x80;
const REFUSED = 0x40;
const MORE = 0x20;

/** Bits of the error byte. (DL/T 645-2007, table of error information word) */
const ERRORS = [
  "another error",
  "it has no such data",
  "password or permission",
  "baud rate",
  "time zones",
  "time slots",
  "tariffs",
] as const;

function checksum(bytes: Uint8Array): number {
  let sum = 0;
  for (const byte of bytes) sum = (sum + byte) & 0xff;
  return sum;
}

/** A frame as it goes over the line, without the bytes that wake the receiver. */
export function encodeMeterFrame({ address, control, data }: MeterFrame): Buffer {
  if (data.length > DATA_BYTES_MAX) throw new RangeError(`${data.length} bytes of data; a frame has ${DATA_BYTES_MAX} at most`);
  const body = Buffer.concat([
    Buffer.from([START]),
    Buffer.from(address, "hex").reverse(),
    Buffer.from([START, control, data.length]),
    data.map((byte) => (byte + ADDED) & 0xff),
  ]);
  return Buffer.concat([body, Buffer.from([checksum(body), END])]);
}

/** Where a frame that begins at `at` ends by its own words; 0 where none can begin, or while that cannot be known. */
function frameEnd(bytes: Buffer, at: number): number {
  if (bytes[at] !== START || bytes[at + 7] !== START) return 0;
  const length = bytes[at + 9];
  return length === undefined || length > DATA_BYTES_MAX ? 0 : at + HEAD_BYTES + length + TAIL_BYTES;
}

/** The frame that begins at `at`, when it is whole and its checksum is right. */
export function parseMeterFrame(bytes: Buffer, at = 0): MeterFrame | null {
  const end = frameEnd(bytes, at);
  if (end === 0 || end > bytes.length || bytes[end - 1] !== END) return null;
  if (checksum(bytes.subarray(at, end - TAIL_BYTES)) !== bytes[end - TAIL_BYTES]) return null;
  const address = Buffer.from(bytes.subarray(at + 1, at + 1 + ADDRESS_BYTES))
    .reverse()
    .toString("hex")
    .toUpperCase();
  const data = Buffer.from(bytes.subarray(at + HEAD_BYTES, end - TAIL_BYTES).map((byte) => (byte - ADDED) & 0xff));
  return { address, control: bytes[at + 8] ?? 0, data };
}

/** Request and answer between two starts and an end; an answer repeats address and data identifier, so that it is known by them. */
export class Dlt645Framing implements Framing<DataRequest, MeterAnswer> {
  readonly broken = false;
  readonly #heard = new HeardBytes(BUFFER_BYTES);
  #asked: DataRequest | null = null;
  #foreign = "";

  begin(asked: DataRequest): Uint8Array {
    this.reset();
    this.#asked = asked;
    const frame = encodeMeterFrame({ address: asked.address, control: READ[asked.edition], data: identifier(asked.di) });
    return Buffer.concat([Buffer.alloc(WAKE_BYTES, WAKE), frame]);
  }

  take(chunk: Uint8Array): MeterAnswer | Lost | null {
    if (this.#asked === null) return null;
    this.#heard.add(chunk);
    const found = this.#find(this.#asked);
    if (found !== null) this.#asked = null;
    return found;
  }

  verdict(): Verdict {
    this.#asked = null;
    if (this.#foreign !== "") return { reason: "foreign", what: this.#foreign };
    const heard = this.#heard.bytes;
    const first = heard.findIndex((byte) => byte !== WAKE);
    if (first < 0) return { reason: "timeout", what: "no answer" };
    return heard[first] === START
      ? { reason: "short", what: `only ${heard.length - first} bytes of a frame` }
      : { reason: "garbled", what: `${heard.length} bytes that are no frame (check wiring, speed and even parity)` };
  }

  reset(): void {
    this.#asked = null;
    this.#heard.clear();
    this.#foreign = "";
  }

  /** The answer, wherever it begins: wake-up bytes, noise and an echo of the request may stand in front of it. */
  #find(asked: DataRequest): MeterAnswer | Lost | null {
    const { bytes } = this.#heard;
    let bad: Lost | null = null;
    for (let at = 0; at < bytes.length; at += 1) {
      const end = frameEnd(bytes, at);
      if (end === 0) continue;
      const frame = parseMeterFrame(bytes, at);
      if (frame !== null && (frame.control & FROM_METER) === 0) {
        // To a meter: our own request, heard by a converter that hears itself, or another master's. It is as if it had not been.
        this.#heard.remove(at, end);
        return this.#find(asked);
      }
      if (frame !== null) {
        const answer = this.#judge(asked, frame);
        if (answer !== null) return answer;
        at = end - 1;
      } else if (end <= bytes.length) bad = { outcome: "lost", reason: "garbled", what: "wrong checksum (check wiring and even parity)" };
      // More may still come that makes a right frame of it.
      else return null;
    }
    return bad;
  }

  #judge(asked: DataRequest, { address, control, data }: MeterFrame): MeterAnswer | Lost | null {
    if (!addressFits(asked.address, address) || (control & ~REFUSED & ~MORE) !== (READ[asked.edition] | FROM_METER)) {
      this.#foreign = `answer of meter ${address}, control ${control.toString(16).toUpperCase()}`;
      return null;
    }
    if (control & REFUSED) return { outcome: "refused", what: errorWords(data[0]) };
    const di = identifier(asked.di);
    if (!data.subarray(0, di.length).equals(di)) {
      this.#foreign = `answer to ${Buffer.from(data.subarray(0, di.length)).reverse().toString("hex").toUpperCase()}, asked was ${asked.di}`;
      return null;
    }
    const values = data.subarray(di.length);
    if (asked.bytes === null || values.length === asked.bytes) return { outcome: "values", values };
    return {
      outcome: "lost",
      reason: values.length < asked.bytes ? "short" : "garbled",
      what: `${values.length} data bytes instead of ${asked.bytes}`,
    };
  }
}

/** Lowest byte first, as on the line. */
function identifier(di: string): Buffer {
  return Buffer.from(di, "hex").reverse();
}

/** Whether the address of an answer may be that of whom was asked: `A` stands for any digit, and some meters repeat it. */
export function addressFits(asked: string, answered: string): boolean {
  return [...asked].every((digit, index) => digit === "A" || digit === answered.charAt(index));
}

function errorWords(error: number | undefined): string {
  const words = ERRORS.filter((_, bit) => (((error ?? 0) >> bit) & 1) === 1);
  return `error ${(error ?? 0).toString(16).padStart(2, "0").toUpperCase()}H (${words.join(", ") || "not said which"})`;
}
