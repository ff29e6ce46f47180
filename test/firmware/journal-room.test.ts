import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { AlarmRecord } from "../../firmware/contract/alarm.ts";
import type { ConfigurationReply } from "../../firmware/contract/configuration.ts";
import { fault } from "../../firmware/journal/faults.ts";
import { JournalError, type JournalFault } from "../../firmware/journal/journal.ts";
import { siteOf } from "./configuration-site.ts";
import { gatewayHere } from "./gateway-here.ts";

// What the card answers at an opening, and to who asks which alarms are live; null: it is well.
const { card } = vi.hoisted(() => ({ card: { opening: null as JournalFault | null, reading: null as JournalFault | null } }));
vi.mock(import("../../firmware/journal/open.ts"), async (original) => {
  const { openJournal } = await original();
  return {
    async openJournal(options) {
      if (card.opening !== null) return { fault: card.opening };
      const opened = await openJournal(options);
      if ("fault" in opened) return opened;
      const { journal } = opened;
      const liveAlarms = async (): Promise<readonly AlarmRecord[]> => {
        if (card.reading !== null) throw new JournalError(card.reading);
        return journal.liveAlarms();
      };
      return { journal: { ...journal, liveAlarms } };
    },
  };
});

let work: string;
beforeEach(() => {
  Object.assign(card, { opening: null, reading: null });
  work = mkdtempSync(join(tmpdir(), "roomward-room-"));
  mkdirSync(join(work, "data"), { mode: 0o700 });
  writeFileSync(join(work, "site.yaml"), siteOf(1));
});
afterEach(() => rmSync(work, { recursive: true, force: true }));

type Gateway = Awaited<ReturnType<typeof gatewayHere>>;
const journalAlarm = async (box: Gateway): Promise<AlarmRecord | undefined> =>
  (await box.get<{ alarms: AlarmRecord[] }>("/api/v1/alarms")).alarms.find(({ key }) => key.endsWith("/journal"));

test("without a journal the room runs with an alarm, and begins anew in the same process when it comes", { timeout: 60_000 }, async () => {
  card.opening = fault("readOnly", "/data", "EROFS");
  const box = await gatewayHere(work);
  await vi.waitUntil(async () => (await journalAlarm(box)) !== undefined, { timeout: 60_000 });
  expect(await box.get("/api/v1/incidents")).toMatchObject({ code: "journalFailing" });
  card.opening = null;
  await vi.waitUntil(() => box.ups() === 2, { timeout: 60_000 });
  expect(await journalAlarm(box)).toBeUndefined();
  expect(await box.get("/api/v1/health")).toMatchObject({ journal: "ok" });
  expect(await box.get("/api/v1/incidents")).toMatchObject({ incidents: expect.anything() });
  expect(await box.stop()).toBe(0);
});

test("a journal that opens and cannot be read is no fault of the configuration: the room runs without it", {
  timeout: 60_000,
}, async () => {
  card.reading = fault("io", "/data", "disk I/O error");
  const box = await gatewayHere(work);
  await vi.waitUntil(async () => (await journalAlarm(box)) !== undefined, { timeout: 60_000 });
  const { running, troubles } = await box.get<ConfigurationReply>("/api/v1/configuration");
  expect([running?.number, running?.origin, troubles]).toEqual([1, "file", []]);
  expect(await box.stop()).toBe(0);
});

test("a folder that another process has ends the start", { timeout: 60_000 }, async () => {
  card.opening = fault("locked", "/data", "pid 7");
  const box = await gatewayHere(work);
  expect([await box.stop(), box.said]).toEqual([1, [expect.stringContaining("pid 7")]]);
});
