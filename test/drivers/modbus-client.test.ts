import { beforeEach, describe, expect, test } from "vitest";
import type { Manners } from "../../drivers/line/exchange.ts";
import type { Line, LineListener } from "../../drivers/line/line.ts";
import { type Answer, ModbusClient } from "../../drivers/modbus/client.ts";
import { RtuFraming } from "../../drivers/modbus/frame.ts";
import { dataBody, framed, registers } from "./wire/slave.ts";
import { VirtualTime } from "./wire/virtual-time.ts";

const TIMEOUT_MS = 20;
const GAP_MS = 4.01;
const MANNERS: Manners = { timeoutMs: TIMEOUT_MS, byteMs: 0, gapMs: GAP_MS, drains: true, silencesMax: 0 };
const REQUEST = { functionCode: 4, address: 1, count: 1, bytes: 2 } as const;

const answer = (unit: number, word: number): Buffer =>
  framed("modbus-rtu-tcp", { unit, functionCode: 4, address: 1, count: 1, transaction: 0 }, dataBody(4, registers([word])));

describe("a client on an RTU line", () => {
  let time: VirtualTime;
  let listener: LineListener | null = null;
  let sentAtMs: number[] = [];
  let opened = 0;
  let closed = 0;
  /** What the line says to a request, while it is being sent. */
  let reply: ((request: Uint8Array) => Buffer | null) | null = null;

  const line: Line = {
    send: (bytes) => {
      sentAtMs.push(time.nowMs);
      const said = reply?.(bytes) ?? null;
      // The answer takes its time on the line.
      if (said !== null) time.after(9, () => listener?.bytes(said));
    },
    check: async () => null,
    close: async () => {
      closed += 1;
    },
  };
  const opens = async (given: LineListener) => {
    opened += 1;
    listener = given;
    return { line: { ...line } };
  };
  const ask = (asked: ModbusClient = client) => time.run(asked.ask(3, REQUEST));
  let client: ModbusClient;
  const word = (answered: Answer): number | string =>
    answered.outcome === "data" ? answered.bytes.readUInt16BE(0) : answered.outcome === "lost" ? answered.reason : "exception";

  beforeEach(() => {
    time = new VirtualTime();
    sentAtMs = [];
    opened = 0;
    closed = 0;
    reply = () => answer(3, 7);
    client = new ModbusClient(new RtuFraming(), MANNERS, time, opens);
  });

  test("keeps the silence between an answer and its next request, and wastes none when time has passed anyway", async () => {
    expect(word(await ask())).toBe(7);
    const answeredAtMs = time.nowMs;
    await ask();
    expect((sentAtMs[1] ?? 0) - answeredAtMs).toBeGreaterThanOrEqual(GAP_MS);
    expect((sentAtMs[1] ?? 0) - answeredAtMs).toBeLessThan(GAP_MS + 1);
    time.nowMs += 1_000;
    const laterMs = time.nowMs;
    await ask();
    expect(sentAtMs[2]).toBe(laterMs);
  });

  test("leaves a unit alone as long as it wants, where that is more than the line's silence", async () => {
    await ask();
    const answeredAtMs = time.nowMs;
    await time.run(client.ask(3, REQUEST, 50));
    expect((sentAtMs[1] ?? 0) - answeredAtMs).toBeGreaterThanOrEqual(50);
    expect((sentAtMs[1] ?? 0) - answeredAtMs).toBeLessThan(51);
  });

  test("listens for one answer time after a silence, so that a late answer meets no new question", async () => {
    reply = null;
    expect(word(await ask())).toBe("timeout");
    const gaveUpAtMs = time.nowMs;
    reply = () => answer(3, 8);
    expect(word(await ask())).toBe(8);
    expect((sentAtMs[1] ?? 0) - gaveUpAtMs).toBeGreaterThanOrEqual(TIMEOUT_MS);
  });

  test("goes on sooner when the late answer has come and is over, and does not take it", async () => {
    const patient = new ModbusClient(new RtuFraming(), { ...MANNERS, timeoutMs: 100 }, time, opens);
    reply = null;
    expect(word(await ask(patient))).toBe("timeout");
    const gaveUpAtMs = time.nowMs;
    time.after(10, () => listener?.bytes(answer(3, 666)));
    reply = () => answer(3, 8);
    expect(word(await ask(patient))).toBe(8);
    const waitedMs = (sentAtMs[1] ?? 0) - gaveUpAtMs;
    expect(waitedMs).toBeGreaterThanOrEqual(25);
    expect(waitedMs).toBeLessThan(60);
  });

  test("is not held up for ever by a line that never falls silent", async () => {
    reply = null;
    await ask();
    const gaveUpAtMs = time.nowMs;
    reply = () => answer(3, 8);
    const babble = (): void => {
      listener?.bytes(Buffer.from([0x55]));
      if (time.nowMs - gaveUpAtMs < 5 * TIMEOUT_MS) time.after(8, babble);
    };
    babble();
    expect(word(await ask())).toBe(8);
    expect((sentAtMs[1] ?? 0) - gaveUpAtMs).toBeLessThan(10 * TIMEOUT_MS);
  });

  test("ends a request at once when its line goes, frees the line, and opens another for the next", async () => {
    reply = () => {
      queueMicrotask(() => listener?.lost({ reason: "adapterMissing", detail: "pulled" }));
      return null;
    };
    const began = time.nowMs;
    expect(await ask()).toEqual({ outcome: "lost", reason: "adapterMissing", what: "pulled" });
    expect(time.nowMs - began).toBeLessThan(TIMEOUT_MS);
    expect(closed).toBe(1);
    reply = () => answer(3, 9);
    expect(word(await ask())).toBe(9);
    expect(opened).toBe(2);
  });

  test("hears nothing from a line that it has given up", async () => {
    await ask();
    const old = listener;
    old?.lost({ reason: "adapterMissing", detail: "pulled" });
    reply = () => {
      old?.bytes(answer(3, 666));
      old?.lost({ reason: "adapterMissing", detail: "again" });
      return answer(3, 9);
    };
    expect(word(await ask())).toBe(9);
  });

  test("asks one thing at a time: two at once are a mistake of the caller", async () => {
    const first = client.ask(3, REQUEST);
    await expect(client.ask(4, REQUEST)).rejects.toThrow("two questions at once");
    expect(word(await time.run(first))).toBe(7);
  });

  test("opens nothing any more once it is closed", async () => {
    await client.close();
    expect(await ask()).toMatchObject({ outcome: "lost", reason: "adapterMissing" });
    expect(opened).toBe(0);
  });
});
