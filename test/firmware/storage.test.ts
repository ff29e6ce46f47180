import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { subjectsOf } from "../../firmware/assets/subject.ts";
import { storageReplySchema } from "../../firmware/contract/storage.ts";
import { Gateway } from "../../firmware/gateway.ts";
import { fault } from "../../firmware/journal/faults.ts";
import { type Journal, JournalError, type TidyOrder, type TidyOutcome } from "../../firmware/journal/journal.ts";
import type { Act } from "../../firmware/people/act.ts";
import { STORAGE_DEFAULTS } from "../../firmware/site/storage-schema.ts";
import { openStorageDesk, type StorageDeskParts } from "../../firmware/storage/desk.ts";
import { keepStorage } from "../../firmware/storage/keeper.ts";
import { siteOf } from "./access-site.ts";
import { entry, journalHere, raised } from "./journal-entries.ts";
import { ManualClock } from "./manual-clock.ts";

const DAMAGED = "journal.db.damaged-2026-11-20T01-02-03-004Z";
let folder: string;
let clock: BeatingClock;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "roomward-storage-"));
  clock = new BeatingClock();
});
afterEach(() => rmSync(folder, { recursive: true }));

class BeatingClock extends ManualClock {
  trusted = true;
  readonly beats: (() => void)[] = [];
  override every(_ms?: number, task?: () => void): () => void {
    if (task !== undefined) this.beats.push(task);
    return () => this.beats.splice(0);
  }
  override wallTrusted(): boolean {
    return this.trusted;
  }
  beat(): void {
    for (const task of this.beats) task();
  }
}

test("on a card that takes its time the keeper's pauses grow with its steps: four fifths of the disk are for others", async () => {
  const beganMs: number[] = [];
  const STEP_MS = 2_000;
  const keeper = keepStorage({
    dataFolder: folder,
    journal: {
      async tidy() {
        beganMs.push(clock.nowMs);
        clock.nowMs += STEP_MS;
        return { ok: true, more: true };
      },
    },
    clock,
    room: { boxAlarm: () => undefined, journalHealth: () => undefined },
    ...{ limits: () => STORAGE_DEFAULTS, targets: () => [], onTrouble: () => undefined },
  });
  await clock.until(() => beganMs.length === 3);
  await keeper.stop();
  expect(beganMs.slice(1).map((atMs, n) => atMs - (beganMs[n] as number))).toEqual([5 * STEP_MS, 5 * STEP_MS]);
});

test("the keeper gives way between small steps, rests when there is nothing to do, and ages nothing while the clock is not trusted", async () => {
  const asked: { readonly order: TidyOrder; readonly atMs: number }[] = [];
  const answers: TidyOutcome[] = [
    { ok: true, more: true },
    { ok: true, more: true },
    { ok: true, more: false },
    fault("readOnly", folder, "EROFS"),
    { ok: true, more: false },
  ];
  const health: string[] = [];
  const keeper = keepStorage({
    dataFolder: folder,
    journal: {
      tidy: async (order) => {
        asked.push({ order, atMs: clock.nowMs });
        return answers[asked.length - 1] ?? { ok: true, more: false };
      },
    },
    clock,
    room: { boxAlarm: () => undefined, journalHealth: (by, state) => health.push(`${by} ${state}`) },
    limits: () => ({ ...STORAGE_DEFAULTS, events: 90 }),
    targets: () => ["itsm"],
    onTrouble: () => undefined,
  });
  await clock.until(() => asked.length === 4);
  clock.trusted = false;
  await clock.until(() => asked.length === 5);
  await keeper.stop();
  expect(asked.map(({ atMs }, n) => atMs - (asked[n - 1]?.atMs ?? 1_000))).toEqual([10_000, 250, 250, 60_000, 60_000]);
  expect(asked[0]?.order).toMatchObject({ day: "2026-09-20", targets: ["itsm"], retention: { eventDays: 90, bytesMax: 536_870_912 } });
  expect(asked[4]?.order.day).toBeNull();
  expect(health).toEqual(["keeper ok", "keeper ok", "keeper ok", "keeper failing", "keeper ok"]);
});

test("a damaged file is an alarm from the start and from when it appears, until it is deleted", async () => {
  const said: boolean[] = [];
  writeFileSync(join(folder, DAMAGED), "x");
  const room = { boxAlarm: (_: string, active: boolean) => said.push(active), journalHealth: () => undefined };
  const journal: Pick<Journal, "tidy"> = { tidy: async () => ({ ok: true, more: false }) };
  const keeper = keepStorage({
    ...{ dataFolder: folder, journal, clock, room, onTrouble: () => undefined },
    limits: () => STORAGE_DEFAULTS,
    targets: () => [],
  });
  expect(said).toEqual([true]);
  rmSync(join(folder, DAMAGED));
  keeper.look();
  expect(said).toEqual([true, false]);
  writeFileSync(join(folder, "people.json.damaged"), "x");
  clock.beat();
  expect(said).toEqual([true, false, true]);
  await keeper.stop();
  expect(clock.beats).toEqual([]);
});

const HISTORY = { bytes: 5, bytesMax: 10, oldestFullRateMs: null, oldestMinuteMs: 7, minutesWaiting: 0 };

