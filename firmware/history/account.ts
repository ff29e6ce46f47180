import { cellsWhere, joinAll, POINTS_PER_BLOCK, type PointCells } from "./hour.ts";
import { minutesOf, SeriesJoiner } from "./join.ts";
import type { Series } from "./readings.ts";
import { type LooseFrame, type LooseMinute, type Slot, slotOf, type Tables } from "./tables.ts";

/** All that is known of some points in one hour under a clock that was trusted, or under one that was not. */
export interface Account {
  /** By the minute, ascending by point. */
  readonly cells: readonly PointCells[];
  /** At full rate; empty when nobody asked. */
  readonly series: readonly Series[];
}

/** What is on its way into an hour. */
export interface Loose {
  readonly frames: readonly LooseFrame[];
  /** By block: values that stood, from the frames. */
  readonly standing: ReadonlyMap<number, readonly PointCells[]>;
  /** By block: minutes of which the readings themselves are gone, or never were there. */
  readonly gone: ReadonlyMap<number, readonly PointCells[]>;
}

export function looseOf(
  frames: readonly LooseFrame[],
  minutes: readonly LooseMinute[],
  clockTrusted: boolean,
  more: readonly PointCells[] = [],
): Loose {
  const theirs = <Part extends { readonly clockTrusted: boolean }>(parts: readonly Part[]): readonly Part[] =>
    parts.filter((part) => part.clockTrusted === clockTrusted);
  const own = theirs(frames);
  return {
    frames: own,
    standing: byBlock(own.flatMap(({ standing }) => standing)),
    gone: byBlock([...theirs(minutes).flatMap(({ cells }) => cells), ...more]),
  };
}

function byBlock(cells: readonly PointCells[]): ReadonlyMap<number, readonly PointCells[]> {
  return Map.groupBy(cells, ({ point }) => Math.floor(point / POINTS_PER_BLOCK));
}

/** Whether every reading that its minutes tell of is there at full rate, with what is on its way. */
export function isWhole(tables: Tables, slot: Slot, { gone }: Pick<Loose, "gone">): boolean {
  const isPacked = tables.untrusted(slot) !== null;
  const stood = [...gone.values()].every((cells) => cells.every(({ counts }) => counts.every((count) => count === 0)));
  return (!isPacked || tables.isWhole(slot) === true) && stood;
}

/**
 * Puts packed and loose together for the points of one block. Where every reading is there the minutes that got more of them are counted
 * anew, so that it makes no difference in which order things came; otherwise the accounts are joined.
 */
export function accountOf(tables: Tables, slot: Slot, block: number, loose: Loose, isWanted: (point: number) => boolean): Account {
  const packed = tables.cells(slot, block, isWanted);
  const gone = loose.gone.get(block)?.filter(({ point }) => isWanted(point)) ?? [];
  if (loose.frames.length === 0) return { cells: joinAll(packed, gone), series: [] };
  const standing = loose.standing.get(block)?.filter(({ point }) => isWanted(point)) ?? [];
  const fresh = gathered(loose.frames, block, isWanted);
  const earlier = tables.readings(slot, block);
  const isKnownWhole = tables.untrusted(slot) === null || tables.isWhole(slot) === true;
  const base = new Map(packed.map((cells) => [cells.point, cells]));
  const joiner = new SeriesJoiner();
  const series: Series[] = [];
  const counted: PointCells[] = [];
  for (const point of [...new Set([...fresh.keys(), ...(earlier?.points ?? [])])].filter(isWanted).sort((a, b) => a - b)) {
    const parts = fresh.get(point) ?? [];
    const known = earlier?.of(point) ?? null;
    const all = joiner.join(known === null ? parts : [known, ...parts]);
    series.push(all);
    if (parts.length === 0) continue;
    const cells = base.get(point);
    const stood = cells === undefined ? undefined : cellsWhere(cells, (_, count) => count === 0);
    // A block that was bent must not take its minutes with it.
    const isCountedAnew = isKnownWhole && (known !== null || stood?.places.length === cells?.places.length);
    if (isCountedAnew && stood !== undefined) base.set(point, stood);
    counted.push(minutesOf(isCountedAnew ? all : joiner.join(parts), tables.decimalsOf(point)));
  }
  return { cells: joinAll([...base.values()], gone, standing, counted), series };
}

/** Readings of an hour at full rate, under whichever clock, by time. */
export function readingsOf(
  tables: Tables,
  hour: number,
  frames: readonly LooseFrame[],
  block: number,
  points: readonly number[],
): readonly Series[] {
  const packed = [tables.readings(slotOf(hour, true), block), tables.readings(slotOf(hour, false), block)];
  const joiner = new SeriesJoiner();
  return points.flatMap((point) => {
    const parts = [...packed, ...frames.map(({ readings }) => readings)].flatMap((readings) => readings?.of(point) ?? []);
    return parts.length === 0 ? [] : [joiner.join(parts)];
  });
}

/** By point: its readings from each frame. */
function gathered(frames: readonly LooseFrame[], block: number, isWanted: (point: number) => boolean): ReadonlyMap<number, Series[]> {
  const found = new Map<number, Series[]>();
  for (const { readings } of frames)
    for (const point of readings.pointsFrom(block * POINTS_PER_BLOCK, (block + 1) * POINTS_PER_BLOCK)) {
      const series = isWanted(point) ? readings.of(point) : null;
      if (series === null) continue;
      const known = found.get(point);
      if (known === undefined) found.set(point, [series]);
      else known.push(series);
    }
  return found;
}
