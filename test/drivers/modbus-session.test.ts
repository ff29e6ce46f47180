import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Pace, ReadReport, Session } from "../../drivers/driver.ts";
import type { ModbusProfile } from "../../drivers/modbus/profile.ts";
import { deviceOver, frameGapMs, type ModbusAddress, openModbus } from "../../drivers/modbus/session.ts";
import { profileSchema } from "../../drivers/profile.ts";
import { emptyReadings, qualityName, type Readings } from "../../drivers/reading.ts";
import { systemClock } from "../../firmware/platform/clock.ts";
import { freePort } from "../peers/peer.ts";
import { type Asked, dataBody, type FakeSlave, framed, type Reaction, registers, startSlave } from "./wire/slave.ts";

const TIMEOUT_MS = 120;

/** Two blocks, far apart: temperature and humidity at 1, a setpoint at 100. */
const PROFILE = modbusProfile({
  "ambient.temperature": { table: "input", address: 1, type: "s16", scale: 0.1 },
  "ambient.humidity": { table: "input", address: 2, scale: 0.1 },
  "return.temperature.setpoint": { table: "input", address: 100, type: "s16", scale: 0.1 },
});

function modbusProfile(points: Record<string, unknown>): ModbusProfile {
  const parsed = profileSchema.parse({
    protocol: "modbus",
    class: "sensor",
    maker: "test",
    family: "test",
    label: { zh: "测试", en: "test" },
    source: ["made up for the test"],
    points,
  });
  if (parsed.protocol !== "modbus") throw new Error("not a Modbus profile");
  return { ...parsed, id: "sensor/test" };
}

const read = async (session: Session<ModbusAddress>, unit = 3): Promise<{ readings: Readings; report: ReadReport }> => {
  const readings = emptyReadings(3);
  const report = await session.device({ profile: PROFILE, unit, channel: 0 }).read(readings);
  return { readings, report };
};

const seen = ({ values, qualities }: Readings): (number | string)[] =>
  [...qualities].map((quality, index) => (quality === 0 ? (values[index] ?? Number.NaN) : qualityName(quality)));

