import type { ModbusField, ModbusProfile } from "../../drivers/modbus/profile.ts";
import type { SnmpField, SnmpProfile } from "../../drivers/snmp/profile.ts";
import type { HouseValues } from "./house-values.ts";
import type { ModbusTable } from "./wire/pdu.ts";
import type { SnmpType, SnmpVariable } from "./wire/snmp-agent.ts";

/** Registers and bits of one station, by table and address. */
export type RegisterImage = Readonly<Record<ModbusTable, Map<number, number>>>;

export const emptyImage = (): RegisterImage => ({ coil: new Map(), discrete: new Map(), input: new Map(), holding: new Map() });

const WORDS: Readonly<Record<ModbusField["type"], number>> = { bit: 1, u16: 1, s16: 1, u32: 2, s32: 2, u64: 4, s64: 4, f32: 2, f64: 4 };

/**
 * Writes what a device of this profile would hold, so that a reader of the profile gets `values` back within one step of the
 * register. A point that the room has no value for holds the maker's "no value" code, or nothing where it is optional.
 */
export function encodeModbus(profile: ModbusProfile, channel: number, values: HouseValues, into: RegisterImage): void {
  for (const [name, field] of Object.entries(profile.points)) {
    const raw = rawOf(field, values[name]);
    if (raw === null) continue;
    const address = field.address + (profile.perChannel ? channel : 0);
    if (field.type === "bit") into[field.table].set(address, raw === 0 ? 0 : 1);
    else if (field.bit !== undefined) {
      const before = into[field.table].get(address) ?? 0;
      into[field.table].set(address, raw === 0 ? before & ~(1 << field.bit) : before | (1 << field.bit));
    } else for (const [index, word] of wordsOf(field, raw).entries()) into[field.table].set(address + index, word);
  }
}

function wordsOf(field: ModbusField, raw: number): readonly number[] {
  const bytes = Buffer.alloc(WORDS[field.type] * 2);
  const whole = Math.round(raw);
  if (field.type === "f32") bytes.writeFloatBE(raw);
  else if (field.type === "f64") bytes.writeDoubleBE(raw);
  else if (field.type === "u64") bytes.writeBigUInt64BE(BigInt(Math.max(0, whole)));
  else if (field.type === "s64") bytes.writeBigInt64BE(BigInt(whole));
  else if (field.type === "s16") bytes.writeInt16BE(clamp(whole, -32_768, 32_767));
  else if (field.type === "s32") bytes.writeInt32BE(clamp(whole, -2_147_483_648, 2_147_483_647));
  else if (field.type === "u32") bytes.writeUInt32BE(clamp(whole, 0, 4_294_967_295));
  else bytes.writeUInt16BE(clamp(whole, 0, 65_535));
  const words = Array.from({ length: bytes.length / 2 }, (_, index) => bytes.readUInt16BE(index * 2));
  return field.words === "low-first" ? words.reverse() : words;
}

/** Names of the rows that a device has, by row set; a row's number in its table is its place in the list, from 1. */
export type RoomRows = Readonly<Record<string, readonly string[]>>;

/** The variables that an agent of this profile would answer. `values` is asked at every request. */
export function encodeSnmp(profile: SnmpProfile, rows: RoomRows, values: () => HouseValues): readonly SnmpVariable[] {
  const names = Object.entries(profile.rows).flatMap(([set, content]) =>
    (rows[set] ?? []).map(
      (row, index): SnmpVariable => ({
        oid: `${content.nameColumn}.${index + 1}`,
        type: "OctetString",
        value: () => row,
      }),
    ),
  );
  const points = Object.entries(profile.points).flatMap(([name, field]): readonly SnmpVariable[] => {
    const instances = field.row === undefined ? [field.oid] : (rows[field.row] ?? []).map((_, index) => `${field.oid}.${index + 1}`);
    const type = typeOf(field.oid);
    return instances.map((oid) => ({ oid, type, value: () => wireValue(type, rawOf(field, values()[name])) }));
  });
  // An agent has only what its machine has: an optional point that the room does not know is no variable at all.
  return [...names, ...points.filter((variable) => variable.value() !== null)];
}

/** Types that the MIBs give; everything else is an Integer. RFC 1628, RFC 2790, RFC 2863, UCD-SNMP-MIB. */
const TYPES: readonly (readonly [oid: string, type: SnmpType])[] = [
  ["1.3.6.1.2.1.33.1.6.1.", "Gauge"],
  ["1.3.6.1.2.1.25.1.1.", "TimeTicks"],
  ["1.3.6.1.2.1.25.1.5.", "Gauge"],
  ["1.3.6.1.2.1.25.1.6.", "Gauge"],
  ["1.3.6.1.4.1.2021.10.1.3.", "OctetString"],
  ["1.3.6.1.4.1.2021.4.27.", "Counter64"],
  ["1.3.6.1.2.1.31.1.1.1.15", "Gauge"],
  ["1.3.6.1.2.1.31.1.1.1.6", "Counter64"],
  ["1.3.6.1.2.1.31.1.1.1.10", "Counter64"],
  ["1.3.6.1.2.1.2.2.1.13", "Counter"],
  ["1.3.6.1.2.1.2.2.1.14", "Counter"],
  ["1.3.6.1.2.1.2.2.1.19", "Counter"],
  ["1.3.6.1.2.1.2.2.1.20", "Counter"],
];

const typeOf = (oid: string): SnmpType => TYPES.find(([prefix]) => oid === prefix || oid.startsWith(prefix))?.[1] ?? "Integer";

function wireValue(type: SnmpType, raw: number | null): number | string | Buffer | null {
  if (raw === null) return null;
  if (type === "OctetString") return raw.toFixed(2);
  if (type !== "Counter64") return Math.round(raw);
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(Math.round(raw)));
  return bytes;
}

/** The raw number behind a house value; a state that the profile cannot express is a mistake of the room. */
function rawOf(field: ModbusField | SnmpField, value: number | string | undefined): number | null {
  if (value === undefined) return field.optional ? null : (field.absent[0] ?? null);
  if (typeof value === "number") return (value - field.offset) / field.scale;
  const code = Object.entries(field.states ?? {}).find(([, state]) => state === value)?.[0];
  if (code === undefined) throw new Error(`the profile has no code for the state \`${value}\``);
  return Number(code);
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
