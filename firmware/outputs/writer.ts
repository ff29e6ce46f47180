import type { BusFault } from "../../drivers/driver.ts";
import { type Found, notFound, type Switch } from "../../drivers/switch.ts";
import type { Clock } from "../platform/clock.ts";
import type { Command } from "./book.ts";

/** A module that has lost its power comes back with its own idea of what is on: found and set right within this time. */
const LOOK_EVERY_MS = 15_000;
/** Between two tries of what did not work; the last one goes on for ever. */
const RETRY_MS = [500, 1_000, 2_000, 5_000, 10_000, 30_000] as const;
/** Tries without success after which people are told. */
const FAILED_TRIES = 3;
/** A module that answers and does not obey is set no more than this often for one order; then it is only looked at. */
const SETS_MAX = 5;
/** For one look or setting, waiting for the wire included; what comes later is not done any more. */
const LIMIT_MS = 12_000;

/** Does something at the output in its turn on the bus; null: nobody watches that bus any more. */
export type AtOutput = (work: (at: Switch) => Promise<Found>) => Promise<Found | null>;

export interface WriterEvents {
  /** It was found at another state than before. */
  found(found: Found): void;
  /** An order has come to its end: it is as it was told, or it is not and people have to know. `from`: what it was before. */
  settled(command: Command, from: boolean | null, found: Found): void;
  /** It is not, or is again, as it was told. */
  failing(isFailing: boolean, fault: BusFault | null): void;
}

/**
 * Keeps one output at what it was told: sets it, reads it back, tries again where that did not work, and looks from time to time whether it is
 * still so. What may have been done already is looked at before it is done again.
 */
export class OutputWriter {
  readonly #at: AtOutput;
  readonly #clock: Clock;
  readonly #events: WriterEvents;
  readonly #stopping = new AbortController();
  #wake = new AbortController();
  #command: Command | null = null;
  #found: Found = { isOn: null, fault: null };
  #lookedMs: number | null = null;
  #tries = 0;
  #sets = 0;
  /** It was set since its end was told last, whatever became of the answer. */
  #wasSet = false;
  #retryAtMs = 0;
  #isFailing = false;
  /** What was told of the present order, and how often it had to be set again since. */
  #told: "nothing" | "reached" | "missed" = "nothing";
  #repairs = 0;
  /** What it was before it was set. */
  #from: boolean | null = null;
  readonly #running: Promise<void>;

  /** @param wasFailing what the journal says was so before this start. */
  constructor(at: AtOutput, clock: Clock, events: WriterEvents, wasFailing = false) {
    this.#at = at;
    this.#clock = clock;
    this.#events = events;
    this.#isFailing = wasFailing;
    this.#running = this.#run();
  }

  get found(): Found {
    return this.#found;
  }

  get isFailing(): boolean {
    return this.#isFailing;
  }

  want(command: Command): void {
    const before = this.#command;
    this.#command = command;
    if (before !== null && before.isOn === command.isOn) return;
    this.#tries = 0;
    this.#sets = 0;
    this.#wasSet = false;
    this.#retryAtMs = 0;
    this.#told = "nothing";
    this.#repairs = 0;
    this.#from = this.#found.isOn;
    this.#wake.abort();
  }

