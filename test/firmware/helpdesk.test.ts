import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { IncidentDetail, IncidentQuestion } from "../../firmware/contract/incidents.ts";
import type { DeskTrouble, HelpDesk } from "../../firmware/helpdesk/desk.ts";
import { watchLevels } from "../../firmware/helpdesk/level-watch.ts";
import type { IncidentEvent } from "../../firmware/incidents/event.ts";
import type { Journal } from "../../firmware/journal/journal.ts";
import { helpDesk, LEVELS, SUBJECT } from "./helpdesk-stage.ts";
import { WallClock } from "./inspection-stage.ts";
import { alarm, cleared, entry, journalHere, raised, temporaryFolder } from "./journal-entries.ts";

const LI = { by: "li", from: "10.0.0.7" };
const WANG = { by: "wang", from: "10.0.0.8" };
const NUMBER = "RW-000001";
const MINUTE = 60_000;

let folder: ReturnType<typeof temporaryFolder>;
let clock: WallClock;
let journal: Journal;
let desk: HelpDesk;

beforeEach(async () => {
  folder = temporaryFolder();
  clock = new WallClock("2026-09-20T11:00:00+08:00");
  journal = journalHere(folder.path, "boot-1", undefined, clock);
  desk = helpDesk(journal, clock, { targets: ["itsm"] });
  await ring();
});
afterEach(async () => {
  await journal.close();
  folder.remove();
});

/** An alarm that opens an incident of its own. */
async function ring(n = 1, change: Parameters<typeof alarm>[0] = {}): Promise<void> {
  const record = { incident: `incident-${n}`, incidentNumber: `RW-00000${n}`, raisedAtMs: clock.wallMs(), ...change };
  await commit(raised(record));
}

async function commit(...changes: Parameters<typeof entry>[0]): Promise<void> {
  const made = await journal.commit(entry(changes, { atMs: clock.wallMs(), targets: ["itsm"] }));
  if (!made.ok) throw new Error(made.message.en);
}

async function restart(boot: string): Promise<void> {
  await journal.close();
  journal = journalHere(folder.path, boot, undefined, clock);
  desk = helpDesk(journal, clock, { targets: ["itsm"] });
}

function later(minutes: number): void {
  clock.nowMs += minutes * MINUTE;
}

/** What a target was told of acts. */
async function told(): Promise<readonly IncidentEvent[]> {
  const events: IncidentEvent[] = [];
  for (;;) {
    const { rows } = await journal.dueDeliveries({ target: "itsm", nowMs: 1e15, limit: 50 });
    if (rows.length === 0) return events;
    events.push(...rows.map(({ body }) => JSON.parse(body) as IncidentEvent));
    await journal.settle(rows.map(({ id }) => ({ id, atMs: 1, answer: "", verdict: { next: "done", ticket: null, ticketUrl: null } })));
  }
}

function done<Reply extends object>(reply: Reply | DeskTrouble): Reply {
  if ("why" in reply) throw new Error(reply.problem.en);
  return reply;
}

const kinds = ({ moments }: IncidentDetail): readonly string[] => moments.map(({ kind }) => kind);

