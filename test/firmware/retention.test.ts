import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { verifyAudit } from "../../firmware/journal/audit.ts";
import { openDatabase } from "../../firmware/journal/database.ts";
import type { TidyOrder } from "../../firmware/journal/journal.ts";
import {
  AUDIT_DAYS_MIN,
  AUDIT_RESERVE_BYTES,
  cutName,
  nextCut,
  RETENTION,
  type Retention,
  roomLeft,
  type Stock,
} from "../../firmware/journal/retention.ts";
import { JournalStore } from "../../firmware/journal/store.ts";
import type { DatabaseSync } from "../../firmware/platform/sqlite.ts";
import { cleared, entry, raised, STAMP, temporaryFolder } from "./journal-entries.ts";

const MIB = 1024 * 1024;
const DAY_MS = 86_400_000;
const T0 = Date.UTC(2026, 0, 1);

const numbers = fc.option(fc.integer({ min: 1, max: 1_000 }), { nil: null });
const numbered = fc.record({ events: numbers, access: numbers, sheets: numbers, audit: numbers });
const sizes = fc.integer({ min: 0, max: 600 * MIB });
const stocks: fc.Arbitrary<Stock> = fc.record({
  bytesUsed: sizes,
  bytes: fc.record({ events: sizes, access: sizes, sheets: sizes, audit: sizes }),
  oldest: numbered,
  newest: numbered,
  aged: numbered,
  auditMayGo: numbers,
});
const names = fc.subarray(["events", "access", "sheets", "audit"].flatMap((kind) => [`age ${kind}`, `room ${kind}`]));

test("law: the newest never goes, age takes only what is old enough, and room takes nothing while there is some", () => {
  fc.assert(
    fc.property(stocks, names, (stock, exhausted) => {
      const cut = nextCut(stock, RETENTION, new Set(exhausted));
      if (cut === null) return;
      expect(exhausted).not.toContain(cutName(cut));
      expect(cut.upTo).toBeLessThan(stock.newest[cut.kind] ?? 0);
      expect(cut.upTo).toBeGreaterThanOrEqual(stock.oldest[cut.kind] ?? Number.POSITIVE_INFINITY);
      if (cut.because === "age") expect(cut.upTo).toBeLessThanOrEqual(stock.aged[cut.kind] ?? 0);
      else expect(roomLeft(stock, RETENTION)).toBeLessThan(RETENTION.bytesMax / 10);
    }),
  );
});

test("law: for want of room the audit log gives only what is beyond its reserve and older than the law asks for", () => {
  fc.assert(
    fc.property(stocks, names, (stock, exhausted) => {
      const cut = nextCut(stock, RETENTION, new Set(exhausted));
      if (cut?.kind !== "audit" || cut.because === "age") return;
      expect(stock.bytes.audit).toBeGreaterThan(AUDIT_RESERVE_BYTES);
      expect(cut.upTo).toBeLessThanOrEqual(stock.auditMayGo ?? 0);
    }),
    { numRuns: 2_000 },
  );
});

let folder: ReturnType<typeof temporaryFolder>;
let db: DatabaseSync;
let store: JournalStore;
beforeEach(() => {
  folder = temporaryFolder();
  open();
});
afterEach(() => {
  db.close();
  folder.remove();
});

function open(bytesMax = RETENTION.bytesMax): void {
  db = openDatabase({ directory: folder.path, bytesMax, wallMs: T0, suspect: false }).db;
  store = new JournalStore(db, "boot-1");
}

const SHORT: Retention = { ...RETENTION, eventDays: 3, accessDays: 3 };

function order(day: number | null, more: Partial<TidyOrder> = {}): TidyOrder {
  const text = day === null ? null : new Date(T0 + day * DAY_MS).toISOString().slice(0, 10);
  return { retention: SHORT, targets: ["itsm"], day: text, wallMs: T0, ...more };
}

/** Tidies until there is nothing more to do, as the keeper does. */
function tidied(what: TidyOrder): void {
  for (let steps = 0; store.inTransaction(() => store.tidying.step(what, store.clock.placeLine(what.wallMs, STAMP))); steps += 1)
    if (steps > 10_000) throw new Error("it never ends");
}

function alarmOf(day: number, n: number, targets: readonly string[] = []): void {
  const one = { key: `s/a/d${n}/p/high`, incident: `i-${day}-${n}` };
  const audit = [{ atMs: T0 + day * DAY_MS, by: "wang", action: "session.open", subject: "wang", detail: "password" }];
  store.inTransaction(() =>
    store.commit(entry([raised(one), cleared({ ...one, state: "A" })], { atMs: T0 + day * DAY_MS, targets, audit }), STAMP),
  );
}

