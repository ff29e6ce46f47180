import { Worker } from "node:worker_threads";
import type { Words } from "../contract/alarm.ts";
import type { Clock } from "../platform/clock.ts";
import type { LogLevel } from "../platform/voice.ts";
import type { PieceQuery, ReviewPiece } from "../review/piece.ts";
import { MinuteBook, type RawMinute, type Standing } from "./book.ts";
import type { DeskOptions, Questions } from "./desk.ts";
import {
  FULL_HOURS_KEPT,
  HISTORY_BYTES_MAX,
  HistoryError,
  type HistoryStore,
  type HistoryUsage,
  HOURS_KEPT_MIN,
  MINUTE_MS,
  type PointSummary,
  type SampleSource,
  SPAN_MAX_MS,
  type Span,
  SUMMARY_POINTS_MAX,
  TREND_COLUMNS_MAX,
  type Trend,
} from "./history.ts";
import type { Limits } from "./keeper.ts";
import type { RingContent, RingShape } from "./last-hour.ts";
import { firstCursor, type SampleCursor, type SampleFile } from "./samples.ts";
import type { PointScale } from "./scale.ts";
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

/** What the gateway gives: readings, and the time that passes. Costs a copy of them; the rest is done on another thread. */
export interface MinuteFeed {
  /** Good readings of neighbours, beginning with point `first`; NaN where there is none. Before they are in `standing`. */
  take(first: number, values: Float64Array, standing: Standing): void;
  /** Call it more often than once a second. */
  tick(standing: Standing): void;
}

export interface History extends HistoryStore, SampleSource, MinuteFeed {
  usage(): Promise<HistoryUsage>;
  /** Readings of an hour, for a replay. */
  piece(query: PieceQuery): Promise<ReviewPiece>;
  /** What the rings of these devices held, in their order. */
  lastHour(devices: readonly RingShape[]): Promise<readonly RingContent[]>;
  /**
   * What was recorded with a clock that nobody trusted, and whose told time is in [fromMs, toMs), moves by `offsetMs` and is trusted from
   * then on: an hour at a time, and on after a power cut. Exact to a tenth of a second.
   */
  restamp(move: Span & { readonly offsetMs: number }): void;
  /** A command wants to read `history.db`, which the thread has for itself: for ten minutes it can. */
  share(): void;
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
  readonly resolve: (answer: never) => void;
  readonly reject: (error: HistoryError) => void;
}

class HistoryThread implements History {
  readonly #options: OpenHistoryOptions;
  readonly #book: MinuteBook;
  readonly #waiting = new Map<number, Waiting>();
  readonly #unsent: RawMinute[] = [];
  readonly #unmoved: ToHistory[] = [];
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
    this.#book = new MinuteBook();
  }

  take(first: number, values: Float64Array, standing: Standing): void {
    this.#write(this.#book.take(first, values, this.#turn(standing)));
  }

  tick(standing: Standing): void {
    this.#turn(standing);
  }

  watch(onHealth: (works: boolean) => void): void {
    this.#onHealth = onHealth;
  }

  async summaries(points: readonly string[], fromMs: number, toMs: number): Promise<readonly PointSummary[]> {
    return this.#ask("summaries", { points, span: this.#span(points, fromMs, toMs) });
  }

  async trend(points: readonly string[], fromMs: number, toMs: number, columns: number): Promise<Trend> {
    if (!(columns >= 1 && columns <= TREND_COLUMNS_MAX)) throw new RangeError(`${columns} columns`);
    return this.#ask("trend", { points, span: this.#span(points, fromMs, toMs), columns });
  }

  async *samples(file: SampleFile): AsyncIterable<Uint8Array> {
    const span = this.#span(file.points, file.span.fromMs, file.span.toMs);
    for (let cursor: SampleCursor | null = firstCursor(file); cursor !== null; ) {
      const { bytes, next }: Questions["samples"]["answer"] = await this.#ask("samples", { file: { ...file, span }, cursor });
      yield bytes;
      cursor = next;
    }
  }

  share(): void {
    const message: ToHistory = { kind: "share" };
    this.#worker?.postMessage(message);
  }

  piece(query: PieceQuery): Promise<ReviewPiece> {
    return this.#ask("piece", query);
  }

  usage(): Promise<HistoryUsage> {
    return this.#ask("usage", {});
  }

  lastHour(devices: readonly RingShape[]): Promise<readonly RingContent[]> {
    return this.#ask("lastHour", { devices, nowMs: this.#options.clock.wallMs() });
  }

  restamp({ fromMs, toMs, offsetMs }: Span & { readonly offsetMs: number }): void {
    const move: ToHistory = { kind: "restamp", span: { fromMs, toMs }, offsetMs };
    const worker = this.#running();
    if (worker !== null) worker.postMessage(move);
    else this.#unmoved.push(move);
  }

  async close(): Promise<void> {
    if (this.#closed.signal.aborted) return;
    const { clock } = this.#options;
    if (this.#standing !== null) this.#write(this.#book.end(this.#standing));
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

  #turn(standing: Standing): number {
    const { clock } = this.#options;
    const wallMs = clock.wallMs();
    this.#standing = standing;
    this.#write(this.#book.turn(wallMs, clock.wallTrusted(), standing));
    return wallMs;
  }

  /** Minutes that are over: what ended a moment ago is written before it is asked for. */
  #span(points: readonly string[], fromMs: number, toMs: number): Span {
    if (points.length > SUMMARY_POINTS_MAX) throw new RangeError(`${points.length} points`);
    if (!(toMs - fromMs <= SPAN_MAX_MS)) throw new RangeError(`from ${fromMs} to ${toMs}`);
    if (this.#standing !== null) this.#turn(this.#standing);
    const runningMs = Math.floor(this.#options.clock.wallMs() / MINUTE_MS) * MINUTE_MS;
    return { fromMs, toMs: Math.max(fromMs, Math.min(toMs, runningMs)) };
  }

  #write(minute: RawMinute | null): void {
    if (minute === null) return;
    const worker = this.#running();
    if (worker !== null) {
      const message: ToHistory = { kind: "minute", minute };
      const standing = minute.standing === null ? [] : [minute.standing.buffer];
      worker.postMessage(message, [...minute.chunks.map(({ numbers }) => numbers.buffer), ...standing]);
      return;
    }
    this.#unsent.push(minute);
    if (this.#unsent.length > MINUTES_UNSENT_MAX) this.#unsent.shift();
  }

  #ask<What extends keyof Questions>(what: What, asked: Questions[What]["asked"]): Promise<Questions[What]["answer"]> {
    return new Promise<Questions[What]["answer"]>((resolve, reject) => {
      if (this.#closed.signal.aborted) return reject(new HistoryError(closedWords));
      const worker = this.#running();
      if (worker === null) return reject(new HistoryError(stoppedWords(this.#stoppedBy ?? "")));
      if (this.#waiting.size >= QUESTIONS_WAITING_MAX) return reject(new HistoryError(busyWords));
      this.#lastId += 1;
      this.#waiting.set(this.#lastId, { resolve, reject });
      worker.postMessage({ kind: "question", id: this.#lastId, question: { what, ...asked } });
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
      ...{ directory, isAlone: true },
      points,
      limits: limits ?? { hoursKept: HOURS_KEPT_MIN, fullHoursKept: FULL_HOURS_KEPT, bytesMax: HISTORY_BYTES_MAX },
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
    else waiting?.resolve(outcome.answer as never);
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
    for (const move of this.#unmoved.splice(0)) this.#running()?.postMessage(move);
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
