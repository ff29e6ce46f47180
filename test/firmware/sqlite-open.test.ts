import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openDatabase } from "../../firmware/journal/database.ts";
import { lookThrough, openToWrite } from "../../firmware/platform/sqlite.ts";
import { entry, journalHere, raised } from "./journal-entries.ts";

/** A SQLite that says yes and does something else. */
const { instead } = vi.hoisted(() => ({ instead: { pragma: "", value: "" } }));
vi.mock("node:sqlite", async (original) => {
  const real = await original<typeof import("node:sqlite")>();
  class DatabaseSync extends real.DatabaseSync {
    override exec(sql: string): void {
      const { pragma, value } = instead;
      super.exec(pragma === "" ? sql : sql.replace(new RegExp(`PRAGMA ${pragma} = \\w+`), `PRAGMA ${pragma} = ${value}`));
    }
  }
  return { ...real, DatabaseSync };
});

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "roomward-sqlite-"));
  file = join(folder, "journal.db");
});
afterEach(() => {
  instead.pragma = "";
  rmSync(folder, { recursive: true });
});

const options = {
  bytesMax: 1e8,
  migrations: ["CREATE TABLE t (n INTEGER, text TEXT) STRICT; CREATE INDEX t_n ON t (n)"],
  floor: 1,
  look: "none",
} as const;

const broken = [
  ["journal_mode", "DELETE", "PRAGMA journal_mode is delete, needed wal"],
  ["synchronous", "NORMAL", "PRAGMA synchronous is 1, needed 2"],
] as const;

test.each(broken)("a database with %s = %s is not used at a first open", (pragma, value, words) => {
  Object.assign(instead, { pragma, value });
  expect(() => openToWrite(file, options)).toThrow(words);
});

test("nor at a later one: a journal that is opened anew after a fault is asked again", async () => {
  const journal = journalHere(folder);
  expect(await journal.commit(entry([raised()]))).toMatchObject({ ok: true });
  Object.assign(instead, { pragma: "synchronous", value: "OFF" });
  rmSync(file);
  expect(await journal.commit(entry([raised()]))).toMatchObject({ ok: false, reason: "unusable" });
  instead.pragma = "";
  await journal.commit(entry([]));
  expect(await journal.commit(entry([raised()]))).toMatchObject({ ok: true });
  await journal.close();
});

function filled(rows: number): void {
  const db = openToWrite(file, options);
  db.exec(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows}) INSERT INTO t SELECT i, 'text ' || i FROM n`);
  db.close();
}

test("a quick look finds a bent page, a whole one also an index that does not say what its table says", () => {
  filled(5_000);
  expect(() => lookThrough(file, "whole")).not.toThrow();
  const bytes = readFileSync(file);
  const db = new DatabaseSync(file);
  db.enableDefensive(false);
  db.exec("PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = 'CREATE INDEX t_n ON t (text)' WHERE name = 't_n'");
  db.close();
  expect(() => lookThrough(file, "quick")).not.toThrow();
  expect(() => lookThrough(file, "whole")).toThrow(/integrity_check/);
  writeFileSync(file, bytes.fill(0xa5, 8_192, 12_288));
  expect(() => lookThrough(file, "quick")).toThrow(/quick_check|malformed/);
});

const openJournal = (suspect: boolean, readAtOpenBytes?: number) =>
  openDatabase({ directory: folder, bytesMax: 1e9, wallMs: 0, suspect, ...(readAtOpenBytes === undefined ? {} : { readAtOpenBytes }) });

test("a journal is read before it is used: quickly after a clean end, as a whole after a cut or a failed flush; a large one beside the work", () => {
  const owed = (suspect: boolean, readAtOpenBytes?: number): string => {
    const opened = openJournal(suspect, readAtOpenBytes);
    opened.db.close();
    return opened.owed;
  };
  expect(owed(false)).toBe("none");
  expect(owed(false, 1_000)).toBe("quick");
  expect(owed(true, 1_000)).toBe("none");
  cutShort();
  expect(existsSync(`${file}-wal`)).toBe(true);
  expect(owed(false, 1_000)).toBe("whole");
});

test("damage that a clean end left behind is found at the next open, before anything is answered", () => {
  openJournal(false).db.close();
  const bytes = readFileSync(file);
  writeFileSync(file, bytes.fill(0xa5, bytes.length - 3 * 4_096));
  expect(openJournal(false).notice).toMatchObject({ en: expect.stringContaining("was damaged"), zh: expect.stringContaining("已损坏") });
});

/** Another process writes and is killed. */
function cutShort(): void {
  const script = `const { DatabaseSync } = require("node:sqlite"); const db = new DatabaseSync(${JSON.stringify(file)});
    db.exec("PRAGMA journal_mode = WAL; CREATE TABLE IF NOT EXISTS cut (n); INSERT INTO cut VALUES (1)"); process.kill(process.pid, "SIGKILL");`;
  try {
    execFileSync(process.execPath, ["-e", script], { stdio: "ignore" });
  } catch {
    // That is how it ends.
  }
}
