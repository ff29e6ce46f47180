/** Where a value stands in a text: keys and indexes from the top. */
export type Path = readonly PropertyKey[];

/** Keys whose values are never shown. */
export const SECRET_KEYS: ReadonlySet<PropertyKey | undefined> = new Set([
  "secret",
  "authKey",
  "privKey",
  "community",
  "password",
  "token",
  "routingKey",
  "apiKey",
  "headers",
  "simPin",
]);

/** In place of what is not shown. */
const HIDDEN = "…";
const NAMES = `${[...SECRET_KEYS].map(String).join("|")}|passwd|密码|口令|密钥|令牌|团体`;
/** A pair that lost its place, as in `- secret: x` written as a text. */
const SECRET_PAIR = new RegExp(`(${NAMES}|\\burls?)["']?\\s*[:=：]`, "i");
const SECRET_NAME = new RegExp(`${NAMES}|\\burls?["']?\\s*[:=：]`, "i");
const ADDRESS = /[a-z][a-z\d+.-]*:\/\/[^\s"'<>]*/gi;

/** A value that stands at a path, as everybody may see it: without secrets, addresses cut behind their host. */
export function shownValue(path: Path, value: unknown): unknown {
  if (value === null || value === undefined || value === "") return value;
  if (path.some((step) => SECRET_KEYS.has(step))) return HIDDEN;
  if (typeof value === "string") return shownText(path, value) ?? HIDDEN;
  if (Array.isArray(value)) return value.map((one, index) => shownValue([...path, index], one));
  if (typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [shownKey(key), shownValue([...path, key], one)]));
}

/** As much of a text that stands at a path as everybody may see; null: not even a part, only that it is a text. */
export function shownText(path: Path, text: string): string | null {
  if (path.some((step) => SECRET_KEYS.has(step))) return null;
  const isAddress = text.trim().match(ADDRESS)?.[0] === text.trim();
  // Whoever knows the whole address of a chat robot may write as it.
  if (isAddress) return leadsBehindHost(text) ? hostOf(text) : text;
  if (path.at(-1) === "url" || path.at(-2) === "urls" || SECRET_PAIR.test(text) || holdsWholeAddress(text)) return null;
  return text;
}

/** `{ secret:x }` is a key without a value. */
export function shownKey(key: string): string {
  return SECRET_PAIR.test(key) || holdsWholeAddress(key) ? HIDDEN : key;
}

/** Whether a comment may hold a secret: it names one, or has an address with more than its host. */
export function mayHoldSecret(comment: string): boolean {
  return SECRET_NAME.test(comment) || holdsWholeAddress(comment);
}

function holdsWholeAddress(text: string): boolean {
  return (text.match(ADDRESS) ?? []).some(leadsBehindHost);
}

function leadsBehindHost(address: string): boolean {
  if (!URL.canParse(address)) return true;
  const { username, password, pathname, search, hash } = new URL(address);
  return username + password + search + hash !== "" || !["", "/"].includes(pathname);
}

function hostOf(address: string): string | null {
  if (!URL.canParse(address)) return null;
  const { protocol, host } = new URL(address);
  return host === "" ? null : `${protocol}//${host}`;
}
