import type { IncidentEvent } from "../incidents/event.ts";
import type { OutboxRow } from "../journal/journal.ts";
import type { ComparedDesk } from "./ticket-desk.ts";

/** What came of one attempt to tell a target, whatever the dialect. `answer` is the target's, in its own words. */
export type SendOutcome =
  | { readonly outcome: "accepted"; readonly answer: string; readonly ticket: string | null; readonly ticketUrl: string | null }
  /** It may work later. `retryAfterMs` is the target's own wish. */
  | { readonly outcome: "unavailable"; readonly answer: string; readonly retryAfterMs: number | null }
  /** The target will never take this message; a person has to look. */
  | { readonly outcome: "refused"; readonly answer: string };

/** A live alarm that the target was told of and that nobody has acknowledged here. */
export interface ToldAlarm {
  readonly key: string;
  readonly incident: string;
  /** False when its condition has returned to normal. */
  readonly active: boolean;
}

/** Somebody at the target has taken care of an alarm: who, and what they did. */
export interface Decision {
  readonly key: string;
  readonly by: string;
  readonly note: string;
}

/** What the target calls the state of an incident's ticket, in its own word. */
export interface TicketState {
  readonly incident: string;
  readonly ticket: string;
  readonly status: string;
  /** Who has it there, as the target names them; null or absent: nobody, or the target does not say. */
  readonly assignee?: string | null;
}

/** Said again and again whether or not anything happens, so that a target can tell a quiet room from a dead box. */
export interface Beat {
  /** Wall clock. */
  readonly atMs: number;
  /** Of the box's run, from 1. */
  readonly number: number;
  /** The last event that the target took of every incident that is not over, oldest first: what an unknowing target must be told to know all. */
  readonly live: readonly IncidentEvent[];
}

/** For targets that take a sign of life, or forget what is not told again. */
export interface Heartbeat {
  readonly everyMs: number;
  beat(beat: Beat, signal: AbortSignal): Promise<SendOutcome>;
}

/** How one kind of target is spoken to. Trouble is an outcome, never thrown. */
export interface Dialect {
  send(row: OutboxRow, signal: AbortSignal): Promise<SendOutcome>;
  readonly heartbeat?: Heartbeat;
  /** For targets where people decide: which of these alarms they have taken. None when the target does not answer. */
  decisions?(alarms: readonly ToldAlarm[], signal: AbortSignal): Promise<readonly Decision[]>;
  /** For targets with tickets: in which state those of these alarms are. None when the target does not answer. */
  ticketStates?(alarms: readonly ToldAlarm[], signal: AbortSignal): Promise<readonly TicketState[]>;
  /** For targets with tickets: the desk behind them, where what was told is compared with what stands there. */
  readonly desk?: ComparedDesk;
  close(): void;
}
