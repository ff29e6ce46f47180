import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { crc16, RtuFraming, TcpFraming } from "../../drivers/modbus/frame.ts";
import { dataBody, framed, registers } from "./wire/slave.ts";

const ASKED = { unit: 3, functionCode: 4, address: 1, count: 2, transaction: 1 };
const REQUEST = Buffer.from([3, 4, 0, 1, 0, 2, 0x21, 0xe9]);
const ANSWER = framed("modbus-rtu-tcp", ASKED, dataBody(4, registers([235, 456])));

/** Cuts bytes into portions at the given places. */
function portions(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [0, ...cuts.map((cut) => cut % bytes.length).sort((a, b) => a - b), bytes.length];
  return places.slice(1).map((end, index) => bytes.subarray(places[index], end));
}

function feed(framing: RtuFraming | TcpFraming, bytes: Buffer, cuts: readonly number[]): Buffer | null {
  let found: Buffer | null = null;
  for (const portion of portions(bytes, cuts)) {
    const answer = framing.take(portion);
    if (answer !== null) {
      expect(found).toBeNull();
      found = Buffer.from(answer);
    }
  }
  return found;
}

const anyCuts = fc.array(fc.nat({ max: 600 }), { maxLength: 6 });
const isSound = (frame: Buffer): boolean => crc16(frame, 0, frame.length - 2) === frame.readUInt16LE(frame.length - 2);

describe("the checksum", () => {
  test("is the one in print", () => {
    expect(crc16(REQUEST, 0, 6)).toBe(REQUEST.readUInt16LE(6));
    expect(crc16(Buffer.from("123456789"), 0, 9)).toBe(0x4b37);
  });
});

describe("an RTU answer", () => {
  test("is found however it is cut and whatever noise without its address comes first", () => {
    const noise = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes.map((byte) => (byte === 3 ? 4 : byte))));
    fc.assert(
      fc.property(noise, anyCuts, fc.boolean(), (before, cuts, echoed) => {
        const framing = new RtuFraming();
        framing.begin(REQUEST);
        const front = echoed ? REQUEST : before;
        expect(feed(framing, Buffer.concat([front, ANSWER]), cuts)).toEqual(ANSWER);
      }),
    );
  });

  test("with any one bit flipped is never handed on as sound", () => {
    fc.assert(
      fc.property(fc.nat({ max: ANSWER.length * 8 - 1 }), anyCuts, (bit, cuts) => {
        const bytes = Buffer.from(ANSWER);
        bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const framing = new RtuFraming();
        framing.begin(REQUEST);
        const found = feed(framing, bytes, cuts);
        if (found !== null) expect(isSound(found)).toBe(false);
        else expect(["garbled", "short"]).toContain(framing.verdict().reason);
      }),
    );
  });

  test("is not made of what was there before it was asked for", () => {
    const framing = new RtuFraming();
    expect(framing.take(ANSWER)).toBeNull();
    framing.begin(REQUEST);
    expect(framing.verdict().reason).toBe("timeout");
  });

  test("is not pieced together from the stump of an earlier one", () => {
    const framing = new RtuFraming();
    framing.begin(REQUEST);
    expect(framing.take(ANSWER.subarray(0, 5))).toBeNull();
    framing.begin(REQUEST);
    expect(framing.take(ANSWER.subarray(5))).toBeNull();
  });

  test("is found behind bytes that look like its beginning, and behind an echo that looks like a long answer", () => {
    const framing = new RtuFraming();
    framing.begin(REQUEST);
    expect(framing.take(Buffer.concat([Buffer.from([3, 4, 0, 9, 9]), ANSWER]))).toEqual(ANSWER);
    const far = Buffer.from([3, 4, 0x70, 1, 0, 2, 0, 0]);
    far.writeUInt16LE(crc16(far, 0, 6), 6);
    framing.begin(far);
    expect(framing.take(far)).toBeNull();
    expect(framing.take(ANSWER)).toEqual(ANSWER);
  });

  test("is found after any amount of rubbish, in bounded room", () => {
    const framing = new RtuFraming();
    framing.begin(REQUEST);
    for (let round = 0; round < 100; round += 1) expect(framing.take(Buffer.alloc(1_000, 0x55))).toBeNull();
    expect(framing.verdict().reason).toBe("garbled");
    expect(framing.take(ANSWER)).toEqual(ANSWER);
  });
});

describe("a Modbus TCP answer", () => {
  test("is found by its number among late ones, however the stream is cut", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 2, max: 0xffff }), { maxLength: 5 }), anyCuts, (late, cuts) => {
        const framing = new TcpFraming();
        const sent = framing.begin(REQUEST);
        expect([...sent]).toEqual([0, 1, 0, 0, 0, 6, 3, 4, 0, 1, 0, 2]);
        const others = late.map((transaction) => framed("modbus-tcp", { ...ASKED, transaction }, dataBody(4, registers([1, 1]))));
        const own = framed("modbus-tcp", ASKED, dataBody(4, registers([235, 456])));
        expect(feed(framing, Buffer.concat([...others, own, ...others]), cuts)).toEqual(ANSWER);
        expect(framing.broken).toBe(false);
      }),
    );
  });

  test("is not believed when the stump of a frame was filled up with the next one", () => {
    const framing = new TcpFraming();
    framing.begin(REQUEST);
    const own = framed("modbus-tcp", ASKED, dataBody(4, registers([235, 456])));
    const late = framed("modbus-tcp", { ...ASKED, transaction: 9 }, dataBody(4, registers([1, 1])));
    expect(framing.take(own.subarray(0, -3))).toBeNull();
    expect(framing.take(late)).toBeNull();
    expect(framing.broken).toBe(true);
    expect(framing.verdict().reason).toBe("garbled");
  });

  test("does not wait behind a length that no frame can have", () => {
    for (const size of [0, 1, 2, 255, 0xffff]) {
      const framing = new TcpFraming();
      framing.begin(REQUEST);
      expect(framing.take(Buffer.from([0, 1, 0, 0, size >> 8, size & 0xff]))).toBeNull();
      expect(framing.broken).toBe(true);
    }
  });

  test("survives no bytes at random: nothing is found, or the connection is given up, in bounded room", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 2_000, size: "max" }), anyCuts, (bytes, cuts) => {
        const framing = new TcpFraming();
        framing.begin(REQUEST);
        const found = feed(framing, Buffer.from(bytes), cuts);
        if (found !== null) expect(found[0]).toBe(3);
        if (bytes.length > 600) expect(framing.broken).toBe(true);
      }),
    );
  });
});
