import { describe, expect, test } from "vitest";
import type { Framing } from "../../drivers/line/exchange.ts";
import type { LineListener } from "../../drivers/line/line.ts";
import { type Answer, ModbusClient } from "../../drivers/modbus/client.ts";
import { crc16, RtuFraming, TcpFraming } from "../../drivers/modbus/frame.ts";
import { openClient } from "../../drivers/snmp/client.ts";
import { systemClock } from "../../firmware/platform/clock.ts";
import { times } from "../faults/counts.ts";
import { startStubAgent } from "../peers/snmp-stub.ts";
import { dataBody, framed, registers } from "./wire/slave.ts";

/** Malformed answers per protocol: none may crash us, and none may become a value. */
const COUNT = times({ short: 10_000, full: 1_000_000 });

/** The same chance at every run, so that what went wrong once goes wrong again. */
class Chance {
  #state: number;
  constructor(seed: number) {
    this.#state = seed >>> 0;
  }
  below(limit: number): number {
    // xorshift32
    this.#state ^= this.#state << 13;
    this.#state >>>= 0;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    this.#state >>>= 0;
    return this.#state % limit;
  }
  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.below(256)));
  }
  of<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }
}

type Kind = "modbus-rtu-tcp" | "modbus-tcp";
interface Exchange {
  readonly unit: number;
  readonly request: { readonly functionCode: 3 | 4; readonly address: number; readonly count: number; readonly bytes: number };
  readonly frame: Buffer;
  readonly answer: Buffer;
}

function exchange(kind: Kind, chance: Chance): Exchange {
  const unit = 1 + chance.below(247);
  const functionCode = chance.of([3, 4] as const);
  const count = 1 + chance.below(20);
  const address = chance.below(60_000);
  const head = Buffer.from([unit, functionCode, address >> 8, address & 255, count >> 8, count & 255]);
  const sum = crc16(head, 0, head.length);
  const words = Array.from({ length: count }, () => chance.below(65_536));
  const asked = { unit, functionCode, address, count, transaction: 1 };
  return {
    unit,
    request: { functionCode, address, count, bytes: count * 2 },
    frame: Buffer.concat([head, Buffer.from([sum & 255, sum >> 8])]),
    answer: framed(kind, asked, dataBody(functionCode, registers(words))),
  };
}

/** How a right answer is spoilt: the same way each time it is called. */
type Spoil = (right: Buffer) => Buffer;

/**
 * Errors that CRC-16 promises to find: a burst of at most sixteen bits, or an odd number of bits. (Of frames that lost or gained a byte it
 * lets one in 65,536 through: no receiver can do better.)
 */
function bitErrors(length: number, chance: Chance): Spoil {
  const pattern = Buffer.alloc(length);
  if (chance.below(2) === 0) {
    const at = chance.below(length - 1);
    pattern[at] = 1 + chance.below(255);
    pattern[at + 1] = chance.below(256);
  } else {
    const bits = new Set<number>();
    const count = chance.of([1, 3, 5]);
    while (bits.size < count) bits.add(chance.below(length * 8));
    for (const bit of bits) pattern[bit >> 3] = (pattern[bit >> 3] ?? 0) | (1 << (bit & 7));
  }
  return (right) => Buffer.from(right.map((byte, at) => byte ^ (pattern[at] ?? 0)));
}

function cutOff(length: number, chance: Chance): Spoil {
  const end = chance.below(length);
  return (right) => right.subarray(0, end);
}

function instead(bytes: Buffer): Spoil {
  return () => bytes;
}

/** Without a checksum only the head can be told from a right one: transaction, protocol, length, unit, function, byte count. */
function wrongHead(chance: Chance): Spoil {
  const [at, change] = [chance.below(9), 1 + chance.below(255)];
  return (right) => {
    const copy = Buffer.from(right);
    copy[at] = (copy[at] ?? 0) ^ change;
    return copy;
  };
}

/** A client whose far end spoils each answer; the framing alone has seen beforehand that it will not have to wait. */
class SpoiltWire {
  readonly client: ModbusClient;
  #listener: LineListener | null = null;
  #reply: (sent: Buffer) => Buffer = () => Buffer.alloc(0);

