import type { Framing, Lost, Verdict } from "../line/exchange.ts";
import { HeardBytes } from "../line/heard.ts";

/** What this driver asks a reader. Nothing else can be sent: no output is switched, no setting changed. (OSDP 2.2, annex A.1) */
export const COMMANDS = { poll: 0x60, id: 0x61, capabilities: 0x62, localStatus: 0x64, inputStatus: 0x65 } as const;
export type Command = keyof typeof COMMANDS;

/** What a reader answers, as far as it is used. (OSDP 2.2, annex A.2) */
export const REPLIES = {
  ack: 0x40,
  nak: 0x41,
  id: 0x45,
  capabilities: 0x46,
  localStatus: 0x48,
  inputStatus: 0x49,
  rawCard: 0x50,
  formattedCard: 0x51,
  keypad: 0x53,
  busy: 0x79,
} as const;

/** Reasons of a NAK that a driver must know apart. (OSDP 2.2, table of NAK error codes) */
export const NAK = { badCheck: 1, badLength: 2, unknownCommand: 3, sequence: 4, securityBlock: 5, secureOnly: 6 } as const;

export const CHECKS = ["crc16", "sum8"] as const;
export type Check = (typeof CHECKS)[number];

export interface Packet {
  /** 0–126. */
  readonly address: number;
  /** From a reader, not to one. */
  readonly isReply: boolean;
  readonly sequence: number;
  readonly check: Check;
  /** It has a block of the secure channel. */
  readonly isSecured: boolean;
  readonly code: number;
  readonly data: Buffer;
}

/** A command to one reader. Asked again with the same sequence number, it is the same command. */
export interface OsdpQuestion {
  readonly address: number;
  readonly sequence: number;
  readonly check: Check;
  readonly command: Command;
}

export interface OsdpReply {
  readonly outcome: "reply";
  readonly code: number;
  readonly data: Buffer;
}

const MARK = 0xff;
const START = 0x53;
const REPLY_BIT = 0x80;
const SEQUENCE_BITS = 0x03;
const CRC_BIT = 0x04;
const SECURED_BIT = 0x08;
/** Start, address, two of length, control. */
const HEAD_BYTES = 5;
const CODE_BYTES = 1;
const CHECK_BYTES = { crc16: 2, sum8: 1 } as const satisfies Record<Check, number>;
/** The longest packet that the standard knows. */
const PACKET_BYTES_MAX = 1_440;
const BUFFER_BYTES = 2_048;
export const COMMAND_BYTES_MAX = 1 + HEAD_BYTES + CODE_BYTES + 1 + CHECK_BYTES.crc16;
const CRC_START = 0x1d0f;
const CRC_POLYNOMIAL = 0x1021;

/** ID and CAP ask for a kind of report, of which there is one: 0. */
const COMMAND_DATA: Readonly<Partial<Record<Command, Buffer>>> = { id: Buffer.from([0]), capabilities: Buffer.from([0]) };

/** CRC-16 of polynomial 1021H, begun with 1D0FH, highest bit first. */
export function crc16(bytes: Uint8Array): number {
  let crc = CRC_START;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 0x8000 ? ((crc << 1) ^ CRC_POLYNOMIAL) & 0xffff : (crc << 1) & 0xffff;
  }
  return crc;
}

/** What brings the sum of all bytes to zero. */
function sum8(bytes: Uint8Array): number {
  let sum = 0;
  for (const byte of bytes) sum = (sum + byte) & 0xff;
  return (0x100 - sum) & 0xff;
}

function checkBytes(check: Check, bytes: Uint8Array): Buffer {
  if (check === "sum8") return Buffer.from([sum8(bytes)]);
  const crc = crc16(bytes);
  return Buffer.from([crc & 0xff, crc >> 8]);
}

/** A packet without a secure channel, as it goes over the line. */
export function encodePacket({ address, isReply, sequence, check, code, data }: Omit<Packet, "isSecured">): Buffer {
  const length = HEAD_BYTES + CODE_BYTES + data.length + CHECK_BYTES[check];
  if (length > PACKET_BYTES_MAX) throw new RangeError(`${length} bytes; a packet has ${PACKET_BYTES_MAX} at most`);
  const to = address | (isReply ? REPLY_BIT : 0);
  const control = (sequence & SEQUENCE_BITS) | (check === "crc16" ? CRC_BIT : 0);
  const body = Buffer.from([START, to, length & 0xff, length >> 8, control, code, ...data]);
  return Buffer.concat([body, checkBytes(check, body)]);
}

