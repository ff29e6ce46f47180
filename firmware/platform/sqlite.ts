import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { asideName } from "./damaged.ts";

// The one file that imports node:sqlite.
export type { DatabaseSync, StatementSync } from "node:sqlite";

const BUSY_TIMEOUT_MS = 5_000;
/** Small ones: a commit of one event or one minute touches several, and each goes to the card whole. Files of older boxes keep theirs. */
const PAGE_BYTES = 1_024;
/** The write-ahead log is folded into the file when it is as large as this, and is cut back to it after a storm. */
const LOG_BYTES = 4 * 1024 * 1024;
const SQLITE_ERROR = 1;
const SQLITE_CORRUPT = 11;
/** How many steps were done, where more were done than a program must know. */
const STEPS_TABLE = "schema_steps";

/** The file or the file system cannot do what is promised: a newer version's file, or no write-ahead log there. */
export class UnusableDatabase extends Error {}

export interface OpenOptions {
  /** The file never grows beyond this; at the limit SQLite answers as on a full disk. */
  readonly bytesMax: number;
  /** Steps from an empty file to today's tables. Only ever appended to. */
  readonly migrations: readonly string[];
  /**
   * How many of these steps a program must know to read and write today's file: the number of the last step that was not merely
   * additive. `PRAGMA user_version` says it, so that yesterday's program opens what today's has written, after a roll back.
   */
  readonly floor: number;
  /** How much is read before the file is trusted. */
  readonly look: Look;
  /** No other connection can read or write the file until this one is closed; there is no `-shm` file beside it. */
  readonly isAlone?: boolean;
}

/** `quick`: every page and record; `whole`: also that every index says what its table says, which takes about twice as long. */
export type Look = "whole" | "quick" | "none";

/** Opens or makes a database in which a commit that was answered survives a power cut. Throws SQLite's errors, and `UnusableDatabase`. */
export function openToWrite(file: string, { bytesMax, migrations, floor, look, isAlone = false }: OpenOptions): DatabaseSync {
  const isCutShort = wasCutShort(file);
  flushLogAgain(file); // Nobody knows why it was left: a kill in the middle of a flush that fails, perhaps.
  closeSync(openSync(file, "a", 0o600)); // SQLite gives its log the mode of the file it finds.
  const db = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS, enableForeignKeyConstraints: true });
  try {
    // Pages that are freed can go back to the disk. Only an empty file takes this; those of older boxes use their free pages again instead.
    if (isAlone) db.exec("PRAGMA locking_mode = EXCLUSIVE");
    db.exec(`PRAGMA page_size = ${PAGE_BYTES}; PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL`);
    db.exec(`PRAGMA journal_size_limit = ${LOG_BYTES}; PRAGMA wal_autocheckpoint = ${Math.floor(LOG_BYTES / pageBytes(db))}`);
    limitBytes(db, bytesMax);
    expectPragma(db, "journal_mode", "wal");
    expectPragma(db, "synchronous", 2);
    expectPragma(db, "foreign_keys", 1);
    expectPragma(db, "busy_timeout", BUSY_TIMEOUT_MS);
    expectSound(db, look);
    migrate(db, file, migrations, floor);
    if (isCutShort) beginLogAnew(db);
    return db;
  } catch (error) {
    db.close();
    throw atOpen(error);
  }
}

/**
 * After a flush that failed, Linux holds pages for written that are on no disk, and shows them to every reader until the power goes: a
 * commit that was refused is found in the log, and made again it has nothing left to flush. Written once more, with the bytes that
 * they have, they are flushed in earnest. Throws what the file system throws.
 */
export function flushLogAgain(file: string): void {
  if (!existsSync(`${file}-wal`)) return;
  const bytes = readFileSync(`${file}-wal`);
  const log = openSync(`${file}-wal`, "r+");
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(log, bytes, at, bytes.length - at, at);
    fsyncSync(log);
  } finally {
    closeSync(log);
  }
}

/** What a cut left behind the last whole commit would stand among the next ones, and be taken for damage at the next cut. */
function beginLogAnew(db: DatabaseSync): void {
  try {
    db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  } catch {
    // No room for it now: the log stays as it is, and is good.
  }
}

/**
 * What an error says while a file is opened and its statements are prepared. They are the same every time: when SQLite does not know a
 * table or a column of theirs (SQLITE_ERROR), the page with the schema is bent, which its own check does not notice.
 */
export function atOpen(error: unknown): unknown {
  const isSchema = error instanceof Error && "errcode" in error && error.errcode === SQLITE_ERROR;
  return isSchema ? Object.assign(new Error(error.message), { errcode: SQLITE_CORRUPT }) : error;
}

/** A file that is larger already stays as it is, and does not grow. */
export function limitBytes(db: DatabaseSync, bytesMax: number): void {
  db.exec(`PRAGMA max_page_count = ${Math.ceil(bytesMax / pageBytes(db))}`);
}

function pageBytes(db: DatabaseSync): number {
  return Number(pragma(db, "page_size"));
}

/** A clean close removes the write-ahead log: one that is there means a power cut or a kill, or that somebody has the file open. */
export function wasCutShort(file: string): boolean {
  return existsSync(`${file}-wal`);
}

