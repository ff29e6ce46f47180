import { QUALITY } from "../../drivers/reading.ts";
import { AlarmBook, type BookTime } from "../alarms/book.ts";
import type { AlarmStep } from "../alarms/change.ts";
import type { ProcessRule } from "../alarms/rule.ts";
import { type AlarmHistory, EpisodeBook } from "./episodes.ts";
import type { ReviewPiece } from "./piece.ts";
import type { JudgedSite } from "./rules.ts";

/** The gateway lets delays run out so often. */
const TICK_MS = 500;
/** Without a reading for so many of its periods a poll of the point was missed, and no delay of it runs. */
const MISSED_PERIODS = 1.5;

/** A point as the replay needs it. */
export interface ReplayPoint {
  readonly id: string;
  /** How often it is read. */
  readonly periodMs: number;
}

/** The one place where a book is made for a replay: nothing is live, nobody acknowledges. */
function bookFor(rules: readonly ProcessRule[]): AlarmBook {
  let incidents = 0;
  return new AlarmBook(rules, [], () => {
    incidents += 1;
    return `replay-${incidents}`;
  });
}

/** One set of rules on its way through stored readings, by the clock of the readings. */
export class Replay {
  readonly #book: AlarmBook;
  readonly #episodes = new EpisodeBook();
  readonly #latest: { readonly values: Float64Array; readonly qualities: Uint8Array };
  /** By place of the point: its number in these rules; −1: they have none for it. */
  readonly #numbers: Int32Array;
  #nowMs = Number.NEGATIVE_INFINITY;

  /** @param points all that the rules read; their numbers are those of the rules' site. */
  constructor({ rules, numbers }: JudgedSite, points: readonly ReplayPoint[]) {
    this.#book = bookFor(rules);
    this.#numbers = Int32Array.from(points, ({ id }) => numbers.get(id) ?? -1);
    const count = this.#numbers.reduce((most, number) => Math.max(most, number), -1) + 1;
    this.#latest = { values: new Float64Array(count).fill(Number.NaN), qualities: new Uint8Array(count).fill(QUALITY.never) };
  }

  /** A good reading of the point at this place. */
  see(place: number, value: number, atMs: number): void {
    this.#pass(atMs);
    const number = this.#numbers[place] as number;
    if (number < 0) return;
    this.#latest.values[number] = value;
    this.#latest.qualities[number] = QUALITY.good;
    this.#take(this.#book.judge(number, 1, this.#latest, timeOf(atMs)), atMs);
  }

  /** A reading of the point was due and did not come. */
  miss(place: number, atMs: number): void {
    this.#pass(atMs);
    const number = this.#numbers[place] as number;
    if (number < 0) return;
    this.#latest.qualities[number] = QUALITY.timeout;
    this.#book.pause(number, 1, timeOf(atMs));
  }

  /** Time has come so far; delays that ran out until then have done so. */
  end(atMs: number): void {
    this.#pass(atMs);
  }

  /** All alarms that touch the span, which the replay has passed. */
  histories(fromMs: number, toMs: number): readonly AlarmHistory[] {
    return this.#episodes.within(fromMs, toMs);
  }

  /** Lets delays run out that end before the next reading. */
  #pass(untilMs: number): void {
    for (let tickMs = (Math.floor(this.#nowMs / TICK_MS) + 1) * TICK_MS; tickMs < untilMs && this.#book.isRestless; tickMs += TICK_MS)
      this.#take(this.#book.tick(this.#latest, timeOf(tickMs)), tickMs);
    this.#nowMs = untilMs;
  }

  #take(steps: readonly AlarmStep[], atMs: number): void {
    if (steps.length > 0) this.#episodes.take(steps, atMs);
  }
}

function timeOf(atMs: number): BookTime {
  return { monotonicMs: atMs, wallMs: atMs, certain: true };
}

/**
 * Leads replays through the same readings, piece by piece in the order of time. Between two of its turns others may work: `piece` yields
 * so often, so that whoever has a clock can look at it.
 */
export class Conductor {
  readonly #replays: readonly Replay[];
  readonly #points: readonly ReplayPoint[];
  readonly #places: ReadonlyMap<string, number>;
  /** By place: when its next reading is overdue. */
  readonly #dueMs: Float64Array;
  /** Nothing is overdue before. */
  #soonestMs = Number.POSITIVE_INFINITY;
  #samples = 0;

  constructor(replays: readonly Replay[], points: readonly ReplayPoint[]) {
    this.#replays = replays;
    this.#points = points;
    this.#places = new Map(points.map(({ id }, place) => [id, place]));
    this.#dueMs = new Float64Array(points.length).fill(Number.POSITIVE_INFINITY);
  }

  /** Readings that were led through. */
  get samples(): number {
    return this.#samples;
  }

  /** One piece; `yieldEvery` samples it stops for a moment. Where only minutes are kept a point is due every minute at the most. */
  *piece({ series, full }: Pick<ReviewPiece, "series" | "full">, shortestMs: number, yieldEvery: number): Generator<void> {
    const lanes = series.flatMap(({ point, times, values }) => {
      const place = this.#places.get(point);
      if (place === undefined || times.length === 0) return [];
      const periodMs = Math.max(this.#points[place]?.periodMs ?? 0, full ? 0 : shortestMs);
      return [{ place, times, values, missedMs: MISSED_PERIODS * periodMs, at: 0 }];
    });
    let since = 0;
    for (;;) {
      let next: (typeof lanes)[number] | undefined;
      let atMs = Number.POSITIVE_INFINITY;
      for (const lane of lanes) {
        const timeMs = lane.times[lane.at];
        if (timeMs !== undefined && timeMs < atMs) {
          next = lane;
          atMs = timeMs;
        }
      }
      if (next === undefined) return;
      this.#missBefore(atMs);
      for (const replay of this.#replays) replay.see(next.place, next.values[next.at] as number, atMs);
      next.at += 1;
      this.#dueMs[next.place] = atMs + next.missedMs;
      this.#soonestMs = Math.min(this.#soonestMs, atMs + next.missedMs);
      this.#samples += 1;
      since += 1;
      if (since < yieldEvery) continue;
      since = 0;
      yield;
    }
  }

  /** Lets time pass to the end of the period. */
  end(atMs: number): void {
    this.#missBefore(atMs);
    for (const replay of this.#replays) replay.end(atMs);
  }

  /** In the order of time. */
  #missBefore(atMs: number): void {
    while (this.#soonestMs < atMs) {
      let place = -1;
      let dueMs = Number.POSITIVE_INFINITY;
      for (let n = 0; n < this.#dueMs.length; n += 1)
        if ((this.#dueMs[n] as number) < dueMs) {
          dueMs = this.#dueMs[n] as number;
          place = n;
        }
      this.#soonestMs = dueMs;
      if (dueMs >= atMs) return;
      for (const replay of this.#replays) replay.miss(place, dueMs);
      this.#dueMs[place] = Number.POSITIVE_INFINITY;
    }
  }
}
