import type { Words } from "../contract/alarm.ts";
import { type DeliveryResult, type Journal, JournalError, type OutboxRow } from "../journal/journal.ts";
import type { Clock } from "../platform/clock.ts";
import type { Dialect, SendOutcome } from "./dialect.ts";
import { retryDelayMs } from "./retry.ts";
import type { TargetWatch } from "./target-watch.ts";

/** Messages on the way to one target at the same time, each of another alarm. */
const IN_FLIGHT_MAX = 4;
/** A look into the outbox without any reason, should a wake-up ever be missed. */
const REST_MAX_MS = 60_000;
const JOURNAL_RETRY_MS = 5_000;
const FAILING_AFTER_MS = 60_000;

/** `failing`: nothing got through for a minute. `parked`: the target refused a message for good; until the next start, when parked messages are tried again. `sinceMs` is wall clock. */
export interface TargetHealth {
  readonly state: "ok" | "failing" | "parked";
  readonly sinceMs: number;
  /** The target's last answer, in its own words. */
  readonly detail: string;
}

export interface LaneOptions {
  readonly journal: Journal;
  readonly clock: Clock;
  /** Told at the first answer, and when a target's health changes. */
  readonly onTarget: (target: string, health: TargetHealth) => void;
  /** Told after an attempt was recorded, so that the alarm cards can show it. */
  readonly onDelivery: (incident: string) => void;
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
  readonly #inFlight = new Map<string, Promise<void>>();
  #woken = false;
  #rest: AbortController | null = null;
  /** Monotonic; set by a target that asked us to slow down. */
  #pausedUntilMs = 0;
  /** Since when nothing got through, on both clocks; null while it does. */
  #failing: { readonly monotonicMs: number; readonly wallMs: number } | null = null;
  /** Null until the first answer: whether an alarm of the last run still holds is news. */
  #health: TargetHealth["state"] | null = null;

  constructor(target: string, dialect: Dialect, options: LaneOptions, stopped: AbortSignal) {
    this.#target = target;
    this.#dialect = dialect;
    this.#options = options;
    this.#stopped = stopped;
    stopped.addEventListener("abort", () => this.wake(), { once: true });
  }

  wake(): void {
    this.#woken = true;
    this.#rest?.abort();
  }

  /** A person has sent refused messages once more. With none left nobody has to look any more: the next answer says how the target is. */
  resent(left: number): void {
    if (left === 0 && this.#health === "parked") this.#health = null;
    this.wake();
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
    await Promise.all(this.#inFlight.values());
  }

  /** Sends what is due as far as there is room. @returns how long there is nothing to do, unless woken. */
  async #fill(): Promise<number> {
    const { clock, journal } = this.#options;
    const nowMs = clock.monotonicMs();
    if (this.#inFlight.size >= IN_FLIGHT_MAX) return REST_MAX_MS;
    if (nowMs < this.#pausedUntilMs) return Math.min(this.#pausedUntilMs - nowMs, REST_MAX_MS);
    // What is on the way now may be recorded while we ask; it must not be taken from an answer that is older than the record.
    const onTheWay = new Set(this.#inFlight.keys());
    try {
      const due = await journal.dueDeliveries({ target: this.#target, nowMs, limit: IN_FLIGHT_MAX + onTheWay.size });
      for (const row of due.rows) {
        if (this.#stopped.aborted || this.#inFlight.size >= IN_FLIGHT_MAX) break;
        if (!onTheWay.has(row.id)) this.#inFlight.set(row.id, this.#deliver(row));
      }
      return due.nextDueAtMs === null ? REST_MAX_MS : Math.min(due.nextDueAtMs - nowMs, REST_MAX_MS);
    } catch (error) {
      if (!(error instanceof JournalError)) throw error;
      this.#options.onTrouble(error.fault.message);
      return JOURNAL_RETRY_MS;
    }
  }

  async #deliver(row: OutboxRow): Promise<void> {
    const { clock } = this.#options;
    const atMs = clock.wallMs();
    const outcome = await this.#send(row);
    // Broken off by our own stop: whether it arrived is not known, and it goes again after the next start.
    if (!(this.#stopped.aborted && outcome.outcome === "unavailable")) {
      this.#options.watch?.answered(this.#target, outcome, clock.wallMs(), row.atMs);
      this.judge(outcome);
      await this.#record({ id: row.id, atMs, answer: outcome.answer, verdict: this.#verdict(row, outcome) });
      this.#options.onDelivery(row.incident);
    }
    this.#inFlight.delete(row.id);
    this.wake();
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

  /** A message keeps its place in flight until its fate is on the disk: a full disk must not make us tell the ITSM twice. */
  async #record(result: DeliveryResult): Promise<void> {
    do {
      const recorded = await this.#options.journal.settle([result]);
      if (recorded.ok) return;
      this.#options.onTrouble(recorded.message);
      await this.#options.clock.sleep(JOURNAL_RETRY_MS, this.#stopped);
    } while (!this.#stopped.aborted);
  }

  /** What an answer of the target says about its health, whatever it was asked. */
  judge(outcome: SendOutcome): void {
    const { clock } = this.#options;
    if (outcome.outcome !== "unavailable") this.#failing = null;
    else this.#failing ??= { monotonicMs: clock.monotonicMs(), wallMs: clock.wallMs() };
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