const rows = (table: string, where = "1"): number => Number(db.prepare(`SELECT count(*) AS n FROM ${table} WHERE ${where}`).get()?.["n"]);
const days = (): readonly string[] =>
  db
    .prepare("SELECT DISTINCT at_ms FROM events ORDER BY sequence")
    .all()
    .map((row) => String((Number(row["at_ms"]) - T0) / DAY_MS));

test("events older than their days go, with their incidents; those of younger days stay", () => {
  for (let day = 0; day < 8; day += 1) {
    for (let n = 0; n < 20; n += 1) alarmOf(day, n);
    tidied(order(day));
  }
  expect(days()).toEqual(["4", "5", "6", "7"]);
  expect(rows("incidents")).toBe(80);
  expect(verifyAudit(db, null)).toMatchObject({ ok: true, dropped: 0 });
});

test("a clock that jumps ahead by years deletes nothing, nor does one that is not trusted", () => {
  for (let n = 0; n < 20; n += 1) alarmOf(0, n);
  tidied(order(0));
  tidied(order(900));
  for (let n = 0; n < 20; n += 1) alarmOf(900, n);
  tidied(order(901));
  for (let again = 0; again < 50; again += 1) tidied(order(again % 2 === 0 ? 900 : null));
  expect(rows("events")).toBe(80);
  // What it has really lived through since counts.
  for (const day of [902, 903, 904]) tidied(order(day));
  expect(days()).toEqual(["900"]);
});

test("nothing that is undelivered or still open goes, however old; when it is delivered it goes with the rest", () => {
  for (let n = 0; n < 3; n += 1) alarmOf(0, n);
  alarmOf(0, 3, ["itsm"]);
  store.inTransaction(() => store.commit(entry([raised({ key: "s/a/open/p/high", incident: "open" })], { atMs: T0 }), STAMP));
  alarmOf(0, 4, ["itsm"]);
  alarmOf(0, 5);
  const due = store.outbox.due({ target: "itsm", nowMs: 0, limit: 10 }).rows;
  // One is refused for good: a person has to look, so it is held as well.
  store.inTransaction(() => store.outbox.settle({ id: due[1]?.id ?? "", atMs: T0, answer: "HTTP 400", verdict: { next: "park" } }));
  for (let day = 0; day < 10; day += 1) tidied(order(day));
  alarmOf(9, 9);
  tidied(order(9));
  const left = (): readonly string[] =>
    db
      .prepare("SELECT incident FROM events ORDER BY sequence")
      .all()
      .map((row) => String(row["incident"]));
  expect(new Set(left())).toEqual(new Set(["i-0-3", "open", "i-0-4", "i-9-9"]));
  for (let round = 0; round < 4; round += 1)
    for (const { id } of store.outbox.due({ target: "itsm", nowMs: 0, limit: 10 }).rows)
      store.inTransaction(() =>
        store.outbox.settle({ id, atMs: T0, answer: "ok", verdict: { next: "done", ticket: null, ticketUrl: null } }),
      );
  tidied(order(9));
  expect(new Set(left())).toEqual(new Set(["open", "i-0-4", "i-9-9"]));
});

test("what waits for a target that the site no longer has is held for nobody, and its queue is in order should it return", () => {
  alarmOf(0, 1, ["gone"]);
  alarmOf(0, 2);
  tidied(order(0));
  for (const day of [1, 2, 3, 4]) {
    alarmOf(day, 1, ["gone"]);
    tidied(order(day));
  }
  expect(rows("events", "incident = 'i-0-1'")).toBe(0);
  expect(store.outbox.due({ target: "gone", nowMs: 0, limit: 10 }).rows).toMatchObject([{ incident: "i-1-1", event: "raise" }]);
});

test("audit lines older than their days go in one piece a day, never before half a year, and what is left verifies", () => {
  const retention = { ...RETENTION, auditDays: 1 };
  for (let day = 0; day < AUDIT_DAYS_MIN + 6; day += 1) {
    for (let n = 0; n < 2; n += 1)
      store.inTransaction(() =>
        store.commit(
          entry([], { audit: Array.from({ length: 150 }, () => ({ atMs: T0, by: "li", action: "a", subject: "s", detail: "" })) }),
          STAMP,
        ),
      );
    tidied(order(day, { retention }));
  }
  const verdict = verifyAudit(db, null);
  expect(verdict).toMatchObject({ ok: true, dropped: expect.any(Number) });
  if (verdict.ok) expect(verdict.rows).toBeGreaterThanOrEqual(AUDIT_DAYS_MIN * 300);
  expect(rows("audit", "action = 'audit.trim'")).toBeGreaterThan(0);
  expect(rows("audit", "action = 'audit.trim'")).toBeLessThanOrEqual(6);
});

