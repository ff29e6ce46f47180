import { QUALITY, type Readings } from "./reading.ts";

/** Rounds waver on their grid: one that comes this part of the interval too early counts as in time. */
const EARLY_PART = 0.05;
/** Qualities below are what the device itself said: a value, or that there is none. */
const LOST_FROM = QUALITY.timeout;

/**
 * Whether what changes slowly may stand as it was read: its interval is not over, and every column of it was heard. What was lost since is
 * asked for in the next round, whatever its interval.
 */
export function mayStand(
  everyMs: number,
  answeredMs: number,
  nowMs: number,
  columns: readonly { readonly column: number }[],
  into: Readings,
): boolean {
  if (everyMs === 0 || !(nowMs - answeredMs < everyMs * (1 - EARLY_PART))) return false;
  return columns.every(({ column }) => (into.qualities[column] ?? QUALITY.never) < LOST_FROM);
}
