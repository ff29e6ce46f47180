import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DeviceReader } from "../../drivers/driver.ts";
import type { Answer } from "../../drivers/modbus/client.ts";
import type { Block } from "../../drivers/modbus/plan.ts";
import type { ModbusProfile } from "../../drivers/modbus/profile.ts";
import { type Asked, deviceOver } from "../../drivers/modbus/session.ts";
import { profileSchema } from "../../drivers/profile.ts";
import { emptyReadings, qualityName, type Readings } from "../../drivers/reading.ts";
import { VOCABULARY } from "../../drivers/vocabulary.ts";

const NAMES = Object.entries(VOCABULARY)
  .filter(
    ([name, definition]) => definition.kind !== "state" && !name.includes("#") && definition.range[0] <= 0 && definition.range[1] >= 100,
  )
  .map(([name]) => name);

interface Placing {
  readonly address: number;
  readonly optional?: boolean;
  readonly everyMs?: number;
}

const profileOf = (fields: readonly Placing[], gapMax?: number): ModbusProfile =>
  profileWith(Object.fromEntries(fields.map((field, nth) => [NAMES[nth] ?? "", { table: "input", ...field }])), gapMax);

function profileWith(points: Record<string, unknown>, gapMax = 8): ModbusProfile {
  const parsed = profileSchema.parse({
    protocol: "modbus",
    class: "meter",
    maker: "test",
    family: "test",
    label: { zh: "测试", en: "test" },
    source: ["made up for the test"],
    gapMax,
    points,
  });
  if (parsed.protocol !== "modbus") throw new Error("not a Modbus profile");
  return { ...parsed, id: "meter/test" };
}

/** A unit that has some registers, each of which says a number that tells it from others, and that counts what it is asked. */
class Unit implements Asked {
  readonly registers: Set<number>;
  /** What is refused however it is there. */
  refuses: (block: Block) => number | null = () => null;
  silent = false;
  asked: string[] = [];

  constructor(registers: Iterable<number>) {
    this.registers = new Set(registers);
  }

  async ask(_unit: number, block: Block): Promise<Answer> {
    this.asked.push(`${block.address}+${block.count}`);
    if (this.silent) return { outcome: "lost", reason: "timeout", what: "no answer" };
    const code = this.refuses(block);
    if (code !== null) return { outcome: "exception", code };
    const bytes = Buffer.alloc(block.bytes);
    for (let at = 0; at < block.count; at += 1) {
      if (!this.registers.has(block.address + at)) return { outcome: "exception", code: 2 };
      bytes.writeUInt16BE(sayingOf(block.address + at), at * 2);
    }
    return { outcome: "data", bytes };
  }
}

const sayingOf = (address: number): number => (address % 90) + 1;
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, nth) => from + nth);
const time = { monotonicMs: () => 0 };

function device(
  unit: Unit,
  profile: ModbusProfile,
  pace = time,
): { reader: DeviceReader; readings: Readings; seen(): (number | string)[] } {
  const reader = deviceOver(unit, { profile, unit: 3, channel: 0 }, pace);
  const readings = emptyReadings(reader.pointNames.length);
  const seen = (): (number | string)[] =>
    [...readings.qualities].map((quality, column) => (quality === 0 ? (readings.values[column] ?? Number.NaN) : qualityName(quality)));
  return { reader, readings, seen };
}

