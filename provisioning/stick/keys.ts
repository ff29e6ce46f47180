import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
} from "node:crypto";
import { lstat, opendir } from "node:fs/promises";
import { basename, join } from "node:path";
import * as z from "zod";
import type { Words } from "../../firmware/contract/alarm.ts";
import { keyOf } from "../backup/envelope.ts";
import { bytesOf, isThere, writeWhole } from "./plain-file.ts";
import { StickProblem } from "./problem.ts";

/**
 * Two files for two people. The planner's `.key` signs bundles and seals them for the fleet; a box's `.trust` knows whose signature
 * counts and opens what was sealed. Who has a box cannot make bundles, and who has the planner's file alone cannot read them. One fleet
 * key instead of one key per box: an installer without a laptop has nothing to fetch from the box and nothing to type; the price is
 * that a stolen box gives away the secrets of the bundles of its fleet (a new pair of keys and new secrets mend that).
 */
const KEY_FILE_BYTES_MAX = 4_096;
/** Trusted keys per box: the office's, its successor while they change over, and a few more. */
export const TRUSTED_KEYS_MAX = 16;
const FOLDER_ENTRIES_MAX = 256;
const TRUST_SUFFIX = ".trust";

const part = z.string().regex(/^[A-Za-z0-9_-]{43}$/);
const base64 = z.base64().max(1_024);
const name = z.string().regex(/^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,63}$/u);
const keyFileSchema = z.object({
  roomward: z.literal("planner key"),
  format: z.literal(1),
  name,
  public: part,
  fleet: part,
  private: z.union([part, z.object({ salt: base64, nonce: base64, sealed: base64 })]),
});
const trustFileSchema = z.object({ roomward: z.literal("trusted key"), format: z.literal(1), name, public: part, open: part, fleet: part });

/** Signs bundles, and seals them for who has the other half. */
export interface PlannerKey {
  readonly name: string;
  readonly fingerprint: string;
  readonly sign: KeyObject;
  readonly verify: KeyObject;
  readonly fleet: KeyObject;
}

/** Whose signature counts, and what opens their bundles. */
export interface TrustedKey {
  readonly name: string;
  readonly fingerprint: string;
  readonly verify: KeyObject;
  readonly open: KeyObject;
}

/** Makes NAME.key (mode 0600) and NAME.trust. Existing files are never replaced. @returns the fingerprint of the signing key. */
export async function newKeys(path: string, passphrase: string | null): Promise<{ readonly fingerprint: string }> {
  const label = basename(path);
  if (!name.safeParse(label).success) throw badName(label);
  for (const file of [`${path}.key`, `${path}${TRUST_SUFFIX}`]) if (await isThere(file)) throw inTheWay(file);
  const signer = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
  const fleet = generateKeyPairSync("x25519").privateKey.export({ format: "jwk" });
  const head = { format: 1, name: label, public: signer.x, fleet: fleet.x };
  const secret = passphrase === null ? signer.d : await sealed(String(signer.d), passphrase);
  // The box's half first: a planner's key without it would make bundles that nobody can open.
  await writeWhole(`${path}${TRUST_SUFFIX}`, json({ roomward: "trusted key", ...head, open: fleet.d }));
  await writeWhole(`${path}.key`, json({ roomward: "planner key", ...head, private: secret }));
  return { fingerprint: fingerprintOf(String(signer.x)) };
}

/** Reads a planner's key. `ask` is called when it is sealed with a passphrase. */
export async function readPlannerKey(file: string, ask: () => Promise<string>): Promise<PlannerKey> {
  const found = keyFileSchema.safeParse(await jsonOf(file));
  if (!found.success) throw notAKey(file, ".key");
  const { public: x, fleet, private: secret } = found.data;
  const d = typeof secret === "string" ? secret : await unsealed(file, secret, await ask());
  try {
    return {
      name: found.data.name,
      fingerprint: fingerprintOf(x),
      sign: createPrivateKey({ key: { kty: "OKP", crv: "Ed25519", x, d }, format: "jwk" }),
      verify: publicKey("Ed25519", x),
      fleet: publicKey("X25519", fleet),
    };
  } catch {
    throw notAKey(file, ".key");
  }
}

/**
 * The trusted keys of a file, or of the `.trust` files of a folder. One that cannot be read is passed over and said, so that a damaged
 * file does not lock the others out. Throws when none is left.
 */
