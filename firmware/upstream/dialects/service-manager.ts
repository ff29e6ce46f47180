import * as z from "zod";
import type { IncidentEvent } from "../../incidents/event.ts";
import { priorityOf } from "../../incidents/priority.ts";
import type { Clock } from "../../platform/clock.ts";
import { later, oneLine } from "../body.ts";
import type { Dialect, SendOutcome } from "../dialect.ts";
import { basicAuthorization, type JsonAnswer, JsonClient, TICKETS_BYTES_MAX } from "../http-json.ts";
import type { Places } from "../place.ts";
import { type DeskChange, type DeskTicket, deskDialect, isWritten, type TicketDesk, type WrittenTicket } from "../ticket-desk.ts";
import { ticketMark } from "../ticket-mark.ts";
import type { Trust } from "../trust.ts";
import { bodyOf, type LetterStyle, noteOf, titleOf } from "./letter.ts";

/** It thinks for seconds; a create that is given up early may still happen. */
const TIMEOUT_MS = 30_000;
const TITLE_MAX = 120;
const LINES_MAX = 200;
/** What a newest first query can bring of lives that staff have closed and begun anew. */
const FOUND_MAX = 100;
const STATUSES = { new: ["Open", "Categorize"], open: "Work In Progress", resolved: "Resolved", closed: "Closed" } as const;
/** Sets the status by a plain PUT. */
const UPDATE = "update";
/** Somebody has the record open, or has changed it meanwhile; every other number but 0 is a no. */
const LATER_CODES: ReadonlySet<number> = new Set([3, 51]);
const NONE_FOUND = /"ReturnCode"\s*:\s*9\b/;

/** A field of several lines comes as a list, one of one line as a text. */
const text = z
  .union([z.string(), z.array(z.string().nullable()).transform((lines) => lines.map((line) => line ?? "").join("\n"))])
  .nullish()
  .transform((value) => value ?? "");
const messages = z.array(z.string()).default([]);
const oneSchema = z.looseObject({ ReturnCode: z.int(), Messages: messages });
const manySchema = z.object({
  "@count": z.int(),
  ReturnCode: z.int().default(0),
  Messages: messages,
  content: z.array(z.record(z.string(), z.unknown())).default([]),
});
const recordSchema = z.looseObject({
  IncidentID: z.string().regex(/^[A-Za-z0-9_-]{1,40}$/),
  ...{
    Status: text,
    Assignee: text,
    OpenedBy: text,
    UpdatedBy: text,
    OpenTime: text,
    Description: text,
    JournalUpdates: text,
    Solution: text,
  },
});

interface Head {
  readonly ReturnCode: number;
  readonly Messages: readonly string[];
}

export interface ServiceManagerOptions extends LetterStyle, Trust {
  readonly url: string;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly collection: string;
  readonly resource: string;
  readonly markField: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly closureCode: string;
  readonly statuses: {
    readonly new?: readonly string[] | undefined;
    readonly open?: string | undefined;
    readonly resolved?: string | undefined;
    readonly closed?: string | undefined;
  };
  readonly actions: { readonly resolve?: string | undefined; readonly reopen?: string | undefined };
  readonly places: Places;
  readonly clock: Clock;
  readonly timeoutMs?: number;
}

/**
 * Incidents of Service Manager (HP, Micro Focus, OpenText) by its RESTful API: resource and query as in the Web Services Guide 9.60, actions
 * (`…/action/resolve`) as its clients use them. One for the life of an alarm, found again by a mark in a field that the site names.
 */
export function serviceManagerDialect(options: ServiceManagerOptions): Dialect {
  const { user, password, timeoutMs = TIMEOUT_MS } = options;
  const authorization = basicAuthorization(user, password);
  const secrets = [password, authorization];
  const wire = { keepAlive: false, timeoutMs, answerBytesMax: TICKETS_BYTES_MAX };
  const server = { ...options, ...wire, name: "Service Manager", headers: { authorization }, secrets };
  const json = new JsonClient(server);
  const desk = deskOf(json, options);
  return deskDialect(desk, options.language, () => json.close());
}

function deskOf(json: JsonClient, options: ServiceManagerOptions): TicketDesk {
  const { resource, markField } = options;
  const collection = collectionOf(options);
  const desk: TicketDesk = {
    markOf: ticketMark,
    holds: isWritten,
    async find(marks, signal) {
      const query = encodeURIComponent(marks.map((mark) => `${markField}="${mark}"`).join(" or "));
      const asked = `${collection}?query=${query}&sort=OpenTime:descending&view=expand&count=${FOUND_MAX}`;
      const answer = await json.ask("GET", asked, null, manySchema, signal);
      if (!answer.ok) return answer.status === 404 && NONE_FOUND.test(answer.outcome.answer) ? { ok: true, value: [] } : answer;
      const no = refusalIn(answer.value, json);
      if (no !== null) return no;
      // A server that does not know the field leaves the condition out and brings everything.
      const found = newestFirst(answer.value.content.map((item) => item[resource])).flatMap((record) => ticketOf(record, options) ?? []);
      return { ok: true, value: found.filter(({ mark }) => marks.includes(mark)) };
    },

    async create(event, signal) {
      const answer = await json.ask("POST", collection, { [resource]: newSmIncident(event, options) }, oneSchema, signal);
      if (!answer.ok) return answer;
      const no = refusalIn(answer.value, json);
      if (no !== null) return no;
      const mark = ticketMark(event);
      const found = await desk.find([mark], signal);
      if (!found.ok) return found;
      const [ticket] = found.value;
      if (ticket !== undefined) return { ok: true, value: ticket };
      const made = recordSchema.safeParse(answer.value[resource]).data?.IncidentID ?? "an incident";
      const unfound = `${made} was created, but is not found by ${markField}="${mark}": let REST show, write and query that field`;
      return { ok: false, status: null, outcome: { outcome: "refused", answer: unfound } };
    },

    async change(ticket, change, signal) {
      const { action, fields } = changedIncident(ticket, change, options);
      const address = `${collection}/${encodeURIComponent(ticket.id)}`;
      const content = { [resource]: fields };
      const answer =
        action === UPDATE
          ? await json.ask("PUT", address, content, oneSchema, signal)
          : await json.ask("POST", `${address}/action/${encodeURIComponent(action)}`, content, oneSchema, signal);
      return answer.ok ? (refusalIn(answer.value, json) ?? answer) : answer;
    },
  };
  return desk;
}

