import { describe, expect, test } from "vitest";
import { Dlt645Framing } from "../../drivers/dlt645/frame.ts";
import type { Framing } from "../../drivers/line/exchange.ts";
import { MegatecFraming, megatecLine } from "../../drivers/megatec/frame.ts";
import { AsciiFraming } from "../../drivers/modbus/ascii.ts";
import { crc16, RtuFraming, TcpFraming } from "../../drivers/modbus/frame.ts";
import { OsdpFraming } from "../../drivers/osdp/frame.ts";
import { emptyReadings, QUALITY } from "../../drivers/reading.ts";
import { textReader } from "../../drivers/text/conversation.ts";
import { decodeText } from "../../drivers/text/decode.ts";
import { planText, type TextQuery } from "../../drivers/text/plan.ts";
import { shapeOf } from "../../drivers/text/shape.ts";
import { UpslinkFraming } from "../../drivers/upslink/frame.ts";
import { Yd1363Framing } from "../../drivers/yd1363/frame.ts";
import { times } from "../faults/counts.ts";
import { meterFrame } from "../peers/line/meter.ts";
import { osdpPacket, rawCardData, wiegand } from "../peers/line/osdp-reader.ts";
import { ydFrame } from "../peers/line/yd1363-unit.ts";
import { profileOf } from "./wire/reading.ts";

const FRAMES = times({ short: 10_000, full: 1_000_000 });

/** Chance that is the same on every machine. */
class Dice {
  #state = 20_260_920;

  below(limit: number): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((this.#state / 0x1_0000_0000) * limit);
  }
}

/** What can become of the bytes of a right answer on the way. */
const DAMAGES: readonly ((bytes: Buffer, dice: Dice) => Buffer)[] = [
  (bytes, dice) => bytes.subarray(0, dice.below(bytes.length)),
  (bytes, dice) => bytes.subarray(1 + dice.below(bytes.length - 1)),
  (bytes, dice) => {
    const at = dice.below(bytes.length);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]);
  },
  (bytes, dice) => {
    const at = dice.below(bytes.length);
    return Buffer.concat([bytes.subarray(0, at), Buffer.from([dice.below(256)]), bytes.subarray(at)]);
  },
  (bytes, dice) => {
    const flipped = Buffer.from(bytes);
    for (let flips = 1 + dice.below(4); flips > 0; flips -= 1) {
      const bit = dice.below(bytes.length * 8);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    }
    return flipped;
  },
  (bytes, dice) => Buffer.from(bytes.map((byte) => (dice.below(4) === 0 ? dice.below(256) : byte))),
  (bytes, dice) => Buffer.from(bytes.map(() => dice.below(256))),
  (bytes, dice) => Buffer.concat([bytes.subarray(0, dice.below(bytes.length)), bytes.subarray(0, dice.below(bytes.length))]),
];

interface Protocol {
  readonly ask: () => { take(chunk: Uint8Array): unknown; verdict(): unknown };
  readonly answer: Buffer;
  /** What the line must have carried for this to be taken: a whole frame, as made by somebody else than the driver. */
  readonly frames: (taken: unknown) => readonly Buffer[];
}

function conversation<Q, A>(framing: Framing<Q, A>, question: Q): Framing<Q, A> {
  framing.begin(question);
  return framing;
}

const Q1 = "(226.0 195.0 226.0 014 49.0 27.5 30.0 00001000";
const text = (ask: string, shape: string): TextQuery => ({
  ask,
  where: ask,
  shape: shapeOf(shape),
  bits: false,
  optional: false,
  columns: [],
});
const STATUS = text("Q1", "(99999 99999 99999 999 9999 9999 9999 bbbbbbbb");
const rtu = Buffer.from([3, 4, 4, 0, 235, 1, 200, 0, 0]);
rtu.writeUInt16LE(crc16(rtu, 0, 7), 7);
const RTU_REQUEST = Buffer.from([3, 4, 0, 1, 0, 2, 0x21, 0xe9]);

const asciiLine = (body: Buffer): Buffer => {
  const sum = body.reduce((left, byte) => left - byte, 0) & 0xff;
  return Buffer.from(`:${body.toString("hex")}${sum.toString(16).padStart(2, "0")}\r\n`.toUpperCase(), "latin1");
};

const field = (taken: unknown, name: string): unknown =>
  typeof taken === "object" && taken !== null ? Reflect.get(taken, name) : undefined;
const bytesIn = (taken: unknown, name: string): Buffer => {
  const bytes = field(taken, name);
  return Buffer.isBuffer(bytes) ? bytes : Buffer.alloc(0);
};
const textIn = (taken: unknown): string => String(field(taken, "text"));