describe.each(["modbus-tcp", "modbus-rtu-tcp"] as const)("a device over %s", (kind) => {
  let slave: FakeSlave;
  let session: Session<ModbusAddress>;

  const words = (asked: Asked): number[] => (asked.address === 100 ? [220] : [235, 456]);
  const good = (asked: Asked): Buffer => framed(kind, asked, dataBody(asked.functionCode, registers(words(asked))));
  const wellBehaved = (asked: Asked): Reaction => [{ bytes: good(asked) }];

  beforeEach(async () => {
    slave = await startSlave(kind);
    slave.react(wellBehaved);
    session = openModbus({ kind, host: "127.0.0.1", port: slave.port, timeoutMs: TIMEOUT_MS }, systemClock);
  });
  afterEach(async () => {
    await session.close();
    await slave.stop();
  });

  test("that behaves is read in as few requests as the map allows", async () => {
    const { readings, report } = await read(session);
    expect(seen(readings)).toEqual([23.5, 45.6, 22]);
    expect(report).toEqual({ answered: true, transactions: 2, faults: [] });
    expect(slave.asked.map(({ unit, functionCode, address, count }) => [unit, functionCode, address, count])).toEqual([
      [3, 4, 1, 2],
      [3, 4, 100, 1],
    ]);
  });

  test("that says nothing is asked once, and all its points are lost for that reason", async () => {
    slave.react(() => []);
    const { readings, report } = await read(session);
    expect(seen(readings)).toEqual(["timeout", "timeout", "timeout"]);
    expect(report.answered).toBe(false);
    expect(report.transactions).toBe(1);
    expect(report.faults).toEqual([{ reason: "timeout", detail: "unit 3 input 1+2: no answer" }]);
  });

  test("that answers too late never has its old answer taken for the new one", async () => {
    let first = true;
    slave.react((asked) => {
      if (!first) return [{ bytes: good(asked), afterMs: 40 }];
      first = false;
      // Same shape as the next answer, other numbers, and it comes while the next one is awaited.
      return [{ bytes: framed(kind, asked, dataBody(4, registers([999, 999]))), afterMs: TIMEOUT_MS + 30 }];
    });
    expect(seen((await read(session)).readings)).toEqual(["timeout", "timeout", "timeout"]);
    expect(seen((await read(session)).readings)).toEqual([23.5, 45.6, 22]);
    expect(seen((await read(session)).readings)).toEqual([23.5, 45.6, 22]);
  });

  test("that refuses one block keeps the others", async () => {
    slave.react((asked) => (asked.address < 100 ? [{ bytes: framed(kind, asked, Buffer.from([0x84, 2])) }] : wellBehaved(asked)));
    const { readings, report } = await read(session);
    expect(seen(readings)).toEqual(["exception", "exception", 22]);
    expect(report.answered).toBe(true);
    expect(report.faults).toEqual([
      { reason: "exception", detail: "unit 3 input 1+1: exception 2 (illegal data address)" },
      { reason: "exception", detail: "unit 3 input 2+1: exception 2 (illegal data address)" },
    ]);
  });

  test("that a gateway cannot reach has not answered", async () => {
    slave.react((asked) => [{ bytes: framed(kind, asked, Buffer.from([0x84, 11])) }]);
    const { readings, report } = await read(session);
    expect(seen(readings)).toEqual(["exception", "exception", "exception"]);
    expect(report).toMatchObject({ answered: false, transactions: 1 });
  });

  test("is waited for when another unit speaks first", async () => {
    slave.react((asked) => [
      { bytes: framed(kind, { ...asked, unit: 9 }, dataBody(4, registers([1, 1]))) },
      { bytes: good(asked), afterMs: 10 },
    ]);
    expect(seen((await read(session)).readings)).toEqual([23.5, 45.6, 22]);
  });

  test("whose place another unit takes is lost as foreign", async () => {
    slave.react((asked) => [{ bytes: framed(kind, { ...asked, unit: 9 }, dataBody(4, registers([1, 1]))) }]);
    const { readings, report } = await read(session);
    expect(seen(readings)).toEqual(["foreign", "foreign", "foreign"]);
    expect(report.faults[0]?.detail).toBe("unit 3 input 1+2: answer of unit 9, function 4");
  });

  test("whose exception comes from another unit has not been refused", async () => {
    slave.react((asked) => [{ bytes: framed(kind, { ...asked, unit: 9 }, Buffer.from([0x84, 2])) }]);
    expect(seen((await read(session)).readings)).toEqual(["foreign", "foreign", "foreign"]);
  });

  test("that sends fewer registers than asked for gives none", async () => {
    slave.react((asked) => [{ bytes: framed(kind, asked, dataBody(4, registers(words(asked).slice(1)))) }]);
    expect(seen((await read(session)).readings)).toEqual(["short", "short", "short"]);
  });

  test("that stops in the middle of a frame gives nothing, and is good again at the next read", async () => {
    slave.react((asked) => [{ bytes: good(asked).subarray(0, -4) }]);
    expect(seen((await read(session)).readings)).toEqual(["short", "short", "short"]);
    slave.react(wellBehaved);
    expect(seen((await read(session)).readings)).toEqual([23.5, 45.6, 22]);
  });

  test("that lies about its length gives nothing", async () => {
    slave.react((asked) => {
      const body = dataBody(4, registers(words(asked)));
      body[1] = 2;
      return [{ bytes: framed(kind, asked, body) }];
    });
    const [temperature, humidity] = seen((await read(session)).readings);
    expect([temperature, humidity]).toEqual(["garbled", "garbled"]);
  });

  test("whose answer comes byte by byte is read", async () => {
    slave.react((asked) => [...good(asked)].map((byte) => ({ bytes: Buffer.from([byte]), afterMs: 1 })));
    expect(seen((await read(session)).readings)).toEqual([23.5, 45.6, 22]);
  });

  test("that hangs up is reported, and read again over a new connection", async () => {
    slave.react(() => ["hang up"]);
    const { readings, report } = await read(session);
    expect(seen(readings)).toEqual(["refused", "refused", "refused"]);
    expect(report.transactions).toBe(1);
    slave.react(wellBehaved);
    expect(seen((await read(session)).readings)).toEqual([23.5, 45.6, 22]);
    expect(slave.connections()).toBe(2);
  });

  test("behind a connection that may be dead is looked for on a new one", async () => {
    slave.react(() => []);
    for (let round = 0; round < 3; round += 1) await read(session);
    expect(slave.connections()).toBe(1);
    slave.react(wellBehaved);
    expect(seen((await read(session)).readings)).toEqual([23.5, 45.6, 22]);
    expect(slave.connections()).toBe(2);
  });

  test("does not lose its connection because another unit is dead", async () => {
    slave.react((asked) => (asked.unit === 7 ? [] : wellBehaved(asked)));
    for (let round = 0; round < 4; round += 1) {
      expect(seen((await read(session, 7)).readings)).toEqual(["timeout", "timeout", "timeout"]);
      expect(seen((await read(session, 3)).readings)).toEqual([23.5, 45.6, 22]);
    }
    expect(slave.connections()).toBe(1);
  });

  test("ends a read that is in flight when the bus is closed", async () => {
    slave.react(() => []);
    const reading = read(session);
    await session.close();
    expect(seen((await reading).readings)).toEqual(["adapterMissing", "adapterMissing", "adapterMissing"]);
  });

  test("never yields a number that it did not just send, whatever happens on the wire", async () => {
    const trouble: Record<string, (answer: Buffer, asked: Asked) => Reaction> = {
      good: (answer) => [{ bytes: answer }],
      late: (answer) => [{ bytes: answer, afterMs: TIMEOUT_MS / 3 + 15 }],
      silent: () => [],
      half: (answer) => [{ bytes: answer.subarray(0, answer.length - 3) }],
      twice: (answer) => [{ bytes: answer }, { bytes: answer }],
      flipped: (answer) => [{ bytes: Buffer.from(answer.map((byte, index) => (index === answer.length - 1 ? byte ^ 4 : byte))) }],
      foreign: (_, asked) => [{ bytes: framed(kind, { ...asked, unit: 4 }, dataBody(4, registers([7, 7]))) }],
      noise: (answer) => [{ bytes: Buffer.from([0, 0xff, 0]) }, { bytes: answer, afterMs: 2 }],
      hangUp: () => ["hang up"],
    };
    let wholeReads = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...Object.keys(trouble)), { minLength: 2, maxLength: 8 }), async (script) => {
        const own = openModbus({ kind, host: "127.0.0.1", port: slave.port, timeoutMs: TIMEOUT_MS / 3 }, systemClock);
        let serial = 0;
        for (const name of script) {
          serial += 1;
          const current = 100 + serial;
          slave.react((asked) => {
            const answer = framed(kind, asked, dataBody(4, registers(asked.address === 100 ? [current] : [current, current])));
            return trouble[name]?.(answer, asked) ?? [];
          });
          const { readings } = await read(own);
          for (const value of seen(readings)) {
            // Modbus TCP has no checksum of its own: a flipped bit there is TCP's to notice.
            if (typeof value === "number" && !(kind === "modbus-tcp" && name === "flipped")) expect(value).toBe(current / 10);
          }
          if (name === "good" && seen(readings).every((value) => value === current / 10)) wholeReads += 1;
        }
        await own.close();
      }),
      { numRuns: 12, examples: [[["late", "half", "good"]], [["late", "good", "good"]]] },
    );
    expect(wholeReads).toBeGreaterThan(0);
  }, 30_000);
});

