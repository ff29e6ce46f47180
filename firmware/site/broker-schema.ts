import * as z from "zod";
import { host, id, port, signIn, trust } from "./schema-words.ts";

/** How any target behind an MQTT broker is reached. */
export const brokerAccess = {
  id,
  host,
  port: port.optional(),
  security: z.enum(["tls", "none"]).meta({ description: "`tls` or `none`", zh: "`tls` 或 `none`" }).default("tls"),
  ...signIn,
  ...trust,
  clientId: z
    .string()
    .regex(/^[\w.-]{1,64}$/)
    .meta({
      description:
        "1 to 64 letters, digits, `.`, `_` and `-`; by default `roomward-` (`roomward-sparkplug-`) and the id of the site; of no other client",
      zh: "1 到 64 个字母、数字、`.`、`_` 和 `-`；默认为 `roomward-`（`roomward-sparkplug-`）加站点编号，不得与其他客户端相同",
    })
    .optional(),
};
