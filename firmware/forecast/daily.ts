import type { Crossing } from "./crossing.ts";
import { median } from "./line.ts";

/** What is nearer than this needs no other days to be believed. */
export const DAILY_FROM_MS = 30 * 60_000;
/** What nobody can compare with other days is not foretold beyond this. */
export const UNCOMPARED_MAX_MS = 60 * 60_000;
/** Days that are looked at. */
export const DAYS_BEFORE = 3;
/** So long before and after this hour of another day. */
export const BEFORE_MS = 60 * 60_000;
export const AFTER_MS = 4.5 * 60 * 60_000;
/** Another day moved alike when its slope was this part to this multiple of today's. */
const ALIKE = [0.4, 2.5] as const;

/** One other day around this hour: times in ms from this moment of that day; null is a gap. */
export interface DayBefore {
  readonly times: readonly number[];
  readonly values: readonly (number | null)[];
}

/**
 * Whether today moves as other days did at this hour, and those turned before they had gone as far as it is to the limit. A morning is not
 * drawn out into the night. `left` is the distance to the limit.
 */
export function isDaily(crossing: Crossing, days: readonly DayBefore[], left: number, direction: "high" | "low"): boolean {
  const sign = direction === "high" ? 1 : -1;
  const slope = sign * crossing.slope;
  const alike = days.flatMap((day) => {
    const moved = movedOn(day, crossing, sign);
    return moved !== null && moved.slope >= ALIKE[0] * slope && moved.slope <= ALIKE[1] * slope ? [moved] : [];
  });
  return alike.length > 0 && median(alike.map(({ furthest }) => furthest)) < left;
}

/** How it moved before this hour, and how far it went after it. */
function movedOn(day: DayBefore, { inMs, latestMs }: Crossing, sign: 1 | -1): { readonly slope: number; readonly furthest: number } | null {
  const within = (fromMs: number, toMs: number): readonly { readonly atMs: number; readonly value: number }[] =>
    day.times.flatMap((atMs, n) => {
      const value = day.values[n];
      return atMs < fromMs || atMs > toMs || value === null || value === undefined ? [] : [{ atMs, value: sign * value }];
    });
  const before = within(-BEFORE_MS, 0);
  const after = within(0, Math.min(AFTER_MS, Math.max(latestMs ?? 0, 1.5 * inMs)));
  const half = before.length >> 1;
  if (half < 2 || after.length < 2) return null;
  const [early, late] = [before.slice(0, half), before.slice(half)];
  const mean = (part: typeof before, of: "atMs" | "value"): number => part.reduce((sum, each) => sum + each[of], 0) / part.length;
  const slope = (mean(late, "value") - mean(early, "value")) / (mean(late, "atMs") - mean(early, "atMs"));
  const here = mean(late, "value") - slope * mean(late, "atMs");
  return { slope, furthest: Math.max(...after.map(({ value }) => value)) - here };
}
