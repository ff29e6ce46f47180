import * as z from "zod";
import {
  codedStates,
  commonField,
  conversionSchema,
  head,
  type ProfileFault,
  pauseMs,
  pointsOf,
  scaledAsSchema,
  serialLineWithUnit,
} from "../profile-parts.ts";

export const MODBUS_TABLES = ["coil", "discrete", "input", "holding"] as const;
export const MODBUS_TYPES = ["bit", "u16", "s16", "u32", "s32", "u64", "s64", "f32", "f64"] as const;

const address = z
  .int()
  .min(0)
  .max(65_535)
  .meta({ description: "a zero-based address as on the wire, 0 to 65535 (not 40001)", zh: "线上的零起地址，0–65535（不是 40001）" });
const type = z.enum(MODBUS_TYPES).meta({ description: `one of ${MODBUS_TYPES.join(", ")}`, zh: `${MODBUS_TYPES.join("、")} 之一` });
const bit = z.int().min(0).max(31).meta({ description: "a bit, 0 (least significant) to 31", zh: "位号，0（最低位）至 31" });

/** A register that says what another one means: read along, and without it there is no value. Of the same table as its field. */
const scaleRegister = z.union([
  z.strictObject({ address, type: type.default("u16"), as: scaledAsSchema }),
  z.strictObject({ address, type: type.default("u16"), codes: z.record(z.string().regex(/^-?\d+$/), conversionSchema) }),
]);

export const modbusFieldSchema = z.strictObject({
  table: z.enum(MODBUS_TABLES).meta({ description: `one of ${MODBUS_TABLES.join(", ")}`, zh: `${MODBUS_TABLES.join("、")} 之一` }),
  /** Zero-based address as on the wire (not 30001, not 40001). */
  address,
  type: type.default("u16"),
  /** Order of the words of a 32- or 64-bit value; bytes inside a word are always big-endian. */
  words: z
    .enum(["high-first", "low-first"])
    .meta({ description: "high-first or low-first", zh: "high-first（高字在前）或 low-first（低字在前）" })
    .default("high-first"),
  /** Takes one bit (0 = least significant) out of a register or of a 32-bit value. */
  bit: bit.optional(),
  /** Bits that exclude each other, most important first: the first one that is set names the state. */
  flags: z
    .array(z.strictObject({ bit, state: z.string() }))
    .min(1)
    .optional(),
  scaledBy: scaleRegister.optional(),
  states: codedStates,
  ...commonField,
});
export type ModbusField = z.infer<typeof modbusFieldSchema>;

export const modbusProfileSchema = z.strictObject({
  protocol: z.literal("modbus"),
  ...head,
  serial: serialLineWithUnit(247),
  /** Registers between two fields that may be read along with them; 0 for devices that answer exception 2 to any hole. */
  gapMax: z.int().min(0).max(120).meta({ description: "registers, 0 to 120", zh: "寄存器数，0–120" }).default(8),
  /** Inputs of one module that are wired to different things: the site's `channel` is added to every address. */
  perChannel: z.boolean().meta({ description: "true or false", zh: "true 或 false" }).default(false),
  registersPerReadMax: z.int().min(1).max(125).meta({ description: "registers, 1 to 125", zh: "寄存器数，1–125" }).default(120),
  pauseMs,
  points: pointsOf(modbusFieldSchema),
});
export type ModbusProfile = z.infer<typeof modbusProfileSchema> & { readonly id: string };

export const REGISTERS_OF = { bit: 1, u16: 1, s16: 1, u32: 2, s32: 2, f32: 2, u64: 4, s64: 4, f64: 4 } as const satisfies Record<
  ModbusField["type"],
  number
>;

/** What is wrong with one field: the path in it, and what was expected. */
export function modbusFieldFaults({ table, type: kind, bit: only, flags, scaledBy }: ModbusField): readonly ProfileFault[] {
  const faults: ProfileFault[] = [];
  const isBitTable = table === "coil" || table === "discrete";
  if (isBitTable !== (kind === "bit")) {
    const zh = `${table} 表与类型 ${kind} 不符：bit 只用于 coil、discrete`;
    faults.push({ path: ["type"], message: { zh, en: `type ${kind} does not fit table ${table}: bit is for coil and discrete` } });
  }
  const bits = kind === "u32" ? 32 : kind === "u16" ? 16 : 0;
  const asked = [...(only === undefined ? [] : [only]), ...(flags ?? []).map((flag) => flag.bit)];
  if (asked.some((one) => one >= bits)) {
    const zh = `位号超出类型 ${kind}（仅 u16、u32）`;
    faults.push({ path: [], message: { zh, en: `a bit outside of type ${kind} (u16 and u32 have bits)` } });
  }
  if (isBitTable && scaledBy !== undefined)
    faults.push({ path: ["scaledBy"], message: { zh: "位表没有比例寄存器", en: "a bit table has no scale register" } });
  return faults;
}

/** Two points that claim one register in different ways: one of the addresses is a slip. */
export function modbusFaults(points: Readonly<Record<string, ModbusField>>): readonly ProfileFault[] {
  const placed = Object.entries(points)
    .map(([name, field]) => ({ name, field, start: field.address, end: field.address + REGISTERS_OF[field.type] }))
    .sort((a, b) => a.start - b.start);
  return placed.flatMap((one, index) => {
    const reached = placed.slice(index + 1).filter(({ start }) => start < one.end);
    return reached.flatMap((other): readonly ProfileFault[] => {
      const apart = one.field.table !== other.field.table;
      const same = one.start === other.start && one.end === other.end && one.field.words === other.field.words;
      if (apart || (same && maySay(one.field, other.field))) return [];
      const { table } = one.field;
      const zh = `与 ${one.name} 占用同一寄存器（${table} ${one.start}）`;
      return [{ path: ["points", other.name, "address"], message: { zh, en: `claims a register of ${one.name} (${table} ${one.start})` } }];
    });
  });
}

/** One register may hold bits that tell different things, and one code may tell two states. */
function maySay(one: ModbusField, other: ModbusField): boolean {
  const sharesBits = ({ bit: only, flags }: ModbusField): boolean => only !== undefined || flags !== undefined;
  return sharesBits(one) || sharesBits(other) || (one.states !== undefined && other.states !== undefined);
}
