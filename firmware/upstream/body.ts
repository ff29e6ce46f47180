import type { IncidentEvent } from "../incidents/event.ts";
import type { OutboxRow } from "../journal/journal.ts";
import type { SendOutcome } from "./dialect.ts";

/** The event behind a delivery. Null when a worn card has bent what the journal wrote; such a delivery can only be parked. */
export function eventOf(row: Pick<OutboxRow, "body">): IncidentEvent | null {
  try {
    const event = JSON.parse(row.body) as IncidentEvent;
    // Events of before an update do not have these yet.
    const { number = null, service = null, assignee = null, work = null, act = null } = event;
    return { ...event, number, service, assignee, work, act };
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

export const BENT: SendOutcome = { outcome: "refused", answer: "the recorded event is damaged" };

/** A yes of a target that has no tickets. */
export function taken(answer: string): SendOutcome {
  return { outcome: "accepted", answer, ticket: null, ticketUrl: null };
}

export function later(answer: string): SendOutcome {
  return { outcome: "unavailable", answer, retryAfterMs: null };
}

/** One line without control characters, at most `max` characters: what a target said, or a subject. */
export function oneLine(text: string, max: number): string {
  return text
    .replaceAll(/[\s\p{Cc}]+/gu, " ")
    .trim()
    .slice(0, max);
}

/** At most `max` bytes of UTF-8, ending with a whole character. */
export function cutBytes(text: Buffer, max: number): Buffer {
  if (text.length <= max) return text;
  let end = Math.max(0, max);
  while (end > 0 && ((text[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return text.subarray(0, end);
}
