import type { Words } from "../contract/alarm.ts";
import { HistoryError, type HistoryStore } from "../history/history.ts";
import type { Clock } from "../platform/clock.ts";
import { type Crossing, HORIZON_MS, type NoForecast } from "./crossing.ts";
import { AFTER_MS, BEFORE_MS, DAILY_FROM_MS, DAYS_BEFORE, type DayBefore, isDaily, UNCOMPARED_MAX_MS } from "./daily.ts";
import type { PlacedPoint } from "./point-names.ts";

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** What other days did at this hour is asked for anew after so long. */
const ASK_AGAIN_MS = 15 * MINUTE_MS;
/** Points whose other days are remembered, and questions on their way at a time. */
const REMEMBERED_MAX = 256;
const ASKING_MAX = 4;
const STEP_MS = 5 * MINUTE_MS;

interface Remembered {
  readonly askedMs: number;
  readonly askedWallMs: number;
  /** Null: the answer is on its way. */
  days: readonly DayBefore[] | null;
}

/** What points did on the days before at this hour, from the box's history; asked for when a forecast reaches far enough to need it. */
export class OtherDays {
  readonly #history: Pick<HistoryStore, "trend">;
  readonly #clock: Clock;
  readonly #onTrouble: (words: Words) => void;
  readonly #remembered = new Map<string, Remembered>();
  #asking = 0;

  constructor(history: Pick<HistoryStore, "trend">, clock: Clock, onTrouble: (words: Words) => void) {
    this.#history = history;
    this.#clock = clock;
    this.#onTrouble = onTrouble;
  }

  /** Whether other days speak against a forecast. What cannot be compared is believed for an hour, and no further. */
  doubt(point: PlacedPoint, crossing: Crossing, left: number, direction: "high" | "low"): NoForecast | null {
    if (crossing.inMs <= DAILY_FROM_MS) return null;
    const days = this.#of(point.id);
    if (days === null || days.every(({ values }) => values.every((value) => value === null)))
      return crossing.inMs > UNCOMPARED_MAX_MS ? "tooFar" : null;
    return isDaily(crossing, days, left, direction) ? "daily" : null;
  }

  #of(point: string): readonly DayBefore[] | null {
    const nowMs = this.#clock.monotonicMs();
    const known = this.#remembered.get(point);
    const isFresh = known !== undefined && nowMs - known.askedMs < ASK_AGAIN_MS;
    // Without the time of day nobody knows what "at this hour" is.
    if (!isFresh && this.#clock.wallTrusted() && this.#asking < ASKING_MAX) void this.#ask(point, nowMs);
    // The hour has moved on since it was asked for.
    return known?.days?.map(({ times, values }) => ({ times: times.map((atMs) => atMs - (nowMs - known.askedMs)), values })) ?? null;
  }

  async #ask(point: string, askedMs: number): Promise<void> {
    const askedWallMs = this.#clock.wallMs();
    const entry: Remembered = { askedMs, askedWallMs, days: this.#remembered.get(point)?.days ?? null };
    this.#remembered.delete(point);
    this.#remembered.set(point, entry);
    const oldest = this.#remembered.keys().next();
    if (this.#remembered.size > REMEMBERED_MAX && oldest.done !== true) this.#remembered.delete(oldest.value);
    this.#asking += 1;
    try {
      const days: DayBefore[] = [];
      for (let day = 1; day <= DAYS_BEFORE; day += 1) days.push(await this.#day(point, askedWallMs - day * DAY_MS));
      entry.days = days;
    } catch (error) {
      if (!(error instanceof HistoryError)) throw error;
      // Its own alarm says that history does not answer; without it less is foretold.
      this.#onTrouble(error.words);
    } finally {
      this.#asking -= 1;
    }
  }

  async #day(point: string, atMs: number): Promise<DayBefore> {
    const spanMs = BEFORE_MS + Math.max(AFTER_MS, HORIZON_MS);
    const trend = await this.#history.trend([point], atMs - BEFORE_MS, atMs - BEFORE_MS + spanMs, Math.ceil(spanMs / STEP_MS));
    const values = trend.series[0]?.avg ?? [];
    return { times: values.map((_, n) => trend.fromMs + (n + 0.5) * trend.stepMs - atMs), values };
  }
}