describe("a unit that wants to be left alone", () => {
  test("is asked every block after the pause that its profile says", async () => {
    const pauses: (number | undefined)[] = [];
    const asked = {
      ask: async (_unit: number, { bytes }: { readonly bytes: number }, pauseMs?: number) => {
        pauses.push(pauseMs);
        return { outcome: "data", bytes: Buffer.alloc(bytes) } as const;
      },
    };
    await deviceOver(asked, { profile: { ...PROFILE, pauseMs: 40 }, unit: 3, channel: 0 }, systemClock).read(emptyReadings(3));
    await deviceOver(asked, { profile: PROFILE, unit: 3, channel: 0 }, systemClock).read(emptyReadings(3));
    expect(pauses).toEqual([40, 40, 0, 0]);
  });
});

describe.each(["modbus-tcp", "modbus-rtu-tcp"] as const)("a port that wants to be left alone, over %s", (kind) => {
  test("is asked nothing before its pause is over, whichever unit comes next", async () => {
    const slave = await startSlave(kind);
    const askedMs: number[] = [];
    slave.react((asked) => {
      askedMs.push(performance.now());
      return [{ bytes: framed(kind, asked, dataBody(4, registers(asked.count === 1 ? [220] : [235, 456]))) }];
    });
    const session = openModbus({ kind, host: "127.0.0.1", port: slave.port, timeoutMs: 5_000, pauseMs: 60 }, systemClock);
    expect(seen((await read(session, 3)).readings)).toEqual([23.5, 45.6, 22]);
    expect(seen((await read(session, 4)).readings)).toEqual([23.5, 45.6, 22]);
    const pausesMs = askedMs.slice(1).map((atMs, nth) => atMs - (askedMs[nth] ?? 0));
    expect(pausesMs).toHaveLength(3);
    expect(Math.min(...pausesMs)).toBeGreaterThanOrEqual(59);
    await session.close();
    await slave.stop();
  });
});

