import type { Words } from "../contract/alarm.ts";
import type { DeliveryResult, Journal } from "../journal/journal.ts";
import type { Clock } from "../platform/clock.ts";

const JOURNAL_RETRY_MS = 5_000;

export interface SettlingParts {
  readonly journal: Pick<Journal, "settle">;
  readonly clock: Clock;
  readonly stopped: AbortSignal;
  readonly onTrouble: (message: Words) => void;
  /** Told once for all incidents that one write was about. */
  readonly onDelivery: (incidents: readonly string[]) => void;
}

interface Open {
  readonly result: DeliveryResult;
  readonly incident: string;
  readonly done: () => void;
}

/** Writes down what came of attempts. Those that come in while the disk is busy go with the next write together: one flush for all of them. */
export class Settling {
  readonly #parts: SettlingParts;
  #open: Open[] = [];
  #isWriting = false;

  constructor(parts: SettlingParts) {
    this.#parts = parts;
  }

  /** Resolves when it is on the disk, or the room stops. */
  record(result: DeliveryResult, incident: string): Promise<void> {
    return new Promise((done) => {
      this.#open.push({ result, incident, done });
      if (!this.#isWriting) void this.#writeAll();
    });
  }

  async #writeAll(): Promise<void> {
    this.#isWriting = true;
    while (this.#open.length > 0) {
      const group = this.#open;
      this.#open = [];
      await this.#write(group.map(({ result }) => result));
      this.#parts.onDelivery([...new Set(group.map(({ incident }) => incident))]);
      for (const { done } of group) done();
    }
    this.#isWriting = false;
  }

  /** Until it is on the disk: a full disk must not make us tell the ITSM twice. */
  async #write(results: readonly DeliveryResult[]): Promise<void> {
    const { journal, clock, stopped, onTrouble } = this.#parts;
    do {
      const recorded = await journal.settle(results);
      if (recorded.ok) return;
      onTrouble(recorded.message);
      await clock.sleep(JOURNAL_RETRY_MS, stopped);
    } while (!stopped.aborted);
  }
}
