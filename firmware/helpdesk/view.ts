import type { Incident } from "../contract/alarm.ts";
import type { IncidentWorkView, Moment, ServiceClockView, WorkedIncident } from "../contract/incidents.ts";
import type { HistoryRow } from "../incidents/desk-step.ts";
import { actText, GATEWAY, type Subject } from "../incidents/event.ts";
import { type IncidentRecord, showIncident } from "../incidents/incident.ts";
import { type Priority, priorityOf } from "../incidents/priority.ts";
import type { Mark } from "../incidents/service-clock.ts";
import { clockView, type ServiceLevels } from "../incidents/service-level.ts";
import { workOf } from "../incidents/work.ts";

/** What the view of an incident depends on beside the incident. */
export interface ViewFacts {
  readonly levels: ServiceLevels;
  readonly timezone: string;
  readonly now: Mark;
}

export function priorityIn(incident: IncidentRecord, category: string): Priority {
  return workOf(incident).priority?.priority ?? priorityOf(incident.severity, category).priority;
}

/** Both clocks of an incident at this moment. */
export function clocksOf(
  incident: IncidentRecord,
  category: string,
  { levels, timezone, now }: ViewFacts,
): { readonly acknowledge: ServiceClockView; readonly resolve: ServiceClockView } {
  const { clock, state } = workOf(incident);
  const priority = priorityIn(incident, category);
  const of = (what: "acknowledge" | "resolve"): ServiceClockView =>
    clockView({ clock, isOver: state === "resolved" || state === "closed" }, what, levels, priority, now, timezone);
  return { acknowledge: of("acknowledge"), resolve: of("resolve") };
}

/** An incident as people see it. */
export function workedIncident(
  incident: IncidentRecord,
  deliveries: Incident["deliveries"],
  { category }: Pick<Subject, "category">,
  facts: ViewFacts,
): WorkedIncident {
  return { ...showIncident(incident, deliveries), work: workView(incident, category, facts) };
}

function workView(incident: IncidentRecord, category: string, facts: ViewFacts): IncidentWorkView {
  const work = workOf(incident);
  const { urgency, impact } = priorityOf(incident.severity, category);
  const { state, subject, waitingFor, resolvedBy, reopened, cause, workaround, solution, problem } = work;
  return {
    ...{ state, subject, waitingFor, resolvedBy, reopened, cause, workaround, solution, problem },
    ...{ category, urgency, impact, priority: priorityIn(incident, category) },
    assignee: work.assignee?.name ?? null,
    assigneeKind: work.assignee?.kind ?? null,
    overridden: work.priority === null ? null : { by: work.priority.by, reason: work.priority.reason },
    alarmsStand: incident.resolvedAtMs === null,
    clocks: clocksOf(incident, category, facts),
  };
}

/** One line of an incident's history. */
export function momentOf({ atMs, clockTrusted, by, act, event }: HistoryRow): Moment {
  const at = { atMs, clockTrusted };
  if (act !== null) return { ...at, by: by === GATEWAY ? null : by, kind: act.kind, detail: actText(act), text: null };
  if (event === null) throw new Error("a line of an incident's history is neither act nor event");
  const { cause, record } = event;
  const acknowledgement = cause === "acknowledge" ? record.acknowledgement : null;
  return { ...at, by: acknowledgement?.by ?? null, kind: `alarm.${cause}`, detail: acknowledgement?.note ?? "", text: record.text };
}
