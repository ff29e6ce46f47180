import * as z from "zod";
import { common, head, pauseMs, serialSettings } from "../profile-parts.ts";

const hexByte = z.string().regex(/^[0-9A-F]{2}$/, 'two hexadecimal digits in quotes, e.g. `"2A"`');

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

const itemName = z.string().regex(/^[a-z][a-z0-9-]*$/);
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
  info: z.union([z.literal("unit"), z.string().regex(/^([0-9A-F]{2})*$/)]).default(""),
  /** How many bytes INFO has where that never varies: a unit that sends another number has another layout, and nothing of it is believed. */
  bytes: z.int().min(1).max(2_047).optional(),
  layout: z.array(layoutItem).min(1).max(256),
  /** Not every unit of the family knows it. */
  optional: z.boolean().default(false),
});

export const yd1363FieldSchema = z.strictObject({
  command: z.string(),
  item: z.string(),
  /** Which of several of that name, counted from 1 through all groups. */
  nth: z.int().min(1).max(255).default(1),
  /** A second byte that the state depends on, too: the code is the first one and this one side by side, e.g. `0x01E2`. */
  with: z.string().optional(),
  ...common,
});
export type Yd1363Field = z.infer<typeof yd1363FieldSchema>;

/** A device of YD/T 1363.3 (电总) as data. */
export const yd1363ProfileSchema = z.strictObject({
  protocol: z.literal("yd1363"),
  ...head,
  serial: z.strictObject({ ...serialSettings, unit: z.int().min(1).max(254) }).optional(),
  /** VER of the requests; some units refuse another one. */
  version: hexByte,
  /** Device class: 2A UPS, 40 mains distribution, 41 rectifier, 42 DC distribution, 46 battery, 60 air-conditioner, 80 environment. */
  cid1: hexByte,
  /** Byte order of floats: the standard's is little, some vendors send big. */
  floats: z.enum(["little", "big"]).default("little"),
  pauseMs,
  commands: z.record(z.string(), command),
  points: z.record(z.string(), yd1363FieldSchema),
});

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

/** What is wrong with the commands and fields of one profile, as the path and what is expected. */
export function yd1363Faults(
  commands: Readonly<Record<string, { readonly layout: readonly LayoutItem[] }>>,
  points: Readonly<Record<string, Yd1363Field>>,
): readonly { readonly path: readonly string[]; readonly message: string }[] {
  const ofCommands = Object.entries(commands).flatMap(([name, { layout }]) =>
    uncounted(layout).map((count) => ({ path: ["commands", name, "layout"], message: `nothing before it says the count \`${count}\`` })),
  );
  const ofPoints = Object.entries(points).flatMap(([name, { command: asked, item, with: second }]) => {
    const layout = commands[asked]?.layout;
    if (layout === undefined) return [{ path: ["points", name], message: `there is no command \`${asked}\`` }];
    const missing = [item, second ?? item].find((wanted) => !itemNames(layout).includes(wanted));
    return missing === undefined ? [] : [{ path: ["points", name], message: `the answer has no item \`${missing}\`` }];
  });
  return [...ofCommands, ...ofPoints];
}
