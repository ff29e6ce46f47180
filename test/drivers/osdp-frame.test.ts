import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formattedCard, rawCard } from "../../drivers/osdp/card.ts";
import {
  CHECKS,
  crc16,
  encodePacket,
  OsdpFraming,
  type OsdpQuestion,
  type Packet,
  parsePacket,
  REPLIES,
} from "../../drivers/osdp/frame.ts";
import { told } from "../../drivers/osdp/reply.ts";
import { times } from "../faults/counts.ts";
import { osdpPacket, rawCardData, wiegand } from "../peers/line/osdp-reader.ts";
import { frameTable } from "./frames/table.ts";

const PUBLISHED = frameTable<"frame" | "direction" | "address" | "sequence" | "check" | "code" | "data" | "what">("osdp");
const bytesOf = (hex: string): Buffer => Buffer.from(hex.replaceAll(" ", ""), "hex");

describe("packets that were published", () => {
  test("are fifteen, of both checks and both directions", () => {
    expect(PUBLISHED).toHaveLength(15);
    expect(new Set(PUBLISHED.map(({ check, direction }) => `${check} ${direction}`)).size).toBe(4);
  });

  test.each(PUBLISHED.map((row) => [row.what, row] as const))("%s: is read, and written again as it was", (_, row) => {
    const bytes = bytesOf(row.frame);
    const packet = parsePacket(bytes);
    if (packet === null) throw new Error("not read");
    const isReply = row.direction === "reply";
    expect(packet).toEqual({
      ...{ address: Number(row.address), isReply, sequence: Number(row.sequence), check: row.check, isSecured: false },
      ...{ code: Number.parseInt(row.code, 16), data: bytesOf(row.data) },
    });
    expect(encodePacket(packet)).toEqual(bytes);
    expect(osdpPacket(packet.address, packet.sequence, packet.code, [...packet.data], packet.check, !isReply)).toEqual(bytes);
  });

  test("are those that we would ask with", () => {
    const ask = (question: OsdpQuestion): Buffer => Buffer.from(new OsdpFraming().begin(question)).subarray(1);
    const poll = { address: 0x65, sequence: 0, command: "poll" as const };
    expect(ask({ ...poll, check: "crc16" })).toEqual(bytesOf("5365080004606090"));
    expect(ask({ ...poll, check: "sum8" })).toEqual(bytesOf("53650700 0060E1"));
    expect(ask({ ...poll, address: 0, command: "id", check: "crc16" })).toEqual(bytesOf("530009000461 00C066"));
  });

  test("tell who the reader is", () => {
    const packet = parsePacket(bytesOf("53E514000445A1A2A3B1C1D1D2D3D4E1E2E3F8D9"));
    if (packet === null) throw new Error("not read");
    expect(told(packet.code, packet.data)).toEqual({
      kind: "identity",
      text: "vendor A1A2A3, model 177.193, serial D4D3D2D1, firmware 225.226.227",
    });
  });

  test("have a check that is that of the standard", () => {
    expect(crc16(bytesOf("536508000460"))).toBe(0x9060);
  });
});

const anyPacket = fc.record({
  address: fc.nat({ max: 126 }),
  isReply: fc.boolean(),
  sequence: fc.nat({ max: 3 }),
  check: fc.constantFrom(...CHECKS),
  isSecured: fc.constant(false),
  code: fc.nat({ max: 255 }),
  data: fc.uint8Array({ maxLength: 60 }).map((data) => Buffer.from(data)),
});
describe("any packet", () => {
  test("is read as it was written, and with any one bit flipped it is not", () => {
    fc.assert(
      fc.property(anyPacket, fc.nat(), (packet: Packet, place) => {
        const bytes = encodePacket(packet);
        expect(parsePacket(bytes)).toEqual(packet);
        const bit = place % (bytes.length * 8);
        // Another length or kind of check puts the check elsewhere, where it is right by chance once in 256 or 65,536 times.
        fc.pre(bit >> 3 !== 2 && bit >> 3 !== 3 && bit !== 4 * 8 + 2);
        bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(parsePacket(bytes)).toBeNull();
      }),
      { numRuns: 3_000 },
    );
  });
});

const POLL: OsdpQuestion = { address: 3, sequence: 2, check: "crc16", command: "poll" };
const card = (data: readonly number[], { address = 3, sequence = 2, check = "crc16" } = {}): Buffer =>
  osdpPacket(address, sequence, REPLIES.rawCard, data, check);
