import type { Words } from "../contract/alarm.ts";
import { type Journal, JournalError } from "../journal/journal.ts";
import type { Clock } from "../platform/clock.ts";
import { eventOf, later } from "./body.ts";
import type { Heartbeat, SendOutcome } from "./dialect.ts";

/** Incidents that one sign of life names; a room with more of them at once has other worries. */
export const LIVE_MAX = 1_000;

export interface BeatOptions {
  readonly target: string;
  readonly heartbeat: Heartbeat;
  readonly journal: Pick<Journal, "acceptedLive">;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Told what came of every beat, with the wall clock of when it was sent. */
  readonly onBeat: (outcome: SendOutcome, atMs: number) => void;
  readonly onTrouble: (message: Words) => void;
}

/** Sends the signs of life of one target until stopped: at once, then at its interval. A slow one is not overtaken, and what was missed meanwhile is left out. */
export async function keepBeating({ target, heartbeat, journal, clock, signal, onBeat, onTrouble }: BeatOptions): Promise<void> {
  let dueMs: number = clock.monotonicMs();
  for (let number = 1; !signal.aborted; number += 1) {
    try {
      const live = (await journal.acceptedLive({ target, limit: LIVE_MAX })).flatMap((body) => eventOf({ body }) ?? []);
      const atMs = clock.wallMs();
      const outcome = await beatOnce(heartbeat, { atMs, number, live }, signal);
      if (!signal.aborted) onBeat(outcome, atMs);
    } catch (error) {
      if (!(error instanceof JournalError)) throw error;
      onTrouble(error.fault.message);
    }
    const nowMs = clock.monotonicMs();
    do dueMs += heartbeat.everyMs;
    while (dueMs <= nowMs);
    await clock.sleep(dueMs - nowMs, signal);
  }
}

/** A dialect that throws is our mistake, as with a message: it must not end the watch over the room. */
async function beatOnce(heartbeat: Heartbeat, beat: Parameters<Heartbeat["beat"]>[0], signal: AbortSignal): Promise<SendOutcome> {
  try {
    return await heartbeat.beat(beat, signal);
  } catch (error) {
    return later(error instanceof Error ? error.message : String(error));
  }
}
