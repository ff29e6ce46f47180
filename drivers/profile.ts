import * as z from "zod";
import { type ContactField, type ContactProfile, contactProfileSchema } from "./contact/profile.ts";
import { type Dlt645Field, type Dlt645Profile, dlt645ProfileSchema } from "./dlt645/profile.ts";
import { type MegatecProfile, megatecProfileSchema } from "./megatec/profile.ts";
import { type ModbusField, type ModbusProfile, modbusProfileSchema } from "./modbus/profile.ts";
import { type OsdpField, type OsdpProfile, osdpProfileSchema } from "./osdp/profile.ts";
import { type ProbeField, type ProbeProfile, probeProfileSchema } from "./probe/profile.ts";
import { type SnmpField, type SnmpProfile, snmpProfileSchema } from "./snmp/profile.ts";
import type { TextField } from "./text/profile.ts";
import { type UpslinkProfile, upslinkProfileSchema } from "./upslink/profile.ts";
import { type Yd1363Field, type Yd1363Profile, yd1363ProfileSchema } from "./yd1363/profile.ts";

/**
 * What a profile may say. A profile is a device family as data: which of the house's point names it has, where each is on the
 * wire, which raw numbers are lies, and where that was read. One YAML file per family: `profiles/<class>/<maker>-<family>.yaml`.
 */
export const PROFILE_SCHEMAS = {
  modbus: modbusProfileSchema,
  snmp: snmpProfileSchema,
  megatec: megatecProfileSchema,
  upslink: upslinkProfileSchema,
  yd1363: yd1363ProfileSchema,
  dlt645: dlt645ProfileSchema,
  osdp: osdpProfileSchema,
  contact: contactProfileSchema,
  probe: probeProfileSchema,
} as const satisfies Readonly<Record<string, z.ZodType>>;

export const profileSchema = z.discriminatedUnion("protocol", [
  modbusProfileSchema,
  snmpProfileSchema,
  megatecProfileSchema,
  upslinkProfileSchema,
  yd1363ProfileSchema,
  dlt645ProfileSchema,
  osdpProfileSchema,
  contactProfileSchema,
  probeProfileSchema,
]);

export type Field = ModbusField | SnmpField | TextField | Yd1363Field | Dlt645Field | OsdpField | ContactField | ProbeField;
/** A loaded profile; `id` is its path without suffix, e.g. `ups/ietf-rfc1628`. */
export type Profile =
  | ModbusProfile
  | SnmpProfile
  | MegatecProfile
  | UpslinkProfile
  | Yd1363Profile
  | Dlt645Profile
  | OsdpProfile
  | ContactProfile
  | ProbeProfile;

/** Row names chosen by the site, by row set: `{ interface: ["eth0"] }`. */
export type Rows = Readonly<Record<string, readonly string[]>>;

/** One point of one device: its name on the site, the profile's field name, and the row it is read from. */
export interface ProfilePoint {
  readonly name: string;
  readonly field: string;
  readonly row: string | null;
  readonly optional: boolean;
  /** How often it is read where its device is read more often; 0 for as often. */
  readonly everyMs: number;
}

/** All points of a device of this profile, in profile order, one per row for columns. A row name becomes one segment: no dots or slashes. */
export function profilePoints(profile: Profile, rows: Rows = {}): readonly ProfilePoint[] {
  return Object.entries<Field>(profile.points).flatMap(([field, content]): ProfilePoint[] => {
    const { optional, everyMs } = content;
    if (profile.protocol !== "snmp" || !("row" in content) || content.row === undefined)
      return [{ name: field, field, row: null, optional, everyMs }];
    if (content.at !== undefined) return [{ name: field, field, row: content.at, optional, everyMs }];
    const set = profile.rows[content.row];
    const names = rows[content.row] ?? set?.default ?? [];
    if (set?.one === true) return names.slice(0, 1).map((row) => ({ name: field, field, row, optional, everyMs }));
    return names.map((row) => ({ name: field.replace("#", rowSegment(row)), field, row, optional, everyMs }));
  });
}

/** `/var/log` → `var-log`, `/` → `root`, `Gi1/0/1` → `Gi1-0-1`. */
export function rowSegment(row: string): string {
  return row.replace(/^\/+/, "").replace(/[^A-Za-z0-9_-]+/g, "-") || "root";
}
