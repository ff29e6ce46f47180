/** What a line is at: 0 low, 1 high. */
export type Level = 0 | 1;

/** What is known of a contact from samples of its line. */
export interface Debounce {
  /** What the line was at when it was last sampled, and since when every sample has said so. */
  readonly level: Level;
  readonly sinceMs: number;
  /** The level that was last held for the debounce time; null until one was. */
  readonly settled: Level | null;
  /** Since when no level has been held that long; null while one is. */
  readonly restlessSinceMs: number | null;
}

/**
 * The next sample of a line. A level counts once all samples have said it for `debounceMs`: what bounces in between begins anew. Pure: time
 * is an argument and never goes back.
 */
export function sampled(before: Debounce | null, level: Level, nowMs: number, debounceMs: number): Debounce {
  if (before === null) return { level, sinceMs: nowMs, settled: null, restlessSinceMs: nowMs };
  const sinceMs = level === before.level ? before.sinceMs : nowMs;
  if (nowMs - sinceMs >= debounceMs) return { level, sinceMs, settled: level, restlessSinceMs: null };
  return { level, sinceMs, settled: before.settled, restlessSinceMs: before.restlessSinceMs ?? nowMs };
}

/**
 * What has settled and was not told yet, with one more. Levels alternate, so of three the first two say nothing; a push that is over before
 * anybody reads is told all the same.
 */
export function untold(levels: readonly Level[], settled: Level): readonly Level[] {
  return levels.length < 2 ? [...levels, settled] : [settled];
}
