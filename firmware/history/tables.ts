import type { Row } from "../journal/row.ts";
import { numberOf, parsed } from "../journal/row.ts";
import type { DatabaseSync, StatementSync } from "../platform/sqlite.ts";
import { DamagedBlock, Reader } from "./bytes.ts";
import { type Frame, TENTHS_PER_MINUTE, unpackFrame } from "./frame.ts";
import { HOURS_PER_DAY, MINUTES_PER_HOUR, QUARTERS_PER_DAY } from "./history.ts";
import { POINTS_PER_BLOCK, type PointCells, unpackCells } from "./hour.ts";
import { type HourSum, unpackSums } from "./hour-sum.ts";
import { unpackMinute } from "./minute.ts";
import { PackedReadings } from "./readings.ts";
import { BLOCKS_MAX, FRAMES_PER_MINUTE_MAX, prepare, UNCERTAIN_SLOTS } from "./sql.ts";

/** Points that the file ever knew. */
export const POINTS_MAX = BLOCKS_MAX * POINTS_PER_BLOCK;

/** Where an hour stands in the tables: by whether its clock was trusted. */
export type Slot = number & { readonly __brand: "slot" };
export const slotOf = (hour: number, clockTrusted: boolean): Slot => (hour + (clockTrusted ? 0 : UNCERTAIN_SLOTS)) as Slot;
export const hourOf = (slot: number): number => slot % UNCERTAIN_SLOTS;

/** One minute, or a part of one, as it was written. */
export interface LooseFrame extends Frame {
  readonly minute: number;
  readonly clockTrusted: boolean;
}

/** A minute whose readings are gone. */
export interface LooseMinute {
  readonly minute: number;
  readonly clockTrusted: boolean;
  readonly cells: readonly PointCells[];
}

export interface Restamp {
  readonly id: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly offsetMs: number;
  readonly nextHour: number;
}

export interface PointNumber {
  readonly number: number;
  readonly decimals: number;
}

/** The tables of history.db, row by row. A block that was bent is a gap from now on. */
export class Tables {
  readonly db: DatabaseSync;
  readonly sql: ReturnType<typeof prepare>;
  readonly #onDamage: () => void;
  readonly #decimals = new Map<number, number>();

  constructor(db: DatabaseSync, onDamage: () => void) {
    this.db = db;
    this.sql = prepare(db);
    this.#onDamage = onDamage;
  }

  /** Undefined for a point that the file never knew. */
  pointOf(id: string): PointNumber | undefined {
    const row = this.sql.point.get(id);
    return row === undefined ? undefined : { number: numberOf(row, "number"), decimals: numberOf(row, "decimals") };
  }

  /** In what step the values of a point are kept. */
  decimalsOf(number: number): number {
    let decimals = this.#decimals.get(number);
    if (decimals === undefined) {
      decimals = numberOf(this.sql.decimals.get(number), "decimals");
      this.#decimals.set(number, decimals);
    }
    return decimals;
  }

  addFrame(minute: number, clockTrusted: boolean, block: Uint8Array): void {
    const first = minute * FRAMES_PER_MINUTE_MAX;
    const last = this.sql.lastFrame.get(first, first + FRAMES_PER_MINUTE_MAX)?.["key"];
    const key = typeof last === "number" ? last + 1 : first;
    // A clock that is set to the same minute 65,536 times; the next such minute is one too many.
    if (key < first + FRAMES_PER_MINUTE_MAX) this.sql.addFrame.run(key, clockTrusted ? 1 : 0, block);
  }

  framesOf(hour: number, clockTrusted: readonly boolean[] = [true, false]): readonly LooseFrame[] {
    return this.sql.framesOf.all(...frameKeys(hour), ...both(clockTrusted)).flatMap((row): readonly LooseFrame[] => {
      const minute = Math.floor(numberOf(row, "key") / FRAMES_PER_MINUTE_MAX);
      const frame = this.#unpacked(() => unpackFrame(minute, blobOf(row)));
      return frame === null ? [] : [{ minute, clockTrusted: numberOf(row, "clock_trusted") === 1, ...frame }];
    });
  }

  dropFrames(hour: number, clockTrusted: boolean): void {
    this.sql.dropFrames.run(...frameKeys(hour), clockTrusted ? 1 : 0);
  }

  minutesOf(hour: number, clockTrusted: readonly boolean[] = [true, false]): readonly LooseMinute[] {
    return this.sql.minutesOf
      .all(hour * MINUTES_PER_HOUR, (hour + 1) * MINUTES_PER_HOUR, ...both(clockTrusted))
      .flatMap((row): readonly LooseMinute[] => {
        const minute = numberOf(row, "minute");
        const cells = this.#unpacked(() => unpackMinute(blobOf(row), minute % MINUTES_PER_HOUR));
        return cells === null ? [] : [{ minute, clockTrusted: numberOf(row, "clock_trusted") === 1, cells }];
      });
  }

  dropMinutes(hour: number, clockTrusted: boolean): void {
    this.sql.dropMinutes.run(hour * MINUTES_PER_HOUR, (hour + 1) * MINUTES_PER_HOUR, clockTrusted ? 1 : 0);
  }