/** How long the packet that begins at `at` is by its own words; 0 where none can begin, or while that cannot be known. */
function packetLength(bytes: Buffer, at: number): number {
  if (bytes[at] !== START || at + HEAD_BYTES > bytes.length) return 0;
  const length = bytes.readUInt16LE(at + 2);
  const control = bytes[at + 4] ?? 0;
  const least = HEAD_BYTES + CODE_BYTES + CHECK_BYTES[control & CRC_BIT ? "crc16" : "sum8"];
  return length < least || length > PACKET_BYTES_MAX ? 0 : length;
}

/** The packet that begins at `at`, when it is whole and its check is right. */
export function parsePacket(bytes: Buffer, at = 0): Packet | null {
  const length = packetLength(bytes, at);
  if (length === 0 || at + length > bytes.length) return null;
  const whole = bytes.subarray(at, at + length);
  const [, to = 0, , , control = 0] = whole;
  const check: Check = control & CRC_BIT ? "crc16" : "sum8";
  const body = whole.subarray(0, length - CHECK_BYTES[check]);
  if (!whole.subarray(body.length).equals(checkBytes(check, body))) return null;
  const isSecured = (control & SECURED_BIT) !== 0;
  const from = HEAD_BYTES + (isSecured ? (body[HEAD_BYTES] ?? 0) : 0);
  return {
    address: to & ~REPLY_BIT,
    isReply: (to & REPLY_BIT) !== 0,
    sequence: control & SEQUENCE_BITS,
    check,
    isSecured,
    code: body[from] ?? 0,
    data: Buffer.from(body.subarray(from + CODE_BYTES)),
  };
}

/**
 * Packets begin with a start byte and say their length. An answer is known by its address and by the sequence number of its command; a
 * reader that is busy, or did not take a command, has no sequence number to answer with.
 */
export class OsdpFraming implements Framing<OsdpQuestion, OsdpReply> {
  readonly broken = false;
  readonly #heard = new HeardBytes(BUFFER_BYTES);
  #asked: OsdpQuestion | null = null;
  #foreign = "";

  begin(asked: OsdpQuestion): Uint8Array {
    this.reset();
    this.#asked = asked;
    const { command, ...to } = asked;
    const packet = encodePacket({ ...to, isReply: false, code: COMMANDS[command], data: COMMAND_DATA[command] ?? Buffer.alloc(0) });
    return Buffer.concat([Buffer.from([MARK]), packet]);
  }

  take(chunk: Uint8Array): OsdpReply | Lost | null {
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
    const first = heard.findIndex((byte) => byte !== MARK);
    if (first < 0) return { reason: "timeout", what: "no answer" };
    return heard[first] === START
      ? { reason: "short", what: `only ${heard.length - first} bytes of a packet` }
      : { reason: "garbled", what: `${heard.length} bytes that are no packet (check wiring and speed)` };
  }

  reset(): void {
    this.#asked = null;
    this.#heard.clear();
    this.#foreign = "";
  }

  /** The answer, wherever it begins: noise and an echo of the command may stand in front of it. */
  #find(asked: OsdpQuestion): OsdpReply | Lost | null {
    const { bytes } = this.#heard;
    const from = asked.address | REPLY_BIT;
    let bad: Lost | null = null;
    let at = 0;
    while (at < bytes.length) {
      const length = packetLength(bytes, at);
      const packet = parsePacket(bytes, at);
      if (packet !== null) {
        const answer = this.#judge(asked, packet);
        if (answer !== null) return answer;
        at += length;
        continue;
      }
      if (length > 0 && at + length <= bytes.length && bytes[at + 1] === from)
        bad = { outcome: "lost", reason: "garbled", what: "wrong checksum (check wiring)" };
      at += 1;
    }
    return bad;
  }

  /** Null for what is not the answer: our own command that a converter hears, another reader, or the answer to a command before. */
  #judge(asked: OsdpQuestion, { address, isReply, sequence, check, isSecured, code, data }: Packet): OsdpReply | null {
    if (!isReply) return null;
    if (address !== asked.address) this.#foreign = `answer of reader ${address}`;
    else if (isSecured) this.#foreign = "answer of a secure channel, which was not asked for";
    else if (check !== asked.check) this.#foreign = `answer with ${check} to a question with ${asked.check} (see check of the profile)`;
    else if (sequence === asked.sequence || isOutOfTurn(code, data)) return { outcome: "reply", code, data };
    else this.#foreign = `answer number ${sequence}, asked was ${asked.sequence}`;
    return null;
  }
}

function isOutOfTurn(code: number, data: Buffer): boolean {
  return code === REPLIES.busy || (code === REPLIES.nak && (data[0] === NAK.badCheck || data[0] === NAK.sequence));
}
