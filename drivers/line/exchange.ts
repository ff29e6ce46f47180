import { Deadline } from "../deadline.ts";
import type { BusFault, Pace } from "../driver.ts";
import type { LostReason } from "../reading.ts";
import type { Line, LineAnswer, LineListener } from "./line.ts";
import { type ExchangeWatch, KeptBytes } from "./watch.ts";

/** Nothing usable came back, and why. */
export interface Lost {
  readonly outcome: "lost";
  readonly reason: LostReason;
  readonly what: string;
}

/** Why there is no answer, judged by what did arrive. */
export interface Verdict {
  readonly reason: Extract<LostReason, "timeout" | "garbled" | "short" | "foreign">;
  readonly what: string;
}

/** How questions and answers lie on a wire. One question at a time; `take` yields an answer only when it is the one to the question. */
export interface Framing<Question, Answer> {
  /** The bytes to send; forgets whatever came before. */
  begin(question: Question): Uint8Array;
  /** Adds what arrived, asked for or not. An answer, or the certainty that there will be none, comes back once. */
  take(chunk: Uint8Array): Answer | Lost | null;
  verdict(): Verdict;
  /** Whether frames can no longer be told apart, so that only a new connection helps. */
  readonly broken: boolean;
  /** Forgets everything: the line is a new one. */
  reset(): void;
}

/** How a kind of wire wants to be treated between questions. */
export interface Manners {
  /** How long the other side may think; the time on the line is added. */
  readonly timeoutMs: number;
  /** How long a byte is on the line, where that is known to matter. */
  readonly byteMs: number;
  /** Silence that separates frames, after the last byte of either side; 0 where frames are not told apart by silence. */
  readonly gapMs: number;
  /** A late answer cannot be told from the next one, so the wire is listened to until it must be over. */
  readonly drains: boolean;
  /** Questions in a row without a single byte after which the connection itself is not believed any more; 0 for never. */
  readonly silencesMax: number;
}

/** After a late or broken answer has begun, this long without a byte means that it is over; USB adapters hold bytes for up to 16 ms. */
const QUIET_MS = 25;
const LISTEN_STEP_MS = 10;
/** A wire on which somebody talks without pause is asked all the same after this long: what comes of it is told, and the others get their turn. */
const SILENCE_WAIT_MAX_MS = 500;
const EMPTY = new Uint8Array(0);
const BUS_CLOSED: BusFault = { reason: "adapterMissing", detail: "the bus was closed" };

const lost = ({ reason, detail }: BusFault): Lost => ({ outcome: "lost", reason, what: detail });

/**
 * Question and answer on one wire, whatever the protocol: opens the line when needed, asks one thing at a time, keeps the silence between
 * frames, and never takes one answer for another.
 */
export class Exchange<Question, Answer> {
  readonly #framing: Framing<Question, Answer>;
  readonly #manners: Manners;
  readonly #pace: Pace;
  readonly #open: (listener: LineListener) => Promise<LineAnswer>;
  #line: Line | null = null;
  /** A line that went by itself still has to be freed before its port can be opened again. */
  #freed: Promise<void> = Promise.resolve();
  #busy = false;
  #closed = false;
  #settle: ((answer: Answer | Lost) => void) | null = null;
  readonly #patience: Deadline;
  /** When the wire was last busy, with either side's bytes. */
  #lastByteMs = 0;
  #silences = 0;
  /** Until when a late answer may still come; it ends sooner when one came and is over. */
  #listenUntilMs = 0;
  #lateSeen = false;
  readonly #watch: ExchangeWatch | undefined;
  readonly #came = new KeptBytes();
  readonly #stray = new KeptBytes();
  #firstByteMs: number | null = null;
  #strayMs: number | null = null;

  constructor(
    framing: Framing<Question, Answer>,
    manners: Manners,
    pace: Pace,
    open: (listener: LineListener) => Promise<LineAnswer>,
    watch?: ExchangeWatch,
  ) {
    this.#framing = framing;
    this.#manners = manners;
    this.#pace = pace;
    this.#open = open;
    this.#watch = watch;
    this.#patience = new Deadline(pace, () => this.#settle?.({ outcome: "lost", ...framing.verdict() }));
  }