  /** Bytes of what is not packed yet. */
  looseBytes(): number {
    return numberOf(this.sql.looseBytes.get(), "bytes");
  }

  /** The first hour outside of `current` that is not packed yet. */
  looseHourOutside(current: number): number | null {
    const [begin, end] = frameKeys(current);
    const frame = this.sql.frameOutside.get(begin, end)?.["key"];
    const minute = this.sql.minuteOutside.get(current * MINUTES_PER_HOUR, (current + 1) * MINUTES_PER_HOUR)?.["minute"];
    const hours = [
      ...(typeof frame === "number" ? [Math.floor(frame / FRAMES_PER_MINUTE_MAX / MINUTES_PER_HOUR)] : []),
      ...(typeof minute === "number" ? [Math.floor(minute / MINUTES_PER_HOUR)] : []),
    ];
    return hours.length === 0 ? null : Math.min(...hours);
  }

  /** Whether something of these hours, from one to before another, is not packed yet. */
  isLoose(from: number, to: number): boolean {
    return (
      this.sql.anyFrame.get(frameKeys(from)[0], frameKeys(to)[0]) !== undefined ||
      this.sql.anyMinute.get(from * MINUTES_PER_HOUR, to * MINUTES_PER_HOUR) !== undefined
    );
  }

  /** Hours from one to before another of which something is known, ascending. */
  hoursIn(from: number, to: number): { readonly all: readonly number[]; readonly loose: ReadonlySet<number> } {
    const range = [from, to] as const;
    const packed = this.sql.hours.all(...range, ...range.map((hour) => hour + UNCERTAIN_SLOTS)).map((row) => hourOf(numberOf(row, "hour")));
    const frames = this.sql.looseHours.all(frameKeys(from)[0], frameKeys(to)[0]).map((row) => numberOf(row, "hour"));
    const minutes = this.sql.minuteHours.all(...range.map((hour) => hour * MINUTES_PER_HOUR)).map((row) => numberOf(row, "hour"));
    const loose = new Set([...frames, ...minutes]);
    return { all: [...new Set([...packed, ...loose])].sort((a, b) => a - b), loose };
  }

  /** The first hour at or after `hour` of which something uncertain is known. */
  uncertainHourFrom(hour: number): number | null {
    const packed = this.sql.uncertainHours.get(hour, UNCERTAIN_SLOTS, hour + UNCERTAIN_SLOTS)?.["hour"];
    const frame = this.sql.uncertainFrame.get(frameKeys(hour)[0])?.["key"];
    const minute = this.sql.uncertainMinute.get(hour * MINUTES_PER_HOUR)?.["minute"];
    const hours = [
      ...(typeof packed === "number" ? [packed] : []),
      ...(typeof frame === "number" ? [Math.floor(frame / FRAMES_PER_MINUTE_MAX / MINUTES_PER_HOUR)] : []),
      ...(typeof minute === "number" ? [Math.floor(minute / MINUTES_PER_HOUR)] : []),
    ];
    return hours.length === 0 ? null : Math.min(...hours);
  }

  /** Minutes (0–59) of the hour whose time of day was not certain. Null: nothing of it is packed. */
  untrusted(slot: Slot): readonly number[] | null {
    const row = this.sql.hour.get(slot);
    return row === undefined ? null : (parsed<number[]>(row, "untrusted") ?? []);
  }

