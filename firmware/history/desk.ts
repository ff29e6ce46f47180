import { readdirSync, rmSync, statfsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Words } from "../contract/alarm.ts";
import { reasonOf } from "../journal/faults.ts";
import type { JournalFaultReason } from "../journal/journal.ts";
import { commitsBehindDamage } from "../platform/log-damage.ts";
import { atOpen, type DatabaseSync, flushLogAgain, openToWrite, setAside } from "../platform/sqlite.ts";
import type { PieceQuery, ReviewPiece } from "../review/piece.ts";
import type { RawMinute } from "./book.ts";
import type { HistoryUsage, PointSummary, Span, Trend } from "./history.ts";
import { MINUTE_MS, MINUTES_PER_HOUR } from "./history.ts";
import { HistoryKeeper, type Limits } from "./keeper.ts";
import { lastHourOf, type RingContent, type RingShape } from "./last-hour.ts";
import { pieceOf } from "./pieces.ts";
import { HistoryReader } from "./reader.ts";
import { type SampleCursor, type SampleFile, type SamplePiece, samplesOf } from "./samples.ts";
import type { PointScale } from "./scale.ts";
import { FLOOR, MIGRATIONS } from "./schema.ts";
import { summariesOf } from "./summary.ts";
import { POINTS_MAX, Tables } from "./tables.ts";
import { trendOf } from "./trend.ts";
import { WaitingMinutes } from "./waiting.ts";
import { bentWords, failingWords, goneHistoryWords, leftOutWords, reusingWords, setAsideHistoryWords, worksAgainWords } from "./words.ts";

export const HISTORY_FILE = "history.db";
/** Left to the journal: this, or a twentieth of a small disk. */
const RESERVE_BYTES = 64 * 1024 * 1024;
const RESERVE_PART = 0.05;
/** The file grows again when there is so many times the reserve: no to and fro. */
const ROOMY_AGAIN = 2;
/** Room beyond the limit at which old hours go: for the hour that is being packed, with 65,000 points. */
const HEADROOM_BYTES = 64 * 1024 * 1024;
/** Pages that must be free in the file itself before a minute is written on a full disk. */
const REUSE_BYTES = 4 * 1024 * 1024;

/** Minutes for which the file is not ours alone after a command has asked to read it. */
const SHARED_MINUTES = 10;

/** What may be asked, and what is answered. */
export interface Questions {
  readonly summaries: {
    readonly asked: { readonly points: readonly string[]; readonly span: Span };
    readonly answer: readonly PointSummary[];
  };
  readonly trend: {
    readonly asked: { readonly points: readonly string[]; readonly span: Span; readonly columns: number };
    readonly answer: Trend;
  };
  readonly samples: { readonly asked: { readonly file: SampleFile; readonly cursor: SampleCursor }; readonly answer: SamplePiece };
  readonly piece: { readonly asked: PieceQuery; readonly answer: ReviewPiece };
  readonly lastHour: {
    readonly asked: { readonly devices: readonly RingShape[]; readonly nowMs: number };
    readonly answer: readonly RingContent[];
  };
  readonly usage: { readonly asked: Record<never, never>; readonly answer: HistoryUsage };
}
export type Question = { readonly [What in keyof Questions]: { readonly what: What } & Questions[What]["asked"] }[keyof Questions];
export type Answer = Questions[keyof Questions]["answer"];

export interface DeskOptions {
  readonly directory: string;
  readonly points: readonly PointScale[];
  readonly limits: Limits;
  /** Nobody else reads the file unless `share` was called: its index is then in memory, and not written back to the card every minute. */
  readonly isAlone?: boolean;
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

interface Store {
  readonly tables: Tables;
  readonly keeper: HistoryKeeper;
  readonly reader: HistoryReader;
}

/** Writes minutes and answers questions on the thread that owns history.db. Trouble is told once, and again when it is over. */
export class HistoryDesk {
  readonly #options: DeskOptions;
  readonly #machine: Machine;
  readonly #ears: Ears;
  readonly #file: string;
  readonly #waiting = new WaitingMinutes();
  #store: Store | null = null;
  #identity = "";
  #failing: JournalFaultReason | null = null;
  #isReusing = false;
  #bentTold = false;
  #sharedMinutes = 0;
  #healthTold: boolean | null = null;