/** Of the file and its log, as they lie on the disk. */
export function bytesOf(file: string): number {
  return [file, `${file}-wal`].reduce((sum, path) => sum + (statSync(path, { throwIfNoEntry: false })?.size ?? 0), 0);
}

/** Reads a database as a whole beside those who work with it, and throws when it is damaged. */
export function lookThrough(file: string, look: Look): void {
  const db = openToRead(file);
  try {
    expectSound(db, look);
  } finally {
    db.close();
  }
}

/** For looking only: also beside a gateway that is writing. */
export function openToRead(file: string, waitMs = BUSY_TIMEOUT_MS): DatabaseSync {
  return new DatabaseSync(file, { readOnly: true, timeout: waitMs });
}

/** A file that this process alone has until it closes or dies: the lock is the operating system's. Throws SQLITE_BUSY for another's. */
export function openAlone(file: string, waitMs: number): DatabaseSync {
  const db = new DatabaseSync(file, { timeout: waitMs });
  try {
    db.exec("BEGIN EXCLUSIVE");
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Everything that `work` does is on the disk when this returns, or none of it when it throws. */
export function inTransaction<Answer>(db: DatabaseSync, work: () => Answer): Answer {
  db.exec("BEGIN IMMEDIATE");
  try {
    const answer = work();
    db.exec("COMMIT");
    return answer;
  } catch (error) {
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
}

/** Keeps a damaged file with its log: what is in them may still be read by a person with tools. @returns its new name. */
export function setAside(file: string, wallMs: number): string {
  const aside = asideName(file, wallMs);
  for (const suffix of ["", "-wal"]) if (existsSync(`${file}${suffix}`)) renameSync(`${file}${suffix}`, `${aside}${suffix}`);
  rmSync(`${file}-shm`, { force: true });
  return aside;
}

/** A copy of a file that stays in use without what is damaged of it. @returns its name. */
export function copyAside(file: string, wallMs: number): string {
  const aside = asideName(file, wallMs);
  for (const suffix of ["", "-wal"]) if (existsSync(`${file}${suffix}`)) copyFileSync(`${file}${suffix}`, `${aside}${suffix}`);
  return aside;
}

/**
 * Writes a whole, compact copy of a database that may be in use by another process: one moment of it, which commits after that do
 * not touch. The copy is read as a whole before it is called one; throws SQLite's error when it is damaged or the disk is full.
 */
export function copyDatabase(file: string, to: string): void {
  const from = openToRead(file);
  try {
    from.prepare("VACUUM INTO ?").run(to);
  } finally {
    from.close();
  }
  chmodSync(to, 0o600);
  checkDatabase(to);
}

/** Throws when the file is not a sound database. @returns how many migrations a program must know to read and write it. */
export function checkDatabase(file: string): number {
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    expectSound(db, "quick");
    return Number(pragma(db, "user_version"));
  } finally {
    db.close();
  }
}

function pragma(db: DatabaseSync, name: string): unknown {
  return Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0];
}

/** Without these a power cut loses commits that were acknowledged, so the answer is read back after every open. */
function expectPragma(db: DatabaseSync, name: string, expected: string | number): void {
  const found = pragma(db, name);
  if (found !== expected) throw new UnusableDatabase(`PRAGMA ${name} is ${String(found)}, needed ${expected}`);
}

function expectSound(db: DatabaseSync, look: Look): void {
  if (look === "none") return;
  const check = look === "whole" ? "integrity_check" : "quick_check";
  const verdict = pragma(db, `${check}(1)`);
  if (verdict !== "ok") throw Object.assign(new Error(`${check}: ${String(verdict)}`), { errcode: SQLITE_CORRUPT });
}

/** Forward only, one transaction per step: a power cut leaves the file after a step, never within one. */
function migrate(db: DatabaseSync, file: string, migrations: readonly string[], floor: number): void {
  const needed = Number(pragma(db, "user_version"));
  if (needed > migrations.length) {
    const name = file.slice(file.lastIndexOf("/") + 1);
    throw new UnusableDatabase(`${name} is of a newer version (${needed}) than this program (${migrations.length})`);
  }
  const done = stepsDone(db, needed);
  for (const [index, step] of migrations.entries()) if (index >= done) inTransaction(db, () => take(db, step, index + 1, floor));
}

function take(db: DatabaseSync, step: string, number: number, floor: number): void {
  db.exec(step);
  // Programs before there was a floor count their steps here and know of nothing else.
  db.exec(`PRAGMA user_version = ${Math.min(number, floor)}`);
  if (number <= floor) return;
  db.exec(`CREATE TABLE IF NOT EXISTS ${STEPS_TABLE} (only INTEGER PRIMARY KEY CHECK (only = 1), done INTEGER NOT NULL) STRICT`);
  db.exec(`INSERT INTO ${STEPS_TABLE} (only, done) VALUES (1, ${number}) ON CONFLICT (only) DO UPDATE SET done = excluded.done`);
}

/** A newer program may have done more than this one knows of: its steps were additive, or the file would have been refused. */
function stepsDone(db: DatabaseSync, needed: number): number {
  const hasTable = db.prepare("SELECT 1 FROM sqlite_schema WHERE name = ?").get(STEPS_TABLE) !== undefined;
  if (!hasTable) return needed;
  return Math.max(needed, Number(Object.values(db.prepare(`SELECT done FROM ${STEPS_TABLE}`).get() ?? { done: 0 })[0]));
}
