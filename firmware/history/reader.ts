import { accountOf, type Loose, looseOf, readingsOf } from "./account.ts";
import { HOURS_PER_DAY, MINUTE_MS, MINUTES_PER_HOUR, type MinuteSpan, type Span } from "./history.ts";
import { joinAll, POINTS_PER_BLOCK, type PointCells } from "./hour.ts";
import type { HourSum } from "./hour-sum.ts";
import type { Series } from "./readings.ts";
import { hourOf, type PointNumber, type Slot, slotOf, type Tables } from "./tables.ts";

/** All that is known of one hour of some points. */
export interface HourFound {
  readonly hour: number;
  /** Points that have all sixty minutes, where sums were asked for; they are not among `points`. */
  readonly whole: readonly HourSum[];
  readonly points: readonly PointCells[];
  /** Minutes of the hour (0–59) whose time of day was not certain. */
  readonly untrusted: ReadonlySet<number>;
}

/** Asks the tables of history.db. Synchronous; runs in the history's thread, and beside it in a command that only reads. */
export class HistoryReader {
  readonly #tables: Tables;

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  /** In the order of `points`; undefined for one that the file never knew. */
  numbersOf(points: readonly string[]): readonly (PointNumber | undefined)[] {
    return points.map((id) => this.#tables.pointOf(id));
  }

  /** Hours with something in them, ascending, from one minute to before another. An hour holds more minutes than were asked for. */
  *hours(numbers: ReadonlySet<number>, { fromMinute, toMinute }: MinuteSpan, wanted: "minutes" | "sums"): Generator<HourFound> {
    const { all, loose } = this.#tables.hoursIn(Math.floor(fromMinute / MINUTES_PER_HOUR), Math.ceil(toMinute / MINUTES_PER_HOUR));
    for (const hour of all) {
      const isInside = hour * MINUTES_PER_HOUR >= fromMinute && (hour + 1) * MINUTES_PER_HOUR <= toMinute;
      const isSummed = wanted === "sums" && isInside && !loose.has(hour);
      const sums = isSummed ? this.#tables.sums(hour)?.filter(({ point }) => numbers.has(point)) : undefined;
      if (sums === undefined) {
        yield { hour, whole: [], ...this.#hour(hour, numbers, loose.has(hour)) };
        continue;
      }
      // Where minutes are missing, somebody will ask which.
      const broken = new Set(sums.filter(({ known }) => known < MINUTES_PER_HOUR).map(({ point }) => point));
      yield { hour, whole: sums.filter(({ known }) => known === MINUTES_PER_HOUR), ...this.#hour(hour, broken, false) };
    }
  }

  /** Quarters of a day, by the number of the block; null where they are not made, so that its hours have to be asked. */
  quarters(day: number, numbers: ReadonlySet<number>): readonly PointCells[] | null {
    if (this.#tables.isLoose(day * HOURS_PER_DAY, (day + 1) * HOURS_PER_DAY)) return null;
    const found: (readonly PointCells[])[] = [];
    for (const block of blocksOf(numbers)) {
      const cells = this.#tables.quarters(day, block, (point) => numbers.has(point));
      if (cells === null) return null;
      found.push(cells);
    }
    return found.flat();
  }

  /** Whether all that is known of these hours is there at full rate. */
  isFull(fromHour: number, toHour: number): boolean {
    return this.#tables.hoursIn(fromHour, toHour).all.every((hour) => {
      const packed = [slotOf(hour, true), slotOf(hour, false)].every(
        (slot) => this.#tables.untrusted(slot) === null || this.#tables.isWhole(slot) === true,
      );
      return packed && this.#tables.minutesOf(hour).every(({ cells }) => cells.every(({ counts }) => counts[0] === 0));
    });
  }

  /** The first hour from one to before another of which something is known. */
  nextHour(from: number, to: number): number | null {
    return this.#tables.hoursIn(from, to).all[0] ?? null;
  }

  /** Minutes of an hour whose time of day was not certain, since 1970. */
  uncertainMinutes(hour: number): readonly number[] {
    return this.#tables.uncertainMinutes(hour * MINUTES_PER_HOUR, (hour + 1) * MINUTES_PER_HOUR);
  }

  /** Every reading of some points in an hour, by time. */
  readings(hour: number, numbers: ReadonlySet<number>): readonly Series[] {
    const frames = this.#tables.framesOf(hour);
    return [...Map.groupBy(numbers, (number) => Math.floor(number / POINTS_PER_BLOCK))].flatMap(([block, points]) =>
      readingsOf(this.#tables, hour, frames, block, points),
    );
  }

  /** The oldest hour of which something is known, and the oldest of which every reading is kept; null: none. */
  oldest(): { readonly minutes: number | null; readonly full: number | null } {
    const loose = this.#tables.looseHourOutside(-1);
    const { oldest, oldestFull } = this.#tables.oldestSlots();
    const first = (slot: Slot | null): number | null => {
      const hours = [...(slot === null ? [] : [hourOf(slot)]), ...(loose === null ? [] : [loose])];
      return hours.length === 0 ? null : Math.min(...hours);
    };
    return { minutes: first(oldest), full: first(oldestFull) };
  }

  /** Spans whose time of day was not certain, whatever the point; neighbours are one. */
  uncertain({ fromMinute, toMinute }: MinuteSpan): readonly Span[] {
    const spans: { fromMs: number; toMs: number }[] = [];
    for (const minute of this.#tables.uncertainMinutes(fromMinute, toMinute)) {
      const last = spans.at(-1);
      if (last?.toMs === minute * MINUTE_MS) last.toMs += MINUTE_MS;
      else spans.push({ fromMs: minute * MINUTE_MS, toMs: (minute + 1) * MINUTE_MS });
    }
    return spans;
  }

  #hour(hour: number, numbers: ReadonlySet<number>, isLoose: boolean): Omit<HourFound, "hour" | "whole"> {
    const frames = isLoose ? this.#tables.framesOf(hour) : [];
    const minutes = isLoose ? this.#tables.minutesOf(hour) : [];
    const account = (clockTrusted: boolean): readonly PointCells[] => {
      const loose: Loose = looseOf(frames, minutes, clockTrusted);
      return blocksOf(numbers).flatMap((block) => {
        return accountOf(this.#tables, slotOf(hour, clockTrusted), block, loose, (point) => numbers.has(point)).cells;
      });
    };
    const untrusted = this.uncertainMinutes(hour).map((minute) => minute - hour * MINUTES_PER_HOUR);
    return { points: joinAll(account(true), untrusted.length === 0 ? [] : account(false)), untrusted: new Set(untrusted) };
  }
}

export function blocksOf(numbers: Iterable<number>): readonly number[] {
  return [...new Set([...numbers].map((number) => Math.floor(number / POINTS_PER_BLOCK)))].sort((a, b) => a - b);
}

export function dayOf(hour: number): number {
  return Math.floor(hour / HOURS_PER_DAY);
}
