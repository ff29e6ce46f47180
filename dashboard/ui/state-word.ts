import type { AlarmRecord, Delivery } from "../../firmware/contract/alarm.ts";
import { isActive } from "../live/order.ts";
import { t } from "../text/words.ts";

/** The ISA-18.2 state of an alarm in words. */
export function stateWord(alarm: AlarmRecord): string {
  if (alarm.held) return t.value.held;
  if (alarm.state === "B" && !isActive(alarm)) return t.value.stateLatched;
  return t.value[`state${alarm.state}`];
}

/** The number of a ticket with its state and who has it: `#12 · open · zhang`; a state that only the target knows stands in its own word. */
export function ticketWords({
  ticket,
  ticketStatus,
  ticketAssignee,
}: Pick<Delivery, "ticket" | "ticketStatus" | "ticketAssignee">): string {
  if (ticket === null) return "";
  if (ticketStatus === undefined) return ticket;
  const words: Readonly<Record<string, string>> = {
    new: t.value.ticketNew,
    open: t.value.ticketOpen,
    stalled: t.value.ticketStalled,
    resolved: t.value.ticketResolved,
    rejected: t.value.ticketRejected,
  };
  return [ticket, words[ticketStatus] ?? ticketStatus, ...(ticketAssignee === undefined ? [] : [ticketAssignee])].join(" · ");
}