function deskOf(parts: Partial<StorageDeskParts> = {}) {
  const notes: Act[] = [];
  const journal = journalHere(mkdtempSync(join(folder, "journal-")));
  let deleted = 0;
  const desk = openStorageDesk({
    ...{ dataFolder: folder, journal, historyUsage: async () => HISTORY, clock, targets: () => ["itsm"], limits: () => STORAGE_DEFAULTS },
    note: async (act) => notes.push(act) > 0,
    deleted: () => {
      deleted += 1;
    },
    ...parts,
  });
  return { desk, notes, journal, deletions: () => deleted };
}

test("usage says what lies there, how far back it reaches, and what waits", async () => {
  const { desk, journal } = deskOf();
  const audit = [{ atMs: 5, by: "li", action: "a", subject: "s", detail: "" }];
  await journal.commit(entry([raised()], { atMs: 42, targets: ["itsm", "gone"], audit }));
  writeFileSync(join(folder, DAMAGED), "xyz");
  writeFileSync(join(folder, "people.json"), "{}");
  writeFileSync(join(folder, "people.json.1"), "{}");
  const usage = storageReplySchema.parse(await desk.usage());
  expect(usage).toMatchObject({
    journal: {
      events: { count: 1, oldestMs: 42, days: 400 },
      audit: { count: 1, oldestMs: 5, days: 400 },
      access: { count: 0, oldestMs: null },
      sheets: { count: 0, oldestMs: null, days: 1830 },
      deliveries: { waiting: 1, parked: 0, oldestWaitingMs: 42 },
      bytesMax: 536_870_912,
    },
    history: { oldestMinuteMs: 7, fullRateDays: 30, minuteDays: 400 },
    damaged: [{ name: DAMAGED, bytes: 3 }],
    generations: [{ name: "people.json", older: 1 }],
    problem: null,
  });
  expect(usage.disk.freeBytes).toBeGreaterThan(0);
  expect(usage.journal?.bytes).toBeGreaterThanOrEqual(usage.journal?.bytesUsed ?? Number.NaN);
  await journal.close();
});

test("a journal that cannot be read leaves the rest to be seen, with why", async () => {
  const broken = fault("io", folder, "EIO");
  const { desk, journal } = deskOf({
    journal: {
      usage: async () => {
        throw new JournalError(broken);
      },
    },
  });
  expect(storageReplySchema.parse(await desk.usage())).toMatchObject({ journal: null, problem: broken.message });
  await journal.close();
});

test("deleting is written down first; without that, or for any other name, nothing goes", async () => {
  writeFileSync(join(folder, DAMAGED), "xyz");
  const { desk, notes, journal, deletions } = deskOf();
  const doer = { by: "li", from: "10.0.0.7" };
  expect(await desk.deleteDamaged("journal.db", doer)).toBe("unknown");
  const unheard = deskOf({ note: async () => false });
  expect(await unheard.desk.deleteDamaged(DAMAGED, doer)).toBe("notNoted");
  await unheard.journal.close();
  expect(existsSync(join(folder, DAMAGED))).toBe(true);
  expect(await desk.deleteDamaged(DAMAGED, doer)).toBe("deleted");
  expect(existsSync(join(folder, DAMAGED))).toBe(false);
  expect(notes).toMatchObject([{ ...doer, action: "storage.delete", subject: DAMAGED, before: "3 bytes" }]);
  expect(deletions()).toBe(1);
  await journal.close();
});

test("a journal that cannot be written is an alarm that is shown without it, and is over when somebody has written again", async () => {
  const site = siteOf(`site: { id: sz1, name: Shenzhen }
areas: [{ id: room, name: Room }]
buses: [{ id: wire, kind: modbus-tcp, host: 127.0.0.1, port: 9 }]
devices: [{ id: th-1, area: room, bus: wire, unit: 1, profile: sensor/xy-md02 }]
`);
  const shown: string[] = [];
  const full = fault("diskFull", folder, "full");
  let isFull = true;
  const gateway = new Gateway({
    ...{ site, live: [], deliveries: {}, clock, version: "0", lastIncidentNumber: 0 },
    journal: { commit: async () => (isFull ? full : { ok: true, deliveries: {} }) } as unknown as Journal,
    subject: subjectsOf(site, () => null, clock),
    wakeUpstream: () => undefined,
    log: () => undefined,
    minutes: { tick: () => undefined, take: () => undefined },
  });
  gateway.attach({
    markPoints: () => undefined,
    clientCount: () => 0,
    alarms: (changed, ended) => shown.push(...changed.map(({ key }) => key), ...ended.map((key) => `over ${key}`)),
    deliveries: () => undefined,
    buses: () => undefined,
    maintenance: () => undefined,
  });
  await gateway.start();
  gateway.desk.journalHealth("keeper", "ok", full.message);
  gateway.desk.journalHealth("keeper", "failing", full.message);
  const tick = (): void => clock.beat();
  tick();
  expect(gateway.health()).toMatchObject({ status: "degraded", journal: "failing" });
  expect(gateway.desk.alarms()).toEqual([]);
  clock.nowMs += 2_500;
  tick();
  await clock.settle();
  expect(shown).toContain("sz1/box/journal/-/journal");
  // Still failing for the recorder, whatever the keeper finds.
  gateway.desk.journalHealth("keeper", "ok", full.message);
  expect(gateway.health().journal).toBe("failing");
  isFull = false;
  await clock.until(() => gateway.health().journal === "ok", 10_000);
  expect(gateway.desk.alarms().filter(({ clearedAtMs }) => clearedAtMs === null)).toEqual([]);
  await gateway.stop();
});