describe("an incident", () => {
  test("shows what it is about, who has it, and everything that happened, also after a restart", async () => {
    later(2);
    await desk.act(NUMBER, { kind: "assign", to: { kind: "person", name: "wang" } }, LI);
    later(1);
    await desk.act(NUMBER, { kind: "note", text: "filter is dirty" }, WANG);
    await restart("boot-2");
    const detail = await desk.incident(NUMBER);
    expect(detail).toMatchObject({
      subject: { serial: "SN-7", warrantyUntil: "2027-05-01", inWarranty: true, servicePhone: "400-1", location: { en: "Site / Room" } },
      incident: {
        number: NUMBER,
        work: { state: "inProgress", assignee: "wang", assigneeKind: "person", urgency: 2, impact: 1, priority: 2 },
      },
      moments: [
        { kind: "alarm.raise", by: null },
        { kind: "assign", by: "li", detail: "wang", atMs: clock.nowMs - MINUTE },
        { kind: "note", by: "wang", detail: "filter is dirty" },
      ],
    });
  });

  test("goes to people of the house, or to a group of any name", async () => {
    expect(await desk.act(NUMBER, { kind: "assign", to: { kind: "person", name: "wagn" } }, LI)).toMatchObject({ why: "refused" });
    const given = done(await desk.act(NUMBER, { kind: "assign", to: { kind: "group", name: "cooling" } }, LI));
    expect(given.incident.work).toMatchObject({ state: "new", assignee: "cooling", assigneeKind: "group" });
  });

  test("that is not there is said with its number", async () => {
    expect(await desk.incident("RW-000099")).toBe(null);
    expect(await desk.act("RW-000099", { kind: "note", text: "x" }, LI)).toMatchObject({ why: "unknown" });
  });

  test("what is refused leaves nothing behind, neither act nor audit line nor message", async () => {
    const before = await journal.audit(50);
    expect(await desk.act(NUMBER, { kind: "reopen", reason: "x" }, LI)).toMatchObject({ why: "refused" });
    expect(await journal.audit(50)).toEqual(before);
    expect(kinds((await desk.incident(NUMBER)) as IncidentDetail)).toEqual(["alarm.raise"]);
    expect((await told()).map(({ state }) => state)).toEqual(["raise"]);
  });

  test("every act stands in the audit log with what it changed", async () => {
    await desk.act(NUMBER, { kind: "priority", priority: 1, reason: "guests are here" }, LI);
    const [line] = await journal.audit(1);
    expect(line).toMatchObject({ by: "li", from: "10.0.0.7", action: "incident.priority", subject: NUMBER, detail: "guests are here" });
    expect(JSON.parse(line?.after ?? "")).toMatchObject({ priority: { priority: 1 } });
  });

  test("resolved by a person it leaves its alarm standing, and its alarm opens it again", async () => {
    await desk.act(NUMBER, { kind: "resolve", note: "restarted" }, LI);
    expect(await journal.liveAlarms()).toMatchObject([{ state: "B" }]);
    expect((await desk.incident(NUMBER))?.incident.work).toMatchObject({ state: "resolved", resolvedBy: "li", alarmsStand: true });
    const again = { incident: "incident-1", incidentNumber: NUMBER, raisedAtMs: clock.wallMs() };
    await commit(cleared(again), raised(again));
    expect((await desk.incident(NUMBER))?.incident.work).toMatchObject({ state: "inProgress", resolvedBy: null, reopened: 1 });
  });

  test("is found by state, assignee, device, words and time, page by page", async () => {
    for (let n = 2; n <= 5; n += 1) {
      later(1);
      await ring(n, { key: `sz1/r1/ups-${n}/x/high`, device: `ups-${n}` });
    }
    await desk.act("RW-000003", { kind: "assign", to: { kind: "person", name: "li" } }, LI);
    await desk.act("RW-000004", { kind: "subject", text: "Battery of UPS 4" }, LI);
    await desk.act("RW-000005", { kind: "resolve", note: "" }, LI);
    const numbers = async (question: Partial<IncidentQuestion>): Promise<readonly (string | undefined)[]> =>
      (await desk.incidents({ limit: 100, ...question })).incidents.map(({ number }) => number);
    expect(await numbers({ state: "new" })).toEqual(["RW-000004", "RW-000002", "RW-000001"]);
    expect(await numbers({ state: "unresolved" })).toHaveLength(4);
    expect(await numbers({ assignee: "li" })).toEqual(["RW-000003"]);
    expect(await numbers({ device: "ups-2" })).toEqual(["RW-000002"]);
    expect(await numbers({ text: "BATTERY of ups" })).toEqual(["RW-000004"]);
    expect(await numbers({ from: clock.nowMs - 2 * MINUTE, to: clock.nowMs })).toEqual(["RW-000004", "RW-000003"]);
    expect(await numbers({ open: false })).toEqual([]);
    const first = await desk.incidents({ limit: 2 });
    expect(await numbers({ limit: 2, before: first.next ?? "" })).toEqual(["RW-000003", "RW-000002"]);
  });

  test("lists go to a spreadsheet, one line each, and no cell is a formula", async () => {
    await desk.act(NUMBER, { kind: "subject", text: "=HYPERLINK(1)" }, LI);
    const [head, line, ...rest] = (await desk.csv({ limit: 100 }, "en")).trimEnd().split("\r\n");
    expect(head).toContain("number,subject,state,priority");
    expect(line).toContain("RW-000001,'=HYPERLINK(1),New,P2,2,1,cooling,Site / Room,CRAC 1,SN-7,2027-05-01");
    expect(rest).toEqual([]);
  });
});

