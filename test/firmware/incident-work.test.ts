import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AlarmChange } from "../../firmware/alarms/change.ts";
import { LatelyEnded } from "../../firmware/alarms/lately.ts";
import { ACTS_MAX } from "../../firmware/contract/incident-terms.ts";
import type { IncidentRecord } from "../../firmware/incidents/incident.ts";
import { stepIncident } from "../../firmware/incidents/incident.ts";
import { type ProblemRecord, type ProblemStep, stepProblem } from "../../firmware/incidents/problem.ts";
import { type RunbookRecord, type RunbookStep, stepRunbook } from "../../firmware/incidents/runbook.ts";
import type { Mark } from "../../firmware/incidents/service-clock.ts";
import { actOnIncident, followAlarms, type IncidentWork, type WorkAct, workOf } from "../../firmware/incidents/work.ts";
import { acknowledged, cleared, raised } from "./journal-entries.ts";

const mark = (atMs: number): Mark => ({ boot: 1, uptimeMs: atMs, atMs });

/** Changes of alarms and acts of people, one a minute; what is refused is written down. */
type Happening = AlarmChange | WorkAct | readonly [by: string, act: WorkAct];

function play(...steps: readonly Happening[]) {
  let incident: IncidentRecord | null = null;
  const refusals: string[] = [];
  steps.forEach((step, minute) => {
    const now = mark(minute * 60_000);
    if ("cause" in step && "record" in step) {
      const after: IncidentRecord = stepIncident(incident, step);
      incident = { ...after, work: followAlarms(incident, after, now) };
      return;
    }
    const [by, act] = Array.isArray(step) ? (step as [string, WorkAct]) : ["li", step as WorkAct];
    if (incident === null) throw new Error("an act before the alarm");
    const done = actOnIncident(incident, act, by, now);
    if ("refused" in done) refusals.push(done.refused);
    else incident = { ...(incident as IncidentRecord), work: done.work };
  });
  if (incident === null) throw new Error("nothing happened");
  return { work: workOf(incident), incident: incident as IncidentRecord, refusals };
}

const over = { state: "A", clearedAtMs: 9e12 } as const;
const resolve: WorkAct = { kind: "resolve", note: "" };
const close: WorkAct = { kind: "close", note: "" };
const reopen: WorkAct = { kind: "reopen", reason: "back again" };
const take: WorkAct = { kind: "assign", to: { kind: "person", name: "li" } };

describe("the state of an incident", () => {
  test.each<[string, readonly Happening[], IncidentWork["state"]]>([
    ["a raise makes it new", [raised()], "new"],
    ["an acknowledged alarm is somebody's work", [raised(), acknowledged()], "inProgress"],
    ["so is one that a person was given", [raised(), take], "inProgress"],
    ["a group alone has not begun", [raised(), { kind: "assign", to: { kind: "group", name: "cooling" } }], "new"],
    ["it waits for somebody outside", [raised(), { kind: "wait", reason: "spare part" }], "waiting"],
    ["and goes on", [raised(), { kind: "wait", reason: "spare part" }, { kind: "continue", note: "" }], "inProgress"],
    ["its alarms resolve it", [raised(), cleared()], "resolved"],
    ["a person may as well, while the alarm stands", [raised(), resolve], "resolved"],
    ["but then it cannot be closed", [raised(), resolve, close], "resolved"],
    ["before that the alarm has to end", [raised(), resolve, cleared(), close], "closed"],
    ["the alarm that comes back opens it again, for who has it", [raised(), take, cleared(), raised()], "inProgress"],
    ["even a closed one", [raised(), cleared(), close, raised()], "new"],
    ["and so does a standing one that gets worse", [raised(), resolve, raised({ severity: "critical" })], "inProgress"],
    ["a person opens it again with a reason", [raised(), cleared(), close, reopen], "new"],
  ])("%s", (_, steps, state) => {
    expect(play(...steps).work.state).toBe(state);
  });

  test("reopened it has nobody who resolved it, and counts how often", () => {
    const { work } = play(raised(), take, resolve, reopen);
    expect(work).toMatchObject({ state: "inProgress", resolvedBy: null, reopened: 1 });
  });

  test("a cause and a solution are taken also when it is resolved, not when it is closed", () => {
    const cause: WorkAct = { kind: "cause", cause: "wear", text: "filter" };
    expect(play(raised(), cleared(), cause).work.cause).toEqual({ cause: "wear", text: "filter", by: "li" });
    expect(play(raised(), cleared(), close, cause).refusals).toEqual(["state"]);
  });

  test("who resolves did acknowledge; what its alarms resolve nobody has taken", () => {
    expect(play(raised(), resolve).work.clock.answered).toBe(1);
    expect(play(raised(), cleared(over)).work.clock.answered).toBe(null);
  });

  test("of one from before there was any work its alarms say it", () => {
    const incident = stepIncident(null, raised());
    expect(workOf(incident).state).toBe("new");
    expect(workOf(stepIncident(incident, acknowledged())).state).toBe("inProgress");
    expect(workOf(stepIncident(incident, cleared())).state).toBe("resolved");
    expect(workOf(incident).clock.running?.atMs).toBe(incident.openedAtMs);
  });
});

