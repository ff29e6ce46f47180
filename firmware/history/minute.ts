import { Reader, Writer } from "./bytes.ts";
import { emptyCells, type PointCells } from "./hour.ts";

/**
 * What is known of one minute beside its readings, one cell for each point: values that stood, and minutes of which the readings
 * themselves are gone. `place` is the minute in its hour.
 */
export function packMinute(cells: readonly PointCells[]): Uint8Array {
  const out = new Writer();
  writeMinute(out, cells);
  return out.packed();
}

/** Field by field: neighbours are alike, and deflate sees it. */
export function writeMinute(out: Writer, cells: readonly PointCells[]): void {
  const column = (of: "counts" | "min" | "max" | "avg" | "last"): number[] => cells.map((cell) => cell[of][0] as number);
  const [counts, min, max, avg, last] = [column("counts"), column("min"), column("max"), column("avg"), column("last")];
  out.natural(cells.length);
  out.steps(cells.map(({ point }) => point));
  out.steps(counts);
  for (const value of last) out.whole(value);
  for (const [n, value] of max.entries()) out.natural(value - (last[n] as number));
  for (const [n, value] of min.entries()) out.natural((last[n] as number) - value);
  for (const [n, value] of avg.entries()) out.whole(value - (last[n] as number));
}

/** Throws `DamagedBlock`. */
export function unpackMinute(block: Uint8Array, place: number): readonly PointCells[] {
  return readMinute(new Reader(block), place);
}

export function readMinute(from: Reader, place: number): readonly PointCells[] {
  const points = from.steps(from.natural());
  const counts = from.steps(points.length);
  const last = points.map(() => from.whole());
  const max = last.map((value) => value + from.natural());
  const min = last.map((value) => value - from.natural());
  const avg = last.map((value) => value + from.whole());
  return points.map((point, n) => {
    const cells = emptyCells(point);
    cells.places.push(place);
    cells.counts.push(counts[n] as number);
    cells.min.push(min[n] as number);
    cells.max.push(max[n] as number);
    cells.avg.push(avg[n] as number);
    cells.last.push(last[n] as number);
    return cells;
  });
}
