import type { Words } from "../contract/alarm.ts";
import type { AccessWrite, Journal, SettleOutcome } from "../journal/journal.ts";
import type { Clock } from "../platform/clock.ts";

const RETRY_MS = 2_000;
/** Writes kept in memory while the journal takes none; beyond it the oldest are given up, and that is said. */
const WAITING_MAX = 5_000;
const BATCH_MAX = 200;

/** Brings the entry log to the journal, in order. What the journal cannot take now is offered again under the same ids. */
export class AccessScribe {
  readonly #journal: Pick<Journal, "recordAccess">;
  readonly #clock: Clock;
  readonly #trouble: (words: Words) => void;
  readonly #waiting: AccessWrite[] = [];
  readonly #stopping = new AbortController();
  #running: Promise<void> | null = null;

  constructor(journal: Pick<Journal, "recordAccess">, clock: Clock, trouble: (words: Words) => void) {
    this.#journal = journal;
    this.#clock = clock;
    this.#trouble = trouble;
  }

  /** What doors and readers said. */
  write(write: AccessWrite): void {
    if (write.entries.length === 0 && write.readers.length === 0) return;
    this.#waiting.push(write);
    if (this.#waiting.length > WAITING_MAX) {
      this.#waiting.shift();
      this.#trouble({
        zh: "日志库长时间无法写入，已放弃最早的进出记录。请检查存储。",
        en: "The journal has taken nothing for too long; the oldest lines of the entry log were given up. Check the storage.",
      });
    }
    this.#running ??= this.#drain().finally(() => {
      this.#running = null;
    });
  }

  /** What a person entered: it is on the disk, or it did not happen and they are told. It does not wait behind what cannot be written now. */
  act(write: AccessWrite): Promise<SettleOutcome> {
    return this.#journal.recordAccess(write);
  }

  /** Waits for what is on its way. */
  async close(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #drain(): Promise<void> {
    // Of a batch that was refused every write stands alone, so that only the guilty one is dropped.
    let alone = 0;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, alone > 0 ? 1 : BATCH_MAX);
      const outcome = await this.#journal.recordAccess({
        entries: batch.flatMap(({ entries }) => entries),
        readers: batch.flatMap(({ readers }) => readers),
        audit: [],
      });
      if (!outcome.ok && outcome.reason === "refused" && batch.length > 1) {
        alone = batch.length;
        continue;
      }
      if (outcome.ok || outcome.reason === "refused" || outcome.reason === "unusable") {
        if (!outcome.ok) this.#trouble(outcome.message);
        alone = Math.max(0, alone - 1);
        this.#waiting.splice(0, this.#waiting.length, ...this.#waiting.filter((write) => !batch.includes(write)));
        continue;
      }
      this.#trouble(outcome.message);
      if (this.#stopping.signal.aborted) return;
      await this.#clock.sleep(RETRY_MS, this.#stopping.signal);
    }
  }
}
