import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { putQuality } from "../../drivers/house-value.ts";
import { columnDecoder, decodeBlock } from "../../drivers/modbus/decode.ts";
import { type ModbusField, modbusFieldSchema } from "../../drivers/modbus/profile.ts";
import { emptyReadings, QUALITY, qualityName } from "../../drivers/reading.ts";
import { registers } from "./wire/slave.ts";

/** What one field of a point says for these registers: its value, or the name of the reason why there is none. */
function decoded(point: string, content: Partial<ModbusField>, words: readonly number[]): number | string {
  const readings = emptyReadings(1);
  decodeBlock([columnDecoder(point, field(content), 0, 0, false)], registers(words), readings);
  const quality = readings.qualities[0] ?? QUALITY.never;
  const value = readings.values[0] ?? 0;
  if (quality !== QUALITY.good) expect(value).toBeNaN();
  return quality === QUALITY.good ? value : qualityName(quality);
}
const field = (content: Partial<ModbusField>): ModbusField => modbusFieldSchema.parse({ table: "input", address: 0, ...content });

const wordsOf = (write: (buffer: Buffer) => void, count: number): number[] => {
  const buffer = Buffer.alloc(count * 2);
  write(buffer);
  return Array.from({ length: count }, (_, word) => buffer.readUInt16BE(word * 2));
};

const ENERGY = "input.energy";
const POWER = "input.realpower";

describe("a register becomes a number", () => {
  test.each<[string, string, Partial<ModbusField>, number[], number | string]>([
    ["unsigned", ENERGY, { type: "u16" }, [0xffff], 65_535],
    ["signed", POWER, { type: "s16" }, [0xffff], -1],
    ["two words", ENERGY, { type: "u32" }, [0x0001, 0x0002], 65_538],
    ["two words, low first", ENERGY, { type: "u32", words: "low-first" }, [0x0002, 0x0001], 65_538],
    ["two words, signed", POWER, { type: "s32" }, [0xffff, 0xfffe], -2],
    ["two words, signed, low first", POWER, { type: "s32", words: "low-first" }, [0xfffe, 0xffff], -2],
    ["four words", ENERGY, { type: "u64" }, [0, 1, 0, 2], 4_294_967_298],
    ["four words, low first", ENERGY, { type: "u64", words: "low-first" }, [2, 0, 1, 0], 4_294_967_298],
    ["a float", POWER, { type: "f32" }, wordsOf((buffer) => buffer.writeFloatBE(230.5), 2), 230.5],
    ["a float, low first", POWER, { type: "f32", words: "low-first" }, wordsOf((buffer) => buffer.writeFloatBE(230.5), 2).reverse(), 230.5],
    ["a double", POWER, { type: "f64" }, wordsOf((buffer) => buffer.writeDoubleBE(-1234.5), 4), -1234.5],
    [
      "a double, low first",
      POWER,
      { type: "f64", words: "low-first" },
      wordsOf((buffer) => buffer.writeDoubleBE(-1234.5), 4).reverse(),
      -1234.5,
    ],
    ["tenths", "ambient.temperature", { type: "s16", scale: 0.1 }, [235], 23.5],
    ["Fahrenheit", "ambient.temperature", { type: "s16", scale: 0.5, offset: -17.5 }, [85], 25],
    ["minutes as seconds", "battery.runtime", { scale: 60 }, [7], 420],
    ["an amount whose sign is only a direction", "input.current", { type: "s16", scale: 0.1, magnitude: true }, [0xfff6], 1],
    ["the highest bit of two words", POWER, { type: "u32", bit: 31 }, [0x8000, 0], 1],
    ["a bit", POWER, { bit: 3 }, [0b1000], 1],
    ["another bit", POWER, { bit: 2 }, [0b1000], 0],
  ])("%s", (_, point, content, words, expected) => {
    expect(decoded(point, content, words)).toBe(expected);
  });
});

