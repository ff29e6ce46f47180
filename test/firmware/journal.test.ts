import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Journal, JournalEntry } from "../../firmware/journal/journal.ts";
import { openJournal } from "../../firmware/journal/open.ts";
import { RETENTION } from "../../firmware/journal/retention.ts";
import { systemClock } from "../../firmware/platform/clock.ts";
import { acknowledged, alarm, cleared, entry, journalIn, raised, temporaryFolder } from "./journal-entries.ts";

let folder: ReturnType<typeof temporaryFolder>;
let open: Journal[] = [];

beforeEach(() => {
  folder = temporaryFolder();
  open = [];
});

afterEach(async () => {
  for (const journal of open) await journal.close();
  folder.remove();
});

async function journalHere(more: Parameters<typeof journalIn>[1] = {}): Promise<Journal> {
  const journal = await journalIn(folder.path, more);
  open.push(journal);
  return journal;
}

async function committed(journal: Journal, what: JournalEntry): Promise<void> {
  expect(await journal.commit(what)).toMatchObject({ ok: true });
}

const query = { target: "itsm", nowMs: 0, limit: 10 };

describe("one commit", () => {
  test("brings alarm, incident, deliveries and audit together, and they are there after a restart", async () => {
    const journal = await journalHere();
    const audit = [{ atMs: 5, by: "wang", action: "alarm.acknowledge", subject: alarm().key, detail: "on my way" }];
    await committed(journal, entry([raised()], { targets: ["itsm", "mail"] }));
    const outcome = await journal.commit(entry([acknowledged()], { targets: ["itsm"], audit }));
    expect(outcome).toMatchObject({ ok: true, deliveries: { "incident-1": [{}, {}, { event: "acknowledge", state: "queued" }] } });
    await journal.close();

    const again = await journalHere();
    expect(await again.liveAlarms()).toEqual([acknowledged().record]);
    const [incident] = await again.incidents({ limit: 10 });
    expect(incident).toMatchObject({ id: "incident-1", state: "acknowledged", deliveries: [{ target: "itsm" }, { target: "mail" }, {}] });
    expect(await again.audit(10)).toMatchObject(audit);
  });

  test("is nothing at all when one of its changes cannot be taken", async () => {
    const journal = await journalHere();
    const tooLong = raised({ key: "a/b/c/d/high", incident: "i2", text: { zh: "长".repeat(20_000), en: "" } });
    const outcome = await journal.commit(entry([raised(), tooLong], { targets: ["itsm"] }));
    expect(outcome).toMatchObject({ ok: false, reason: "refused" });
    expect(await journal.liveAlarms()).toEqual([]);
    expect((await journal.dueDeliveries(query)).rows).toEqual([]);
  });

  test("that is refused does not take along what was committed beside it", async () => {
    const journal = await journalHere();
    const bad = { ...entry([raised({ incident: "i2" })]), eventIds: [] };
    const good = (n: number) => entry([raised({ key: `a/b/c/${n}/high`, incident: `i-${n}` })]);
    const outcomes = await Promise.all([good(1), bad, good(2)].map((one) => journal.commit(one)));
    expect(outcomes.map(({ ok }) => ok)).toEqual([true, false, true]);
    expect(await journal.liveAlarms()).toHaveLength(2);
  });

  test("made twice under the same event ids is recorded once", async () => {
    const journal = await journalHere();
    const audit = [{ atMs: 5, by: "wang", action: "a", subject: "s", detail: "" }];
    const once = entry([raised()], { targets: ["itsm"], audit });
    await committed(journal, once);
    await committed(journal, once);
    expect((await journal.dueDeliveries(query)).rows).toHaveLength(1);
    expect(await journal.audit(10)).toHaveLength(1);
  });

  test("never puts one event id under two alarms", async () => {
    const journal = await journalHere();
    const first = entry([raised()]);
    await committed(journal, first);
    const other = { ...entry([raised({ key: "a/b/c/d/low", incident: "i2" })]), eventIds: first.eventIds };
    expect(await journal.commit(other)).toMatchObject({ ok: false, reason: "refused" });
  });
});

describe("what is kept", () => {
  test("an alarm that is over is history, not live", async () => {
    const journal = await journalHere();
    await committed(journal, entry([raised()]));
    await committed(journal, entry([cleared({ state: "A" })]));
    expect(await journal.liveAlarms()).toEqual([]);
    expect(await journal.incidents({ limit: 10, open: true })).toEqual([]);
    expect(await journal.incidents({ limit: 10, open: false })).toMatchObject([{ state: "resolved" }]);
  });
});

