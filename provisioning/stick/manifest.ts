import { createCipheriv, createDecipheriv, diffieHellman, generateKeyPairSync, hkdfSync, type KeyObject, sign, verify } from "node:crypto";
import * as z from "zod";
import { SITE_MAX } from "../../firmware/site/schema.ts";
import { publicKey } from "./keys.ts";

/** Where a bundle lies on a stick, and what its two own files are called. Everything else is named by the manifest. */
export const BUNDLE_FOLDER = "roomward";
export const MANIFEST_FILE = "manifest.json";
export const SIGNATURE_FILE = "manifest.sig";

/** Limits of one bundle. */
export const MANIFEST_BYTES_MAX = 1_048_576;
export const SIGNATURE_BYTES = 64;
export const FILES_MAX = 200;
export const BUNDLE_BYTES_MAX = 64 * 1024 * 1024;
export const BOXES_MAX = 2_000;
const TAG_BYTES = 16;
export const SEALED_BYTES_MAX = SITE_MAX.fileBytes + TAG_BYTES;

/** Our own names only: no folders, no other kinds. */
const fileName = z.string().regex(/^site-[1-9]\d{0,2}\.sealed$/);
const label = z.string().min(1).max(80);
/** A serial number in capitals, or a MAC address in lower case with colons; null is every box. */
const boxId = z.string().regex(/^([A-Z0-9][A-Z0-9._-]{3,63}|([0-9a-f]{2}:){5}[0-9a-f]{2})$/);

const manifestSchema = z
  .strictObject({
    format: z.literal(1),
    bundle: z.uuid(),
    /** Wall clock of the making in ms, but always greater than that of the key's bundle before: older ones are refused by it. */
    issued: z.int().positive(),
    roomward: z.string().max(32),
    /** Public half of a key made for this bundle alone. */
    sealedFor: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
    files: z
      .array(
        z.strictObject({
          name: fileName,
          bytes: z.int().positive().max(SEALED_BYTES_MAX),
          sha256: z.hex().length(64),
          nonce: z.string().regex(/^[A-Za-z0-9_-]{16}$/),
        }),
      )
      .min(1)
      .max(FILES_MAX - 2),
    boxes: z
      .array(z.strictObject({ box: boxId.nullable(), name: label, file: fileName }))
      .min(1)
      .max(BOXES_MAX),
  })
  .refine(({ files }) => new Set(files.map(({ name }) => name)).size === files.length)
  .refine(({ files }) => files.reduce((sum, { bytes }) => sum + bytes, 0) <= BUNDLE_BYTES_MAX)
  .refine(({ boxes }) => new Set(boxes.map(({ box }) => box)).size === boxes.length)
  .refine(({ boxes, files }) => boxes.every(({ file }) => files.some(({ name }) => name === file)));
export type Manifest = z.infer<typeof manifestSchema>;
export type SealedFile = Manifest["files"][number];
export type BoxRow = Manifest["boxes"][number];

/** What is signed is the manifest and what it is for: a signature made for something else never counts. */
const PURPOSE = Buffer.from("roomward bundle 1\n");

export function signManifest(manifest: Buffer, key: KeyObject): Buffer {
  return sign(null, Buffer.concat([PURPOSE, manifest]), key);
}

export function isSignedBy(manifest: Buffer, signature: Buffer, key: KeyObject): boolean {
  return signature.length === SIGNATURE_BYTES && verify(null, Buffer.concat([PURPOSE, manifest]), key, signature);
}

/** Only for a manifest whose signature was verified. Null for one that this version does not understand. */
export function parseManifest(manifest: Buffer): Manifest | null {
  try {
    return manifestSchema.safeParse(JSON.parse(manifest.toString("utf8"))).data ?? null;
  } catch {
    return null;
  }
}

/** Whole site files are sealed, not their secrets alone: a comment that keeps an old password, or the plan of the room, stays inside, too. */
export interface Sealer {
  /** Public half of this bundle's key, for the manifest. */
  readonly sealedFor: string;
  seal(name: string, text: string): { readonly bytes: Buffer; readonly nonce: string };
}

/** Seals for whoever has the other half of `fleet`: X25519 with a key made for this bundle, HKDF-SHA-256, AES-256-GCM. */
export function sealerFor(fleet: KeyObject, bundle: string, random: (bytes: number) => Buffer): Sealer {
  const { publicKey: once, privateKey } = generateKeyPairSync("x25519");
  const key = contentKey(diffieHellman({ privateKey, publicKey: fleet }), bundle);
  return {
    sealedFor: String(once.export({ format: "jwk" }).x),
    seal(name, text) {
      const nonce = random(12);
      const cipher = createCipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(name));
      const bytes = Buffer.concat([cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]);
      return { bytes, nonce: nonce.toString("base64url") };
    },
  };
}

/** The text that was sealed; null when it was sealed for another fleet or another bundle. */
export function unseal(manifest: Manifest, { name, nonce }: SealedFile, bytes: Buffer, open: KeyObject): string | null {
  try {
    const shared = diffieHellman({ privateKey: open, publicKey: publicKey("X25519", manifest.sealedFor) });
    const key = contentKey(shared, manifest.bundle);
    const decipher = createDecipheriv("aes-256-gcm", key, Buffer.from(nonce, "base64url"), { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(name)).setAuthTag(bytes.subarray(-TAG_BYTES));
    return Buffer.concat([decipher.update(bytes.subarray(0, -TAG_BYTES)), decipher.final()]).toString("utf8");
  } catch {
    return null;
  }
}

function contentKey(shared: Buffer, bundle: string): Buffer {
  return Buffer.from(hkdfSync("sha256", shared, bundle, "roomward bundle 1", 32));
}
