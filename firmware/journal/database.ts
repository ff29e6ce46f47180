import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Words } from "../contract/alarm.ts";
import { FolderInUse, reasonOf, setAsideWords, UnusableJournal } from "./faults.ts";
import { MIGRATIONS } from "./schema.ts";

// The one file that imports node:sqlite.
export type { DatabaseSync, StatementSync } from "node:sqlite";

export const JOURNAL_FILE = "journal.db";
const LOCK_FILE = "journal.lock";
const PID_FILE = "journal.pid";
/** A process that was told to stop may still be closing. */
const LOCK_WAIT_MS = 1_000;
const BUSY_TIMEOUT_MS = 5_000;
const PAGE_BYTES = 4_096;
/** The write-ahead log is cut back to this after an alarm storm. */
const LOG_BYTES_KEPT = 4_194_304;
const SQLITE_CORRUPT = 11;

/**
 * Claims the folder for this process until it closes or dies: the lock is the operating system's, so a killed process leaves none
 * behind. The journal itself stays readable for backups and service.
 */
export function lockFolder(directory: string): { release(): void } {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const file = join(directory, LOCK_FILE);
  const lock = new DatabaseSync(file, { timeout: LOCK_WAIT_MS });
  try {
    lock.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    lock.close();
    if (reasonOf(error) === "corrupt") {
      rmSync(file); // Only a damaged card writes into it; it never has content.
      return lockFolder(directory);
    }
    throw reasonOf(error) === "locked" ? new FolderInUse(`pid ${pidIn(directory)}`) : error;
  }
  writeFileSync(join(directory, PID_FILE), `${process.pid}\n`, { mode: 0o600 });
  return { release: () => lock.close() };
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
  try {
    return { db: openFile(file, options.bytesMax, options.suspect), notice: null };
  } catch (error) {
    if (reasonOf(error) !== "corrupt") throw error;
    const aside = setAside(file, options.wallMs);
    return { db: openFile(file, options.bytesMax, false), notice: setAsideWords(file, aside) };
  }
}

/** For looking only: also beside a gateway that is writing. */
export function openToRead(file: string): DatabaseSync {
  return new DatabaseSync(file, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
}

function openFile(file: string, bytesMax: number, suspect: boolean): DatabaseSync {
  // A clean close removes the write-ahead log. One that is there means a power cut or a kill: look before trusting.
  const unclean = existsSync(`${file}-wal`);
  closeSync(openSync(file, "a", 0o600)); // SQLite gives its log the mode of the file it finds.
  const db = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS, enableForeignKeyConstraints: true });
  try {
    db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
    db.exec(`PRAGMA max_page_count = ${Math.ceil(bytesMax / PAGE_BYTES)}; PRAGMA journal_size_limit = ${LOG_BYTES_KEPT}`);
    expectPragma(db, "journal_mode", "wal");
    expectPragma(db, "synchronous", 2);
    expectPragma(db, "foreign_keys", 1);
    expectPragma(db, "busy_timeout", BUSY_TIMEOUT_MS);
    if (suspect) expectSound(db, "integrity_check");
    else if (unclean) expectSound(db, "quick_check");
    migrate(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Without these a power cut loses commits that were acknowledged, so the answer is read back after every open. */
function expectPragma(db: DatabaseSync, name: string, expected: string | number): void {
  const found = Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0];
  if (found !== expected) throw new UnusableJournal(`PRAGMA ${name} is ${String(found)}, needed ${expected}`);
}

function expectSound(db: DatabaseSync, check: "quick_check" | "integrity_check"): void {
  const verdict = Object.values(db.prepare(`PRAGMA ${check}(1)`).get() ?? {})[0];
  if (verdict !== "ok") throw Object.assign(new Error(`${check}: ${String(verdict)}`), { errcode: SQLITE_CORRUPT });
}

function migrate(db: DatabaseSync): void {
  const done = Number(Object.values(db.prepare("PRAGMA user_version").get() ?? {})[0]);
  if (done > MIGRATIONS.length)
    throw new UnusableJournal(`journal.db is of a newer version (${done}) than this program (${MIGRATIONS.length})`);
  for (const [index, step] of MIGRATIONS.entries()) {
    if (index < done) continue;
    db.exec("BEGIN IMMEDIATE");
    try {
      db.exec(`${step}; PRAGMA user_version = ${index + 1}`);
      db.exec("COMMIT");
    } catch (error) {
      db.exec("ROLLBACK");
      throw error;
    }
  }
}

/** Keeps the damaged file with its log: what is in them may still be read by a person with tools. */
function setAside(file: string, wallMs: number): string {
  const stamp = new Date(wallMs).toISOString().replaceAll(/[:.]/g, "-");
  let aside = `${file}.damaged-${stamp}`;
  for (let n = 2; existsSync(aside); n += 1) aside = `${file}.damaged-${stamp}-${n}`;
  for (const suffix of ["", "-wal"]) if (existsSync(`${file}${suffix}`)) renameSync(`${file}${suffix}`, `${aside}${suffix}`);
  rmSync(`${file}-shm`, { force: true });
  return aside;
}

/**
 * Writes a whole, compact copy of a database that may be in use by another process: one moment of it, which commits after that do
 * not touch. The copy is read as a whole before it is called one; throws SQLite's error when it is damaged or the disk is full.
 */
export function copyDatabase(file: string, to: string): void {
  const from = new DatabaseSync(file, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
  try {
    from.prepare("VACUUM INTO ?").run(to);
  } finally {
    from.close();
  }
  chmodSync(to, 0o600);
  checkDatabase(to);
}

/** Throws when the file is not a sound database. @returns its count of migrations done. */
export function checkDatabase(file: string): number {
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    expectSound(db, "quick_check");
    return Number(Object.values(db.prepare("PRAGMA user_version").get() ?? {})[0]);
  } finally {
    db.close();
  }
}