describe("the outbox", () => {
  const life = [raised(), acknowledged(), cleared()];
  const other = raised({ key: "a/b/c/d/high", incident: "i2" });
  const done = { next: "done", ticket: "INC1", ticketUrl: "https://itsm.example/INC1" } as const;
  const settled = async (journal: Journal, id: string, verdict: Parameters<Journal["settle"]>[0][number]["verdict"]) =>
    expect(await journal.settle([{ id, atMs: 7, answer: "said so", verdict }])).toEqual({ ok: true });

  test("gives only the oldest message of each alarm, and the next one when that is done or parked", async () => {
    const journal = await journalHere();
    await committed(journal, entry([...life, other], { targets: ["itsm"] }));
    const heads = async () => (await journal.dueDeliveries(query)).rows.map(({ event, key }) => `${event} ${key.split("/")[2]}`);
    expect(await heads()).toEqual(["raise th-3", "raise c"]);
    const [first] = (await journal.dueDeliveries(query)).rows;
    await settled(journal, first?.id ?? "", done);
    expect(await heads()).toEqual(["acknowledge th-3", "raise c"]);
    const [second] = (await journal.dueDeliveries(query)).rows;
    await settled(journal, second?.id ?? "", { next: "park" });
    expect(await heads()).toEqual(
      ["raise c", "clear th-3"]
        .sort()
        .reverse()
        .sort((a) => (a.startsWith("clear") ? -1 : 1)),
    );
    expect(await journal.deliveriesOf(["incident-1"])).toMatchObject({
      "incident-1": [
        { event: "raise", state: "sent", attempts: 1, ticket: "INC1", ticketUrl: "https://itsm.example/INC1", answer: "said so", atMs: 7 },
        { event: "acknowledge", state: "parked" },
        { event: "clear", state: "queued", attempts: 0 },
      ],
    });
  });

  test("holds a retry back until its time, with everything behind it; a restart makes it due at once", async () => {
    const journal = await journalHere();
    await committed(journal, entry(life, { targets: ["itsm"] }));
    const [head] = (await journal.dueDeliveries(query)).rows;
    await settled(journal, head?.id ?? "", { next: "retry", dueAtMs: 5_000 });
    expect(await journal.dueDeliveries({ ...query, nowMs: 4_999 })).toEqual({ rows: [], nextDueAtMs: 5_000 });
    expect((await journal.dueDeliveries({ ...query, nowMs: 5_000 })).rows).toMatchObject([{ id: head?.id, attempts: 1, body: head?.body }]);
    await journal.close();
    const again = await journalHere({ bootId: "boot-2" });
    expect((await again.dueDeliveries(query)).rows).toEqual([{ ...head, attempts: 1 }]);
  });

  test("releases what is parked, in order, unless the target knows something newer", async () => {
    const journal = await journalHere();
    await committed(journal, entry([...life, other], { targets: ["itsm"] }));
    for (const verdict of [{ next: "park" }, { next: "park" }, done] as const) {
      const row = (await journal.dueDeliveries(query)).rows.find(({ key }) => key === alarm().key);
      await settled(journal, row?.id ?? "", verdict);
    }
    await settled(journal, (await journal.dueDeliveries(query)).rows[0]?.id ?? "", { next: "park" });
    expect((await journal.dueDeliveries(query)).rows).toEqual([]);
    expect(await journal.release("itsm")).toEqual({ ok: true });
    expect((await journal.dueDeliveries(query)).rows.map(({ key }) => key)).toEqual([other.record.key]);
  });
});

test("a released message goes before what was queued behind it meanwhile", async () => {
  const journal = await journalHere();
  await committed(journal, entry([raised(), acknowledged()], { targets: ["itsm"] }));
  const [parked] = (await journal.dueDeliveries(query)).rows;
  await journal.settle([{ id: parked?.id ?? "", atMs: 7, answer: "HTTP 401", verdict: { next: "park" } }]);
  expect((await journal.dueDeliveries(query)).rows).toMatchObject([{ event: "acknowledge" }]);
  await journal.release("itsm");
  expect((await journal.dueDeliveries(query)).rows).toMatchObject([{ event: "raise", id: parked?.id, body: parked?.body }]);
});

