import * as z from "zod";
import { head, pointsOf, serialLine } from "../profile-parts.ts";
import { textFieldSchema, textQueries } from "../text/profile.ts";

/** Questions that change nothing. What switches, tests, silences or sets (`S…`, `T…`, `C`, `Q` alone, `P…`, `SON`) cannot be in a profile. */
const QUESTION = /^(Q[A-Z0-9]{1,6}|F|I|D|M|WA|BPS|BL|RT|FW\?)$/;

/** A dialect of the Megatec family as data: named by the installer's choice of profile, never guessed. */
export const megatecProfileSchema = z.strictObject({
  protocol: z.literal("megatec"),
  ...head,
  serial: serialLine,
  /** Question and answer carry the CRC of the Axpert family. */
  crc: z.boolean().meta({ description: "true or false", zh: "true 或 false" }).default(false),
  queries: textQueries(
    z
      .string()
      .regex(QUESTION)
      .meta({ description: "a question of the Megatec family that changes nothing", zh: "Megatec 系列中只读的查询命令" }),
  ),
  points: pointsOf(textFieldSchema),
});
export type MegatecProfile = z.infer<typeof megatecProfileSchema> & { readonly id: string };
