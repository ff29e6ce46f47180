import * as z from "zod";
import { brokerAccess } from "../broker-schema.ts";
import { duration } from "../schema-words.ts";

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
  /** Absent: no readings are told. */
  telemetry: duration(1_000, 3_600_000, {
    zh: "带单位的时长，1s 到 1h，如 `10s`：每隔这么久把每台设备的最新读数发到 telemetry/DEVICE（QoS 0）；不写则不发",
    en: "a duration with its unit, 1s to 1h, e.g. `10s`: the latest readings of each device go to telemetry/DEVICE (QoS 0) this often; left out: none do",
  }).optional(),
});
