import * as z from "zod";
import { codedStates, commonField, head, type ProfileFault, pacedFaults, pointsOf, serialLine } from "../profile-parts.ts";
import { CHECKS } from "./frame.ts";

/**
 * What a reader tells. `cards` counts them, `cardLow` and `cardHigh` are the halves of the card's number while it is told, `keys` counts
 * keys; `tamper`, `power` and `input` are codes.
 */
export const SOURCES = ["cards", "cardLow", "cardHigh", "keys", "tamper", "power", "input"] as const;
export type Source = (typeof SOURCES)[number];

export const osdpFieldSchema = z.strictObject({
  from: z.enum(SOURCES).meta({ description: `one of ${SOURCES.join(", ")}`, zh: `${SOURCES.join("、")} 之一` }),
  /** Which input, of `from: input`: 0 is inactive, 1 active. */
  input: z.int().min(0).max(63).meta({ description: "an input of the reader, 0 to 63", zh: "读卡器输入，0–63" }).optional(),
  states: codedStates,
  ...commonField,
});
export type OsdpField = z.infer<typeof osdpFieldSchema>;

/** A reader of OSDP as data. */
export const osdpProfileSchema = z.strictObject({
  protocol: z.literal("osdp"),
  ...head,
  serial: serialLine,
  check: z.enum(CHECKS).meta({ description: "`crc16` or `sum8`", zh: "`crc16` 或 `sum8`" }).default("crc16"),
  points: pointsOf(osdpFieldSchema),
});
export type OsdpProfile = z.infer<typeof osdpProfileSchema> & { readonly id: string };

/** What is wrong with the fields of one profile. */
export function osdpFaults(points: Readonly<Record<string, OsdpField>>): readonly ProfileFault[] {
  const unpaced = pacedFaults(points, {
    zh: "读卡器在每次轮询时自己报告变化",
    en: "a reader tells by itself what has changed, whenever it is polled",
  });
  const inputs = Object.entries(points).flatMap(([name, { from, input }]): ProfileFault[] => {
    const path = ["points", name, "input"];
    if (from === "input" && input === undefined)
      return [{ path, message: { zh: "`from: input` 需要 input（输入编号，从 0 起）", en: "`from: input` needs input, counted from 0" } }];
    if (from !== "input" && input !== undefined)
      return [{ path, message: { zh: `\`from: ${from}\` 没有 input`, en: `\`from: ${from}\` has no input` } }];
    return [];
  });
  return [...inputs, ...unpaced];
}
