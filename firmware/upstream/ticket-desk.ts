import type { Words } from "../contract/alarm.ts";
import type { IncidentEvent } from "../incidents/event.ts";
import { BENT, eventOf, taken } from "./body.ts";
import type { Decision, Dialect, SendOutcome, TicketState, ToldAlarm } from "./dialect.ts";
import type { JsonAnswer } from "./http-json.ts";

/** A query is part of an address, of which servers take about 8 KB, and every ticket may come with its whole history. */
const MARKS_PER_QUERY = 10;

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
  /** Empty where the desk does not show it. */
  readonly creator: string;
  readonly changedBy: string;
}

/** `text`: everything that is written on it, of desks that show it at once, as far as they show it. */
export type WrittenTicket = DeskTicket & { readonly text: string };

/** `holds` of a desk whose tickets come with all that is written on them. */
export async function isWritten({ text }: WrittenTicket, { id }: Pick<IncidentEvent, "id">): Promise<JsonAnswer<boolean>> {
  return { ok: true, value: text.includes(id) };
}

/** What is written on a ticket that is no event of its incident. */
export interface Remark {
  /** Stands on the ticket with the words, so that it is written once. */
  readonly id: string;
  readonly words: Words;
}

/** What is done to a ticket at once. `note`: the event, where it does not stand on the ticket yet, or a remark. */
export interface DeskChange {
  readonly note: IncidentEvent | Remark | null;
  readonly to: "open" | "resolved" | null;
  readonly event: IncidentEvent;
}

/** Where tickets of ours stand and can be compared with what was told. */
export interface ComparedDesk {
  /** Incidents that one comparison asks about; the next goes on with the others. Absent: all. */
  readonly comparedAtOnce?: number;
  /** What finds the ticket of an incident again: the same from raise to clear. */
  markOf(alarm: Pick<IncidentEvent, "incident" | "key">): string;
  /** Tickets with one of these marks, the newest first. */
  find(marks: readonly string[], signal: AbortSignal): Promise<JsonAnswer<readonly DeskTicket[]>>;
  /** Whether an event or a remark stands on a ticket already. */
  holds(ticket: DeskTicket, told: Pick<IncidentEvent, "id"> & Partial<IncidentEvent>, signal: AbortSignal): Promise<JsonAnswer<boolean>>;
  /** The note comes last: where it stands, all of the change was done. */
  change(ticket: DeskTicket, change: DeskChange, signal: AbortSignal): Promise<JsonAnswer<unknown>>;
  /** Whether a ticket that is not found was merged by staff, or moved where we may not look; absent: the desk cannot tell. */
  isTheirs?(number: string, signal: AbortSignal): Promise<JsonAnswer<boolean>>;
  /** Makes a duplicate part of another ticket; absent: the desk cannot. */
  merge?(ticket: DeskTicket, into: DeskTicket, signal: AbortSignal): Promise<JsonAnswer<unknown>>;
}

/** A service desk with tickets but without idempotency keys, as its dialect shows it. */
export interface TicketDesk extends ComparedDesk {
  create(event: IncidentEvent, signal: AbortSignal): Promise<JsonAnswer<Pick<DeskTicket, "number" | "url">>>;
}

/** The dialect of a target with tickets: one for the life of one incident, found again by its mark. */
export function deskDialect(desk: TicketDesk, language: "zh" | "en", close: () => void): Dialect {
  return {
    async send(row, signal) {
      const event = eventOf(row);
      return event === null ? BENT : tellDesk(desk, event, signal);
    },
    decisions: (alarms, signal) => deskDecisions(desk, alarms, language, signal),
    ticketStates: (alarms, signal) => deskTicketStates(desk, alarms, signal),
    desk,
    close,
  };
}

