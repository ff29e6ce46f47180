import type { Words } from "../contract/alarm.ts";
import type { SampleFile } from "./samples.ts";

export const MINUTE_MS = 60_000;
export const MINUTES_PER_HOUR = 60;
export const HOURS_PER_DAY = 24;
export const QUARTERS_PER_DAY = 96;
/** At least so much of what was measured is kept, in hours of which something is known: 400 days, and some. */
export const HOURS_KEPT_MIN = 9_840;
/** Every reading is kept for so many hours of which something is known: 30 days. */
export const FULL_HOURS_KEPT = 720;
/** The file never grows beyond this: the oldest hours go. At 2,000 points it holds the 400 days. */
export const HISTORY_BYTES_MAX = 4 * 1024 * 1024 * 1024;
/** Gaps that one summary names; there may be more. */
export const GAPS_MAX = 50;
/** Points of one question. */
export const SUMMARY_POINTS_MAX = 65_536;
/** Columns of a trend: what a wide screen can draw. */
export const TREND_COLUMNS_MAX = 2_000;
/** The span of one question: 400 days, and some. */
export const SPAN_MAX_MS = 420 * 86_400_000;

/** From one moment to before another, by the wall clock. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** A span in which no minute has a good reading. */
export type Gap = Span;

/** From one minute to before another, since 1970 by the wall clock. */
export interface MinuteSpan {
  readonly fromMinute: number;
  readonly toMinute: number;
}

/** What a point did in a span, from its minutes. Values are kept to a hundredth of the last digit that people see. */
export interface PointSummary {
  readonly point: string;
  /** Null, like the four below: no good reading in the whole span. */
  readonly min: number | null;
  readonly max: number | null;
  /** The mean of the minutes, each with the same weight. Of a state point: of the numbers of its states. */
  readonly avg: number | null;
  readonly last: number | null;
  /** The minute of the lowest and of the highest reading; the first one, where there are several. Wall clock. */
  readonly minAtMs: number | null;
  readonly maxAtMs: number | null;
  readonly minutesWithData: number;
  /** Minutes of the span that are over. */
  readonly minutes: number;
  /** The first `GAPS_MAX` gaps. */
  readonly gaps: readonly Gap[];
  /** False: some of these minutes were measured while nobody knew the time of day for certain. */
  readonly clockTrusted: boolean;
}

/** One point's columns: lowest, highest, mean and last reading of each step. Null is a gap. */
export interface TrendSeries {
  readonly point: string;
  readonly min: readonly (number | null)[];
  readonly max: readonly (number | null)[];
  readonly avg: readonly (number | null)[];
  readonly last: readonly (number | null)[];
}

/** Columns for a chart: step n begins at `fromMs + n × stepMs`. */
export interface Trend {
  /** A little before what was asked for, where a step begins; nothing from before that is in it. */
  readonly fromMs: number;
  /** Seconds where every reading is kept and read often enough, otherwise whole minutes. */
  readonly stepMs: number;
  readonly steps: number;
  readonly series: readonly TrendSeries[];
  /** False: some of it was measured while nobody knew the time of day for certain; `uncertain` says when. */
  readonly clockTrusted: boolean;
  readonly uncertain: readonly Span[];
}

/** What history has, and how far back. */
export interface HistoryUsage {
  readonly bytes: number;
  readonly bytesMax: number;
  /** Wall clock; null: nothing is kept yet. */
  readonly oldestFullRateMs: number | null;
  readonly oldestMinuteMs: number | null;
  /** Minutes that could not be written yet. */
  readonly minutesWaiting: number;
}

/**
 * What was measured. Times are wall clock; a span ends at the latest before the running minute: what is not over is in no answer. A minute
 * that the clock told twice is one minute with all of its readings. Rejects with a `HistoryError` when the file or its thread fails.
 */
export interface HistoryStore {
  /**
   * In the order of `points`, which may also be ones that the site no longer has; of an unknown one nothing is known. From the minute in
   * which `fromMs` lies to before the one in which `toMs` lies.
   */
  summaries(points: readonly string[], fromMs: number, toMs: number): Promise<readonly PointSummary[]>;
  /** At most `columns` steps. */
  trend(points: readonly string[], fromMs: number, toMs: number, columns: number): Promise<Trend>;
}

/** Lines of CSV, a piece at a time: the next is read from the disk when the one before has been taken. */
export interface SampleSource {
  samples(file: SampleFile): AsyncIterable<Uint8Array>;
}

/** Carries what to tell a person. */
export class HistoryError extends Error {
  override readonly name = "HistoryError";
  readonly words: Words;
  constructor(words: Words) {
    super(words.en);
    this.words = words;
  }
}
