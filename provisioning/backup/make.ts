import { constants } from "node:fs";
import { access, copyFile, lstat, mkdir, open, readdir, rename, rm, stat, statfs, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { siteThatRuns } from "../../firmware/configuration/running.ts";
import { FLOOR, MIGRATIONS } from "../../firmware/journal/schema.ts";
import { copyDatabase } from "../../firmware/platform/sqlite.ts";
import { isSealed, seal, unseal } from "./envelope.ts";
import { BYTES_MAX, DATA_PREFIX, FILES_MAX, type ParcelSource, pack, SITE_ENTRY, unpack } from "./parcel.ts";
import { BackupProblem, cannotRead, reasonOf } from "./problem.ts";

const JOURNAL_FILE = "journal.db";
/** Gigabytes after a year: a copy every day would wear the card out. */
const HISTORY_FILE = "history.db";
const STAGE_PREFIX = ".backup-";
/** A stage this old was left behind by a power cut. */
const ABANDONED_AFTER_MS = 24 * 3_600_000;
/** Left to the running gateway while the copy lies beside its journal. */
const SPACE_LEFT_BYTES = 16 * 1024 * 1024;
const SUFFIX = ".backup";
/** What belongs to a running process, to the disk, or to an earlier fault: not to the room. */
const PASSED_OVER = /(^ballast|\.lock|\.pid|\.new|-wal|-shm|-journal|\.damaged.*)$/;

export interface BackupOptions {
  readonly dataFolder: string;
  readonly siteFile: string;
  /** A file, or a folder in which the backup gets a name of its own. */
  readonly output: string;
  readonly passphrase: string;
  /** How many backups stay in a folder; the oldest go. Null: all. */
  readonly keep: number | null;
  /** Also what was measured, which may be gigabytes. */
  readonly withHistory: boolean;
  readonly version: string;
  readonly nowMs: number;
  /** Unique for this run. */
  readonly id: string;
}

/**
 * Copies the room while the gateway runs, seals it into one file, reads that file back as a whole, and only then gives it its name.
 * Throws a `BackupProblem` for everything a person can mend.
 */
export async function makeBackup(
  options: BackupOptions,
): Promise<{ readonly file: string; readonly files: number; readonly bytes: number }> {
  const { dataFolder, siteFile, version, nowMs } = options;
  const file = await outputFile(options);
  const found = await filesOf(dataFolder, options.withHistory);
  if (!found.some(({ name }) => name === `${DATA_PREFIX}${JOURNAL_FILE}`)) throw noJournal(dataFolder);
  const siteBytes = await stat(siteFile).then(
    ({ size }) => size,
    () => 0,
  );
  await expectSpace(
    dataFolder,
    found.reduce((sum, { bytes }) => sum + bytes, siteBytes),
  );
  await forgetAbandoned(dataFolder, nowMs);
  const stage = join(dataFolder, `${STAGE_PREFIX}${options.id}`);
  try {
    await mkdir(stage, { mode: 0o700 });
    const site = { name: SITE_ENTRY, path: await siteOf(options, stage), bytes: siteBytes };
    const sources = await holdStill([...found, site], stage);
    const bytes = await sealAndProve(file, sources, options);
    if (file !== options.output && options.keep !== null) await keepNewest(options.output, options.keep);
    return { file, files: sources.length, bytes };
  } catch (error) {
    throw error instanceof BackupProblem ? error : notMade(file, error);
  } finally {
    await rm(stage, { recursive: true, force: true });
  }

  async function sealAndProve(path: string, sources: readonly ParcelSource[], { passphrase }: BackupOptions): Promise<number> {
    const unproven = `${path}.new`;
    try {
      await rm(unproven, { force: true });
      const handle = await open(unproven, "wx", 0o600);
      try {
        await seal(handle, { roomward: version, journal: FLOOR, madeAtMs: nowMs }, passphrase, pack(sources));
        await handle.sync();
      } finally {
        await handle.close();
      }
      await unseal(unproven, passphrase, { version, journal: MIGRATIONS.length }, async (content) => void (await unpack(content, null)));
      await rename(unproven, path);
      await syncFolder(dirname(path));
      return (await stat(path)).size;
    } finally {
      await rm(unproven, { force: true });
    }
  }
}

async function outputFile({ output, nowMs }: BackupOptions): Promise<string> {
  const there = await lstat(output).catch(() => null);
  if (there?.isDirectory() === true) return join(output, `roomward-${new Date(nowMs).toISOString().replaceAll(/[:.]/g, "-")}${SUFFIX}`);
  if (there !== null && !(await isSealed(output))) throw inTheWay(output);
  return output;
}

/** The site file; where it has gone, what runs without it: a room that lives is backed up. */
async function siteOf({ siteFile, dataFolder, nowMs }: BackupOptions, stage: string): Promise<string> {
  try {
    await access(siteFile, constants.R_OK);
    return siteFile;
  } catch (error) {
    const clock = { wallMs: () => nowMs, wallTrusted: () => true, sleep: async () => undefined };
    const found = await siteThatRuns(siteFile, dataFolder, clock);
    if ("problems" in found) throw cannotRead(siteFile, error);
    const copy = join(stage, "running.yaml");
    await writeFile(copy, found.good.text, { mode: 0o600 });
    return copy;
  }
}

interface Found extends ParcelSource {
  readonly bytes: number;
}

/** Every plain file of the data folder that is part of the room. Links are not followed. */
async function filesOf(dataFolder: string, withHistory: boolean): Promise<readonly Found[]> {
  const listed = await readdir(dataFolder, { recursive: true, withFileTypes: true }).catch((error) =>
    Promise.reject(cannotRead(dataFolder, error)),
  );
  const found: Found[] = [];
  for (const entry of listed) {
    const path = join(entry.parentPath, entry.name);
    const inside = relative(dataFolder, path);
    if (!entry.isFile() || PASSED_OVER.test(entry.name) || inside.startsWith(STAGE_PREFIX)) continue;
    if (inside === HISTORY_FILE && !withHistory) continue;
    const bytes = await stat(path).then(
      ({ size }) => size,
      () => null, // Gone since it was listed: a temporary file.
    );
    if (bytes !== null) found.push({ name: `${DATA_PREFIX}${inside}`, path, bytes });
  }
  const bytes = found.reduce((sum, one) => sum + one.bytes, 0);
  if (found.length >= FILES_MAX || bytes > BYTES_MAX) throw tooMuch(dataFolder, found.length, bytes);
  return found;
}

/** Copies that nobody writes to: databases through their own door, in one moment; other files are replaced by their writers, never altered. */
async function holdStill(found: readonly Found[], stage: string): Promise<readonly ParcelSource[]> {
  const sources: ParcelSource[] = [];
  for (const { name, path } of found) {
    const copy = join(stage, name);
    await mkdir(dirname(copy), { recursive: true, mode: 0o700 });
    if (name.endsWith(".db")) copyDatabase(path, copy);
    else await copyFile(path, copy);
    sources.push({ name, path: copy });
  }
  return sources;
}

async function expectSpace(dataFolder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(dataFolder);
  if (bavail * bsize < bytes + SPACE_LEFT_BYTES) throw noSpace(dataFolder, bytes + SPACE_LEFT_BYTES);
}

async function forgetAbandoned(dataFolder: string, nowMs: number): Promise<void> {
  for (const name of await readdir(dataFolder)) {
    if (!name.startsWith(STAGE_PREFIX)) continue;
    const { mtimeMs } = await stat(join(dataFolder, name));
    if (Math.abs(nowMs - mtimeMs) > ABANDONED_AFTER_MS) await rm(join(dataFolder, name), { recursive: true, force: true });
  }
}

/** Names sort by time. Only files that carry our name are looked at. */
async function keepNewest(folder: string, keep: number): Promise<void> {
  const names = (await readdir(folder)).filter((name) => /^roomward-[0-9TZ-]+\.backup$/.test(name)).sort();
  for (const name of names.slice(0, -keep)) await rm(join(folder, name));
}

/** Makes names that were given or taken in a folder survive a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function noJournal(folder: string): BackupProblem {
  return new BackupProblem({
    zh: `${folder} 中没有 ${JOURNAL_FILE}，不是 Roomward 的数据目录。未备份；请用 --data 指明数据目录。`,
    en: `There is no ${JOURNAL_FILE} in ${folder}: it is not a data folder of Roomward. Nothing was backed up; name the data folder with --data.`,
  });
}

function inTheWay(file: string): BackupProblem {
  return new BackupProblem({
    zh: `${file} 已存在，且不是备份文件。未覆盖；请换一个文件名。`,
    en: `${file} exists and is not a backup. It was left alone; choose another name.`,
  });
}

function tooMuch(folder: string, files: number, bytes: number): BackupProblem {
  return new BackupProblem({
    zh: `${folder} 有 ${files} 个文件、${bytes} 字节，超过备份上限（${FILES_MAX} 个、${BYTES_MAX} 字节）。未备份；请移走不属于它的文件。`,
    en: `${folder} holds ${files} files, ${bytes} bytes; a backup takes ${FILES_MAX} and ${BYTES_MAX}. Nothing was backed up; move away what does not belong there.`,
  });
}

function noSpace(folder: string, bytes: number): BackupProblem {
  const mebibytes = Math.ceil(bytes / 1_048_576);
  return new BackupProblem({
    zh: `${folder} 所在磁盘剩余空间不足：备份期间需要 ${mebibytes} MiB。未备份；请清理磁盘。`,
    en: `The disk of ${folder} has too little room: a backup needs ${mebibytes} MiB while it is made. Nothing was backed up; free some space.`,
  });
}

function notMade(file: string, error: unknown): BackupProblem {
  return new BackupProblem({
    zh: `备份 ${basename(file)} 未完成（${reasonOf(error)}），没有留下半份文件。请检查 ${dirname(file)} 的空间与权限后重试。`,
    en: `The backup ${basename(file)} was not made (${reasonOf(error)}); no half file was left. Check space and permissions of ${dirname(file)} and try again.`,
  });
}
