import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Lost } from "../../drivers/line/exchange.ts";
import { AsciiFraming, lrc } from "../../drivers/modbus/ascii.ts";
import { crc16 } from "../../drivers/modbus/frame.ts";
import { openModbus } from "../../drivers/modbus/session.ts";
import { times } from "../faults/counts.ts";
import { profileOf, watched } from "./wire/reading.ts";
import { simulatedLine } from "./wire/simulated-line.ts";
import { VirtualTime } from "./wire/virtual-time.ts";

const COUNT = times({ short: 10_000, full: 1_000_000 });

const withCrc = (body: readonly number[]): Buffer => {
  const frame = Buffer.from([...body, 0, 0]);
  frame.writeUInt16LE(crc16(frame, 0, body.length), body.length);
  return frame;
};
const line = (body: readonly number[]): Buffer =>
  Buffer.from(
    `:${Buffer.from([...body, lrc(Uint8Array.from(body))])
      .toString("hex")
      .toUpperCase()}\r\n`,
  );
const REQUEST = withCrc([3, 4, 0, 1, 0, 2]);
const ANSWER = [3, 4, 4, 0x00, 0xeb, 0x01, 0xc8];

function take(bytes: Buffer, cuts: readonly number[] = []): Buffer | Lost | null {
  const framing = new AsciiFraming();
  framing.begin(REQUEST);
  const places = [0, ...cuts.map((cut) => cut % bytes.length).sort((a, b) => a - b), bytes.length];
  let found: Buffer | Lost | null = null;
  for (const [index, end] of places.slice(1).entries()) found ??= framing.take(bytes.subarray(places[index], end));
  return found;
}

describe("Modbus ASCII", () => {
  test("writes and checks a line as the standard prints it", () => {
    // Modbus over serial line V1.02, 6.2: the checksum of 02 07 is F7.
    expect(lrc(Uint8Array.of(2, 7))).toBe(0xf7);
    expect(new AsciiFraming().begin(REQUEST).toString()).toBe(":030400010002F6\r\n");
  });

  test("finds the answer however it is cut, behind noise and behind an echo of the question", () => {
    const noise = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes));
    fc.assert(
      fc.property(noise, fc.boolean(), fc.array(fc.nat({ max: 600 }), { maxLength: 6 }), (before, echo, cuts) => {
        const bytes = Buffer.concat([before, echo ? line([3, 4, 0, 1, 0, 2]) : Buffer.alloc(0), line(ANSWER)]);
        const found = take(bytes, cuts);
        // Noise may itself be a line with an end: then it is said to be broken, never taken for an answer.
        if (Buffer.isBuffer(found)) expect(found).toEqual(withCrc(ANSWER));
        else expect([before.includes(0x3a), found?.outcome]).toEqual([true, "lost"]);
      }),
    );
  });

  test(`believes nothing that is spoilt in a sign: ${COUNT} of them, no crash, no other value`, () => {
    const right = line(ANSWER);
    fc.assert(
      fc.property(fc.nat({ max: right.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const bytes = Buffer.from(right);
        bytes[at] = (bytes[at] ?? 0) ^ change;
        const found = take(bytes);
        if (Buffer.isBuffer(found)) expect(found).toEqual(withCrc(ANSWER));
      }),
      { numRuns: COUNT },
    );
  });

  test("says why there is no answer", () => {
    const verdict = (bytes: Buffer): string => {
      const framing = new AsciiFraming();
      framing.begin(REQUEST);
      const found = framing.take(bytes);
      return found === null ? framing.verdict().reason : Buffer.isBuffer(found) ? "answer" : found.reason;
    };
    expect(verdict(Buffer.alloc(0))).toBe("timeout");
    expect(verdict(line([4, 4, 4, 0, 1, 0, 2]))).toBe("foreign");
    expect(verdict(line(ANSWER).subarray(0, 9))).toBe("short");
    expect(verdict(Buffer.from("hello\r\n"))).toBe("garbled");
    expect(verdict(Buffer.from(":0304G4\r\n"))).toBe("garbled");
  });

  test("reads a device at 7E1 through the driver", async () => {
    const time = new VirtualTime();
    const { opens, sent } = simulatedLine(time, () => [{ bytes: line([1, 4, 4, 0x00, 0xeb, 0x02, 0x27]), afterMs: 5 }], 10_000 / 9_600);
    const wire = {
      kind: "modbus-ascii",
      path: "/dev/ttyS0",
      baudRate: 9_600,
      parity: "even",
      stopBits: 1,
      dataBits: 7,
      timeoutMs: 500,
    } as const;
    const session = openModbus(wire, time, { opens });
    const read = watched(session.device({ profile: profileOf("sensor/xy-md02", "modbus"), unit: 1, channel: 0 }));
    expect((await time.run(read())).points).toEqual({ "ambient.temperature": 23.5, "ambient.humidity": 55.1 });
    expect(sent.map(String)).toEqual([":010400010002F8\r\n"]);
  });
});
