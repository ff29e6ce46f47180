import type { Talker } from "./talker.ts";

const START = 0x53;
const REPLY = { ack: 0x40, nak: 0x41, id: 0x45, capabilities: 0x46, local: 0x48, inputs: 0x49, raw: 0x50, busy: 0x79 } as const;
const ASKED = { poll: 0x60, id: 0x61, capabilities: 0x62, local: 0x64, inputs: 0x65 } as const;
const NAK = { unknown: 3, sequence: 4, secureOnly: 6 } as const;
const OFFLINE_MS = 8_000;

/** CRC as a division of the bits, made here a second time so that the driver is not its own judge. */
function remainder(bytes: Uint8Array): number {
  let rest = 0x1d0f;
  for (const byte of bytes)
    for (let bit = 7; bit >= 0; bit -= 1) {
      const carry = (rest >> 15) ^ ((byte >> bit) & 1);
      rest = ((rest << 1) ^ (carry === 1 ? 0x1021 : 0)) & 0xffff;
    }
  return rest;
}

/** A packet of a reader, or with `to` one to it. */
export function osdpPacket(
  address: number,
  sequence: number,
  code: number,
  data: readonly number[] = [],
  check = "crc16",
  to = false,
): Buffer {
  const length = 6 + data.length + (check === "crc16" ? 2 : 1);
  const body = [START, to ? address : address + 0x80, length % 256, length >> 8, sequence + (check === "crc16" ? 4 : 0), code, ...data];
  const crc = remainder(Buffer.from(body));
  const sum = body.reduce((total, byte) => total + byte, 0);
  return Buffer.from([...body, ...(check === "crc16" ? [crc % 256, crc >> 8] : [(256 - (sum % 256)) % 256])]);
}

/** Bits of a Wiegand card of 26 or 34 bits: parity, facility and number, parity. */
export function wiegand(bits: 26 | 34, value: number): string {
  const data = value.toString(2).padStart(bits - 2, "0");
  const ones = (text: string): number => [...text].filter((bit) => bit === "1").length;
  const half = (bits - 2) / 2;
  return `${ones(data.slice(0, half)) % 2}${data}${(ones(data.slice(half)) + 1) % 2}`;
}

/** The data of a raw card: reader, format, count of bits, bits from the left. */
export function rawCardData(bits: string, format = 0): number[] {
  const padded = bits.padEnd(Math.ceil(bits.length / 8) * 8, "0");
  const bytes = [...padded.matchAll(/[01]{8}/g)].map(([byte]) => Number.parseInt(byte, 2));
  return [0, format, bits.length % 256, bits.length >> 8, ...bytes];
}

/**
 * A reader with a memory of what it has to tell. It keeps its last answer and repeats it when a command comes again under the same number;
 * left alone for eight seconds it goes offline, forgets all that, and does not see cards until somebody begins anew.
 */
export class SimulatedReader {
  readonly address: number;
  tamper = 0;
  power = 0;
  inputs: number[] = [1, 0];
  /** What it does instead of carrying out commands. */
  mood: "willing" | "busy" | "secureOnly" = "willing";
  /** Older readers take a repeated number for a wrong one. */
  repeats = true;
  readonly unknown = new Set<number>();
  /** Events that nobody will ever hear of. */
  forgotten = 0;
  /** Codes of the commands that it carried out. */
  readonly carriedOut: number[] = [];
  readonly #now: () => number;
  readonly #check: string;
  readonly #events: { readonly code: number; readonly data: readonly number[] }[] = [];
  #sequence: number | null = null;
  #held: { readonly bytes: Buffer; readonly isEvent: boolean } | null = null;
  #heardMs = Number.NEGATIVE_INFINITY;

  constructor(address: number, now: () => number, check = "crc16") {
    this.address = address;
    this.#now = now;
    this.#check = check;
  }

  /** Somebody holds a card to it. */
  card(bits: string): void {
    this.tell(REPLY.raw, rawCardData(bits));
  }

