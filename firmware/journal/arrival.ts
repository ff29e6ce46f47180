import type { Words } from "../contract/alarm.ts";
import type { LogLevel } from "../platform/voice.ts";
import { absentJournal } from "./absent.ts";
import { absentWords, arrivedWords } from "./faults.ts";
import type { Journal, JournalFault, JournalFaultReason } from "./journal.ts";
import { type OpenJournalOptions, openJournal } from "./open.ts";

/** A journal that is absent is tried again after this time, then after twice that, and so on: at least once a minute. */
export const TRY_FIRST_MS = 5_000;
export const TRY_EVERY_MS = 60_000;

/** What a card may get over, or somebody can mend while the room is watched. Another process or a newer version's file is no such thing. */
const PASSING: ReadonlySet<JournalFaultReason> = new Set(["readOnly", "io", "diskFull"]);

export interface KeptJournalOptions extends Omit<OpenJournalOptions, "bytesMax"> {
  readonly bytesMax: () => number;
  readonly log: (level: LogLevel, words: Words) => void;
  /** Opens it; for tests. */
  readonly open?: typeof openJournal;
}

/** The journal of a start; `problem`: it cannot be had, and trying again is no use. */
export async function keepJournal(options: KeptJournalOptions): Promise<{ readonly kept: KeptJournal } | { readonly problem: Words }> {
  const kept = new KeptJournal(options);
  const fault = await kept.begin();
  return fault === null ? { kept } : { problem: fault.message };
}

/**
 * The journal as rooms get it: the real one or, as long as that cannot be opened, one that is absent. A room keeps the one that it began
 * with; when the real one has come it ends and makes room for one that begins with what the journal knows.
 */
export class KeptJournal {
  readonly #options: KeptJournalOptions;
  readonly #closing = new AbortController();
  /** The real one; null: it is absent. */
  #journal: Journal | null = null;
  #fault: JournalFault | null = null;
  #trying: Promise<void> = Promise.resolve();

  constructor(options: KeptJournalOptions) {
    this.#options = options;
  }

  /** @returns why there is none and will be none; null: the start goes on, with the real one or without. */
  async begin(): Promise<JournalFault | null> {
    const fault = await this.#open();
    if (fault === null || !PASSING.has(fault.reason)) return fault;
    this.#goWithout(fault, TRY_FIRST_MS);
    return null;
  }

  /** For one room; `absent` says why it is. */
  take(): { readonly journal: Journal; readonly absent: JournalFault | null } {
    if (this.#journal !== null) return { journal: this.#journal, absent: null };
    const absent = this.#fault;
    if (absent === null) throw new Error("the journal was not begun");
    return { journal: absentJournal(() => this.#fault ?? absent), absent };
  }

  /** Resolves when the real one is there, or this is closed. */
  arrived(): Promise<void> {
    return this.#trying;
  }

  /** It was opened and yet a room could not begin with it: the next one begins without. @returns false when there was none to give up. */
  async giveUp(fault: JournalFault): Promise<boolean> {
    if (this.#journal === null) return false;
    await this.#journal.close();
    this.#journal = null;
    this.#goWithout(fault, TRY_EVERY_MS);
    return true;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#trying;
    await this.#journal?.close();
  }

  #goWithout(fault: JournalFault, tryAfterMs: number): void {
    this.#say(fault);
    this.#trying = this.#try(tryAfterMs);
  }

  async #try(firstMs: number): Promise<void> {
    const { clock, log } = this.#options;
    for (let afterMs = firstMs; ; afterMs = Math.min(2 * afterMs, TRY_EVERY_MS)) {
      await clock.sleep(afterMs, this.#closing.signal);
      if (this.#closing.signal.aborted) return;
      const fault = await this.#open();
      if (fault === null) return log("info", arrivedWords());
      this.#say(fault);
    }
  }

  /** Once for each trouble: it may last for days. */
  #say(fault: JournalFault): void {
    if (fault.message.en !== this.#fault?.message.en) this.#options.log("error", absentWords(fault.message));
    this.#fault = fault;
  }

  async #open(): Promise<JournalFault | null> {
    const { bytesMax, open = openJournal, ...options } = this.#options;
    const opened = await open({ ...options, bytesMax: bytesMax() });
    if ("fault" in opened) return opened.fault;
    this.#journal = opened.journal;
    this.#fault = null;
    return null;
  }
}