  /** Resolves when it is as it was told, or `limitMs` is over. */
  async reached(limitMs: number): Promise<boolean> {
    const untilMs = this.#clock.monotonicMs() + limitMs;
    while (this.#isBehind && this.#clock.monotonicMs() < untilMs && !this.#stopping.signal.aborted) await this.#clock.sleep(20);
    return !this.#isBehind;
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    this.#wake.abort();
    await this.#running;
  }

  get #isBehind(): boolean {
    const isOn = this.#command?.isOn ?? null;
    return this.#lookedMs === null || (isOn !== null && this.#found.isOn !== isOn);
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const nowMs = this.#clock.monotonicMs();
      const lookAtMs = (this.#lookedMs ?? Number.NEGATIVE_INFINITY) + LOOK_EVERY_MS;
      const dueMs = this.#command === null ? Number.POSITIVE_INFINITY : this.#isBehind ? this.#retryAtMs : lookAtMs;
      if (dueMs <= nowMs && this.#command !== null) await this.#act(this.#command);
      else await this.#wait(Math.min(dueMs - nowMs, LOOK_EVERY_MS));
    }
  }

  async #wait(ms: number): Promise<void> {
    if (this.#wake.signal.aborted) this.#wake = new AbortController();
    // Told to stop, or told something else, before it could listen.
    if (this.#stopping.signal.aborted) return;
    await this.#clock.sleep(Math.ceil(ms), this.#wake.signal);
  }

  /** One try. What was just seen is set at once; after a miss it is looked at first, for it may have been done already. */
  async #act(command: Command): Promise<void> {
    const { isOn } = command;
    const isKnown = this.#isBehind && this.#tries === 0 && this.#found.isOn !== null;
    let found = isKnown ? this.#found : await this.#do((at) => at.look());
    const before = found.isOn;
    if (this.#command?.isOn !== isOn) return this.#see(found);
    if (isOn !== null && before !== null && before !== isOn && this.#sets < SETS_MAX) {
      this.#sets += 1;
      if (!this.#wasSet) this.#from = before;
      this.#wasSet = true;
      found = await this.#do((at) => at.set(isOn));
    }
    if (this.#stopping.signal.aborted && found.isOn === null) return;
    this.#see(found);
    // It was told something else meanwhile: that is another order.
    if (this.#command?.isOn !== isOn) return;
    if (found.isOn !== null && (isOn === null || found.isOn === isOn)) this.#reached(command);
    else this.#missed(command);
  }

  #see(found: Found): void {
    this.#lookedMs = this.#clock.monotonicMs();
    const isNews = found.isOn !== this.#found.isOn || found.fault?.detail !== this.#found.fault?.detail;
    this.#found = found;
    if (isNews) this.#events.found(found);
  }

  #reached(command: Command): void {
    const wasSet = this.#wasSet;
    this.#wasSet = false;
    this.#tries = 0;
    this.#sets = 0;
    if (this.#isFailing) {
      this.#isFailing = false;
      this.#events.failing(false, null);
    }
    // Set again because somebody else had switched it: told once, not at every look of a quarrel.
    const isAgain = this.#told === "reached" && wasSet;
    if (isAgain ? this.#repairs === 0 : this.#told === "missed" || wasSet) this.#events.settled(command, this.#from, this.#found);
    if (isAgain) this.#repairs += 1;
    this.#told = "reached";
  }

  #missed(command: Command): void {
    // What nobody has answered was perhaps not heard: it is set again when somebody does.
    if (this.#found.isOn === null) this.#sets = 0;
    this.#retryAtMs = this.#clock.monotonicMs() + (RETRY_MS[Math.min(this.#tries, RETRY_MS.length - 1)] ?? LOOK_EVERY_MS);
    this.#tries += 1;
    if (this.#tries < FAILED_TRIES) return;
    if (!this.#isFailing) {
      this.#isFailing = true;
      this.#events.failing(true, this.#found.fault);
    }
    if (this.#told === "missed") return;
    this.#told = "missed";
    this.#events.settled(command, this.#from, this.#found);
  }

  async #do(work: (at: Switch) => Promise<Found>): Promise<Found> {
    let isLate = false;
    const late = new AbortController();
    const done = this.#at((at) => (isLate ? Promise.resolve(notFound(TOO_LATE)) : work(at)));
    const over = this.#clock.sleep(LIMIT_MS, late.signal).then(() => {
      isLate = true;
      return notFound(TOO_LATE);
    });
    const stopped = new Promise<Found>((resolve) => {
      this.#stopping.signal.addEventListener("abort", () => resolve(notFound(ENDED)), { once: true, signal: late.signal });
      if (this.#stopping.signal.aborted) resolve(notFound(ENDED));
    });
    const found = await Promise.race([done, over, stopped]);
    isLate = true;
    late.abort();
    return found ?? notFound(ENDED);
  }
}

const TOO_LATE: BusFault = { reason: "timeout", detail: "the wire was not free in time" };
const ENDED: BusFault = { reason: "adapterMissing", detail: "nobody watches this bus" };
