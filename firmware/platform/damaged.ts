import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Space, spaceOf } from "./space.ts";

/** What `asideName` names, and what programs before it did: `.damaged` and `.damaged.1`. A database's log lies beside it. */
const DAMAGED = /^[\w.-]+\.damaged(\.\d+|-[\w-]+)?$/;
const LOG_SUFFIX = "-wal";
/** Copies kept for whoever looks into them; the oldest go, so that a failing card does not fill itself with them. */
const COPIES_KEPT_MAX = 6;
const BYTES_KEPT_MAX = 1024 * 1024 * 1024;
const DISK_PART_MAX = 0.25;

export interface DamagedFile {
  readonly name: string;
  /** With its log. */
  readonly bytes: number;
  /** When it was last written, wall clock. */
  readonly atMs: number;
}

/** Under which name a damaged file is set aside, a database or a small file: never one that is taken, for what has it is evidence, too. */
export function asideName(file: string, wallMs: number): string {
  const name = `${file}.damaged-${new Date(wallMs).toISOString().replaceAll(/[:.]/g, "-")}`;
  let free = name;
  for (let n = 2; existsSync(free); n += 1) free = `${name}-${n}`;
  return free;
}

/** The damaged files of a data folder, the youngest first. */
export function damagedIn(directory: string): readonly DamagedFile[] {
  const names = readdirSync(directory).filter((name) => DAMAGED.test(name) && !name.endsWith(LOG_SUFFIX));
  return names
    .flatMap((name): DamagedFile[] => {
      const stat = statSync(join(directory, name), { throwIfNoEntry: false });
      if (stat === undefined || !stat.isFile()) return [];
      const log = statSync(join(directory, `${name}${LOG_SUFFIX}`), { throwIfNoEntry: false })?.size ?? 0;
      return [{ name, bytes: stat.size + log, atMs: stat.mtimeMs }];
    })
    .sort((a, b) => b.atMs - a.atMs || (a.name < b.name ? 1 : -1));
}

/** Deletes one of them. @returns false when there is none of that name: nothing else in the folder can be deleted this way. */
export function deleteDamaged(directory: string, name: string): boolean {
  if (!damagedIn(directory).some((file) => file.name === name)) return false;
  for (const suffix of ["", LOG_SUFFIX]) rmSync(join(directory, `${name}${suffix}`), { force: true });
  return true;
}

/** Keeps the youngest, as many as there is room for; the very youngest in any case. @returns the names of those that went. */
export function pruneDamaged(directory: string, space: (directory: string) => Space = spaceOf): readonly string[] {
  const bytesMax = Math.min(BYTES_KEPT_MAX, space(directory).size * DISK_PART_MAX);
  let bytes = 0;
  const gone = damagedIn(directory).filter((file, index) => {
    bytes += file.bytes;
    return index > 0 && (index >= COPIES_KEPT_MAX || bytes > bytesMax);
  });
  for (const { name } of gone) deleteDamaged(directory, name);
  return gone.map(({ name }) => name);
}
