import { Worker } from "node:worker_threads";
import type { Words } from "../contract/alarm.ts";
import type { Clock } from "../platform/clock.ts";
import type { LogLevel } from "../platform/voice.ts";
import { MinuteBook, type RawMinute, type Standing } from "./book.ts";
import type { Answer, DeskOptions, Question } from "./desk.ts";
import {
  HISTORY_BYTES_MAX,
  HistoryError,
  type HistoryStore,
  HOURS_KEPT_MIN,
  MINUTE_MS,
  type MinuteSpan,
  type PointSummary,
  SPAN_MAX_MS,
  SUMMARY_POINTS_MAX,
  TREND_COLUMNS_MAX,
  type Trend,
} from "./history.ts";
import type { PointScale } from "./scale.ts";
import type { Limits } from "./store.ts";
import { busyWords, closedWords, stoppedWords } from "./words.ts";
import type { FromHistory, ToHistory } from "./worker.ts";

/** Questions waiting for an answer. */
const QUESTIONS_WAITING_MAX = 64;
/** Minutes waiting for a thread that is being started again. */
const MINUTES_UNSENT_MAX = 10;
const RESTART_AFTER_MS = 1_000;
const RESTART_AFTER_MAX_MS = 60_000;
const CLOSE_WITHIN_MS = 5_000;
const YOUNG_MB = 2;

export interface OpenHistoryOptions {
  /** The data folder; this process has it for itself. */
  readonly directory: string;
  /** The site's points, in the order of their numbers. */
  readonly points: readonly PointScale[];
  readonly clock: Clock;
  readonly log: (level: LogLevel, words: Words) => void;
  readonly limits?: Limits;
}

/** What the gateway gives: readings, and the time that passes. Costs a few additions per reading; the rest is done on another thread. */
export interface MinuteFeed {
  /** Good readings of neighbours, beginning with point `first`; NaN where there is none. Before they are in `standing`. */
  take(first: number, values: Float64Array, standing: Standing): void;
  /** Call it more often than once a second. */
  tick(standing: Standing): void;
}

export interface History extends HistoryStore, MinuteFeed {
  /** Told with the first minute, and at every change, whether minutes are written. */
  watch(onHealth: (works: boolean) => void): void;
  /** The running minute is written, too: a start within the same minute continues it. */
  close(): Promise<void>;
}

/**
 * `history.db` on a thread of its own, which begins with the first minute or question: the first readings have the box to themselves.
 * Trouble with it is logged, and the room is watched all the same.
 */
export function openHistory(options: OpenHistoryOptions): History {
  return new HistoryThread(options);
}

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: HistoryError) => void;
}

class HistoryThread implements History {
  readonly #options: OpenHistoryOptions;
  readonly #book: MinuteBook;
  readonly #waiting = new Map<number, Waiting>();
  readonly #unsent: RawMinute[] = [];
  readonly #closed = new AbortController();
  #standing: Standing | null = null;
  #worker: Worker | null = null;
  /** Why the thread ended, until it is started again. */
  #stoppedBy: string | null = null;
  #onHealth: (works: boolean) => void = () => {};
  #lastId = 0;
  #restartAfterMs = RESTART_AFTER_MS;

  constructor(options: OpenHistoryOptions) {
    this.#options = options;
    this.#book = new MinuteBook(options.points.length);
  }

  take(first: number, values: Float64Array, standing: Standing): void {
    this.tick(standing);
    this.#book.take(first, values);
  }

  tick(standing: Standing): void {
    const { clock } = this.#options;
    this.#standing = standing;
    this.#write(this.#book.turn(clock.wallMs(), () => clock.wallTrusted(), standing));
  }

  watch(onHealth: (works: boolean) => void): void {
    this.#onHealth = onHealth;
  }

