import type { PieceQuery, PointReadings, ReviewPiece } from "../review/piece.ts";
import { MINUTE_MS, MINUTES_PER_HOUR } from "./history.ts";
import type { HistoryReader } from "./reader.ts";
import { TENTH_MS } from "./readings.ts";
import { visit } from "./summary.ts";

const HOUR_MS = MINUTES_PER_HOUR * MINUTE_MS;
/** Hours without anything that are passed over at once. */
const HOURS_AHEAD = 48;
/** A minute's last reading was somewhen in it; as if it were at its end nothing is known too early. */
const LAST_OF_MINUTE_MS = MINUTE_MS - TENTH_MS;

/** All good readings of some points in an hour, or the last of each minute where no more is kept. */
export function pieceOf(reader: HistoryReader, { points, hour, endHour }: PieceQuery): ReviewPiece {
  const full = reader.isFull(hour, hour + 1);
  const ahead = Math.min(hour + 1 + HOURS_AHEAD, endHour);
  const found = reader.nextHour(hour + 1, ahead) ?? ahead;
  return {
    ...{ fromMs: hour * HOUR_MS, toMs: (hour + 1) * HOUR_MS, full },
    certain: reader.uncertainMinutes(hour).length === 0,
    series: full ? everyReading(reader, points, hour) : lastOfMinutes(reader, points, hour),
    nextHour: found < endHour ? found : null,
  };
}

function everyReading(reader: HistoryReader, points: readonly string[], hour: number): readonly PointReadings[] {
  const numbers = reader.numbersOf(points);
  const wanted = new Set(numbers.flatMap((point) => (point === undefined ? [] : [point.number])));
  const series = new Map(reader.readings(hour, wanted).map((one) => [one.point, one]));
  return points.flatMap((point, place) => {
    const one = series.get(numbers[place]?.number ?? Number.NaN);
    if (one === undefined) return [];
    const { times } = one.axis;
    let count = 0;
    const good = { point, times: new Float64Array(times.length), values: new Float64Array(times.length) };
    one.values.forEach((value, row) => {
      if (Number.isNaN(value)) return;
      good.times[count] = (times[row] as number) * TENTH_MS;
      good.values[count] = value;
      count += 1;
    });
    return count === 0 ? [] : [{ point, times: good.times.slice(0, count), values: good.values.slice(0, count) }];
  });
}

function lastOfMinutes(reader: HistoryReader, points: readonly string[], hour: number): readonly PointReadings[] {
  const columns = points.map(() => ({ times: [] as number[], values: [] as number[] }));
  const factors = reader.numbersOf(points).map((point) => 10 ** (point?.decimals ?? 0));
  visit(
    reader,
    points,
    { fromMinute: hour * MINUTES_PER_HOUR, toMinute: (hour + 1) * MINUTES_PER_HOUR },
    {
      minute(place, minute, cells, at) {
        // A value that only stood was no reading.
        if ((cells.counts[at] as number) === 0) return;
        columns[place]?.times.push(minute * MINUTE_MS + LAST_OF_MINUTE_MS);
        columns[place]?.values.push((cells.last[at] as number) / (factors[place] as number));
      },
    },
  );
  return points.flatMap((point, place) => {
    const { times = [], values = [] } = columns[place] ?? {};
    return times.length === 0 ? [] : [{ point, times: Float64Array.from(times), values: Float64Array.from(values) }];
  });
}
