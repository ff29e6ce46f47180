import * as z from "zod";
import { brokerAccess } from "../broker-schema.ts";

export const mqttTarget = z.strictObject({
  kind: z.literal("mqtt"),
  ...brokerAccess,
  topic: z
    .string()
    .regex(/^[^+#$/\p{Cc}][^+#\p{Cc}]{0,99}(?<!\/)$/u)
    .meta({
      description: "the beginning of every topic, without `+` and `#`, at most 100 characters, e.g. `roomward`",
      zh: "所有主题的开头，不含 `+` 和 `#`，最多 100 个字符，如 `roomward`",
    })
    .default("roomward"),
});