/** An answer 200 may be a no. */
function refusalIn({ ReturnCode, Messages }: Head, json: JsonClient): (JsonAnswer<never> & { ok: false }) | null {
  if (ReturnCode === 0) return null;
  const answer = oneLine(`ReturnCode ${ReturnCode}: ${Messages.join(" ")}`, 200);
  const outcome: SendOutcome = LATER_CODES.has(ReturnCode) ? later(answer) : { outcome: "refused", answer };
  return { ok: false, status: null, outcome: json.hidden(outcome) };
}

/** A server that may not sort by this field leaves that out, too. */
function newestFirst(records: readonly unknown[]): readonly unknown[] {
  const openedMs = (record: unknown): number => Date.parse(recordSchema.safeParse(record).data?.OpenTime ?? "") || 0;
  return records.toSorted((a, b) => openedMs(b) - openedMs(a));
}

/** Null for what is no incident. */
function ticketOf(record: unknown, { markField, statuses }: ServiceManagerOptions): WrittenTicket | null {
  const { data: incident } = recordSchema.safeParse(record);
  if (incident === undefined) return null;
  const { IncidentID: id, Status: status } = incident;
  return {
    ...{ id, number: id, url: null, mark: text.safeParse(incident[markField]).data?.trim() ?? "", status },
    stage: stageOf(status, statuses),
    assignee: incident.Assignee || null,
    creator: incident.OpenedBy,
    changedBy: incident.UpdatedBy || "Service Manager",
    text: [incident.Description, incident.JournalUpdates, incident.Solution].join("\n"),
  };
}

function stageOf(status: string, statuses: ServiceManagerOptions["statuses"]): DeskTicket["stage"] {
  if (status === (statuses.closed ?? STATUSES.closed)) return "closed";
  if (status === (statuses.resolved ?? STATUSES.resolved)) return "resolved";
  return (statuses.new ?? STATUSES.new).some((one) => one === status) ? "new" : "open";
}

type IncidentStyle = Pick<
  ServiceManagerOptions,
  "places" | "language" | "timezone" | "subject" | "text" | "fields" | "markField" | "closureCode" | "statuses" | "actions"
>;
type SmFields = Readonly<Record<string, string | readonly string[]>>;

/** Where incidents are created, updated and queried. */
export function collectionOf({ url, collection }: Pick<ServiceManagerOptions, "url" | "collection">): string {
  return `${url.replace(/\/+$/, "")}/${collection}`;
}

export function newSmIncident(event: IncidentEvent, options: IncidentStyle): SmFields {
  const place = options.places(event);
  const { urgency, impact } = event.service ?? priorityOf(event.severity, place.category);
  return {
    ...options.fields,
    Title: oneLine(titleOf(event, place, options), TITLE_MAX),
    Description: [...linesOf(bodyOf(event, place, options)), `[${event.id}]`],
    Impact: String(impact),
    Urgency: String(urgency),
    [options.markField]: ticketMark(event),
  };
}

function changedIncident(
  ticket: DeskTicket,
  { note, to, event }: DeskChange,
  options: IncidentStyle,
): { readonly action: string; readonly fields: SmFields } {
  const place = options.places(event);
  const { urgency, impact } = event.service ?? priorityOf(event.severity, place.category);
  const { resolve = "resolve", reopen = "reopen" } = options.actions;
  const action = to === "resolved" ? resolve : to === "open" && ticket.stage === "resolved" ? reopen : UPDATE;
  const { title, text: said } = note === null ? { title: "", text: "" } : noteOf(note, options);
  const noted = note === null ? {} : { JournalUpdates: [title, ...linesOf(said)] };
  return {
    action,
    fields: {
      ...noted,
      ...(note === event && event.state === "raise" ? { Impact: String(impact), Urgency: String(urgency) } : {}),
      ...(to !== null && action === UPDATE ? { Status: options.statuses[to] ?? STATUSES[to] } : {}),
      ...(to === "resolved" ? { ClosureCode: options.closureCode, Solution: [oneLine(titleOf(event, place, options), TITLE_MAX)] } : {}),
    },
  };
}

/** A list is a field of several lines. */
function linesOf(letter: string): readonly string[] {
  return letter.trimEnd().split("\n").slice(0, LINES_MAX);
}