describe("an RTU line", () => {
  test("tells a wrong checksum and recovers", async () => {
    const slave = await startSlave("modbus-rtu-tcp");
    const session = openModbus({ kind: "modbus-rtu-tcp", host: "127.0.0.1", port: slave.port, timeoutMs: TIMEOUT_MS }, systemClock);
    slave.react((asked) => {
      const bytes = framed("modbus-rtu-tcp", asked, dataBody(4, registers(asked.count === 1 ? [220] : [235, 456])));
      bytes[3] = 0x7f;
      return [{ bytes }];
    });
    const { readings, report } = await read(session);
    expect(seen(readings)).toEqual(["garbled", "garbled", "garbled"]);
    expect(report.faults[0]?.detail).toContain("checksum");
    slave.react((asked) => [{ bytes: framed("modbus-rtu-tcp", asked, dataBody(4, registers(asked.count === 1 ? [220] : [235, 456]))) }]);
    expect(seen((await read(session)).readings)).toEqual([23.5, 45.6, 22]);
    await session.close();
    await slave.stop();
  });

  test("bears a converter that echoes every request", async () => {
    const slave = await startSlave("modbus-rtu-tcp");
    const session = openModbus({ kind: "modbus-rtu-tcp", host: "127.0.0.1", port: slave.port, timeoutMs: TIMEOUT_MS }, systemClock);
    slave.react((asked) => {
      const echo = Buffer.alloc(5);
      echo.writeUInt8(asked.functionCode, 0);
      echo.writeUInt16BE(asked.address, 1);
      echo.writeUInt16BE(asked.count, 3);
      return [
        { bytes: framed("modbus-rtu-tcp", asked, echo) },
        { bytes: framed("modbus-rtu-tcp", asked, dataBody(4, registers(asked.count === 1 ? [220] : [235, 456]))), afterMs: 5 },
      ];
    });
    expect(seen((await read(session)).readings)).toEqual([23.5, 45.6, 22]);
    await session.close();
    await slave.stop();
  });

  test("keeps 3.5 characters of silence, and 1.75 ms above 19,200 Bd", () => {
    expect(frameGapMs({ baudRate: 9_600, parity: "even", stopBits: 1 })).toBeCloseTo(4.01, 2);
    expect(frameGapMs({ baudRate: 9_600, parity: "none", stopBits: 1 })).toBeCloseTo(3.646, 3);
    expect(frameGapMs({ baudRate: 19_200, parity: "even", stopBits: 1 })).toBeCloseTo(2.005, 3);
    expect(frameGapMs({ baudRate: 115_200, parity: "none", stopBits: 1 })).toBe(1.75);
  });
});