  constructor(options: DeskOptions, machine: Machine, ears: Ears) {
    this.#options = options;
    this.#machine = machine;
    this.#ears = ears;
    this.#file = join(options.directory, HISTORY_FILE);
  }

  /** Written now, or as soon as it can be. */
  write(minute: RawMinute): void {
    if (this.#sharedMinutes > 0) {
      this.#sharedMinutes -= 1;
      if (this.#sharedMinutes === 0) this.#close();
    }
    this.#waiting.add(minute);
    // A damaged file is set aside at the first attempt; the second writes into the new one.
    for (let attempt = 1; attempt <= 2; attempt += 1) {
      try {
        this.#notice();
        const { keeper, tables } = this.#opened();
        this.#waiting.pack(keeper);
        if (!this.#hasRoom()) throw Object.assign(new Error("the rest is left to the journal"), { syscall: "write", code: "ENOSPC" });
        this.#waiting.write(keeper);
        if (this.#isReusing) tables.shrinkLog();
        this.#works();
        return;
      } catch (error) {
        if (this.#fails(error) !== "corrupt") return;
      }
    }
  }

  /** Does a bit of what can wait: packs, sums up, lets go, moves. False: nothing is left to do, or it cannot be done now. */
  work(): boolean {
    if (this.#store === null || this.#failing !== null) return false;
    try {
      const { keeper, tables } = this.#store;
      if (!this.#hasRoomToWork()) return false;
      const isMore = keeper.work();
      if (this.#isReusing) tables.shrinkLog();
      return isMore;
    } catch (error) {
      // Old readings made too little room: minutes go on, as long as they have some.
      if (this.#isReusing && reasonOf(error) === "diskFull") this.#giveBack();
      else this.#fails(error);
      return false;
    }
  }

  /** Somebody wants to read beside us for some minutes. */
  share(): void {
    if (this.#options.isAlone === true && this.#sharedMinutes === 0) this.#close();
    this.#sharedMinutes = SHARED_MINUTES;
  }

  /** Queues a move of what was read under a wrong clock; `work` does it. */
  restamp({ fromMs, toMs }: Span, offsetMs: number): void {
    try {
      this.#opened().keeper.restamp(fromMs, toMs, offsetMs);
    } catch (error) {
      this.#fails(error);
    }
  }

  /** The answer, or why there is none. */
  answer(question: Question): { readonly answer: Answer } | { readonly failed: Words } {
    try {
      return { answer: this.#answer(question) };
    } catch (error) {
      return { failed: this.#mend(error) };
    }
  }

  /** What still waits is tried once more. */
  close(): void {
    try {
      const { keeper } = this.#opened();
      this.#waiting.pack(keeper);
      this.#waiting.write(keeper);
    } catch (error) {
      this.#fails(error);
    }
    this.#close();
  }

  #answer(question: Question): Answer {
    const { reader, tables } = this.#opened();
    switch (question.what) {
      case "summaries":
        return summariesOf(reader, question.points, minutesOf(question.span));
      case "trend":
        return trendOf(reader, question.points, question.span, question.columns);
      case "samples":
        return samplesOf(reader, question.file, question.cursor);
      case "piece":
        return pieceOf(reader, question);
      case "lastHour":
        return lastHourOf(tables, question.devices, question.nowMs);
      case "usage":
        return this.#usage();
    }
  }

  #usage(): HistoryUsage {
    const { reader, tables } = this.#opened();
    const { minutes, full } = reader.oldest();
    const ms = (hour: number | null): number | null => (hour === null ? null : hour * MINUTES_PER_HOUR * MINUTE_MS);
    return {
      ...{ bytes: tables.bytes().used, bytesMax: this.#options.limits.bytesMax },
      ...{ oldestFullRateMs: ms(full), oldestMinuteMs: ms(minutes), minutesWaiting: this.#waiting.count },
    };
  }

  #works(): void {
    if (this.#failing !== null) this.#ears.tell("info", worksAgainWords(this.#waiting.lost));
    this.#failing = null;
    this.#waiting.lost = 0;
    this.#health(true);
  }

  #fails(error: unknown): JournalFaultReason {
    const words = this.#mend(error);
    const reason = reasonOf(error);
    // A minute that is not taken for a fault of ours must not hold up those behind it.
    if (reason === "refused") this.#waiting.giveUp();
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
    if (reason === "diskFull") this.#giveBack();
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

  /** The log of a transaction that did not fit is room that the journal needs. */
  #giveBack(): void {
    try {
      this.#store?.tables.shrinkLog();
    } catch {
      // Also this needs room, sometimes; it is tried again with the next minute.
    }
  }

  #openDatabase(bytesMax: number): DatabaseSync {
    const open = (isAlone: boolean): DatabaseSync =>
      openToWrite(this.#file, { bytesMax, migrations: MIGRATIONS, floor: FLOOR, look: "none", isAlone });
    if (this.#options.isAlone !== true || this.#sharedMinutes > 0) return open(false);
    try {
      return open(true);
    } catch (error) {
      if (reasonOf(error) !== "locked") throw error;
      // Who asked is still reading.
      this.#sharedMinutes = SHARED_MINUTES;
      return open(false);
    }
  }

  #opened(): Store {
    if (this.#store !== null) return this.#store;
    const { points, limits } = this.#options;
    if (commitsBehindDamage(this.#file) > 0) this.#bent();
    // Gigabytes are not read before the first minute is written: every block has its checksum, and SQLite says when a page is bent.
    const db = this.#openDatabase(limits.bytesMax + HEADROOM_BYTES);
    try {
      const tables = new Tables(db, () => this.#bent());
      this.#store = { tables, keeper: new HistoryKeeper(tables, points, limits), reader: new HistoryReader(tables) };
    } catch (error) {
      db.close();
      throw atOpen(error);
    }
    this.#identity = identityOf(this.#file);
    const { leftOut } = this.#store.keeper;
    if (leftOut > 0) this.#ears.tell("error", leftOutWords(this.#file, leftOut, POINTS_MAX));
    return this.#store;
  }

  /** On a disk that is nearly full the file does not grow any more: its oldest readings make room for the new ones while there are any. */
  #hasRoom(): boolean {
    const { tables } = this.#opened();
    if (!this.#isRoomy(0)) tables.shrinkLog();
    if (this.#isRoomy(0)) {
      if (this.#isReusing) tables.limit(this.#options.limits.bytesMax + HEADROOM_BYTES);
      this.#isReusing = false;
      return true;
    }
    // Once it had to stop, it waits for real room: no to and fro.
    if (this.#failing === "diskFull" || !this.#makeRoom(0)) return false;
    if (!this.#isReusing) this.#ears.tell("error", reusingWords(this.#file));
    this.#isReusing = true;
    tables.limit(0);
    return true;
  }

  /** Packed it is there once more, with what it comes to, before the frames go. */
  #hasRoomToWork(): boolean {
    const neededBytes = 2 * this.#opened().tables.looseBytes();
    return this.#isReusing ? this.#makeRoom(neededBytes) : this.#isRoomy(neededBytes);
  }

  /** In the file itself, where old readings were. */
  #makeRoom(neededBytes: number): boolean {
    const { keeper, tables } = this.#opened();
    const { size } = this.#machine.space(this.#options.directory);
    while (tables.bytes().free < Math.min(REUSE_BYTES, neededBytes + size * RESERVE_PART)) if (!keeper.giveUpFullHour()) return false;
    return true;
  }

  #isRoomy(neededBytes: number): boolean {
    const { free, size } = this.#machine.space(this.#options.directory);
    // What is in the log comes into the file one day, and only then gives its room back.
    const log = statSync(`${this.#file}-wal`, { throwIfNoEntry: false })?.size ?? 0;
    const reserve = Math.min(RESERVE_BYTES, size * RESERVE_PART);
    return free >= log + neededBytes + (this.#isReusing ? ROOMY_AGAIN : 1) * reserve;
  }

  /** SQLite goes on writing to a file that nobody can find any more. */
  #notice(): void {
    if (this.#store === null || identityOf(this.#file) === this.#identity) return;
    this.#close();
    this.#waiting.unpack();
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
    this.#waiting.unpack();
  }

  #close(): void {
    try {
      this.#store?.tables.db.close();
    } catch {
      // It is given up in any case; the next open decides.
    }
    this.#store = null;
  }
}

function minutesOf({ fromMs, toMs }: Span): { readonly fromMinute: number; readonly toMinute: number } {
  const fromMinute = Math.floor(fromMs / MINUTE_MS);
  return { fromMinute, toMinute: Math.max(fromMinute, Math.floor(toMs / MINUTE_MS)) };
}

function identityOf(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat === undefined ? "" : `${stat.dev} ${stat.ino}`;
}
