import type { Words } from "../contract/alarm.ts";
import type { ToldIncident } from "../journal/journal.ts";
import { type ComparedDesk, currentOf, type DeskTicket, type Remark } from "./ticket-desk.ts";

/** One thing that differs between what a desk was told and what stands there, and what puts it right. */
export type Repair =
  /** Its ticket is gone. */
  | { readonly kind: "tellAgain"; readonly told: ToldIncident }
  /** It is over, and its ticket is open. */
  | { readonly kind: "resolve"; readonly told: ToldIncident; readonly ticket: DeskTicket; readonly remark: Remark }
  /** It stands, and staff have ended its ticket: they are told once, the ticket stays ended. */
  | { readonly kind: "remark"; readonly told: ToldIncident; readonly ticket: DeskTicket; readonly remark: Remark }
  | {
      readonly kind: "merge";
      readonly told: ToldIncident;
      readonly ticket: DeskTicket;
      readonly into: DeskTicket;
      readonly remark: Remark;
    };

/** Of what was told, oldest first, the last under each mark: at a desk that knows an alarm by its key, the ticket is the last incident's. */
export function latestOf(told: readonly ToldIncident[], { markOf }: Pick<ComparedDesk, "markOf">): readonly ToldIncident[] {
  return [...new Map(told.map((one) => [markOf(one), one])).values()];
}

/**
 * Compares what a desk was told with the tickets that have the marks of it, the newest first by mark; a mark that is not there was not
 * asked about. Tickets that somebody else made with a mark of ours, a copy for instance, are theirs; where a desk does not show who made
 * them, none is ended. `isNoted`: a remark of an earlier comparison stands on the ticket; who has opened it again since wants it open.
 */
export function repairsOf(
  told: readonly ToldIncident[],
  { markOf }: Pick<ComparedDesk, "markOf">,
  found: ReadonlyMap<string, readonly DeskTicket[]>,
  isNoted: (ticket: DeskTicket, remark: Remark) => boolean,
): readonly Repair[] {
  return told.flatMap((one): readonly Repair[] => {
    const tickets = found.get(markOf(one));
    if (one.state === "moving" || tickets === undefined) return [];
    const ours = tickets.filter(({ creator }) => creator === tickets.at(-1)?.creator);
    const first = currentOf(ours);
    const left = leftOf(one, first);
    const repairs = [...(first === undefined ? [] : duplicatesOf(one, ours, first)), ...(left === null ? [] : [left])];
    return repairs.filter((repair) => repair.kind === "tellAgain" || (mayEnd(repair) && !isNoted(repair.ticket, repair.remark)));
  });
}

function mayEnd({ kind, ticket }: Exclude<Repair, { readonly kind: "tellAgain" }>): boolean {
  return kind === "remark" || ticket.creator !== "";
}

/** Whatever has become of the first ticket, what was opened beside it on an unsteady connection belongs into it. */
function duplicatesOf(told: ToldIncident, tickets: readonly DeskTicket[], first: DeskTicket): readonly Repair[] {
  const remark = { id: `merged-${told.sequence}`, words: duplicateWords(first.number) };
  return tickets
    .filter((ticket) => ticket !== first && isOpen(ticket))
    .map((ticket) => ({ kind: "merge", told, ticket, into: first, remark }));
}

function leftOf(told: ToldIncident, ticket: DeskTicket | undefined): Repair | null {
  const repair = (kind: "resolve" | "remark", words: Words): Repair | null =>
    ticket === undefined ? null : { kind, told, ticket, remark: { id: `${kind}-${told.sequence}`, words } };
  if (told.state === "over") return ticket !== undefined && isOpen(ticket) ? repair("resolve", OVER) : null;
  if (ticket === undefined) return { kind: "tellAgain", told };
  // What is closed for good takes no remark.
  return ticket.stage === "resolved" ? repair("remark", STANDS) : null;
}

function isOpen({ stage }: DeskTicket): boolean {
  return stage === "new" || stage === "open";
}

const OVER: Words = {
  zh: "告警已恢复，对账时此工单仍未关闭，已由机房守望解决。如需保留，请重新打开：不会再次关闭。",
  en: "The alarm is over, but a comparison found this ticket open, so Roomward resolved it. Open it again to keep it: it will be left open.",
};
const STANDS: Words = {
  zh: "告警仍未恢复，而此工单已被关闭。工单保持关闭；请到现场确认，或重新打开工单。",
  en: "The alarm still stands, but this ticket was ended. It is left as it is; look at the room, or open the ticket again.",
};

function duplicateWords(number: string): Words {
  return {
    zh: `此工单与 ${number} 重复：链路不稳时同一事件报了两次。请在 ${number} 中继续处理。`,
    en: `This is a duplicate of ${number}: on an unsteady connection one incident was told twice. Please go on in ${number}.`,
  };
}