/** Tells a desk of an event: nothing before it was looked whether it is there, so that an answer that was lost makes no second. */
async function tellDesk(desk: TicketDesk, event: IncidentEvent, signal: AbortSignal): Promise<SendOutcome> {
  const found = await desk.find([desk.markOf(event)], signal);
  if (!found.ok) return found.outcome;
  const ticket = currentOf(found.value);
  const told = ticket === undefined ? NOT_TOLD : await desk.holds(ticket, event, signal);
  if (!told.ok) return told.outcome;
  const isTold = told.value;
  if (ticket === undefined || (ticket.stage === "closed" && begins(event) && !isTold)) {
    // Its raise was not for this target, or the ticket is gone: there is nothing left to do it to.
    if (event.state === "clear" || event.act !== null) return taken("no ticket");
    const created = await desk.create(event, signal);
    return created.ok ? accepted(created.value, "created") : created.outcome;
  }
  const to = isTold && event.state === "raise" ? null : stageAfter(ticket, event);
  if (isTold && to === null) return accepted(ticket, "told before");
  // What staff have closed for good stays as it is.
  if (ticket.stage === "closed") return accepted(ticket, "is closed");
  const changed = await desk.change(ticket, { note: isTold ? null : event, to, event }, signal);
  return changed.ok ? accepted(ticket, to === "resolved" ? "resolved" : "noted") : changed.outcome;
}

const NOT_TOLD = { ok: true, value: false } as const;

/** Of the tickets with one mark, which come the newest first, the one that counts: the oldest that can still be worked on. */
export function currentOf(tickets: readonly DeskTicket[]): DeskTicket | undefined {
  return tickets.findLast(({ stage }) => stage !== "closed") ?? tickets[0];
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
  desk: ComparedDesk,
  alarms: readonly ToldAlarm[],
  language: "zh" | "en",
  signal: AbortSignal,
): Promise<readonly Decision[]> {
  return (await ticketsOf(desk, alarms, signal)).flatMap(({ ticket, alarm }) => {
    const isEnded = alarm.active && (ticket.stage === "resolved" || ticket.stage === "closed");
    if (ticket.assignee === null && !isEnded) return [];
    const by = ticket.assignee ?? ticket.changedBy;
    return [{ key: alarm.key, by, note: decisionNote(ticket.number, isEnded, language) }];
  });
}

function decisionNote(number: string, isEnded: boolean, language: "zh" | "en"): string {
  const words = isEnded ? { zh: "已关闭", en: "is ended" } : { zh: "已受理", en: "is taken" };
  return language === "zh" ? `工单 ${number} ${words.zh}` : `ticket ${number} ${words.en}`;
}

export async function deskTicketStates(
  desk: ComparedDesk,
  alarms: readonly ToldAlarm[],
  signal: AbortSignal,
): Promise<readonly TicketState[]> {
  return (await ticketsOf(desk, alarms, signal)).map(({ ticket: { number, status, assignee }, alarm: { incident } }) => ({
    ...{ incident, ticket: number, status, assignee },
  }));
}

async function ticketsOf(desk: ComparedDesk, alarms: readonly ToldAlarm[], signal: AbortSignal) {
  const marks = alarms.map((alarm) => desk.markOf(alarm));
  const { tickets: found } = await ticketsByMark(desk, [...new Set(marks)], signal);
  return alarms.flatMap((alarm, index) => {
    const ticket = currentOf(found.get(marks[index] ?? "") ?? []);
    return ticket === undefined ? [] : [{ ticket, alarm }];
  });
}

/** `tickets`: of each mark, the newest first; what the desk did not answer about is not in it, and `failed` says why. */
export interface FoundTickets {
  readonly tickets: ReadonlyMap<string, readonly DeskTicket[]>;
  readonly failed: SendOutcome | null;
}

export async function ticketsByMark(
  desk: Pick<ComparedDesk, "find">,
  marks: readonly string[],
  signal: AbortSignal,
): Promise<FoundTickets> {
  const tickets = new Map<string, readonly DeskTicket[]>();
  for (let first = 0; first < marks.length; first += MARKS_PER_QUERY) {
    const asked = marks.slice(first, first + MARKS_PER_QUERY);
    const found = await desk.find(asked, signal);
    if (!found.ok) return { tickets, failed: found.outcome };
    for (const mark of asked)
      tickets.set(
        mark,
        found.value.filter((ticket) => ticket.mark === mark),
      );
  }
  return { tickets, failed: null };
}
