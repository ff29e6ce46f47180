import type { Row } from "../journal/row.ts";
import { numberOf, parsed } from "../journal/row.ts";
import { type DatabaseSync, inTransaction, type StatementSync } from "../platform/sqlite.ts";
import type { RawMinute } from "./book.ts";
import { DamagedBlock } from "./bytes.ts";
import { MINUTES_PER_HOUR, type MinuteSpan } from "./history.ts";
import { hourOf, minutesOf, POINTS_PER_BLOCK, type PointHour, packHour, unpackHour } from "./hour.ts";
import { type HourSum, packSums, sumOf, unpackSums } from "./hour-sum.ts";
import { emptyMinute, type Minute, mergeMinutes, packMinute, unpackMinute } from "./minute.ts";
import type { PointScale } from "./scale.ts";

const BLOCKS_PER_HOUR_MAX = 2_048;
/** Points that the file ever knew. */
export const POINTS_MAX = BLOCKS_PER_HOUR_MAX * POINTS_PER_BLOCK;
/** Old hours go in steps, so that no minute waits long behind them. */
const DROP_HOURS_PER_STEP = 24;

export interface Limits {
  readonly hoursKept: number;
  readonly bytesMax: number;
}

type Wanted = (point: number) => boolean;

/** All that is known of one hour of some points. */
export interface HourFound {
  readonly hour: number;
  /** Points that have all sixty minutes, where sums were asked for; they are not among `points`. */
  readonly whole: readonly HourSum[];
  readonly points: readonly PointHour[];
  /** Minutes of the hour (0–59) whose time of day was not certain. */
  readonly untrusted: ReadonlySet<number>;
}

/** The tables of history.db. Synchronous; runs in the history's thread. */
export class MinuteStore {
  readonly #db: DatabaseSync;
  readonly #limits: Limits;
  readonly #onDamage: () => void;
  readonly #sql: ReturnType<typeof prepare>;
  /** Places of the site's points in a `RawMinute`, in the order of their numbers in the file. */
  readonly #places: readonly { readonly place: number; readonly number: number; readonly factor: number }[];

  /** `onDamage`: a block was bent, and is a gap from now on. */
  constructor(db: DatabaseSync, site: readonly PointScale[], limits: Limits, onDamage: () => void) {
    this.#db = db;
    this.#limits = limits;
    this.#onDamage = onDamage;
    this.#sql = prepare(db);
    // Without points of its own it only reads, which a file that was opened for reading allows.
    this.#places = site.length === 0 ? [] : inTransaction(db, () => this.#number(site));
  }

  /** Points of this site that the file has no room for. */
  get leftOut(): number {
    return this.#places.filter(({ number }) => number >= POINTS_MAX).length;
  }

