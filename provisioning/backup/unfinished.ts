import { createHash } from "node:crypto";
import { chown, open, readFile, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import * as z from "zod";
import { syncFolder } from "./make.ts";

/**
 * A restore changes three names: the former data folder's, the new one's, the site file's. A mark beside the data folder, on the disk
 * before the first and gone after the last, tells a start that the power went in between; then all of it is undone. The site file is
 * last: once it is the backup's, the restore has happened.
 */
const markSchema = z.object({
  /** Of the site file that the backup brings. */
  siteSha256: z.string(),
  /** The name that the former data folder gets beside its place; null: there was none. */
  aside: z.string().nullable(),
});
type Mark = z.infer<typeof markSchema>;

function markOf(dataFolder: string): string {
  return `${resolve(dataFolder)}.restoring`;
}

export async function markRestore(
  dataFolder: string,
  { aside, site }: { readonly aside: string | null; readonly site: Buffer },
): Promise<void> {
  const mark: Mark = { siteSha256: sha256Of(site), aside: aside === null ? null : basename(aside) };
  const file = markOf(dataFolder);
  await rm(`${file}.new`, { force: true });
  const handle = await open(`${file}.new`, "wx", 0o600);
  try {
    await handle.writeFile(JSON.stringify(mark));
    // Restoring is done by root, the next start by the service.
    const { uid, gid } = await stat(dirname(file));
    if (process.getuid?.() === 0) await chown(`${file}.new`, uid, gid);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(`${file}.new`, file);
  await syncFolder(dirname(file));
}

export async function unmarkRestore(dataFolder: string): Promise<void> {
  await rm(markOf(dataFolder), { force: true });
  await syncFolder(dirname(markOf(dataFolder)));
}

/**
 * Brings a restore that was cut off to an end: before anything else looks into the data folder. What had come out of the backup is kept as
 * `.unfinished-restore` until the next time. @returns `undone`: the former room is in its place, and the backup has to be restored again.
 */
export async function settleRestore(dataFolder: string, siteFile: string): Promise<"nothing" | "undone"> {
  const folder = resolve(dataFolder);
  const text = await readFile(markOf(folder), "utf8").catch((error) => (error.code === "ENOENT" ? null : Promise.reject(error)));
  if (text === null) return "nothing";
  const mark = parsedMark(text);
  if (mark === null) {
    await unmarkRestore(folder);
    return "nothing";
  }
  const { siteSha256 } = mark;
  const aside = mark.aside === null ? null : join(dirname(folder), mark.aside);
  const site = await readFile(siteFile).catch(() => null);
  const hasBegun = aside === null ? await exists(folder) : await exists(aside);
  const hasHappened = site !== null && sha256Of(site) === siteSha256 && (await exists(folder));
  const isUndone = hasBegun && !hasHappened;
  if (isUndone) {
    const unfinished = `${folder}.unfinished-restore`;
    await rm(unfinished, { recursive: true, force: true });
    if (await exists(folder)) await rename(folder, unfinished);
    await syncFolder(dirname(folder));
    if (aside !== null) await rename(aside, folder);
    await syncFolder(dirname(folder));
  }
  await unmarkRestore(folder);
  return isUndone ? "undone" : "nothing";
}

/** Null: a worn card has bent it since. */
function parsedMark(text: string): Mark | null {
  try {
    return markSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

function sha256Of(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}
