import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { characterMs } from "../../drivers/line/wire.ts";
import { openOsdp } from "../../drivers/osdp/session.ts";
import { osdpTalker, SimulatedReader, wiegand } from "../peers/line/osdp-reader.ts";
import type { Talker, Utterance } from "../peers/line/talker.ts";
import { profileOf, type Seen, watched } from "./wire/reading.ts";
import { simulatedLine } from "./wire/simulated-line.ts";
import { VirtualTime } from "./wire/virtual-time.ts";

const LINE = { baudRate: 9_600, parity: "none", stopBits: 1 } as const;
const PERIOD_MS = 200;
const INPUTS = profileOf("door/osdp-reader-inputs", "osdp");

/** A line in virtual time with readers on it, each read by turns as acquisition does. */
class Stage {
  readonly time = new VirtualTime();
  readonly reader: SimulatedReader;
  readonly sent: Buffer[];
  /** Cards as they were told. */
  readonly told: bigint[] = [];
  /** Rounds that said that cards may be lost, the first one of the conversation excepted. */
  losses = 0;
  rounds = 0;
  readonly #read: () => Promise<Seen>;
  readonly #close: () => Promise<void>;
  #begun = false;
  #cards = 0;

  constructor({ check = "crc16" as "crc16" | "sum8", between = (talker: Talker): Talker => talker } = {}) {
    this.reader = new SimulatedReader(5, () => this.time.nowMs, check);
    const { opens, sent } = simulatedLine(this.time, between(osdpTalker([this.reader], 4, check)), characterMs(LINE));
    this.sent = sent;
    const session = openOsdp({ ...LINE, path: "/dev/ttyS0", timeoutMs: 200 }, this.time, { opens });
    this.#read = watched(session.device({ profile: { ...INPUTS, check }, unit: 5 }));
    this.#close = () => session.close();
  }