describe("a block with a hole that the unit refuses", () => {
  test("is cut at the hole in the same round, and asked in two from then on", async () => {
    const unit = new Unit([0, 1, 2, 6, 7]);
    const { reader, readings, seen } = device(unit, profileOf([0, 1, 2, 6, 7].map((address) => ({ address }))));
    const report = await reader.read(readings);
    expect(seen()).toEqual([1, 2, 3, 7, 8]);
    expect(report).toEqual({ answered: true, transactions: 3, faults: [] });
    unit.asked = [];
    await reader.read(readings);
    expect(unit.asked).toEqual(["0+3", "6+2"]);
  });

  test("costs only the register that is not there, however many others were asked with it", async () => {
    const unit = new Unit(range(0, 32));
    unit.registers.delete(21);
    const { reader, readings, seen } = device(unit, profileOf(range(0, 32).map((address) => ({ address }))));
    await reader.read(readings);
    expect(seen()).toEqual(range(0, 32).map((address) => (address === 21 ? "exception" : sayingOf(address))));
  });

  test("leaves the missing register alone after three tries, and looks for it again", async () => {
    const unit = new Unit([0, 2]);
    const { reader, readings, seen } = device(unit, profileOf([0, 1, 2].map((address) => ({ address }))));
    for (let round = 0; round < 6; round += 1) await reader.read(readings);
    unit.asked = [];
    await reader.read(readings);
    expect(unit.asked).not.toContain("1+1");
    unit.registers.add(1);
    for (let round = 0; round < 60; round += 1) await reader.read(readings);
    expect(seen()).toEqual([1, 2, 3]);
    unit.asked = [];
    await reader.read(readings);
    expect(unit.asked).toEqual(["0+3"]);
  });

  test("whose scale register is in it loses nothing by the cut", async () => {
    const profile = profileWith({ "input.voltage": { table: "input", address: 0, scaledBy: { address: 5, as: "decimals" } } });
    const unit = new Unit([0, 5]);
    const one = device(unit, profile);
    await one.reader.read(one.readings);
    expect(one.seen()).toEqual([sayingOf(0) / 10 ** sayingOf(5)]);
  });
});

describe("what worked once", () => {
  const refuseOnce = (unit: Unit, code: number): void => {
    let left = 1;
    unit.refuses = () => (left-- > 0 ? code : null);
  };

  test("is neither cut nor rested for one refusal, nor for two", async () => {
    const unit = new Unit([0, 1, 2]);
    const { reader, readings, seen } = device(unit, profileOf([0, 1, 2].map((address) => ({ address }))));
    await reader.read(readings);
    for (let disturbance = 0; disturbance < 4; disturbance += 1) {
      refuseOnce(unit, 2);
      const { faults } = await reader.read(readings);
      expect(faults).toHaveLength(1);
      expect(seen()).toEqual(["exception", "exception", "exception"]);
      unit.asked = [];
      await reader.read(readings);
      expect(unit.asked).toEqual(["0+3"]);
      expect(seen()).toEqual([1, 2, 3]);
    }
  });

  test("is cut after the third refusal running, so that the others live", async () => {
    const unit = new Unit([0, 1, 2]);
    const { reader, readings, seen } = device(unit, profileOf([0, 1, 2].map((address) => ({ address }))));
    await reader.read(readings);
    unit.registers.delete(0);
    for (let round = 0; round < 3; round += 1) await reader.read(readings);
    expect(seen()).toEqual(["exception", 2, 3]);
  });

  test("is asked for ever, alone as it is", async () => {
    const unit = new Unit([0]);
    const { reader, readings } = device(unit, profileOf([{ address: 0, optional: true }]));
    await reader.read(readings);
    unit.registers.delete(0);
    for (let round = 0; round < 20; round += 1) await reader.read(readings);
    expect(unit.asked).toHaveLength(21);
  });

  test.each([1, 4, 6])("is not cut for exception %i, which says nothing about addresses", async (code) => {
    const unit = new Unit([0, 1, 2]);
    const { reader, readings } = device(unit, profileOf([0, 1, 2].map((address) => ({ address }))));
    unit.refuses = () => code;
    for (let round = 0; round < 10; round += 1) await reader.read(readings);
    expect(new Set(unit.asked)).toEqual(new Set(["0+3"]));
  });
});

describe("what the unit does not know at all", () => {
  test("an optional block rests after three tries, and is tried every sixtieth round", async () => {
    const unit = new Unit([0, 1]);
    const { reader, readings, seen } = device(unit, profileOf([{ address: 0 }, { address: 1 }, { address: 40, optional: true }]));
    for (let round = 0; round < 121; round += 1) await reader.read(readings);
    expect(seen()).toEqual([1, 2, "exception"]);
    expect(unit.asked.filter((asked) => asked === "40+1")).toHaveLength(5);
  });

  test("a unit that refuses everything is asked little in a round, and something in each: it is there", async () => {
    const unit = new Unit([]);
    const { reader, readings } = device(unit, profileOf(range(0, 100).map((address) => ({ address }))));
    let most = 0;
    let late = 0;
    for (let round = 0; round < 100; round += 1) {
      const { answered, transactions } = await reader.read(readings);
      expect(answered).toBe(true);
      expect(transactions).toBeGreaterThanOrEqual(1);
      most = Math.max(most, transactions);
      if (round >= 40 && round < 55) late += transactions;
    }
    expect(most).toBeLessThanOrEqual(110);
    expect(late).toBe(15);
  });

  test("its silence is still noticed when everything rests", async () => {
    const unit = new Unit([]);
    const { reader, readings } = device(unit, profileOf([{ address: 0, optional: true }]));
    for (let round = 0; round < 10; round += 1) await reader.read(readings);
    unit.silent = true;
    expect(await reader.read(readings)).toMatchObject({ answered: false, transactions: 1 });
  });
});