const TIGHT = { ...RETENTION, bytesMax: 6 * MIB };

test("when the quota is nearly used up the oldest resolved and delivered events go, and the file does not grow beyond it", () => {
  db.close();
  open(TIGHT.bytesMax);
  for (let day = 0; day < 60; day += 1) {
    for (let n = 0; n < 40; n += 1) alarmOf(day, n);
    tidied(order(day, { retention: { ...TIGHT, eventDays: 400 } }));
  }
  expect(days().at(-1)).toBe("59");
  expect(Number(days()[0])).toBeGreaterThan(0);
  expect(store.tidying.bytesUsed()).toBeLessThan(TIGHT.bytesMax);
  expect(store.tidying.roomLeft(TIGHT.bytesMax)).toBeGreaterThan(0);
});

test("sheets and the entry log give room only beyond their part; then their oldest go first, and no alarm goes for them", () => {
  db.close();
  open(TIGHT.bytesMax);
  for (let n = 0; n < 20; n += 1) alarmOf(0, n);
  const put = db.prepare("INSERT INTO inspection_sheets (id, template, day, closed, pinned, bytes) VALUES (?, 'daily', ?, 1, ?, ?)");
  const sheet = (n: number, bytes: number) =>
    put.run(`daily/${n}`, new Date(T0 + n * DAY_MS).toISOString().slice(0, 10), "x".repeat(bytes), bytes);
  for (let n = 0; n < 20; n += 1) sheet(n, 60_000);
  const retention = { ...TIGHT, eventDays: 400 };
  tidied(order(0, { retention }));
  expect(rows("inspection_sheets")).toBe(20);
  for (let n = 20; n < 45; n += 1) sheet(n, 60_000);
  tidied(order(0, { retention }));
  expect(rows("events")).toBe(40);
  expect(rows("inspection_sheets")).toBeLessThan(45);
  expect(db.prepare("SELECT max(day) AS day FROM inspection_sheets").get()).toEqual({ day: "2026-02-14" });
  expect(db.prepare("SELECT min(day) AS day FROM inspection_sheets").get()).not.toEqual({ day: "2026-01-01" });
});

test("freed pages come back to the disk when there are far more than will be used again", () => {
  for (let n = 0; n < 50; n += 1) {
    const many = Array.from({ length: 100 }, (_, i) => ({ key: `s/a/d${i}/p/high`, incident: `i-${n}-${i}` }));
    const changes = many.flatMap((one) => [raised(one), cleared({ ...one, state: "A" })]);
    store.inTransaction(() => store.commit(entry(changes, { atMs: T0, targets: ["gone"] }), STAMP));
  }
  tidied(order(0));
  const pages = (): number => Number(db.prepare("PRAGMA page_count").get()?.["page_count"]);
  expect(pages()).toBeGreaterThan(3_500);
  for (const day of [1, 2, 3, 4, 5]) tidied(order(day));
  alarmOf(4, 1);
  tidied(order(4));
  expect(rows("events")).toBeLessThan(10);
  expect(pages()).toBeLessThan(1_600);
});

test("an upstream that is away for 30 days at 1,000 events a day loses nothing, and is then told everything in order", () => {
  const perDay = 1_000;
  const eventDays = 7;
  for (let day = 0; day < 30; day += 1) {
    for (let n = 0; n < perDay / 2; n += 100)
      store.inTransaction(() => {
        for (let i = n; i < n + 100; i += 1) {
          const one = { key: `s/a/d${i % 40}/p/high`, incident: `i-${day}-${i}` };
          store.commit(entry([raised(one), cleared({ ...one, state: "A" })], { atMs: T0 + day * DAY_MS, targets: ["itsm"] }), STAMP);
        }
      });
    tidied(order(day, { retention: { ...RETENTION, eventDays } }));
  }
  expect(store.tidying.usage(0, ["itsm"]).deliveries).toEqual({ waiting: 30_000, parked: 0, oldestWaitingMs: T0 });
  let told = 0;
  const last = new Map<string, number>();
  for (let due = heads(); due.length > 0; due = heads())
    store.inTransaction(() => {
      for (const { id, key, sequence } of due) {
        expect(sequence).toBeGreaterThan(last.get(key) ?? 0);
        last.set(key, sequence);
        told += 1;
        store.outbox.settle({ id, atMs: T0, answer: "ok", verdict: { next: "done", ticket: null, ticketUrl: null } });
      }
    });
  expect(told).toBe(30_000);
  tidied(order(30, { retention: { ...RETENTION, eventDays } }));
  expect(rows("events")).toBe(eventDays * perDay);

  function heads() {
    return store.outbox.due({ target: "itsm", nowMs: 0, limit: 100 }).rows;
  }
});