  /** Adds a minute; what is known of the same minute already is joined with it. On the disk when this returns. */
  write(raw: RawMinute): void {
    const later = this.#pack(raw);
    inTransaction(this.#db, () => {
      const known = this.#sql.minute.get(raw.minute);
      const earlier = known === undefined ? null : this.#unpacked(() => unpackMinute(blobOf(known, "block")));
      const minute = earlier === null ? later : mergeMinutes(earlier, later);
      const trusted = raw.clockTrusted && (known === undefined || numberOf(known, "clock_trusted") === 1);
      this.#sql.putMinute.run(raw.minute, trusted ? 1 : 0, packMinute(minute));
    });
  }

  /** Packs one hour that is over, and lets go of what is too old or too much. Cheap when there is nothing to do. */
  tidy(currentMinute: number): void {
    const current = Math.floor(currentMinute / MINUTES_PER_HOUR) * MINUTES_PER_HOUR;
    const waiting = this.#sql.minuteOutside.get(current, current + MINUTES_PER_HOUR);
    if (waiting === undefined) return;
    const hour = Math.floor(numberOf(waiting, "minute") / MINUTES_PER_HOUR);
    inTransaction(this.#db, () => this.#packHour(hour));
    this.#drop();
  }

  /** The number in the file and the factor of each point; undefined for one that it never knew. */
  numbersOf(points: readonly string[]): readonly ({ readonly number: number; readonly factor: number } | undefined)[] {
    return points.map((id) => {
      const row = this.#sql.point.get(id);
      return row === undefined ? undefined : { number: numberOf(row, "number"), factor: 10 ** numberOf(row, "decimals") };
    });
  }

  /** Hours with something in them, ascending, from one minute to before another. An hour holds more minutes than were asked for. */
  *hours(numbers: ReadonlySet<number>, { fromMinute, toMinute }: MinuteSpan, wanted: "minutes" | "sums"): Generator<HourFound> {
    const from = Math.floor(fromMinute / MINUTES_PER_HOUR);
    const to = Math.ceil(toMinute / MINUTES_PER_HOUR);
    const packed = this.#sql.hours.all(from, to).map((row) => numberOf(row, "hour"));
    const loose = this.#sql.looseHours.all(from * MINUTES_PER_HOUR, to * MINUTES_PER_HOUR).map((row) => numberOf(row, "hour"));
    const blocks = blocksOf(numbers);
    for (const hour of [...new Set([...packed, ...loose])].sort((a, b) => a - b)) {
      const isInside = hour * MINUTES_PER_HOUR >= fromMinute && (hour + 1) * MINUTES_PER_HOUR <= toMinute;
      const isSummed = wanted === "sums" && isInside && !loose.includes(hour);
      const sums = isSummed ? this.#sums(hour)?.filter(({ point }) => numbers.has(point)) : undefined;
      if (sums === undefined) {
        yield { hour, whole: [], ...this.#hour(hour, blocks, loose.includes(hour), (point) => numbers.has(point)) };
        continue;
      }
      // Where minutes are missing, somebody will ask which.
      const broken = new Set(sums.filter(({ known }) => known < MINUTES_PER_HOUR).map(({ point }) => point));
      const theirs = blocksOf(broken);
      const whole = sums.filter(({ known }) => known === MINUTES_PER_HOUR);
      yield { hour, whole, ...this.#hour(hour, theirs, false, (point) => broken.has(point)) };
    }
  }

  close(): void {
    this.#db.close();
  }

  #number(site: readonly PointScale[]): { place: number; number: number; factor: number }[] {
    let next = numberOf(this.#sql.lastPoint.get(), "last") + 1;
    const numbered = site.map(({ id, decimals }, place) => {
      const known = this.#sql.point.get(id);
      if (known !== undefined) return { place, number: numberOf(known, "number"), factor: 10 ** numberOf(known, "decimals") };
      const number = next;
      next += 1;
      if (number < POINTS_MAX) this.#sql.addPoint.run(number, id, decimals);
      return { place, number, factor: 10 ** decimals };
    });
    return numbered.sort((a, b) => a.number - b.number);
  }

  #pack({ counts, last, min, max, sum }: RawMinute): Minute {
    const present = this.#places.filter(({ place, number }) => number < POINTS_MAX && !Number.isNaN(last[place] as number));
    const minute = emptyMinute(present.length);
    present.forEach(({ place, number, factor }, n) => {
      const scaled = (value: number | undefined): number => Math.round((value as number) * factor);
      const count = counts[place] as number;
      minute.points[n] = number;
      minute.counts[n] = count;
      minute.last[n] = scaled(last[place]);
      minute.min[n] = scaled(min[place]);
      minute.max[n] = scaled(max[place]);
      minute.avg[n] = scaled((sum[place] as number) / Math.max(1, count));
    });
    return minute;
  }

  #packHour(hour: number): void {
    const first = hour * MINUTES_PER_HOUR;
    const known = this.#sql.hour.get(hour);
    const blocks = known === undefined ? [] : this.#sql.blocksOfHour.all(...keys(hour)).map((row) => numberOf(row, "key") - keys(hour)[0]);
    const { points, untrusted } = this.#hour(hour, blocks, true, () => true);
    const packed = Map.groupBy(points, ({ point }) => Math.floor(point / POINTS_PER_BLOCK));
    for (const [block, neighbours] of packed) this.#sql.putBlock.run(keys(hour)[0] + block, packHour(neighbours));
    this.#sql.putHour.run(hour, JSON.stringify([...untrusted].sort((a, b) => a - b)), packSums(points.map(sumOf)));
    this.#sql.dropMinutes.run(first, first + MINUTES_PER_HOUR);
  }

  /** The packed minutes and those that are still loose as one; where a minute is both, its readings are joined. */
  #hour(hour: number, blocks: readonly number[], withLoose: boolean, isWanted: Wanted): Omit<HourFound, "hour" | "whole"> {
    const row = this.#sql.hour.get(hour);
    const untrusted = new Set<number>(row === undefined ? [] : (parsed<number[]>(row, "untrusted") ?? []));
    const packed = row === undefined ? [] : blocks.flatMap((block) => this.#block(hour, block, isWanted));
    if (!withLoose) return { points: packed, untrusted };
    const minutes = new Map(minutesOf(packed));
    for (const loose of this.#sql.minutesOfHour.all(hour * MINUTES_PER_HOUR, (hour + 1) * MINUTES_PER_HOUR)) {
      const minute = this.#unpacked(() => unpackMinute(blobOf(loose, "block")));
      if (minute === null) continue;
      const number = numberOf(loose, "minute") - hour * MINUTES_PER_HOUR;
      const earlier = minutes.get(number);
      minutes.set(number, earlier === undefined ? minute : mergeMinutes(earlier, minute));
      if (numberOf(loose, "clock_trusted") === 0) untrusted.add(number);
    }
    const ascending = new Map([...minutes].sort(([a], [b]) => a - b));
    return { points: hourOf(ascending, isWanted), untrusted };
  }

  #block(hour: number, block: number, isWanted: Wanted): readonly PointHour[] {
    const row = this.#sql.block.get(keys(hour)[0] + block);
    return row === undefined ? [] : (this.#unpacked(() => unpackHour(blobOf(row, "block"), block, isWanted)) ?? []);
  }

  /** Undefined: there are none, or the hour's minutes must be looked at one by one. */
  #sums(hour: number): readonly HourSum[] | undefined {
    const row = this.#sql.sums.get(hour);
    return row === undefined ? undefined : (this.#unpacked(() => unpackSums(blobOf(row, "sums"))) ?? undefined);
  }

  #unpacked<Content>(unpack: () => Content): Content | null {
    try {
      return unpack();
    } catch (error) {
      if (!(error instanceof DamagedBlock)) throw error;
      this.#onDamage();
      return null;
    }
  }

  /** By the count of hours, not by their distance from now: a clock that is wrong by years drops nothing. */
  #drop(): void {
    for (let step = 0; step < DROP_HOURS_PER_STEP; step += 1) {
      const isTooMuch = numberOf(this.#sql.hourCount.get(), "count") > this.#limits.hoursKept || this.#bytesUsed() > this.#limits.bytesMax;
      const oldest = isTooMuch ? this.#sql.oldestHour.get() : undefined;
      if (oldest === undefined) return;
      const hour = numberOf(oldest, "hour");
      inTransaction(this.#db, () => {
        this.#sql.dropBlocks.run(...keys(hour));
        this.#sql.dropHour.run(hour);
      });
    }
  }

  #bytesUsed(): number {
    const { pages, free, bytes } = this.#sql.pages.get() ?? {};
    return (Number(pages) - Number(free)) * Number(bytes);
  }
}