describe("trouble is an outcome", () => {
  test("a second process on the same folder is told which one has it", async () => {
    await journalHere();
    const second = await openJournal({ directory: folder.path, bootId: "b", clock: systemClock });
    expect(second).toMatchObject({
      fault: { reason: "locked", message: { en: expect.stringContaining(`pid ${process.pid}`), zh: expect.stringContaining(folder.path) } },
    });
  });

  test("a folder that cannot be written", async () => {
    writeFileSync(join(folder.path, "file"), "");
    const opened = await openJournal({ directory: join(folder.path, "file", "data"), bootId: "b", clock: systemClock });
    expect(opened).toMatchObject({ fault: { message: { en: expect.stringContaining(join(folder.path, "file", "data")) } } });
  });

  test("a full disk loses nothing that was acknowledged, and recording goes on when there is room", async () => {
    const journal = await journalHere({ bytesMax: 400_000 });
    let acknowledgedCommits = 0;
    let outcome = await journal.commit(entry([]));
    for (let n = 0; outcome.ok && n < 2_000; n += 1) {
      outcome = await journal.commit(entry([raised({ key: `a/b/${n}/p/high`, incident: `i-${n}` })]));
      if (outcome.ok) acknowledgedCommits += 1;
    }
    expect(outcome).toMatchObject({ ok: false, reason: "diskFull", message: { zh: expect.stringContaining(folder.path) } });
    expect(await journal.liveAlarms()).toHaveLength(acknowledgedCommits);
    await journal.close();
    const roomier = await journalHere();
    expect(await roomier.liveAlarms()).toHaveLength(acknowledgedCommits);
    await committed(roomier, entry([raised({ key: "a/b/more/p/high", incident: "more" })]));
  });

  test("a damaged file is kept aside, a new one is in use, and people are told", async () => {
    const journal = await journalHere();
    await committed(journal, entry([raised()]));
    await journal.close();
    writeFileSync(join(folder.path, "journal.db"), Buffer.alloc(20_000, 7));
    const onTrouble = vi.fn();
    const again = await journalHere({ onTrouble });
    expect(onTrouble).toHaveBeenCalledExactlyOnceWith({ zh: expect.stringContaining("已损坏"), en: expect.stringContaining("damaged") });
    await committed(again, entry([raised()]));
    const aside = readdirSync(folder.path).find((name) => name.startsWith("journal.db.damaged-"));
    expect(readFileSync(join(folder.path, aside ?? ""))).toEqual(Buffer.alloc(20_000, 7));
  });

  test("a file that is damaged while in use: the caller is told once, to record again what is live", async () => {
    const onTrouble = vi.fn();
    const journal = await journalHere({ onTrouble });
    const many = Array.from({ length: 300 }, (_, n) => raised({ key: `a/b/${n}/p/high`, incident: `i-${n}` }));
    await committed(journal, entry(many));
    await checkpointed(folder.path);
    const bytes = readFileSync(join(folder.path, "journal.db"));
    writeFileSync(join(folder.path, "journal.db"), bytes.fill(0xa5, 4_096));
    const outcomes = [];
    for (let n = 0; n < 3; n += 1) outcomes.push(await journal.commit(entry([raised({ key: `a/b/new/p/high`, incident: `n-${n}` })])));
    expect(outcomes).toMatchObject([{ ok: false, reason: "corrupt" }, { ok: true }, { ok: true }]);
    expect(onTrouble).toHaveBeenCalledTimes(1);
    expect(await journal.liveAlarms()).toHaveLength(1);
  });

  test("a large file is read beside the work: damage is found without a call that meets it, and what is live is recorded again", async () => {
    const journal = await journalHere();
    const many = Array.from({ length: 300 }, (_, n) => raised({ key: `a/b/${n}/p/high`, incident: `i-${n}` }));
    await committed(journal, entry(many));
    await journal.close();
    const file = join(folder.path, "journal.db");
    const bytes = readFileSync(file);
    // The last page: of events that nobody asks for.
    writeFileSync(file, bytes.fill(0xa5, bytes.length - 1_024));
    const onTrouble = vi.fn();
    const again = await journalHere({ readAtOpenBytes: 1, onTrouble });
    expect(onTrouble).not.toHaveBeenCalled();
    await vi.waitUntil(
      async () => {
        await again.lastIncidentNumber().catch(() => 0);
        return onTrouble.mock.calls.length > 0;
      },
      { timeout: 60_000 },
    );
    expect(onTrouble).toHaveBeenCalledExactlyOnceWith({
      zh: expect.stringContaining("已损坏"),
      en: expect.stringContaining("was damaged"),
    });
    expect(await again.commit(entry([raised()]))).toMatchObject({ ok: false, reason: "corrupt" });
    await committed(again, entry([raised()]));
    expect(await again.liveAlarms()).toHaveLength(1);
  });

  test("a journal that is larger than its limit goes on recording while it is cut down to it", async () => {
    const journal = await journalHere();
    for (let n = 0; n < 20; n += 1) {
      const many = Array.from({ length: 50 }, (_, i) => ({ key: `a/b/${i}/p/high`, incident: `i-${n}-${i}` }));
      await committed(journal, entry(many.flatMap((one) => [raised(one), cleared({ ...one, state: "A" })])));
    }
    const before = (await journal.usage([])).bytesUsed;
    await journal.close();
    const bytesMax = 1_000_000;
    expect(before).toBeGreaterThan(bytesMax);
    const tight = await journalHere({ bytesMax });
    await committed(tight, entry([raised({ key: "a/b/new/p/high", incident: "new" })]));
    const order = { retention: { ...RETENTION, bytesMax }, targets: [], day: null, wallMs: 0 };
    for (let step = await tight.tidy(order); step.ok && step.more; ) step = await tight.tidy(order);
    await tight.tidy(order);
    const after = (await tight.usage([])).bytesUsed;
    expect(after).toBeLessThan(bytesMax);
    expect(await tight.liveAlarms()).toHaveLength(1);
    // From now on the limit is the limit.
    let outcome = await tight.commit(entry([]));
    for (let n = 0; outcome.ok && n < 2_000; n += 1)
      outcome = await tight.commit(entry([raised({ key: `a/b/${n}/q/high`, incident: `q-${n}` })]));
    expect(outcome).toMatchObject({ ok: false, reason: "diskFull" });
    expect((await tight.usage([])).bytesUsed).toBeLessThanOrEqual(bytesMax);
  });

  test("a newer version's file is left as it is", async () => {
    await (await journalHere()).close();
    sqlite(folder.path, "db.exec('PRAGMA user_version = 999')");
    const opened = await openJournal({ directory: folder.path, bootId: "b", clock: systemClock });
    expect(opened).toMatchObject({ fault: { reason: "unusable", message: { en: expect.stringContaining("newer version") } } });
  });

  test("a bent text in the file costs that record only", async () => {
    const journal = await journalHere();
    await committed(journal, entry([raised(), raised({ key: "a/b/c/d/high", incident: "i2" })]));
    await journal.close();
    sqlite(
      folder.path,
      `db.exec("UPDATE alarms SET record = '{' WHERE key = 'a/b/c/d/high'; UPDATE incidents SET record = '' WHERE id = 'i2'")`,
    );
    const again = await journalHere();
    expect(await again.liveAlarms()).toEqual([raised().record]);
    expect(await again.incidents({ limit: 10 })).toHaveLength(1);
    await committed(again, entry([cleared({ key: "a/b/c/d/high", incident: "i2" })]));
  });

  test("after close every call says so", async () => {
    const journal = await journalHere();
    await journal.close();
    expect(await journal.commit(entry([raised()]))).toMatchObject({ ok: false, reason: "stopped" });
    await expect(journal.liveAlarms()).rejects.toThrow(/stopped/);
  });
});

