import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ModbusClient } from "../../drivers/modbus/client.ts";
import { clientFor } from "../../drivers/modbus/session.ts";
import { runAsk } from "../../firmware/commissioning/run.ts";
import type { ScanAsk } from "../../firmware/contract/commissioning.ts";
import { systemClock } from "../../firmware/platform/clock.ts";
import { type Asked, dataBody, type FakeSlave, framed, registers, startSlave } from "../drivers/wire/slave.ts";

const TIMEOUT_MS = 150;
const GATEWAY_SAYS_NOBODY = 11;
const exception = (asked: Asked, code: number): Buffer => framed("modbus-tcp", asked, Buffer.from([asked.functionCode | 0x80, code]));
const good = (asked: Asked): Buffer => framed("modbus-tcp", asked, dataBody(asked.functionCode, registers([1])));

let slave: FakeSlave;
beforeEach(async () => {
  slave = await startSlave("modbus-tcp");
});
afterEach(() => slave.stop());

async function scan(ask: Partial<ScanAsk> = {}) {
  const bus = { id: "line", kind: "modbus-tcp", host: "127.0.0.1", port: slave.port, timeout: TIMEOUT_MS, pause: 0 } as const;
  const outcome = await runAsk(
    { kind: "scan", ask: { bus: "line", units: [1, 2, 3, 4, 5], ...ask } },
    { bus, known: [], clock: systemClock, ends: new AbortController().signal, tell: () => {}, note: async () => true },
  );
  if (outcome.result?.kind !== "scan") throw new Error(JSON.stringify(outcome));
  return outcome.result;
}

describe("units behind a Modbus TCP gateway", () => {
  test("are found behind one that takes longer to say that nobody is there than the bus would wait", async () => {
    const slowMs = 3 * TIMEOUT_MS;
    slave.react((asked) =>
      asked.unit === 3 ? [{ bytes: good(asked) }] : [{ bytes: exception(asked, GATEWAY_SAYS_NOBODY), afterMs: slowMs }],
    );
    const { found } = await scan();
    expect(found).toMatchObject([{ place: 3, verdict: "answered", answered: 3, line: "" }]);
    // Nobody was given up before the gateway had spoken: each was asked once.
    expect(slave.asked.filter(({ unit }) => unit === 4)).toHaveLength(1);
  });

  test("are one device when the endpoint answers whatever is asked", async () => {
    slave.react((asked) => [{ bytes: good(asked) }]);
    const { found, advice } = await scan();
    expect(found).toHaveLength(1);
    expect(advice[0]?.en).toContain("answers whatever unit is asked");
  });

  test("cannot be looked for where nobody listens", async () => {
    await slave.stop();
    const bus = { id: "line", kind: "modbus-tcp", host: "127.0.0.1", port: slave.port, timeout: TIMEOUT_MS, pause: 0 } as const;
    const asked = { kind: "scan", ask: { bus: "line" } } as const;
    const tools = { bus, known: [], clock: systemClock, ends: new AbortController().signal, tell: () => {}, note: async () => true };
    expect(await runAsk(asked, tools)).toMatchObject({ problem: { en: expect.stringContaining("ECONNREFUSED") } });
    slave = await startSlave("modbus-tcp");
  });
});

describe("a write", () => {
  test("is not done when it cannot be written down first", async () => {
    slave.react((asked) => [{ bytes: good(asked) }]);
    const bus = { id: "line", kind: "modbus-tcp", host: "127.0.0.1", port: slave.port, timeout: TIMEOUT_MS, pause: 0 } as const;
    const ask = { bus: "line", unit: 1, table: "holding", address: 0, values: [9], multiple: false, reason: "x" } as const;
    const outcome = await runAsk(
      { kind: "write", ask: { ...ask, values: [9] } },
      { bus, known: [], clock: systemClock, ends: new AbortController().signal, tell: () => {}, note: async () => false },
    );
    expect(outcome).toMatchObject({ problem: { en: expect.stringContaining("audit log") } });
    expect(slave.asked.map(({ functionCode }) => functionCode)).toEqual([3]);
  });
});

