import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { verifyAudit } from "../../firmware/journal/audit.ts";
import type { AuditEntry, Journal } from "../../firmware/journal/journal.ts";
import { openJournal } from "../../firmware/journal/open.ts";
import { MIGRATIONS } from "../../firmware/journal/schema.ts";
import { JournalStore } from "../../firmware/journal/store.ts";
import { verifyAuditFile } from "../../firmware/journal/verify.ts";
import { auditVerdictWords } from "../../firmware/people/audit-words.ts";
import { openPeople } from "../../firmware/people/open.ts";
import { addToken } from "../../firmware/people/tokens.ts";
import { addUser, changeRole } from "../../firmware/people/users.ts";
import { systemClock } from "../../firmware/platform/clock.ts";
import { STAMP } from "./journal-entries.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "roomward-audit-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const act = (n: number): AuditEntry => ({
  ...{ atMs: n, by: `li ${n}`, from: "10.0.0.7", action: "user.role", subject: "wang", detail: "", before: "viewer", after: `role ${n}` },
});

/** A journal in memory with so many audit lines. */
function logOf(count: number): DatabaseSync {
  const db = new DatabaseSync(":memory:");
  for (const step of MIGRATIONS) db.exec(step);
  const store = new JournalStore(db, "boot");
  const nothing = { clockTrusted: true, changes: [], eventIds: [], targets: [] };
  store.inTransaction(() => store.commit({ atMs: 1, ...nothing, audit: Array.from({ length: count }, (_, n) => act(n + 1)) }, STAMP));
  return db;
}

describe("the chain", () => {
  test("law: any altered, removed or swapped line is found, and it is the first one that is wrong", () => {
    const columns = ["at_ms", "by", "origin", "action", "subject", "detail", "old", "new", "hash"] as const;
    const tampering = fc.oneof(
      fc.record({ kind: fc.constant("alter" as const), at: fc.integer({ min: 1, max: 20 }), column: fc.constantFrom(...columns) }),
      fc.record({ kind: fc.constant("remove" as const), at: fc.integer({ min: 1, max: 20 }) }),
      fc.record({ kind: fc.constant("swap" as const), at: fc.integer({ min: 1, max: 19 }) }),
    );
    fc.assert(
      fc.property(tampering, (what) => {
        const db = logOf(20);
        expect(verifyAudit(db, null)).toMatchObject({ ok: true, rows: 20 });
        if (what.kind === "alter")
          db.exec(`UPDATE audit SET ${what.column} = ${what.column === "at_ms" ? 7.5 : "'x'"} WHERE number = ${what.at}`);
        if (what.kind === "remove") db.exec(`DELETE FROM audit WHERE number = ${what.at}`);
        if (what.kind === "swap")
          db.exec(`UPDATE audit SET number = -1 WHERE number = ${what.at}; UPDATE audit SET number = ${what.at} WHERE number = ${what.at + 1};
            UPDATE audit SET number = ${what.at + 1} WHERE number = -1`);
        expect(verifyAudit(db, null)).toEqual({ ok: false, number: what.at, wrong: what.kind === "remove" ? "removed" : "altered" });
        db.close();
      }),
      { numRuns: 60 },
    );
  });

  test("a tail that was cut off, a line that was put in, and a hash that was emptied are found", () => {
    const cut = logOf(5);
    cut.exec("DELETE FROM audit WHERE number > 3");
    expect(verifyAudit(cut, null)).toEqual({ ok: false, number: 4, wrong: "removed" });
    const more = logOf(5);
    more.exec("INSERT INTO audit (number, at_ms, by, action, subject, detail) VALUES (6, 1, 'eve', 'a', 's', '')");
    expect(verifyAudit(more, null)).toEqual({ ok: false, number: 6, wrong: "added" });
    const emptied = logOf(5);
    emptied.exec("UPDATE audit SET by = 'eve', hash = '' WHERE number = 2");
    new JournalStore(emptied, "next boot");
    expect(verifyAudit(emptied, null)).toEqual({ ok: false, number: 2, wrong: "altered" });
  });

  test("a log that was rewritten as a whole does not have the head that somebody noted", () => {
    const noted = verifyAudit(logOf(3), null);
    const head = noted.ok ? noted.head : "";
    expect(verifyAudit(logOf(5), head)).toMatchObject({ ok: true, knowsHead: true });
    const rewritten = logOf(0);
    const store = new JournalStore(rewritten, "boot");
    const nothing = { clockTrusted: true, changes: [], eventIds: [], targets: [] };
    store.inTransaction(() => store.commit({ atMs: 1, ...nothing, audit: [1, 2, 4, 5].map(act) }, STAMP));
    expect(verifyAudit(rewritten, head)).toMatchObject({ ok: true, knowsHead: false });
    expect(auditVerdictWords("f", verifyAudit(rewritten, head)).en).toContain("rewritten");
  });

  test("lines of a journal from before the chain are chained when it is first opened", () => {
    const db = new DatabaseSync(":memory:");
    db.exec(MIGRATIONS[0] ?? "");
    db.exec("INSERT INTO audit (at_ms, by, action, subject, detail) VALUES (1, 'li', 'a', 's', ''), (2, 'li', 'b', 's', '')");
    for (const step of MIGRATIONS.slice(1)) db.exec(step);
    new JournalStore(db, "boot");
    expect(verifyAudit(db, null)).toMatchObject({ ok: true, rows: 2 });
    db.exec("UPDATE audit SET by = 'eve' WHERE number = 1");
    expect(verifyAudit(db, null)).toMatchObject({ ok: false, number: 1, wrong: "altered" });
  });
});

