import * as z from "zod";
import { brokerAccess } from "../broker-schema.ts";

const name = z
  .string()
  .regex(/^[^+#/\p{Cc}]{1,64}$/u)
  .meta({ description: "1 to 64 characters without `/`, `+` and `#`", zh: "1 到 64 个字符，不含 `/`、`+` 和 `#`" });

export const sparkplugTarget = z.strictObject({
  kind: z.literal("sparkplug"),
  ...brokerAccess,
  group: name.default("roomward"),
  /** The edge node; by default the id of the site. */
  edge: name.optional(),
});
