/** What some points said in an hour, as the history keeps it. */
export interface ReviewPiece {
  readonly fromMs: number;
  readonly toMs: number;
  /** False: of each minute only the last reading is kept. */
  readonly full: boolean;
  /** False: part of it was measured while the time of day was not certain. */
  readonly certain: boolean;
  /** Good readings, ascending. */
  readonly series: readonly PointReadings[];
  /** Where the next piece with something in it begins; null: there is none. */
  readonly nextHour: number | null;
}

export interface PointReadings {
  readonly point: string;
  /** Wall clock, ms. */
  readonly times: Float64Array;
  readonly values: Float64Array;
}

export interface PieceQuery {
  readonly points: readonly string[];
  /** Hours since 1970 UTC. */
  readonly hour: number;
  /** The first hour that is not asked for. */
  readonly endHour: number;
}
