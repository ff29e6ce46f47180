import * as z from "zod";
import { type Dlt645Field, dlt645Faults, dlt645ProfileSchema } from "./dlt645/profile.ts";
import { megatecProfileSchema } from "./megatec/profile.ts";
import { common, head, serialSettings, words } from "./profile-parts.ts";
import { type TextField, textFaults } from "./text/profile.ts";
import { upslinkProfileSchema } from "./upslink/profile.ts";
import { findPoint, stateIndex } from "./vocabulary.ts";
import { type Yd1363Field, yd1363Faults, yd1363ProfileSchema } from "./yd1363/profile.ts";

export const MODBUS_TABLES = ["coil", "discrete", "input", "holding"] as const;
export const MODBUS_TYPES = ["bit", "u16", "s16", "u32", "s32", "u64", "f32", "f64"] as const;

export const modbusFieldSchema = z.strictObject({
  table: z.enum(MODBUS_TABLES),
  /** Zero-based address as on the wire (not 30001, not 40001). */
  address: z.int().min(0).max(65_535),
  type: z.enum(MODBUS_TYPES).default("u16"),
  /** Order of the words of a 32- or 64-bit value; bytes inside a word are always big-endian. */
  words: z.enum(["high-first", "low-first"]).default("high-first"),
  /** Takes one bit (0 = least significant) out of a register. */
  bit: z.int().min(0).max(15).optional(),
  ...common,
});
export type ModbusField = z.infer<typeof modbusFieldSchema>;

const oid = z.string().regex(/^1(\.\d+)+$/, "an OID in digits, e.g. 1.3.6.1.2.1.33.1.2.4.0");

export const snmpFieldSchema = z.strictObject({
  /** A scalar's full OID with its instance (`….0`), or a column's OID when `row` is given. */
  oid,
  /** Name of the row set (see `rows`) whose instances this column is read for; the point name then has a `#`. */
  row: z.string().optional(),
  /** Where older or newer units of the family keep the same scalar: asked along, used when the first gives no good value. */
  fallback: z.strictObject({ oid, scale: z.number().default(1), absent: z.array(z.number()).default([]) }).optional(),
  ...common,
});
export type SnmpField = z.infer<typeof snmpFieldSchema>;

/** Table rows are found by their name (e.g. ifName), not by their number, which may change when the agent restarts. */
const rowSetSchema = z.strictObject({ nameColumn: oid, label: words, default: z.array(z.string()).default([]) });

const modbusProfileSchema = z.strictObject({
  protocol: z.literal("modbus"),
  ...head,
  /** Factory serial settings, offered to the installer. */
  serial: z.strictObject({ ...serialSettings, unit: z.int().min(1).max(247) }).optional(),
  /** Registers between two fields that may be read along with them; 0 for devices that answer exception 2 to any hole. */
  gapMax: z.int().min(0).max(120).default(8),
  /** Inputs of one module that are wired to different things: the site's `channel` is added to every address. */
  perChannel: z.boolean().default(false),
  registersPerReadMax: z.int().min(1).max(125).default(120),
  points: z.record(z.string(), modbusFieldSchema),
});

const snmpProfileSchema = z.strictObject({
  protocol: z.literal("snmp"),
  ...head,
  /** sysObjectID prefixes that select this profile. */
  sysObjectIds: z.array(oid).default([]),
  variablesPerGetMax: z.int().min(1).max(64).default(24),
  rows: z.record(z.string(), rowSetSchema).default({}),
  points: z.record(z.string(), snmpFieldSchema),
});

/**
 * What a profile may say. A profile is a device family as data: which of the house's point names it has, where each is on the
 * wire, which raw numbers are lies, and where that was read. One YAML file per family: `profiles/<class>/<maker>-<family>.yaml`.
 */