  async round(): Promise<Seen> {
    const nextMs = this.time.nowMs + PERIOD_MS;
    const seen = await this.time.run(this.#read());
    this.rounds += 1;
    if (seen.report.eventsLost === true && this.#begun) this.losses += 1;
    this.#begun ||= seen.report.eventsLost === true;
    const { "access.card": low, "access.card.high": high, "access.events": count } = seen.points;
    if (typeof count === "number") {
      const step = count - this.#cards;
      expect(step === 0 || step === 1).toBe(true);
      if (typeof low === "number") expect(step).toBe(1);
      this.#cards = count;
    }
    if (typeof low === "number" && typeof high === "number") this.told.push((BigInt(high) << 32n) | BigInt(low));
    await this.time.run(this.time.sleep(Math.max(0, nextMs - this.time.nowMs)));
    return seen;
  }

  async rest(ms: number): Promise<void> {
    await this.time.run(this.time.sleep(ms));
  }

  /** Commands by code, as they were sent. */
  commands(): readonly (number | undefined)[] {
    return this.sent.map((bytes) => bytes[6]);
  }

  end(): Promise<void> {
    return this.#close();
  }
}

describe("a reader on the line", () => {
  test("is asked who it is, what it can do and how it stands, and then polled; nothing else is ever sent", async () => {
    const stage = new Stage();
    const { points, report } = await stage.round();
    expect(points).toMatchObject({
      ...{ "access.events": 0, "access.card": "!sentinel", "access.keys": 0 },
      ...{ "door.contact": "closed", "door.exit": "released", "access.tamper.alarm": "normal", "access.supply.alarm": "normal" },
    });
    expect(report).toEqual({ answered: true, transactions: 5, faults: [], eventsLost: true });
    expect(stage.commands()).toEqual([0x61, 0x62, 0x64, 0x65, 0x60]);
    for (let rounds = 0; rounds < 40; rounds += 1) await stage.round();
    expect(new Set(stage.commands())).toEqual(new Set([0x60, 0x61, 0x62, 0x64, 0x65]));
    const sequences = stage.sent.map((bytes) => (bytes[5] ?? 0) & 3);
    expect(sequences.slice(0, 8)).toEqual([0, 1, 2, 3, 1, 2, 3, 1]);
  });

  test("says who it is", async () => {
    const stage = new Stage();
    const { opens } = simulatedLine(stage.time, osdpTalker([stage.reader]), 1);
    const reader = openOsdp({ ...LINE, path: "/dev/ttyS0", timeoutMs: 200 }, stage.time, { opens }).device({ profile: INPUTS, unit: 5 });
    expect(reader.identity?.()).toBeNull();
    await stage.time.run(watched(reader)());
    expect(reader.identity?.()).toBe("vendor A1A2A3, model 177.193, serial D4D3D2D1, firmware 1.2.3, inputs 2");
  });

  test("tells a card once, in the round in which it comes", async () => {
    const stage = new Stage();
    await stage.round();
    stage.reader.card(wiegand(26, 12_345_678));
    stage.reader.card("1".repeat(40));
    for (let rounds = 0; rounds < 5; rounds += 1) await stage.round();
    expect(stage.told).toEqual([12_345_678n, 0xff_ffff_ffffn]);
  });

  test("a card is told within 300 ms on a line of four readers at 9600 Bd", async () => {
    const time = new VirtualTime();
    const readers = [1, 2, 3, 4].map((address) => new SimulatedReader(address, () => time.nowMs));
    const { opens } = simulatedLine(time, osdpTalker(readers), characterMs(LINE));
    const session = openOsdp({ ...LINE, path: "/dev/ttyS0", timeoutMs: 200 }, time, { opens });
    const reads = readers.map(({ address }) => watched(session.device({ profile: INPUTS, unit: address })));
    const heldMs: number[] = [];
    let slowestMs = 0;
    for (let round = 0; round < 200; round += 1) {
      const startMs = time.nowMs;
      if (round > 0)
        for (const [index, reader] of readers.entries())
          if (heldMs[index] === undefined)
            time.after((37 * round + 61 * index) % PERIOD_MS, () => {
              heldMs[index] = time.nowMs;
              reader.card(wiegand(26, 1 + round));
            });
      for (const [index, read] of reads.entries()) {
        const { points } = await time.run(read());
        const since = heldMs[index];
        if (typeof points["access.card"] !== "number" || since === undefined) continue;
        slowestMs = Math.max(slowestMs, time.nowMs - since);
        delete heldMs[index];
      }
      await time.run(time.sleep(Math.max(0, startMs + PERIOD_MS - time.nowMs)));
    }
    expect(slowestMs).toBeGreaterThan(100);
    expect(slowestMs).toBeLessThanOrEqual(300);
  });

  test("tells of tamper, power and inputs as they change, also where it does not say so by itself", async () => {
    const stage = new Stage();
    await stage.round();
    Object.assign(stage.reader, { tamper: 1, power: 1, inputs: [0, 1] });
    let seen = await stage.round();
    for (let rounds = 0; rounds < 12; rounds += 1) seen = await stage.round();
    expect(seen.points).toMatchObject({
      ...{ "access.tamper.alarm": "alarm", "access.supply.alarm": "alarm", "door.contact": "open", "door.exit": "pressed" },
    });
    stage.reader.tell(0x49, [1, 0]);
    expect((await stage.round()).points).toMatchObject({ "door.contact": "closed", "door.exit": "released" });
  });

  test("an input that is short, broken or not there has no state", async () => {
    const stage = new Stage();
    stage.reader.inputs = [3];
    expect((await stage.round()).points).toMatchObject({ "door.contact": "!unknownState", "door.exit": "!noSuchObject" });
  });

  test("without inputs or status is asked for them once, and told of as not having them", async () => {
    const stage = new Stage();
    for (const code of [0x62, 0x64, 0x65]) stage.reader.unknown.add(code);
    const { points, report } = await stage.round();
    expect(report.faults).toEqual([]);
    expect(points).toMatchObject({ "access.events": 0, "access.tamper.alarm": "!noSuchObject", "door.contact": "!noSuchObject" });
    for (let rounds = 0; rounds < 30; rounds += 1) await stage.round();
    expect(stage.commands().filter((code) => code === 0x65)).toHaveLength(1);
  });

  test("counts keys and forgets which", async () => {
    const stage = new Stage();
    await stage.round();
    stage.reader.tell(0x53, [0, 4, 0x31, 0x32, 0x33, 0x34]);
    const seen = await stage.round();
    expect(seen.points["access.keys"]).toBe(4);
    expect(JSON.stringify(seen)).not.toContain("1234");
  });

  test("a card that cannot be read is a fault by name and a count, not a card, and its bits are in neither", async () => {
    const stage = new Stage();
    await stage.round();
    const right = wiegand(26, 12_345_678);
    stage.reader.card(`${right.startsWith("1") ? "0" : "1"}${right.slice(1)}`);
    const { points, report } = await stage.round();
    expect(report.faults).toEqual([{ reason: "garbled", detail: "reader 5 poll: a card of 26 bits with wrong parity" }]);
    expect(points).toMatchObject({ "access.events": 1, "access.card": "!sentinel", "access.card.high": "!sentinel" });
  });

  test("that wants a secure channel is reached and refuses, with what to do", async () => {
    const stage = new Stage();
    stage.reader.mood = "secureOnly";
    const { points, report } = await stage.round();
    expect(report).toMatchObject({ answered: true, faults: [{ reason: "refused" }] });
    expect(report.faults[0]?.detail).toContain("unencrypted (install) mode");
    expect(points["access.events"]).toBe("!refused");
  });

  test("that is busy has no values, and is asked the same again under the same number", async () => {
    const stage = new Stage();
    await stage.round();
    stage.reader.card(wiegand(26, 7));
    stage.reader.mood = "busy";
    const { points, report } = await stage.round();
    expect(report).toMatchObject({ answered: true, faults: [{ reason: "exception", detail: "reader 5 poll: busy" }] });
    expect(points["access.events"]).toBe("!exception");
    stage.reader.mood = "willing";
    await stage.round();
    expect(stage.told).toEqual([7n]);
    const [before, after] = stage.sent.slice(-2);
    expect(after).toEqual(before);
  });

  test("that is silent is asked twice in a round, the same each time; after eight seconds everything begins anew", async () => {
    let silent = false;
    const stage = new Stage({ between: (talker) => (heard) => (silent ? [] : talker(heard)) });
    await stage.round();
    silent = true;
    const { points, report } = await stage.round();
    expect(report).toMatchObject({ answered: false, transactions: 2, faults: [{ reason: "timeout" }] });
    expect(points["door.contact"]).toBe("!timeout");
    expect(stage.sent.at(-1)).toEqual(stage.sent.at(-2));
    await stage.rest(8_000);
    silent = false;
    await stage.round();
    expect(stage.losses).toBe(1);
    expect(stage.commands().slice(-5)).toEqual([0x61, 0x62, 0x64, 0x65, 0x60]);
    expect((stage.sent.at(-5)?.[5] ?? 9) & 3).toBe(0);
  });

  test("that was switched off and on, or takes a repeated number for a wrong one, begins anew, and cards may be lost", async () => {
    const stage = new Stage();
    await stage.round();
    stage.reader.restart();
    expect((await stage.round()).report.faults).toMatchObject([
      { reason: "exception", detail: expect.stringContaining("sequence number") },
    ]);
    expect((await stage.round()).report).toMatchObject({ answered: true, faults: [], eventsLost: true });
    let loseNext = false;
    const deaf = new Stage({
      between: (talker) => (heard) => {
        const said = talker(heard);
        if (!loseNext) return said;
        loseNext = false;
        return [];
      },
    });
    await deaf.round();
    deaf.reader.repeats = false;
    deaf.reader.card(wiegand(26, 9));
    loseNext = true;
    await deaf.round();
    await deaf.round();
    expect([deaf.told, deaf.reader.forgotten, deaf.losses]).toEqual([[], 1, 1]);
  });
});

/** What becomes of one command and its answer on the way. */
const FATES = [
  "none",
  "none",
  "commandLost",
  "answerLost",
  "commandDamaged",
  "answerDamaged",
  "commandTwice",
  "answerTwice",
  "noise",
] as const;
type Fate = (typeof FATES)[number];
const TROUBLES_IN_A_ROW_MAX = 5;

function damaged(bytes: Buffer, places: readonly number[]): Buffer {
  const wrong = Buffer.from(bytes);
  for (const place of places) wrong[(place >> 3) % bytes.length] = (wrong[(place >> 3) % bytes.length] ?? 0) ^ (1 << (place & 7));
  return wrong;
}

const later = (said: readonly Utterance[], ms: number): readonly Utterance[] =>
  said.map(({ bytes, afterMs }) => ({ bytes, afterMs: afterMs + ms }));

/** A line on which things happen to commands and answers, one fate after the other. */
function fated(talker: Talker, fates: readonly (readonly [fate: Fate, place: number, delayMs: number])[]): Talker {
  let turn = 0;
  return (heard) => {
    const [fate, place, delayMs] = fates[turn] ?? ["none", 0, 0];
    turn += 1;
    switch (fate) {
      case "none":
        return talker(heard);
      case "commandLost":
        return [];
      case "answerLost":
        talker(heard);
        return [];
      case "commandDamaged":
        return talker(damaged(heard, [8 + place]));
      case "answerDamaged":
        return talker(heard).map(({ bytes, afterMs }) => ({ bytes: damaged(bytes, [place]), afterMs }));
      case "commandTwice":
        return [...talker(heard), ...later(talker(heard), delayMs)];
      case "answerTwice": {
        const said = talker(heard);
        return [...said, ...later(said, delayMs)];
      }
      case "noise":
        return [{ bytes: Buffer.from([0x53, 0x85, place & 0xff, 0x00]), afterMs: 1 }, ...later(talker(heard), 10)];
      default:
        return fate satisfies never;
    }
  };
}

const anyFates = fc
  .array(fc.tuple(fc.constantFrom(...FATES), fc.nat({ max: 127 }), fc.integer({ min: 20, max: 150 })), { maxLength: 120 })
  .map((fates) =>
    fates.map((fate, index) => (index % (TROUBLES_IN_A_ROW_MAX + 1) === TROUBLES_IN_A_ROW_MAX ? (["none", 0, 0] as const) : fate)),
  );
/** Before which round how many cards are held to the reader. */
const anyCards = fc.array(fc.tuple(fc.nat({ max: 50 }), fc.integer({ min: 1, max: 3 })), { maxLength: 12 });

describe("the law of the sequence number", () => {
  test.each(["crc16", "sum8"] as const)(
    "whatever the line loses, doubles and damages (%s), every card is told once and in order, while the reader is never left alone for long",
    async (check) => {
      await fc.assert(
        fc.asyncProperty(anyFates, anyCards, async (fates, cards) => {
          let on = false;
          const stage = new Stage({
            check,
            between: (talker) => {
              const line = fated(talker, fates);
              return (heard) => (on ? line(heard) : talker(heard));
            },
          });
          await stage.round();
          on = true;
          const held: bigint[] = [];
          for (let round = 0; round < 50; round += 1) {
            for (const [at, count] of cards)
              for (let nth = 0; at === round && nth < count; nth += 1) {
                held.push(BigInt(1_000 + held.length));
                stage.reader.card(wiegand(26, 1_000 + held.length - 1));
              }
            await stage.round();
          }
          for (let rounds = 0; rounds < 40; rounds += 1) await stage.round();
          expect(stage.told).toEqual(held);
          expect([stage.losses, stage.reader.forgotten]).toEqual([0, 0]);
          await stage.end();
        }),
        { numRuns: 100 },
      );
    },
    60_000,
  );

  test("also when it is left alone and switched off, no card is told twice or out of order, and what is lost is said", async () => {
    const anyEvents = fc.array(fc.constantFrom("card", "card", "round", "round", "round", "away", "restart", "answerLost"), {
      maxLength: 60,
    });
    await fc.assert(
      fc.asyncProperty(anyEvents, async (events) => {
        let lose = false;
        const stage = new Stage({
          between: (talker) => (heard) => {
            const said = talker(heard);
            const lost = lose;
            lose = false;
            return lost ? [] : said;
          },
        });
        await stage.round();
        const held: bigint[] = [];
        for (const event of events) {
          if (event === "card") {
            held.push(BigInt(500 + held.length));
            stage.reader.card(wiegand(26, 500 + held.length - 1));
          } else if (event === "round") await stage.round();
          else if (event === "away") await stage.rest(9_000);
          else if (event === "restart") stage.reader.restart();
          else lose = true;
        }
        for (let rounds = 0; rounds < held.length + 6; rounds += 1) await stage.round();
        expect(stage.told).toEqual(held.filter((card) => stage.told.includes(card)));
        expect(new Set(stage.told).size).toBe(stage.told.length);
        if (stage.told.length < held.length) expect(stage.losses).toBeGreaterThan(0);
        await stage.end();
      }),
      { numRuns: 100 },
    );
  }, 60_000);
});
