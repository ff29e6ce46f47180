import * as z from "zod";
import { duration, id, language } from "../schema-words.ts";
import { targetWording } from "../target-wording.ts";

const phone = z
  .string()
  .regex(/^\+?\d{3,20}$/)
  .meta({
    description: "a phone number in quotes, `+8613912345678` or as the network dials it",
    zh: "加引号的电话号码，如 `+8613912345678`，或按本地拨号方式",
  });

/** A modem of 3GPP TS 27.005 at a serial port of the box. */
export const smsTarget = z.strictObject({
  kind: z.literal("sms"),
  id,
  path: z.string().startsWith("/").meta({
    description: "the device file of the modem's AT port, best one below /dev/serial/by-id",
    zh: "调制解调器 AT 口的设备文件，最好在 /dev/serial/by-id 下",
  }),
  baudRate: z
    .union([9_600, 19_200, 38_400, 57_600, 115_200].map((rate) => z.literal(rate)))
    .meta({ description: "a baud rate: 9600, 19200, 38400, 57600 or 115200", zh: "波特率 9600、19200、38400、57600 或 115200" })
    .default(115_200),
  simPin: z
    .string()
    .regex(/^\d{4,8}$/)
    .meta({ description: "the PIN of the SIM, 4 to 8 digits in quotes", zh: "SIM 卡的 PIN，加引号的 4 到 8 位数字" })
    .optional(),
  to: z.array(phone).min(1).max(16).meta({ description: "1 to 16 phone numbers in quotes", zh: "1 到 16 个加引号的电话号码" }),
  segments: z
    .int()
    .min(1)
    .max(5)
    .meta({
      description: "parts of one message, 1–5: of 70 characters, of several 67 each",
      zh: "一条短信的最多分段数 1–5：单段 70 字，多段每段 67 字",
    })
    .default(2),
  call: z
    .boolean()
    .meta({ description: "true: after the message the phones ring for what is critical", zh: "true：紧急告警在短信之后还振铃" })
    .default(false),
  ring: duration(5_000, 60_000, {
    zh: "带单位的时长，5s 到 60s，如 `25s`：每个电话振铃多久",
    en: "a duration with its unit, 5s to 60s, e.g. `25s`: how long each phone rings",
  }).prefault("25s"),
  language,
  text: targetWording.text,
});
