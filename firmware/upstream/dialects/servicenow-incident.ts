import * as z from "zod";
import type { IncidentEvent } from "../../incidents/event.ts";
import { priorityOf } from "../../incidents/priority.ts";
import type { Dialect } from "../dialect.ts";
import type { JsonClient } from "../http-json.ts";
import type { Places } from "../place.ts";
import { type DeskChange, type DeskTicket, deskDialect, isWritten, type TicketDesk, type WrittenTicket } from "../ticket-desk.ts";
import { ticketMark } from "../ticket-mark.ts";
import { bodyOf, type LetterStyle, noteOf, titleOf } from "./letter.ts";
import { type ServicenowServer, servicenowClient } from "./servicenow-client.ts";

const SHORT_DESCRIPTION_MAX = 160;
const DESCRIPTION_MAX = 4_000;
const CORRELATION_MAX = 100;
/** The states of an incident as ServiceNow comes. */
const STAGES: Readonly<Record<string, DeskTicket["stage"]>> = { "1": "new", "6": "resolved", "7": "closed", "8": "closed" };
const STATE = { open: "2", resolved: "6" } as const;
const FIELDS = "sys_id,number,state,assigned_to,correlation_id,description,work_notes,sys_created_by,sys_updated_by";

const field = z.object({ value: z.string().nullish(), display_value: z.string().nullish() }).optional();
const recordSchema = z.object({
  sys_id: z.object({ value: z.string().regex(/^[0-9a-f]{32}$/) }),
  number: z.object({ value: z.string().min(1).max(40) }),
  ...{ state: field, assigned_to: field, correlation_id: field, description: field, work_notes: field },
  ...{ sys_created_by: field, sys_updated_by: field },
});
const foundSchema = z.object({ result: z.array(recordSchema) });
const oneSchema = z.object({ result: recordSchema });

export interface ServicenowIncidentOptions extends ServicenowServer, LetterStyle {
  readonly places: Places;
  readonly closeCode: string;
  /** Further fields of a new incident: caller, group, category … as the instance wants them. */
  readonly fields: Readonly<Record<string, string>>;
}

/**
 * Incidents of ServiceNow by its Table API: one for the life of an alarm, found again by a mark in `correlation_id`, noted by every later
 * event, resolved by its clear. A note stands in the journal with the event's id, so it is not written twice.
 */
export function servicenowIncidentDialect(options: ServicenowIncidentOptions): Dialect {
  const json = servicenowClient(options);
  return deskDialect(deskOf(json, options), options.language, () => json.close());
}

function deskOf(json: JsonClient, options: ServicenowIncidentOptions): TicketDesk {
  const instance = options.url.replace(/\/+$/, "");
  const table = `${instance}/api/now/table/incident`;
  const shown = `sysparm_fields=${FIELDS}&sysparm_display_value=all&sysparm_exclude_reference_link=true`;
  const pageOf = (id: string): string => `${instance}/nav_to.do?uri=${encodeURIComponent(`/incident.do?sys_id=${id}`)}`;
  const ticketOf = ({ sys_id, number, ...rest }: z.infer<typeof recordSchema>): WrittenTicket => ({
    id: sys_id.value,
    number: number.value,
    url: pageOf(sys_id.value),
    mark: rest.correlation_id?.value ?? "",
    stage: STAGES[rest.state?.value ?? ""] ?? "open",
    status: rest.state?.display_value ?? rest.state?.value ?? "",
    assignee: rest.assigned_to?.display_value || null,
    creator: rest.sys_created_by?.value ?? "",
    changedBy: rest.sys_updated_by?.display_value || "ServiceNow",
    text: `${rest.description?.value ?? ""}\n${rest.work_notes?.display_value ?? ""}`,
  });
  return {
    markOf: ticketMark,
    async find(marks, signal) {
      const query = encodeURIComponent(`correlation_idIN${marks.join(",")}^ORDERBYDESCsys_created_on`);
      const found = await json.ask("GET", `${table}?sysparm_query=${query}&${shown}&sysparm_limit=100`, null, foundSchema, signal);
      // Instances of old say so when nothing is found.
      if (!found.ok) return found.status === 404 ? { ok: true, value: [] } : found;
      return { ok: true, value: found.value.result.map(ticketOf) };
    },
    holds: isWritten,
    async create(event, signal) {
      const created = await json.ask("POST", `${table}?${shown}`, newIncident(event, options), oneSchema, signal);
      return created.ok ? { ok: true, value: ticketOf(created.value.result) } : created;
    },
    change: (ticket, change, signal) =>
      json.ask("PATCH", `${table}/${ticket.id}?${shown}`, changedIncident(change, options), z.unknown(), signal),
  };
}

type IncidentStyle = Pick<ServicenowIncidentOptions, "places" | "language" | "timezone" | "fields" | "closeCode">;

export function newIncident(event: IncidentEvent, options: IncidentStyle): Readonly<Record<string, string>> {
  const place = options.places(event);
  const { urgency, impact } = event.service ?? priorityOf(event.severity, place.category);
  return {
    ...options.fields,
    short_description: titleOf(event, place, options).slice(0, SHORT_DESCRIPTION_MAX),
    // The mark of the event is near the end; what is too long loses the end of its first part.
    description: withEnd(bodyOf(event, place, options), `[${event.id}]`, DESCRIPTION_MAX),
    impact: String(impact),
    urgency: String(urgency),
    correlation_id: ticketMark(event),
    correlation_display: event.key.slice(0, CORRELATION_MAX),
  };
}

function changedIncident({ note, to, event }: DeskChange, options: IncidentStyle): Readonly<Record<string, string>> {
  const { urgency, impact } = event.service ?? priorityOf(event.severity, options.places(event).category);
  const closing = { close_code: options.closeCode, close_notes: titleOf(event, options.places(event), options) };
  const { title, text } = note === null ? { title: "", text: "" } : noteOf(note, options);
  return {
    ...(note === null ? {} : { work_notes: `${title}\n\n${text}` }),
    ...(note === event && event.state === "raise" ? { impact: String(impact), urgency: String(urgency) } : {}),
    ...(to === null ? {} : { state: STATE[to] }),
    ...(to === "resolved" ? closing : {}),
  };
}

function withEnd(text: string, end: string, max: number): string {
  return text.includes(end) ? text : `${text.slice(0, max - end.length - 1)}\n${end}`;
}
