import type { Words } from "./contract/alarm.ts";
import type { Gateway } from "./gateway.ts";
import { HistoryError } from "./history/history.ts";
import type { History } from "./history/open.ts";
import type { Clock } from "./platform/clock.ts";

const CLOCK_LOOK_MS = 10_000;

export interface RecallParts {
  readonly history: Pick<History, "lastHour">;
  readonly gateway: Pick<Gateway, "ringShapes" | "fillRings">;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onTrouble: (words: Words) => void;
}

/**
 * Gives the room its last hour back after a start: every curve looks as it did before, up to the outage, which is a gap. Call it when
 * reading has begun. A box that does not know the time of day yet cannot say how long it was out: it asks again when it does.
 */
export async function recallLastHour(parts: RecallParts): Promise<void> {
  const { clock, signal } = parts;
  const wasTrusted = clock.wallTrusted();
  await recall(parts);
  if (wasTrusted) return;
  while (!signal.aborted && !clock.wallTrusted()) await clock.sleep(CLOCK_LOOK_MS, signal);
  if (!signal.aborted) await recall(parts);
}

async function recall({ history, gateway, signal, onTrouble }: RecallParts): Promise<void> {
  try {
    gateway.fillRings(await history.lastHour(gateway.ringShapes()));
  } catch (error) {
    if (!(error instanceof HistoryError)) throw error;
    if (!signal.aborted) onTrouble(error.words);
  }
}
