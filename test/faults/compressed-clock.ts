import { randomUUID } from "node:crypto";
import type { ClockQuality } from "../../firmware/contract/clock.ts";
import type { MonotonicMs, WallMs } from "../../firmware/contract/time.ts";
import { type Clock, systemClock } from "../../firmware/platform/clock.ts";

/** While somebody on a real wire waits (HTTP, a test): slow enough that a time-out of ten seconds is a quarter of a real one. */
const BRAKED = 40;

const NAP_LEAST_MS = 0.1;
const NAP_MOST_MS = 5;
/** Real time that may be made up for. */
const MADE_UP_MS = 2;

interface Timer {
  dueMs: number;
  readonly order: number;
  readonly fire: () => void;
  cancelled: boolean;
}

/**
 * Time that runs up to `factor` times faster than the machine's, on both clocks and in every timer. It never passes over a timer: it
 * moves from one to the next, each in a turn of the event loop of its own, so that a machine that is too slow makes time slower and no
 * round is lost. What really takes time (disk, network) has it: braked, time runs 40 times faster only, and held it stands still.
 */
export class CompressedClock implements Clock {
  #factor: number;
  readonly #startWallMs: number;
  readonly #seen: Float64Array;
  readonly #timers: Timer[] = [];
  #order = 0;
  #nowMs = 0;
  /** How far time may go, and when the machine said so. */
  #allowedMs = 0;
  #allowedAtMs = performance.now();
  #brakes = 0;
  #holds = 0;
  #isReal = false;
  #pumping = false;

  /** `seen`: where other threads read the wall clock. */
  constructor(options: { readonly factor: number; readonly startWallMs: number; readonly seen: Float64Array }) {
    this.#factor = options.factor;
    this.#startWallMs = options.startWallMs;
    this.#seen = options.seen;
    this.#seen[0] = options.startWallMs;
  }

  monotonicMs(): MonotonicMs {
    return this.#nowMs as MonotonicMs;
  }

  wallMs(): WallMs {
    return (this.#startWallMs + this.#nowMs) as WallMs;
  }

  wallTrusted(): boolean {
    return true;
  }

  quality(): ClockQuality {
    return { source: "ntp", errorMs: 0 };
  }

  repeats(): boolean {
    return false;
  }

  random(): number {
    return systemClock.random();
  }

  uuid(): string {
    return randomUUID();
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const wake = (): void => {
        timer.cancelled = true;
        signal?.removeEventListener("abort", wake);
        resolve();
      };
      const timer = this.#add(this.#nowMs + Math.max(1, ms), wake);
      signal?.addEventListener("abort", wake, { once: true });
    });
  }

  every(ms: number, task: () => void): () => void {
    let timer: Timer;
    const beat = (): void => {
      timer = this.#add(timer.dueMs + ms, beat);
      task();
    };
    timer = this.#add(this.#nowMs + ms, beat);
    return () => {
      timer.cancelled = true;
    };
  }

  /** Time runs slowly until the returned function is called. */
  brake(): () => void {
    this.#change(() => (this.#brakes += 1));
    return once(() => this.#change(() => (this.#brakes -= 1)));
  }

  /** Time stands still until the returned function is called. */
  hold(): () => void {
    this.#change(() => (this.#holds += 1));
    return once(() => this.#change(() => (this.#holds -= 1)));
  }

  /** From here on up to so many times faster than the machine's. */
  runAt(factor: number): void {
    this.#change(() => (this.#factor = factor));
  }

  /** From here on one second is one second: what closes with a time limit has it. */
  letItBeReal(): void {
    this.#change(() => (this.#isReal = true));
  }

  #add(dueMs: number, fire: () => void): Timer {
    this.#order += 1;
    const timer = { dueMs, order: this.#order, fire, cancelled: false };
    push(this.#timers, timer);
    this.#pump();
    return timer;
  }

  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    setImmediate(() => this.#turn());
  }

  #turn(): void {
    let next = this.#timers[0];
    while (next?.cancelled) {
      pop(this.#timers);
      next = this.#timers[0];
    }
    if (next === undefined) {
      this.#pumping = false;
      return;
    }
    this.#allow();
    if (this.#holds > 0 || next.dueMs > this.#allowedMs) {
      const waitMs = (next.dueMs - this.#allowedMs) / Math.max(this.#rate(), 0.01);
      // A nap of the machine's is a millisecond at least; what it was too long is made up for.
      if (waitMs < NAP_LEAST_MS) setImmediate(() => this.#turn());
      else setTimeout(() => this.#turn(), Math.min(waitMs, NAP_MOST_MS));
      return;
    }
    pop(this.#timers);
    this.#nowMs = Math.max(this.#nowMs, next.dueMs);
    this.#seen[0] = this.#startWallMs + this.#nowMs;
    next.fire();
    setImmediate(() => this.#turn());
  }

  /** How far time may go by now. What a busy machine could not use is not made up for: time is slower, not jerky. */
  #allow(): void {
    const atMs = performance.now();
    this.#allowedMs += (atMs - this.#allowedAtMs) * this.#rate();
    this.#allowedAtMs = atMs;
    const nextMs = this.#timers[0]?.dueMs ?? this.#nowMs;
    if (nextMs < this.#allowedMs) this.#allowedMs = Math.max(nextMs, Math.min(this.#allowedMs, this.#nowMs + MADE_UP_MS * this.#rate()));
  }

  /** Another pace from here on. */
  #change(by: () => void): void {
    this.#allow();
    by();
    this.#allowedMs = this.#nowMs;
  }

  #rate(): number {
    if (this.#holds > 0) return 0;
    if (this.#isReal) return 1;
    return this.#brakes > 0 ? Math.min(BRAKED, this.#factor) : this.#factor;
  }
}

function once(task: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) task();
    isDone = true;
  };
}

/** A binary heap by time, and by order of coming within the same moment. */
const isBefore = (one: Timer, other: Timer): boolean => one.dueMs < other.dueMs || (one.dueMs === other.dueMs && one.order < other.order);

function push(heap: Timer[], timer: Timer): void {
  heap.push(timer);
  let at = heap.length - 1;
  while (at > 0) {
    const above = (at - 1) >> 1;
    if (!isBefore(timer, heap[above] as Timer)) break;
    heap[at] = heap[above] as Timer;
    at = above;
  }
  heap[at] = timer;
}

function pop(heap: Timer[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let at = 0;
  for (;;) {
    let below = 2 * at + 1;
    if (below >= heap.length) break;
    if (below + 1 < heap.length && isBefore(heap[below + 1] as Timer, heap[below] as Timer)) below += 1;
    if (!isBefore(heap[below] as Timer, last)) break;
    heap[at] = heap[below] as Timer;
    at = below;
  }
  heap[at] = last;
}
