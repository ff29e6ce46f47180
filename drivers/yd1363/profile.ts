import * as z from "zod";
import { codedStates, commonField, head, type ProfileFault, pauseMs, pointsOf, serialLineWithUnit } from "../profile-parts.ts";

const hexByte = z
  .string()
  .regex(/^[0-9A-F]{2}$/)
  .meta({ description: 'two hexadecimal digits in quotes, e.g. `"2A"`', zh: '加引号的两位十六进制数，如 `"2A"`' });

export const ITEM_TYPES = ["u8", "u16", "s16", "u24", "u32", "f32"] as const;
export type ItemType = (typeof ITEM_TYPES)[number];

/**
 * What stands in the INFO of an answer, in order: bytes to pass over, a named value, a count of what follows, or a group that is there as
 * often as a count said (or always so many times).
 */
export type LayoutItem =
  | { readonly skip: number }
  | { readonly item: string; readonly as: ItemType }
  | { readonly count: string }
  | { readonly times: string | number; readonly of: readonly LayoutItem[] };

const itemName = z
  .string()
  .regex(/^[a-z][a-z0-9-]*$/)
  .meta({ description: "a name in small letters, e.g. `cell-voltage`", zh: "小写名称，如 `cell-voltage`" });
const layoutItem: z.ZodType<LayoutItem> = z.lazy(() =>
  z.union([
    z.strictObject({ skip: z.int().min(1).max(2_047) }),
    z.strictObject({ item: itemName, as: z.enum(ITEM_TYPES).default("u16") }),
    z.strictObject({ count: itemName }),
    z.strictObject({ times: z.union([itemName, z.int().min(1).max(255)]), of: z.array(layoutItem).min(1).max(64) }),
  ]),
);

const command = z.strictObject({
  cid2: hexByte,
  /** What goes along with the question: hexadecimal digits (a group number, `FF` for all), or `unit`: the device's own address. */
  info: z
    .union([z.literal("unit"), z.string().regex(/^([0-9A-F]{2})*$/)])
    .meta({ description: 'hexadecimal digits in quotes, e.g. `"FF"`, or `unit`', zh: '加引号的十六进制数，如 `"FF"`，或 `unit`' })
    .default(""),
  /** How many bytes INFO has where that never varies: a unit that sends another number has another layout, and nothing of it is believed. */
  bytes: z.int().min(1).max(2_047).meta({ description: "bytes of INFO, 1 to 2047", zh: "INFO 字节数，1–2047" }).optional(),
  layout: z.array(layoutItem).min(1).max(256).meta({
    description: "a list of `{ skip: bytes }`, `{ item: name, as: u16 }`, `{ count: name }`, `{ times: name, of: […] }`",
    zh: "列表，每项为 `{ skip: 字节数 }`、`{ item: 名称, as: u16 }`、`{ count: 名称 }` 或 `{ times: 名称, of: […] }`",
  }),
  /** Not every unit of the family knows it. */
  optional: z.boolean().meta({ description: "true or false", zh: "true 或 false" }).default(false),
});

export const yd1363FieldSchema = z.strictObject({
  command: z.string().meta({ description: "the name of one of `commands`", zh: "`commands` 中的一个名称" }),
  item: itemName,
  /** Which of several of that name, counted from 1 through all groups. */
  nth: z.int().min(1).max(255).meta({ description: "a count from 1 to 255", zh: "序号，1–255" }).default(1),
  /** A second byte that the state depends on, too: the code is the first one and this one side by side, e.g. `0x01E2`. */
  with: itemName.optional(),
  states: codedStates,
  ...commonField,
});
export type Yd1363Field = z.infer<typeof yd1363FieldSchema>;

/** A device of YD/T 1363.3 (电总) as data. */
export const yd1363ProfileSchema = z.strictObject({
  protocol: z.literal("yd1363"),
  ...head,
  serial: serialLineWithUnit(254),
  /** VER of the requests; some units refuse another one. */
  version: hexByte,
  /** Device class: 2A UPS, 40 mains distribution, 41 rectifier, 42 DC distribution, 46 battery, 60 air-conditioner, 80 environment. */
  cid1: hexByte,
  /** Byte order of floats: the standard's is little, some vendors send big. */
  floats: z
    .enum(["little", "big"])
    .meta({ description: "little or big", zh: "little（低字节在前）或 big（高字节在前）" })
    .default("little"),
  pauseMs,
  commands: z.record(z.string(), command).meta({
    description: 'commands by name: `{ analog: { cid2: "42", layout: […] } }`',
    zh: '按名称列出的命令：`{ analog: { cid2: "42", layout: […] } }`',
  }),
  points: pointsOf(yd1363FieldSchema),
});
export type Yd1363Profile = z.infer<typeof yd1363ProfileSchema> & { readonly id: string };

/** Names of the values that a layout has. */
export function itemNames(layout: readonly LayoutItem[]): readonly string[] {
  return layout.flatMap((part) => ("item" in part ? [part.item] : "of" in part ? itemNames(part.of) : []));
}

/** Groups whose count is not said before them. */
function uncounted(layout: readonly LayoutItem[], known: Set<string> = new Set()): readonly string[] {
  return layout.flatMap((part) => {
    if ("count" in part) known.add(part.count);
    if (!("of" in part)) return [];
    const own = typeof part.times === "string" && !known.has(part.times) ? [part.times] : [];
    return [...own, ...uncounted(part.of, known)];
  });
}

/** What is wrong with the commands and fields of one profile. */
export function yd1363Faults(
  commands: Readonly<Record<string, { readonly layout: readonly LayoutItem[] }>>,
  points: Readonly<Record<string, Yd1363Field>>,
): readonly ProfileFault[] {
  const ofCommands = Object.entries(commands).flatMap(([name, { layout }]) =>
    uncounted(layout).map((count): ProfileFault => {
      const message = { zh: `前面没有说明数量 \`${count}\``, en: `nothing before it says the count \`${count}\`` };
      return { path: ["commands", name, "layout"], message };
    }),
  );
  const ofPoints = Object.entries(points).flatMap(([name, { command: asked, item, with: second }]): readonly ProfileFault[] => {
    const path = ["points", name];
    const layout = Object.hasOwn(commands, asked) ? commands[asked]?.layout : undefined;
    if (layout === undefined)
      return [{ path: [...path, "command"], message: { zh: `没有命令 \`${asked}\``, en: `there is no command \`${asked}\`` } }];
    const missing = [item, second ?? item].find((wanted) => !itemNames(layout).includes(wanted));
    return missing === undefined
      ? []
      : [{ path, message: { zh: `应答中没有 \`${missing}\``, en: `the answer has no item \`${missing}\`` } }];
  });
  return [...ofCommands, ...ofPoints];
}
