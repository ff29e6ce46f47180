import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { EMPTY_ENTRY } from "../../firmware/access/room.ts";
import { AlarmBook } from "../../firmware/alarms/book.ts";
import type { NewAccessEntry } from "../../firmware/contract/access.ts";
import type { ClockQuality } from "../../firmware/contract/clock.ts";
import type { MonotonicMs } from "../../firmware/contract/time.ts";
import type { Journal } from "../../firmware/journal/journal.ts";
import { MIGRATIONS } from "../../firmware/journal/schema.ts";
import { JournalStore } from "../../firmware/journal/store.ts";
import { verifyAuditFile } from "../../firmware/journal/verify.ts";
import { form } from "./inspection-forms.ts";
import { acknowledged, alarm, cleared, entry, journalHere, raised, STAMP, temporaryFolder } from "./journal-entries.ts";

const HOUR_MS = 3_600_000;
const YEAR_MS = 365 * 24 * HOUR_MS;
const BEGAN_MS = Date.UTC(2026, 8, 1);
const UNSYNCED: ClockQuality = { source: "unsynced", errorMs: null };
const NTP: ClockQuality = { source: "ntp", errorMs: 12 };

let folder: ReturnType<typeof temporaryFolder>;
let quality: ClockQuality;
let uptimeMs: number;
let journal: Journal;
const clock = { monotonicMs: () => uptimeMs as MonotonicMs, quality: () => quality };
beforeEach(() => {
  folder = temporaryFolder();
  quality = UNSYNCED;
  uptimeMs = 0;
  journal = journalHere(folder.path, "boot-1", undefined, clock);
});
afterEach(async () => {
  await journal.close();
  folder.remove();
});

const unsynced = (afterMs: number) => ({
  atMs: BEGAN_MS + afterMs,
  clockTrusted: false,
  stamp: { uptimeMs: afterMs, clock: UNSYNCED },
});
const at = (afterMs: number) => ({ raisedAtMs: BEGAN_MS + afterMs, changedAtMs: BEGAN_MS + afterMs });
const line = (atMs: number) => ({ atMs, by: "li", from: "10.0.0.7", action: "user.role", subject: "wang", detail: "" });
const access = (atMs: number, more: Partial<NewAccessEntry> = {}): NewAccessEntry => ({
  ...EMPTY_ENTRY,
  atMs,
  clockTrusted: false,
  kind: "opened",
  ...more,
});

/** The time of day becomes known `afterMs` after the start. */
function sync(afterMs: number, offsetMs: number) {
  uptimeMs = afterMs;
  quality = NTP;
  const step = {
    uptimeMs: afterMs,
    cause: "synced" as const,
    fromMs: BEGAN_MS + afterMs,
    toMs: BEGAN_MS + afterMs + offsetMs,
    before: UNSYNCED,
    after: NTP,
  };
  return journal.recordClock({ step, restamp: { beganMs: BEGAN_MS, offsetMs }, audit: [{ ...line(step.toMs), action: "clock.synced" }] });
}

