import * as z from "zod";
import { host, id, port, timeout } from "./schema-words.ts";

/** One host with everything on it that is asked whether it lives. */
export const probeBusSchema = z.strictObject({
  kind: z.literal("probe"),
  id,
  host,
  timeout: timeout.prefault("2s"),
});

const status = z.int().min(100).max(599).meta({ description: "an HTTP status, 100–599", zh: "HTTP 状态码 100–599" });

/** What a site says of one probe; which of it fits is checked with its profile. */
export const probeSettingsSchema = z
  .strictObject({
    port: port.optional(),
    path: z
      .string()
      .regex(/^\/[\x21-\x7e]{0,1023}$/)
      .meta({
        description: "a path from `/` on, without blanks, e.g. `/health?db=1`",
        zh: "以 `/` 开头、不含空格的路径，如 `/health?db=1`",
      })
      .optional(),
    serverName: host.meta({ description: "the web server's name, e.g. `oa.example.com`", zh: "网站域名，如 `oa.example.com`" }).optional(),
    status: z
      .union([status.transform((code) => [code]), z.array(status).min(1).max(16)])
      .meta({
        description: "the expected HTTP status, or a list of them, e.g. `200` or `[200, 401]`",
        zh: "期望的 HTTP 状态码或列表，如 `200` 或 `[200, 401]`",
      })
      .optional(),
    text: z
      .string()
      .min(1)
      .max(200)
      .meta({ description: "text that must stand on the page, 1 to 200 characters", zh: "页面上必须出现的文字，1–200 个字符" })
      .optional(),
    verify: z
      .boolean()
      .meta({ description: "false for a server with a certificate of its own making", zh: "自签名证书的服务器填 false" })
      .optional(),
    ca: z
      .string()
      .startsWith("-----BEGIN CERTIFICATE-----")
      .max(65_536)
      .meta({ description: "the private certificate authority in PEM", zh: "私有证书机构的 PEM 证书" })
      .optional(),
  })
  .meta({
    description: "what is asked of a service: `{ port, path, serverName, status, text, verify, ca }`",
    zh: "对服务的探测要求：`{ port, path, serverName, status, text, verify, ca }`",
  });