  /**
   * Asks, and waits for the answer before anything else is asked. `lineBytes` are those of question and full answer together; `restMs` is
   * the silence that this device wants before it is asked, where that is more than the wire's.
   */
  async ask(question: Question, lineBytes: number, restMs = 0): Promise<Answer | Lost> {
    if (this.#busy) throw new Error("two questions at once on one wire");
    this.#busy = true;
    try {
      const gapMs = Math.max(this.#manners.gapMs, restMs);
      if (gapMs > 0 || this.#listenUntilMs > 0) await this.#awaitSilence(gapMs);
      if (this.#framing.broken) await this.#dropLine();
      if (this.#line === null) {
        const fault = await this.#connect();
        if (fault !== null) return this.#seen(EMPTY, this.#pace.monotonicMs(), lost(fault));
      }
      const sent = this.#framing.begin(question);
      const askedMs = this.#pace.monotonicMs();
      const answer = await this.#transact(sent, lineBytes);
      this.#seen(sent, askedMs, answer);
      if (isLost(answer)) return await this.#recover(answer);
      this.#silences = 0;
      return answer;
    } finally {
      this.#busy = false;
    }
  }

  /** Gives the line back; the next question opens it again. Not while a question is on its way. */
  async release(): Promise<void> {
    if (this.#busy) throw new Error("a line was given back during a question");
    await this.#dropLine();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#settle?.(lost(BUS_CLOSED));
    await this.#dropLine();
  }

  async #connect(): Promise<BusFault | null> {
    if (this.#closed) return BUS_CLOSED;
    await this.#freed;
    const state: { line: Line | null; gone: BusFault | null } = { line: null, gone: null };
    const opened = await this.#open({
      bytes: (chunk) => {
        if (state.line !== null && this.#line === state.line) this.#arrived(chunk);
      },
      lost: (fault) => {
        state.gone = fault;
        if (state.line === null || this.#line !== state.line) return;
        this.#freed = state.line.close();
        this.#line = null;
        this.#settle?.(lost(fault));
      },
    });
    if ("fault" in opened) return opened.fault;
    if (this.#closed || state.gone !== null) {
      await opened.line.close();
      return state.gone ?? BUS_CLOSED;
    }
    state.line = opened.line;
    this.#line = opened.line;
    this.#framing.reset();
    this.#lastByteMs = this.#pace.monotonicMs();
    return null;
  }

  #arrived(chunk: Uint8Array): void {
    this.#lastByteMs = this.#pace.monotonicMs();
    this.#lateSeen = true;
    if (this.#watch !== undefined) this.#keep(chunk);
    const answer = this.#framing.take(chunk);
    if (answer !== null) this.#settle?.(answer);
    else if (this.#framing.broken) this.#settle?.({ outcome: "lost", ...this.#framing.verdict() });
  }

  #keep(chunk: Uint8Array): void {
    if (this.#settle === null) this.#strayMs ??= this.#lastByteMs;
    else this.#firstByteMs ??= this.#lastByteMs;
    (this.#settle === null ? this.#stray : this.#came).add(chunk);
  }

  /** Tells the watch of a question that has come to its end, and passes on what came of it. */
  #seen<Outcome extends Answer | Lost>(sent: Uint8Array, askedMs: number, outcome: Outcome): Outcome {
    this.#watch?.({
      sent,
      came: this.#came.take(),
      stray: this.#stray.take(),
      strayMs: this.#strayMs,
      askedMs,
      firstByteMs: this.#firstByteMs,
      endedMs: this.#pace.monotonicMs(),
      lost: isLost(outcome) ? outcome : null,
    });
    this.#firstByteMs = null;
    this.#strayMs = null;
    return outcome;
  }

  #transact(question: Uint8Array, lineBytes: number): Promise<Answer | Lost> {
    return new Promise((resolve) => {
      this.#settle = (answer: Answer | Lost): void => {
        this.#settle = null;
        this.#patience.clear();
        resolve(answer);
      };
      this.#line?.send(question);
      this.#lastByteMs = this.#pace.monotonicMs();
      const { timeoutMs, byteMs } = this.#manners;
      this.#patience.set(this.#lastByteMs + Math.ceil(timeoutMs + lineBytes * byteMs));
    });
  }

  /** After trouble: makes sure that nothing of it can reach the next question, and looks whether the line is still there. */
  async #recover(answer: Lost): Promise<Lost> {
    if (this.#line === null) {
      await this.#dropLine();
      return answer;
    }
    const silent = answer.reason === "timeout";
    this.#silences = silent ? this.#silences + 1 : 0;
    const dead = this.#manners.silencesMax > 0 && this.#silences >= this.#manners.silencesMax;
    if (!this.#manners.drains) {
      const muddled = answer.reason === "garbled" || answer.reason === "short";
      if (muddled || dead) await this.#dropLine();
      return answer;
    }
    this.#listenUntilMs = this.#pace.monotonicMs() + this.#manners.timeoutMs;
    this.#lateSeen = !silent && answer.reason !== "foreign";
    if (!silent) return answer;
    const gone = await this.#line.check();
    if (gone !== null || dead) await this.#dropLine();
    return gone === null ? answer : lost(gone);
  }

  /** Waits for the gap between frames, and before that for the end of a late answer. */
  async #awaitSilence(gapMs: number): Promise<void> {
    for (let now = this.#pace.monotonicMs(); now < this.#listenUntilMs; now = this.#pace.monotonicMs()) {
      if (this.#lateSeen && now - this.#lastByteMs >= QUIET_MS) break;
      await this.#pace.sleep(LISTEN_STEP_MS);
    }
    this.#listenUntilMs = 0;
    const gapLeftMs = (): number => this.#lastByteMs + gapMs - this.#pace.monotonicMs();
    const latestMs = this.#pace.monotonicMs() + gapMs + SILENCE_WAIT_MAX_MS;
    for (let left = gapLeftMs(); left > 0 && this.#pace.monotonicMs() < latestMs; left = gapLeftMs()) await this.#pace.sleep(left);
  }

  async #dropLine(): Promise<void> {
    const line = this.#line;
    this.#line = null;
    this.#framing.reset();
    this.#silences = 0;
    this.#listenUntilMs = 0;
    await this.#freed;
    await line?.close();
  }
}

function isLost(answer: unknown): answer is Lost {
  return typeof answer === "object" && answer !== null && "outcome" in answer && answer.outcome === "lost";
}
