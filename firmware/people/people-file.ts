import { join } from "node:path";
import * as z from "zod";
import type { Words } from "../contract/alarm.ts";
import { roleSchema } from "../contract/site.ts";
import type { Clock } from "../platform/clock.ts";
import { type DurableJson, durableJson, type OnDamage } from "../platform/durable-json.ts";

export const TOKENS_MAX = 200;
export const USERS_MAX = 200;
const NAME_LENGTH_MAX = 64;
/** Changes that wait for the gateway to write them into its journal; a box that is off for longer gets no more changes. */
const ACTS_MAX = 500;

/** Something that speaks to this box. The token itself is not kept, only its SHA-256. */
const tokenRecordSchema = z.object({
  id: z.string(),
  name: z.string(),
  role: roleSchema,
  createdAtMs: z.number(),
  sha256: z.string(),
});
export type TokenRecord = z.infer<typeof tokenRecordSchema>;

/** A code that lets somebody set a password once. Only its SHA-256 is kept. */
const codeRecordSchema = z.object({ sha256: z.string(), expiresAtMs: z.number() });
export type CodeRecord = z.infer<typeof codeRecordSchema>;

/** Somebody who signs in with name and password. */
const userRecordSchema = z.object({
  id: z.string(),
  name: z.string(),
  role: roleSchema,
  createdAtMs: z.number(),
  /** Null until the code was used. */
  password: z.string().nullable(),
  code: codeRecordSchema.nullable(),
});
export type UserRecord = z.infer<typeof userRecordSchema>;

/** Who changed what about people, waiting to be written into the journal. Made in the same write as the change itself. */
const actSchema = z.object({
  atMs: z.number(),
  by: z.string(),
  from: z.string(),
  action: z.string(),
  subject: z.string(),
  detail: z.string(),
  before: z.string().nullable(),
  after: z.string().nullable(),
});
export type Act = z.infer<typeof actSchema>;

const peopleSchema = z.object({
  tokens: z.array(tokenRecordSchema).max(TOKENS_MAX),
  users: z.array(userRecordSchema).max(USERS_MAX).default([]),
  /** Makes the first administrator. */
  firstCode: codeRecordSchema.nullable().default(null),
  acts: z.array(actSchema).max(ACTS_MAX).default([]),
});
export type People = z.infer<typeof peopleSchema>;
export const NOBODY: People = { tokens: [], users: [], firstCode: null, acts: [] };

/** The file of the people of a box, in its data folder. */
export function peopleFile(dataFolder: string, clock: Clock, onDamage?: OnDamage): DurableJson<People> {
  return durableJson(join(dataFolder, "people.json"), peopleSchema, NOBODY, clock, { onDamage });
}

/** Who asks for a change, and from where. */
export interface Doer {
  readonly by: string;
  readonly from: string;
}
export const CONSOLE: Doer = { by: "console", from: "console" };

export function withAct(
  people: People,
  { by, from }: Doer,
  act: Omit<Act, "by" | "from">,
): { readonly next: People } | { readonly problem: Words } {
  if (people.acts.length >= ACTS_MAX) return { problem: tooManyActs() };
  return { next: { ...people, acts: [...people.acts, { by, from, ...act }] } };
}

/** No control or invisible characters: names are printed in logs, lists and incidents. */
export function cleanName(name: string): string | null {
  const clean = name.normalize("NFC");
  const fits = clean.trim() === clean && clean !== "" && [...clean].length <= NAME_LENGTH_MAX && !/[\p{C}\p{Zl}\p{Zp}]/u.test(clean);
  return fits ? clean : null;
}

export function sameName(one: string, other: string): boolean {
  return one.normalize("NFC").toLowerCase() === other.normalize("NFC").toLowerCase();
}

export function badName(): Words {
  return {
    zh: `名称须为 1 至 ${NAME_LENGTH_MAX} 个字符，首尾无空格，且不含控制字符，例如 \`duty-desk\` 或 \`值班台\`。`,
    en: `A name has 1 to ${NAME_LENGTH_MAX} characters, no space at either end and no control characters, e.g. \`duty-desk\`.`,
  };
}

function tooManyActs(): Words {
  return {
    zh: `已有 ${ACTS_MAX} 条人员变更等待写入审计日志。请先启动网关使其入账，再继续修改。`,
    en: `${ACTS_MAX} changes of people wait to be written into the audit log. Start the gateway so that it records them, then go on.`,
  };
}
