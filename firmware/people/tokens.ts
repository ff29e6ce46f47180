import { createHash, randomBytes } from "node:crypto";
import { join } from "node:path";
import * as z from "zod";
import type { Words } from "../contract/alarm.ts";
import { type Role, roleSchema } from "../contract/site.ts";
import type { Clock } from "../platform/clock.ts";
import { type DurableJson, durableJson } from "../platform/durable-json.ts";

export const TOKEN_PREFIX = "rw_";
const TOKEN_BYTES = 32;
export const TOKENS_MAX = 200;
const TOKEN_NAME_LENGTH_MAX = 64;

/** Someone, or something, that may speak to this box. The token itself is not kept, only its SHA-256. */
const tokenRecordSchema = z.object({
  id: z.string(),
  name: z.string(),
  role: roleSchema,
  createdAtMs: z.number(),
  sha256: z.string(),
});
export type TokenRecord = z.infer<typeof tokenRecordSchema>;
export type TokenView = Omit<TokenRecord, "sha256">;

const peopleSchema = z.object({ tokens: z.array(tokenRecordSchema).max(TOKENS_MAX) });
export type People = z.infer<typeof peopleSchema>;

/** The file of the people of a box, in its data folder. */
export function peopleFile(dataFolder: string, clock: Clock): DurableJson<People> {
  return durableJson(join(dataFolder, "people.json"), peopleSchema, { tokens: [] }, clock);
}

export function hashToken(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

/** Makes a token for a new name. This is the only moment at which the token can be seen. */
export async function addToken(
  dataFolder: string,
  name: string,
  role: Role,
  clock: Clock,
): Promise<{ readonly token: string } | { readonly problem: Words }> {
  const clean = name.normalize("NFC");
  if (!isName(clean)) return { problem: badName() };
  const token = `${TOKEN_PREFIX}${randomBytes(TOKEN_BYTES).toString("base64url")}`;
  const record: TokenRecord = { id: clock.uuid(), name: clean, role, createdAtMs: clock.wallMs(), sha256: hashToken(token) };
  const update = await peopleFile(dataFolder, clock).update(({ tokens }) => {
    if (tokens.some((other) => sameName(other.name, clean))) return { problem: nameTaken(clean) };
    if (tokens.length >= TOKENS_MAX) return { problem: tooMany() };
    return { next: { tokens: [...tokens, record] } };
  });
  return update.outcome === "written" ? { token } : { problem: update.problem };
}

/** Ends a token: whoever uses it is signed out within a second. */
export async function removeToken(
  dataFolder: string,
  name: string,
  clock: Clock,
): Promise<{ readonly removed: TokenView } | { readonly problem: Words }> {
  const clean = name.normalize("NFC");
  const removed: TokenRecord[] = [];
  const update = await peopleFile(dataFolder, clock).update(({ tokens }) => {
    removed.push(...tokens.filter((record) => sameName(record.name, clean)));
    if (removed.length === 0) return { problem: noSuchName(clean) };
    return { next: { tokens: tokens.filter((record) => !removed.includes(record)) } };
  });
  const [first] = removed;
  return update.outcome === "refused" || first === undefined
    ? { problem: update.outcome === "refused" ? update.problem : noSuchName(clean) }
    : { removed: withoutHash(first) };
}

/** Who may speak to this box. `warning` says that a damaged file was passed over, so that recent changes may be missing. */
export async function listTokens(
  dataFolder: string,
  clock: Clock,
): Promise<{ readonly tokens: readonly TokenView[]; readonly warning: Words | null } | { readonly problem: Words }> {
  const found = await peopleFile(dataFolder, clock).read();
  if (found.outcome === "damaged") return { problem: found.problem };
  if (found.outcome === "absent") return { tokens: [], warning: null };
  return { tokens: found.data.tokens.map(withoutHash), warning: passedOverWarning(found.passedOver) };
}

/** Null when the newest generation was whole. */
export function passedOverWarning(passedOver: readonly string[]): Words | null {
  if (passedOver.length === 0) return null;
  const list = passedOver.join(", ");
  return {
    zh: `令牌文件损坏或缺失：${list}。已改用较早的一份，最近的增删可能丢失：请用 \`roomward token list\` 核对，尤其是已吊销的令牌。`,
    en: `The token file is damaged or missing: ${list}. An older generation is in use and the latest changes may be missing: check with \`roomward token list\`, above all for tokens that were revoked.`,
  };
}

function withoutHash({ id, name, role, createdAtMs }: TokenRecord): TokenView {
  return { id, name, role, createdAtMs };
}

/** No control or invisible characters: names are printed in logs, lists and incidents. */
function isName(name: string): boolean {
  return name.trim() === name && name !== "" && [...name].length <= TOKEN_NAME_LENGTH_MAX && !/[\p{C}\p{Zl}\p{Zp}]/u.test(name);
}

function sameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

function badName(): Words {
  return {
    zh: `名称须为 1 至 ${TOKEN_NAME_LENGTH_MAX} 个字符，首尾无空格，且不含控制字符，例如 \`duty-desk\` 或 \`值班台\`。`,
    en: `A name has 1 to ${TOKEN_NAME_LENGTH_MAX} characters, no space at either end and no control characters, e.g. \`duty-desk\`.`,
  };
}

function nameTaken(name: string): Words {
  return {
    zh: `已有名为 \`${name}\` 的令牌。请换一个名称，或先用 \`roomward token remove\` 将其吊销。`,
    en: `There is a token named \`${name}\` already. Choose another name, or revoke it first with \`roomward token remove\`.`,
  };
}

function noSuchName(name: string): Words {
  return {
    zh: `没有名为 \`${name}\` 的令牌。用 \`roomward token list\` 查看现有名称。`,
    en: `There is no token named \`${name}\`. \`roomward token list\` shows the names.`,
  };
}

function tooMany(): Words {
  return {
    zh: `令牌已达上限 ${TOKENS_MAX} 个。请先吊销不再使用的令牌。`,
    en: `There are ${TOKENS_MAX} tokens, which is the limit. Revoke those that are no longer used.`,
  };
}
