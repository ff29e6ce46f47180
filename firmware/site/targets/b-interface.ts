import * as z from "zod";
import { httpUrl, id, signIn, trust } from "../schema-words.ts";

const code = (max: number) =>
  z
    .string()
    .regex(new RegExp(`^[A-Za-z0-9_.-]{1,${max}}$`))
    .meta({
      description: `a code in quotes, at most ${max} letters, digits, dots, hyphens and underscores`,
      zh: `加引号的编码，最多 ${max} 个字母、数字、点、连字符和下划线`,
    });
const word = z.string().min(1).max(20);
const element = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_.-]{0,39}$/)
  .meta({ description: "the name of an XML element", zh: "XML 元素名称" });

/** A supervision centre (SC) of the B interface (YD/T 1363-like, operators' editions): this box is its FSU. */
export const bInterfaceTarget = z.strictObject({
  kind: z.literal("b-interface"),
  id,
  url: httpUrl.meta({
    description: "the centre's service, e.g. `http://10.0.0.5:8080/services/SCService`",
    zh: "SC 的服务地址，如 `http://10.0.0.5:8080/services/SCService`",
  }),
  edition: z.enum(["cmcc", "tower"]).meta({
    description: "whose fields: `cmcc` (China Mobile) or `tower` (China Tower)",
    zh: "报文字段：`cmcc`（中国移动）或 `tower`（中国铁塔）",
  }),
  fsu: code(20),
  ...signIn,
  /** Of the FSU, told at registration. */
  address: z.string().max(15).default(""),
  mac: z.string().max(17).default(""),
  devices: z
    .record(z.string().max(32), code(26))
    .meta({
      description: "codes of devices by their id, e.g. `{ ups-a: '110101101000001' }`",
      zh: "设备编码，按设备 id，如 `{ ups-a: '110101101000001' }`",
    })
    .default({}),
  signals: z
    .record(
      z.string().max(100),
      z.strictObject({
        id: code(20),
        alarm: code(40).optional(),
        number: z
          .string()
          .regex(/^\d{3}$/)
          .default("000"),
      }),
    )
    .meta({
      description: "codes of the dictionary by point and alarm, e.g. `{ ambient.temperature=high: { id: '0430101001' } }`",
      zh: "信号编码，按测点和告警类型，如 `{ ambient.temperature=high: { id: '0430101001' } }`",
    })
    .default({}),
  words: z
    .strictObject({ begin: word, end: word, critical: word, major: word, minor: word, warning: word })
    .partial()
    .meta({
      description: "words for flag and level where they are not BEGIN, END, 1, 2, 3, 4",
      zh: "告警标志和级别的写法（默认 BEGIN、END、1、2、3、4）",
    })
    .default({}),
  namespace: z
    .string()
    .min(1)
    .max(200)
    .meta({ description: "the namespace of the centre's WSDL", zh: "SC 的 WSDL 命名空间" })
    .default("http://SCService.chinatowercom.com"),
  parameter: element.default("xmlData"),
  ...trust,
});
