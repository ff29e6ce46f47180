import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeBlock, explain } from "../../drivers/modbus/decode.ts";
import { planReads } from "../../drivers/modbus/plan.ts";
import { type ModbusField, modbusProfileSchema } from "../../drivers/modbus/profile.ts";
import { emptyReadings, isGood, QUALITY } from "../../drivers/reading.ts";
import { converted, scaledBy, scalingOf } from "../../drivers/scaling.ts";

const anyValue = fc.double({ min: -1e6, max: 1e6, noNaN: true });

describe("a number that another one explains", () => {
  test("a divisor and a factor undo each other", () => {
    fc.assert(
      fc.property(anyValue, fc.integer({ min: 1, max: 100_000 }), (value, said) => {
        const there = scaledBy(value, said, scalingOf({ as: "divisor" })) ?? Number.NaN;
        expect(scaledBy(there, said, scalingOf({ as: "factor" }))).toBeCloseTo(value, 4);
      }),
    );
  });

  test("decimals move the point, and a negative count moves it the other way", () => {
    fc.assert(
      fc.property(fc.integer({ min: -100_000, max: 100_000 }), fc.integer({ min: 0, max: 6 }), (value, said) => {
        expect(scaledBy(value, said, scalingOf({ as: "decimals" }))).toBe(Number((value / 10 ** said).toPrecision(12)));
        expect(scaledBy(value, -said, scalingOf({ as: "decimals" }))).toBe(value * 10 ** said);
      }),
    );
  });

  test("a signed scale divides when it is negative, multiplies when it is positive, and leaves alone at 0", () => {
    const signed = scalingOf({ as: "signed" });
    expect([scaledBy(2090, -100, signed), scaledBy(7, 10, signed), scaledBy(7, 0, signed), scaledBy(7, 1, signed)]).toEqual([
      20.9, 70, 7, 7,
    ]);
  });

  test("is no value when what is said makes no sense: never a guess, never zero", () => {
    const codes = scalingOf({ codes: { "1": "celsius", "2": "fahrenheit", kW: 1_000 } });
    expect(scaledBy(18, 3, codes)).toBeNull();
    expect(scaledBy(18, 0, scalingOf({ as: "divisor" }))).toBeNull();
    expect(scaledBy(18, "abc", scalingOf({ as: "factor" }))).toBeNull();
    expect(scaledBy(18, 2.5, scalingOf({ as: "decimals" }))).toBeNull();
    expect(scaledBy(18, 400, scalingOf({ as: "decimals" }))).toBeNull();
    expect(scaledBy(2, "KW", codes)).toBe(2_000);
    expect(scaledBy(64.4, 2, codes)).toBe(18);
  });

  test("temperature scales agree at their fixed points", () => {
    expect([converted(32, "fahrenheit"), converted(212, "fahrenheit"), converted(273.15, "kelvin"), converted(-40, "fahrenheit")]).toEqual([
      0, 100, 0, -40,
    ]);
  });
});

const profileWith = (points: Record<string, object>) => ({
  ...modbusProfileSchema.parse({
    protocol: "modbus",
    class: "leak",
    maker: "test",
    family: "test",
    label: { zh: "测试", en: "Test" },
    source: ["made up"],
    points: Object.fromEntries(Object.entries(points).map(([name, field]) => [name, { table: "holding", ...field }])),
  }),
  id: "leak/test",
});

/** What a plan makes of registers: values by point, NaN where there is none. */
function read(
  points: Record<string, object>,
  words: readonly number[],
): { readonly values: readonly number[]; readonly qualities: readonly number[] } {
  const plan = planReads(profileWith(points), 0);
  const work = emptyReadings(plan.columnCount);
  for (const block of plan.blocks) {
    const data = Buffer.alloc(block.bytes);
    for (let at = 0; at < block.count; at += 1) data.writeUInt16BE(words[block.address + at] ?? 0, at * 2);
    decodeBlock(block.columns, data, work);
  }
  const into = emptyReadings(plan.pointNames.length);
  explain(plan, work, into);
  return { values: Array.from(into.values), qualities: Array.from(into.qualities) };
}

describe("a scale register", () => {
  const DISTANCE = { "leak.distance": { address: 0, scaledBy: { address: 1, codes: { "0": 1, "1": 0.3048 } } } };

  test("is read along and never seen: one value per point, in the unit of the house", () => {
    expect(read(DISTANCE, [100, 1])).toEqual({ values: [30.48], qualities: [QUALITY.good] });
    expect(read(DISTANCE, [100, 0])).toEqual({ values: [100], qualities: [QUALITY.good] });
  });

  test("that says something new leaves no value", () => {
    expect(read(DISTANCE, [100, 7])).toEqual({ values: [Number.NaN], qualities: [QUALITY.unknownState] });
  });

  test("brings a value out of or into what is possible", () => {
    const power = { "leak.distance": { address: 0, scaledBy: { address: 1, as: "factor" } } };
    expect(read(power, [60_000, 1]).qualities).toEqual([QUALITY.outOfRange]);
    expect(read({ "leak.distance": { address: 0, scaledBy: { address: 1, as: "decimals" } } }, [60_000, 2]).values).toEqual([600]);
  });
});

describe("flags", () => {
  const field = (content: Partial<ModbusField>) => ({ "leak.cable": { address: 0, ...content } });
  const FLAGS = [
    { bit: 7, state: "fault" },
    { bit: 1, state: "broken" },
    { bit: 2, state: "contaminated" },
  ];

  test("the first one that is set names the state, whatever else is set", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 65_535 }), (word) => {
        const { values } = read(field({ flags: FLAGS, otherwise: "normal" }), [word]);
        const wanted = word & 0x80 ? 3 : word & 2 ? 1 : word & 4 ? 2 : 0;
        expect(values).toEqual([wanted]);
      }),
    );
  });

  test("none of them, and nothing said for that, is an unknown state", () => {
    expect(read(field({ flags: FLAGS }), [0x40]).qualities).toEqual([QUALITY.unknownState]);
  });

  test("of 32 bits reach the highest", () => {
    const bits = { "ups.overload": { address: 0, type: "u32", bit: 31, states: { "0": "normal", "1": "overload" } } };
    expect(read(bits, [0x8000, 0]).values).toEqual([1]);
    expect(read(bits, [0x7fff, 0xffff]).values).toEqual([0]);
  });
});

test("signed 64-bit numbers keep their sign in both word orders", () => {
  const power = (words: string) => ({ "output.realpower": { address: 0, type: "s64", words, scale: 0.001 } });
  const bytes = Buffer.alloc(8);
  fc.assert(
    fc.property(fc.bigInt({ min: -9_000_000_000n, max: 9_000_000_000n }), (raw) => {
      bytes.writeBigInt64BE(raw);
      const words = [0, 2, 4, 6].map((at) => bytes.readUInt16BE(at));
      const wanted = Number(raw) / 1_000;
      expect(read(power("high-first"), words).values[0]).toBeCloseTo(wanted, 6);
      expect(read(power("low-first"), words.toReversed()).values[0]).toBeCloseTo(wanted, 6);
    }),
  );
  expect(isGood(read(power("high-first"), [0, 0, 0, 0]).qualities[0] ?? 255)).toBe(true);
});
