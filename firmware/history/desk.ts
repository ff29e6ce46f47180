import { readdirSync, rmSync, statfsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Words } from "../contract/alarm.ts";
import { reasonOf } from "../journal/faults.ts";
import type { JournalFaultReason } from "../journal/journal.ts";
import { atOpen, flushLogAgain, openToWrite, setAside } from "../platform/sqlite.ts";
import type { RawMinute } from "./book.ts";
import type { MinuteSpan, PointSummary, Trend } from "./history.ts";
import type { PointScale } from "./scale.ts";
import { MIGRATIONS } from "./schema.ts";
import { type Limits, MinuteStore, POINTS_MAX } from "./store.ts";
import { summariesOf, trendOf } from "./summary.ts";
import { bentWords, failingWords, goneHistoryWords, leftOutWords, setAsideHistoryWords, worksAgainWords } from "./words.ts";

export const HISTORY_FILE = "history.db";
/** Minutes kept in memory while they cannot be written; beyond it the oldest is a gap. */
const MINUTES_WAITING_MAX = 10;
/** Left to the journal: this, or a twentieth of a small disk. */
const RESERVE_BYTES = 64 * 1024 * 1024;
const RESERVE_PART = 0.05;
/** Room beyond the limit at which old hours go: for the hour that is being packed, with 65,000 points. */
const HEADROOM_BYTES = 64 * 1024 * 1024;

export type Question =
  | { readonly what: "summaries"; readonly points: readonly string[]; readonly span: MinuteSpan }
  | { readonly what: "trend"; readonly points: readonly string[]; readonly span: MinuteSpan; readonly columns: number };
export type Answer = readonly PointSummary[] | Trend;

export interface DeskOptions {
  readonly directory: string;
  readonly points: readonly PointScale[];
  readonly limits: Limits;
}

/** What the desk asks the machine it runs on; tests have their own. */
export interface Machine {
  wallMs(): number;
  /** Free bytes of a folder's disk, and its size. */
  space(directory: string): { readonly free: number; readonly size: number };
}

export function spaceOf(directory: string): { readonly free: number; readonly size: number } {
  const { bavail, blocks, bsize } = statfsSync(directory);
  return { free: bavail * bsize, size: blocks * bsize };
}

/** Who hears of trouble. */
export interface Ears {
  tell(level: "info" | "error", words: Words): void;
  /** Whether minutes are written; said at the first one and at every change. */
  health(works: boolean): void;
}

/** Writes minutes and answers questions on the thread that owns history.db. Trouble is told once, and again when it is over. */
export class HistoryDesk {
  readonly #options: DeskOptions;
  readonly #machine: Machine;
  readonly #ears: Ears;
  readonly #file: string;
  readonly #waiting: RawMinute[] = [];
  #store: MinuteStore | null = null;
  #identity = "";
  #failing: JournalFaultReason | null = null;
  #lost = 0;
  #bentTold = false;
  #healthTold: boolean | null = null;

  constructor(options: DeskOptions, machine: Machine, ears: Ears) {
    this.#options = options;
    this.#machine = machine;
    this.#ears = ears;
    this.#file = join(options.directory, HISTORY_FILE);
  }

  /** Written now, or as soon as it can be. */
  write(minute: RawMinute): void {
    this.#waiting.push(minute);
    while (this.#waiting.length > MINUTES_WAITING_MAX) {
      this.#waiting.shift();
      this.#lost += 1;
    }
    // A damaged file is set aside at the first attempt; the second writes into the new one.
    for (let attempt = 1; attempt <= 2; attempt += 1) {
      try {
        this.#expectRoom();
        this.#notice();
        this.#writeWaiting();
        this.#opened().tidy(minute.minute);
        this.#works();
        return;
      } catch (error) {
        if (this.#fails(error) !== "corrupt") return;
      }
    }
  }

  /** The answer, or why there is none. */
  answer(question: Question): { readonly answer: Answer } | { readonly failed: Words } {
    try {
      const store = this.#opened();
      const { points, span } = question;
      return { answer: question.what === "summaries" ? summariesOf(store, points, span) : trendOf(store, points, span, question.columns) };
    } catch (error) {
      return { failed: this.#mend(error) };
    }
  }

  /** What still waits is tried once more. */
  close(): void {
    try {
      this.#writeWaiting();
    } catch (error) {
      this.#fails(error);
    }
    this.#close();
  }

  #writeWaiting(): void {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      this.#opened().write(next);
      this.#waiting.shift();
    }
  }