describe("approval", () => {
  const solution: WorkAct = { kind: "solution", text: "Replace the filter every year" };
  const approve: WorkAct = { kind: "decide", what: "solution", verdict: "approve", reason: "" };

  test("somebody else's makes a proposal advice", () => {
    expect(play(raised(), ["li", solution], ["wang", approve]).work.solution).toMatchObject({
      state: "approved",
      by: "li",
      decidedBy: "wang",
    });
  });

  test("nobody approves their own, and nothing twice", () => {
    const { refusals, work } = play(raised(), ["li", solution], ["li", approve], ["wang", approve], ["wang", approve]);
    expect(refusals).toEqual(["own", "nothing"]);
    expect(work.solution?.state).toBe("approved");
  });

  test("who rejects says why, and another text begins anew", () => {
    const reject = (reason: string): WorkAct => ({ kind: "decide", what: "solution", verdict: "reject", reason });
    expect(play(raised(), solution, ["wang", reject("")]).refusals).toEqual(["reason"]);
    expect(play(raised(), solution, ["wang", reject("too dear")]).work.solution?.state).toBe("rejected");
    expect(play(raised(), solution, ["wang", reject("too dear")], solution).work.solution?.state).toBe("proposed");
  });
});

const acts: fc.Arbitrary<WorkAct> = fc.oneof(
  fc.constant(take),
  fc.constant<WorkAct>({ kind: "assign", to: null }),
  fc.string({ minLength: 1 }).map((text): WorkAct => ({ kind: "note", text })),
  fc.constantFrom<WorkAct>(resolve, close, reopen, { kind: "wait", reason: "part" }, { kind: "continue", note: "" }),
  fc.constantFrom<WorkAct>({ kind: "solution", text: "x" }, { kind: "decide", what: "solution", verdict: "approve", reason: "" }),
  fc.constant<WorkAct>({ kind: "serviceLevel", clock: "resolve", reached: "breach" }),
);
const changes = fc.constantFrom<AlarmChange>(raised(), acknowledged(), cleared(), cleared(over), raised({ severity: "critical" }));
const story = fc.array(fc.oneof(acts, changes), { maxLength: 60 });

test("laws: whatever alarms and people do, states and clocks agree and nothing that was taken is lost", () =>
  fc.assert(
    fc.property(story, (steps) => {
      let incident: IncidentRecord = { ...stepIncident(null, raised()) };
      incident = { ...incident, work: followAlarms(null, incident, mark(0)) };
      let written = 0;
      steps.forEach((step, minute) => {
        const now = mark((minute + 1) * 60_000);
        const before = workOf(incident);
        if ("cause" in step && "record" in step) {
          const after: IncidentRecord = stepIncident(incident, step);
          incident = { ...after, work: followAlarms(incident, after, now) };
        } else {
          const done = actOnIncident(incident, step as WorkAct, "li", now);
          if ("work" in done) {
            written += 1;
            incident = { ...incident, work: done.work };
          } else expect(workOf(incident)).toEqual(before);
        }
        const work = workOf(incident);
        const isOver = work.state === "resolved" || work.state === "closed";
        expect(work.acts).toBe(written);
        expect(work.clock.running === null).toBe(isOver || work.state === "waiting");
        if (!isOver) expect(work.resolvedBy).toBe(null);
        expect(work.waitingFor === null).toBe(work.state !== "waiting");
        if (work.state === "new") expect(work.clock.answered).toBe(null);
        if (work.state === "closed" && before.state !== "closed") expect(incident.resolvedAtMs).not.toBe(null);
        expect(work.reopened).toBe(before.reopened + (isOver || !["resolved", "closed"].includes(before.state) ? 0 : 1));
      });
    }),
    { numRuns: 300 },
  ));

