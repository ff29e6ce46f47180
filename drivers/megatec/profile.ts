import * as z from "zod";
import { head, serialSettings } from "../profile-parts.ts";
import { textPoints, textQuery } from "../text/profile.ts";

/** Questions that change nothing. What switches, tests, silences or sets (`S…`, `T…`, `C`, `Q` alone, `P…`, `SON`) cannot be in a profile. */
const QUESTION = /^(Q[A-Z0-9]{1,6}|F|I|D|M|WA|BPS|BL|RT|FW\?)$/;

/** A dialect of the Megatec family as data: named by the installer's choice of profile, never guessed. */
export const megatecProfileSchema = z.strictObject({
  protocol: z.literal("megatec"),
  ...head,
  serial: z.strictObject(serialSettings).optional(),
  /** Question and answer carry the CRC of the Axpert family. */
  crc: z.boolean().default(false),
  queries: z.record(z.string(), textQuery(z.string().regex(QUESTION, "a question of the Megatec family that changes nothing"))),
  points: textPoints,
});
