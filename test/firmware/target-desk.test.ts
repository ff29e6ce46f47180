import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Journal, JournalError } from "../../firmware/journal/journal.ts";
import type { SendOutcome } from "../../firmware/upstream/dialect.ts";
import { type Dispatcher, startDispatcher } from "../../firmware/upstream/dispatcher.ts";
import { openTargetDesk, type TargetDesk } from "../../firmware/upstream/target-desk.ts";
import { TargetWatch } from "../../firmware/upstream/target-watch.ts";
import { cleared, entry, journalHere, raised, temporaryFolder } from "./journal-entries.ts";
import { ManualClock } from "./manual-clock.ts";

const yes: SendOutcome = { outcome: "accepted", answer: "HTTP 200", ticket: null, ticketUrl: null };
const never: SendOutcome = { outcome: "refused", answer: "HTTP 400: no such field" };
const later: SendOutcome = { outcome: "unavailable", answer: "HTTP 503", retryAfterMs: null };
const doer = { by: "wang", from: "10.0.0.9" };
const T0 = Date.UTC(2026, 8, 20);
const elsewhere = (n: number) => raised({ key: `a/b/${n}/p/high`, incident: `i-${n}` });

let folder: ReturnType<typeof temporaryFolder>;
let clock: ManualClock;
let journal: Journal;
let dispatcher: Dispatcher;
let desk: TargetDesk;
let sent: string[];
let health: string[];
let answer: () => SendOutcome;

beforeEach(() => {
  folder = temporaryFolder();
  clock = new ManualClock();
  journal = journalHere(folder.path);
  sent = [];
  health = [];
  answer = () => yes;
  const watch = new TargetWatch(clock);
  const send = async (row: { readonly id: string }) => {
    sent.push(row.id);
    return answer();
  };
  dispatcher = startDispatcher({
    ...{ journal, clock, watch, dialects: new Map([["itsm", { send, close: () => undefined }]]) },
    onTarget: (_, { state }) => health.push(state),
    onDelivery: () => undefined,
    onTrouble: (words) => {
      throw new Error(words.en);
    },
  });
  desk = openTargetDesk({
    ...{ targets: [{ id: "itsm", kind: "webhook" }], journal, clock, watch },
    resent: (target, left) => dispatcher.resent(target, left),
    whileQuiet: (target, work) => dispatcher.whileQuiet(target, work),
  });
});

afterEach(async () => {
  await dispatcher.stop();
  await journal.close();
  folder.remove();
});

async function commit(...changes: Parameters<typeof entry>[0]): Promise<void> {
  expect(await journal.commit(entry(changes, { targets: ["itsm"], atMs: T0 + clock.nowMs }))).toMatchObject({ ok: true });
  dispatcher.wake();
  await clock.settle();
}

const shown = async () => (await desk.list()).targets[0];

describe("what people see of a target", () => {
  test("before anything was sent nothing is claimed", async () => {
    expect(await desk.list()).toEqual({
      problem: null,
      targets: [
        {
          ...{ id: "itsm", kind: "webhook", state: "unknown", sinceMs: null, answer: "", answeredMs: null, queued: 0, parked: 0 },
          ...{ oldestWaitingMs: null, lastAcceptedMs: null, latency: null, lastBeatMs: null, dead: [] },
          ...{ comparedMs: null, repairs: 0 },
        },
      ],
    });
  });

  test("what waits and since when while it fails; after the first yes how long it took", async () => {
    answer = () => later;
    await commit(elsewhere(1));
    await clock.until(() => health.includes("failing"));
    expect(await shown()).toMatchObject({ state: "failing", answer: "HTTP 503", queued: 1, oldestWaitingMs: T0 + 1_000, latency: null });
    answer = () => yes;
    await clock.until(() => health.includes("ok"));
    await clock.settle();
    const waitedMs = clock.nowMs - 1_000;
    expect(await shown()).toMatchObject({
      ...{ state: "ok", queued: 0, oldestWaitingMs: null, lastAcceptedMs: T0 + clock.nowMs },
      latency: { count: 1, p50Ms: waitedMs, p95Ms: waitedMs, p99Ms: waitedMs },
    });
    clock.nowMs += 3_600_001;
    expect(await shown()).toMatchObject({ latency: null });
  });

  test("a journal that cannot be read is said, with what is known all the same", async () => {
    const fault = { ok: false, reason: "io", message: { zh: "读不出", en: "cannot read" } } as const;
    Object.assign(journal, { targetQueues: () => Promise.reject(new JournalError(fault)) });
    expect(await desk.list()).toMatchObject({ problem: fault.message, targets: [{ id: "itsm" }] });
  });
});

describe("refused messages", () => {
  test("are listed with the target's answer, the newest first", async () => {
    answer = () => never;
    await commit(elsewhere(1), elsewhere(2));
    const target = await shown();
    expect(target).toMatchObject({ state: "parked", parked: 2, queued: 0 });
    expect(target?.dead.map(({ incident, event, answer, isOvertaken }) => [incident, event, answer, isOvertaken])).toEqual([
      ["i-2", "raise", "HTTP 400: no such field", false],
      ["i-1", "raise", "HTTP 400: no such field", false],
    ]);
  });

  test("go again one by one or all, under their ids, with a line in the audit log; the target is well when none is left", async () => {
    answer = () => never;
    await commit(elsewhere(1), elsewhere(2), elsewhere(3));
    const ids = (await shown())?.dead.map(({ id }) => id) ?? [];
    answer = () => yes;
    sent.length = 0;
    expect(await desk.resend("itsm", [ids[0] as string], doer)).toEqual({ resent: 1, left: 2 });
    await clock.settle();
    expect(sent).toEqual([ids[0]]);
    // Two still wait for somebody.
    expect(health).toEqual(["parked"]);
    expect(await desk.resend("itsm", null, doer)).toEqual({ resent: 2, left: 0 });
    await clock.settle();
    expect(sent.toSorted()).toEqual(ids.toSorted());
    expect(health).toEqual(["parked", "ok"]);
    const lines = (await journal.audit(5)).filter(({ action }) => action === "target.resend");
    expect(lines.map(({ by, from, subject, detail, after }) => [by, from, subject, detail, after])).toEqual([
      ["wang", "10.0.0.9", "itsm", "all", "2"],
      ["wang", "10.0.0.9", "itsm", ids[0], "1"],
    ]);
  });

  test("do not go again after something newer about their alarm, and nothing is written down then", async () => {
    answer = () => (sent.length === 1 ? never : yes);
    await commit(raised(), cleared());
    await clock.settle();
    expect((await shown())?.dead).toMatchObject([{ event: "raise", isOvertaken: true }]);
    expect(await desk.resend("itsm", null, doer)).toEqual({ resent: 0, left: 1 });
    expect((await journal.audit(5)).filter(({ action }) => action === "target.resend")).toEqual([]);
  });

  test("of a target that the site does not have, or with a journal that takes nothing, are told so", async () => {
    expect(await desk.resend("other", null, doer)).toBeNull();
    const full = { ok: false, reason: "diskFull", message: { zh: "磁盘已满", en: "disk full" } } as const;
    Object.assign(journal, { resend: async () => full });
    expect(await desk.resend("itsm", null, doer)).toEqual({ problem: full.message });
  });
});
