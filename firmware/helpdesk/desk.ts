import type { Delivery, Incident, Words } from "../contract/alarm.ts";
import type {
  Guidance,
  IncidentAct,
  IncidentDetail,
  IncidentQuestion,
  ProblemAct,
  ProblemView,
  Recurring,
  RemedyDecision,
  RunbookDecision,
  RunbookProposal,
  RunbookView,
  WorkedIncident,
} from "../contract/incidents.ts";
import type { DeskAnswer, DeskRefusal, DeskStep, IncidentFilter } from "../incidents/desk-step.ts";
import type { DescribeSubject } from "../incidents/event.ts";
import type { ServiceLevels } from "../incidents/service-level.ts";
import type { WorkAct } from "../incidents/work.ts";
import type { Journal } from "../journal/journal.ts";
import type { Clock } from "../platform/clock.ts";
import { turn } from "../platform/turn.ts";
import { incidentsCsv } from "./csv.ts";
import { aboutOf, formerSolutions, runbooksFor } from "./guidance.ts";
import { momentOf, type ViewFacts, workedIncident } from "./view.ts";
import { noPersonWords, refusedWords } from "./words.ts";

/** Who does it. */
export interface Doer {
  readonly by: string;
  readonly from: string;
}

export type Why = "unknown" | "refused" | "journal";
/** Nothing was written: why, and what to do next. */
export interface DeskTrouble {
  readonly problem: Words;
  readonly why: Why;
}

export interface HelpDeskParts {
  readonly timezone: string;
  readonly levels: ServiceLevels;
  readonly targets: readonly string[];
  readonly journal: Pick<Journal, "workIncident" | "desk">;
  readonly clock: Clock;
  readonly subject: DescribeSubject;
  /** Names of those who may work on incidents. */
  readonly people: () => Promise<readonly string[]>;
  /** Deliveries wait in the outbox because of an act. */
  readonly told: (deliveries: Readonly<Record<string, readonly Delivery[]>>) => void;
  /** What is known of tickets at present. */
  readonly withTickets: (incidents: readonly Incident[]) => readonly Incident[];
}

/** Incidents that a former solution is looked for in. */
const FORMER_LOOKED_AT = 50;
/** Between two turns of the event loop: a list of five hundred takes tens of milliseconds. */
const SHOWN_AT_ONCE = 20;
/** Rows of one CSV. */
const CSV_INCIDENTS_MAX = 5_000;
const CSV_INCIDENTS_AT_ONCE = 500;
const RECURRING_DAYS = 30;
/** Incidents of one alarm in that time that call for a problem. */
const RECURRING_LEAST = 3;
const RECURRING_SHOWN = 20;
const DAY_MS = 86_400_000;

/** The service desk as people work with it: incidents, problems and runbooks. */
export class HelpDesk {
  readonly #parts: HelpDeskParts;

  constructor(parts: HelpDeskParts) {
    this.#parts = parts;
  }