describe("the first synchronisation puts right", () => {
  test("alarms that stand and incidents, with who acknowledged and when they cleared; and says that it did", async () => {
    await journal.commit(entry([raised({ key: "k/1", incident: "i1", ...at(10), timeMark: "uncertain" })], unsynced(10)));
    await journal.commit(entry([raised({ key: "k/2", incident: "i2", ...at(20), timeMark: "uncertain" })], unsynced(20)));
    const acknowledgement = { atMs: BEGAN_MS + 30, by: "wang", note: "" };
    await journal.commit(
      entry([acknowledged({ key: "k/1", incident: "i1", ...at(10), timeMark: "uncertain", acknowledgement })], unsynced(30)),
    );
    await journal.commit(
      entry([cleared({ key: "k/2", incident: "i2", ...at(20), timeMark: "uncertain", clearedAtMs: BEGAN_MS + 40 })], unsynced(40)),
    );
    await sync(60_000, 3 * YEAR_MS);
    const shift = BEGAN_MS + 3 * YEAR_MS;
    const [one, two] = await journal.liveAlarms();
    expect(one).toMatchObject({ raisedAtMs: shift + 10, timeMark: "corrected", acknowledgement: { atMs: shift + 30 } });
    expect(two).toMatchObject({ raisedAtMs: shift + 20, clearedAtMs: shift + 40 });
    expect(await journal.incidents({ limit: 9 })).toMatchObject([
      { id: "i2", openedAtMs: shift + 20, resolvedAtMs: shift + 40, timeMark: "corrected" },
      { id: "i1", openedAtMs: shift + 10, acknowledgement: { atMs: shift + 30 } },
    ]);
    expect(await journal.raisedCounts(shift, shift + HOUR_MS)).toMatchObject({ major: 2 });
    expect(await journal.raisedCounts(BEGAN_MS, BEGAN_MS + HOUR_MS)).toMatchObject({ major: 0 });
  });

  test("of an alarm of before only what was told in this boot", async () => {
    await journal.close();
    quality = NTP;
    journal = journalHere(folder.path, "boot-0", undefined, clock);
    const longAgoMs = BEGAN_MS + 5;
    await journal.commit(entry([raised({ raisedAtMs: longAgoMs, changedAtMs: longAgoMs })], { atMs: longAgoMs }));
    await journal.close();
    quality = UNSYNCED;
    journal = journalHere(folder.path, "boot-1", undefined, clock);
    const acknowledgement = { atMs: BEGAN_MS + 30, by: "wang", note: "" };
    await journal.commit(entry([acknowledged({ raisedAtMs: longAgoMs, acknowledgement })], unsynced(30)));
    await sync(60_000, YEAR_MS);
    expect(await journal.liveAlarms()).toMatchObject([{ raisedAtMs: longAgoMs, acknowledgement: { atMs: BEGAN_MS + YEAR_MS + 30 } }]);
    expect((await journal.liveAlarms())[0]).not.toHaveProperty("timeMark");
    expect(await journal.incidents({ limit: 1 })).toMatchObject([
      { openedAtMs: longAgoMs, acknowledgement: { atMs: BEGAN_MS + YEAR_MS + 30 } },
    ]);
  });

  test("the entry log, with what it says of before, and keeps what was told", async () => {
    await journal.recordAccess({
      entries: [{ id: "a", entry: access(BEGAN_MS + 5, { sinceMs: BEGAN_MS - HOUR_MS }) }],
      readers: [{ device: "r", counter: 1, blank: false, atMs: BEGAN_MS + 5 }],
      audit: [],
    });
    await journal.recordAccess({ entries: [{ id: "b", entry: access(BEGAN_MS + 9, { sinceMs: BEGAN_MS + 5 }) }], readers: [], audit: [] });
    await sync(1_000, YEAR_MS);
    const [second, first] = await journal.accessLog({ limit: 9 });
    expect(first).toMatchObject({ atMs: BEGAN_MS + YEAR_MS + 5, toldMs: BEGAN_MS + 5, sinceMs: BEGAN_MS - HOUR_MS, clockTrusted: false });
    expect(second).toMatchObject({ atMs: BEGAN_MS + YEAR_MS + 9, sinceMs: BEGAN_MS + YEAR_MS + 5 });
    expect(await journal.accessLog({ limit: 9, fromMs: BEGAN_MS + YEAR_MS, toMs: BEGAN_MS + YEAR_MS + 8 })).toMatchObject([
      { number: first?.number },
    ]);
    expect(await journal.accessLog({ limit: 9, fromMs: BEGAN_MS, toMs: BEGAN_MS + HOUR_MS })).toEqual([]);
    expect((await journal.accessMemory()).readers).toMatchObject([{ atMs: BEGAN_MS + YEAR_MS + 5 }]);
  });

  test("the audit log beside its chain, which stays whole, also for who makes the hash anew from an export", async () => {
    await journal.commit(entry([], { ...unsynced(5), audit: [line(BEGAN_MS + 5)] }));
    await sync(1_000, YEAR_MS);
    await journal.commit(entry([], { atMs: BEGAN_MS + YEAR_MS + 2_000, audit: [line(BEGAN_MS + YEAR_MS + 2_000)] }));
    const lines = await journal.audit(9);
    expect(lines.map(({ atMs, toldMs, clock: source, boot }) => [atMs - BEGAN_MS - YEAR_MS, toldMs, source, boot])).toEqual([
      [2_000, null, "ntp", 1],
      [1_000, null, "ntp", 1],
      [5, BEGAN_MS + 5, "unsynced", 1],
    ]);
    expect(await journal.auditCheck()).toMatchObject({ ok: true, rows: 3 });
    expect(await journal.audit(9, undefined, { fromMs: BEGAN_MS, toMs: BEGAN_MS + HOUR_MS })).toEqual([]);
    expect(await journal.audit(9, undefined, { fromMs: BEGAN_MS + YEAR_MS, toMs: BEGAN_MS + YEAR_MS + 100 })).toHaveLength(1);
  });

  test("signatures on sheets, in the sheet and in the calendar", async () => {
    const sheet = { template: "daily", day: "2026-09-01" };
    const figures = { fromMs: 0, toMs: 1, clockTrusted: true, problem: null, rows: [] };
    const step = { sheet, template: form({ items: [] }), atMs: BEGAN_MS + 7, clockTrusted: false, by: "li", from: "console" };
    await journal.inspect({ ...step, id: "s1", act: { kind: "sign", note: "", revision: 0, figures } });
    await sync(1_000, YEAR_MS);
    const { sheets } = await journal.inspections({ what: "sheet", sheet });
    expect(sheets[0]?.rows).toMatchObject([{ atMs: BEGAN_MS + YEAR_MS + 7, toldMs: BEGAN_MS + 7, clockTrusted: false }]);
    const { days } = await journal.inspections({ what: "days", from: "2026-09-01", to: "2026-09-01" });
    expect(days[0]?.summary?.signedAtMs).toBe(BEGAN_MS + YEAR_MS + 7);
  });

  test("what comes only afterwards, because the disk was full", async () => {
    await sync(60_000, YEAR_MS);
    await journal.commit(entry([raised({ ...at(10), timeMark: "uncertain" })], { ...unsynced(10), audit: [line(BEGAN_MS + 10)] }));
    expect(await journal.liveAlarms()).toMatchObject([{ raisedAtMs: BEGAN_MS + YEAR_MS + 10, timeMark: "corrected" }]);
    expect((await journal.audit(1))[0]).toMatchObject({ atMs: BEGAN_MS + YEAR_MS + 10, toldMs: BEGAN_MS + 10 });
  });
});

