import { describe, expect, test } from "vitest";
import { ACTS_MAX } from "../../firmware/contract/incident-terms.ts";
import { type IncidentRecord, stepIncident } from "../../firmware/incidents/incident.ts";
import { type Mark, NEVER_STARTED } from "../../firmware/incidents/service-clock.ts";
import { actOnIncident, followAlarms, type IncidentWork, type WorkAct, workOf } from "../../firmware/incidents/work.ts";
import { acknowledged, alarm, cleared, raised } from "./journal-entries.ts";

const mark = (ms: number): Mark => ({ boot: 1, uptimeMs: ms, atMs: ms });
const opened = (): IncidentRecord => {
  const incident = stepIncident(null, raised());
  return { ...incident, work: followAlarms(null, incident, mark(0)) };
};
/** The incident after these acts, a second each; the last may be refused. */
const outcome = (
  incident: IncidentRecord,
  ...acts: readonly WorkAct[]
): { incident: IncidentRecord; work: IncidentWork; refused: string | null } => {
  let [now, refused]: [IncidentRecord, string | null] = [incident, null];
  acts.forEach((act, n) => {
    const done = actOnIncident(now, act, "li", mark((n + 1) * 1_000));
    refused = "refused" in done ? done.refused : null;
    if ("work" in done) now = { ...now, work: done.work };
  });
  return { incident: now, work: workOf(now), refused };
};
const person = (name: string): WorkAct => ({ kind: "assign", to: { kind: "person", name } });
const group = (name: string): WorkAct => ({ kind: "assign", to: { kind: "group", name } });
const nobody: WorkAct = { kind: "assign", to: null };
const wait: WorkAct = { kind: "wait", reason: "part" };
const goOn: WorkAct = { kind: "continue", note: "" };
const resolve: WorkAct = { kind: "resolve", note: "" };
const close: WorkAct = { kind: "close", note: "" };
const reopen: WorkAct = { kind: "reopen", reason: "again" };
const note: WorkAct = { kind: "note", text: "x" };
const subject = (text: string): WorkAct => ({ kind: "subject", text });
const link = (problem: string): WorkAct => ({ kind: "link", problem });
const priority = (to: 1 | 5 | null): WorkAct => ({ kind: "priority", priority: to, reason: "vip" });
const reached = (clock: "acknowledge" | "resolve", what: "warning" | "breach"): WorkAct => ({ kind: "serviceLevel", clock, reached: what });
const closed = (): IncidentRecord => {
  const incident = outcome(opened(), resolve).incident;
  return outcome({ ...incident, resolvedAtMs: 9 }, close).incident;
};

test("a new incident is nobody's, and its clock runs", () => {
  expect(workOf(opened())).toEqual({
    ...{
      state: "new",
      acts: 0,
      subject: null,
      assignee: null,
      priority: null,
      waitingFor: null,
      resolvedBy: null,
      reopened: 0,
      cause: null,
    },
    ...{
      workaround: null,
      solution: null,
      problem: null,
      clock: { ...NEVER_STARTED, running: mark(0) },
      told: { acknowledge: null, resolve: null },
    },
  });
});