const CARD = rawCardData(wiegand(26, 12_345_678));

describe("an answer on the line", () => {
  test("is found however it is cut, behind noise and the echo of the command, and handed on once", () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 80 }), { maxLength: 8 }), (cuts) => {
        const framing = new OsdpFraming();
        const stream = Buffer.concat([Buffer.from([0, 0x53, 0xff, 0x53]), framing.begin(POLL), card(CARD)]);
        const places = [0, ...cuts.map((cut) => cut % stream.length).toSorted((a, b) => a - b), stream.length];
        const found = places.slice(1).flatMap((end, index) => framing.take(stream.subarray(places[index], end)) ?? []);
        expect(found).toEqual([{ outcome: "reply", code: REPLIES.rawCard, data: Buffer.from(CARD) }]);
        expect(framing.take(stream)).toBeNull();
      }),
    );
  });

  test.each([
    ["of another reader", card(CARD, { address: 4 }), /reader 4/],
    ["to the command before", card(CARD, { sequence: 1 }), /number 1, asked was 2/],
    ["with another check", card(CARD, { check: "sum8" }), /sum8.*check of the profile/],
    ["of a secure channel", securedAck(), /secure channel/],
  ])("%s is not ours, and ours is still awaited", (_, foreign, words) => {
    const framing = new OsdpFraming();
    framing.begin(POLL);
    expect(framing.take(foreign)).toBeNull();
    expect(framing.take(card(CARD))).toMatchObject({ outcome: "reply" });
    framing.begin(POLL);
    framing.take(foreign);
    const verdict = framing.verdict();
    expect(verdict.reason).toBe("foreign");
    expect(verdict.what).toMatch(words);
  });

  test("that is damaged, cut off or none at all is each its own trouble", () => {
    const framing = new OsdpFraming();
    framing.begin(POLL);
    const damaged = card(CARD);
    damaged[9] = (damaged[9] ?? 0) ^ 4;
    expect(framing.take(damaged)).toMatchObject({ outcome: "lost", reason: "garbled" });
    framing.begin(POLL);
    framing.take(card(CARD).subarray(0, 9));
    expect(framing.verdict()).toEqual({ reason: "short", what: "only 9 bytes of a packet" });
    framing.begin(POLL);
    framing.take(Buffer.from([0xff, 0xff]));
    expect(framing.verdict().reason).toBe("timeout");
    framing.begin(POLL);
    framing.take(Buffer.from([0x00, 0x11]));
    expect(framing.verdict().reason).toBe("garbled");
  });

  test("of a reader that is busy, or did not take the command, needs no number", () => {
    for (const [code, data] of [[REPLIES.busy, []] as const, [REPLIES.nak, [1]] as const, [REPLIES.nak, [4]] as const]) {
      const framing = new OsdpFraming();
      framing.begin(POLL);
      expect(framing.take(osdpPacket(3, 0, code, data))).toMatchObject({ outcome: "reply", code });
    }
  });
});

/** An acknowledgement inside of a secure channel: a block of two bytes before the code. */
function securedAck(): Buffer {
  const body = Buffer.from([0x53, 0x83, 10, 0, 0x04 | 0x08 | 2, 2, 0x15, 0x40]);
  const crc = crc16(body);
  return Buffer.concat([body, Buffer.from([crc & 0xff, crc >> 8])]);
}

