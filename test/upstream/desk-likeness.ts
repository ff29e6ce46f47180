import type { IncidentEvent } from "../../firmware/incidents/event.ts";
import { later } from "../../firmware/upstream/body.ts";
import type { JsonAnswer } from "../../firmware/upstream/http-json.ts";
import type { DeskChange, DeskTicket, TicketDesk } from "../../firmware/upstream/ticket-desk.ts";
import { ticketMark } from "../../firmware/upstream/ticket-mark.ts";

export interface LikeTicket extends DeskTicket {
  stage: DeskTicket["stage"];
  readonly notes: string[];
}

/** A desk in memory: what every desk with tickets does, without a wire. Tickets are numbered from 1, the oldest first. */
export class DeskLikeness implements TicketDesk {
  readonly tickets: LikeTicket[] = [];
  readonly asked: (readonly string[])[] = [];
  isAway = false;
  readonly markOf = ticketMark;
  /** Numbers of tickets that staff have put out of sight. */
  readonly theirs = new Set<string>();

  add(mark: string, change: Partial<LikeTicket> = {}): LikeTicket {
    const id = String(Math.max(0, ...this.tickets.map((one) => Number(one.id))) + 1);
    const ticket: LikeTicket = {
      ...{ id, number: id, url: null, mark, stage: "new", status: "new", assignee: null, creator: "room", changedBy: "room", notes: [] },
      ...change,
    };
    this.tickets.push(ticket);
    return ticket;
  }

  async find(marks: readonly string[]) {
    this.asked.push(marks);
    return this.#answer(this.tickets.filter(({ mark }) => marks.includes(mark)).toReversed());
  }

  async holds(ticket: DeskTicket, { id }: { readonly id: string }) {
    return this.#answer(this.#of(ticket).notes.includes(id));
  }

  async create(event: IncidentEvent) {
    return this.isAway ? this.#answer({ number: "", url: null }) : this.#answer(this.add(ticketMark(event), { notes: [event.id] }));
  }

  async change(ticket: DeskTicket, { note, to }: DeskChange) {
    const one = this.#of(ticket);
    if (note !== null) one.notes.push(note.id);
    if (to !== null) one.stage = to;
    return this.#answer(null);
  }

  async isTheirs(number: string) {
    return this.#answer(this.theirs.has(number));
  }

  async merge(ticket: DeskTicket) {
    this.tickets.splice(this.tickets.indexOf(this.#of(ticket)), 1);
    return this.#answer(null);
  }

  #of({ id }: DeskTicket): LikeTicket {
    const ticket = this.tickets.find((one) => one.id === id);
    if (ticket === undefined) throw new Error(`no ticket ${id}`);
    return ticket;
  }

  #answer<Value>(value: Value): JsonAnswer<Value> {
    return this.isAway ? { ok: false, status: null, outcome: later("away") } : { ok: true, value };
  }
}