describe("what is no value never becomes one", () => {
  test.each<[string, string, Partial<ModbusField>, number[], string]>([
    ["a documented sentinel", "ambient.temperature", { type: "s16", scale: 0.1, absent: [0x7fff] }, [0x7fff], "sentinel"],
    ["a sentinel printed as bits of a signed register", "ambient.temperature", { type: "s16", absent: [0xffff] }, [0xffff], "sentinel"],
    ["a sentinel of two words", POWER, { type: "s32", absent: [0xffffffff] }, [0xffff, 0xffff], "sentinel"],
    ["a sentinel of four words", ENERGY, { type: "u64", absent: [2 ** 64] }, [0xffff, 0xffff, 0xffff, 0xffff], "sentinel"],
    ["a float sentinel", POWER, { type: "f32", absent: [-1.1] }, wordsOf((buffer) => buffer.writeFloatBE(-1.1), 2), "sentinel"],
    ["a sentinel in the register of a bit", POWER, { bit: 0, absent: [0xffff] }, [0xffff], "sentinel"],
    ["not a number", POWER, { type: "f32" }, [0x7fc0, 0], "notANumber"],
    ["infinity", POWER, { type: "f64" }, [0x7ff0, 0, 0, 0], "notANumber"],
    ["minus infinity", POWER, { type: "f32" }, [0xff80, 0], "notANumber"],
    ["more than physics allows", "ambient.humidity", { scale: 0.1 }, [1001], "outOfRange"],
    ["less than physics allows", "ambient.temperature", { type: "s16", scale: 0.1 }, [0xfe6f], "outOfRange"],
    ["more than the maker says", "ambient.temperature", { range: [-20, 60] }, [61], "outOfRange"],
    ["a state code nobody has documented", "door.contact", { states: { "0": "open", "1": "closed" } }, [2], "unknownState"],
  ])("%s", (_, point, content, words, reason) => {
    expect(decoded(point, content, words)).toBe(reason);
  });

  test("the value of the read before does not stay behind a reason", () => {
    const readings = emptyReadings(1);
    const columns = [columnDecoder("ambient.temperature", field({ type: "s16", absent: [0x7fff] }), 0, 0, false)];
    decodeBlock(columns, registers([20]), readings);
    expect(readings.values[0]).toBe(20);
    decodeBlock(columns, registers([0x7fff]), readings);
    expect(readings.values[0]).toBeNaN();
    decodeBlock(columns, registers([20]), readings);
    for (const column of columns) putQuality(column, QUALITY.timeout, readings);
    expect(readings).toEqual({ values: new Float64Array([Number.NaN]), qualities: new Uint8Array([QUALITY.timeout]) });
  });

  test("a zero is a zero, and at the edge of the range it is still believed", () => {
    expect(decoded("ambient.temperature", { type: "s16", scale: 0.1 }, [0])).toBe(0);
    expect(decoded("ambient.humidity", { scale: 0.1 }, [1000])).toBe(100);
  });
});

describe("states and bits", () => {
  test("a state carries its place in the vocabulary, not the device's code", () => {
    const states = { "0": "open", "1": "closed" };
    expect(decoded("door.contact", { states }, [1])).toBe(0);
    expect(decoded("door.contact", { states }, [0])).toBe(1);
    expect(decoded("door.contact", { states, bit: 15 }, [0x8000])).toBe(0);
  });

  test("a code that is not listed is the state that the profile says for all others, if it says one", () => {
    const states = { "0": "closed" };
    expect(decoded("door.contact", { states, otherwise: "open" }, [7])).toBe(1);
    expect(decoded("door.contact", { states, otherwise: "open" }, [0])).toBe(0);
    expect(decoded("door.contact", { states, otherwise: "open", absent: [7] }, [7])).toBe("sentinel");
  });

  test("each bit of a bit table goes to its own point", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 30 }), fc.uint8Array({ minLength: 4, maxLength: 4 }), (at, bytes) => {
        const states = { "0": "dry", "1": "leak" };
        const readings = emptyReadings(1);
        const one = modbusFieldSchema.parse({ table: "discrete", address: 0, type: "bit", states });
        decodeBlock([columnDecoder("leak.detected", one, 0, at, true)], Buffer.from(bytes), readings);
        expect(readings.values[0]).toBe(((bytes[Math.floor(at / 8)] ?? 0) >> (at % 8)) & 1);
      }),
    );
  });
});

describe("laws", () => {
  test("a decimal scale yields the decimal that a person would write", () => {
    fc.assert(
      fc.property(fc.integer({ min: -0x8000, max: 0x7fff }), fc.integer({ min: 1, max: 4 }), (raw, decimals) => {
        const scale = Number(`1e-${decimals}`);
        expect(decoded(POWER, { type: "s16", scale }, [raw])).toBe(Number(`${raw}e-${decimals}`));
      }),
    );
  });

  test("either a value that physics allows with quality good, or NaN with a reason; whatever the registers hold", () => {
    const anyWord = fc.oneof(fc.constantFrom(0, 0x7fff, 0x8000, 0xffff, 0x7f80, 0x7fc0), fc.integer({ min: 0, max: 0xffff }));
    fc.assert(
      fc.property(
        fc.array(anyWord, { minLength: 4, maxLength: 4 }),
        fc.constantFrom<ModbusField["type"]>("u16", "s16", "u32", "s32", "u64", "f32", "f64"),
        fc.constantFrom<ModbusField["words"]>("high-first", "low-first"),
        fc.constantFrom(1, 0.1, 60),
        (words, type, order, scale) => {
          const answer = decoded("ambient.temperature", { type, words: order, scale, absent: [0x7fff] }, words);
          if (typeof answer === "number") {
            expect(answer).toBeGreaterThanOrEqual(-40);
            expect(answer).toBeLessThanOrEqual(125);
          } else expect(["sentinel", "notANumber", "outOfRange"]).toContain(answer);
        },
      ),
      { numRuns: 500 },
    );
  });

  test("word order is a matter of order only", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 4, maxLength: 4 }),
        fc.constantFrom<ModbusField["type"]>("u32", "s32", "u64", "f32", "f64"),
        (words, type) => {
          const used = words.slice(0, type === "u64" || type === "f64" ? 4 : 2);
          expect(decoded(POWER, { type, words: "low-first" }, used.toReversed())).toEqual(decoded(POWER, { type }, used));
        },
      ),
    );
  });
});
