import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AlarmChange } from "../../firmware/alarms/change.ts";
import type { AlarmRecord, Words } from "../../firmware/contract/alarm.ts";
import type { JournalRequest } from "../../firmware/journal/calls.ts";
import { JournalDesk } from "../../firmware/journal/desk.ts";
import { type Journal, type JournalCalls, type JournalEntry, JournalError, type Stamp } from "../../firmware/journal/journal.ts";
import { openJournal } from "../../firmware/journal/open.ts";
import { RETENTION } from "../../firmware/journal/retention.ts";
import { type Clock, systemClock } from "../../firmware/platform/clock.ts";

const T0 = Date.UTC(2026, 8, 20, 3, 12, 45);

/** A live alarm as the life cycle makes it, state B unless told otherwise. */
export function alarm(change: Partial<AlarmRecord> = {}): AlarmRecord {
  return {
    key: "sz1/r1/th-3/ambient.temperature/high",
    device: "th-3",
    point: "th-3/ambient.temperature",
    type: "high",
    severity: "major",
    state: "B",
    held: false,
    text: { zh: "冷通道温度高 31.2 °C", en: "Cold aisle too hot, 31.2 °C" },
    action: { zh: "检查 2 号空调", en: "Check CRAC 2" },
    value: 31.2,
    limit: 27,
    unit: "°C",
    minimum: 31.2,
    maximum: 31.2,
    raisedAtMs: T0,
    changedAtMs: T0,
    clearedAtMs: null,
    raiseCount: 1,
    acknowledgement: null,
    incident: "incident-1",
    ...change,
  };
}

export function raised(change: Partial<AlarmRecord> = {}): AlarmChange {
  return { cause: "raise", record: alarm(change) };
}

export function acknowledged(change: Partial<AlarmRecord> = {}): AlarmChange {
  const acknowledgement = { atMs: T0 + 60_000, by: "wang", note: "on my way" };
  return { cause: "acknowledge", record: alarm({ state: "C", changedAtMs: T0 + 60_000, acknowledgement, ...change }) };
}

export function cleared(change: Partial<AlarmRecord> = {}): AlarmChange {
  return { cause: "clear", record: alarm({ state: "D", changedAtMs: T0 + 120_000, clearedAtMs: T0 + 120_000, ...change }) };
}

export function entry(changes: readonly AlarmChange[], more: Partial<JournalEntry> = {}): JournalEntry {
  return {
    atMs: T0,
    clockTrusted: true,
    changes,
    eventIds: changes.map(() => systemClock.uuid()),
    targets: [],
    audit: [],
    ...more,
  };
}

export const STAMP: Stamp = { uptimeMs: 1, clock: { source: "ntp", errorMs: 5 } };

export function temporaryFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "roomward-journal-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** The journal of a folder; a problem fails the test with its words. */
export async function journalIn(directory: string, more: Partial<Parameters<typeof openJournal>[0]> = {}): Promise<Journal> {
  const opened = await openJournal({ directory, bootId: "boot-1", clock: systemClock, ...more });
  if ("fault" in opened) throw new Error(opened.fault.message.en);
  return opened.journal;
}

/** The same journal without its thread: answers at once, for tests that own time. */
export function journalHere(
  directory: string,
  bootId = "boot-1",
  onTrouble: (message: Words) => void = () => undefined,
  clock: Pick<Clock, "monotonicMs" | "quality"> = { ...systemClock, quality: () => STAMP.clock },
): Journal {
  const options = { directory, bootId, bytesMax: RETENTION.bytesMax, inUse: false };
  const desk = new JournalDesk(options, systemClock.wallMs, onTrouble);
  const ask = async <Call extends keyof JournalCalls>(call: Call, argument: JournalCalls[Call]["argument"]) => {
    const stamp: Stamp = { uptimeMs: clock.monotonicMs(), clock: clock.quality() };
    const [reply] = desk.answer([{ id: 1, call, argument, stamp } as JournalRequest]);
    if (reply?.failed !== undefined) throw new JournalError(reply.failed);
    return reply?.answer as JournalCalls[Call]["answer"];
  };
  return {
    commit: (entry) => ask("commit", entry),
    settle: (results) => ask("settle", results),
    release: (target) => ask("release", target),
    liveAlarms: () => ask("liveAlarms", null),
    escalations: () => ask("escalations", null),
    recordOnCall: (write) => ask("recordOnCall", write),
    onCall: (query) => ask("onCall", query),
    maintenance: () => ask("maintenance", null),
    lastIncidentNumber: () => ask("lastIncidentNumber", null),
    incidents: ({ limit, open }) => ask("incidents", { limit, open: open ?? null }),
    deliveriesOf: (incidents) => ask("deliveriesOf", incidents),
    dueDeliveries: (query) => ask("dueDeliveries", query),
    standIn: (order) => ask("standIn", order),
    resend: (order) => ask("resend", order),
    targetQueues: (query) => ask("targetQueues", query),
    acceptedLive: (query) => ask("acceptedLive", query),
    toldIncidents: (target) => ask("toldIncidents", target),
    tellAgain: (order) => ask("tellAgain", order),
    audit: (limit, before, filter) => ask("audit", { limit, before: before ?? null, filter: filter ?? {} }),
    auditChoices: () => ask("auditChoices", null),
    async auditCheck() {
      let step = await ask("auditCheck", null);
      while (!("ok" in step)) step = await ask("auditCheck", step);
      return step;
    },
    alarmEvents: (query) => ask("alarmEvents", query),
    raisedCounts: (fromMs, toMs) => ask("raisedCounts", { fromMs, toMs }),
    recordAccess: (write) => ask("recordAccess", write),
    accessLog: (query) => ask("accessLog", query),
    accessMemory: () => ask("accessMemory", null),
    inspect: (step) => ask("inspect", step),
    expectSheets: (expected) => ask("expectSheets", expected),
    inspections: (query) => ask("inspections", query),
    workIncident: (step) => ask("workIncident", step),
    desk: (question) => ask("desk", question),
    tidy: (order) => ask("tidy", order),
    usage: (targets) => ask("usage", targets),
    recordClock: (note) => ask("recordClock", note),
    clockMemory: () => ask("clockMemory", null),
    close: async () => desk.close(),
  };
}
