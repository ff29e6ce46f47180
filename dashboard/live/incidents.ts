import type {
  Guidance,
  IncidentAct,
  IncidentDetail,
  ProblemAct,
  ProblemView,
  Recurring,
  RemedyDecision,
  RunbookDecision,
  RunbookScope,
  RunbookView,
  WorkedIncident,
} from "../../firmware/contract/incidents.ts";
import { type Answer, ask } from "./api.ts";

/** Which incidents; empty: it does not matter. */
export interface IncidentFilter {
  readonly state: string;
  readonly assignee: string;
  readonly device: string;
  readonly text: string;
}

const query = (values: Readonly<Record<string, string>>): string =>
  String(new URLSearchParams(Object.entries(values).filter(([, value]) => value !== "")));
const at = (kind: string, id: string, what: string): string => `/api/v1/${kind}/${encodeURIComponent(id)}${what}`;

export const getIncidentList = (
  filter: IncidentFilter,
  limit: number,
  before = "",
): Promise<Answer<{ readonly incidents: readonly WorkedIncident[]; readonly next: string | null }>> =>
  ask("GET", `/api/v1/incidents?${query({ ...filter, limit: String(limit), before })}`);
export const getProblemIncidents = (problem: string): Promise<Answer<{ readonly incidents: readonly WorkedIncident[] }>> =>
  ask("GET", `/api/v1/incidents?${query({ problem, limit: "100" })}`);
export const incidentExport = (filter: IncidentFilter, language: string): string =>
  `/api/v1/incidents/export?${query({ ...filter, language })}`;
export const getIncident = (id: string): Promise<Answer<IncidentDetail>> => ask("GET", at("incidents", id, ""));
export const getAssignees = (): Promise<Answer<{ readonly people: readonly string[] }>> => ask("GET", "/api/v1/incidents/assignees");
export const actOnIncident = (id: string, act: IncidentAct): Promise<Answer<IncidentDetail>> =>
  ask("POST", at("incidents", id, "/acts"), act);
export const decideRemedy = (id: string, decision: RemedyDecision): Promise<Answer<IncidentDetail>> =>
  ask("POST", at("incidents", id, "/decision"), decision);
export const getGuidance = (key: string): Promise<Answer<Guidance>> => ask("GET", `/api/v1/guidance?${query({ key })}`);

export const getProblems = (): Promise<Answer<{ readonly problems: readonly ProblemView[]; readonly recurring: readonly Recurring[] }>> =>
  ask("GET", "/api/v1/problems");
export const openProblem = (asked: {
  readonly title: string;
  readonly key: string | null;
  readonly cause: string;
}): Promise<Answer<ProblemView>> => ask("POST", "/api/v1/problems", asked);
export const actOnProblem = (id: string, act: ProblemAct): Promise<Answer<ProblemView>> => ask("POST", at("problems", id, "/acts"), act);
export const decideProblem = (id: string, decision: RemedyDecision): Promise<Answer<ProblemView>> =>
  ask("POST", at("problems", id, "/decision"), decision);

export const getRunbooks = (): Promise<Answer<{ readonly runbooks: readonly RunbookView[] }>> => ask("GET", "/api/v1/runbooks");
export const proposeRunbook = (asked: {
  readonly id: string | null;
  readonly title: string;
  readonly scope: RunbookScope;
  readonly text: string;
}): Promise<Answer<RunbookView>> => ask("POST", "/api/v1/runbooks", asked);
export const decideRunbook = (id: string, decision: RunbookDecision): Promise<Answer<RunbookView>> =>
  ask("POST", at("runbooks", id, "/decision"), decision);