describe("an act", () => {
  test.each<[string, readonly WorkAct[], Partial<IncidentWork>]>([
    ["a note changes nothing but the count", [note], { acts: 1, state: "new" }],
    ["a subject", [subject("CRAC 1")], { subject: "CRAC 1" }],
    ["a group has it, nobody has taken it", [group("cooling")], { assignee: { kind: "group", name: "cooling" }, state: "new" }],
    ["a person takes it", [person("li")], { assignee: { kind: "person", name: "li" }, state: "inProgress" }],
    ["a person takes it from a group of the same name", [group("li"), person("li")], { assignee: { kind: "person", name: "li" } }],
    ["another person has it", [person("li"), person("wu")], { assignee: { kind: "person", name: "wu" } }],
    ["nobody has it any more, and it goes on", [person("li"), nobody], { assignee: null, state: "inProgress" }],
    ["a priority with its reason", [priority(1)], { priority: { priority: 1, reason: "vip", by: "li" } }],
    ["a priority is taken back", [priority(1), priority(null)], { priority: null }],
    ["it waits, and says for what", [wait], { state: "waiting", waitingFor: "part" }],
    ["a person who takes what waits lets it wait", [wait, person("li")], { state: "waiting", assignee: { kind: "person", name: "li" } }],
    ["it goes on", [wait, goOn], { state: "inProgress", waitingFor: null }],
    ["what waits may be resolved", [wait, resolve], { state: "resolved", resolvedBy: "li", waitingFor: null }],
    ["a problem is behind it", [link("PR-000001"), link("PR-000002")], { problem: "PR-000002" }],
    [
      "a warning, then a breach of one clock",
      [reached("resolve", "warning"), reached("resolve", "breach")],
      { told: { acknowledge: null, resolve: "breach" } },
    ],
    [
      "of both clocks",
      [reached("resolve", "warning"), reached("acknowledge", "warning")],
      { told: { acknowledge: "warning", resolve: "warning" } },
    ],
    [
      "a workaround waits for its approval",
      [{ kind: "workaround", text: "fan" }],
      { solution: null, workaround: { text: "fan", state: "proposed", by: "li" } as IncidentWork["workaround"] },
    ],
  ])("%s", (_, acts, work) => {
    const done = outcome(opened(), ...acts);
    expect(done.refused).toBe(null);
    expect(done.work).toMatchObject({ ...work, acts: acts.length });
  });

  test.each<[string, readonly WorkAct[], string]>([
    ["the same subject", [subject("a"), subject("a")], "same"],
    ["the same person", [person("li"), person("li")], "same"],
    ["the same nobody", [nobody], "same"],
    ["the same priority, none", [priority(null)], "same"],
    ["the same problem", [link("PR-000001"), link("PR-000001")], "same"],
    ["the same warning", [reached("resolve", "warning"), reached("resolve", "warning")], "same"],
    ["waiting twice", [wait, wait], "state"],
    ["going on with what does not wait", [goOn], "state"],
    ["giving away what is resolved", [resolve, person("wu")], "state"],
    ["waiting with what is resolved", [resolve, wait], "state"],
    ["resolving twice", [resolve, resolve], "state"],
    ["a breach of what is resolved", [resolve, reached("resolve", "breach")], "same"],
    ["closing what is not resolved", [close], "state"],
    ["closing what still stands", [resolve, close], "standing"],
    ["opening what is open", [reopen], "state"],
  ])("%s is refused", (_, acts, refused) => {
    expect(outcome(opened(), ...acts).refused).toBe(refused);
  });

  test("of one that is closed is another problem, or to open it; all else is refused", () => {
    expect(workOf(closed()).state).toBe("closed");
    for (const act of [note, subject("x"), person("wu"), priority(1), wait, goOn, resolve, close, reached("resolve", "breach")])
      expect(outcome(closed(), act).refused).toBe("state");
    expect(outcome(closed(), link("PR-000001")).work).toMatchObject({ problem: "PR-000001", state: "closed" });
    expect(outcome(closed(), reopen).work).toMatchObject({ state: "inProgress", reopened: 1, resolvedBy: null });
  });

  test("stops and starts the clock: it waits, goes on, is resolved, is open again", () => {
    const { work } = outcome(opened(), wait, goOn, note, resolve, note, reopen);
    expect(work.clock).toEqual({
      spans: [
        { toMs: 1_000, spanMs: 1_000 },
        { toMs: 1_000, spanMs: 0 },
        { toMs: 4_000, spanMs: 2_000 },
      ],
      running: mark(6_000),
      answered: 1,
    });
  });

  test("beyond the number is refused, but not what must never be missing", () => {
    const full = { ...opened(), work: { ...workOf(opened()), acts: ACTS_MAX } };
    const almost = { ...full, work: { ...full.work, acts: ACTS_MAX - 1 } };
    expect([outcome(full, note).refused, outcome(almost, note).refused, outcome(full, subject("x")).refused]).toEqual([
      "full",
      null,
      "full",
    ]);
    expect(outcome(full, resolve, reopen, reached("resolve", "breach"), resolve).work).toMatchObject({
      acts: ACTS_MAX + 4,
      state: "resolved",
    });
    expect(outcome({ ...outcome(full, resolve).incident, resolvedAtMs: 9 }, close).work.state).toBe("closed");
  });
});

describe("after a change of its alarms", () => {
  const second = { key: "sz1/r1/th-4/ambient.temperature/high", device: "th-4" };
  const follow = (incident: IncidentRecord, change: ReturnType<typeof raised>): IncidentWork => {
    return followAlarms(incident, stepIncident(incident, change), mark(60_000));
  };

  test("one that joins opens a resolved one again; one that is set aside, or still there, does not", () => {
    const resolved = outcome(opened(), resolve).incident;
    expect(follow(resolved, raised(second)).state).toBe("inProgress");
    expect(follow(resolved, { cause: "aside", record: alarm({ ...second, state: "F" }) }).state).toBe("resolved");
    expect(follow(resolved, raised()).state).toBe("resolved");
    expect(follow(resolved, raised({ severity: "critical" })).state).toBe("inProgress");
  });

  test("it is in progress when it is seen, once; what waits goes on waiting", () => {
    expect(follow(opened(), acknowledged())).toMatchObject({ state: "inProgress", clock: { answered: 1 } });
    const waiting = outcome(opened(), wait).incident;
    expect(follow(waiting, acknowledged())).toEqual(waiting.work);
    expect(follow(opened(), { cause: "silence", record: alarm() })).toEqual(opened().work);
  });

  test("it is resolved by nobody when they are over, and its clock stands", () => {
    expect(follow(outcome(opened(), wait).incident, cleared())).toMatchObject({ state: "resolved", resolvedBy: null, waitingFor: null });
    expect(follow(opened(), cleared()).clock).toEqual({ spans: [{ toMs: 60_000, spanMs: 60_000 }], running: null, answered: null });
    expect(follow(outcome(opened(), resolve).incident, cleared()).resolvedBy).toBe("li");
  });

  test("of old, without any work, it says what they say", () => {
    const old = stepIncident(null, raised());
    expect(workOf(old)).toMatchObject({ state: "new", clock: { running: { boot: 0, uptimeMs: 0, atMs: old.openedAtMs }, answered: null } });
    expect(workOf(stepIncident(old, acknowledged()))).toMatchObject({ state: "inProgress", clock: { answered: 0 } });
    expect(workOf(stepIncident(old, cleared()))).toMatchObject({ state: "resolved", clock: NEVER_STARTED, acts: 0 });
  });
});