function blocksOf(numbers: ReadonlySet<number>): readonly number[] {
  return [...new Set([...numbers].map((number) => Math.floor(number / POINTS_PER_BLOCK)))].sort((a, b) => a - b);
}

/** Keys of an hour's blocks: from, and before. */
function keys(hour: number): readonly [number, number] {
  return [hour * BLOCKS_PER_HOUR_MAX, (hour + 1) * BLOCKS_PER_HOUR_MAX];
}

function blobOf(row: Row, column: string): Uint8Array {
  const value = row[column];
  if (!(value instanceof Uint8Array)) throw new Error(`history column ${column} is ${typeof value}, expected bytes`);
  return value;
}

function prepare(db: DatabaseSync) {
  const sql = (text: string): StatementSync => db.prepare(text);
  return {
    point: sql("SELECT number, decimals FROM points WHERE id = ?"),
    lastPoint: sql("SELECT coalesce(max(number), -1) AS last FROM points"),
    addPoint: sql("INSERT INTO points (number, id, decimals) VALUES (?, ?, ?)"),
    minute: sql("SELECT clock_trusted, block FROM minutes WHERE minute = ?"),
    putMinute: sql(`INSERT INTO minutes (minute, clock_trusted, block) VALUES (?, ?, ?)
      ON CONFLICT (minute) DO UPDATE SET clock_trusted = excluded.clock_trusted, block = excluded.block`),
    minuteOutside: sql("SELECT minute FROM minutes WHERE minute < ? OR minute >= ? ORDER BY minute LIMIT 1"),
    minutesOfHour: sql("SELECT minute, clock_trusted, block FROM minutes WHERE minute >= ? AND minute < ? ORDER BY minute"),
    looseHours: sql(`SELECT DISTINCT minute / ${MINUTES_PER_HOUR} AS hour FROM minutes WHERE minute >= ? AND minute < ?`),
    dropMinutes: sql("DELETE FROM minutes WHERE minute >= ? AND minute < ?"),
    hour: sql("SELECT untrusted FROM hours WHERE hour = ?"),
    hours: sql("SELECT hour FROM hours WHERE hour >= ? AND hour < ?"),
    putHour: sql(`INSERT INTO hours (hour, untrusted, sums) VALUES (?, ?, ?)
      ON CONFLICT (hour) DO UPDATE SET untrusted = excluded.untrusted, sums = excluded.sums`),
    sums: sql("SELECT sums FROM hours WHERE hour = ? AND untrusted = '[]' AND sums IS NOT NULL"),
    hourCount: sql("SELECT count(*) AS count FROM hours"),
    oldestHour: sql("SELECT hour FROM hours ORDER BY hour LIMIT 1"),
    dropHour: sql("DELETE FROM hours WHERE hour = ?"),
    block: sql("SELECT block FROM blocks WHERE key = ?"),
    blocksOfHour: sql("SELECT key FROM blocks WHERE key >= ? AND key < ?"),
    putBlock: sql("INSERT INTO blocks (key, block) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET block = excluded.block"),
    dropBlocks: sql("DELETE FROM blocks WHERE key >= ? AND key < ?"),
    pages: sql(
      "SELECT page_count AS pages, freelist_count AS free, page_size AS bytes FROM pragma_page_count(), pragma_freelist_count(), pragma_page_size()",
    ),
  };
}
