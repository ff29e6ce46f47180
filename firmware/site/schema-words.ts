import { isIP } from "node:net";
import * as z from "zod";

/** What every section of `site.yaml` names things with. `description` and `zh` say what is expected, in messages and in the JSON Schema. */
export const id = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,31}$/)
  .meta({
    description: "lower-case letters, digits and hyphens, at most 32, e.g. `ups-a`",
    zh: "小写字母、数字和连字符，最多 32 个，如 `ups-a`",
  });
export const words = z
  .union([z.string().min(1).max(80), z.strictObject({ zh: z.string().min(1).max(80), en: z.string().min(1).max(80) })])
  .meta({ description: "one text for both languages, or { zh, en }", zh: "一段文字（两种语言共用），或 { zh, en }" });

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, min: 60_000, h: 3_600_000, d: 86_400_000 };
/** A duration with its unit: `500ms`, `2s`, `5min`, `1h`, within bounds. Milliseconds after parsing. */
export function duration(minMs: number, maxMs: number, words: { readonly zh: string; readonly en: string }) {
  return z
    .string()
    .regex(/^\d+(\.\d+)?(ms|s|min|h|d)$/, { abort: true })
    .refine((text) => toMs(text) >= minMs && toMs(text) <= maxMs)
    .meta({ description: words.en, zh: words.zh })
    .transform(toMs);
}

function toMs(text: string): number {
  return Number.parseFloat(text) * (UNITS_MS[text.replace(/^[\d.]+/, "")] ?? Number.NaN);
}

export const delay = duration(0, 86_400_000, {
  zh: "带单位的时长，0s 到 24h，如 `30s`",
  en: "a duration with its unit, 0s to 24h, e.g. `30s`",
});
export const timeout = duration(10, 60_000, {
  zh: "带单位的时长，10ms 到 60s，如 `500ms`",
  en: "a duration with its unit, 10ms to 60s, e.g. `500ms`",
});
/** The silence before each question that a port wants, beyond what the protocol asks for. */
export const pause = duration(0, 5_000, {
  zh: "带单位的时长，0ms 到 5s，如 `50ms`：每次提问前的静默",
  en: "a duration with its unit, 0ms to 5s, e.g. `50ms`: the silence before each question",
}).prefault("0ms");
export const port = z.int().min(1).max(65_535).meta({ description: "a port number, 1–65535", zh: "端口号 1–65535" });
/** A name as DNS and /etc/hosts have them; nothing that a program could take for an option. */
const HOST_NAME = /^(?=.{1,253}$)[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)*\.?$/;
/** Looks like an address and is none, e.g. `10.0.0.256`. */
const DIGITS_ONLY = /^[\d.]+$/;
export const host = z
  .string()
  .refine((text) => isIP(text) !== 0 || (HOST_NAME.test(text) && !DIGITS_ONLY.test(text)))
  .meta({
    description: "an IP address or a host name, e.g. `10.0.0.5`; an address also works while DNS does not",
    zh: "IP 地址或主机名，如 `10.0.0.5`；用地址则不受 DNS 故障影响",
  });
export const httpUrl = z
  .url({ protocol: /^https?$/ })
  .meta({ description: "an http:// or https:// address", zh: "http:// 或 https:// 地址" });
export const mailbox = z
  .email()
  .max(254)
  .meta({ description: "a mail address, e.g. `room@example.com`", zh: "邮箱地址，如 `room@example.com`" });
const ca = z
  .string()
  .startsWith("-----BEGIN CERTIFICATE-----")
  .max(65_536)
  .meta({ description: "a private certificate authority in PEM", zh: "私有证书机构的 PEM 证书" })
  .optional();
const PINS_MAX = 2;
const pin = z
  .string()
  .regex(/^[A-Za-z0-9+/]{43}=$/)
  .array()
  .min(1)
  .max(PINS_MAX)
  .meta({
    description:
      "a list of 1 or 2 public keys of which the server must have one: SHA-256 in base64 (44 characters, RFC 7469); `roomward targets pin HOST:PORT` shows it",
    zh: "服务器公钥列表，1 或 2 个（换证期间），服务器须用其中之一：SHA-256 的 base64，44 个字符（RFC 7469）；`roomward targets pin HOST:PORT` 可查看",
  })
  .optional();
/** Whom a server behind TLS must prove to be, beside what authorities of the system say. */
export const trust = { ca, pin };
export const language = z
  .enum(["zh", "en"])
  .meta({ description: "the language of its messages, `zh` or `en`", zh: "消息语言 `zh` 或 `en`" })
  .default("zh");
/** Who signs in at a server, where one has to. */
export const signIn = { user: z.string().min(1).max(256).optional(), password: z.string().min(1).max(256).optional() };