test("law: whatever registers a unit lacks, every one that it has is read within a few rounds, and no other has a value", async () => {
  const addresses = fc.uniqueArray(fc.integer({ min: 0, max: 120 }), { minLength: 1, maxLength: 40, size: "max" });
  await fc.assert(
    fc.asyncProperty(addresses, fc.func(fc.boolean()), fc.integer({ min: 0, max: 30 }), async (list, has, gapMax) => {
      // What lies between the points may be missing as well.
      const unit = new Unit(range(0, 122).filter((address) => has(address)));
      const { reader, readings, seen } = device(
        unit,
        profileOf(
          list.map((address) => ({ address })),
          gapMax,
        ),
      );
      for (let round = 0; round < 12; round += 1) await reader.read(readings);
      expect(seen()).toEqual(list.map((address) => (unit.registers.has(address) ? sayingOf(address) : "exception")));
    }),
    { numRuns: 150 },
  );
});

describe("what changes slowly", () => {
  const MINUTE_MS = 60_000;
  const fields = [{ address: 0 }, { address: 1, everyMs: MINUTE_MS }, { address: 100, everyMs: MINUTE_MS }];

  function slowly(profile = profileOf(fields)) {
    const clock = { nowMs: 0, monotonicMs: () => clock.nowMs };
    const unit = new Unit([0, 1, 100]);
    const one = device(unit, profile, clock);
    const round = async (afterMs: number) => {
      clock.nowMs += afterMs;
      unit.asked = [];
      return one.reader.read(one.readings);
    };
    return { unit, round, ...one };
  }

  test("is asked in its own time, and stands in between; the report says what was not asked", async () => {
    const { unit, round, seen } = slowly();
    expect((await round(0)).held).toBeUndefined();
    expect(unit.asked).toEqual(["0+1", "1+1", "100+1"]);
    for (let nth = 1; nth < 6; nth += 1) {
      expect((await round(10_000)).held).toEqual(new Set([1, 2]));
      expect(unit.asked).toEqual(["0+1"]);
      expect(seen()).toEqual([1, 2, 11]);
    }
    expect((await round(10_000)).held).toBeUndefined();
    expect(unit.asked).toEqual(["0+1", "1+1", "100+1"]);
  });

  test("is not put off by a round because the rounds waver a little", async () => {
    const { unit, round } = slowly();
    await round(0);
    for (let nth = 1; nth < 6; nth += 1) await round(9_990);
    await round(9_995);
    expect(unit.asked).toHaveLength(3);
  });

  test("is asked again at once after it was lost", async () => {
    const { unit, round, seen } = slowly();
    await round(0);
    unit.silent = true;
    expect((await round(10_000)).answered).toBe(false);
    expect(seen()).toEqual(["timeout", "timeout", "timeout"]);
    unit.silent = false;
    expect((await round(10_000)).held).toBeUndefined();
    expect(seen()).toEqual([1, 2, 11]);
  });

  test("is asked again at once after the whole wire was away, which the device cannot know", async () => {
    const { unit, round, readings } = slowly();
    await round(0);
    readings.qualities.fill(37);
    await round(1_000);
    expect(unit.asked).toHaveLength(3);
  });

  test("alone on a device is asked in every round for its first block: else nobody would notice its silence", async () => {
    const { unit, round } = slowly(profileOf(fields.slice(1)));
    await round(0);
    expect(await round(10_000)).toMatchObject({ answered: true, transactions: 1, held: new Set([1]) });
    unit.silent = true;
    expect((await round(10_000)).answered).toBe(false);
  });
});
