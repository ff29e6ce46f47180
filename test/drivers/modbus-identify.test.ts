import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { loadProfile, profileIds } from "../../drivers/catalogue.ts";
import { type Scored, verdictOf } from "../../drivers/identify.ts";
import { askedOnce, evidenceOf, objectsIn, rankModbus, scoreModbus } from "../../drivers/modbus/identify.ts";
import type { ModbusProfile } from "../../drivers/modbus/profile.ts";
import { type ModbusRecording, unitOf } from "../../drivers/modbus/recording.ts";
import type { Asked } from "../../drivers/modbus/session.ts";
import { modbusRecordings } from "./modbus-recordings.ts";

const PROFILES: readonly ModbusProfile[] = profileIds().flatMap((id) => {
  const answer = loadProfile(id);
  return "profile" in answer && answer.profile.protocol === "modbus" ? [answer.profile] : [];
});

async function ranked(recording: ModbusRecording, unit: Asked, said = ""): Promise<readonly Scored[]> {
  const once = askedOnce(unit);
  const evidence = [];
  for (const profile of PROFILES)
    evidence.push(await evidenceOf(profile, once, { unit: 99, channel: profile.perChannel ? recording.channel : 0, line: null }));
  return rankModbus(evidence, said);
}

/** The same unit, but one that has a register at every address: what was not recorded is 0. */
function generous(recording: ModbusRecording): Asked {
  const strict = unitOf(recording);
  const words = new Map(
    recording.blocks.flatMap(({ table, address, words }) => words.map((word, at) => [`${table} ${address + at}`, word] as const)),
  );
  return {
    async ask(unit, block) {
      const answer = await strict.ask(unit, block);
      if (answer.outcome === "data") return answer;
      const bytes = Buffer.alloc(block.bytes);
      const isBitTable = block.table === "coil" || block.table === "discrete";
      for (let at = 0; at < block.count; at += 1) {
        const word = words.get(`${block.table} ${block.address + at}`) ?? 0;
        if (!isBitTable) bytes.writeUInt16BE(word, at * 2);
        else if (word !== 0) bytes[at >> 3] = (bytes[at >> 3] ?? 0) | (1 << (at & 7));
      }
      return { outcome: "data", bytes };
    },
  };
}

/** Place of the true profile, from 1; those with the very same confidence share a place. */
function placeOf(list: readonly Scored[], truth: string): number {
  const own = list.find(({ profile }) => profile === truth)?.confidence ?? -1;
  return own < 0 ? Number.POSITIVE_INFINITY : 1 + list.filter(({ confidence }) => confidence > own).length;
}

async function judged(unitFor: (recording: ModbusRecording) => Asked, tells: boolean) {
  const all = modbusRecordings();
  const lists = await Promise.all(all.map(([, recording]) => ranked(recording, unitFor(recording))));
  const places = all.map(([, { profile }], index) => placeOf(lists[index] ?? [], profile));
  const sureAndWrong = all.flatMap(([name], index) =>
    verdictOf(lists[index] ?? [], tells) === "sure" && places[index] !== 1 ? [name] : [],
  );
  const shareWithin = (best: number): number => places.filter((place) => place <= best).length / places.length;
  return {
    first: shareWithin(1),
    three: shareWithin(3),
    sureAndWrong,
    sure: lists.filter((list) => verdictOf(list, tells) === "sure").length,
  };
}

describe("the family of a recorded unit, among all Modbus families", () => {
  test("is the first of the list for four in five, in the first three for all, and never another one for sure", async () => {
    const { first, three, sureAndWrong, sure } = await judged(unitOf, true);
    expect(first).toBeGreaterThanOrEqual(0.8);
    expect(three).toBe(1);
    expect(sureAndWrong).toEqual([]);
    expect(sure).toBeGreaterThanOrEqual(20);
  });

  test("is in the first three for four in five also when the unit has a register at every address", async () => {
    const { first, three, sureAndWrong } = await judged(generous, false);
    expect(first).toBeGreaterThanOrEqual(0.7);
    expect(three).toBeGreaterThanOrEqual(0.8);
    expect(sureAndWrong).toEqual([]);
  });

  test("is more certain when the device names its maker", async () => {
    const [, recording] = modbusRecordings().find(([name]) => name === "ld1500-published.json") ?? [];
    if (recording === undefined) throw new Error("the recording has gone");
    expect((await ranked(recording, unitOf(recording)))[0]?.profile).not.toBe(recording.profile);
    expect((await ranked(recording, unitOf(recording), "RLE Technologies LD1500"))[0]?.profile).toBe(recording.profile);
  });
});

test("a unit that refuses everything is of no known family", async () => {
  const list = await ranked({ profile: "x", story: "x", channel: 0, blocks: [], expect: {} }, unitOf({ blocks: [] }));
  expect(list).toEqual([]);
  expect(verdictOf(list, true)).toBe("unknown");
});

test("a unit that says 0 to everything is not called anything for sure", async () => {
  const empty = { profile: "x", story: "x", channel: 0, blocks: [], expect: {} };
  expect(verdictOf(await ranked(empty, generous(empty)), true)).toBe("notSure");
});

test("law: confidence is between 0 and 99, and one more wrong value never raises it", () => {
  const quality = fc.constantFrom("good", "outOfRange", "sentinel", "exception", "timeout", "unknownState" as const);
  const point = fc.record({
    name: fc.constantFrom("ambient.temperature", "input.frequency", "ups.load"),
    optional: fc.boolean(),
    quality,
    value: fc.double({ min: -100, max: 1_000, noNaN: true }),
  });
  const blocks = fc.record({ all: fc.integer({ min: 1, max: 9 }), refused: fc.constant(0), silent: fc.constant(0) });
  fc.assert(
    fc.property(fc.array(point, { maxLength: 30 }), blocks, fc.boolean(), (points, counts, asFactory) => {
      const evidence = { profile: PROFILES[0] as ModbusProfile, blocks: { ...counts, data: counts.all }, points, asFactory };
      const wrong = { name: "ambient.temperature", optional: false, quality: "outOfRange" as const, value: Number.NaN };
      const { confidence } = scoreModbus(evidence, "");
      expect(confidence).toBeGreaterThanOrEqual(0);
      expect(confidence).toBeLessThanOrEqual(99);
      if (points.some(({ optional }) => !optional))
        expect(scoreModbus({ ...evidence, points: [...points, wrong] }, "").confidence).toBeLessThanOrEqual(confidence);
    }),
  );
});

describe("what a unit says of itself", () => {
  const pair = (id: number, text: string): readonly number[] => [id, text.length, ...Buffer.from(text, "latin1")];

  test("is read object by object, and asked on from where the unit says", () => {
    const first = Buffer.from([0x0e, 1, 1, 0xff, 2, 2, ...pair(0, "Eastron"), ...pair(1, "SDM630")]);
    expect(objectsIn(first)).toEqual({
      objects: new Map([
        [0, "Eastron"],
        [1, "SDM630"],
      ]),
      next: 2,
    });
    const last = Buffer.from([0x0e, 1, 1, 0, 0, 1, ...pair(2, "V1.2\u0000")]);
    expect(objectsIn(last)).toEqual({ objects: new Map([[2, "V1.2"]]), next: null });
  });

  test("law: whatever it says, nothing is thrown", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 250 }), (bytes) => void objectsIn(Buffer.from(bytes))));
  });
});
