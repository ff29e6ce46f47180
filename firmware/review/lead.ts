import type { Basis } from "../contract/review.ts";
import type { PieceQuery, PointReadings, ReviewPiece } from "./piece.ts";

const HOUR_MS = 3_600_000;

/** Who gives stored readings, hour by hour. */
export interface ReadingSource {
  piece(query: PieceQuery): Promise<ReviewPiece>;
}

/** How work is cut into small pieces. */
export interface Pacing {
  /** Called every few hundred readings: it lets others work when it is time to. Rejects when the work is not wanted any more. */
  breathe(): Promise<void>;
  /** 0 to 1. */
  progress(done: number): void;
}

/** What is to be led through, from one moment to before another. `leadInMs` before it is read too, but not counted. */
export interface LeadSpan {
  readonly fromMs: number;
  readonly toMs: number;
  readonly leadInMs: number;
}

/** Leads all readings of some points through `work`, an hour at a time. @returns what they were. */
export async function lead(
  source: ReadingSource,
  points: readonly string[],
  { fromMs, toMs, leadInMs }: LeadSpan,
  work: (piece: Pick<ReviewPiece, "series" | "full">) => Iterable<void>,
  { breathe, progress }: Pacing,
): Promise<Basis> {
  const heard = new Set<string>();
  const basis = { samples: 0, fullHours: 0, minuteHours: 0, beginsMs: null as number | null, certain: true };
  const beginMs = fromMs - leadInMs;
  const endHour = Math.ceil(toMs / HOUR_MS);
  for (let hour: number | null = Math.floor(beginMs / HOUR_MS); hour !== null && hour < endHour && points.length > 0; ) {
    const piece: ReviewPiece = await source.piece({ points, hour, endHour });
    const series = piece.series.map((one) => within(one, beginMs, toMs)).filter(({ times }) => times.length > 0);
    for (const _ of work({ series, full: piece.full })) await breathe();
    await breathe();
    let counted = 0;
    for (const { point, times } of series) {
      const first = lowerBound(times, fromMs);
      if (first === times.length) continue;
      counted += times.length - first;
      heard.add(point);
      basis.beginsMs = Math.min(basis.beginsMs ?? Number.POSITIVE_INFINITY, times[first] as number);
    }
    if (counted > 0) basis[piece.full ? "fullHours" : "minuteHours"] += 1;
    if (counted > 0 && !piece.certain) basis.certain = false;
    basis.samples += counted;
    progress(Math.min(1, Math.max(0, piece.toMs - beginMs) / (toMs - beginMs)));
    hour = piece.nextHour;
  }
  return { ...basis, points: [...points], silent: points.filter((point) => !heard.has(point)) };
}

function within({ point, times, values }: PointReadings, fromMs: number, toMs: number): PointReadings {
  const [first, end] = [lowerBound(times, fromMs), lowerBound(times, toMs)];
  return { point, times: times.subarray(first, end), values: values.subarray(first, end) };
}

/** The first place that is not before. */
function lowerBound(ascending: Float64Array, atMs: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] as number) < atMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