describe("a card", () => {
  const raw = (bits: string): unknown => rawCard(Buffer.from(rawCardData(bits)));
  test.each([
    ["26 bits: facility 188 and number 24910 are the ten digits on the card", wiegand(26, 188 * 65_536 + 24_910), 12_345_678n],
    ["34 bits: up to 4294967295", wiegand(34, 0xffff_ffff), 4_294_967_295n],
    ["37 bits: one number", "1".padStart(37, "0"), 1n],
    ["56 bits, the serial number of a chip", BigInt("0x04A1B2C3D4E5F6").toString(2).padStart(56, "0"), 0x04a1b2c3d4e5f6n],
    ["64 bits, all ones", "1".repeat(64), 0xffff_ffff_ffff_ffffn],
  ])("of %s", (_, bits, number) => {
    expect(raw(bits)).toEqual({ outcome: "card", number });
  });

  test.each([
    ["of no bits", "", "a card of no bits"],
    ["of zeros", "0".repeat(32), "a card whose number is zero"],
    ["of more than the register holds", "1".repeat(75), "a card of 75 bits; numbers have 64 at most"],
  ])("%s is refused by name", (_, bits, what) => {
    expect(raw(bits)).toEqual({ outcome: "refused", what });
  });

  test("of 26 or 34 bits with any one bit wrong is refused, and what was on it is not repeated", () => {
    fc.assert(
      fc.property(fc.constantFrom(26 as const, 34 as const), fc.nat(), fc.nat(), (bits, any, place) => {
        const value = 1 + (any % (2 ** 24 - 1));
        const right = wiegand(bits, value);
        expect(raw(right)).toEqual({ outcome: "card", number: BigInt(value) });
        const at = place % bits;
        const wrong = `${right.slice(0, at)}${right[at] === "1" ? "0" : "1"}${right.slice(at + 1)}`;
        expect(raw(wrong)).toEqual({ outcome: "refused", what: `a card of ${bits} bits with wrong parity` });
      }),
    );
  });

  test("whose bytes are not as many as its bits need is refused", () => {
    expect(rawCard(Buffer.from([0, 0, 26, 0, 1, 2, 3]))).toMatchObject({ outcome: "refused" });
    expect(rawCard(Buffer.from([0, 0, 26, 0, 1, 2, 3, 4, 5]))).toMatchObject({ outcome: "refused" });
    expect(rawCard(Buffer.from([0, 0, 26]))).toMatchObject({ outcome: "refused" });
  });

  test("that the reader made digits of is those digits, without leading zeros", () => {
    const formatted = (text: string, count = text.length): unknown =>
      formattedCard(Buffer.concat([Buffer.from([0, 0, count]), Buffer.from(text, "latin1")]));
    expect(formatted("0012345678")).toEqual({ outcome: "card", number: 12_345_678n });
    expect(formatted("18446744073709551615")).toEqual({ outcome: "card", number: 0xffff_ffff_ffff_ffffn });
    for (const bad of ["18446744073709551616", "12AB", "", "000", "1".repeat(41)])
      expect(formatted(bad)).toMatchObject({ outcome: "refused" });
    expect(formatted("123", 4)).toMatchObject({ outcome: "refused" });
  });
});

test("what is typed is counted, never kept", () => {
  expect(told(REPLIES.keypad, Buffer.from([0, 4, 0x31, 0x32, 0x33, 0x34]))).toEqual({ kind: "keys", count: 4 });
  expect(told(REPLIES.keypad, Buffer.from([0, 4, 0x31]))).toMatchObject({ kind: "malformed" });
});

describe("malformed packets", () => {
  const runs = times({ short: 10_000, full: 200_000 });

  test("crash nothing, and nothing is taken for an answer", () => {
    const junk = fc.uint8Array({ maxLength: 80 });
    const cut = fc.tuple(anyPacket, fc.nat()).map(([packet, at]) => {
      const bytes = encodePacket({ ...packet, address: POLL.address, isReply: true, sequence: POLL.sequence, check: "crc16" });
      return bytes.subarray(0, at % bytes.length);
    });
    const flipped = fc.tuple(anyPacket, fc.array(fc.nat(), { minLength: 1, maxLength: 3 })).map(([packet, places]) => {
      const bytes = encodePacket({ ...packet, address: POLL.address, isReply: true, sequence: POLL.sequence, check: "crc16" });
      const bits = new Set(places.map((place) => place % (bytes.length * 8)));
      for (const bit of bits) bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      return bytes;
    });
    let answers = 0;
    fc.assert(
      fc.property(fc.oneof(junk, cut, flipped), fc.nat(), (bytes, at) => {
        const framing = new OsdpFraming();
        framing.begin(POLL);
        const middle = at % (bytes.length + 1);
        const taken = framing.take(bytes.subarray(0, middle)) ?? framing.take(bytes.subarray(middle));
        framing.verdict();
        answers += taken?.outcome === "reply" ? 1 : 0;
      }),
      // The same packets everywhere: a wrong length is found right by chance once in 65,536 times.
      { numRuns: runs, seed: 60_839 },
    );
    expect(answers).toBe(0);
  });

  test("and whatever a right packet carries, it is told or named, and never throws", () => {
    fc.assert(
      fc.property(fc.nat({ max: 255 }), fc.uint8Array({ maxLength: 80 }), (code, data) => {
        const what = told(code, Buffer.from(data));
        expect(what.kind).toBeTypeOf("string");
        if (what.kind === "card" && what.read.outcome === "card") expect(what.read.number).toBeGreaterThan(0n);
      }),
      { numRuns: runs },
    );
  });
});
