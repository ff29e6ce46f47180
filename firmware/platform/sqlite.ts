import { chmodSync, closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";

// The one file that imports node:sqlite.
export type { DatabaseSync, StatementSync } from "node:sqlite";

const BUSY_TIMEOUT_MS = 5_000;
const PAGE_BYTES = 4_096;
/** The write-ahead log is cut back to this after a storm. */
const LOG_BYTES_KEPT = 4_194_304;
const SQLITE_ERROR = 1;
const SQLITE_CORRUPT = 11;

/** The file or the file system cannot do what is promised: a newer version's file, or no write-ahead log there. */
export class UnusableDatabase extends Error {}

export interface OpenOptions {
  /** The file never grows beyond this; at the limit SQLite answers as on a full disk. */
  readonly bytesMax: number;
  /** Steps from an empty file to today's tables; `PRAGMA user_version` counts the steps done. */
  readonly migrations: readonly string[];
  /** How much is read before the file is trusted. A clean close removes the write-ahead log: one that is there means a power cut or a kill. */
  readonly look: "whole" | "quickAfterKill" | "none";
}

/** Opens or makes a database in which a commit that was answered survives a power cut. Throws SQLite's errors, and `UnusableDatabase`. */
export function openToWrite(file: string, { bytesMax, migrations, look }: OpenOptions): DatabaseSync {
  const unclean = existsSync(`${file}-wal`);
  flushLogAgain(file); // Nobody knows why it was left: a kill in the middle of a flush that fails, perhaps.
  closeSync(openSync(file, "a", 0o600)); // SQLite gives its log the mode of the file it finds.
  const db = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS, enableForeignKeyConstraints: true });
  try {
    db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
    db.exec(`PRAGMA max_page_count = ${Math.ceil(bytesMax / PAGE_BYTES)}; PRAGMA journal_size_limit = ${LOG_BYTES_KEPT}`);
    expectPragma(db, "journal_mode", "wal");
    expectPragma(db, "synchronous", 2);
    expectPragma(db, "foreign_keys", 1);
    expectPragma(db, "busy_timeout", BUSY_TIMEOUT_MS);
    if (look === "whole") expectSound(db, "integrity_check");
    else if (look === "quickAfterKill" && unclean) expectSound(db, "quick_check");
    migrate(db, file, migrations);
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

/**
 * What an error says while a file is opened and its statements are prepared. They are the same every time: when SQLite does not know a
 * table or a column of theirs (SQLITE_ERROR), the page with the schema is bent, which its own check does not notice.
 */
export function atOpen(error: unknown): unknown {
  const isSchema = error instanceof Error && "errcode" in error && error.errcode === SQLITE_ERROR;
  return isSchema ? Object.assign(new Error(error.message), { errcode: SQLITE_CORRUPT }) : error;
}

/** For looking only: also beside a gateway that is writing. */
export function openToRead(file: string): DatabaseSync {
  return new DatabaseSync(file, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
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
  const from = openToRead(file);
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

function expectSound(db: DatabaseSync, check: "quick_check" | "integrity_check"): void {
  const verdict = pragma(db, `${check}(1)`);
  if (verdict !== "ok") throw Object.assign(new Error(`${check}: ${String(verdict)}`), { errcode: SQLITE_CORRUPT });
}

function migrate(db: DatabaseSync, file: string, migrations: readonly string[]): void {
  const done = Number(pragma(db, "user_version"));
  if (done > migrations.length) {
    const name = file.slice(file.lastIndexOf("/") + 1);
    throw new UnusableDatabase(`${name} is of a newer version (${done}) than this program (${migrations.length})`);
  }
  for (const [index, step] of migrations.entries())
    if (index >= done) inTransaction(db, () => db.exec(`${step}; PRAGMA user_version = ${index + 1}`));
}