  async summaries(points: readonly string[], fromMs: number, toMs: number): Promise<readonly PointSummary[]> {
    const span = this.#span(points, fromMs, toMs);
    return (await this.#ask({ what: "summaries", points, span })) as readonly PointSummary[];
  }

  async trend(points: readonly string[], fromMs: number, toMs: number, columns: number): Promise<Trend> {
    if (!(columns >= 1 && columns <= TREND_COLUMNS_MAX)) throw new RangeError(`${columns} columns`);
    const span = this.#span(points, fromMs, toMs);
    return (await this.#ask({ what: "trend", points, span, columns })) as Trend;
  }

  async close(): Promise<void> {
    if (this.#closed.signal.aborted) return;
    const { clock } = this.#options;
    if (this.#standing !== null) this.#write(this.#book.end(() => clock.wallTrusted(), this.#standing));
    this.#closed.abort();
    const worker = this.#worker;
    if (worker !== null) {
      const gone = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
      const message: ToHistory = { kind: "close" };
      worker.postMessage(message);
      const late = new AbortController();
      void clock.sleep(CLOSE_WITHIN_MS, late.signal).then(() => (late.signal.aborted ? undefined : worker.terminate()));
      await gone;
      late.abort();
    }
    this.#refuseAll(closedWords);
  }

  /** Minutes that are over: what ended a moment ago is written before it is asked for. */
  #span(points: readonly string[], fromMs: number, toMs: number): MinuteSpan {
    if (points.length > SUMMARY_POINTS_MAX) throw new RangeError(`${points.length} points`);
    if (!(toMs - fromMs <= SPAN_MAX_MS)) throw new RangeError(`from ${fromMs} to ${toMs}`);
    if (this.#standing !== null) this.tick(this.#standing);
    const running = Math.floor(this.#options.clock.wallMs() / MINUTE_MS);
    const fromMinute = Math.floor(fromMs / MINUTE_MS);
    return { fromMinute, toMinute: Math.max(fromMinute, Math.min(Math.floor(toMs / MINUTE_MS), running)) };
  }

  #write(minute: RawMinute | null): void {
    if (minute === null) return;
    const worker = this.#running();
    if (worker !== null) {
      const { counts, last, min, max, sum } = minute;
      const message: ToHistory = { kind: "minute", minute };
      worker.postMessage(message, [counts.buffer, last.buffer, min.buffer, max.buffer, sum.buffer]);
      return;
    }
    this.#unsent.push(minute);
    if (this.#unsent.length > MINUTES_UNSENT_MAX) this.#unsent.shift();
  }

  #ask(question: Question): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.#closed.signal.aborted) return reject(new HistoryError(closedWords));
      const worker = this.#running();
      if (worker === null) return reject(new HistoryError(stoppedWords(this.#stoppedBy ?? "")));
      if (this.#waiting.size >= QUESTIONS_WAITING_MAX) return reject(new HistoryError(busyWords));
      this.#lastId += 1;
      this.#waiting.set(this.#lastId, { resolve, reject });
      const message: ToHistory = { kind: "question", id: this.#lastId, question };
      worker.postMessage(message);
    });
  }

  /** Null while a thread that ended is about to be started again. */
  #running(): Worker | null {
    if (this.#worker === null && this.#stoppedBy === null) this.#worker = this.#start();
    return this.#worker;
  }

  #start(): Worker {
    const { directory, points, limits } = this.#options;
    const workerData: DeskOptions = {
      directory,
      points,
      limits: limits ?? { hoursKept: HOURS_KEPT_MIN, bytesMax: HISTORY_BYTES_MAX },
    };
    const worker = new Worker(workerUrl(import.meta.url), {
      workerData,
      execArgv: [],
      name: "history",
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    });
    let detail = "";
    worker.on("message", (message: FromHistory) => {
      if (message.kind === "tell") this.#options.log(message.level, message.words);
      else if (message.kind === "health") this.#onHealth(message.works);
      else this.#settle(message);
    });
    worker.on("error", (error) => {
      detail = error instanceof Error ? error.message : String(error);
    });
    worker.on("exit", (code) => void this.#ended(detail === "" ? `exit code ${code}` : detail));
    return worker;
  }

  #settle({ id, outcome }: Extract<FromHistory, { kind: "answer" }>): void {
    this.#restartAfterMs = RESTART_AFTER_MS;
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if ("failed" in outcome) waiting?.reject(new HistoryError(outcome.failed));
    else waiting?.resolve(outcome.answer);
  }

  async #ended(detail: string): Promise<void> {
    this.#worker = null;
    if (this.#closed.signal.aborted) return;
    this.#stoppedBy = detail;
    const words = stoppedWords(detail);
    this.#options.log("error", words);
    this.#refuseAll(words);
    await this.#options.clock.sleep(this.#restartAfterMs, this.#closed.signal);
    this.#restartAfterMs = Math.min(this.#restartAfterMs * 2, RESTART_AFTER_MAX_MS);
    if (this.#closed.signal.aborted) return;
    this.#stoppedBy = null;
    for (const minute of this.#unsent.splice(0)) this.#write(minute);
  }

  #refuseAll(words: Words): void {
    for (const { reject } of this.#waiting.values()) reject(new HistoryError(words));
    this.#waiting.clear();
  }
}

/** From source the worker is the file beside this one; in the box's bundle it is a bundle of its own beside the main one. */
function workerUrl(here: string): URL {
  return new URL(here.endsWith(".ts") ? "./worker.ts" : "./history-worker.js", here);
}
