import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Words } from "../contract/alarm.ts";
import { makeFolder } from "../platform/folder.ts";
import { type DatabaseSync, openAlone, openToWrite, setAside } from "../platform/sqlite.ts";
import { FolderInUse, reasonOf, setAsideWords } from "./faults.ts";
import { MIGRATIONS } from "./schema.ts";

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
  writeFileSync(join(directory, PID_FILE), `${process.pid}\n`, { mode: 0o600 });
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

/** Opens the journal and brings it to today's tables. A damaged file is set aside under `.damaged-<time>` and a new one started. */
export function openDatabase(options: {
  readonly directory: string;
  readonly bytesMax: number;
  /** Names a file that is set aside. */
  readonly wallMs: number;
  /** The file has just failed in use: it is read as a whole before it is trusted again. */
  readonly suspect: boolean;
}): { readonly db: DatabaseSync; readonly notice: Words | null } {
  const file = join(options.directory, JOURNAL_FILE);
  const open = (look: "whole" | "quickAfterKill"): DatabaseSync =>
    openToWrite(file, { bytesMax: options.bytesMax, migrations: MIGRATIONS, look });
  try {
    return { db: open(options.suspect ? "whole" : "quickAfterKill"), notice: null };
  } catch (error) {
    if (reasonOf(error) !== "corrupt") throw error;
    const aside = setAside(file, options.wallMs);
    return { db: open("quickAfterKill"), notice: setAsideWords(file, aside) };
  }
}
