import type { IncidentEvent } from "../../incidents/event.ts";
import { type Priority, priorityOf } from "../../incidents/priority.ts";
import { BENT, eventOf, oneLine, taken } from "../body.ts";
import type { Decision, Dialect, SendOutcome, ToldAlarm } from "../dialect.ts";
import type { JsonAnswer } from "../http-json.ts";
import type { Places } from "../place.ts";
import { begins, ticketsByMark } from "../ticket-desk.ts";
import { ticketMark } from "../ticket-mark.ts";
import { bodyOf, type LetterStyle, titleOf } from "./letter.ts";
import { RtClient, type RtServer, type RtTicket } from "./rt-client.ts";

/** Request Tracker's priorities are free numbers, the higher the more urgent; by our priority 1 to 5. */
const RT_PRIORITY = { 1: 100, 2: 75, 3: 50, 4: 25, 5: 10 } as const;
const SUBJECT_MAX = 200;
const INACTIVE: ReadonlySet<string> = new Set(["resolved", "rejected", "deleted"]);
/** Request Tracker's owner of what nobody has taken. */
const NOBODY = "Nobody";
const MARK = /\[(rw-[0-9a-f]{16})\]/;
const NOTE = /\[[0-9a-f]{8}-[0-9a-f-]{27}\]/;

export interface RequestTrackerOptions extends RtServer, LetterStyle {
  readonly queue: string;
  readonly places: Places;
}

/**
 * One ticket for the life of one alarm: created by its raise, commented by every later event, resolved by its clear. Its calls know
 * no idempotency key, so nothing is told before it was looked whether it is there: the ticket by a mark in its subject, a comment by
 * the event's id in its. So an attempt whose answer was lost, even by a power cut, is not told twice.
 */
export function requestTrackerDialect(options: RequestTrackerOptions): Dialect {
  const rt = new RtClient(options);
  return {
    async send(row, signal) {
      const event = eventOf(row);
      return event === null ? BENT : tell(rt, event, options, signal);
    },
    async decisions(alarms, signal) {
      const found = await ticketsOf(rt, alarms, signal);
      return found.flatMap(({ ticket, alarm }) => decisionOf(ticket, alarm, options.language) ?? []);
    },
    async ticketStates(alarms, signal) {
      const found = await ticketsOf(rt, alarms, signal);
      return found.map(({ ticket, alarm }) => ({
        ...{ incident: alarm.incident, ticket: ticket.id, status: ticket.Status },
        assignee: ticket.Owner.id === NOBODY ? null : ticket.Owner.id,
      }));
    },
    close: () => rt.close(),
  };
}

/** The tickets of these alarms, as far as the server answers. */
function ticketsOf(rt: RtClient, alarms: readonly ToldAlarm[], signal: AbortSignal) {
  return ticketsByMark(
    alarms,
    (marks) => rt.find(marks.map((mark) => `Subject LIKE '[${mark}]'`).join(" OR "), signal),
    ({ Subject }) => MARK.exec(Subject)?.[1] ?? "",
  );
}

/** Who owns the ticket has taken the alarm; who ended it while the alarm still stands has seen it too. Our own clear ends it as well. */
function decisionOf(ticket: RtTicket, { key, active }: ToldAlarm, language: "zh" | "en"): Decision | null {
  const taken = ticket.Owner.id !== NOBODY;
  const ended = active && INACTIVE.has(ticket.Status);
  if (!taken && !ended) return null;
  const words = ended ? { zh: "已关闭", en: ticket.Status } : { zh: "已受理", en: "taken" };
  return {
    key,
    by: taken ? ticket.Owner.id : ticket.LastUpdatedBy.id,
    note: language === "zh" ? `工单 #${ticket.id} ${words.zh}` : `ticket #${ticket.id} ${words.en}`,
  };
}

async function tell(rt: RtClient, event: IncidentEvent, options: RequestTrackerOptions, signal: AbortSignal): Promise<SendOutcome> {
  const mark = ticketMark(event);
  const found = await rt.find(`Subject LIKE '[${mark}]'`, signal);
  if (!found.ok) return found.outcome;
  const [ticket] = found.value;
  if (ticket !== undefined) return follow(rt, ticket, event, options, signal);
  // Its raise was not for this target, or somebody deleted the ticket: there is nothing left to resolve.
  if (event.state === "clear") return taken("no ticket to resolve");
  if (event.act !== null) return taken("no ticket to comment");
  const created = await rt.create(newTicket(event, options), signal);
  return created.ok ? accepted(rt, created.value, "created") : created.outcome;
}

type TicketStyle = LetterStyle & Pick<RequestTrackerOptions, "queue" | "places">;

/** The ticket that an incident begins with. */
export function newTicket(event: IncidentEvent, options: TicketStyle): Parameters<RtClient["create"]>[0] {
  const mark = ticketMark(event);
  const place = options.places(event);
  return {
    Queue: options.queue,
    Subject: `${oneLine(titleOf(event, place, options), SUBJECT_MAX - mark.length - 3)} [${mark}]`,
    Content: bodyOf(event, place, options),
    ContentType: "text/plain",
    Priority: rtPriority(event, options),
  };
}

/** Comments the event unless that was done before, and gives the ticket the status of the alarm; staff's own resolving is left alone. */
async function follow(
  rt: RtClient,
  ticket: RtTicket,
  event: IncidentEvent,
  options: RequestTrackerOptions,
  signal: AbortSignal,
): Promise<SendOutcome> {
  const notes = await rt.notes(ticket.id, signal);
  if (!notes.ok) return notes.outcome;
  const told = notes.value.some((note) => note.includes(`[${event.id}]`));
  // The raise that created the ticket, told again because its answer was lost.
  const itself = event.state === "raise" && !notes.value.some((note) => NOTE.test(note));
  if (itself) return accepted(rt, ticket.id, "created before");
  const steps: ((() => Promise<JsonAnswer<unknown>>) | null)[] = [
    told
      ? null
      : () =>
          rt.comment(
            ticket.id,
            `${titleOf(event, options.places(event), options)} [${event.id}]`,
            bodyOf(event, options.places(event), options),
            signal,
          ),
    event.state !== "acknowledge" && event.state !== "clear" ? () => rt.setPriority(ticket.id, rtPriority(event, options), signal) : null,
    statusStep(rt, ticket, event, signal),
  ];
  for (const step of steps) {
    const answer = await step?.();
    if (answer?.ok === false) return answer.outcome;
  }
  return accepted(rt, ticket.id, told ? "commented before" : "commented");
}

function statusStep(rt: RtClient, { id, Status }: RtTicket, event: IncidentEvent, signal: AbortSignal) {
  const { state } = event;
  if (state === "clear" && !INACTIVE.has(Status)) return () => rt.setStatus(id, "resolved", signal);
  if (begins(event) && INACTIVE.has(Status)) return () => rt.setStatus(id, "open", signal);
  if (state === "acknowledge" && Status === "new") return () => rt.setStatus(id, "open", signal);
  return null;
}

function rtPriority(event: IncidentEvent, { places }: TicketStyle): number {
  const { priority } = priorityOf(event.severity, places(event).category);
  return RT_PRIORITY[(event.service?.priority ?? priority) as Priority];
}

function accepted(rt: RtClient, ticket: string, what: string): SendOutcome {
  return { outcome: "accepted", answer: `#${ticket} ${what}`, ticket, ticketUrl: rt.pageOf(ticket) };
}
