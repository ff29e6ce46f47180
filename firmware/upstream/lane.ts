import type { Words } from "../contract/alarm.ts";
import { type DeliveryResult, type Journal, JournalError, type OutboxRow } from "../journal/journal.ts";
import type { Clock } from "../platform/clock.ts";
import { Circuit } from "./circuit.ts";
import type { Dialect, SendOutcome } from "./dialect.ts";
import { RateLimit } from "./rate-limit.ts";
import { retryDelayMs } from "./retry.ts";
import { Settling } from "./settling.ts";
import { marked } from "./stand-in.ts";
import type { TargetWatch } from "./target-watch.ts";

/** Messages on the way to one target at the same time, each of another alarm. */
const IN_FLIGHT_MAX = 4;
/**
 * Answered messages whose answer is not on the disk yet: after a power cut so many may go again, under their keys. A card whose flush
 * takes 100 ms lets ten groups through in a second; with these a month of outage is told at a thousand messages a second all the same.
 */
const UNSETTLED_MAX = 256;
/** Asked of the outbox at once; the question waits for the flush before it. */
const AHEAD = 256;
/** A look into the outbox without any reason, should a wake-up ever be missed. */
const REST_MAX_MS = 60_000;
const JOURNAL_RETRY_MS = 5_000;
const FAILING_AFTER_MS = 60_000;

/** `failing`: nothing got through for a minute. `parked`: the target refused a message for good; until the next start or until somebody sends it again. `sinceMs` is wall clock. */
export interface TargetHealth {
  readonly state: "ok" | "failing" | "parked";
  readonly sinceMs: number;
  /** The target's last answer, in its own words. */
  readonly detail: string;
}

/** What the site file says of how a target is told. */
export interface LaneSettings {
  /** Messages per minute; absent: as many as it takes. */
  readonly rate?: number | undefined;
  /** What is overtaken by a queued clear of its incident is not sent any more. */
  readonly collapse?: boolean | undefined;
  /** Who is told in its place while it cannot be. */
  readonly fallback?: string | undefined;
}

export interface LaneOptions {
  readonly journal: Journal;
  readonly clock: Clock;
  /** Told at the first answer, and when a target's health changes. */
  readonly onTarget: (target: string, health: TargetHealth) => void;
  /** Told after attempts were recorded, so that the alarm cards can show it. */
  readonly onDelivery: (incidents: readonly string[]) => void;
  /** Told of every answer, for people to look at. */
  readonly watch?: TargetWatch;
  /** The outbox itself cannot be read or written. */
  readonly onTrouble: (message: Words) => void;
}

/** The way to one target: its messages in flight, its pauses, its health. One slow target never holds up another. */
export class Lane {
  readonly #target: string;
  readonly #dialect: Dialect;
  readonly #options: LaneOptions;
  readonly #stopped: AbortSignal;
  readonly #settling: Settling;
  readonly #circuit = new Circuit();
  readonly #rate: RateLimit | null;
  readonly #collapse: boolean;
  /** Due, read ahead of time; each of another alarm, none of them on the way. */
  #ready: OutboxRow[] = [];
  /** From its sending until its fate is on the disk, by id. */
  readonly #unsettled = new Map<string, Promise<void>>();
  #sending = 0;
  #woken = false;
  #rest: AbortController | null = null;
  /** Nothing new is sent while somebody works on the outbox. */
  #holds = 0;
  /** Monotonic; set by a target that asked us to slow down. */
  #pausedUntilMs = 0;
  /** Since when nothing got through, on both clocks; null while it does. */
  #failing: { readonly monotonicMs: number; readonly wallMs: number } | null = null;
  /** Null until the first answer: whether an alarm of the last run still holds is news. */
  #health: TargetHealth["state"] | null = null;

  constructor(target: string, dialect: Dialect, options: LaneOptions, stopped: AbortSignal, { rate, collapse = false }: LaneSettings = {}) {
    this.#target = target;
    this.#dialect = dialect;
    this.#options = options;
    this.#stopped = stopped;
    this.#settling = new Settling({ ...options, stopped });
    this.#rate = rate === undefined ? null : new RateLimit(rate);
    this.#collapse = collapse;
    stopped.addEventListener("abort", () => this.wake(), { once: true });
  }

  wake(): void {
    this.#woken = true;
    this.#rest?.abort();
  }

  get isTroubled(): boolean {
    return this.#health === "failing" || this.#health === "parked";
  }

