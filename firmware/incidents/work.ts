import { ACTS_MAX, type Cause, type WorkState } from "../contract/incident-terms.ts";
import type { IncidentAct, Remedy, RemedyDecision } from "../contract/incidents.ts";
import type { IncidentRecord } from "./incident.ts";
import type { Priority } from "./priority.ts";
import { decideRemedy, proposedRemedy, type RemedyRefusal } from "./remedy.ts";
import { answerClock, type Mark, NEVER_STARTED, type ServiceClock, startClock, stopClock } from "./service-clock.ts";
import type { Reached } from "./service-level.ts";

export interface Assignee {
  readonly kind: "person" | "group";
  readonly name: string;
}

/** What people have made of an incident, beside what its alarms say. The journal keeps it with the incident; the acts are its history. */
export interface IncidentWork {
  readonly state: WorkState;
  /** Acts that were written about it. */
  readonly acts: number;
  readonly subject: string | null;
  readonly assignee: Assignee | null;
  readonly priority: { readonly priority: Priority; readonly reason: string; readonly by: string } | null;
  readonly waitingFor: string | null;
  readonly resolvedBy: string | null;
  readonly reopened: number;
  readonly cause: { readonly cause: Cause; readonly text: string; readonly by: string } | null;
  readonly workaround: Remedy | null;
  readonly solution: Remedy | null;
  /** `PR-000001` */
  readonly problem: string | null;
  readonly clock: ServiceClock;
  /** What was said of its clocks; a breach is said once, also after a restart. */
  readonly told: { readonly acknowledge: Reached; readonly resolve: Reached };
}

/** What is written about an incident: by people, by who approves, and by the gateway itself. */
export type WorkAct =
  | IncidentAct
  | ({ readonly kind: "decide" } & RemedyDecision)
  | { readonly kind: "serviceLevel"; readonly clock: "acknowledge" | "resolve"; readonly reached: "warning" | "breach" };

/** Why an act was not taken; nothing was written. `state`: not in this state. `same`: it is so already. `full`: too many acts. */
export type WorkRefusal = "state" | "same" | "full" | "standing" | RemedyRefusal;

export type Worked = { readonly work: IncidentWork } | { readonly refused: WorkRefusal };

const UNTOUCHED: IncidentWork = {
  ...{ state: "new", acts: 0, subject: null, assignee: null, priority: null, waitingFor: null, resolvedBy: null, reopened: 0 },
  ...{ cause: null, workaround: null, solution: null, problem: null, clock: NEVER_STARTED, told: { acknowledge: null, resolve: null } },
};

/** What is known of the work on an incident; of one from before there was any, what its alarms say. */
export function workOf(incident: IncidentRecord): IncidentWork {
  if (incident.work !== undefined) return incident.work;
  if (incident.resolvedAtMs !== null) return { ...UNTOUCHED, state: "resolved" };
  const running: Mark = { boot: 0, uptimeMs: 0, atMs: incident.openedAtMs };
  const clock = { ...NEVER_STARTED, running, answered: incident.acknowledgement === null ? null : 0 };
  return { ...UNTOUCHED, state: incident.acknowledgement === null ? "new" : "inProgress", clock };
}

/** The work after a change of the incident's alarms. They open, take and resolve it; they close nothing. */
export function followAlarms(before: IncidentRecord | null, after: IncidentRecord, now: Mark): IncidentWork {
  const work = before === null ? { ...UNTOUCHED, clock: startClock(NEVER_STARTED, now) } : workOf(before);
  const isOver = work.state === "resolved" || work.state === "closed";
  const rang = Object.entries(after.alarms).some(
    ([key, { active, aside }]) => active && aside !== true && before?.alarms[key]?.active !== true,
  );
  const isWorse = before !== null && before.severity !== after.severity;
  if (isOver && (rang || isWorse)) return reopened(work, now);
  if (isOver) return work;
  if (after.resolvedAtMs !== null) return resolved(work, null, now);
  return after.acknowledgement !== null && work.state === "new" ? taken(work, now) : work;
}