const PROTOCOLS: Readonly<Record<string, Protocol>> = {
  "YD/T 1363.3": {
    ask: () => conversation(new Yd1363Framing(), { version: 0x21, address: 1, cid1: 0x2a, code: 0x42, info: Buffer.alloc(0) }),
    answer: Buffer.from(ydFrame(0x21, 1, 0x2a, 0, Buffer.from("0059D80000000059D8", "hex")), "latin1"),
    // The version of an answer is the device's affair.
    frames: (taken) =>
      Array.from({ length: 256 }, (_, version) => Buffer.from(ydFrame(version, 1, 0x2a, 0, bytesIn(taken, "info")), "latin1")),
  },
  "DL/T 645": {
    ask: () => conversation(new Dlt645Framing(), { address: "000000000161", edition: "2007" as const, di: "02010100", bytes: 2 }),
    answer: meterFrame("000000000161", 0x91, Buffer.from([0, 1, 1, 2, 0x95, 0x22])),
    frames: (taken) =>
      [0x91, 0xb1].map((control) =>
        meterFrame("000000000161", control, Buffer.concat([Buffer.from([0, 1, 1, 2]), bytesIn(taken, "values")]), 0),
      ),
  },
  "Axpert (CRC)": {
    ask: () => conversation(new MegatecFraming(true), STATUS),
    answer: megatecLine(Q1, true),
    frames: (taken) => [megatecLine(textIn(taken), true)],
  },
  "Q1 (no checksum)": {
    ask: () => conversation(new MegatecFraming(false), STATUS),
    answer: megatecLine(Q1, false),
    frames: (taken) => (/^\([-+0-9. ]{36} [01]{8}$/.test(textIn(taken)) ? [Buffer.from(`${textIn(taken)}\r`, "latin1")] : []),
  },
  "UPS-Link (no checksum)": {
    ask: () => conversation(new UpslinkFraming(() => {}), text("L", "99999")),
    answer: Buffer.from("229.5\r\n", "latin1"),
    frames: (taken) => (/^[-+0-9. ]{5}$/.test(textIn(taken)) ? [Buffer.from(textIn(taken).charAt(0), "latin1")] : []),
  },
  OSDP: {
    ask: () => conversation(new OsdpFraming(), { address: 5, sequence: 2, check: "crc16" as const, command: "poll" as const }),
    answer: osdpPacket(5, 2, 0x50, rawCardData(wiegand(26, 12_345_678))),
    frames: (taken) => [osdpPacket(5, 2, Number(field(taken, "code")), [...bytesIn(taken, "data")])],
  },
  "Modbus RTU": {
    ask: () => conversation(new RtuFraming(), RTU_REQUEST),
    answer: rtu,
    frames: (taken) => (Buffer.isBuffer(taken) ? [taken] : []),
  },
  "Modbus ASCII": {
    ask: () => conversation(new AsciiFraming(), RTU_REQUEST),
    answer: asciiLine(rtu.subarray(0, -2)),
    frames: (taken) => (Buffer.isBuffer(taken) ? [asciiLine(taken.subarray(0, -2))] : []),
  },
  "Modbus TCP": {
    ask: () => conversation(new TcpFraming(), RTU_REQUEST),
    answer: Buffer.concat([Buffer.from([0, 1, 0, 0, 0, 7]), rtu.subarray(0, 7)]),
    frames: (taken) => (Buffer.isBuffer(taken) ? [taken.subarray(0, -2)] : []),
  },
};

/** Takes damaged answers in portions, as a line brings them. @returns what was taken although the line did not carry it. */
function lies({ ask, answer, frames }: Protocol): readonly string[] {
  const dice = new Dice();
  const found: string[] = [];
  for (let frame = 0; frame < FRAMES; frame += 1) {
    const damage = DAMAGES[frame % DAMAGES.length] as (typeof DAMAGES)[number];
    const bytes = damage(answer, dice);
    const framing = ask();
    const cut = dice.below(bytes.length + 1);
    const taken = framing.take(bytes.subarray(0, cut)) ?? framing.take(bytes.subarray(cut));
    framing.verdict();
    const says = Buffer.isBuffer(taken) || ["info", "values", "text", "reply"].includes(String(field(taken, "outcome")));
    if (says && !frames(taken).some((whole) => bytes.includes(whole))) found.push(bytes.toString("hex"));
  }
  return found;
}

describe("damaged answers crash nothing, and nothing is taken that the line did not carry as a whole and right frame", () => {
  test.each(Object.entries(PROTOCOLS))(
    "%s",
    (_, protocol) => {
      const { ask, answer } = protocol;
      expect(["info", "values", "text", "reply", undefined]).toContain(field(ask().take(answer), "outcome"));
      expect(lies(protocol)).toEqual([]);
    },
    900_000,
  );
});

describe("what still looks right but was not said, on a line without checksum", () => {
  const plan = planText(profileOf("ups/megatec-q1", "megatec"));
  const status = plan.queries[0];
  if (status === undefined) throw new Error("no question");

  test("never shows a state that the UPS is not in, nor a number that jumped, while every second answer is right", async () => {
    const dice = new Dice();
    let turn = 0;
    const reader = textReader({ ...plan, queries: [status] }, false, { monotonicMs: () => 0 }, async () => {
      turn += 1;
      const signs = [...Q1];
      for (let damage = turn % 2 === 0 ? 0 : 1 + dice.below(2); damage > 0; damage -= 1) {
        const at = dice.below(signs.length);
        if (signs[at] !== " ") signs[at] = String.fromCharCode(Q1.charCodeAt(at) ^ (1 << dice.below(4)));
      }
      const answer = signs.join("");
      return status.shape.fits(answer) ? { outcome: "text", text: answer } : { outcome: "lost", reason: "garbled", what: "shape" };
    });
    const into = emptyReadings(plan.pointNames.length);
    decodeText(status, Q1, into);
    const right = { values: into.values.slice(), qualities: into.qualities.slice() };
    let believed = 0;
    for (let round = 0; round < FRAMES / 10; round += 1) {
      const { answered } = await reader.read(into);
      believed += answered ? 1 : 0;
      for (const { column, kind } of status.columns) {
        if (into.qualities[column] !== QUALITY.good) continue;
        const [value, truth] = [into.values[column] ?? Number.NaN, right.values[column] ?? Number.NaN];
        if (kind === "state") expect(value).toBe(truth);
        else expect(Math.abs(value - truth)).toBeLessThanOrEqual(Math.max(2, 0.25 * truth));
      }
    }
    expect(believed).toBeGreaterThan(FRAMES / 40);
  }, 900_000);
});