/** How the release before, which knows of no place in time, hashes a line. */
function formerHash(before: string, line: Record<string, unknown>): string {
  const names = ["number", "at_ms", "by", "origin", "action", "subject", "detail", "old", "new"];
  const content = [before, ...names.map((name) => line[name])];
  return createHash("sha256").update(JSON.stringify(content)).digest("hex");
}

describe("after a roll back", () => {
  test("the release before finds today's chain whole, and ours the one in which it has gone on", () => {
    const db = logOf(3);
    let hash = "";
    for (const line of db.prepare("SELECT * FROM audit ORDER BY number").all()) {
      expect(line).toMatchObject({ boot: expect.any(Number), clock: expect.any(String) });
      hash = formerHash(hash, line);
      expect(line["hash"]).toBe(hash);
    }
    const line = { number: 4, at_ms: 9, by: "li", origin: "", action: "a", subject: "s", detail: "", old: null, new: null };
    const next = formerHash(hash, line);
    db.prepare(
      "INSERT INTO audit (number, at_ms, by, origin, action, subject, detail, old, new, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    ).run(...Object.values(line), next);
    db.prepare("UPDATE audit_head SET number = 4, hash = ?").run(next);
    expect(verifyAudit(db, null)).toMatchObject({ ok: true, rows: 4, head: next });
  });

  test.each([
    "boot = 7",
    "uptime_ms = 7.5",
    "clock = 'x'",
    "place_hash = 'x'",
    "place_hash = NULL",
    "boot = NULL, uptime_ms = NULL, clock = NULL",
  ])("a line whose place in time was altered is found all the same: %s", (change) => {
    const db = logOf(3);
    db.exec(`UPDATE audit SET ${change} WHERE number = 2`);
    expect(verifyAudit(db, null)).toEqual({ ok: false, number: 2, wrong: "altered" });
  });
});

describe("what is written down", () => {
  async function withJournal(work: (journal: Journal) => Promise<void>): Promise<void> {
    const opened = await openJournal({ directory: folder, bootId: "b", clock: systemClock });
    if ("fault" in opened) throw new Error(opened.fault.message.en);
    await work(opened.journal);
    await opened.journal.close();
  }

  test("changes by the command line, made while the gateway was off, with who, from where and both values; verified beside the running gateway", async () => {
    await addUser(folder, "li", "viewer", systemClock);
    await changeRole(folder, "li", "operator", systemClock);
    await addToken(folder, "wall", "viewer", systemClock);
    await withJournal(async (journal) => {
      const people = await openPeople(folder, journal, systemClock, (words) => {
        throw new Error(words.en);
      });
      await people.entrance.signIn("li", "a guess of mine", "10.0.0.9");
      await people.close();
      const lines = await journal.audit(10);
      const console = { by: "console", from: "console" };
      expect(lines.toReversed().slice(-4)).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ ...console, action: "user.add", subject: "li", before: null, after: "viewer" }),
          expect.objectContaining({ ...console, action: "user.role", subject: "li", before: "viewer", after: "operator" }),
          expect.objectContaining({ ...console, action: "token.add", subject: "wall", after: "viewer" }),
          expect.objectContaining({ by: "", from: "10.0.0.9", action: "session.refused", subject: "li", detail: "wrong password" }),
        ]),
      );
      expect(verifyAuditFile(folder, null)).toMatchObject({ verdict: { ok: true, rows: 4 } });
      // Written once: the second close has nothing left to book.
      await people.close();
      expect(await journal.audit(10)).toHaveLength(4);
      expect(await journal.audit(2, 3)).toMatchObject([{ number: 2 }, { number: 1 }]);
    });
  });

  test("a path that is no journal is said as such", () => {
    expect(verifyAuditFile(join(folder, "nothing.db"), null)).toMatchObject({ problem: { zh: expect.stringContaining("journal.db") } });
  });
});
