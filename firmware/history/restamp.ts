import { accountOf, looseOf } from "./account.ts";
import { packFrame, TENTHS_PER_MINUTE } from "./frame.ts";
import { MINUTE_MS, MINUTES_PER_HOUR } from "./history.ts";
import { cellsWhere, emptyCells, joinCells, type PointCells } from "./hour.ts";
import { minutesOf } from "./join.ts";
import { packHour } from "./pack.ts";
import { type Axis, type Series, TENTH_MS } from "./readings.ts";
import { type Restamp, slotOf, type Tables } from "./tables.ts";

/**
 * Moves what was read in one hour of a wrong clock to the time it really was. What is moved leaves the tables of the uncertain and comes to
 * those of the certain, so that nothing is moved twice, wherever it goes and whenever the power is cut. Call it in a transaction.
 */
export function restampHour(tables: Tables, job: Restamp): void {
  const hour = tables.uncertainHourFrom(job.nextHour);
  if (hour === null || hour * MINUTES_PER_HOUR * MINUTE_MS >= job.toMs) {
    tables.sql.dropRestamp.run(job.id);
    return;
  }
  moveReadings(tables, hour, job);
  moveOldMinutes(tables, hour, job);
  tables.sql.restampedTo.run(hour + 1, job.id);
}

/** All of the hour is taken out, and written again: moved, or where it was. */
function moveReadings(tables: Tables, hour: number, { fromMs, toMs, offsetMs }: Restamp): void {
  // First into one form.
  packHour(tables, hour, false);
  const slot = slotOf(hour, false);
  if (tables.untrusted(slot) === null) return;
  const nothing = looseOf([], [], false);
  const [from, to] = [Math.floor(fromMs / TENTH_MS), Math.floor(toMs / TENTH_MS)];
  const offset = Math.round(offsetMs / TENTH_MS);
  const moved = new Sorting();
  const staying = new Sorting();
  for (const block of tables.blocksOf(slot)) {
    const readings = tables.readings(slot, block);
    const read = new Map<number, PointCells>();
    for (const point of readings?.points ?? []) {
      const series = readings?.of(point);
      if (series === undefined || series === null) continue;
      read.set(point, minutesOf(series, tables.decimalsOf(point)));
      moved.add(part(series, (time) => time >= from && time < to, offset));
      staying.add(part(series, (time) => time < from || time >= to, 0));
    }
    for (const cells of accountOf(tables, slot, block, nothing, () => true).cells) {
      const isMoved = (minute: number): boolean => isMinuteIn(hour * MINUTES_PER_HOUR + minute, fromMs, toMs);
      const counted = read.get(cells.point);
      // What its readings say will be counted anew where they go.
      const known = cellsWhere(cells, (minute, count) => count === 0 || count > countOf(counted, minute));
      moved.addMinutes(hour, cellsWhere(known, isMoved), offsetMs);
      staying.addMinutes(
        hour,
        cellsWhere(known, (minute) => !isMoved(minute)),
        0,
      );
    }
  }
  tables.dropHour(slot);
  tables.touchDay(hour);
  moved.write(tables, true);
  staying.write(tables, false);
}

/** Minutes that an earlier version wrote: uncertain and certain ones in one hour, their readings never kept. */
function moveOldMinutes(tables: Tables, hour: number, { fromMs, toMs, offsetMs }: Restamp): void {
  const slot = slotOf(hour, true);
  const first = hour * MINUTES_PER_HOUR;
  const uncertain = tables.untrusted(slot) ?? [];
  const moving = new Set(uncertain.filter((minute) => isMinuteIn(first + minute, fromMs, toMs)));
  if (moving.size === 0) return;
  const nothing = looseOf([], [], true);
  const moved = new Sorting();
  const staying: PointCells[] = [];
  for (const block of tables.blocksOf(slot))
    for (const cells of accountOf(tables, slot, block, nothing, () => true).cells) {
      moved.addMinutes(
        hour,
        cellsWhere(cells, (minute) => moving.has(minute)),
        offsetMs,
      );
      staying.push(cellsWhere(cells, (minute) => !moving.has(minute)));
    }
  tables.dropHour(slot);
  tables.touchDay(hour);
  packHour(
    tables,
    hour,
    true,
    staying.filter(({ places }) => places.length > 0),
  );
  moved.write(tables, true);
}

