import type { ClockState } from "../contract/clock.ts";
import type { WallMs } from "../contract/time.ts";
import type { Clock } from "./clock.ts";
import type { SourceAnswer, TimeSource } from "./time-source.ts";
import {
  acceptSystem,
  beat,
  beginTime,
  glance,
  isAsking,
  isRefusing,
  type Kept,
  memoryOf,
  qualityAt,
  repeats,
  type Sight,
  type SourceReport,
  setByHand,
  type TimeEffect,
  type Timekeeper,
  type TimeMemory,
} from "./timekeeper.ts";

const BEAT_MS = 500;
const ASK_EVERY_MS = 60_000;
/** While nobody knows who set the clock. */
const ASK_AGAIN_MS = 1_000;

/** The wall clock of the product: what the system clock says, as far as it can be believed. */
export interface BoxClock extends Clock {
  state(): BoxClockState;
  memory(): TimeMemory;
  /** Begins anew with what the journal remembers; before anything was recorded. */
  remember(trustedMs: number): void;
  /** Told in the same turn in which the told time changes, which it does from now on. */
  listen(onEffect: (effect: TimeEffect) => void): void;
  acceptSystem(): void;
  set(atMs: number): void;
  stop(): void;
}

export type BoxClockState = ClockState & Pick<SourceAnswer, "by" | "server"> & { readonly systemMs: number; readonly correctionMs: number };

/** Begins to tell the time; asks the source once before, so that a box that is synchronised says so from its first word on. */
export async function openBoxClock(system: Clock, source: TimeSource, memory: TimeMemory): Promise<BoxClock> {
  const askedMs = system.monotonicMs();
  const answer = await source.ask(system.wallMs(), true);
  return new KeptClock(system, source, memory, answer, askedMs);
}

class KeptClock implements BoxClock {
  readonly #system: Clock;
  readonly #source: TimeSource;
  readonly #memory: TimeMemory;
  #answer: SourceAnswer;
  #report: SourceReport;
  #askedMs: number;
  #isAsking = false;
  #keeper: Timekeeper;
  /** Effects that came before anybody listened. */
  #unheard: readonly TimeEffect[];
  #listener: ((effect: TimeEffect) => void) | null = null;
  #end: () => void = () => {};

  constructor(system: Clock, source: TimeSource, memory: TimeMemory, answer: SourceAnswer, askedMs: number) {
    this.#system = system;
    this.#source = source;
    this.#memory = memory;
    this.#answer = answer;
    this.#report = reportOf(answer, askedMs);
    this.#askedMs = askedMs;
    const begun = beginTime(this.#see(), this.#report, memory);
    this.#keeper = begun.keeper;
    this.#unheard = begun.effects;
  }

  monotonicMs = () => this.#system.monotonicMs();
  random = () => this.#system.random();
  uuid = () => this.#system.uuid();
  every = (ms: number, task: () => void) => this.#system.every(ms, task);
  sleep = (ms: number, signal?: AbortSignal) => this.#system.sleep(ms, signal);

  wallMs = (): WallMs => {
    this.#keeper = glance(this.#keeper, this.#see());
    return Math.floor(this.#keeper.toldMs) as WallMs;
  };
  wallTrusted = () => this.#keeper.quality.source !== "unsynced";
  quality = () => qualityAt(this.#keeper, this.#system.monotonicMs());
  repeats = () => repeats(this.#keeper);

  state(): BoxClockState {
    const systemMs = this.#system.wallMs();
    const { by, server } = this.#answer;
    const refusedMs = isRefusing(this.#keeper) ? systemMs : null;
    return { quality: this.quality(), refusedMs, repeats: this.repeats(), by, server, systemMs, correctionMs: this.wallMs() - systemMs };
  }

  memory(): TimeMemory {
    return memoryOf(this.#keeper);
  }

  remember(trustedMs: number): void {
    const { toldMs } = this.#memory;
    const memory = { ...this.#memory, trustedMs: Math.max(trustedMs, this.#memory.trustedMs), toldMs: Math.max(trustedMs, toldMs) };
    const begun = beginTime(this.#see(), this.#report, memory);
    this.#keeper = begun.keeper;
    this.#unheard = begun.effects;
  }

  listen(onEffect: (effect: TimeEffect) => void): void {
    this.#listener = onEffect;
    for (const effect of this.#unheard) onEffect(effect);
    this.#unheard = [];
    this.#end = this.#system.every(BEAT_MS, () => this.#beat());
  }

  acceptSystem(): void {
    this.#keep(acceptSystem(this.#keeper, this.#see(), this.#report));
  }

  set(atMs: number): void {
    this.#keep(setByHand(this.#keeper, this.#see(), atMs));
  }

  stop(): void {
    this.#end();
  }

  #see(): Sight {
    return { monotonicMs: this.#system.monotonicMs(), systemMs: this.#system.wallMs() };
  }

  #beat(): void {
    const sight = this.#see();
    this.#keep(beat(this.#keeper, sight, this.#report));
    const isUrgent = isAsking(this.#keeper, this.#report);
    const isDue = sight.monotonicMs - this.#askedMs >= (isUrgent ? ASK_AGAIN_MS : ASK_EVERY_MS);
    if (!this.#isAsking && isDue) void this.#ask(sight.monotonicMs, isUrgent);
  }

  async #ask(nowMs: number, isUrgent: boolean): Promise<void> {
    this.#isAsking = true;
    this.#askedMs = nowMs;
    this.#answer = await this.#source.ask(this.#system.wallMs(), isUrgent);
    this.#report = reportOf(this.#answer, nowMs);
    this.#isAsking = false;
  }

  #keep({ keeper, effects }: Kept): void {
    this.#keeper = keeper;
    for (const effect of effects) this.#listener?.(effect);
  }
}

function reportOf({ source, errorMs }: SourceAnswer, askedMs: number): SourceReport {
  return { source, errorMs, askedMs };
}
