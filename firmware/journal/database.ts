import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Words } from "../contract/alarm.ts";
import { makeFolder } from "../platform/folder.ts";
import { commitsBehindDamage } from "../platform/log-damage.ts";
import { bytesOf, copyAside, type DatabaseSync, type Look, openAlone, openToWrite, setAside, wasCutShort } from "../platform/sqlite.ts";
import { FolderInUse, logDamageWords, reasonOf, setAsideWords } from "./faults.ts";
import { FLOOR, MIGRATIONS } from "./schema.ts";

export const JOURNAL_FILE = "journal.db";
const LOCK_FILE = "journal.lock";
const PID_FILE = "journal.pid";
/** A process that was told to stop may still be closing. */
const LOCK_WAIT_MS = 1_000;

/**
 * Claims the folder for this process until it closes or dies: the lock is the operating system's, so a killed process leaves none
 * behind. The journal itself stays readable for backups and service.
 */
export function lockFolder(directory: string): { release(): void } {
  makeFolder(directory);
  const file = join(directory, LOCK_FILE);
  const lock = lockOf(file, directory);
  try {
    writeFileSync(join(directory, PID_FILE), `${process.pid}\n`, { mode: 0o600 });
  } catch (error) {
    // Kept, it would stand in the way of the next attempt.
    lock.close();
    throw error;
  }
  return { release: () => lock.close() };
}

/** The process whose gateway has this folder; null: none runs. */
export function gatewayOf(directory: string): number | null {
  const file = join(directory, LOCK_FILE);
  if (!existsSync(file)) return null;
  try {
    openAlone(file, 0).close();
    return null;
  } catch (error) {
    const pid = reasonOf(error) === "locked" ? Number(pidIn(directory)) : 0;
    // A command may have the folder for a moment, too.
    return pid > 0 && isGateway(pid) ? pid : null;
  }
}

function isGateway(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").includes("run");
  } catch {
    return false;
  }
}

function lockOf(file: string, directory: string): DatabaseSync {
  try {
    return openAlone(file, LOCK_WAIT_MS);
  } catch (error) {
    if (reasonOf(error) === "corrupt") {
      rmSync(file); // Only a damaged card writes into it; it never has content.
      return lockOf(file, directory);
    }
    throw reasonOf(error) === "locked" ? new FolderInUse(`pid ${pidIn(directory)}`) : error;
  }
}

function pidIn(directory: string): string {
  try {
    return readFileSync(join(directory, PID_FILE), "utf8").trim();
  } catch {
    return "?";
  }
}

/** Which file the journal is, so that one that was deleted or exchanged under us is noticed: SQLite goes on writing to what nobody can find. */
export function journalIdentity(directory: string): string | null {
  const stat = statSync(join(directory, JOURNAL_FILE), { throwIfNoEntry: false });
  return stat === undefined ? null : `${stat.dev} ${stat.ino}`;
}

/**
 * A file up to this size is read before it is used: two months of an ordinary room, a second from a slow card. A larger one is read
 * beside the work that has begun, so that a year of history keeps nobody from watching the room.
 */
const READ_AT_OPEN_BYTES = 64 * 1024 * 1024;

export interface OpenedJournal {
  readonly db: DatabaseSync;
  /** A damaged file was set aside. */
  readonly notice: Words | null;
  /** What still has to be read beside the work before the file is trusted; `none` when it was. */
  readonly owed: Look;
}

/** Opens the journal and brings it to today's tables. A damaged file is set aside under `.damaged-<time>` and a new one started. */
export function openDatabase(options: {
  readonly directory: string;
  readonly bytesMax: number;
  /** Names a file that is set aside. */
  readonly wallMs: number;
  /** The file has just failed in use: it is read as a whole before it is trusted again. */
  readonly suspect: boolean;
  readonly readAtOpenBytes?: number;
}): OpenedJournal {
  const file = join(options.directory, JOURNAL_FILE);
  const open = (look: Look): DatabaseSync => openToWrite(file, { bytesMax: options.bytesMax, migrations: MIGRATIONS, floor: FLOOR, look });
  const wanted: Look = options.suspect || wasCutShort(file) ? "whole" : "quick";
  const isRead = options.suspect || bytesOf(file) <= (options.readAtOpenBytes ?? READ_AT_OPEN_BYTES);
  const behind = commitsBehindDamage(file);
  // What SQLite will not read of the log is kept for a person with tools.
  const notice = behind === 0 ? null : logDamageWords(file, keptCopy(file, options.wallMs), behind);
  try {
    return { db: open(isRead ? wanted : "none"), notice, owed: isRead ? "none" : wanted };
  } catch (error) {
    if (reasonOf(error) !== "corrupt") throw error;
    const aside = setAside(file, options.wallMs);
    return { db: open("none"), notice: setAsideWords(file, aside), owed: "none" };
  }
}

/** Null: there was no room for it, which is no reason not to start. */
function keptCopy(file: string, wallMs: number): string | null {
  try {
    return copyAside(file, wallMs);
  } catch {
    return null;
  }
}