/** The work after an act, or why it is not taken. The limits of its texts were seen to at the border. */
export function actOnIncident(incident: IncidentRecord, act: WorkAct, by: string, now: Mark): Worked {
  const work = workOf(incident);
  // What must never be missing is not kept out by what people wrote.
  if (work.acts >= ACTS_MAX && !["resolve", "close", "reopen", "serviceLevel"].includes(act.kind)) return { refused: "full" };
  const done = act.kind === "decide" ? decided(work, act, by) : written(incident, work, act, by, now);
  return typeof done === "string" ? { refused: done } : { work: { ...done, acts: work.acts + 1 } };
}

function written(
  incident: IncidentRecord,
  work: IncidentWork,
  act: Exclude<WorkAct, { kind: "decide" }>,
  by: string,
  now: Mark,
): IncidentWork | WorkRefusal {
  const isOver = work.state === "resolved" || work.state === "closed";
  // What was found out later belongs to it all the same; only a closed one is left as it is.
  if (work.state === "closed" && act.kind !== "reopen" && act.kind !== "link") return "state";
  switch (act.kind) {
    case "note":
      return work;
    case "subject":
      return act.text === work.subject ? "same" : { ...work, subject: act.text };
    case "assign":
      if (act.to?.kind === work.assignee?.kind && act.to?.name === work.assignee?.name) return "same";
      if (isOver) return "state";
      // A group has it, a person takes it.
      return { ...(act.to?.kind === "person" ? taken(work, now) : work), assignee: act.to };
    case "priority":
      if (act.priority === null && work.priority === null) return "same";
      return { ...work, priority: act.priority === null ? null : { priority: act.priority as Priority, reason: act.reason, by } };
    case "wait":
      if (isOver || work.state === "waiting") return "state";
      return { ...work, state: "waiting", waitingFor: act.reason, clock: stopClock(answerClock(work.clock, now), now) };
    case "continue":
      if (work.state !== "waiting") return "state";
      return { ...work, state: "inProgress", waitingFor: null, clock: startClock(work.clock, now) };
    case "cause":
      return { ...work, cause: { cause: act.cause, text: act.text, by } };
    case "workaround":
    case "solution":
      return { ...work, [act.kind]: proposedRemedy(act.text, by, now.atMs) };
    case "resolve":
      return isOver ? "state" : { ...resolved(work, by, now), clock: stopClock(answerClock(work.clock, now), now) };
    case "close":
      if (work.state !== "resolved") return "state";
      return incident.resolvedAtMs === null ? "standing" : { ...work, state: "closed" };
    case "reopen":
      return isOver ? reopened(work, now) : "state";
    case "link":
      return act.problem === work.problem ? "same" : { ...work, problem: act.problem };
    case "serviceLevel":
      return isOver || work.told[act.clock] === act.reached ? "same" : { ...work, told: { ...work.told, [act.clock]: act.reached } };
  }
}

function decided(work: IncidentWork, decision: RemedyDecision, by: string): IncidentWork | WorkRefusal {
  const remedy = decideRemedy(work[decision.what], decision, by);
  return typeof remedy === "string" ? remedy : { ...work, [decision.what]: remedy };
}

function taken(work: IncidentWork, now: Mark): IncidentWork {
  const clock = answerClock(work.clock, now);
  return work.state === "new" ? { ...work, state: "inProgress", clock } : { ...work, clock };
}

function resolved(work: IncidentWork, by: string | null, now: Mark): IncidentWork {
  return { ...work, state: "resolved", resolvedBy: by, waitingFor: null, clock: stopClock(work.clock, now) };
}

/** The time that it was resolved does not count; a breach that was told stays told. */
function reopened(work: IncidentWork, now: Mark): IncidentWork {
  const state = work.clock.answered === null ? "new" : "inProgress";
  return { ...work, state, resolvedBy: null, reopened: work.reopened + 1, clock: startClock(work.clock, now) };
}
