import { chmod, chown, copyFile, link, mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { lockFolder } from "../../firmware/journal/database.ts";
import { faultOf } from "../../firmware/journal/faults.ts";
import { noteInClosedJournal } from "../../firmware/journal/note.ts";
import { MIGRATIONS } from "../../firmware/journal/schema.ts";
import { makeFolder } from "../../firmware/platform/folder.ts";
import { checkDatabase } from "../../firmware/platform/sqlite.ts";
import { type Header, unseal } from "./envelope.ts";
import { syncFolder } from "./make.ts";
import { DATA_PREFIX, SITE_ENTRY, unpack } from "./parcel.ts";
import { BackupProblem, newerBackup, reasonOf, wrongOrDamaged } from "./problem.ts";
import { markRestore, settleRestore, unmarkRestore } from "./unfinished.ts";

/** What a gateway that merely started leaves in a folder is no room yet. */
const NOT_A_ROOM = new Set(["journal.lock", "journal.lock-journal", "journal.pid", "ballast", "lost+found"]);

export interface RestoreOptions {
  readonly file: string;
  readonly dataFolder: string;
  readonly siteFile: string;
  readonly passphrase: string;
  /** Whether a room that is there is set aside; otherwise it is refused. */
  readonly replace: boolean;
  readonly version: string;
  readonly nowMs: number;
  /** Unique for this run. */
  readonly id: string;
  /** The account that asks for it, for the audit log of the room that comes back. */
  readonly by: string;
}

interface Restored {
  readonly header: Header;
  /** Where the former data folder and site file are now. */
  readonly setAside: readonly string[];
}

/**
 * Brings the room of a backup back. Everything is unpacked, flushed and checked beside its place first; then the data folder changes
 * its name as a whole and the site file follows; a power cut in between is undone at the next start (`settleRestore`). Throws a
 * `BackupProblem` when nothing was changed.
 */
export async function restoreBackup(given: RestoreOptions): Promise<Restored> {
  const options = { ...given, dataFolder: resolve(given.dataFolder), siteFile: resolve(given.siteFile) };
  const { file, dataFolder, siteFile, replace, version } = options;
  const stage = `${dataFolder}.restore-${options.id}`;
  await settleRestore(dataFolder, siteFile);
  const occupied = [...((await isRoom(dataFolder)) ? [dataFolder] : []), ...((await exists(siteFile)) ? [siteFile] : [])];
  if (occupied.length > 0 && !replace) throw occupiedBy(occupied);
  try {
    const header = await unseal(file, options.passphrase, { version, journal: MIGRATIONS.length }, async (content) => {
      makeFolder(dirname(dataFolder), 0o777);
      await mkdir(stage, { mode: 0o700 });
      const entries = await unpack(content, stage);
      if (!entries.some(({ name }) => name === SITE_ENTRY)) throw wrongOrDamaged(file);
      await mkdir(join(stage, DATA_PREFIX), { recursive: true, mode: 0o700 });
      for (const { name } of entries) if (name.endsWith(".db")) expectKnown(join(stage, name), options);
    });
    noteRestore(join(stage, DATA_PREFIX), header, options);
    return { header, setAside: await swap(stage, options) };
  } catch (error) {
    throw error instanceof BackupProblem ? error : notRestored(dataFolder, error);
  } finally {
    await rm(stage, { recursive: true, force: true });
  }
}

/** From here on the log shows that what follows was lived on from a backup: what came after it was made is not in there. */
function noteRestore(directory: string, { madeAtMs, roomward }: Header, { file, nowMs, by }: RestoreOptions): void {
  const detail = `backup of ${new Date(madeAtMs).toISOString()}, made by Roomward ${roomward}`;
  noteInClosedJournal(directory, { atMs: nowMs, by, from: "console", action: "backup.restore", subject: basename(file), detail });
}

function expectKnown(database: string, { file, version }: RestoreOptions): void {
  const found = checkDatabase(database);
  if (basename(database) === "journal.db" && found > MIGRATIONS.length)
    throw newerBackup(file, `journal ${found}`, `${version}, journal ${MIGRATIONS.length}`);
}

/** The folder of a running gateway is refused; the lock is held until the folder has changed its name. */
async function swap(stage: string, options: RestoreOptions): Promise<readonly string[]> {
  const { dataFolder, siteFile, nowMs } = options;
  const before = `.before-restore-${new Date(nowMs).toISOString().replaceAll(/[:.]/g, "-")}`;
  const aside = (await exists(dataFolder)) ? `${dataFolder}${before}` : null;
  const room = await isRoom(dataFolder);
  const lock = aside === null ? null : lockOrRefuse(dataFolder);
  const site = `${siteFile}.restore-${options.id}`;
  try {
    const data = join(stage, DATA_PREFIX);
    await ownAndFlush(data, aside === null ? dirname(dataFolder) : dataFolder);
    makeFolder(dirname(siteFile), 0o777);
    await copyFile(join(stage, SITE_ENTRY), site);
    await dressLike(site, (await exists(siteFile)) ? siteFile : null, dirname(siteFile));
    await flush(site);
    await markRestore(dataFolder, { aside, site: await readFile(site) });
    const oldSite = await changeNames(data, site, aside, `${siteFile}${before}`, options);
    if (aside !== null && !room) await rm(aside, { recursive: true });
    return [...(room && aside !== null ? [aside] : []), ...oldSite];
  } finally {
    lock?.release();
    await rm(site, { force: true });
  }
}

/** Each name is on the disk before the next one changes. When one cannot be changed, those before it are changed back. */
async function changeNames(
  data: string,
  site: string,
  aside: string | null,
  oldSiteAside: string,
  { dataFolder, siteFile }: RestoreOptions,
): Promise<readonly string[]> {
  try {
    if (aside !== null) await rename(dataFolder, aside);
    await syncFolder(dirname(dataFolder));
    await rename(data, dataFolder);
    await syncFolder(dirname(dataFolder));
    const oldSite = await keepOldSite(siteFile, site, oldSiteAside);
    await rename(site, siteFile);
    await syncFolder(dirname(siteFile));
    await unmarkRestore(dataFolder);
    return oldSite;
  } catch (error) {
    await settleRestore(dataFolder, siteFile);
    throw error;
  }
}

/** What was flushed are the files; their names are in the folders, and what they belong to comes last. */
async function ownAndFlush(data: string, like: string): Promise<void> {
  for (const inside of ["", ...(await readdir(data, { recursive: true }))]) {
    const path = join(data, inside);
    await ownLike(path, like);
    await flush(path);
  }
}

function lockOrRefuse(dataFolder: string): { release(): void } {
  try {
    return lockFolder(dataFolder);
  } catch (error) {
    throw new BackupProblem(faultOf(error, dataFolder).message);
  }
}

/** A second name instead of a rename: at no moment is there no site file. */
async function keepOldSite(siteFile: string, next: string, aside: string): Promise<readonly string[]> {
  if (!(await exists(siteFile)) || (await readFile(siteFile)).equals(await readFile(next))) return [];
  await link(siteFile, aside);
  return [aside];
}

/** Restoring is done by root, reading by the service: what replaces a file gets its owner and its mode. */
async function dressLike(path: string, former: string | null, folder: string): Promise<void> {
  await ownLike(path, former ?? folder);
  await chmod(path, former === null ? 0o600 : (await stat(former)).mode & 0o777);
}

async function ownLike(path: string, other: string): Promise<void> {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = await stat(other);
  await chown(path, uid, gid);
}

async function flush(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function isRoom(dataFolder: string): Promise<boolean> {
  const names = await readdir(dataFolder).catch(() => []);
  return names.some((name) => !NOT_A_ROOM.has(name));
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

function occupiedBy(paths: readonly string[]): BackupProblem {
  const list = paths.join(", ");
  return new BackupProblem({
    zh: `已有机房数据：${list}。未作任何更改；若要替换，请加 --replace，原有内容会另存在旁边。`,
    en: `There is a room already: ${list}. Nothing was changed; to replace it add --replace, what is there is then kept beside it.`,
  });
}

function notRestored(dataFolder: string, error: unknown): BackupProblem {
  return new BackupProblem({
    zh: `未能恢复到 ${dataFolder}（${reasonOf(error)}），原有内容未变。请检查空间与权限；数据目录本身不能是挂载点，请用其下的子目录。`,
    en: `Nothing was restored to ${dataFolder} (${reasonOf(error)}); what was there is unchanged. Check space and permissions; the data folder itself cannot be a mount point, use a folder in it.`,
  });
}
