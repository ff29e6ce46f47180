import { isGood, QUALITY } from "../../drivers/reading.ts";
import type { PointEntry, PointTable } from "../points/table.ts";

/** Whether a device, a point or a bus is heard, as alarms of their own: delays are kept here, the alarm book keeps the rest. */
export interface SilenceVerdict {
  readonly key: string;
  readonly silent: boolean;
}

/** Keys of the silence alarms of one device: `stale` has one key per point of its span. */
export interface SilenceKeys {
  readonly lost: string;
  readonly stale: readonly string[];
}

/** Lost after this many polls without an answer, and not before this time: both must be over. */
export interface LostLimits {
  readonly polls: number;
  readonly afterMs: number;
}

/** Watches one device. Pure but for its own counters; time is an argument. */
export class SilenceWatch {
  readonly #keys: SilenceKeys;
  readonly #limits: LostLimits;
  #lastAnswerMs: number;
  #missedPolls = 0;
  #lost: boolean;
  readonly #stale: boolean[];

  /** @param live keys of silence alarms that the journal says are active. */
  constructor(keys: SilenceKeys, limits: LostLimits, startMs: number, live: ReadonlySet<string>) {
    this.#keys = keys;
    this.#limits = limits;
    this.#lastAnswerMs = startMs;
    this.#lost = live.has(keys.lost);
    this.#stale = keys.stale.map((key) => live.has(key));
  }

  get isLost(): boolean {
    return this.#lost;
  }

  /** After a read. While the adapter is missing the bus has its own alarm, and the device neither becomes lost nor returns. */
  heard(answered: boolean, adapterMissing: boolean, nowMs: number): readonly SilenceVerdict[] {
    if (adapterMissing) return [];
    if (answered) {
      this.#lastAnswerMs = nowMs;
      this.#missedPolls = 0;
      if (!this.#lost) return [];
      this.#lost = false;
      return [{ key: this.#keys.lost, silent: false }];
    }
    this.#missedPolls += 1;
    if (this.#lost || this.#missedPolls < this.#limits.polls || nowMs - this.#lastAnswerMs < this.#limits.afterMs) return [];
    this.#lost = true;
    return [{ key: this.#keys.lost, silent: true }];
  }

  /**
   * To be asked after an answer: points whose device answers but which had had no valid value for as long as they may when it did; how long ago
   * that was says nothing of them, as the box may have stood still since. A point of an optional kind that was never good is not fitted, and
   * not stale; nor is one of which there is nothing to measure.
   */
  points(table: PointTable, first: number, startMs: number): readonly SilenceVerdict[] {
    const verdicts: SilenceVerdict[] = [];
    for (let i = 0; i < this.#stale.length; i += 1) {
      const point = first + i;
      const quality = table.qualities[point] as number;
      const { optional, staleAfterMs } = table.entries[point] as PointEntry;
      const lastGoodMs = table.lastGoodMs(point);
      const stale = !isGood(quality) && this.#lastAnswerMs - (Number.isNaN(lastGoodMs) ? startMs : lastGoodMs) >= staleAfterMs;
      const inOrder = quality === QUALITY.nothingToMeasure;
      const notFitted = optional && Number.isNaN(lastGoodMs);
      if (stale && !this.#stale[i] && !notFitted && !inOrder) this.#set(i, true, verdicts);
      else if (this.#stale[i] && isGood(quality)) this.#set(i, false, verdicts);
    }
    return verdicts;
  }

  #set(index: number, silent: boolean, verdicts: SilenceVerdict[]): void {
    this.#stale[index] = silent;
    verdicts.push({ key: this.#keys.stale[index] as string, silent });
  }
}

/** Missing this long, and at two tries at least: a server that restarts or a network that blinks is no alarm. */
export const ADAPTER_MISSING_AFTER_MS = 5_000;
const ADAPTER_TRIES_MIN = 2;

/** Watches whether the adapter or the network path of one bus is there. */
export class AdapterWatch {
  #missing: boolean;
  #sinceMs = Number.NaN;
  #tries = 0;

  /** @param missing what the journal says was so before this start. */
  constructor(missing: boolean) {
    this.#missing = missing;
  }

  /** Known to be missing, also from before this start. */
  get isMissing(): boolean {
    return this.#missing;
  }

  /** After a read of any device of the bus. Returns the verdict when it changes, else null. */
  saw(missing: boolean, nowMs: number): { readonly missing: boolean } | null {
    if (!missing) {
      this.#sinceMs = Number.NaN;
      this.#tries = 0;
      if (!this.#missing) return null;
      this.#missing = false;
      return { missing: false };
    }
    if (Number.isNaN(this.#sinceMs)) this.#sinceMs = nowMs;
    this.#tries += 1;
    if (this.#missing || this.#tries < ADAPTER_TRIES_MIN || nowMs - this.#sinceMs < ADAPTER_MISSING_AFTER_MS) return null;
    this.#missing = true;
    return { missing: true };
  }
}