test("what targets were told stays as it was told", async () => {
  await journal.commit(entry([raised(at(10))], { ...unsynced(10), targets: ["itsm"] }));
  const due = () => journal.dueDeliveries({ target: "itsm", nowMs: 0, limit: 9 });
  const before = (await due()).rows[0]?.body;
  await sync(1_000, YEAR_MS);
  expect((await due()).rows[0]?.body).toBe(before);
  expect(JSON.parse(before ?? "")).toMatchObject({ clockTrusted: false, at: new Date(BEGAN_MS + 10).toISOString() });
});

test("the journal remembers the newest certain time and the changes, and no more of those than it keeps", async () => {
  expect(await journal.clockMemory()).toEqual({ trustedMs: null, steps: [] });
  await journal.commit(entry([raised(at(10))], unsynced(10)));
  expect((await journal.clockMemory()).trustedMs).toBeNull();
  await sync(1_000, YEAR_MS);
  const { trustedMs, steps } = await journal.clockMemory();
  expect(trustedMs).toBe(BEGAN_MS + YEAR_MS + 1_000);
  expect(steps).toMatchObject([{ number: 1, boot: 1, cause: "synced", before: UNSYNCED, after: NTP }]);
  await journal.close();
  journal = journalHere(folder.path, "boot-2", undefined, clock);
  for (let n = 0; n < 30; n += 1) await sync(1_000 + n, 0);
  expect((await journal.clockMemory()).steps.map(({ boot }) => boot)).toEqual(Array.from({ length: 20 }, () => 2));
});

