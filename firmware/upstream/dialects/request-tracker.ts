import type { IncidentEvent } from "../../incidents/event.ts";
import { type Priority, priorityOf } from "../../incidents/priority.ts";
import { oneLine } from "../body.ts";
import type { Dialect } from "../dialect.ts";
import type { Places } from "../place.ts";
import { type DeskTicket, deskDialect, type TicketDesk } from "../ticket-desk.ts";
import { ticketMark } from "../ticket-mark.ts";
import { bodyOf, type LetterStyle, noteOf, titleOf } from "./letter.ts";
import { RtClient, type RtServer } from "./rt-client.ts";

/** Request Tracker's priorities are free numbers, the higher the more urgent; by our priority 1 to 5. */
const RT_PRIORITY = { 1: 100, 2: 75, 3: 50, 4: 25, 5: 10 } as const;
const SUBJECT_MAX = 200;
/** Its other statuses, and those that a house has added, are of tickets that are worked on. Deleted ones are not found. */
const STAGES: Readonly<Record<string, DeskTicket["stage"]>> = { new: "new", resolved: "resolved", rejected: "resolved" };
/** Request Tracker's owner of what nobody has taken. */
const NOBODY = "Nobody";
const MARK = /\[(rw-[0-9a-f]{16})\]/;
const EVENT = /\[[0-9a-f]{8}-[0-9a-f-]{27}\]/;

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
  return deskDialect(deskOf(rt, options), options.language, () => rt.close());
}

function deskOf(rt: RtClient, options: RequestTrackerOptions): TicketDesk {
  return {
    markOf: ticketMark,
    async find(marks, signal) {
      const found = await rt.find(marks.map((mark) => `Subject LIKE '[${mark}]'`).join(" OR "), signal);
      if (!found.ok) return found;
      const tickets = found.value.map(({ id, Subject, Status, Owner, Creator, LastUpdatedBy }) => ({
        ...{ id, number: id, url: rt.pageOf(id), mark: MARK.exec(Subject)?.[1] ?? "" },
        ...{ stage: STAGES[Status] ?? "open", status: Status, assignee: Owner.id === NOBODY ? null : Owner.id },
        ...{ creator: Creator.id, changedBy: LastUpdatedBy.id },
      }));
      return { ok: true, value: tickets };
    },
    async holds({ id }, told, signal) {
      const notes = await rt.notes(id, signal);
      if (!notes.ok) return notes;
      const isNoted = notes.value.some((note) => note.includes(`[${told.id}]`));
      // The raise that created the ticket stands on it in a place that is not shown.
      return { ok: true, value: isNoted || (told.state === "raise" && !notes.value.some((note) => EVENT.test(note))) };
    },
    async create(event, signal) {
      const created = await rt.create(newTicket(event, options), signal);
      return created.ok ? { ok: true, value: { number: created.value, url: rt.pageOf(created.value) } } : created;
    },
    async change({ id }, { note, to, event }, signal) {
      const isUrgent = note === event && event.state !== "acknowledge" && event.state !== "clear";
      const fields = { ...(to === null ? {} : { Status: to }), ...(isUrgent ? { Priority: rtPriority(event, options) } : {}) };
      const updated = Object.keys(fields).length === 0 ? null : await rt.update(id, fields, signal);
      if (note === null || updated?.ok === false) return updated ?? { ok: true, value: null };
      const { title, text } = noteOf(note, options);
      return rt.comment(id, title, text, signal);
    },
    isTheirs: (number, signal) => rt.isMergedOrHidden(number, signal),
    merge: (ticket, into, signal) => rt.merge(ticket.id, into.id, signal),
  };
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

function rtPriority(event: IncidentEvent, { places }: TicketStyle): number {
  const { priority } = priorityOf(event.severity, places(event).category);
  return RT_PRIORITY[(event.service?.priority ?? priority) as Priority];
}