export async function readTrustedKeys(
  path: string,
): Promise<{ readonly keys: readonly TrustedKey[]; readonly passedOver: readonly Words[] }> {
  const passedOver: Words[] = [];
  const keys: TrustedKey[] = [];
  for (const file of await trustFiles(path)) {
    try {
      keys.push(await readTrusted(file));
    } catch (error) {
      if (!(error instanceof StickProblem)) throw error;
      passedOver.push(...error.words);
    }
  }
  if (keys.length === 0) throw new StickProblem(...passedOver, noneTrusted(path));
  return { keys: keys.slice(0, TRUSTED_KEYS_MAX), passedOver };
}

async function trustFiles(path: string): Promise<readonly string[]> {
  const found = await lstat(path).catch(() => null);
  if (found === null) return [];
  if (!found.isDirectory()) return [path];
  const names: string[] = [];
  let seen = 0;
  for await (const entry of await opendir(path)) {
    seen += 1;
    if (entry.name.endsWith(TRUST_SUFFIX)) names.push(entry.name);
    if (seen >= FOLDER_ENTRIES_MAX) break;
  }
  return names.sort().map((file) => join(path, file));
}

async function readTrusted(file: string): Promise<TrustedKey> {
  const found = trustFileSchema.safeParse(await jsonOf(file));
  if (!found.success) throw notAKey(file, TRUST_SUFFIX);
  const { name, public: x, fleet, open } = found.data;
  try {
    const key = createPrivateKey({ key: { kty: "OKP", crv: "X25519", x: fleet, d: open }, format: "jwk" });
    return { name, fingerprint: fingerprintOf(x), verify: publicKey("Ed25519", x), open: key };
  } catch {
    throw notAKey(file, TRUST_SUFFIX);
  }
}

export function publicKey(crv: "Ed25519" | "X25519", x: string): KeyObject {
  return createPublicKey({ key: { kty: "OKP", crv, x }, format: "jwk" });
}

/** What people compare: SHA-256 of the public key, the first 80 bits in groups of four. */
function fingerprintOf(x: string): string {
  const sum = createHash("sha256").update(Buffer.from(x, "base64url")).digest("hex").slice(0, 20);
  return (sum.match(/.{4}/g) ?? []).join(" ");
}

async function sealed(secret: string, passphrase: string) {
  const salt = randomBytes(16);
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", await keyOf(passphrase, salt), nonce);
  const text = Buffer.concat([cipher.update(secret), cipher.final(), cipher.getAuthTag()]);
  return { salt: salt.toString("base64"), nonce: nonce.toString("base64"), sealed: text.toString("base64") };
}

async function unsealed(
  file: string,
  { salt, nonce, sealed }: { readonly salt: string; readonly nonce: string; readonly sealed: string },
  passphrase: string,
): Promise<string> {
  const text = Buffer.from(sealed, "base64");
  const key = await keyOf(passphrase, Buffer.from(salt, "base64"));
  try {
    const decipher = createDecipheriv("aes-256-gcm", key, Buffer.from(nonce, "base64"), { authTagLength: 16 });
    decipher.setAuthTag(text.subarray(-16));
    return Buffer.concat([decipher.update(text.subarray(0, -16)), decipher.final()]).toString("utf8");
  } catch {
    throw new StickProblem({
      zh: `${file} 无法解开：口令不对，或文件已损坏。未作任何更改；请核对口令。`,
      en: `${file} does not open: the passphrase is wrong or the file is damaged. Nothing was changed; check the passphrase.`,
    });
  }
}

async function jsonOf(file: string): Promise<unknown> {
  const text = (await bytesOf(file, KEY_FILE_BYTES_MAX)).toString("utf8");
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function json(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function badName(label: string): StickProblem {
  return new StickProblem({
    zh: `密钥名称 ${label} 不可用：应为字母、数字、空格、点、横线，最多 64 个。未作任何更改。`,
    en: `${label} is no name for a key: letters, digits, spaces, dots and hyphens, at most 64. Nothing was changed.`,
  });
}

function inTheWay(file: string): StickProblem {
  return new StickProblem({
    zh: `${file} 已存在，未覆盖：被替换的密钥无法找回。请换一个名称。`,
    en: `${file} exists and was left alone: a key that was replaced is gone for ever. Choose another name.`,
  });
}

function notAKey(file: string, suffix: string): StickProblem {
  return new StickProblem({
    zh: `${file} 不是 Roomward 的 ${suffix} 密钥文件，或已损坏。请用 roomward key new 生成的文件。`,
    en: `${file} is not a ${suffix} file of Roomward, or it is damaged. Use what roomward key new made.`,
  });
}

function noneTrusted(path: string): StickProblem["words"][number] {
  return {
    zh: `本机没有可信密钥（${path}）。未作任何更改；请把规划人员的 .trust 文件放入该目录。`,
    en: `No key is trusted here (${path}). Nothing was changed; put the planner's .trust file there.`,
  };
}