  #works(): void {
    if (this.#failing !== null) this.#ears.tell("info", worksAgainWords(this.#lost));
    this.#failing = null;
    this.#lost = 0;
    this.#health(true);
  }

  #fails(error: unknown): JournalFaultReason {
    const words = this.#mend(error);
    const reason = reasonOf(error);
    // A minute that is not taken for a fault of ours must not hold up those behind it.
    if (reason === "refused" && this.#waiting.shift() !== undefined) this.#lost += 1;
    if (reason === "corrupt") return reason;
    this.#health(false);
    if (reason === this.#failing) return reason;
    this.#failing = reason;
    this.#ears.tell("error", words);
    return reason;
  }

  #health(works: boolean): void {
    if (works !== this.#healthTold) this.#ears.health(works);
    this.#healthTold = works;
  }

  /** Puts a file that cannot be trusted out of use. @returns what to tell. */
  #mend(error: unknown): Words {
    const reason = reasonOf(error);
    if (reason === "io") this.#flushLogAgain();
    if (reason === "corrupt" || reason === "io") this.#close();
    if (reason === "corrupt") this.#setAside();
    return failingWords(reason, this.#file, error instanceof Error ? error.message : String(error));
  }

  /** Closing folds the log into the file: not with one that is in the kernel's memory alone. */
  #flushLogAgain(): void {
    try {
      flushLogAgain(this.#file);
    } catch {
      // The next open, or the next minute, says it.
    }
  }

  #opened(): MinuteStore {
    if (this.#store !== null) return this.#store;
    const { points, limits } = this.#options;
    // Gigabytes are not read before the first minute is written: every block has its checksum, and SQLite says when a page is bent.
    const db = openToWrite(this.#file, { bytesMax: limits.bytesMax + HEADROOM_BYTES, migrations: MIGRATIONS, look: "none" });
    try {
      this.#store = new MinuteStore(db, points, limits, () => this.#bent());
    } catch (error) {
      db.close();
      throw atOpen(error);
    }
    this.#identity = identityOf(this.#file);
    const { leftOut } = this.#store;
    if (leftOut > 0) this.#ears.tell("error", leftOutWords(this.#file, leftOut, POINTS_MAX));
    return this.#store;
  }

  #expectRoom(): void {
    const { free, size } = this.#machine.space(this.#options.directory);
    if (free < Math.min(RESERVE_BYTES, size * RESERVE_PART))
      throw Object.assign(new Error(`${Math.round(free / 1_048_576)} MiB free`), { syscall: "write", code: "ENOSPC" });
  }

  /** SQLite goes on writing to a file that nobody can find any more. */
  #notice(): void {
    if (this.#store === null || identityOf(this.#file) === this.#identity) return;
    this.#close();
    this.#ears.tell("error", goneHistoryWords(this.#file));
  }

  #bent(): void {
    if (!this.#bentTold) this.#ears.tell("error", bentWords(this.#file));
    this.#bentTold = true;
  }

  /** One damaged file is kept, not each: together they could fill the card. */
  #setAside(): void {
    const folder = dirname(this.#file);
    for (const name of readdirSync(folder)) if (name.startsWith(`${HISTORY_FILE}.damaged-`)) rmSync(join(folder, name), { force: true });
    this.#ears.tell("error", setAsideHistoryWords(this.#file, setAside(this.#file, this.#machine.wallMs())));
  }

  #close(): void {
    try {
      this.#store?.close();
    } catch {
      // It is given up in any case; the next open decides.
    }
    this.#store = null;
  }
}

function identityOf(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat === undefined ? "" : `${stat.dev} ${stat.ino}`;
}