describe("targets", () => {
  test("hear of an act as an update of the same alarm, with who has it", async () => {
    await desk.act(NUMBER, { kind: "assign", to: { kind: "person", name: "wang" } }, LI);
    await desk.act(NUMBER, { kind: "note", text: "on my way" }, WANG);
    const [raise, assigned, noted] = await told();
    expect(raise).toMatchObject({ state: "raise", act: null, work: "new", assignee: null });
    expect(assigned).toMatchObject({
      state: "update",
      key: raise?.key,
      work: "inProgress",
      assignee: "wang",
      act: { kind: "assign", by: "li" },
    });
    expect(noted).toMatchObject({ sequence: 3, act: { kind: "note", by: "wang", text: "on my way" } });
  });

  test("are told a priority that a person set, and nothing of what only concerns the house", async () => {
    await desk.act(NUMBER, { kind: "subject", text: "Better words" }, LI);
    await desk.act(NUMBER, { kind: "priority", priority: 1, reason: "guests" }, LI);
    expect((await told()).map(({ act, service }) => [act?.kind, service?.priority])).toEqual([
      [undefined, undefined],
      ["priority", 1],
    ]);
  });

  test("an alarm that is over is not live again because somebody closes its incident", async () => {
    await commit(cleared({ incident: "incident-1", state: "A", clearedAtMs: clock.wallMs() }));
    await desk.act(NUMBER, { kind: "close", note: "done" }, LI);
    expect(await journal.liveAlarms()).toEqual([]);
    expect((await told()).at(-1)).toMatchObject({ work: "closed", act: { kind: "close", text: "done" } });
  });
});

describe("service levels", () => {
  const watch = () =>
    watchLevels({ timezone: "Asia/Shanghai", levels: LEVELS, targets: ["itsm"], journal, clock, subject: () => SUBJECT, told: vi.fn() });

  test("a warning, then a breach, each told once, also after a restart", async () => {
    let { stop } = watch();
    await clock.beat();
    later(24);
    await clock.beat();
    await clock.beat();
    later(7);
    await clock.beat();
    await stop();
    await restart("boot-2");
    ({ stop } = watch());
    await clock.beat();
    await stop();
    const levels = (await told()).flatMap(({ act }) => (act === null ? [] : [[act.kind, act.clock, act.reached, act.by]]));
    expect(levels).toEqual([
      ["serviceLevel", "acknowledge", "warning", null],
      ["serviceLevel", "acknowledge", "breach", null],
    ]);
    const detail = (await desk.incident(NUMBER)) as IncidentDetail;
    expect(detail.incident.work.clocks.acknowledge).toMatchObject({ reached: "breach", leftMs: -MINUTE });
    expect(kinds(detail)).toEqual(["alarm.raise", "serviceLevel", "serviceLevel"]);
  });

  test("nothing runs while it waits, and who takes it stops the first clock", async () => {
    later(5);
    await desk.act(NUMBER, { kind: "wait", reason: "spare part" }, LI);
    later(10_000);
    const { acknowledge, resolve } = ((await desk.incident(NUMBER)) as IncidentDetail).incident.work.clocks;
    expect(acknowledge).toMatchObject({ state: "done", spentMs: 5 * MINUTE });
    expect(resolve).toMatchObject({ state: "paused", spentMs: 5 * MINUTE });
    await desk.act(NUMBER, { kind: "continue", note: "" }, LI);
    later(3);
    expect(((await desk.incident(NUMBER)) as IncidentDetail).incident.work.clocks.resolve).toMatchObject({
      state: "running",
      spentMs: 8 * MINUTE,
    });
  });

  test("over a restart nothing is judged until the time of day is known", async () => {
    await restart("boot-2");
    clock.trusted = false;
    later(100);
    const { stop } = watch();
    await clock.beat();
    expect(await told()).toHaveLength(1);
    clock.trusted = true;
    await clock.beat();
    await stop();
    expect((await told()).map(({ act }) => act?.reached)).toEqual(["breach"]);
  });
});

describe("problems", () => {
  test("have a number, a cause and their incidents, and an alarm that comes three times in a month is proposed", async () => {
    await ring(2);
    expect((await desk.problems()).recurring).toEqual([]);
    await ring(3);
    const { recurring } = await desk.problems();
    expect(recurring).toMatchObject([{ key: alarm().key, count: 3, problem: null }]);
    const opened = done(
      await desk.openProblem({ title: "Filter", key: alarm().key, cause: "", incidents: ["incident-1", "incident-3"] }, LI),
    );
    expect(opened).toMatchObject({ id: "PR-000001", state: "open" });
    expect((await desk.problems()).problems).toMatchObject([{ id: "PR-000001", incidents: 2 }]);
    expect((await desk.problems()).recurring).toMatchObject([{ problem: "PR-000001" }]);
    expect((await desk.incidents({ limit: 9, problem: "PR-000001" })).incidents.map(({ number }) => number)).toEqual([
      "RW-000003",
      "RW-000001",
    ]);
    expect((await desk.guidance(alarm().key)).problem).toMatchObject({ id: "PR-000001" });
  });

  test("one that names an incident that is not there is not made at all", async () => {
    const asked = { title: "Filter", key: null, cause: "", incidents: ["incident-1", "incident-9"] };
    expect(await desk.openProblem(asked, LI)).toMatchObject({ why: "unknown" });
    expect((await desk.problems()).problems).toEqual([]);
    expect((await desk.incident(NUMBER))?.incident.work.problem).toBe(null);
    expect(await desk.act(NUMBER, { kind: "link", problem: "PR-000001" }, LI)).toMatchObject({ why: "unknown" });
  });

  test("what is found out is approved by somebody else", async () => {
    await desk.openProblem({ title: "Filter", key: null, cause: "dust", incidents: [] }, LI);
    await desk.actOnProblem("PR-000001", { kind: "solution", text: "yearly" }, LI);
    const decision = { what: "solution", verdict: "approve", reason: "" } as const;
    expect(await desk.decideProblem("PR-000001", decision, LI)).toMatchObject({ why: "refused" });
    expect(await desk.decideProblem("PR-000001", decision, WANG)).toMatchObject({ solution: { state: "approved", decidedBy: "wang" } });
    expect((await journal.audit(1))[0]).toMatchObject({ action: "problem.decide", subject: "PR-000001", by: "wang" });
  });
});