  /** A person has sent refused messages once more. With none left nobody has to look any more: the next answer says how the target is. */
  resent(left: number): void {
    if (left === 0 && this.#health === "parked") this.#health = null;
    this.wake();
  }

  /** Does something to the outbox of this target while none of its messages is on the way: what is queued may change its order. */
  async whileQuiet<Done>(work: () => Promise<Done>): Promise<Done> {
    this.#holds += 1;
    try {
      while (this.#unsettled.size > 0) await Promise.all(this.#unsettled.values());
      return await work();
    } finally {
      this.#holds -= 1;
      this.#ready = [];
      this.wake();
    }
  }

  /** Until stopped. */
  async run(): Promise<void> {
    while (!this.#stopped.aborted) {
      this.#woken = false;
      const restMs = await this.#fill();
      if (this.#woken) continue;
      this.#rest = new AbortController();
      await this.#options.clock.sleep(restMs, this.#rest.signal);
      this.#rest = null;
    }
    await Promise.all(this.#unsettled.values());
  }

  /** Sends what is due as far as there is room. @returns how long there is nothing to do, unless woken. */
  async #fill(): Promise<number> {
    for (;;) {
      const blockedMs = this.#blockedMs();
      if (blockedMs > 0) return blockedMs;
      const row = this.#ready.shift();
      if (row === undefined) {
        const restMs = await this.#readAhead();
        if (restMs > 0) return restMs;
      } else this.#begin(row);
    }
  }

  /** How long nothing may be sent; 0: the next one may. */
  #blockedMs(): number {
    const nowMs = this.#options.clock.monotonicMs();
    const room = this.#circuit.isOpen ? 1 : IN_FLIGHT_MAX;
    if (this.#stopped.aborted || this.#holds > 0 || this.#sending >= room || this.#unsettled.size >= UNSETTLED_MAX) return REST_MAX_MS;
    const waitMs = Math.max(this.#pausedUntilMs - nowMs, this.#circuit.waitMs(nowMs), this.#rate?.waitMs(nowMs) ?? 0);
    return Math.max(0, Math.min(waitMs, REST_MAX_MS));
  }

  /** @returns how long nothing is due; 0: something is ready, or has to be asked for again. */
  async #readAhead(): Promise<number> {
    const { clock, journal } = this.#options;
    const nowMs = clock.monotonicMs();
    // What is on the way now may be recorded while we ask; it must not be taken from an answer that is older than the record.
    const onTheWay = new Set(this.#unsettled.keys());
    try {
      const limit = AHEAD + onTheWay.size;
      const due = await journal.dueDeliveries({ target: this.#target, nowMs, limit, ...(this.#collapse ? { collapse: true } : {}) });
      // The order may have been changed meanwhile; whoever did it wakes us.
      if (this.#holds > 0) return REST_MAX_MS;
      this.#ready = due.rows.filter(({ id }) => !onTheWay.has(id));
      if (this.#ready.length > 0) return 0;
      return due.nextDueAtMs === null ? REST_MAX_MS : Math.min(due.nextDueAtMs - nowMs, REST_MAX_MS);
    } catch (error) {
      if (!(error instanceof JournalError)) throw error;
      this.#options.onTrouble(error.fault.message);
      return JOURNAL_RETRY_MS;
    }
  }

  #begin(row: OutboxRow): void {
    const delivered = row.isOvertaken === true ? this.#leaveOut(row) : this.#deliver(row);
    this.#unsettled.set(
      row.id,
      delivered.then(() => {
        this.#unsettled.delete(row.id);
        this.wake();
      }),
    );
  }

  #leaveOut({ id, incident }: OutboxRow): Promise<void> {
    const result = {
      id,
      atMs: this.#options.clock.wallMs(),
      answer: "not sent: its clear is told instead",
      verdict: { next: "collapse" },
    } as const;
    return this.#settling.record(result, incident);
  }

  async #deliver(row: OutboxRow): Promise<void> {
    const { clock, watch } = this.#options;
    const atMs = clock.wallMs();
    this.#rate?.sent(clock.monotonicMs());
    this.#sending += 1;
    const outcome = await this.#send(marked(row));
    this.#sending -= 1;
    this.wake();
    // Broken off by our own stop: whether it arrived is not known, and it goes again after the next start.
    if (this.#stopped.aborted && outcome.outcome === "unavailable") return;
    watch?.answered(this.#target, outcome, clock.wallMs(), row.atMs);
    this.judge(outcome);
    await this.#settling.record({ id: row.id, atMs, answer: outcome.answer, verdict: this.#verdict(row, outcome) }, row.incident);
  }

  /** A dialect that throws is our mistake; with one message it must not take the watch over the room along, start after start. */
  async #send(row: OutboxRow): Promise<SendOutcome> {
    try {
      return await this.#dialect.send(row, this.#stopped);
    } catch (error) {
      return { outcome: "unavailable", answer: error instanceof Error ? error.message : String(error), retryAfterMs: null };
    }
  }

  #verdict(row: OutboxRow, outcome: SendOutcome): DeliveryResult["verdict"] {
    if (outcome.outcome === "accepted") return { next: "done", ticket: outcome.ticket, ticketUrl: outcome.ticketUrl };
    if (outcome.outcome === "refused") return { next: "park" };
    const { clock } = this.#options;
    const dueAtMs = clock.monotonicMs() + retryDelayMs(row.attempts + 1, clock.random(), outcome.retryAfterMs);
    if (outcome.retryAfterMs !== null) this.#pausedUntilMs = Math.max(this.#pausedUntilMs, dueAtMs);
    return { next: "retry", dueAtMs };
  }

  /** What an answer of the target says about its health, whatever it was asked. */
  judge(outcome: SendOutcome): void {
    const { clock } = this.#options;
    if (outcome.outcome === "unavailable") this.#circuit.failed(clock.monotonicMs());
    else if (this.#circuit.isOpen) this.wake();
    if (outcome.outcome !== "unavailable") {
      this.#circuit.answered();
      this.#failing = null;
    } else this.#failing ??= { monotonicMs: clock.monotonicMs(), wallMs: clock.wallMs() };
    // What was refused for good waits for a person; a later message that gets through does not undo that.
    if (outcome.outcome === "accepted" && this.#health !== "parked") this.#setHealth("ok", clock.wallMs(), outcome.answer);
    else if (outcome.outcome === "refused") this.#setHealth("parked", clock.wallMs(), outcome.answer);
    else if (this.#failing !== null && clock.monotonicMs() - this.#failing.monotonicMs >= FAILING_AFTER_MS)
      this.#setHealth("failing", this.#failing.wallMs, outcome.answer);
  }

  #setHealth(state: TargetHealth["state"], sinceMs: number, detail: string): void {
    if (this.#health === state) return;
    this.#health = state;
    this.#options.watch?.health(this.#target, { state, sinceMs, detail });
    this.#options.onTarget(this.#target, { state, sinceMs, detail });
  }
}