test("as much may be written as there may be, and what ends it still goes", () => {
  const note: WorkAct = { kind: "note", text: "x" };
  const { work, refusals } = play(raised(), ...Array.from({ length: ACTS_MAX + 1 }, () => note), resolve, reopen);
  expect(refusals).toEqual(["full"]);
  expect(work.acts).toBe(ACTS_MAX + 2);
});

describe("a problem", () => {
  const id = "PR-000001";
  const step = (problem: ProblemRecord | null, by: string, one: ProblemStep) => stepProblem(problem, one, { id, by, atMs: 5 });
  const opened = step(null, "li", { kind: "open", title: "CRAC 1 trips", key: null, cause: "" }) as ProblemRecord;

  test("is opened, gets a cause and solutions, and is closed", () => {
    const known = step(opened, "li", { kind: "cause", text: "dirty filter" }) as ProblemRecord;
    const solved = step(known, "li", { kind: "solution", text: "filter every year" }) as ProblemRecord;
    const closed = step(solved, "wang", { kind: "close", note: "" }) as ProblemRecord;
    expect(closed).toMatchObject({ id, state: "closed", cause: "dirty filter", solution: { state: "proposed", by: "li" } });
    expect(step(closed, "li", { kind: "cause", text: "other" })).toBe("state");
    expect(step(closed, "li", { kind: "reopen", reason: "again" })).toMatchObject({ state: "open" });
  });

  test("that is not there is not acted on", () => {
    expect(step(null, "li", { kind: "cause", text: "x" })).toBe("unknown");
  });
});

describe("a runbook", () => {
  const id = "RB-000001";
  const scope = { type: "high", category: "*", point: "*" };
  const step = (runbook: RunbookRecord | null, by: string, one: RunbookStep) => stepRunbook(runbook, one, { id, by, atMs: 5 });
  const propose = (text: string): RunbookStep => ({ kind: "propose", title: "Hot", scope, text });
  const decide = (version: number, verdict: "approve" | "reject" | "withdraw", reason = ""): RunbookStep => ({
    ...{ kind: "decide", version, verdict, reason },
  });
  const proposed = step(null, "li", propose("Check the CRAC")) as RunbookRecord;
  const approved = step(proposed, "wang", decide(1, "approve")) as RunbookRecord;

  test("counts when somebody else has approved it", () => {
    expect(proposed).toMatchObject({ approved: null, proposed: { version: 1 } });
    expect(step(proposed, "li", decide(1, "approve"))).toBe("own");
    expect(approved).toMatchObject({ approved: { version: 1, by: "li", approvedBy: "wang" }, proposed: null });
  });

  test("the approved text stands while another is proposed, also when that is rejected", () => {
    const next = step(approved, "li", propose("Check both CRACs")) as RunbookRecord;
    expect(next).toMatchObject({ approved: { text: "Check the CRAC" }, proposed: { version: 2 } });
    const rejected = step(next, "wang", decide(2, "reject", "wrong")) as RunbookRecord;
    expect(rejected).toMatchObject({ approved: { version: 1 }, proposed: null });
    expect(step(rejected, "li", propose("Third"))).toMatchObject({ proposed: { version: 3 } });
  });

  test("who read another version than the one that waits approves nothing", () => {
    const next = step(proposed, "li", propose("Another text")) as RunbookRecord;
    expect(step(next, "wang", decide(1, "approve"))).toBe("changed");
  });

  test("is withdrawn with a reason", () => {
    expect(step(approved, "wang", decide(1, "withdraw"))).toBe("reason");
    expect(step(approved, "wang", decide(1, "withdraw", "obsolete"))).toMatchObject({ approved: null });
  });
});

describe("an alarm that ended lately", () => {
  const ended = { key: "k", incident: "i-1", incidentNumber: "RW-000001" };

  test("is the same incident when it comes back in time, once", () => {
    const lately = new LatelyEnded(1_000);
    lately.end(ended, 0);
    expect([lately.take("other", 10), lately.take("k", 999)?.incident, lately.take("k", 999)]).toEqual([null, "i-1", null]);
  });

  test("is another one later, and always where nothing is reopened", () => {
    const [lately, never] = [new LatelyEnded(1_000), new LatelyEnded(0)];
    for (const memory of [lately, never]) memory.end(ended, 0);
    expect([lately.take("k", 1_000), never.take("k", 0)]).toEqual([null, null]);
  });
});