function countOf(cells: PointCells | undefined, minute: number): number {
  return cells?.counts[cells.places.indexOf(minute)] ?? 0;
}

/** A minute goes as a whole where only its account is left. */
function isMinuteIn(minute: number, fromMs: number, toMs: number): boolean {
  return (minute + 1) * MINUTE_MS > fromMs && minute * MINUTE_MS < toMs;
}

interface Part {
  readonly point: number;
  readonly axis: Axis;
  readonly series: Series;
  readonly isIn: (time: number) => boolean;
  readonly offset: number;
}

function part(series: Series, isIn: (time: number) => boolean, offset: number): Part {
  return { point: series.point, axis: series.axis, series, isIn, offset };
}

/** Puts readings and minutes into the minutes and hours that they belong to. */
class Sorting {
  /** By minute; one axis stays one axis. */
  readonly #frames = new Map<number, { readonly series: Series[] }>();
  readonly #splits = new Map<Axis, ReadonlyMap<number, { readonly axis: Axis; readonly rows: readonly number[] }>>();
  readonly #minutes = new Map<number, Map<number, PointCells>>();

  add({ point, axis, series, isIn, offset }: Part): void {
    for (const [minute, { axis: moved, rows }] of this.#split(axis, isIn, offset)) {
      const values = Float64Array.from(rows, (row) => series.values[row] as number);
      if (!values.every(Number.isNaN)) this.#frame(minute).series.push({ point, axis: moved, values });
    }
  }

  /** A value that stood may have stood in two minutes of the right clock; a minute without its readings goes where most of it was. */
  addMinutes(hour: number, cells: PointCells, offsetMs: number): void {
    cells.places.forEach((place, at) => {
      const begin = (hour * MINUTES_PER_HOUR + place) * MINUTE_MS + offsetMs;
      const isStanding = cells.counts[at] === 0;
      const targets = isStanding ? [Math.floor(begin / MINUTE_MS), Math.ceil(begin / MINUTE_MS)] : [Math.round(begin / MINUTE_MS)];
      for (const minute of new Set(targets)) this.#addCell(minute, cells, at);
    });
  }

  write(tables: Tables, clockTrusted: boolean): void {
    for (const [minute, { series }] of [...this.#frames].sort(([a], [b]) => a - b)) {
      series.sort((a, b) => a.point - b.point);
      tables.addFrame(
        minute,
        clockTrusted,
        packFrame(minute, series, [], (point) => tables.decimalsOf(point)),
      );
    }
    for (const [hour, points] of this.#minutes) packHour(tables, hour, clockTrusted, [...points.values()]);
  }

  #addCell(minute: number, cells: PointCells, at: number): void {
    const hour = Math.floor(minute / MINUTES_PER_HOUR);
    const ofHour = this.#minutes.get(hour) ?? new Map<number, PointCells>();
    this.#minutes.set(hour, ofHour);
    const cell = emptyCells(cells.point);
    cell.places.push(minute - hour * MINUTES_PER_HOUR);
    for (const column of ["counts", "min", "max", "avg", "last"] as const) cell[column].push(cells[column][at] as number);
    const known = ofHour.get(cells.point);
    ofHour.set(cells.point, known === undefined ? cell : joinCells(known, cell));
  }

  #frame(minute: number) {
    const known = this.#frames.get(minute);
    if (known !== undefined) return known;
    const frame: { readonly series: Series[] } = { series: [] };
    this.#frames.set(minute, frame);
    return frame;
  }

  #split(axis: Axis, isIn: (time: number) => boolean, offset: number) {
    const known = this.#splits.get(axis);
    if (known !== undefined) return known;
    const rows = new Map<number, number[]>();
    axis.times.forEach((time, row) => {
      if (!isIn(time)) return;
      const minute = Math.floor((time + offset) / TENTHS_PER_MINUTE);
      const ofMinute = rows.get(minute);
      if (ofMinute === undefined) rows.set(minute, [row]);
      else ofMinute.push(row);
    });
    const split = new Map(
      [...rows].map(([minute, ofMinute]) => {
        const times = Float64Array.from(ofMinute, (row) => (axis.times[row] as number) + offset);
        return [minute, { axis: { times }, rows: ofMinute }] as const;
      }),
    );
    this.#splits.set(axis, split);
    return split;
  }
}
