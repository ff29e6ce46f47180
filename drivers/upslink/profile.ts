import * as z from "zod";
import { head, pointsOf, serialLine } from "../profile-parts.ts";
import { textFieldSchema, textQueries } from "../text/profile.ts";

/**
 * Questions that change nothing. One letter more would switch the load off (`K`, `Z`, `S`, `@`), test the battery (`W`, `U`, `D`) or leave
 * the smart mode (`R`): those cannot be in a profile. Nor can `-`, which steps a setting on.
 */
const QUESTION = /^[QBfjLMNOFPC/GX9goluhtHTi<>IJ\\]$/;

/** APC's UPS-Link as data. */
export const upslinkProfileSchema = z.strictObject({
  protocol: z.literal("upslink"),
  ...head,
  serial: serialLine,
  queries: textQueries(
    z.string().regex(QUESTION).meta({ description: "one letter of UPS-Link that only asks", zh: "UPS-Link 中只读的单个字母" }),
  ),
  points: pointsOf(textFieldSchema),
});
export type UpslinkProfile = z.infer<typeof upslinkProfileSchema> & { readonly id: string };
