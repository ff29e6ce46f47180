import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { expect, test } from "vitest";
import { AuditTrail, verifyAudit } from "../../firmware/journal/audit.ts";
import type { AuditProgress, AuditVerdict } from "../../firmware/journal/journal.ts";
import { openJournal } from "../../firmware/journal/open.ts";
import { MIGRATIONS } from "../../firmware/journal/schema.ts";
import { auditVerdictWords } from "../../firmware/people/audit-words.ts";
import { systemClock } from "../../firmware/platform/clock.ts";

const KEPT = 40;
const PER_DROP = { least: 460, most: 5_000 } as const;

function trailOf(count: number): { readonly db: DatabaseSync; readonly trail: AuditTrail } {
  const db = new DatabaseSync(":memory:");
  for (const step of MIGRATIONS) db.exec(step);
  const trail = new AuditTrail(db);
  trail.begin();
  grow(trail, count);
  return { db, trail };
}

function grow(trail: AuditTrail, count: number): void {
  for (let n = 0; n < count; n += 1) {
    trail.add({ atMs: n, by: n % 2 === 0 ? "li" : "wang", from: "10.0.0.7", action: "user.role", subject: `${n}`, detail: "" });
    const newest = trail.list(1, null)[0]?.number ?? 0;
    trail.drop(newest - KEPT, PER_DROP, n, null);
  }
}

/** Checks a few lines at a time; `between` happens after every step. */
function checked(trail: AuditTrail, rows: number, between: () => void = () => {}): AuditVerdict {
  let step: AuditProgress | AuditVerdict = trail.check(null, rows);
  while (!("ok" in step)) {
    between();
    step = trail.check(step, rows);
  }
  return step;
}

test("law: however long it grows, what is kept is bounded, and verifies, with a line that says what was dropped", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 4 }), (growths) => {
      const { db, trail } = trailOf(0);
      let written = 0;
      for (const growth of growths) {
        grow(trail, growth);
        written += growth;
      }
      const verdict = verifyAudit(db, null);
      if (!verdict.ok) throw new Error(JSON.stringify(verdict));
      expect(verdict.rows).toBeLessThan(KEPT + PER_DROP.least + 2);
      expect(verdict.rows).toBeGreaterThanOrEqual(Math.min(written, KEPT));
      const [trim] = trail.list(1, null, { action: "audit.trim" });
      if (verdict.dropped === 0) expect(trim).toBeUndefined();
      else expect(trim).toMatchObject({ by: "gateway", subject: expect.stringMatching(new RegExp(`-${verdict.dropped}$`)) });
      expect(checked(trail, 7)).toEqual(verdict);
      db.close();
    }),
    { numRuns: 15 },
  );
});

test.each([
  ["more of the old lines are taken away", "DELETE FROM audit WHERE number <= (SELECT min(number) + 3 FROM audit)"],
  ["the old lines are taken away, and the beginning of the chain with them", MOVE_BASE()],
  ["the beginning of the chain is forgotten", "DELETE FROM audit_base"],
  ["the line that stands for what was dropped is altered", "UPDATE audit SET subject = '1-2' WHERE action = 'audit.trim'"],
  ["the first line that is left is altered", "UPDATE audit SET by = 'eve' WHERE number = (SELECT min(number) FROM audit)"],
])("after old lines were dropped it is still found when %s", (_, tampering) => {
  const { db, trail } = trailOf(1_200);
  expect(verifyAudit(db, null)).toMatchObject({ ok: true, dropped: expect.any(Number) });
  db.exec(tampering);
  expect(verifyAudit(db, null)).toMatchObject({ ok: false });
  expect(checked(trail, 7)).toMatchObject({ ok: false });
});

function MOVE_BASE(): string {
  return `UPDATE audit_base SET (number, hash) = (SELECT number, hash FROM audit ORDER BY number LIMIT 1 OFFSET 4);
    DELETE FROM audit WHERE number <= (SELECT number FROM audit_base)`;
}

test("a log with a hole is not dropped from: what is left is evidence", () => {
  const { db, trail } = trailOf(490);
  db.exec("DELETE FROM audit WHERE number BETWEEN 400 AND 449");
  expect(verifyAudit(db, null)).toEqual({ ok: false, number: 400, wrong: "removed" });
  grow(trail, 2_000);
  expect(trail.list(1, 2)).toHaveLength(1);
  expect(verifyAudit(db, null)).toEqual({ ok: false, number: 400, wrong: "removed" });
});

test("a check that is under way takes lines that come, and lines that go, for what they are", () => {
  const { trail } = trailOf(490);
  const during = checked(trail, 50, () => grow(trail, 45));
  expect(during).toMatchObject({ ok: true });
  expect(checked(trailOf(490).trail, 50)).toMatchObject({ ok: true, dropped: 0 });
});

test("a head that was noted before the oldest line is said to be perhaps only old", () => {
  const { db } = trailOf(10);
  const noted = verifyAudit(db, null);
  const old = trailOf(1_200);
  const verdict = verifyAudit(old.db, noted.ok ? noted.head : "");
  expect(auditVerdictWords("f", verdict).en).toMatch(/older than line \d+/);
  expect(auditVerdictWords("f", verifyAudit(old.db, null)).zh).toContain("到期删除");
});

test("a filter asks for a person, an action, a time, or all of them", () => {
  const { trail } = trailOf(100);
  expect(trail.list(5, null, { by: "li" }).map(({ subject }) => subject)).toEqual(["98", "96", "94", "92", "90"]);
  expect(trail.list(5, null, { fromMs: 10, toMs: 13 }).map(({ atMs }) => atMs)).toEqual([12, 11, 10]);
  expect(trail.list(5, 12, { by: "wang", action: "user.role", fromMs: 8 }).map(({ number }) => number)).toEqual([10]);
  expect(trail.list(5, null, { action: "nothing" })).toEqual([]);
  expect(trail.choices()).toEqual({ by: ["li", "wang"], actions: ["user.role"] });
});

test("the check of a long log lets commits through in between", async () => {
  const folder = mkdtempSync(join(tmpdir(), "roomward-audit-"));
  const opened = await openJournal({ directory: folder, bootId: "b", clock: systemClock });
  if ("fault" in opened) throw new Error(opened.fault.message.en);
  const { journal } = opened;
  const entry = { atMs: 1, clockTrusted: true, changes: [], eventIds: [], targets: [] };
  const line = { atMs: 1, by: "li", from: "", action: "a", subject: "s", detail: "" };
  await journal.commit({ ...entry, audit: Array.from({ length: 4_000 }, () => line) });
  const order: string[] = [];
  const check = journal.auditCheck().then((verdict) => {
    order.push("check");
    return verdict;
  });
  for (let n = 0; n < 3; n += 1) {
    await journal.commit({ ...entry, audit: [line] });
    order.push("commit");
  }
  expect(await check).toMatchObject({ ok: true, rows: 4_003 });
  expect(order.slice(0, 3)).toEqual(["commit", "commit", "commit"]);
  await journal.close();
  rmSync(folder, { recursive: true });
});
