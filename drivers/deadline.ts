import type { Pace } from "./driver.ts";

/** Timers count 31 bits of milliseconds; whoever waits longer is looked at in between. */
const WAIT_MAX_MS = 3_600_000;
const CLEARED = "cleared";

/**
 * Something that is done when its time has come, set anew for each time. One timer serves all that wait by the same clock: neither a promise
 * nor a timer stands behind each of hundreds of wires, which would outlive the young generation and be collected with the whole heap.
 */
export class Deadline {
  readonly task: () => void;
  readonly #queue: DeadlineQueue;
  /** Monotonic; infinite: nothing is waited for. Kept by the queue. */
  dueMs = Number.POSITIVE_INFINITY;

  constructor(pace: Pace, task: () => void) {
    this.task = task;
    this.#queue = queueOf(pace);
  }

  /** Waits for this time, and no longer for an earlier one. */
  set(dueMs: number): void {
    this.clear();
    if (dueMs === Number.POSITIVE_INFINITY) return;
    this.dueMs = dueMs;
    this.#queue.add(this);
  }

  clear(): void {
    if (this.dueMs !== Number.POSITIVE_INFINITY) this.#queue.remove(this);
  }
}

const queues = new WeakMap<Pace, DeadlineQueue>();

function queueOf(pace: Pace): DeadlineQueue {
  const queue = queues.get(pace) ?? new DeadlineQueue(pace);
  queues.set(pace, queue);
  return queue;
}

class DeadlineQueue {
  readonly #pace: Pace;
  readonly #waiting: Deadline[] = [];
  /** Ends the sleep that is under way. One that ran out leaves it to the next: a new one for each sleep costs more than the sleep. */
  #sleep = new AbortController();
  #isAsleep = false;
  /** When it ends; minus infinity while deadlines are served: the next one is known when all are. */
  #wakesMs = Number.POSITIVE_INFINITY;

  constructor(pace: Pace) {
    this.#pace = pace;
  }

  add(deadline: Deadline): void {
    this.#waiting.push(deadline);
    if (deadline.dueMs < this.#wakesMs) this.#sleepUntil(deadline.dueMs);
  }

  remove(deadline: Deadline): void {
    deadline.dueMs = Number.POSITIVE_INFINITY;
    const last = this.#waiting.pop() as Deadline;
    if (last !== deadline) this.#waiting[this.#waiting.indexOf(deadline)] = last;
    if (this.#waiting.length > 0 || this.#wakesMs < 0) return;
    this.#endSleep();
    this.#wakesMs = Number.POSITIVE_INFINITY;
  }

  #endSleep(): void {
    if (!this.#isAsleep) return;
    this.#isAsleep = false;
    this.#sleep.abort(CLEARED);
    this.#sleep = new AbortController();
  }

  #sleepUntil(dueMs: number): void {
    this.#endSleep();
    this.#isAsleep = true;
    const sleep = this.#sleep;
    const nowMs = this.#pace.monotonicMs();
    // Whole milliseconds: a timer rounds down, and to wake too early is to wake twice.
    const ms = Math.ceil(Math.min(Math.max(dueMs - nowMs, 0), WAIT_MAX_MS));
    this.#wakesMs = nowMs + ms;
    void this.#pace.sleep(ms, sleep.signal).then(() => {
      if (this.#sleep !== sleep) return;
      this.#isAsleep = false;
      this.#wake();
    });
  }

  #wake(): void {
    // What was slept has passed, whatever the clock says.
    const nowMs = Math.max(this.#wakesMs, this.#pace.monotonicMs());
    this.#wakesMs = Number.NEGATIVE_INFINITY;
    const due = this.#waiting.filter(({ dueMs }) => dueMs <= nowMs).sort((a, b) => a.dueMs - b.dueMs);
    for (const deadline of due) {
      // Another one's task may have cleared it, or set it for later.
      if (deadline.dueMs > nowMs) continue;
      this.remove(deadline);
      deadline.task();
    }
    this.#wakesMs = Number.POSITIVE_INFINITY;
    const nextMs = this.#waiting.reduce((earliestMs, { dueMs }) => Math.min(earliestMs, dueMs), Number.POSITIVE_INFINITY);
    if (nextMs < Number.POSITIVE_INFINITY) this.#sleepUntil(nextMs);
  }
}