  constructor(kind: Kind) {
    const manners = { timeoutMs: 500, byteMs: 0, gapMs: 0, drains: false, silencesMax: 0 };
    const framing = kind === "modbus-tcp" ? new TcpFraming() : new RtuFraming();
    this.client = new ModbusClient(framing, manners, { monotonicMs: () => 0, sleep: async () => {} }, async (listener) => {
      this.#listener = listener;
      const send = (bytes: Uint8Array): void => {
        const reply = this.#reply(Buffer.from(bytes));
        queueMicrotask(() => this.#listener?.bytes(reply));
      };
      return { line: { send, check: async () => null, close: async () => {} } };
    });
  }

  ask({ unit, request }: Exchange, reply: (sent: Buffer) => Buffer): Promise<Answer> {
    this.#reply = reply;
    return this.client.ask(unit, request);
  }
}

function framingTakes(kind: Kind, frame: Buffer, reply: (sent: Buffer) => Buffer): boolean {
  const framing: Framing<Buffer, Buffer> = kind === "modbus-tcp" ? new TcpFraming() : new RtuFraming();
  return framing.take(reply(Buffer.from(framing.begin(frame)))) !== null || framing.broken;
}

async function tryModbus(kind: Kind, seed: number, spoilOf: (exchanged: Exchange, chance: Chance) => Spoil): Promise<number> {
  const chance = new Chance(seed);
  const wire = new SpoiltWire(kind);
  let judged = 0;
  for (let nth = 0; nth < COUNT; nth += 1) {
    const exchanged = exchange(kind, chance);
    const spoil = spoilOf(exchanged, chance);
    const reply = (sent: Buffer): Buffer => {
      const right = Buffer.from(exchanged.answer);
      if (kind === "modbus-tcp") sent.copy(right, 0, 0, 2);
      return spoil(right);
    };
    // What the framing keeps back never reaches anybody: waiting for it would only cost time.
    if (!framingTakes(kind, exchanged.frame, reply)) continue;
    judged += 1;
    const said = await wire.ask(exchanged, reply);
    expect(said.outcome, `${kind} ${nth}: ${spoil(exchanged.answer).toString("hex")}`).not.toBe("data");
  }
  await wire.client.close();
  return judged;
}

describe("malformed answers", () => {
  test(`Modbus RTU: ${COUNT} of them, no crash, no value`, async () => {
    const judged = await tryModbus("modbus-rtu-tcp", 20_261, ({ answer }, chance) => {
      const other = exchange("modbus-rtu-tcp", chance).answer;
      const isForeign = answer[0] !== other[0] || answer[1] !== other[1];
      return chance.of<() => Spoil>([
        () => bitErrors(answer.length, chance),
        () => cutOff(answer.length, chance),
        () => instead(chance.bytes(chance.below(300))),
        () => instead(isForeign ? other : Buffer.alloc(0)),
      ])();
    });
    expect(judged).toBeGreaterThan(COUNT / 20);
  }, 900_000);

  test(`Modbus TCP: ${COUNT} of them, no crash, no value`, async () => {
    const judged = await tryModbus("modbus-tcp", 20_262, ({ answer }, chance) =>
      chance.of<() => Spoil>([
        () => wrongHead(chance),
        () => cutOff(answer.length, chance),
        () => instead(chance.bytes(chance.below(300))),
      ])(),
    );
    expect(judged).toBeGreaterThan(COUNT / 20);
  }, 900_000);

  test(`SNMP: ${COUNT} of them, no crash, no value`, async () => {
    const chance = new Chance(20_263);
    const agent = await startStubAgent();
    const security = { version: "2c", community: "public" } as const;
    const client = openClient({ kind: "snmp", host: "127.0.0.1", port: agent.port, timeoutMs: 2_000, retries: 0, security }, systemClock);
    const asked = "1.3.6.1.2.1.33.1.2.4.0";
    const perRequest = 20;
    let sent = 0;
    let right = 0;
    agent.answerWith(() => ({
      kind: "mangled",
      variables: [[asked, 42]],
      datagrams: (truth) => {
        const bad = Array.from({ length: perRequest }, () => malformed(truth, chance));
        sent += bad.length;
        return [...bad, truth];
      },
    }));
    while (sent < COUNT) {
      const answer = await client.get([asked]);
      if (answer.outcome !== "variables") continue;
      expect(answer.variables.map(({ oid, value }) => [oid, value])).toEqual([[asked, 42]]);
      right += 1;
    }
    client.close();
    await agent.stop();
    // Most requests get to the truth that follows the rubbish.
    expect(right).toBeGreaterThan(0);
  }, 600_000);
});

/** Cut off, random, or with a length, a tag or the request's number changed: bytes in front of the value, never the value itself. */
function malformed(truth: Buffer, chance: Chance): Buffer {
  switch (chance.below(3)) {
    case 0:
      return truth.subarray(0, chance.below(truth.length));
    case 1:
      return chance.bytes(chance.below(120));
    default: {
      const copy = Buffer.from(truth);
      const at = chance.below(truth.length - 7);
      copy[at] = (copy[at] ?? 0) ^ (1 + chance.below(255));
      return copy;
    }
  }
}
