import { beforeEach, describe, expect, test } from "vitest";
import type { Pace } from "../../drivers/driver.ts";
import type { Line, LineListener } from "../../drivers/line/line.ts";
import { type Answer, type Manners, ModbusClient } from "../../drivers/modbus/client.ts";
import { RtuFraming } from "../../drivers/modbus/frame.ts";
import { dataBody, framed, registers } from "./wire/slave.ts";

/** The library times answers by the real clock: short here. All waiting between frames is by the clock of the test. */
const TIMEOUT_MS = 20;
const GAP_MS = 4.01;
const MANNERS: Manners = { timeoutMs: TIMEOUT_MS, byteMs: 0, gapMs: GAP_MS, drains: true, silencesMax: 0 };
const REQUEST = { functionCode: 4, address: 1, count: 1, bytes: 2 } as const;

const answer = (unit: number, word: number): Buffer =>
  framed("modbus-rtu-tcp", { unit, functionCode: 4, address: 1, count: 1, transaction: 0 }, dataBody(4, registers([word])));

describe("a client on an RTU line", () => {
  let nowMs = 0;
  let listener: LineListener | null = null;
  let sentAtMs: number[] = [];
  let opened = 0;
  let closed = 0;
  /** What the line says to a request, while it is being sent. */
  let reply: ((request: Uint8Array) => Buffer | null) | null = null;
  /** What happens while the client waits. */
  let meanwhile: (() => void) | null = null;

  const pace: Pace = {
    monotonicMs: () => nowMs,
    sleep: async (ms) => {
      nowMs += ms;
      meanwhile?.();
    },
  };
  const line: Line = {
    send: (bytes) => {
      sentAtMs.push(nowMs);
      const said = reply?.(bytes) ?? null;
      // The answer takes its time on the line.
      if (said !== null)
        queueMicrotask(() => {
          nowMs += 9;
          listener?.bytes(said);
        });
    },
    check: async () => null,
    close: async () => {
      closed += 1;
    },
  };
  let client: ModbusClient;
  const word = (answered: Answer): number | string =>
    answered.outcome === "data" ? answered.bytes.readUInt16BE(0) : answered.outcome === "lost" ? answered.reason : "exception";

  beforeEach(() => {
    nowMs = 0;
    sentAtMs = [];
    opened = 0;
    closed = 0;
    meanwhile = null;
    reply = () => answer(3, 7);
    client = new ModbusClient(new RtuFraming(), MANNERS, pace, async (given) => {
      opened += 1;
      listener = given;
      return { line: { ...line } };
    });
  });

  test("keeps the silence between an answer and its next request, and wastes none when time has passed anyway", async () => {
    expect(word(await client.ask(3, REQUEST))).toBe(7);
    const answeredAtMs = nowMs;
    await client.ask(3, REQUEST);
    expect((sentAtMs[1] ?? 0) - answeredAtMs).toBeGreaterThanOrEqual(GAP_MS);
    expect((sentAtMs[1] ?? 0) - answeredAtMs).toBeLessThan(GAP_MS + 1);
    nowMs += 1_000;
    const laterMs = nowMs;
    await client.ask(3, REQUEST);
    expect(sentAtMs[2]).toBe(laterMs);
  });

  test("listens for one answer time after a silence, so that a late answer meets no new question", async () => {
    reply = null;
    expect(word(await client.ask(3, REQUEST))).toBe("timeout");
    const gaveUpAtMs = nowMs;
    reply = () => answer(3, 8);
    expect(word(await client.ask(3, REQUEST))).toBe(8);
    expect((sentAtMs[1] ?? 0) - gaveUpAtMs).toBeGreaterThanOrEqual(TIMEOUT_MS);
  });

  test("goes on sooner when the late answer has come and is over, and does not take it", async () => {
    const patient = new ModbusClient(new RtuFraming(), { ...MANNERS, timeoutMs: 100 }, pace, async (given) => {
      listener = given;
      return { line: { ...line } };
    });
    reply = null;
    expect(word(await patient.ask(3, REQUEST))).toBe("timeout");
    const gaveUpAtMs = nowMs;
    meanwhile = () => {
      listener?.bytes(answer(3, 666));
      meanwhile = null;
    };
    reply = () => answer(3, 8);
    expect(word(await patient.ask(3, REQUEST))).toBe(8);
    const waitedMs = (sentAtMs[1] ?? 0) - gaveUpAtMs;
    expect(waitedMs).toBeGreaterThanOrEqual(25);
    expect(waitedMs).toBeLessThan(60);
  });

  test("is not held up for ever by a line that never falls silent", async () => {
    reply = null;
    await client.ask(3, REQUEST);
    const gaveUpAtMs = nowMs;
    reply = () => answer(3, 8);
    meanwhile = () => {
      if (nowMs - gaveUpAtMs < 5 * TIMEOUT_MS) listener?.bytes(Buffer.from([0x55]));
    };
    expect(word(await client.ask(3, REQUEST))).toBe(8);
    expect((sentAtMs[1] ?? 0) - gaveUpAtMs).toBeLessThan(10 * TIMEOUT_MS);
  });

  test("ends a request at once when its line goes, frees the line, and opens another for the next", async () => {
    reply = () => {
      queueMicrotask(() => listener?.lost({ reason: "adapterMissing", detail: "pulled" }));
      return null;
    };
    const began = performance.now();
    expect(await client.ask(3, REQUEST)).toEqual({ outcome: "lost", reason: "adapterMissing", what: "pulled" });
    expect(performance.now() - began).toBeLessThan(TIMEOUT_MS);
    expect(closed).toBe(1);
    reply = () => answer(3, 9);
    expect(word(await client.ask(3, REQUEST))).toBe(9);
    expect(opened).toBe(2);
  });

  test("hears nothing from a line that it has given up", async () => {
    await client.ask(3, REQUEST);
    const old = listener;
    old?.lost({ reason: "adapterMissing", detail: "pulled" });
    reply = () => {
      old?.bytes(answer(3, 666));
      old?.lost({ reason: "adapterMissing", detail: "again" });
      return answer(3, 9);
    };
    expect(word(await client.ask(3, REQUEST))).toBe(9);
  });

  test("asks one thing at a time: two at once are a mistake of the caller", async () => {
    const first = client.ask(3, REQUEST);
    await expect(client.ask(4, REQUEST)).rejects.toThrow("two requests at once");
    expect(word(await first)).toBe(7);
  });

  test("opens nothing any more once it is closed", async () => {
    await client.close();
    expect(await client.ask(3, REQUEST)).toMatchObject({ outcome: "lost", reason: "adapterMissing" });
    expect(opened).toBe(0);
  });
});