describe("a Modbus TCP connection", () => {
  test.each([
    ["a length of 65,535", [0, 1, 0, 0, 0xff, 0xff, 3]],
    ["a length of 0", [0, 1, 0, 0, 0, 0, 3]],
    ["another protocol", [...Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n")]],
    ["more bytes than a frame can have", Array.from({ length: 3_000 }, () => 0)],
  ])("with %s is garbled at once and replaced", async (_, bytes) => {
    const slave = await startSlave("modbus-tcp");
    const session = openModbus({ kind: "modbus-tcp", host: "127.0.0.1", port: slave.port, timeoutMs: 5_000 }, systemClock);
    slave.react(() => [{ bytes: Buffer.from(bytes) }]);
    const began = performance.now();
    expect(seen((await read(session)).readings)).toEqual(["garbled", "garbled", "garbled"]);
    expect(performance.now() - began).toBeLessThan(4_500);
    slave.react((asked) => [{ bytes: framed("modbus-tcp", asked, dataBody(4, registers(asked.count === 1 ? [220] : [235, 456]))) }]);
    expect(seen((await read(session)).readings)).toEqual([23.5, 45.6, 22]);
    await session.close();
    await slave.stop();
  });

  test("that nobody accepts is a wire that is not there", async () => {
    const port = await freePort();
    const session = openModbus({ kind: "modbus-tcp", host: "127.0.0.1", port, timeoutMs: TIMEOUT_MS }, systemClock);
    const { readings, report } = await read(session);
    expect(seen(readings)).toEqual(["adapterMissing", "adapterMissing", "adapterMissing"]);
    expect(report.faults).toEqual([{ reason: "adapterMissing", detail: `unit 3 input 1+2: 127.0.0.1:${port}: ECONNREFUSED` }]);
    await session.close();
  });

  test("that is not made in time is given up", async () => {
    const slave = await startSlave("modbus-tcp");
    const impatient: Pace = { monotonicMs: () => 0, sleep: async () => {} };
    const session = openModbus({ kind: "modbus-tcp", host: "127.0.0.1", port: slave.port, timeoutMs: TIMEOUT_MS }, impatient);
    const { readings, report } = await read(session);
    expect(seen(readings)).toEqual(["adapterMissing", "adapterMissing", "adapterMissing"]);
    expect(report.faults[0]?.detail).toContain(`no connection in ${TIMEOUT_MS} ms`);
    await session.close();
    await slave.stop();
  });
});

describe("a serial port", () => {
  test("that is not there is a missing adapter, with what to do", async () => {
    const session = openModbus(
      { kind: "modbus-rtu", path: "/dev/no-such-adapter", baudRate: 9_600, parity: "none", stopBits: 1, timeoutMs: TIMEOUT_MS },
      systemClock,
    );
    const { readings, report } = await read(session);
    expect(seen(readings)).toEqual(["adapterMissing", "adapterMissing", "adapterMissing"]);
    expect(report.faults[0]?.detail).toContain("/dev/no-such-adapter: not there: plug the adapter in");
    await session.close();
  });
});
