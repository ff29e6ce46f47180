import { describe, expect, test } from "vitest";
import { loadProfile, profileIds } from "../../drivers/catalogue.ts";
import { decodeBlock } from "../../drivers/modbus/decode.ts";
import { planReads } from "../../drivers/modbus/plan.ts";
import type { ModbusField, ModbusProfile } from "../../drivers/modbus/profile.ts";
import { emptyReadings, isGood, QUALITY } from "../../drivers/reading.ts";
import { decodeInto, decoderFor, TAG, type Variable } from "../../drivers/snmp/decode.ts";
import type { SnmpField, SnmpProfile } from "../../drivers/snmp/profile.ts";
import { findPoint } from "../../drivers/vocabulary.ts";

const profiles = profileIds().flatMap((id) => {
  const answer = loadProfile(id);
  return "profile" in answer ? [answer.profile] : [];
});
const modbus = profiles.filter((profile): profile is ModbusProfile => profile.protocol === "modbus");
const snmp = profiles.filter((profile): profile is SnmpProfile => profile.protocol === "snmp");

describe.each(modbus.map((profile) => [profile.id, profile] as const))("registers of %s", (_, profile) => {
  const names = Object.keys(profile.points);
  const { blocks } = planReads(profile, 0);
  const read = (column: number, field: ModbusField, raw: number): { readonly value: number; readonly quality: number } => {
    const block = blocks.find(({ columns }) => columns.some((one) => one.column === column));
    if (block === undefined) throw new Error(`column ${column} is not read`);
    const data = Buffer.alloc(block.bytes);
    encode(field, field.address - block.address, raw, data);
    const readings = emptyReadings(names.length + blocks.length);
    decodeBlock(block.columns, data, readings);
    return { value: readings.values[column] ?? Number.NaN, quality: readings.qualities[column] ?? 255 };
  };

  test("each point yields the value that was put into its registers, and only that", () => {
    for (const [column, name] of names.entries()) {
      const field = profile.points[name];
      if (field === undefined) throw new Error(`${name}: no field`);
      for (const [raw, expected] of samples(name, field))
        expect(read(column, field, raw), `${name} = ${raw}`).toEqual({ value: expected, quality: QUALITY.good });
    }
  });

  test("a number that the maker calls no value is never a value", () => {
    for (const [column, name] of names.entries()) {
      const field = profile.points[name];
      for (const raw of field?.absent ?? [])
        if (field !== undefined) expect(read(column, field, raw).quality, `${name} = ${raw}`).toBe(QUALITY.sentinel);
    }
  });

  test("no read is longer than the family allows", () => {
    for (const { count, table } of blocks)
      expect(count).toBeLessThanOrEqual(table === "input" || table === "holding" ? profile.registersPerReadMax : 2_000);
  });
});

describe.each(snmp.map((profile) => [profile.id, profile] as const))("objects of %s", (_, profile) => {
  const fields = Object.entries(profile.points);

  test("each code names its state, and a code that is not listed names none", () => {
    for (const [name, field] of fields) {
      const definition = findPoint(name);
      if (definition?.kind !== "state") continue;
      for (const [code, state] of Object.entries(field.states ?? {})) {
        const said = decode(name, field, cell(code));
        expect(definition.states[said.value]?.name, `${name} = ${code}`).toBe(state);
      }
      if (field.otherwise === undefined) expect(isGood(decode(name, field, cell("987654")).quality), name).toBe(false);
    }
  });

  test("a number that the maker calls no value is never a value, also where an older object says it", () => {
    for (const [name, field] of fields)
      for (const way of [field, ...(field.fallback === undefined ? [] : [{ ...field, ...field.fallback }])])
        for (const raw of way.absent) expect(isGood(decode(name, way, cell(String(raw))).quality), `${name} = ${raw}`).toBe(false);
  });

  test("each number comes out scaled", () => {
    for (const [name, field] of fields) {
      const definition = findPoint(name);
      if (definition === undefined || definition.kind === "state" || field.scaledBy.length > 0) continue;
      const raw = [1, 7, 40, 235, 500].find(
        (one) => !field.absent.includes(one) && inRange(one * field.scale + field.offset, definition.range),
      );
      if (raw === undefined) throw new Error(`${name}: no raw number yields a value`);
      expect(decode(name, field, cell(String(raw))).value, name).toBeCloseTo(raw * field.scale + field.offset, 6);
    }
  });
});

const inRange = (value: number, [low, high]: readonly [number, number]): boolean => value >= low && value <= high;

function cell(text: string): Variable {
  return /^-?\d+$/.test(text)
    ? { oid: "1.3", type: TAG.integer, value: Number(text) }
    : { oid: "1.3", type: TAG.octetString, value: Buffer.from(text) };
}

function decode(name: string, field: SnmpField, variable: Variable): { readonly value: number; readonly quality: number } {
  const into = emptyReadings(1);
  decodeInto(variable, decoderFor(name, { ...field, scaledBy: [] }), into, 0);
  return { value: into.values[0] ?? Number.NaN, quality: into.qualities[0] ?? 255 };
}

/** Raw values with what they must become: every state, or a few numbers inside the range of the point. */
function samples(name: string, field: ModbusField): readonly (readonly [raw: number, expected: number])[] {
  const definition = findPoint(name);
  if (definition?.kind === "state") {
    const indexOf = (state: string): number => definition.states.findIndex((word) => word.name === state);
    const byCode = Object.entries(field.states ?? {}).map(([raw, state]) => [Number(raw), indexOf(state)] as const);
    const byFlag = (field.flags ?? []).map(({ bit, state }) => [2 ** bit, indexOf(state)] as const);
    const none = field.flags !== undefined && field.otherwise !== undefined ? [[0, indexOf(field.otherwise)] as const] : [];
    return [...byCode, ...byFlag, ...none];
  }
  if (field.scaledBy !== undefined) return [];
  const [low, high] = field.range ?? definition?.range ?? [0, 0];
  return [1, 235]
    .map((raw) => [raw, Number((raw * field.scale + field.offset).toPrecision(12))] as const)
    .filter(([raw, value]) => value >= low && value <= high && !field.absent.includes(raw));
}

/** Puts a raw value where the profile says it is. */
function encode(field: ModbusField, at: number, raw: number, data: Buffer): void {
  const shifted = field.bit === undefined ? raw : raw * 2 ** field.bit;
  const value = Buffer.alloc(8);
  switch (field.type) {
    case "bit":
      data[at >> 3] = (data[at >> 3] ?? 0) | (raw << (at & 7));
      return;
    case "u16":
    case "s16":
      data.writeUInt16BE(((shifted % 0x1_0000) + 0x1_0000) % 0x1_0000, at * 2);
      return;
    case "u32":
    case "s32":
      value.writeUInt32BE(shifted < 0 ? shifted + 2 ** 32 : shifted);
      put(field, value.subarray(0, 4), at, data);
      return;
    case "f32":
      value.writeFloatBE(raw);
      put(field, value.subarray(0, 4), at, data);
      return;
    case "f64":
      value.writeDoubleBE(raw);
      put(field, value, at, data);
      return;
    case "u64":
    case "s64":
      value.writeBigInt64BE(BigInt(raw));
      put(field, value, at, data);
      return;
    default:
      throw new Error(field.type satisfies never);
  }
}

function put({ words }: ModbusField, value: Buffer, at: number, data: Buffer): void {
  const count = value.length / 2;
  for (let word = 0; word < count; word += 1)
    data.writeUInt16BE(value.readUInt16BE(word * 2), (at + (words === "low-first" ? count - 1 - word : word)) * 2);
}
