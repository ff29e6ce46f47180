import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FLOOR as HISTORY_FLOOR, MIGRATIONS as HISTORY_MIGRATIONS } from "../../firmware/history/schema.ts";
import { FLOOR, MIGRATIONS } from "../../firmware/journal/schema.ts";
import { JournalStore } from "../../firmware/journal/store.ts";
import { openToWrite } from "../../firmware/platform/sqlite.ts";
import { cleared, entry, raised, STAMP } from "./journal-entries.ts";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "roomward-migrations-"));
  file = join(folder, "journal.db");
});
afterEach(() => rmSync(folder, { recursive: true }));

const open = (migrations: readonly string[], floor: number): DatabaseSync =>
  openToWrite(file, { bytesMax: 1e8, migrations, floor, look: "whole" });

interface Column {
  readonly name: string;
  readonly type: string;
  readonly notnull: number;
  readonly dflt_value: string | null;
}

/** Every table's columns, and the indexes and foreign keys that forbid something. */
function shape(db: DatabaseSync): Map<string, { columns: Map<string, Column>; rules: readonly string[] }> {
  const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").all();
  return new Map(
    tables.map(({ name }) => {
      const table = String(name);
      const columns = db.prepare(`PRAGMA table_info(${table})`).all() as unknown as Column[];
      const unique = db
        .prepare(`PRAGMA index_list(${table})`)
        .all()
        .filter((index) => index["unique"] === 1);
      const keys = db
        .prepare(`PRAGMA foreign_key_list(${table})`)
        .all()
        .map((key) => `references ${String(key["table"])} ${String(key["on_delete"])}`);
      return [
        table,
        {
          columns: new Map(columns.map((column) => [column.name, column])),
          rules: [...unique.map(({ name }) => `unique ${String(name)}`), ...keys],
        },
      ];
    }),
  );
}

const lists = [
  ["journal.db", MIGRATIONS, FLOOR],
  ["history.db", HISTORY_MIGRATIONS, HISTORY_FLOOR],
] as const;

describe.each(lists)("%s", (_, migrations, floor) => {
  test("law: every step beyond the floor only adds, so that a program that does not know it can read and write on", () => {
    expect(floor).toBeLessThanOrEqual(migrations.length);
    const db = new DatabaseSync(":memory:");
    for (const [index, step] of migrations.entries()) {
      const before = shape(db);
      db.exec(step);
      if (index < floor) continue;
      const after = shape(db);
      for (const [table, { columns, rules }] of before) {
        const now = after.get(table);
        for (const [name, column] of columns) expect(now?.columns.get(name), `step ${index + 1}: ${table}.${name}`).toEqual(column);
        expect(now?.rules, `step ${index + 1}: what ${table} forbids`).toEqual(rules);
        for (const [name, { notnull, dflt_value }] of now?.columns ?? [])
          if (!columns.has(name))
            expect(notnull === 0 || dflt_value !== null, `step ${index + 1}: ${table}.${name} may be left out`).toBe(true);
      }
      for (const [table, { rules }] of after)
        if (!before.has(table))
          for (const rule of rules)
            expect(rule, `step ${index + 1}: ${table} holds back no old row`).not.toMatch(/references .* (NO ACTION|RESTRICT)/);
      expect(db.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'").all(), `step ${index + 1}`).toEqual([]);
    }
    db.close();
  });

  test("opened again it is as it was, and says which steps a program must know", () => {
    open(migrations, floor).close();
    const db = open(migrations, floor);
    expect(db.prepare("PRAGMA user_version").get()).toEqual({ user_version: floor });
    db.close();
  });
});

test("the release before a step that only adds opens today's file after a roll back, writes, and today's program reads on", () => {
  const line = { atMs: 1, by: "li", action: "a", subject: "s", detail: "" };
  const newer = [...MIGRATIONS, "ALTER TABLE events ADD COLUMN mood TEXT; CREATE TABLE moods (name TEXT) STRICT"];
  const write = (db: DatabaseSync, n: number): void => {
    const store = new JournalStore(db, "boot");
    const one = { key: `a/b/${n}/p/high`, incident: `i-${n}` };
    store.inTransaction(() => store.commit(entry([raised(one), cleared(one)], { targets: ["itsm"], audit: [line] }), STAMP));
    db.close();
  };
  write(open(newer, FLOOR), 1);
  write(open(MIGRATIONS, FLOOR), 2);
  const again = open(newer, FLOOR);
  expect(again.prepare("SELECT count(*) AS n, count(mood) AS moods FROM events").get()).toEqual({ n: 4, moods: 0 });
  write(again, 3);
  expect(open(newer, FLOOR).prepare("SELECT count(*) AS n FROM audit").get()).toEqual({ n: 3 });
});

test("a program from before there was a floor, which counts its steps in user_version, opens today's file", () => {
  open(MIGRATIONS, FLOOR).close();
  const db = new DatabaseSync(file);
  // All that it asks before it writes: firmware/platform/sqlite.ts of 0.1.0 with its eight steps.
  expect(Number(Object.values(db.prepare("PRAGMA user_version").get() ?? {})[0])).toBeLessThanOrEqual(8);
  db.close();
  const old = openToWrite(file, { bytesMax: 1e8, migrations: MIGRATIONS.slice(0, 8), floor: 8, look: "whole" });
  const put = "INSERT INTO inspection_sheets (id, template, day, closed, bytes) VALUES ('daily/2026-01-01', 'daily', '2026-01-01', 0, 0)";
  old.exec(put);
  old.close();
  const now = open(MIGRATIONS, FLOOR);
  expect(now.prepare("SELECT count(*) AS n FROM inspection_sheets").get()).toEqual({ n: 1 });
  now.close();
});

test("a step that breaks what is older says so, and the older program leaves the file alone", () => {
  const breaking = [...MIGRATIONS, "ALTER TABLE alarms RENAME COLUMN record TO content"];
  open(breaking, breaking.length).close();
  expect(() => open(MIGRATIONS, FLOOR)).toThrow(
    `journal.db is of a newer version (${breaking.length}) than this program (${MIGRATIONS.length})`,
  );
  open(breaking, breaking.length).close();
});

test("a file of before the first additive step takes it, and a step that fails leaves the file as it was", () => {
  open(MIGRATIONS.slice(0, FLOOR), FLOOR).close();
  const broken = [...MIGRATIONS, "CREATE TABLE extra (n INTEGER) STRICT; CREATE TABLE alarms (n INTEGER)"];
  expect(() => open(broken, FLOOR)).toThrow(/already exists/);
  const db = open(MIGRATIONS, FLOOR);
  expect(db.prepare("SELECT done FROM schema_steps").get()).toEqual({ done: MIGRATIONS.length });
  expect(db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'extra'").get()).toBeUndefined();
  db.close();
});
