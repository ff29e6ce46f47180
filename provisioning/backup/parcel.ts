import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import * as z from "zod";

/** Limits of one room; a box has a few dozen files and a journal of at most 1 GiB. */
export const FILES_MAX = 10_000;
export const BYTES_MAX = 8 * 1024 ** 3;
const LIST_BYTES_MAX = 4 * 1024 * 1024;
/** The site file, which lives outside of the data folder. */
export const SITE_ENTRY = "site.yaml";
export const DATA_PREFIX = "data/";

const nameSchema = z
  .string()
  .max(1_000)
  .refine((name) => name === SITE_ENTRY || (name.startsWith(DATA_PREFIX) && name.split("/").every(isPlainPart)));
const entrySchema = z.object({ name: nameSchema, bytes: z.int().nonnegative().max(BYTES_MAX), sha256: z.hex().length(64) });
const listSchema = z.array(entrySchema).max(FILES_MAX);
export type ParcelEntry = z.infer<typeof entrySchema>;

function isPlainPart(part: string): boolean {
  return part !== "" && part !== "." && part !== ".." && !part.includes("\0");
}

/** What is put into a parcel: the name inside, and the file that holds still until it was packed. */
export interface ParcelSource {
  readonly name: string;
  readonly path: string;
}

/** One line of JSON that lists the files with their sums, then the bytes of all of them. */
export async function* pack(sources: readonly ParcelSource[]): AsyncGenerator<Buffer> {
  const entries: ParcelEntry[] = [];
  for (const { name, path } of sources) entries.push({ name, bytes: (await stat(path)).size, sha256: await sha256Of(path) });
  yield Buffer.from(`${JSON.stringify(entries)}\n`);
  for (const { path } of sources) for await (const chunk of createReadStream(path)) yield chunk as Buffer;
}

/**
 * Takes a parcel apart into a folder, every byte flushed, or only looks at it when `folder` is null. Throws when a sum differs, a
 * name leads out of the folder, or bytes are missing or too many. @returns what was in it.
 */
export async function unpack(content: AsyncIterable<Buffer>, folder: string | null): Promise<readonly ParcelEntry[]> {
  const bytes = new Bytes(content);
  const entries = listSchema.parse(JSON.parse((await bytes.line(LIST_BYTES_MAX)).toString("utf8")));
  for (const entry of entries) {
    const sum = createHash("sha256");
    const file = folder === null ? null : await openNew(join(folder, entry.name));
    try {
      for await (const chunk of bytes.take(entry.bytes)) {
        sum.update(chunk);
        for (let at = 0; file !== null && at < chunk.length; ) at += (await file.write(chunk, at)).bytesWritten;
      }
      await file?.sync();
    } finally {
      await file?.close();
    }
    if (sum.digest("hex") !== entry.sha256) throw new Error(`${entry.name} differs from its sum`);
  }
  await bytes.expectEnd();
  return entries;
}

async function openNew(path: string) {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  return open(path, "wx", 0o600);
}

async function sha256Of(path: string): Promise<string> {
  const sum = createHash("sha256");
  for await (const chunk of createReadStream(path)) sum.update(chunk as Buffer);
  return sum.digest("hex");
}

/** A stream read by lines and lengths. */
class Bytes {
  readonly #source: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  async line(bytesMax: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    for (let length = 0; length <= bytesMax; ) {
      const chunk = await this.#next();
      const end = chunk.indexOf(0x0a);
      parts.push(end < 0 ? chunk : chunk.subarray(0, end));
      if (end >= 0) {
        this.#rest = chunk.subarray(end + 1);
        return Buffer.concat(parts);
      }
      length += chunk.length;
    }
    throw new Error("the list of files is too long");
  }

  async *take(count: number): AsyncGenerator<Buffer> {
    for (let left = count; left > 0; ) {
      const chunk = await this.#next();
      const part = chunk.subarray(0, left);
      this.#rest = chunk.subarray(part.length);
      left -= part.length;
      yield part;
    }
  }

  async expectEnd(): Promise<void> {
    if (this.#rest.length > 0 || (await this.#source.next()).done !== true) throw new Error("more bytes than the list says");
  }

  async #next(): Promise<Buffer> {
    const rest = this.#rest;
    this.#rest = Buffer.alloc(0);
    if (rest.length > 0) return rest;
    const { done, value } = await this.#source.next();
    if (done === true) throw new Error("the content ends early");
    return value;
  }
}
