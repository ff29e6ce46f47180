import { createHash } from "node:crypto";
import type { IncidentEvent } from "../incidents/event.ts";

const TAIL_HEX = 16;

/** What finds the ticket of an alarm again: the same from raise to clear, another for its next life. */
export function ticketMark({ incident, key }: Pick<IncidentEvent, "incident" | "key">): string {
  return `rw-${hashOf(`${incident}\n${key}`)}`;
}

/** The key for receivers that pair by it, printable ASCII of at most `max` characters: what does not fit is told apart by its hash. */
export function dedupKey(key: string, max: number): string {
  return key.length <= max && /^[\x21-\x7e]*$/.test(key) ? key : `${ascii(key).slice(0, max - TAIL_HEX - 1)}-${hashOf(key)}`;
}

function ascii(key: string): string {
  return key.replaceAll(/[^\x21-\x7e]/g, "_");
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, TAIL_HEX);
}