  tell(code: number, data: readonly number[]): void {
    this.#growOld();
    if (this.#sequence === null) this.forgotten += 1;
    else this.#events.push({ code, data });
  }

  /** Switched off and on. */
  restart(): void {
    this.#forget();
  }

  hear(sequence: number, code: number): Buffer {
    this.#growOld();
    this.#heardMs = this.#now();
    const isNext = this.#sequence !== null && sequence === (this.#sequence % 3) + 1;
    if (sequence === 0) {
      // Whoever begins anew never heard the last answer.
      if (this.#held?.isEvent === true) this.forgotten += 1;
      this.#held = null;
    } else if (sequence === this.#sequence && this.repeats && this.#held !== null) return this.#held.bytes;
    else if (!isNext) return this.#packet(sequence, REPLY.nak, [NAK.sequence]);
    if (this.mood === "busy") return this.#packet(0, REPLY.busy);
    this.#sequence = sequence;
    this.carriedOut.push(code);
    const event = code === ASKED.poll && this.mood === "willing" ? this.#events.shift() : undefined;
    const bytes = event === undefined ? this.#answer(sequence, code) : this.#packet(sequence, event.code, event.data);
    this.#held = { bytes, isEvent: event !== undefined };
    return bytes;
  }

  #answer(sequence: number, code: number): Buffer {
    const say = (reply: number, data: readonly number[] = []): Buffer => this.#packet(sequence, reply, data);
    if (this.mood === "secureOnly" && code !== ASKED.id && code !== ASKED.capabilities) return say(REPLY.nak, [NAK.secureOnly]);
    if (this.unknown.has(code)) return say(REPLY.nak, [NAK.unknown]);
    switch (code) {
      case ASKED.poll:
        return say(REPLY.ack);
      case ASKED.id:
        return say(REPLY.id, [0xa1, 0xa2, 0xa3, 0xb1, 0xc1, 0xd1, 0xd2, 0xd3, 0xd4, 1, 2, 3]);
      case ASKED.capabilities:
        return say(REPLY.capabilities, [1, 1, this.inputs.length, 3, 1, 1, 8, 1, 0]);
      case ASKED.local:
        return say(REPLY.local, [this.tamper, this.power]);
      case ASKED.inputs:
        return say(REPLY.inputs, this.inputs);
      default:
        return say(REPLY.nak, [NAK.unknown]);
    }
  }

  #packet(sequence: number, code: number, data: readonly number[] = []): Buffer {
    return osdpPacket(this.address, sequence, code, data, this.#check);
  }

  #growOld(): void {
    if (this.#sequence !== null && this.#now() - this.#heardMs >= OFFLINE_MS) this.#forget();
  }

  #forget(): void {
    this.forgotten += this.#events.splice(0).length + (this.#held?.isEvent === true ? 1 : 0);
    this.#held = null;
    this.#sequence = null;
  }
}

/** Readers on one pair. What is damaged, or for nobody here, is not answered. */
export function osdpTalker(readers: readonly SimulatedReader[], turnaroundMs = 4, check = "crc16"): Talker {
  let pending: Buffer = Buffer.alloc(0);
  return (heard) => {
    pending = Buffer.concat([pending, heard]).subarray(-1_024);
    for (let at = pending.indexOf(START); at >= 0; at = pending.indexOf(START, at + 1)) {
      const length = at + 4 <= pending.length ? pending.readUInt16LE(at + 2) : Number.POSITIVE_INFINITY;
      const [, address = 0, , , control = 0, code = 0] = pending.subarray(at);
      const frame = pending.subarray(at, at + length);
      if (frame.length < length || length < 7) continue;
      const data = [...frame.subarray(6, check === "crc16" ? -2 : -1)];
      if (!osdpPacket(address, control % 4, code, data, check, true).equals(frame)) continue;
      pending = Buffer.from(pending.subarray(at + length));
      const reader = readers.find((one) => one.address === address);
      return reader === undefined ? [] : [{ bytes: reader.hear(control % 4, code), afterMs: turnaroundMs }];
    }
    return [];
  };
}