describe("guidance", () => {
  const scope = { type: "*", category: "*", point: "*" };

  test("is the runbooks about the alarm, the narrowest first, and not those about others", async () => {
    const propose = (title: string, about: Partial<typeof scope>) =>
      desk.propose({ id: null, title, scope: { ...scope, ...about }, text: "do" }, LI);
    await propose("all", {});
    await propose("this point", { type: "high", category: "cooling", point: "th-*/ambient.temperature" });
    await propose("lost ones", { type: "lost" });
    await propose("cooling", { category: "cooling" });
    const { runbooks, servicePhone, provider } = await desk.guidance(alarm().key);
    expect(runbooks.map(({ proposed }) => proposed?.title)).toEqual(["this point", "cooling", "all"]);
    expect([provider, servicePhone]).toEqual(["Cool Ltd", "400-1"]);
  });

  test("an approved text counts; the audit log says who approved it", async () => {
    await desk.propose({ id: null, title: "Hot", scope, text: "Check the CRAC" }, LI);
    await desk.decideRunbook("RB-000001", { version: 1, verdict: "approve", reason: "" }, WANG);
    expect((await desk.guidance(alarm().key)).runbooks).toMatchObject([{ approved: { text: "Check the CRAC", approvedBy: "wang" } }]);
    expect((await journal.audit(1))[0]).toMatchObject({ action: "runbook.approve", subject: "RB-000001" });
    expect(await desk.decideRunbook("RB-000009", { version: 1, verdict: "approve", reason: "" }, WANG)).toMatchObject({ why: "unknown" });
  });

  test("is what helped the last three times, newest first, without what was rejected", async () => {
    for (let n = 2; n <= 5; n += 1) await ring(n);
    for (let n = 1; n <= 5; n += 1) {
      await desk.act(`RW-00000${n}`, { kind: "solution", text: `solution ${n}` }, LI);
      await desk.act(`RW-00000${n}`, { kind: "resolve", note: "" }, LI);
    }
    await desk.decide("RW-000004", { what: "solution", verdict: "reject", reason: "no" }, WANG);
    await desk.decide("RW-000005", { what: "solution", verdict: "approve", reason: "" }, WANG);
    const { solutions } = await desk.guidance(alarm().key);
    expect(solutions.map(({ incident, solution }) => [incident, solution?.state])).toEqual([
      ["RW-000005", "approved"],
      ["RW-000003", "proposed"],
      ["RW-000002", "proposed"],
    ]);
  });
});

test("what was written before the time of day was known has right times afterwards", async () => {
  await restart("boot-2");
  clock.trusted = false;
  later(1);
  const beganMs = clock.nowMs;
  await desk.act(NUMBER, { kind: "solution", text: "clean it" }, LI);
  await desk.openProblem({ title: "Filter", key: null, cause: "", incidents: [] }, LI);
  const quality = { source: "ntp", errorMs: 1 } as const;
  const step = { uptimeMs: clock.nowMs, cause: "synced", fromMs: beganMs, toMs: beganMs + 5_000, before: quality, after: quality } as const;
  const noted = await journal.recordClock({ step, restamp: { beganMs, offsetMs: 5_000 }, audit: [] });
  expect(noted).toEqual({ ok: true });
  const detail = (await desk.incident(NUMBER)) as IncidentDetail;
  expect(detail.incident.work.solution?.atMs).toBe(beganMs + 5_000);
  expect(detail.moments.at(-1)).toMatchObject({ kind: "solution", atMs: beganMs + 5_000, clockTrusted: false });
  expect((await desk.problems()).problems[0]?.openedAtMs).toBe(beganMs + 5_000);
});
