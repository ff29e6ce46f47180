import { createHash, randomBytes } from "node:crypto";
import type { Words } from "../contract/alarm.ts";
import type { Role } from "../contract/site.ts";
import type { Clock } from "../platform/clock.ts";
import { badName, CONSOLE, cleanName, type Doer, peopleFile, sameName, TOKENS_MAX, type TokenRecord, withAct } from "./people-file.ts";

export const TOKEN_PREFIX = "rw_";
const TOKEN_BYTES = 32;
export type TokenView = Omit<TokenRecord, "sha256">;

export function hashToken(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

/** Makes a token for a new name. This is the only moment at which the token can be seen. */
export async function addToken(
  dataFolder: string,
  name: string,
  role: Role,
  clock: Clock,
  doer: Doer = CONSOLE,
): Promise<{ readonly token: string } | { readonly problem: Words }> {
  const clean = cleanName(name);
  if (clean === null) return { problem: badName() };
  const token = `${TOKEN_PREFIX}${randomBytes(TOKEN_BYTES).toString("base64url")}`;
  const record: TokenRecord = { id: clock.uuid(), name: clean, role, createdAtMs: clock.wallMs(), sha256: hashToken(token) };
  const update = await peopleFile(dataFolder, clock).update((people) => {
    const { tokens } = people;
    if (tokens.some((other) => sameName(other.name, clean))) return { problem: nameTaken(clean) };
    if (tokens.length >= TOKENS_MAX) return { problem: tooMany() };
    const act = { atMs: clock.wallMs(), action: "token.add", subject: clean, detail: "", before: null, after: role };
    return withAct({ ...people, tokens: [...tokens, record] }, doer, act);
  });
  return update.outcome === "written" ? { token } : { problem: update.problem };
}

/** Ends a token: whoever uses it is signed out within a second. */
export async function removeToken(
  dataFolder: string,
  name: string,
  clock: Clock,
  doer: Doer = CONSOLE,
): Promise<{ readonly removed: TokenView } | { readonly problem: Words }> {
  const clean = name.normalize("NFC");
  const removed: TokenRecord[] = [];
  const update = await peopleFile(dataFolder, clock).update((people) => {
    removed.push(...people.tokens.filter((record) => sameName(record.name, clean)));
    const [first] = removed;
    if (first === undefined) return { problem: noSuchName(clean) };
    const act = { atMs: clock.wallMs(), action: "token.remove", subject: first.name, detail: "", before: first.role, after: null };
    return withAct({ ...people, tokens: people.tokens.filter((record) => !removed.includes(record)) }, doer, act);
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
