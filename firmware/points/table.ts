import { isGood, QUALITY, type Readings } from "../../drivers/reading.ts";
import type { PointDefinition } from "../../drivers/vocabulary.ts";
import type { MonotonicMs, WallMs } from "../contract/time.ts";

/** One moment by both clocks: the one to measure with and the one to print. */
export interface Moment {
  readonly monotonicMs: MonotonicMs;
  readonly wallMs: WallMs;
}

/** What the table must know of a point. Its place in the list is its number everywhere: rules, frames, rings. */
export interface PointEntry {
  readonly id: string;
  readonly name: string;
  readonly definition: PointDefinition;
  /** Shown and judged only after it was good once. */
  readonly optional: boolean;
  /** A reading older than this is stale: max(3 × how often the point is read, 15 s). */
  readonly staleAfterMs: number;
}

/** A device's points are neighbours, so that a whole answer is applied in one pass. */
export interface PointSpan {
  readonly first: number;
  readonly count: number;
}

/** How a read of a device went: whether it answered, and which of its columns were not asked for. */
interface Heard {
  readonly answered: boolean;
  readonly held?: ReadonlySet<number>;
}

/** Latest reading of every point, as columns. Owned by the gateway; nobody else writes. */
export class PointTable {
  readonly entries: readonly PointEntry[];
  readonly spans: readonly PointSpan[];
  readonly values: Float64Array;
  readonly qualities: Uint8Array;
  /** Wall clock of the last good reading, ms; NaN: never since start. */
  readonly lastGoodWallMs: Float64Array;
  readonly #lastGoodMs: Float64Array;
  readonly #spanReadMs: Float64Array;
  readonly #staleAfterMs: Float64Array;
  readonly #numbers: ReadonlyMap<string, number>;

  constructor(entries: readonly PointEntry[], spans: readonly PointSpan[]) {
    this.entries = entries;
    this.spans = spans;
    const count = entries.length;
    this.values = new Float64Array(count).fill(Number.NaN);
    this.qualities = new Uint8Array(count).fill(QUALITY.never);
    this.lastGoodWallMs = new Float64Array(count).fill(Number.NaN);
    this.#lastGoodMs = new Float64Array(count).fill(Number.NaN);
    this.#spanReadMs = new Float64Array(spans.length).fill(Number.NaN);
    this.#staleAfterMs = Float64Array.from(entries, ({ staleAfterMs }) => staleAfterMs);
    this.#numbers = new Map(entries.map((entry, number) => [entry.id, number]));
  }

  numberOf(id: string): number | undefined {
    return this.#numbers.get(id);
  }

  /** Monotonic time of the last good reading, ms; NaN: never since start. */
  lastGoodMs(point: number): number {
    return this.#lastGoodMs[point] as number;
  }

  /**
   * Takes what one read of a device brought, and adds to `changed` the numbers of the points that look different from before. A
   * missed poll is no news yet: good values stand until they are stale, then they take the reason why nothing came. What was not asked for
   * stands as well, and is as old as it is.
   */
  apply(span: number, readings: Readings, report: Heard, now: Moment, changed: number[]): void {
    const { answered, held } = report;
    const { first, count } = this.spans[span] as PointSpan;
    this.#spanReadMs[span] = now.monotonicMs;
    for (let i = 0; i < count; i += 1) {
      if (held?.has(i) === true) continue;
      const point = first + i;
      const quality = readings.qualities[i] as number;
      const value = readings.values[i] as number;
      if (isGood(quality)) {
        this.#lastGoodMs[point] = now.monotonicMs;
        this.lastGoodWallMs[point] = now.wallMs;
        if (this.qualities[point] !== QUALITY.good || this.values[point] !== value) changed.push(point);
        this.values[point] = value;
        this.qualities[point] = quality;
        continue;
      }
      const isStanding = !answered && this.qualities[point] === QUALITY.good;
      const isRecent = now.monotonicMs - this.lastGoodMs(point) <= (this.#staleAfterMs[point] as number);
      if ((isStanding && isRecent) || this.qualities[point] === quality) continue;
      changed.push(point);
      this.values[point] = Number.NaN;
      this.qualities[point] = quality;
    }
  }

  /** Takes what was worked out from readings. Returns whether it looks different from before. */
  put(point: number, value: number, quality: number, now: Moment): boolean {
    if (isGood(quality)) {
      this.#lastGoodMs[point] = now.monotonicMs;
      this.lastGoodWallMs[point] = now.wallMs;
    }
    const isNews = this.qualities[point] !== quality || (isGood(quality) && this.values[point] !== value);
    this.values[point] = value;
    this.qualities[point] = quality;
    return isNews;
  }

  /** The time of day became known: what was told in this boot was wrong by so much. */
  restamp(offsetMs: number): void {
    this.lastGoodWallMs.forEach((atMs, point) => {
      this.lastGoodWallMs[point] = atMs + offsetMs;
    });
  }

  /** How many points are good, and how many are not; what is not fitted, or of which there is nothing to measure, counts nowhere. */
  freshness(): { readonly fresh: number; readonly stale: number; readonly total: number } {
    let fresh = 0;
    let stale = 0;
    this.entries.forEach(({ optional }, point) => {
      if (this.qualities[point] === QUALITY.good) fresh += 1;
      else if (this.qualities[point] === QUALITY.nothingToMeasure) return;
      else if (!optional || !Number.isNaN(this.lastGoodMs(point))) stale += 1;
    });
    return { fresh, stale, total: fresh + stale };
  }

  /** Marks what nobody has read for too long. Returns the numbers of points that went stale just now. */
  sweep(now: Moment): readonly number[] {
    const stale: number[] = [];
    for (let index = 0; index < this.spans.length; index += 1) {
      const { first, count } = this.spans[index] as PointSpan;
      const readMs = this.#spanReadMs[index] as number;
      for (let point = first; point < first + count; point += 1) {
        // A device that is read in time marks its own points; here are those whose turn never came, or whose values stood too long.
        const ageMs = now.monotonicMs - Math.min(readMs, this.#lastGoodMs[point] as number);
        if (ageMs <= (this.#staleAfterMs[point] as number) || this.qualities[point] !== QUALITY.good) continue;
        this.qualities[point] = QUALITY.stale;
        this.values[point] = Number.NaN;
        stale.push(point);
      }
    }
    return stale;
  }
}
