import { accountOf, isWhole, looseOf } from "./account.ts";
import { Writer } from "./bytes.ts";
import { TENTHS_PER_MINUTE } from "./frame.ts";
import { HOURS_PER_DAY, MINUTES_PER_HOUR, QUARTERS_PER_DAY } from "./history.ts";
import { emptyCells, joinAll, type PointCells, packCells } from "./hour.ts";
import { type HourSum, packSums, sumOf } from "./hour-sum.ts";
import { blocksOf } from "./reader.ts";
import { type Series, writeReadings } from "./readings.ts";
import { BLOCKS_MAX } from "./sql.ts";
import { slotOf, type Tables } from "./tables.ts";

const MINUTES_PER_QUARTER = 15;
/** Blocks of a day that are summed up in one go: a fifth of a second on a small box. */
const DAY_BLOCKS_AT_ONCE = 4;

const bodies = new Writer();

/**
 * Packs what is loose in an hour under one kind of clock, and joins it with what is packed: readings of 32 points to a block, and what
 * they come to by the minute. `more` are minutes that are known without their readings. Call it in a transaction.
 */
export function packHour(tables: Tables, hour: number, clockTrusted: boolean, more: readonly PointCells[] = []): void {
  const slot = slotOf(hour, clockTrusted);
  const loose = looseOf(tables.framesOf(hour, [clockTrusted]), tables.minutesOf(hour, [clockTrusted]), clockTrusted, more);
  // Also those that were bent.
  tables.dropFrames(hour, clockTrusted);
  tables.dropMinutes(hour, clockTrusted);
  if (loose.frames.length === 0 && loose.gone.size === 0) return;
  const whole = isWhole(tables, slot, loose);
  const before = tables.untrusted(slot) ?? [];
  const fresh = loose.frames.flatMap(({ readings }) => blocksOf(readings.points));
  const blocks = new Set([...tables.blocksOf(slot), ...fresh, ...loose.standing.keys(), ...loose.gone.keys()]);
  const sums: HourSum[] = [];
  const minutes = new Set<number>();
  for (const block of [...blocks].sort((a, b) => a - b)) {
    const { cells, series } = accountOf(tables, slot, block, loose, () => true);
    if (cells.length > 0) tables.sql.putBlock.run(slot * BLOCKS_MAX + block, packCells(cells, MINUTES_PER_HOUR));
    if (series.length > 0) tables.sql.putFullBlock.run(slot * BLOCKS_MAX + block, packReadings(tables, hour, series));
    for (const one of cells) {
      sums.push(sumOf(one));
      if (!clockTrusted) for (const place of one.places) minutes.add(place);
    }
  }
  if (loose.frames.length > 0) tables.sql.putFullHour.run(slot, whole ? 1 : 0);
  else if (!whole && tables.isWhole(slot) === true) tables.sql.putFullHour.run(slot, 0);
  const untrusted = clockTrusted ? before : [...minutes].sort((a, b) => a - b);
  // Sums are of hours that nothing has to be said about.
  tables.sql.putHour.run(slot, JSON.stringify(untrusted), clockTrusted ? packSums(sums) : null);
  tables.touchDay(hour);
}

export function packReadings(tables: Tables, hour: number, series: readonly Series[]): Uint8Array {
  const out = new Writer();
  writeReadings(out, bodies, series, hour * MINUTES_PER_HOUR * TENTHS_PER_MINUTE, (point) => tables.decimalsOf(point));
  return out.packed();
}

/** Sums up some blocks of a day that is over, by the quarter of an hour. Call it in a transaction. */
export function makeDayBlocks(tables: Tables, day: number, firstBlock: number): void {
  if (firstBlock === 0) tables.sql.dropDay.run(day * BLOCKS_MAX, (day + 1) * BLOCKS_MAX);
  const hours = tables.hoursIn(day * HOURS_PER_DAY, (day + 1) * HOURS_PER_DAY).all;
  const slots = hours.flatMap((hour) => [slotOf(hour, true), slotOf(hour, false)]);
  const blocks = [...new Set(slots.flatMap((slot) => tables.blocksOf(slot)))].filter((block) => block >= firstBlock).sort((a, b) => a - b);
  for (const block of blocks.slice(0, DAY_BLOCKS_AT_ONCE)) {
    const quarters = new Map<number, PointCells>();
    for (const hour of hours)
      for (const cells of joinAll(...[true, false].map((trusted) => tables.cells(slotOf(hour, trusted), block, () => true)))) {
        let ofDay = quarters.get(cells.point);
        if (ofDay === undefined) {
          ofDay = emptyCells(cells.point);
          quarters.set(cells.point, ofDay);
        }
        addQuarters(ofDay, cells, (hour % HOURS_PER_DAY) * (MINUTES_PER_HOUR / MINUTES_PER_QUARTER));
      }
    const all = [...quarters.values()].sort((a, b) => a.point - b.point);
    tables.sql.putDayBlock.run(day * BLOCKS_MAX + block, packCells(all, QUARTERS_PER_DAY));
  }
  const next = blocks[DAY_BLOCKS_AT_ONCE];
  tables.sql.dayMade.run(next ?? BLOCKS_MAX, day);
}

function addQuarters(to: PointCells, minutes: PointCells, firstQuarter: number): void {
  for (let begin = 0; begin < minutes.places.length; ) {
    const quarter = Math.floor((minutes.places[begin] as number) / MINUTES_PER_QUARTER);
    let end = begin;
    let [min, max, sum] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
    while (end < minutes.places.length && Math.floor((minutes.places[end] as number) / MINUTES_PER_QUARTER) === quarter) {
      min = Math.min(min, minutes.min[end] as number);
      max = Math.max(max, minutes.max[end] as number);
      sum += minutes.avg[end] as number;
      end += 1;
    }
    to.places.push(firstQuarter + quarter);
    to.counts.push(end - begin);
    to.min.push(min);
    to.max.push(max);
    to.avg.push(Math.round(sum / (end - begin)));
    to.last.push(minutes.last[end - 1] as number);
    begin = end;
  }
}