test("the promises to the disk are in the file: write-ahead log, full flush", async () => {
  await journalHere();
  expect(existsSync(join(folder.path, "journal.db-wal"))).toBe(true);
});

/** Another process works on the file, as a technician would. */
function sqlite(directory: string, statement: string): void {
  const script = `const { DatabaseSync } = require("node:sqlite"); const db = new DatabaseSync("${join(directory, "journal.db")}"); ${statement}; db.close();`;
  execFileSync(process.execPath, ["-e", script]);
}

async function checkpointed(directory: string): Promise<void> {
  sqlite(directory, "db.exec('PRAGMA wal_checkpoint(TRUNCATE)')");
}

test("a journal that is deleted while in use is noticed before anything is acknowledged into nowhere", async () => {
  const told: string[] = [];
  const journal = await journalHere({ onTrouble: ({ en }) => told.push(en) });
  await committed(journal, entry([raised()]));
  rmSync(folder.path, { recursive: true });
  const outcome = await journal.commit(entry([acknowledged()], { eventIds: ["00000000-0000-4000-8000-0000000000aa"] }));
  expect(outcome).toMatchObject({ ok: false, reason: "corrupt", message: { en: expect.stringContaining("deleted or replaced") } });
  expect(told).toHaveLength(1);
  await committed(journal, entry([acknowledged()], { eventIds: ["00000000-0000-4000-8000-0000000000ab"] }));
  await journal.close();
  expect(await (await journalHere()).liveAlarms()).toEqual([acknowledged().record]);
});