export const profileSchema = z
  .discriminatedUnion("protocol", [
    modbusProfileSchema,
    snmpProfileSchema,
    megatecProfileSchema,
    upslinkProfileSchema,
    yd1363ProfileSchema,
    dlt645ProfileSchema,
  ])
  .superRefine((profile, context) => {
    const complain = (path: readonly string[], message: string): void => context.addIssue({ code: "custom", path: [...path], message });
    for (const [name, field] of Object.entries<AnyField>(profile.points))
      checkField(name, field, (message) => complain(["points", name], message));
    for (const { path, message } of protocolFaults(profile)) complain(path, message);
  });

function checkField(name: string, field: AnyField, complain: (message: string) => void): void {
  const definition = findPoint(name);
  if (definition === undefined) complain("not a name of the vocabulary (drivers/vocabulary.ts)");
  else if (definition.kind === "state") {
    if (field.states === undefined) complain("a state point needs `states`: raw code → state name");
    for (const state of Object.values(field.states ?? {}))
      if (stateIndex(definition, state) === undefined) complain(`\`${state}\` is not a state of this point`);
  } else if (field.states !== undefined) complain("`states` is for state points only");
  if ("row" in field && field.row !== undefined && !name.includes("#")) complain("a column read per row needs `#` in its name");
}

/** What is wrong beyond single fields, in the terms of the protocol. */
function protocolFaults(profile: z.infer<typeof profileSchema>): ReturnType<typeof textFaults> {
  switch (profile.protocol) {
    case "megatec":
    case "upslink":
      return textFaults(profile.queries, profile.points);
    case "yd1363":
      return yd1363Faults(profile.commands, profile.points);
    case "dlt645":
      return dlt645Faults(profile.edition, profile.points);
    case "modbus":
    case "snmp":
      return [];
    default:
      return profile satisfies never;
  }
}

type AnyField = ModbusField | SnmpField | TextField | Yd1363Field | Dlt645Field;

interface Identified {
  readonly id: string;
}
export type ModbusProfile = z.infer<typeof modbusProfileSchema> & Identified;
export type SnmpProfile = z.infer<typeof snmpProfileSchema> & Identified;
export type MegatecProfile = z.infer<typeof megatecProfileSchema> & Identified;
export type UpslinkProfile = z.infer<typeof upslinkProfileSchema> & Identified;
export type Yd1363Profile = z.infer<typeof yd1363ProfileSchema> & Identified;
export type Dlt645Profile = z.infer<typeof dlt645ProfileSchema> & Identified;
/** A loaded profile; `id` is its path without suffix, e.g. `ups/ietf-rfc1628`. */
export type Profile = ModbusProfile | SnmpProfile | MegatecProfile | UpslinkProfile | Yd1363Profile | Dlt645Profile;

/** Row names chosen by the site, by row set: `{ interface: ["eth0"] }`. */
export type Rows = Readonly<Record<string, readonly string[]>>;

/** One point of one device: its name on the site, the profile's field name, and the row it is read from. */
export interface ProfilePoint {
  readonly name: string;
  readonly field: string;
  readonly row: string | null;
  readonly optional: boolean;
}

/** All points of a device of this profile, in profile order, one per row for columns. A row name becomes one segment: no dots or slashes. */
export function profilePoints(profile: Profile, rows: Rows = {}): readonly ProfilePoint[] {
  return Object.entries<AnyField>(profile.points).flatMap(([field, content]): ProfilePoint[] => {
    const optional = content.optional;
    if (profile.protocol !== "snmp" || !("row" in content) || content.row === undefined)
      return [{ name: field, field, row: null, optional }];
    const names = rows[content.row] ?? profile.rows[content.row]?.default ?? [];
    return names.map((row) => ({ name: field.replace("#", rowSegment(row)), field, row, optional }));
  });
}

/** `/var/log` → `var-log`, `/` → `root`, `Gi1/0/1` → `Gi1-0-1`. */
export function rowSegment(row: string): string {
  return row.replace(/^\/+/, "").replace(/[^A-Za-z0-9_-]+/g, "-") || "root";
}