describe.each(["modbus-tcp", "modbus-rtu-tcp"] as const)("questions that do not read, over %s", (kind) => {
  let other: FakeSlave;
  let client: ModbusClient;
  beforeEach(async () => {
    other = await startSlave(kind);
    client = clientFor({ kind, host: "127.0.0.1", port: other.port, timeoutMs: TIMEOUT_MS }, systemClock);
  });
  afterEach(async () => {
    await client.close();
    await other.stop();
  });
  const words = (...values: number[]): Buffer => registers(values);

  test("one register is set when the unit repeats the question", async () => {
    other.react((asked) => [{ bytes: framed(kind, asked, Buffer.concat([Buffer.from([6]), words(100, 42)])) }]);
    expect(await client.ask(3, { functionCode: 6, address: 100, values: [42] })).toMatchObject({ outcome: "data" });
  });

  test("a coil and several registers are set, and an exception is one", async () => {
    other.react((asked) => [{ bytes: framed(kind, asked, Buffer.concat([Buffer.from([5]), words(5, 0xff00)])) }]);
    expect(await client.ask(3, { functionCode: 5, address: 5, values: [1] })).toMatchObject({ outcome: "data" });
    other.react((asked) => [{ bytes: framed(kind, asked, Buffer.concat([Buffer.from([16]), words(100, 2)])) }]);
    expect(await client.ask(3, { functionCode: 16, address: 100, values: [1, 2] })).toMatchObject({ outcome: "data" });
    other.react((asked) => [{ bytes: framed(kind, asked, Buffer.from([0x90, 2])) }]);
    expect(await client.ask(3, { functionCode: 16, address: 100, values: [1, 2] })).toEqual({ outcome: "exception", code: 2 });
  });

  test("a unit says who it is, in pieces, also when it counts what is in all frames", async () => {
    const objects = [0, 3, ...Buffer.from("RLE"), 1, 2, ...Buffer.from("LD")];
    const frame = (asked: Asked, count: number): Buffer => framed(kind, asked, Buffer.from([43, 0x0e, 1, 1, 0, 0, count, ...objects]));
    for (const count of [2, 3]) {
      other.react((asked) => {
        const bytes = frame(asked, count);
        return [{ bytes: bytes.subarray(0, 9) }, { bytes: bytes.subarray(9), afterMs: 20 }];
      });
      const answer = await client.ask(3, { functionCode: 43, from: 0 });
      expect(answer).toMatchObject({ outcome: "data", bytes: Buffer.from([0x0e, 1, 1, 0, 0, count, ...objects]) });
    }
    other.react((asked) => [{ bytes: framed(kind, asked, Buffer.from([0xab, 1])) }]);
    expect(await client.ask(3, { functionCode: 43, from: 0 })).toEqual({ outcome: "exception", code: 1 });
  });
});

test("several registers are set through a converter that hears itself", async () => {
  const other = await startSlave("modbus-rtu-tcp");
  const client = clientFor({ kind: "modbus-rtu-tcp", host: "127.0.0.1", port: other.port, timeoutMs: TIMEOUT_MS }, systemClock);
  const echo = Buffer.from([3, 16, 0, 100, 0, 2, 4, 0, 1, 0, 2]);
  const { crc16 } = await import("../../drivers/modbus/frame.ts");
  const sum = Buffer.alloc(2);
  sum.writeUInt16LE(crc16(echo, 0, echo.length));
  other.react((asked) => [
    { bytes: Buffer.concat([echo, sum]) },
    { bytes: framed("modbus-rtu-tcp", asked, Buffer.concat([Buffer.from([16]), registers([100, 2])])), afterMs: 30 },
  ]);
  expect(await client.ask(3, { functionCode: 16, address: 100, values: [1, 2] })).toMatchObject({ outcome: "data" });
  await client.close();
  await other.stop();
});
