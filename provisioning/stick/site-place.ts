import { createHash } from "node:crypto";
import { chmod, chown, link, lstat, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import * as z from "zod";
import { syncFolder } from "../backup/make.ts";
import { writeWhole } from "./plain-file.ts";

const appliedSchema = z.object({
  bundle: z.string(),
  issued: z.number(),
  siteSha256: z.string(),
  signer: z.string(),
  atMs: z.number(),
});
const recordSchema = z.object({
  format: z.literal(1),
  /** The bundle that the box runs, and how many devices were silent when they were asked last. */
  applied: appliedSchema.extend({ silent: z.int() }).nullable(),
  /** The one that is being tried; what it replaced is in `.former`. */
  pending: appliedSchema
    .extend({
      formerSha256: z.string().nullable(),
      /** The revision that ran before; absent in records of older releases. */
      formerRevision: z.int().nullable().optional(),
    })
    .nullable(),
});
export type Applied = z.infer<typeof appliedSchema>;
export type BoxRecord = z.infer<typeof recordSchema>;

/**
 * The place of the site file on the box. Beside it: `.candidate`, what is tried; `.former`, what was there before; `.provisioned`, which
 * bundle it came from. Every step is one rename: a power cut leaves the former file or the next one, whole.
 */
export class SitePlace {
  readonly file: string;
  readonly candidate: string;
  readonly former: string;
  readonly #record: string;

  constructor(file: string) {
    this.file = file;
    this.candidate = `${file}.candidate`;
    this.former = `${file}.former`;
    this.#record = `${file}.provisioned`;
  }

  /** The text that is in place; null where there is none. */
  async text(): Promise<string | null> {
    return readFile(this.file, "utf8").catch((error) => (error.code === "ENOENT" ? null : Promise.reject(error)));
  }

  /**
   * What to go back to from the text that is in place, as a sum; null for no file. A text that was put in place and never proven (the
   * power went) is no place to go back to: what it replaced is.
   */
  async groundOf(text: string | null, { pending }: BoxRecord): Promise<{ readonly sha256: string | null; readonly isKept: boolean }> {
    const sha256 = text === null ? null : sha256Of(text);
    if (pending === null || sha256 !== pending.siteSha256) return { sha256, isKept: false };
    if (pending.formerSha256 === null) return { sha256: null, isKept: true };
    const former = await readFile(this.former, "utf8").catch(() => null);
    const isKept = former !== null && sha256Of(former) === pending.formerSha256;
    return isKept ? { sha256: pending.formerSha256, isKept } : { sha256, isKept };
  }

  /** `damaged`: there is a record that cannot be read; the box then knows no bundle before. */
  async record(): Promise<BoxRecord & { readonly damaged: boolean }> {
    const none = { format: 1 as const, applied: null, pending: null };
    const text = await readFile(this.#record, "utf8").catch((error) => (error.code === "ENOENT" ? null : ""));
    if (text === null) return { ...none, damaged: false };
    try {
      return { ...recordSchema.parse(JSON.parse(text)), damaged: false };
    } catch {
      return { ...none, damaged: true };
    }
  }

  async writeRecord(record: BoxRecord): Promise<void> {
    await writeWhole(this.#record, `${JSON.stringify({ format: 1, applied: record.applied, pending: record.pending }, null, 2)}\n`);
  }

  async writeCandidate(text: string): Promise<void> {
    await writeWhole(this.candidate, text, (temporary) => this.#dress(temporary));
  }

  async dropCandidate(): Promise<void> {
    await rm(this.candidate, { force: true });
    await rm(`${this.candidate}.new`, { force: true });
  }

  /** Keeps what is there as the former file: a second name instead of a rename, so that at no moment is there no site file. */
  async keepFormer(): Promise<void> {
    await linkAs(this.file, this.former);
  }

  async putCandidate(): Promise<void> {
    await rename(this.candidate, this.file);
    await syncFolder(dirname(this.file));
  }

  /** The former file again, or none where there was none. */
  async putBack(formerSha256: string | null): Promise<void> {
    if (formerSha256 !== null) return linkAs(this.former, this.file);
    await rm(this.file, { force: true });
    await syncFolder(dirname(this.file));
  }

  /** Written by root, read by the service: the owner and mode of the file before it, or of the folder it is in. */
  async #dress(path: string): Promise<void> {
    const like = await lstat(this.file).catch(() => null);
    const { uid, gid } = like ?? (await stat(dirname(this.file)));
    if (process.getuid?.() === 0) await chown(path, uid, gid);
    await chmod(path, like === null ? 0o640 : like.mode & 0o777);
  }
}

/** Gives a file a second name, in place of what has that name. */
async function linkAs(file: string, name: string): Promise<void> {
  const temporary = `${name}.link`;
  await rm(temporary, { force: true });
  await link(file, temporary);
  await rename(temporary, name);
  // Renaming over another name of the same file does nothing (POSIX), and the temporary name stays.
  await rm(temporary, { force: true });
  await syncFolder(dirname(name));
}

export function sha256Of(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
