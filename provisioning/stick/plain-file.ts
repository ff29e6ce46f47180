import { constants } from "node:fs";
import { type FileHandle, lstat, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { syncFolder } from "../backup/make.ts";
import { cannotRead, StickProblem } from "./problem.ts";

/** Reads blocks of this size: what is only summed never lies in memory as a whole. */
const BLOCK_BYTES = 65_536;

/**
 * The bytes of a plain file, in blocks. A stick is a stranger's: links are not followed, a pipe or a device is refused without
 * waiting for it, and nothing is read beyond `bytesMax`. Throws a `StickProblem`.
 */
export async function* blocksOf(file: string, bytesMax: number): AsyncGenerator<Buffer> {
  const handle = await openPlain(file);
  try {
    const found = await handle.stat();
    if (!found.isFile()) throw notPlain(file);
    if (found.size > bytesMax) throw tooLarge(file, found.size, bytesMax);
    for (let total = 0; ; ) {
      const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(BLOCK_BYTES), 0, BLOCK_BYTES, total);
      if (bytesRead === 0) return;
      total += bytesRead;
      if (total > bytesMax) throw tooLarge(file, total, bytesMax);
      yield buffer.subarray(0, bytesRead);
    }
  } catch (error) {
    throw error instanceof StickProblem ? error : cannotRead(file, error);
  } finally {
    await handle.close();
  }
}

/** All bytes of a small plain file; the same care as `blocksOf`. */
export async function bytesOf(file: string, bytesMax: number): Promise<Buffer> {
  const blocks: Buffer[] = [];
  for await (const block of blocksOf(file, bytesMax)) blocks.push(block);
  return Buffer.concat(blocks);
}

async function openPlain(file: string): Promise<FileHandle> {
  try {
    return await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    throw error instanceof Error && "code" in error && error.code === "ELOOP" ? notPlain(file) : cannotRead(file, error);
  }
}

export async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    (error) => (error.code === "ENOENT" || error.code === "ENOTDIR" ? false : Promise.reject(cannotRead(path, error))),
  );
}

/** Refuses a folder that is a link to somewhere else, or no folder. */
export async function expectFolder(folder: string): Promise<void> {
  const found = await lstat(folder).catch((error) => Promise.reject(cannotRead(folder, error)));
  if (!found.isDirectory()) throw notPlain(folder);
}

/** Writes a file as a whole or not at all, and makes it survive a power cut: temporary name, flush, rename, flush of the folder. */
export async function writeWhole(
  file: string,
  content: string | Buffer,
  dress: (temporary: string) => Promise<void> = async () => undefined,
): Promise<void> {
  const temporary = `${file}.new`;
  // Removed by name, then made anew: a link of that name is not followed.
  await rm(temporary, { force: true });
  try {
    const handle = await open(temporary, "wx", 0o600);
    try {
      await handle.writeFile(content);
      await dress(temporary);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
  await syncFolder(dirname(file));
}

function notPlain(file: string): StickProblem {
  return new StickProblem({
    zh: `${file} 不是普通文件或文件夹（可能是链接或设备）。未作任何更改；请由规划人员重新制作 U 盘。`,
    en: `${file} is not a plain file or folder (a link or a device, perhaps). Nothing was changed; have the planner make the stick again.`,
  });
}

function tooLarge(file: string, bytes: number, bytesMax: number): StickProblem {
  return new StickProblem({
    zh: `${file} 有 ${bytes} 字节，上限 ${bytesMax}。未作任何更改；请由规划人员重新制作 U 盘。`,
    en: `${file} has ${bytes} bytes; the limit is ${bytesMax}. Nothing was changed; have the planner make the stick again.`,
  });
}