test("a journal of an older release keeps its chain, goes on, and its copy is verified as it is", async () => {
  await journal.close();
  folder.remove();
  folder = temporaryFolder();
  const file = join(folder.path, "journal.db");
  const old = new DatabaseSync(file);
  const clockStep = MIGRATIONS.findIndex((step) => step.includes("CREATE TABLE boots"));
  for (const step of MIGRATIONS.slice(0, clockStep)) old.exec(step);
  old.exec(`PRAGMA user_version = ${clockStep}`);
  // Two lines as that release wrote them.
  const { createHash } = await import("node:crypto");
  let hash = "";
  for (const number of [1, 2]) {
    hash = createHash("sha256")
      .update(JSON.stringify([hash, number, 5, "li", "", "a", "s", "", null, null]))
      .digest("hex");
    old
      .prepare(
        "INSERT INTO audit (number, at_ms, by, origin, action, subject, detail, old, new, hash) VALUES (?, 5, 'li', '', 'a', 's', '', NULL, NULL, ?)",
      )
      .run(number, hash);
  }
  old.prepare("INSERT INTO audit_head (only, number, hash) VALUES (1, 2, ?)").run(hash);
  old.close();
  expect(verifyAuditFile(file, hash)).toMatchObject({ verdict: { ok: true, rows: 2, knowsHead: true } });
  journal = journalHere(folder.path, "boot-1", undefined, clock);
  await journal.commit(entry([], { audit: [line(9)] }));
  expect(await journal.auditCheck()).toMatchObject({ ok: true, rows: 3 });
  expect(verifyAuditFile(file, hash)).toMatchObject({ verdict: { ok: true, rows: 3, knowsHead: true } });
});

test("law: no column that places a line in time can be altered without the chain saying so", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 3 }),
      fc.constantFrom("boot", "uptime_ms", "clock", "at_ms"),
      fc.boolean(),
      (number, column, isNull) => {
        const db = new DatabaseSync(":memory:");
        for (const step of MIGRATIONS) db.exec(step);
        const store = new JournalStore(db, "boot");
        store.inTransaction(() => store.commit(entry([], { audit: [line(1), line(2), line(3)] }), STAMP));
        const value = column === "clock" ? "'manual'" : "77";
        db.exec(`UPDATE audit SET ${column} = ${isNull && column !== "at_ms" ? "NULL" : value} WHERE number = ${number}`);
        expect(store.audit.check(null, 99)).toMatchObject({ ok: false, number, wrong: "altered" });
      },
    ),
  );
});

test("the book of alarms puts right in memory what the journal does on the disk", () => {
  const old = alarm({ key: "k/old", raisedAtMs: BEGAN_MS + 1, changedAtMs: BEGAN_MS + 1 });
  const rule = {
    kind: "silence",
    key: "k/new",
    device: "d",
    pointId: null,
    type: "lost",
    text: old.text,
    action: old.action,
    severity: "major",
  } as unknown as ConstructorParameters<typeof AlarmBook>[0][number];
  const book = new AlarmBook([rule, { ...rule, key: "k/old" }], [old], () => "i");
  book.silence("k/new", true, { monotonicMs: 5, wallMs: BEGAN_MS + 5, certain: false });
  expect(book.get("k/new")).toMatchObject({ timeMark: "uncertain" });
  const changed = book.restamp({ beganMs: BEGAN_MS, offsetMs: YEAR_MS });
  expect(changed.map(({ key, raisedAtMs, timeMark }) => [key, raisedAtMs, timeMark])).toEqual([
    ["k/new", BEGAN_MS + YEAR_MS + 5, "corrected"],
  ]);
  expect(book.get("k/old")?.raisedAtMs).toBe(BEGAN_MS + 1);
});
