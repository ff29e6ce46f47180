import type { MonotonicMs, WallMs } from "../../firmware/contract/time.ts";
import { ManualClock } from "../firmware/manual-clock.ts";

/** Noon of the story's site, so that "0:00" is not also a change of day. */
const BEGIN_WALL_MS = Date.UTC(2026, 8, 20, 4);

/** Time of a story: it goes on over restarts, has beats, and the time of day can be set. */
export class StoryClock extends ManualClock {
  readonly #beatMs: number;
  /** Milliseconds of the story at which this boot began. */
  bootMs = 0;
  stepMs = 0;

  /** @param beatMs no beat is faster than this. */
  constructor(beatMs = 0) {
    super();
    this.#beatMs = beatMs;
  }

  override monotonicMs(): MonotonicMs {
    return (this.nowMs - this.bootMs) as MonotonicMs;
  }

  override wallMs(): WallMs {
    return (BEGIN_WALL_MS + this.nowMs + this.stepMs) as WallMs;
  }

  override every(ms: number, task: () => void): () => void {
    const ended = new AbortController();
    const beat = async (): Promise<void> => {
      while (!ended.signal.aborted) {
        await this.sleep(Math.max(ms, this.#beatMs), ended.signal);
        if (!ended.signal.aborted) task();
      }
    };
    void beat();
    return () => ended.abort();
  }

  /** Nothing in a story waits for the machine: one turn of the loop drains all that promises have to do. */
  override async settle(): Promise<void> {
    for (let turn = 0; turn < 2; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Lets all happen that happens until then. */
  async goTo(atMs: number): Promise<void> {
    // Somebody who waits for exactly this moment.
    let isThere = false;
    void this.sleep(Math.max(0, atMs - this.nowMs)).then(() => {
      isThere = true;
    });
    await this.until(() => isThere, Number.POSITIVE_INFINITY);
  }
}
