import { beforeEach, describe, expect, test } from "vitest";
import type { Manners } from "../../drivers/line/exchange.ts";
import type { Line, LineListener } from "../../drivers/line/line.ts";
import type { ExchangeRecord } from "../../drivers/line/watch.ts";
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

  test("a question that may wait long does not make the next one wait as long", async () => {
    const slow = new ModbusClient(new RtuFraming(), { ...MANNERS, byteMs: 10 }, time, opens);
    const long = { functionCode: 4, address: 1, count: 100, bytes: 200 } as const;
    const words = dataBody(4, registers(Array.from({ length: long.count }, () => 7)));
    reply = () => framed("modbus-rtu-tcp", { unit: 3, ...long, transaction: 0 }, words);
    expect(word(await time.run(slow.ask(3, long)))).toBe(7);
    reply = null;
    expect(word(await ask(slow))).toBe("timeout");
    const waitedMs = time.nowMs - (sentAtMs.at(-1) ?? 0);
    // 15 bytes of 10 ms each and its own patience, then what a late answer may take; not the 2 s of the long one.
    expect(waitedMs).toBeGreaterThanOrEqual(150 + TIMEOUT_MS);
    expect(waitedMs).toBeLessThan(1_000);
  });

  test("shows its watch every question with what came of it, and beside it what nobody had asked for", async () => {
    // The bytes of a record are its teller's again as soon as it was told.
    const seen: (ExchangeRecord & { readonly text: readonly unknown[] })[] = [];
    const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
    const watched = new ModbusClient(new RtuFraming(), { ...MANNERS, timeoutMs: 100 }, time, opens, (record) => {
      const { sent, came, stray, lost } = record;
      seen.push({ ...record, text: [hex(sent), hex(came), hex(stray), lost?.reason ?? null] });
    });
    await ask(watched);
    reply = null;
    await ask(watched);
    time.after(10, () => listener?.bytes(answer(3, 666)));
    reply = () => answer(3, 8);
    await ask(watched);
    expect(seen.map(({ text }) => text)).toEqual([
      ["03040001000161e8", hex(answer(3, 7)), "", null],
      ["03040001000161e8", "", "", "timeout"],
      ["03040001000161e8", hex(answer(3, 8)), hex(answer(3, 666)), null],
    ]);
    const [good, silent] = seen;
    expect([good?.firstByteMs, good?.endedMs].map((atMs) => (atMs ?? 0) - (good?.askedMs ?? 0))).toEqual([9, 9]);
    expect([silent?.firstByteMs, (silent?.endedMs ?? 0) - (silent?.askedMs ?? 0)]).toEqual([null, 100]);
  });

  test("shows an answer in two pieces whole, although the line uses its buffer again", async () => {
    const seen: string[] = [];
    const watched = new ModbusClient(new RtuFraming(), MANNERS, time, opens, ({ came }) => seen.push(Buffer.from(came).toString("hex")));
    const whole = answer(3, 7);
    const buffer = Buffer.alloc(16);
    reply = (): null => {
      for (const [at, piece] of [whole.subarray(0, 4), whole.subarray(4)].entries())
        time.after(9 + at, () => {
          buffer.set(piece);
          listener?.bytes(buffer.subarray(0, piece.length));
        });
      return null;
    };
    expect(word(await ask(watched))).toBe(7);
    expect(seen).toEqual([whole.toString("hex")]);
  });

  test("says when the first of what nobody had asked for came", async () => {
    const seen: ExchangeRecord[] = [];
    const watched = new ModbusClient(new RtuFraming(), MANNERS, time, opens, (record) => seen.push(record));
    await ask(watched);
    time.after(30, () => listener?.bytes(Uint8Array.of(0)));
    time.after(40, () => listener?.bytes(Uint8Array.of(0)));
    const noisyAtMs = time.nowMs + 30;
    await time.run(time.sleep(100));
    await ask(watched);
    expect(seen.map(({ stray, strayMs }) => [stray.length, strayMs])).toEqual([
      [0, null],
      [2, noisyAtMs],
    ]);
  });

  test("asks all the same on a wire on which somebody never stops talking", async () => {
    await ask();
    const babble = (): void => {
      listener?.bytes(Uint8Array.of(0x55));
      time.after(1, babble);
    };
    babble();
    const beganAtMs = time.nowMs;
    await ask();
    expect(sentAtMs).toHaveLength(2);
    expect((sentAtMs[1] ?? 0) - beganAtMs).toBeLessThan(600);
  });

  test("shows its watch a line that cannot be opened", async () => {
    const seen: ExchangeRecord[] = [];
    const fault = { reason: "adapterMissing", detail: "not there" } as const;
    const watched = new ModbusClient(
      ...([new RtuFraming(), MANNERS, time] as const),
      async () => ({ fault }),
      (record) => seen.push(record),
    );
    await ask(watched);
    expect(seen).toMatchObject([{ sent: new Uint8Array(0), lost: { reason: "adapterMissing", what: "not there" } }]);
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
