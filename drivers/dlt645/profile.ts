import * as z from "zod";
import { common, head, pauseMs, serialSettings } from "../profile-parts.ts";

const di = z.string().regex(/^([0-9A-F]{4}){1,2}$/, "a data identifier as printed, 8 hexadecimal digits (2007) or 4 (1997), in quotes");

export const dlt645FieldSchema = z.strictObject({
  /** What is asked for: one quantity, or a block of several (ends in `FF` or `F`). */
  di,
  /** The identifier of this quantity alone, for meters that do not know the block. */
  single: di.optional(),
  /** First byte of the value in the block, counted from 0. */
  at: z.int().min(0).max(200).default(0),
  /** Bytes of packed decimal digits; `scale` says where the point is: XXX.X V is `scale: 0.1`. */
  bytes: z.int().min(1).max(6),
  /** The highest bit is the sign. */
  signed: z.boolean().default(false),
  ...common,
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
  edition: z.enum(EDITIONS),
  serial: z.strictObject(serialSettings).optional(),
  pauseMs,
  points: z.record(z.string(), dlt645FieldSchema),
});

export function dlt645Faults(
  edition: Edition,
  points: Readonly<Record<string, Dlt645Field>>,
): readonly { readonly path: readonly string[]; readonly message: string }[] {
  const digits = DI_DIGITS[edition];
  return Object.entries(points).flatMap(([name, { di: asked, single }]) =>
    [asked, single ?? asked].some((text) => text.length !== digits)
      ? [{ path: ["points", name, "di"], message: `a data identifier of DL/T 645-${edition} has ${digits} digits` }]
      : [],
  );
}