  async incidents(question: IncidentQuestion): Promise<{ readonly incidents: WorkedIncident[]; readonly next: string | null }> {
    const answer = await this.#parts.journal.desk({ what: "incidents", filter: filterOf(question) });
    const last = answer.incidents.at(-1);
    const isFull = answer.incidents.length === question.limit && last !== undefined;
    return { incidents: await this.#shown(answer), next: isFull ? String(last.place) : null };
  }

  /** Null: there is none of this id or number. */
  async incident(id: string): Promise<IncidentDetail | null> {
    const { journal, subject } = this.#parts;
    const answer = await journal.desk({ what: "incidents", filter: { limit: 1, ids: [id] } });
    const [found] = answer.incidents;
    const [incident] = await this.#shown(answer);
    if (found === undefined || incident === undefined) return null;
    const { history } = await journal.desk({ what: "history", incident: found.record.id });
    const { category: _, ...facts } = subject(found.record);
    return { incident, subject: facts, moments: history.map(momentOf) };
  }

  async act(id: string, act: IncidentAct, doer: Doer): Promise<IncidentDetail | DeskTrouble> {
    if (act.kind === "assign" && act.to?.kind === "person" && !(await this.#parts.people()).includes(act.to.name))
      return { problem: noPersonWords(act.to.name), why: "refused" };
    return this.#actOn(id, act, doer);
  }

  decide(id: string, decision: RemedyDecision, doer: Doer): Promise<IncidentDetail | DeskTrouble> {
    return this.#actOn(id, { kind: "decide", ...decision }, doer);
  }

  people(): Promise<readonly string[]> {
    return this.#parts.people();
  }

  async problems(): Promise<{ readonly problems: ProblemView[]; readonly recurring: Recurring[] }> {
    const { journal, clock } = this.#parts;
    const { problems } = await journal.desk({ what: "problems" });
    const fromMs = clock.wallMs() - RECURRING_DAYS * DAY_MS;
    const { recurring } = await journal.desk({ what: "recurring", fromMs, least: RECURRING_LEAST, limit: RECURRING_SHOWN });
    return {
      problems: problems.map(problemView),
      recurring: recurring.map(({ alarm, count, last }) => ({
        ...{ key: alarm, text: last.text, device: last.device, count, lastAtMs: last.openedAtMs },
        problem: problems.find(({ key, state }) => key === alarm && state === "open")?.id ?? null,
      })),
    };
  }

  async openProblem(
    {
      incidents,
      ...opening
    }: { readonly title: string; readonly key: string | null; readonly cause: string; readonly incidents: readonly string[] },
    doer: Doer,
  ): Promise<ProblemView | DeskTrouble> {
    return this.#onProblem({ problem: null, step: { kind: "open", ...opening }, incidents }, doer);
  }

  actOnProblem(id: string, act: ProblemAct, doer: Doer): Promise<ProblemView | DeskTrouble> {
    return this.#onProblem({ problem: id, step: act, incidents: [] }, doer);
  }

  decideProblem(id: string, decision: RemedyDecision, doer: Doer): Promise<ProblemView | DeskTrouble> {
    return this.#onProblem({ problem: id, step: { kind: "decide", ...decision }, incidents: [] }, doer);
  }

  async runbooks(): Promise<RunbookView[]> {
    const { runbooks } = await this.#parts.journal.desk({ what: "runbooks" });
    return runbooks.map(({ id, approved, proposed }) => ({ id, approved, proposed }));
  }

  propose({ id, ...text }: RunbookProposal, doer: Doer): Promise<RunbookView | DeskTrouble> {
    return this.#onRunbook({ runbook: id, step: { kind: "propose", ...text } }, doer);
  }

  decideRunbook(id: string, decision: RunbookDecision, doer: Doer): Promise<RunbookView | DeskTrouble> {
    return this.#onRunbook({ runbook: id, step: { kind: "decide", ...decision } }, doer);
  }

  /** What to do about an alarm: approved texts, what helped before, and whom to phone. */
  async guidance(key: string): Promise<Guidance> {
    const { journal, subject } = this.#parts;
    const [, , device = ""] = key.split("/");
    const { category, provider, servicePhone } = subject({ key, device });
    const [runbooks, { problems }, { incidents }] = [
      await this.runbooks(),
      await this.problems(),
      await journal.desk({ what: "incidents", filter: { limit: FORMER_LOOKED_AT, alarm: key, states: ["resolved", "closed"] } }),
    ];
    return {
      runbooks: runbooksFor(runbooks, aboutOf(key, category)),
      solutions: formerSolutions(incidents.map(({ record }) => record)),
      problem: problems.find((problem) => problem.key === key && problem.state === "open") ?? null,
      ...{ provider, servicePhone },
    };
  }

  /** The incidents that fit, newest first, as CSV. */
  async csv(question: IncidentQuestion, language: keyof Words): Promise<string> {
    const rows: Parameters<typeof incidentsCsv>[0][number][] = [];
    let before = question.before;
    while (rows.length < CSV_INCIDENTS_MAX) {
      const { incidents, next } = await this.incidents({ ...question, limit: CSV_INCIDENTS_AT_ONCE, before });
      rows.push(...incidents.map((incident) => ({ incident, subject: this.#parts.subject(incident) })));
      if (next === null) break;
      before = next;
    }
    return incidentsCsv(rows, this.#parts.timezone, language);
  }

  async #actOn(id: string, act: WorkAct, doer: Doer): Promise<IncidentDetail | DeskTrouble> {
    const { journal, targets, subject } = this.#parts;
    const [found] = (await journal.desk({ what: "incidents", filter: { limit: 1, ids: [id] } })).incidents;
    const about = found === undefined ? null : subject(found.record);
    const done = await this.#write({ on: "incident", incident: id, act, targets, subject: about }, doer, found?.record.number ?? id);
    if ("problem" in done) return done;
    const detail = await this.incident(done.subject);
    if (detail === null) throw new Error(`incident ${done.subject} is gone with the act on it`);
    return detail;
  }

  async #onProblem(
    step: Pick<DeskStep & { on: "problem" }, "problem" | "step" | "incidents">,
    doer: Doer,
  ): Promise<ProblemView | DeskTrouble> {
    const done = await this.#write({ on: "problem", ...step }, doer, step.problem ?? "");
    if ("problem" in done) return done;
    const { problems } = await this.#parts.journal.desk({ what: "problems" });
    return problemView(found(problems, done.subject));
  }

  async #onRunbook(step: Pick<DeskStep & { on: "runbook" }, "runbook" | "step">, doer: Doer): Promise<RunbookView | DeskTrouble> {
    const done = await this.#write({ on: "runbook", ...step }, doer, step.runbook ?? "");
    return "problem" in done ? done : found(await this.runbooks(), done.subject);
  }

  async #write(step: Unsigned, doer: Doer, what: string): Promise<{ readonly subject: string } | DeskTrouble> {
    const { journal, clock, told } = this.#parts;
    const at = { atMs: clock.wallMs(), clockTrusted: clock.wallTrusted() };
    const outcome = await journal.workIncident({ id: clock.uuid(), ...at, ...doer, ...step });
    if (outcome.ok) {
      if (Object.keys(outcome.deliveries).length > 0) told(outcome.deliveries);
      return { subject: outcome.subject };
    }
    if ("reason" in outcome) return { problem: outcome.message, why: "journal" };
    return refused(outcome.refused, what);
  }

  async #shown({ boot, incidents, deliveries }: DeskAnswer): Promise<WorkedIncident[]> {
    const { clock, levels, timezone, subject, withTickets } = this.#parts;
    const now = { boot, uptimeMs: clock.monotonicMs(), atMs: clock.wallMs() };
    const facts: ViewFacts = { levels, timezone, now };
    const all: WorkedIncident[] = [];
    for (const { record } of incidents) {
      if (all.length > 0 && all.length % SHOWN_AT_ONCE === 0) await turn();
      const shown = workedIncident(record, [...(deliveries[record.id] ?? [])], subject(record), facts);
      all.push({ ...shown, deliveries: withTickets([shown])[0]?.deliveries ?? shown.deliveries });
    }
    return all;
  }
}

type Unsigned = DistributiveOmit<DeskStep, "id" | "atMs" | "clockTrusted" | "by" | "from">;
type DistributiveOmit<Union, Key extends PropertyKey> = Union extends unknown ? Omit<Union, Key> : never;

function refused(refusal: DeskRefusal, what: string): DeskTrouble {
  return { problem: refusedWords(refusal, what), why: refusal === "unknown" ? "unknown" : "refused" };
}

function found<Item extends { readonly id: string }>(items: readonly Item[], id: string): Item {
  const item = items.find((candidate) => candidate.id === id);
  if (item === undefined) throw new Error(`${id} is gone with the act on it`);
  return item;
}

function problemView({ acts: _, ...problem }: DeskAnswer["problems"][number]): ProblemView {
  return problem;
}

function filterOf({ limit, open, state, assignee, device, problem, text, from, to, before }: IncidentQuestion): IncidentFilter {
  return {
    ...{ limit, open, assignee, device, problem, text, fromMs: from, toMs: to },
    states: state === undefined ? undefined : state === "unresolved" ? UNRESOLVED : [state],
    before: before === undefined ? undefined : Number(before),
  };
}

/** States in which the clocks may run, or will again. */
export const UNRESOLVED: readonly string[] = ["new", "inProgress", "waiting"];
