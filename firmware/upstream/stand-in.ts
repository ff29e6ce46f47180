import type { Words } from "../contract/alarm.ts";
import type { IncidentEvent } from "../incidents/event.ts";
import type { Journal, OutboxRow } from "../journal/journal.ts";
import type { Clock } from "../platform/clock.ts";

/** What has waited so long for a target that cannot be reached is told to its fallback. */
const WAITED_MS = 60_000;
const LOOK_EVERY_MS = 10_000;

export interface StandInOptions {
  /** By target id: who is told in its place. */
  readonly fallbacks: ReadonlyMap<string, string>;
  readonly journal: Pick<Journal, "standIn">;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Whether nothing gets through to a target, or it refuses messages. */
  readonly isTroubled: (target: string) => boolean;
  /** Something waits for this fallback. */
  readonly wake: (fallback: string) => void;
  readonly onTrouble: (message: Words) => void;
}

/** Hands to fallbacks what waits for troubled targets. The targets themselves are told all the same as soon as they can be. Until stopped. */
export async function watchFallbacks({ fallbacks, journal, clock, signal, isTroubled, wake, onTrouble }: StandInOptions): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(LOOK_EVERY_MS, signal);
    for (const [target, fallback] of fallbacks) {
      if (signal.aborted || !isTroubled(target)) continue;
      const done = await journal.standIn({ target, fallback, beforeMs: clock.wallMs() - WAITED_MS });
      if (!done.ok) onTrouble(done.message);
      else if (done.queued > 0) wake(fallback);
    }
  }
}

/** What is sent: as it was recorded or, to a fallback, marked as what was meant for somebody else. The same bytes at every attempt. */
export function marked(row: OutboxRow): OutboxRow {
  const { standsFor = null } = row;
  if (standsFor === null) return row;
  try {
    const event = JSON.parse(row.body) as IncidentEvent;
    const told = { textZh: `〔代 ${standsFor} 通知〕${event.textZh}`, textEn: `[in place of ${standsFor}] ${event.textEn}`, standsFor };
    return { ...row, body: JSON.stringify({ ...event, ...told }) };
  } catch (error) {
    // A worn card has bent it: the dialect says so.
    if (error instanceof SyntaxError) return row;
    throw error;
  }
}
