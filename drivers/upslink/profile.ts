import * as z from "zod";
import { head, serialSettings } from "../profile-parts.ts";
import { textPoints, textQuery } from "../text/profile.ts";

/**
 * Questions that change nothing. One letter more would switch the load off (`K`, `Z`, `S`, `@`), test the battery (`W`, `U`, `D`) or leave
 * the smart mode (`R`): those cannot be in a profile. Nor can `-`, which steps a setting on.
 */
const QUESTION = /^[QBfjLMNOFPC/GX9goluhtHTi<>IJ\\]$/;

/** APC's UPS-Link as data. */
export const upslinkProfileSchema = z.strictObject({
  protocol: z.literal("upslink"),
  ...head,
  serial: z.strictObject(serialSettings).optional(),
  queries: z.record(z.string(), textQuery(z.string().regex(QUESTION, "one letter of UPS-Link that only asks"))),
  points: textPoints,
});
