import * as z from "zod";
import { commonField, conversionSchema, head, type ProfileFault, pointsOf, scaledAsSchema, wordsSchema } from "../profile-parts.ts";

const oid = z
  .string()
  .regex(/^1(\.\d+)+$/)
  .meta({ description: "an OID in digits, e.g. 1.3.6.1.2.1.33.1.2.4.0", zh: "数字 OID，如 1.3.6.1.2.1.33.1.2.4.0" });

/**
 * A variable that says what another one means, asked along with it: the temperature unit of the device, the decimals or the divisor of a
 * row. An OID that ends in `.0` is a scalar, any other the column of the same row. Without it there is no value.
 */
const scaledBySchema = z.union([
  z.strictObject({ oid, as: scaledAsSchema }),
  /** What it says (a number, or text without regard to case) → what the value is multiplied by, or its temperature scale. */
  z.strictObject({ oid, codes: z.record(z.string(), conversionSchema) }),
]);

const reading = {
  scaledBy: z.array(scaledBySchema).max(3).default([]),
  /** Text such as `23.5 C`: units that may stand behind the number (without regard to case) and what each means. */
  textUnits: z
    .record(z.string().min(1), conversionSchema)
    .meta({
      description: "unit behind the number and its factor, e.g. `{ C: celsius, F: fahrenheit }`",
      zh: "数字后的单位及其系数，如 `{ C: celsius, F: fahrenheit }`",
    })
    .optional(),
};

export const snmpFieldSchema = z.strictObject({
  /** A scalar's full OID with its instance (`….0`), or a column's OID when `row` is given. */
  oid,
  /** Row set (see `rows`) whose instances this column is read for; the point name then has a `#`, unless the set is `one` or `at` is given. */
  row: z.string().optional(),
  /** The one row of the set that this point is read from: its name, which may be an OID. */
  at: z.string().min(1).optional(),
  /** Where older or newer units of the family keep the same value: asked along, used when the first gives no good one. */
  fallback: z
    .strictObject({ oid, scale: z.number().default(1), absent: z.array(z.number()).default([]), ...reading })
    .meta({ description: "`{ oid: …, scale: …, absent: […] }`", zh: "`{ oid: …, scale: …, absent: […] }`" })
    .optional(),
  /** Text of 0 and 1: the characters (from 1), most important first; the first one that is 1 names the state. */
  flags: z
    .array(z.strictObject({ character: z.int().min(1).max(256), state: z.string() }))
    .min(1)
    .optional(),
  /** Raw code, or text without regard to case → state name of the vocabulary. What is not listed is "unknown state", never a guess. */
  states: z
    .record(z.string(), z.string())
    .meta({
      description: 'raw code and state name, e.g. `{ "1": normal, "2": alarm }`',
      zh: '原始码与状态名，如 `{ "1": normal, "2": alarm }`',
    })
    .optional(),
  ...reading,
  ...commonField,
});
export type SnmpField = z.infer<typeof snmpFieldSchema>;

/**
 * Rows of a table that the site chooses. With a name column they are found by their name (e.g. ifName, or an OID that says what the row
 * is), not by their number, which may change when the agent restarts; without one the name is the instance itself, e.g. `3` or `1.2`.
 */
const rowSetSchema = z.strictObject({
  nameColumn: oid.optional(),
  label: wordsSchema,
  default: z.array(z.string()).default([]),
  /** The device is one row of the table: its points have plain names, and the site chooses which row it is. */
  one: z.boolean().default(false),
});

export const snmpProfileSchema = z.strictObject({
  protocol: z.literal("snmp"),
  ...head,
  /** sysObjectID prefixes that select this profile. */
  sysObjectIds: z.array(oid).meta({ description: "a list of OIDs in digits", zh: "数字 OID 列表" }).default([]),
  /** A variable that only this family has: tells families apart that share a sysObjectID. */
  probe: oid.optional(),
  /** What these agents take at once, where the maker's limit is known; else it is learned. */
  variablesPerGetMax: z.int().min(1).max(64).meta({ description: "variables, 1 to 64", zh: "变量数，1–64" }).optional(),
  rows: z.record(z.string(), rowSetSchema).default({}),
  points: pointsOf(snmpFieldSchema),
});
export type SnmpProfile = z.infer<typeof snmpProfileSchema> & { readonly id: string };

/** What is wrong with the row sets and columns of one profile. */
export function snmpFaults(
  rows: Readonly<Record<string, { readonly one: boolean }>>,
  points: Readonly<Record<string, SnmpField>>,
): readonly ProfileFault[] {
  return Object.entries(points).flatMap(([name, { row, at, oid: asked }]): readonly ProfileFault[] => {
    const path = ["points", name];
    const faults: ProfileFault[] = [];
    const fault = (rest: readonly string[], zh: string, en: string): void => {
      faults.push({ path: [...path, ...rest], message: { zh, en } });
    };
    const set = row !== undefined && Object.hasOwn(rows, row) ? rows[row] : undefined;
    if (row !== undefined && set === undefined) {
      const sets = Object.keys(rows);
      const zh = `rows 中没有 \`${row}\`；有：${sets.join("、") || "无"}`;
      fault(["row"], zh, `there is no \`${row}\` in rows; there is: ${sets.join(", ") || "none"}`);
    }
    const perRow = row !== undefined && at === undefined && set?.one !== true;
    if (perRow && !name.includes("#")) fault([], "逐行读取的测点名称须含 `#`", "a column read per row needs `#` in its name");
    if (!perRow && name.includes("#")) fault([], "名称含 `#` 的测点需要 `row`", "a name with `#` needs `row`");
    if (at !== undefined && row === undefined) fault(["at"], "`at` 需要 `row`", "`at` needs `row`");
    if (row !== undefined && asked.endsWith(".0")) fault(["oid"], "列的 OID 不带实例 `.0`", "a column's OID has no instance `.0`");
    return faults;
  });
}