  /** Undefined: there are none, or the hour's minutes must be looked at one by one. */
  sums(hour: number): readonly HourSum[] | undefined {
    if (this.sql.hour.get(slotOf(hour, false)) !== undefined) return undefined;
    const row = this.sql.sums.get(hour);
    return row === undefined ? undefined : (this.#unpacked(() => unpackSums(blobOf(row))) ?? undefined);
  }

  /** Whether every reading of the hour's minutes is there at full rate; undefined: none is. */
  isWhole(slot: Slot): boolean | undefined {
    const row = this.sql.fullHour.get(slot);
    return row === undefined ? undefined : numberOf(row, "whole") === 1;
  }

  cells(slot: Slot, block: number, isWanted: (point: number) => boolean): readonly PointCells[] {
    const row = this.sql.block.get(slot * BLOCKS_MAX + block);
    return row === undefined ? [] : (this.#unpacked(() => unpackCells(blobOf(row), block, MINUTES_PER_HOUR, isWanted)) ?? []);
  }

  readings(slot: Slot, block: number): PackedReadings | null {
    const row = this.sql.fullBlock.get(slot * BLOCKS_MAX + block);
    if (row === undefined) return null;
    return this.#unpacked(() => new PackedReadings(new Reader(blobOf(row)), hourOf(slot) * MINUTES_PER_HOUR * TENTHS_PER_MINUTE));
  }

  /** Numbers of the blocks that a packed hour has, by the minute or at full rate. */
  blocksOf(slot: Slot): readonly number[] {
    const keys = [slot * BLOCKS_MAX, (slot + 1) * BLOCKS_MAX] as const;
    return this.sql.blocksOf.all(...keys, ...keys).map((row) => numberOf(row, "key") - keys[0]);
  }

  /** The quarters of a day; null: they are not made yet. */
  quarters(day: number, block: number, isWanted: (point: number) => boolean): readonly PointCells[] | null {
    const row = this.sql.day.get(day);
    if (row === undefined || numberOf(row, "next_block") <= block) return null;
    const found = this.sql.dayBlock.get(day * BLOCKS_MAX + block);
    return found === undefined ? [] : this.#unpacked(() => unpackCells(blobOf(found), block, QUARTERS_PER_DAY, isWanted));
  }

  dropFull(slot: Slot): void {
    this.sql.dropFullBlocks.run(slot * BLOCKS_MAX, (slot + 1) * BLOCKS_MAX);
    this.sql.dropFullHour.run(slot);
  }

  dropHour(slot: Slot): void {
    this.dropFull(slot);
    this.sql.dropBlocks.run(slot * BLOCKS_MAX, (slot + 1) * BLOCKS_MAX);
    this.sql.dropHour.run(slot);
  }

  /** What was made of this day is made again. */
  touchDay(hour: number): void {
    this.sql.touchDay.run(Math.floor(hour / HOURS_PER_DAY));
  }

  dropDaysBefore(day: number): void {
    this.sql.dropDays.run(day);
    this.sql.dropDayBlocks.run(day * BLOCKS_MAX);
  }

  /** The oldest packed hour by the time it tells, and the oldest at full rate. */
  oldestSlots(): { readonly oldest: Slot | null; readonly oldestFull: Slot | null } {
    const first = (sql: StatementSync, from: number): unknown => sql.get(from, from + UNCERTAIN_SLOTS)?.["hour"];
    const { firstHour, firstFullHour } = this.sql;
    return {
      oldest: earlier(first(firstHour, 0), first(firstHour, UNCERTAIN_SLOTS)),
      oldestFull: earlier(first(firstFullHour, 0), first(firstFullHour, UNCERTAIN_SLOTS)),
    };
  }

  /** Minutes in which something was read while the time of day was not certain, ascending. */
  uncertainMinutes(fromMinute: number, toMinute: number): readonly number[] {
    const [from, to] = [Math.floor(fromMinute / MINUTES_PER_HOUR), Math.ceil(toMinute / MINUTES_PER_HOUR)];
    const minutes = new Set<number>();
    for (const shift of [0, UNCERTAIN_SLOTS])
      for (const row of this.sql.uncertainIn.all(from + shift, to + shift))
        for (const minute of parsed<number[]>(row, "untrusted") ?? [])
          minutes.add(hourOf(numberOf(row, "hour")) * MINUTES_PER_HOUR + minute);
    const keys = [fromMinute, toMinute].map((minute) => minute * FRAMES_PER_MINUTE_MAX) as [number, number];
    for (const row of this.sql.uncertainFrames.all(...keys)) minutes.add(numberOf(row, "minute"));
    for (const row of this.sql.uncertainLoose.all(fromMinute, toMinute)) minutes.add(numberOf(row, "minute"));
    return [...minutes].filter((minute) => minute >= fromMinute && minute < toMinute).sort((a, b) => a - b);
  }

  /** Gives the space of the write-ahead log back to the disk. */
  shrinkLog(): void {
    this.db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  }

  /** The file does not grow beyond this, nor beyond what it has when that is more. */
  limit(bytes: number): void {
    const pageBytes = Number(this.sql.pages.get()?.["bytes"]);
    this.db.exec(`PRAGMA max_page_count = ${Math.max(1, Math.ceil(bytes / pageBytes))}`);
  }

  /** Bytes of what is kept, and of the pages that are free to be used again. */
  bytes(): { readonly used: number; readonly free: number } {
    const { pages, free, bytes } = this.sql.pages.get() ?? {};
    return { used: (Number(pages) - Number(free)) * Number(bytes), free: Number(free) * Number(bytes) };
  }

  restamp(): Restamp | null {
    const row = this.sql.restamp.get();
    if (row === undefined) return null;
    const of = (column: string): number => numberOf(row, column);
    return { id: of("id"), fromMs: of("from_ms"), toMs: of("to_ms"), offsetMs: of("offset_ms"), nextHour: of("next_hour") };
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
}

function earlier(certain: unknown, uncertain: unknown): Slot | null {
  if (typeof certain !== "number") return typeof uncertain === "number" ? (uncertain as Slot) : null;
  return (typeof uncertain === "number" && hourOf(uncertain) < certain ? uncertain : certain) as Slot;
}

function both(clockTrusted: readonly boolean[]): readonly [number, number] {
  return [clockTrusted[0] === true ? 1 : 0, clockTrusted.at(-1) === true ? 1 : 0];
}

function frameKeys(hour: number): readonly [number, number] {
  const perHour = MINUTES_PER_HOUR * FRAMES_PER_MINUTE_MAX;
  return [hour * perHour, (hour + 1) * perHour];
}

function blobOf(row: Row): Uint8Array {
  const value = row["block"];
  if (!(value instanceof Uint8Array)) throw new Error(`a block of the history is ${typeof value}, expected bytes`);
  return value;
}
