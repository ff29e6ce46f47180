import { existsSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { asideName, damagedIn, deleteDamaged, pruneDamaged } from "../../firmware/platform/damaged.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "roomward-damaged-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function put(name: string, bytes: number, atSeconds: number): void {
  writeFileSync(join(folder, name), Buffer.alloc(bytes));
  utimesSync(join(folder, name), atSeconds, atSeconds);
}

const roomy = () => ({ free: 1e12, size: 1e12 });

test("what was set aside is found with its log, the youngest first; nothing else can be deleted this way", () => {
  put("journal.db", 10, 1);
  put("journal.db.damaged-2026-11-20T01-02-03-004Z", 100, 2);
  put("journal.db.damaged-2026-11-20T01-02-03-004Z-wal", 20, 2);
  put("history.db.damaged-2026-11-21T01-02-03-004Z", 50, 3);
  put("people.json.damaged", 5, 4);
  expect(damagedIn(folder).map(({ name, bytes }) => [name.slice(0, 20), bytes])).toEqual([
    ["people.json.damaged", 5],
    ["history.db.damaged-2", 50],
    ["journal.db.damaged-2", 120],
  ]);
  for (const name of ["journal.db", "../x.damaged", "people.json", "", "journal.db.damaged-2026-11-20T01-02-03-004Z-wal"])
    expect(deleteDamaged(folder, name)).toBe(false);
  expect(deleteDamaged(folder, "journal.db.damaged-2026-11-20T01-02-03-004Z")).toBe(true);
  expect(existsSync(join(folder, "journal.db.damaged-2026-11-20T01-02-03-004Z-wal"))).toBe(false);
  expect(existsSync(join(folder, "journal.db"))).toBe(true);
  expect(damagedIn(folder)).toHaveLength(2);
});

test("a card that damages file after file is not filled by them: the oldest go, the youngest never", () => {
  for (let n = 1; n <= 10; n += 1) put(`journal.db.damaged-2026-11-${n + 10}T01-02-03-004Z`, 100, n);
  expect(pruneDamaged(folder, roomy)).toHaveLength(4);
  expect(pruneDamaged(folder, roomy)).toEqual([]);
  expect(pruneDamaged(folder, () => ({ free: 0, size: 1_000 }))).toHaveLength(4);
  expect(pruneDamaged(folder, () => ({ free: 0, size: 100 }))).toHaveLength(1);
  expect(damagedIn(folder).map(({ name }) => name)).toEqual(["journal.db.damaged-2026-11-20T01-02-03-004Z"]);
});

test("law: whatever is set aside, a second time in the same millisecond or by a program before this, is shown and can be deleted", () => {
  const names = ["journal.db", "people.json", "people.json", "people.json.1", "people.json.1", "card-holders.json.5"].map((name) => {
    const aside = asideName(join(folder, name), Date.UTC(2026, 10, 20));
    writeFileSync(aside, "x");
    return basename(aside);
  });
  const former = ["people.json.damaged", "people.json.damaged.1", "people.json.damaged.5"];
  for (const name of former) writeFileSync(join(folder, name), "x");
  expect(new Set(names).size).toBe(names.length);
  const shown = damagedIn(folder).map(({ name }) => name);
  expect(shown.toSorted()).toEqual([...names, ...former].toSorted());
  for (const name of shown) expect(deleteDamaged(folder, name), name).toBe(true);
  expect(damagedIn(folder)).toEqual([]);
});
