import * as z from "zod";
import {
  codedStates,
  commonField,
  conversionSchema,
  head,
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
