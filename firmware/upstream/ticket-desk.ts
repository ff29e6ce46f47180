import type { IncidentEvent } from "../incidents/event.ts";
import { taken } from "./body.ts";
import type { Decision, SendOutcome, TicketState, ToldAlarm } from "./dialect.ts";
import type { JsonAnswer } from "./http-json.ts";
import { ticketMark } from "./ticket-mark.ts";

/** A query is part of an address, and servers take about 8 KB of that. */
const MARKS_PER_QUERY = 20;

export interface DeskTicket {
  /** In the desk's addresses. */
  readonly id: string;
  /** For people. */
  readonly number: string;
  readonly url: string | null;
  readonly mark: string;
  /** `resolved` can be opened again, `closed` cannot. */
  readonly stage: "new" | "open" | "resolved" | "closed";
  /** The same in the desk's own word. */
  readonly status: string;
  readonly assignee: string | null;
  readonly changedBy: string;
  /** Everything that is written on it, as far as the desk shows it. */
  readonly text: string;
}

/** What is done to a ticket at once. `note`: the event, where it does not stand on the ticket yet. */
export interface DeskChange {
  readonly note: IncidentEvent | null;
  readonly to: "open" | "resolved" | null;
  readonly event: IncidentEvent;
}

/** A service desk with tickets but without idempotency keys, as its dialect shows it. */
export interface TicketDesk {
  /** Tickets with one of these marks, the newest first. */
  find(marks: readonly string[], signal: AbortSignal): Promise<JsonAnswer<readonly DeskTicket[]>>;
  create(event: IncidentEvent, signal: AbortSignal): Promise<JsonAnswer<Pick<DeskTicket, "number" | "url">>>;
  change(ticket: DeskTicket, change: DeskChange, signal: AbortSignal): Promise<JsonAnswer<unknown>>;
}

/** Tells a desk of an event: nothing before it was looked whether it is there, so that an answer that was lost makes no second. */
export async function tellDesk(desk: TicketDesk, event: IncidentEvent, signal: AbortSignal): Promise<SendOutcome> {
  const found = await desk.find([ticketMark(event)], signal);
  if (!found.ok) return found.outcome;
  const [ticket] = found.value;
  if (ticket === undefined || (ticket.stage === "closed" && begins(event) && !ticket.text.includes(event.id))) {
    // Its raise was not for this target, or the ticket is gone: there is nothing left to do it to.
    if (event.state === "clear" || event.act !== null) return taken("no ticket");
    const created = await desk.create(event, signal);
    return created.ok ? accepted(created.value, "created") : created.outcome;
  }
  const isTold = ticket.text.includes(event.id);
  const to = isTold && event.state === "raise" ? null : stageAfter(ticket, event);
  if (isTold && to === null) return accepted(ticket, "told before");
  // What staff have closed for good stays as it is.
  if (ticket.stage === "closed") return accepted(ticket, "is closed");
  const changed = await desk.change(ticket, { note: isTold ? null : event, to, event }, signal);
  return changed.ok ? accepted(ticket, to === "resolved" ? "resolved" : "noted") : changed.outcome;
}

/** A reminder leaves a ticket that staff have ended as it is; a plan that begins anew opens it again, as a raise does. */
export function begins({ state, escalation }: IncidentEvent): boolean {
  return state === "raise" || (escalation?.step === 1 && escalation.round === 0);
}

function stageAfter({ stage }: DeskTicket, event: IncidentEvent): DeskChange["to"] {
  if (stage === "closed") return null;
  if (event.state === "clear") return stage === "resolved" ? null : "resolved";
  if (begins(event) && stage === "resolved") return "open";
  return event.state === "acknowledge" && stage === "new" ? "open" : null;
}

function accepted({ number, url }: Pick<DeskTicket, "number" | "url">, what: string): SendOutcome {
  return { outcome: "accepted", answer: `${number} ${what}`, ticket: number, ticketUrl: url };
}

/** Who has a ticket has taken the alarm; who ended it while the alarm still stands has seen it too. Our own clear ends it as well. */
export async function deskDecisions(
  desk: TicketDesk,
  alarms: readonly ToldAlarm[],
  language: "zh" | "en",
  signal: AbortSignal,
): Promise<readonly Decision[]> {
  return (await ticketsOf(desk, alarms, signal)).flatMap(({ ticket, alarm }) => {
    const isEnded = alarm.active && (ticket.stage === "resolved" || ticket.stage === "closed");
    if (ticket.assignee === null && !isEnded) return [];
    const words = isEnded ? { zh: "已关闭", en: "is ended" } : { zh: "已受理", en: "is taken" };
    const note = language === "zh" ? `工单 ${ticket.number} ${words.zh}` : `ticket ${ticket.number} ${words.en}`;
    return [{ key: alarm.key, by: ticket.assignee ?? ticket.changedBy, note }];
  });
}

export async function deskTicketStates(
  desk: TicketDesk,
  alarms: readonly ToldAlarm[],
  signal: AbortSignal,
): Promise<readonly TicketState[]> {
  return (await ticketsOf(desk, alarms, signal)).map(({ ticket, alarm }) => ({
    incident: alarm.incident,
    ticket: ticket.number,
    status: ticket.status,
  }));
}

/** The newest ticket of each of these alarms, as far as the desk answers. */
async function ticketsOf(desk: TicketDesk, alarms: readonly ToldAlarm[], signal: AbortSignal): Promise<readonly Ticketed<DeskTicket>[]> {
  const found = await ticketsByMark(
    alarms,
    (marks) => desk.find(marks, signal),
    ({ mark }) => mark,
  );
  return found.filter(({ ticket: { mark } }, index) => found.findIndex((other) => other.ticket.mark === mark) === index);
}

interface Ticketed<Ticket> {
  readonly ticket: Ticket;
  readonly alarm: ToldAlarm;
}

/** The tickets of these alarms in the order in which they are found, as far as the server answers. */
export async function ticketsByMark<Ticket>(
  alarms: readonly ToldAlarm[],
  find: (marks: readonly string[]) => Promise<JsonAnswer<readonly Ticket[]>>,
  markOf: (ticket: Ticket) => string,
): Promise<readonly Ticketed<Ticket>[]> {
  const tickets: Ticketed<Ticket>[] = [];
  for (let first = 0; first < alarms.length; first += MARKS_PER_QUERY) {
    const marked = new Map(alarms.slice(first, first + MARKS_PER_QUERY).map((alarm) => [ticketMark(alarm), alarm]));
    const found = await find([...marked.keys()]);
    if (!found.ok) return tickets;
    for (const ticket of found.value) {
      const alarm = marked.get(markOf(ticket));
      if (alarm !== undefined) tickets.push({ ticket, alarm });
    }
  }
  return tickets;
}
