import { Reader, Writer } from "./bytes.ts";

/** Points that share a block: fewer, and blocks pack badly; more, and a chart of one point unpacks what it does not need. */
export const POINTS_PER_BLOCK = 32;

/**
 * What one point did in some minutes of an hour, or in some quarters of a day, as parallel columns. Values are whole numbers of the
 * point's own smallest step (`PointScale`), so that they pack well and merge without loss.
 */
export interface PointCells {
  /** Number of the point in the file's list. */
  readonly point: number;
  /** Which of them there are, ascending: minutes 0–59 of the hour, quarters 0–95 of the day. */
  readonly places: number[];
  /** Of a minute: good readings; 0: the value of an earlier reading stood. Of a quarter: minutes with a value. */
  readonly counts: number[];
  readonly min: number[];
  readonly max: number[];
  readonly avg: number[];
  readonly last: number[];
}

export function emptyCells(point: number): PointCells {
  return { point, places: [], counts: [], min: [], max: [], avg: [], last: [] };
}

const COLUMNS = ["places", "counts", "min", "max", "avg", "last"] as const;

function addCell(to: PointCells, from: PointCells, at: number): void {
  for (const column of COLUMNS) to[column].push(from[column][at] as number);
}

/** The cells that `isWanted` names. */
export function cellsWhere(cells: PointCells, isWanted: (place: number, count: number) => boolean): PointCells {
  const found = emptyCells(cells.point);
  cells.places.forEach((place, at) => {
    if (isWanted(place, cells.counts[at] as number)) addCell(found, cells, at);
  });
  return found;
}

/**
 * Two accounts of the same point and hour, because a minute was told twice: one account with the readings of both. Nothing is lost,
 * nothing counts twice; `last` is the later one's. A value that only stood gives way to a reading.
 */
export function joinCells(earlier: PointCells, later: PointCells): PointCells {
  const joined = emptyCells(earlier.point);
  let a = 0;
  let b = 0;
  while (a < earlier.places.length || b < later.places.length) {
    const [first, second] = [earlier.places[a] ?? Number.POSITIVE_INFINITY, later.places[b] ?? Number.POSITIVE_INFINITY];
    if (first < second) addCell(joined, earlier, a++);
    else if (second < first) addCell(joined, later, b++);
    else joinCell(joined, earlier, a++, later, b++);
  }
  return joined;
}

function joinCell(to: PointCells, earlier: PointCells, a: number, later: PointCells, b: number): void {
  const [counts, more] = [earlier.counts[a] as number, later.counts[b] as number];
  if (counts === 0 || more === 0) {
    if (counts > 0) addCell(to, earlier, a);
    else addCell(to, later, b);
    return;
  }
  to.places.push(earlier.places[a] as number);
  to.counts.push(counts + more);
  to.min.push(Math.min(earlier.min[a] as number, later.min[b] as number));
  to.max.push(Math.max(earlier.max[a] as number, later.max[b] as number));
  to.avg.push(Math.round(((earlier.avg[a] as number) * counts + (later.avg[b] as number) * more) / (counts + more)));
  to.last.push(later.last[b] as number);
}

/** Accounts of many points, the later ones joined to the earlier ones; ascending by point. */
export function joinAll(...accounts: readonly (readonly PointCells[])[]): readonly PointCells[] {
  const [only, ...others] = accounts.filter(({ length }) => length > 0);
  if (others.length === 0) return only ?? [];
  const joined = new Map<number, PointCells>();
  for (const account of accounts)
    for (const cells of account) {
      const known = joined.get(cells.point);
      joined.set(cells.point, known === undefined ? cells : joinCells(known, cells));
    }
  return [...joined.values()].sort((a, b) => a.point - b.point);
}

/** Point by point, so that those nobody asked for are stepped over; each column as steps from cell to cell: most do not change, or little. */
export function packCells(all: readonly PointCells[], placeCount: number): Uint8Array {
  const out = new Writer();
  const part = new Writer();
  out.natural(all.length);
  for (const { point, places, counts, min, max, avg, last } of all) {
    part.clear();
    packRuns(part, places, placeCount);
    part.steps(counts);
    part.steps(last);
    for (const [n, value] of max.entries()) part.natural(value - (last[n] as number));
    for (const [n, value] of min.entries()) part.natural((last[n] as number) - value);
    for (const [n, value] of avg.entries()) part.whole(value - (last[n] as number));
    out.natural(point % POINTS_PER_BLOCK);
    out.part(part);
  }
  return out.packed();
}

/** The points of the block with this number that somebody wants. Throws `DamagedBlock`. */
export function unpackCells(
  packed: Uint8Array,
  block: number,
  placeCount: number,
  isWanted: (point: number) => boolean,
): readonly PointCells[] {
  const from = new Reader(packed);
  const found: PointCells[] = [];
  for (let left = from.natural(); left > 0; left -= 1) {
    const point = block * POINTS_PER_BLOCK + from.natural();
    const bytes = from.natural();
    if (isWanted(point)) found.push(unpackPoint(from, point, placeCount));
    else from.skip(bytes);
  }
  return found;
}

function unpackPoint(from: Reader, point: number, placeCount: number): PointCells {
  const places = unpackRuns(from, placeCount);
  const counts = from.steps(places.length);
  const last = from.steps(places.length);
  const max = last.map((value) => value + from.natural());
  const min = last.map((value) => value - from.natural());
  const avg = last.map((value) => value + from.whole());
  return { point, places, counts, min, max, avg, last };
}

/** Which cells there are: lengths of silence and of presence in turn, until the span is over. */
function packRuns(out: Writer, places: readonly number[], placeCount: number): void {
  let at = 0;
  let next = 0;
  while (at < placeCount) {
    const begin = places[next] ?? placeCount;
    out.natural(begin - at);
    at = begin;
    while (places[next] === at) {
      at += 1;
      next += 1;
    }
    out.natural(at - begin);
  }
}

function unpackRuns(from: Reader, placeCount: number): number[] {
  const places: number[] = [];
  let at = 0;
  while (at < placeCount) {
    at += from.natural();
    for (let left = from.natural(); left > 0; left -= 1) places.push(at++);
  }
  return places;
}
