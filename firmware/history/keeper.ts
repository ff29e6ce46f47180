import { numberOf } from "../journal/row.ts";
import { inTransaction } from "../platform/sqlite.ts";
import type { RawMinute } from "./book.ts";
import { frameOf, packFrame } from "./frame.ts";
import { MINUTES_PER_HOUR } from "./history.ts";
import { makeDayBlocks, packHour } from "./pack.ts";
import { dayOf } from "./reader.ts";
import { restampHour } from "./restamp.ts";
import type { PointScale } from "./scale.ts";
import { hourOf, POINTS_MAX, type PointNumber, type Slot, slotOf, type Tables } from "./tables.ts";

/** Full rate is given up before minutes are, but never the newest day of it. */
const FULL_HOURS_MIN = 24;

export interface Limits {
  /** Hours of which something is known: those beyond it go, the oldest first. */
  readonly hoursKept: number;
  /** Hours of which every reading is kept. */
  readonly fullHoursKept: number;
  readonly bytesMax: number;
}

/** A minute as it is written. */
export interface PackedMinute {
  readonly minute: number;
  readonly clockTrusted: boolean;
  readonly block: Uint8Array;
}

/**
 * Writes history.db. `write` is on the disk when it returns; what can wait is done bit by bit by `work`, each bit in one transaction, so
 * that questions and minutes come in between. Synchronous; runs in the history's thread.
 */
export class HistoryKeeper {
  readonly #tables: Tables;
  readonly #limits: Limits;
  /** By place in the site; undefined: the file has no room for it. */
  readonly #points: readonly (PointNumber | undefined)[];
  #currentMinute: number | null = null;

  constructor(tables: Tables, site: readonly PointScale[], limits: Limits) {
    this.#tables = tables;
    this.#limits = limits;
    this.#points = inTransaction(tables.db, () => this.#number(site));
  }

  /** Points of this site that the file has no room for. */
  get leftOut(): number {
    return this.#points.filter((point) => point === undefined).length;
  }

  pack(raw: RawMinute): PackedMinute {
    const { minute, clockTrusted } = raw;
    const { series, standing } = frameOf(raw, (place) => this.#points[place]);
    return { minute, clockTrusted, block: packFrame(minute, series, standing, (point) => this.#tables.decimalsOf(point)) };
  }

  write({ minute, clockTrusted, block }: PackedMinute): void {
    this.#tables.addFrame(minute, clockTrusted, block);
    this.#currentMinute = minute;
  }

  restamp(fromMs: number, toMs: number, offsetMs: number): void {
    this.#tables.sql.addRestamp.run(fromMs, toMs, offsetMs, Math.floor(fromMs / 3_600_000));
  }

  /** Does the next thing that can wait. False: there is none. */
  work(): boolean {
    return this.#move() || this.#pack() || this.#drop() || this.#sumUp();
  }

  /** Gives up the oldest hour at full rate, so that its pages can be used again. False: there is none that may go. */
  giveUpFullHour(): boolean {
    const { oldestFull } = this.#tables.oldestSlots();
    if (oldestFull === null) return false;
    inTransaction(this.#tables.db, () => this.#tables.dropFull(oldestFull));
    return true;
  }

  #number(site: readonly PointScale[]): readonly (PointNumber | undefined)[] {
    let next = numberOf(this.#tables.sql.lastPoint.get(), "last") + 1;
    return site.map(({ id, decimals }) => {
      const known = this.#tables.pointOf(id);
      if (known !== undefined) return known;
      if (next >= POINTS_MAX) return undefined;
      this.#tables.sql.addPoint.run(next, id, decimals);
      next += 1;
      return { number: next - 1, decimals };
    });
  }

  #move(): boolean {
    const job = this.#tables.restamp();
    if (job === null) return false;
    inTransaction(this.#tables.db, () => restampHour(this.#tables, job));
    return true;
  }

  #pack(): boolean {
    if (this.#currentMinute === null) return false;
    const hour = this.#tables.looseHourOutside(Math.floor(this.#currentMinute / MINUTES_PER_HOUR));
    if (hour === null) return false;
    inTransaction(this.#tables.db, () => {
      for (const clockTrusted of [true, false]) packHour(this.#tables, hour, clockTrusted);
    });
    return true;
  }

  /** By the count of hours, not by their distance from now: a clock that is wrong by years drops nothing. */
  #drop(): boolean {
    const { sql, db } = this.#tables;
    const { oldest, oldestFull } = this.#tables.oldestSlots();
    const isTooMuch = this.#tables.bytes().used > this.#limits.bytesMax;
    const fullHours = numberOf(sql.fullHourCount.get(), "count");
    if (oldestFull !== null && (fullHours > this.#limits.fullHoursKept || (isTooMuch && fullHours > FULL_HOURS_MIN))) {
      inTransaction(db, () => this.#tables.dropFull(oldestFull));
      return true;
    }
    if (oldest === null || !(isTooMuch || numberOf(sql.hourCount.get(), "count") > this.#limits.hoursKept)) return false;
    inTransaction(db, () => this.#dropHour(oldest));
    return true;
  }

  /** What was made of a day stands until all of the day is gone; charts look no further back than the oldest hour. */
  #dropHour(slot: Slot): void {
    // As a whole: sums of the day do not know which clock said what.
    for (const clockTrusted of [true, false]) this.#tables.dropHour(slotOf(hourOf(slot), clockTrusted));
    const { oldest } = this.#tables.oldestSlots();
    this.#tables.dropDaysBefore(dayOf(hourOf(oldest ?? slot)));
  }

  #sumUp(): boolean {
    if (this.#currentMinute === null) return false;
    const row = this.#tables.sql.dayToMake.get(dayOf(Math.floor(this.#currentMinute / MINUTES_PER_HOUR)));
    if (row === undefined) return false;
    inTransaction(this.#tables.db, () => makeDayBlocks(this.#tables, numberOf(row, "day"), numberOf(row, "next_block")));
    return true;
  }
}
