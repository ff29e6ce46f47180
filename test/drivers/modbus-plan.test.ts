import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { planReads } from "../../drivers/modbus/plan.ts";
import { MODBUS_TABLES, MODBUS_TYPES, type ModbusField, type ModbusProfile, modbusFieldSchema } from "../../drivers/modbus/profile.ts";
import { VOCABULARY } from "../../drivers/vocabulary.ts";

const MEASURES = Object.entries(VOCABULARY)
  .filter(([name, definition]) => definition.kind !== "state" && !name.includes("#"))
  .map(([name]) => name);
const WORDS = { bit: 1, u16: 1, s16: 1, u32: 2, s32: 2, f32: 2, u64: 4, s64: 4, f64: 4 } as const;

const isBitTable = (table: ModbusField["table"]): boolean => table === "coil" || table === "discrete";
const sizeOf = ({ table, type }: ModbusField): number => (isBitTable(table) ? 1 : WORDS[type]);

const profileOf = (points: Record<string, ModbusField>, rest: Partial<ModbusProfile> = {}): ModbusProfile => ({
  protocol: "modbus",
  id: "sensor/test",
  class: "sensor",
  maker: "test",
  family: "test",
  label: { zh: "测试", en: "test" },
  source: ["made up for the test"],
  periodMs: 1_000,
  gapMax: 8,
  perChannel: false,
  registersPerReadMax: 120,
  pauseMs: 0,
  quirks: {},
  rules: {},
  points,
  ...rest,
});
const field = (content: Partial<ModbusField>): ModbusField => modbusFieldSchema.parse({ table: "input", address: 0, ...content });

const anyField = fc.record({
  table: fc.constantFrom(...MODBUS_TABLES),
  address: fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 60_000 })),
  type: fc.constantFrom(...MODBUS_TYPES),
  optional: fc.boolean(),
});
// Long lists on purpose: short ones never fill a block.
const anyProfile = fc
  .record({
    fields: fc.array(anyField, { minLength: 1, maxLength: MEASURES.length, size: "max" }),
    gapMax: fc.integer({ min: 0, max: 120 }),
    registersPerReadMax: fc.integer({ min: 4, max: 125 }),
    perChannel: fc.boolean(),
  })
  .map(({ fields, ...rest }) =>
    profileOf(Object.fromEntries(fields.map((content, index) => [MEASURES[index] ?? "", field(content)])), rest),
  );
const anyChannel = fc.integer({ min: 0, max: 63 });

describe("a read plan", () => {
  test("asks for every point in exactly one block that holds all of it", () => {
    fc.assert(
      fc.property(anyProfile, anyChannel, (profile, channel) => {
        const { pointNames, blocks } = planReads(profile, channel);
        expect(pointNames).toEqual(Object.keys(profile.points));
        const columns = blocks.flatMap((block) => block.columns.map(({ column }) => column)).sort((a, b) => a - b);
        expect(columns).toEqual(pointNames.map((_, index) => index));
        for (const block of blocks)
          for (const { column, at } of block.columns) {
            const asked = Object.values(profile.points)[column];
            if (asked === undefined) throw new Error("no such column");
            const start = block.address + (isBitTable(asked.table) ? at : at / 2);
            expect(asked.table).toBe(block.table);
            expect(start).toBe(asked.address + (profile.perChannel ? channel : 0));
            expect(start + sizeOf(asked)).toBeLessThanOrEqual(block.address + block.count);
          }
      }),
    );
  });

  test("never asks for more than one request may, bridges no wider hole than allowed, and wastes nothing at the edges", () => {
    let full = 0;
    fc.assert(
      fc.property(anyProfile, anyChannel, (profile, channel) => {
        for (const block of planReads(profile, channel).blocks) {
          const bits = isBitTable(block.table);
          expect(block.count).toBeLessThanOrEqual(profile.registersPerReadMax * (bits ? 16 : 1));
          expect(block.count).toBeLessThanOrEqual(bits ? 2_000 : 125);
          expect(block.bytes).toBe(bits ? Math.ceil(block.count / 8) : block.count * 2);
          const used = new Set<number>();
          for (const { column, at } of block.columns) {
            const asked = Object.values(profile.points)[column];
            if (asked === undefined) throw new Error("no such column");
            for (let word = 0; word < sizeOf(asked); word += 1) used.add((bits ? at : at / 2) + word);
          }
          const addresses = [...used].sort((a, b) => a - b);
          expect(addresses[0]).toBe(0);
          expect(addresses.at(-1)).toBe(block.count - 1);
          for (const [index, address] of addresses.entries())
            if (index > 0) expect(address - (addresses[index - 1] ?? 0) - 1).toBeLessThanOrEqual(profile.gapMax);
          if (block.columns.length > 1 && block.count >= profile.registersPerReadMax - 4) full += 1;
        }
      }),
    );
    // The generator reaches the limit that the property is about.
    expect(full).toBeGreaterThan(0);
  });

  test("reads what only some units have apart from what all have", () => {
    fc.assert(
      fc.property(anyProfile, anyChannel, (profile, channel) => {
        for (const block of planReads(profile, channel).blocks) {
          const kinds = new Set(block.columns.map(({ column }) => Object.values(profile.points)[column]?.optional));
          expect(kinds.size).toBe(1);
        }
      }),
    );
  });

  test("is small for a real map: neighbours share a read, a hole of nine does not", () => {
    const points = {
      "ambient.temperature": field({ address: 1 }),
      "ambient.humidity": field({ address: 2 }),
      "return.temperature": field({ address: 11 }),
      "return.humidity": field({ address: 21 }),
    };
    expect(planReads(profileOf(points), 0).blocks.map(({ address, count }) => [address, count])).toEqual([
      [1, 11],
      [21, 1],
    ]);
    expect(planReads(profileOf(points, { gapMax: 0 }), 0).blocks).toHaveLength(3);
  });

  test("refuses a channel that leads beyond the last address", () => {
    const profile = profileOf({ "ambient.temperature": field({ address: 65_535 }) }, { perChannel: true });
    expect(() => planReads(profile, 1)).toThrow("beyond address 65535");
    expect(planReads(profile, 0).blocks).toHaveLength(1);
  });
});
