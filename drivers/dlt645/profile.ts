import * as z from "zod";
import { codedStates, commonField, head, type ProfileFault, pauseMs, pointsOf, serialLine } from "../profile-parts.ts";

const di = z
  .string()
  .regex(/^([0-9A-F]{4}){1,2}$/)
  .meta({
    description: "a data identifier as printed, 8 hexadecimal digits (2007) or 4 (1997), in quotes",
    zh: "数据标识，8 位（2007）或 4 位（1997）十六进制数，加引号",
  });

export const dlt645FieldSchema = z.strictObject({
  /** What is asked for: one quantity, or a block of several (ends in `FF` or `F`). */
  di,
  /** The identifier of this quantity alone, for meters that do not know the block. */
  single: di.optional(),
  /** First byte of the value in the block, counted from 0. */
  at: z.int().min(0).max(200).meta({ description: "a byte of the block, 0 to 200", zh: "块中的字节，0–200" }).default(0),
  /** Bytes of packed decimal digits; `scale` says where the point is: XXX.X V is `scale: 0.1`. */
  bytes: z.int().min(1).max(6).meta({ description: "bytes, 1 to 6", zh: "字节数，1–6" }),
  /** The highest bit is the sign. */
  signed: z.boolean().meta({ description: "true or false", zh: "true 或 false" }).default(false),
  states: codedStates,
  ...commonField,
});
export type Dlt645Field = z.infer<typeof dlt645FieldSchema>;

export const EDITIONS = ["2007", "1997"] as const;
export type Edition = (typeof EDITIONS)[number];
/** Digits of a data identifier. */
const DI_DIGITS = { "2007": 8, "1997": 4 } as const satisfies Record<Edition, number>;

/** A meter of DL/T 645 as data. */
export const dlt645ProfileSchema = z.strictObject({
  protocol: z.literal("dlt645"),
  ...head,
  edition: z.enum(EDITIONS).meta({ description: '`"2007"` or `"1997"`, in quotes', zh: '`"2007"` 或 `"1997"`，加引号' }),
  serial: serialLine,
  pauseMs,
  points: pointsOf(dlt645FieldSchema),
});
export type Dlt645Profile = z.infer<typeof dlt645ProfileSchema> & { readonly id: string };

/** What is wrong with the fields of one profile. */
export function dlt645Faults(edition: Edition, points: Readonly<Record<string, Dlt645Field>>): readonly ProfileFault[] {
  const digits = DI_DIGITS[edition];
  const message = {
    zh: `DL/T 645-${edition} 的数据标识为 ${digits} 位`,
    en: `a data identifier of DL/T 645-${edition} has ${digits} digits`,
  };
  return Object.entries(points).flatMap(([name, { di: asked, single }]) =>
    [asked, single ?? asked].some((text) => text.length !== digits) ? [{ path: ["points", name, "di"], message }] : [],
  );
}
