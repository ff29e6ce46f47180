import { createReadStream } from "node:fs";
import { open, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { EXPORT_NAME, type ExportFile } from "../contract/exports.ts";
import { makeFolder } from "../platform/folder.ts";

/** Sixteen rounds a day in three formats for 400 days; beyond it, and beyond the bytes, the oldest go. */
const FILES_MAX = 20_000;
const BYTES_MAX = 1024 * 1024 * 1024;
const DAY = /\d{4}-\d{2}-\d{2}/;

/** The folder of finished documents. A file is there as a whole or not at all. Rejects with the system's errors. */
export class ExportFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  async write(name: string, bytes: Uint8Array): Promise<void> {
    if (!EXPORT_NAME.test(name)) throw new Error(`${name} is no name of an export`);
    makeFolder(this.path);
    const unfinished = join(this.path, `${name}.new`);
    try {
      const file = await open(unfinished, "w", 0o600);
      try {
        await file.writeFile(bytes);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(unfinished, join(this.path, name));
      const folder = await open(this.path, "r");
      await folder.sync().finally(() => folder.close());
    } finally {
      await rm(unfinished, { force: true });
    }
  }

  /** By name, last first: a later day before an earlier one of the same kind. */
  async list(): Promise<readonly ExportFile[]> {
    const names = await readdir(this.path).catch(() => []);
    const found = await Promise.all(names.filter((name) => EXPORT_NAME.test(name)).map((name) => this.#look(name)));
    return found.flatMap((file) => file ?? []).sort((a, b) => (a.name < b.name ? 1 : -1));
  }

  /** Its bytes in pieces; null when there is no such export. */
  async read(name: string): Promise<AsyncIterable<Uint8Array> | null> {
    const found = EXPORT_NAME.test(name) ? await this.#look(name) : null;
    return found === null ? null : pieces(join(this.path, name));
  }

  /**
   * Keeps the sheets of this many days that there are sheets of, and lets go of the oldest when there is too much. Days are counted, not
   * their distance from now: a clock that is wrong by years costs nothing.
   */
  async tidy(keepDays: number): Promise<void> {
    const files = [...(await this.list())].sort((a, b) => b.madeAtMs - a.madeAtMs);
    const days = [...new Set(files.flatMap(({ name }) => DAY.exec(name)?.[0] ?? []))].sort().reverse();
    const oldest = days[keepDays - 1] ?? "";
    let bytes = 0;
    for (const [place, { name, bytes: size }] of files.entries()) {
      bytes += size;
      const isTooOld = (DAY.exec(name)?.[0] ?? oldest) < oldest;
      if (place >= FILES_MAX || bytes > BYTES_MAX || isTooOld) await rm(join(this.path, name), { force: true });
    }
  }

  /** Null for what went away meanwhile, and for links and folders. */
  async #look(name: string): Promise<ExportFile | null> {
    const found = await stat(join(this.path, name)).catch(() => null);
    return found === null || !found.isFile() ? null : { name, bytes: found.size, madeAtMs: found.mtimeMs };
  }
}

/** Opened when the first piece is wanted: a download that nobody takes holds no file open. */
async function* pieces(path: string): AsyncIterable<Uint8Array> {
  yield* createReadStream(path);
}
