import { argon2, createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { createGunzip, createGzip } from "node:zlib";
import * as z from "zod";
import { BackupProblem, cannotRead, newerBackup, notABackup, wrongOrDamaged } from "./problem.ts";

/**
 * One encrypted file: a line that names the format, a line of JSON that can be read without the passphrase, the content (gzip, then
 * AES-256-GCM), and the tag over all of it, both lines too. The key comes from the passphrase by argon2id.
 */
const MAGIC = "ROOMWARD BACKUP\n";
const FORMAT = 1;
const HEADER_BYTES_MAX = 4_096;
const TAG_BYTES = 16;
const NONCE_BYTES = 12;
/** RFC 9106, section 4, second recommendation (64 MiB), on one lane: fixed by the format, so that no file can ask for more memory. */
const KEY_COST = { parallelism: 1, memory: 65_536, passes: 3, tagLength: 32 } as const;

const base64 = (bytes: number) => z.string().refine((text) => Buffer.from(text, "base64").length === bytes);
const anyHeaderSchema = z.object({ format: z.int().positive(), roomward: z.string().max(32) });
const headerSchema = z.object({
  format: z.literal(FORMAT),
  /** Version of the program that made it. */
  roomward: z.string().regex(/^\d{1,6}\.\d{1,6}\.\d{1,6}$/),
  /** How many of the journal's migrations a program must know to read it. */
  journal: z.int().nonnegative(),
  madeAtMs: z.number(),
  salt: base64(16),
  nonce: base64(NONCE_BYTES),
});
export type Header = z.infer<typeof headerSchema>;
type Content = AsyncIterable<Buffer>;

/** Writes the whole envelope into an open, empty file; the caller flushes it. */
export async function seal(
  file: FileHandle,
  about: Pick<Header, "roomward" | "journal" | "madeAtMs">,
  passphrase: string,
  content: Content,
): Promise<void> {
  const salt = randomBytes(16);
  const nonce = randomBytes(NONCE_BYTES);
  const header: Header = { format: FORMAT, ...about, salt: salt.toString("base64"), nonce: nonce.toString("base64") };
  const head = Buffer.from(`${MAGIC}${JSON.stringify(header)}\n`);
  const cipher = createCipheriv("aes-256-gcm", await keyOf(passphrase, salt), nonce, { authTagLength: TAG_BYTES }).setAAD(head);
  await writeAll(file, head);
  await pipeline(content, createGzip({ level: 6 }), cipher, async (chunks: Content) => {
    for await (const chunk of chunks) await writeAll(file, chunk);
  });
  await writeAll(file, cipher.getAuthTag());
}

/**
 * Proves all of the file before `take` sees a byte of its content: what a stranger made is never unpacked. Throws a
 * `BackupProblem` for a file that is foreign, newer, damaged, or sealed with another passphrase; what `take` throws passes through.
 */
export async function unseal(
  path: string,
  passphrase: string,
  known: { readonly version: string; readonly journal: number },
  take: (content: Content) => Promise<void>,
): Promise<Header> {
  const sealed = await readHead(path, known);
  const key = await keyOf(passphrase, Buffer.from(sealed.header.salt, "base64"));
  try {
    await pipeline(...decrypted(sealed, key), async (chunks: Content) => {
      for await (const _ of chunks);
    });
  } catch {
    throw wrongOrDamaged(path);
  }
  await pipeline(...decrypted(sealed, key), createGunzip(), take);
  return sealed.header;
}

interface Sealed {
  readonly path: string;
  readonly header: Header;
  readonly head: Buffer;
  readonly tag: Buffer;
  /** Where the tag begins, bytes. */
  readonly end: number;
}

function decrypted({ path, header, head, tag, end }: Sealed, key: Buffer) {
  const decipher = createDecipheriv("aes-256-gcm", key, Buffer.from(header.nonce, "base64"), { authTagLength: TAG_BYTES });
  return [createReadStream(path, { start: head.length, end: end - 1 }), decipher.setAAD(head).setAuthTag(tag)] as const;
}

async function readHead(path: string, known: { readonly version: string; readonly journal: number }): Promise<Sealed> {
  let file: FileHandle;
  try {
    file = await open(path, "r");
  } catch (error) {
    throw cannotRead(path, error);
  }
  try {
    const start = Buffer.alloc(HEADER_BYTES_MAX);
    const { bytesRead } = await file.read(start, 0, HEADER_BYTES_MAX, 0);
    const text = start.subarray(0, bytesRead).toString("latin1");
    if (!text.startsWith(MAGIC)) throw notABackup(path);
    const lineEnd = text.indexOf("\n", MAGIC.length);
    const head = Buffer.from(start.subarray(0, lineEnd + 1));
    const header = headerIn(path, head.subarray(MAGIC.length), known);
    const end = (await file.stat()).size - TAG_BYTES;
    if (end <= head.length) throw wrongOrDamaged(path);
    const tag = Buffer.alloc(TAG_BYTES);
    await file.read(tag, 0, TAG_BYTES, end);
    return { path, header, head, tag, end };
  } catch (error) {
    throw error instanceof BackupProblem ? error : cannotRead(path, error);
  } finally {
    await file.close();
  }
}

/** Versions first: a newer format may say everything else in another way. */
function headerIn(path: string, line: Buffer, known: { readonly version: string; readonly journal: number }): Header {
  let raw: unknown;
  try {
    raw = JSON.parse(line.toString("utf8"));
  } catch {
    throw wrongOrDamaged(path);
  }
  const any = anyHeaderSchema.safeParse(raw);
  if (any.success && any.data.format > FORMAT) throw newerBackup(path, any.data.roomward, known.version);
  const header = headerSchema.safeParse(raw);
  if (!header.success) throw wrongOrDamaged(path);
  const { roomward, journal } = header.data;
  if (journal > known.journal || isNewer(roomward, known.version)) throw newerBackup(path, roomward, known.version);
  return header.data;
}

function isNewer(one: string, other: string): boolean {
  return one.localeCompare(other, "en", { numeric: true }) > 0;
}

/** The key of a passphrase: argon2id at a cost that is fixed by the format. */
export async function keyOf(passphrase: string, salt: Buffer): Promise<Buffer> {
  const message = Buffer.from(passphrase.normalize("NFC"));
  return promisify(argon2)("argon2id", { message, nonce: salt, ...KEY_COST });
}

async function writeAll(file: FileHandle, chunk: Buffer): Promise<void> {
  for (let at = 0; at < chunk.length; ) at += (await file.write(chunk, at)).bytesWritten;
}

/** Whether a file begins like one of ours. */
export async function isSealed(path: string): Promise<boolean> {
  const file = await open(path, "r").catch((error) => Promise.reject(cannotRead(path, error)));
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MAGIC.length), 0, MAGIC.length, 0);
    return buffer.toString("latin1", 0, bytesRead) === MAGIC;
  } finally {
    await file.close();
  }
}
