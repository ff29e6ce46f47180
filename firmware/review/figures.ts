import type { Figure } from "../contract/review.ts";
import type { Sums } from "./tally.ts";
import { ACTORS, type FigureId, FLEETING_MIN, FLOOD_MIN, FLOOD_WINDOW_MS, type Target, type Targets } from "./targets.ts";

const DAY_MS = 86_400_000;
/** What comes in less than this says nothing of a day. */
const COVERED_MIN_MS = 3_600_000;

/** The figures of ISA-18.2 beside their targets. `coveredMs`: how much of the period the journal knows of. */
export function figuresOf(sums: Sums, coveredMs: number, positions: number, targets: Targets): readonly Figure[] {
  const values = valuesOf(sums, coveredMs, positions);
  return (Object.entries(targets) as [FigureId, Target][]).map(([id, { label, unit, atMost, source, advice }]) => {
    const value = values[id];
    const met = value === null || atMost === null ? null : value <= atMost;
    return { id, label, value, unit, target: atMost, source, met, advice };
  });
}

function valuesOf(sums: Sums, coveredMs: number, positions: number): Readonly<Record<FigureId, number | null>> {
  const { raised, bySeverity, windows, acknowledgedAfterMs, actors, silenced } = sums;
  const per = (ms: number): number | null => (coveredMs < COVERED_MIN_MS ? null : (raised * ms) / coveredMs / positions);
  const part = (count: number, of: number): number | null => (of === 0 ? null : (100 * count) / of);
  const topTen = actors.slice(0, ACTORS).reduce((sum, actor) => sum + actor.raised, 0);
  // A peak is what one person has to face.
  const most = windows.reduce((highest, count) => Math.max(highest, count), 0) / positions;
  const flooded = windows.filter((count) => count / positions > FLOOD_MIN).length;
  const seconds = (share: number): number | null => {
    const ms = quantile(acknowledgedAfterMs, share);
    return ms === null ? null : ms / 1_000;
  };
  return {
    perDay: per(DAY_MS),
    perTenMinutes: per(FLOOD_WINDOW_MS),
    peak: most,
    flood: coveredMs < COVERED_MIN_MS ? null : Math.min(100, (100 * flooded * FLOOD_WINDOW_MS) / coveredMs),
    topTen: part(topTen, raised),
    chattering: actors.filter(({ chatters }) => chatters).length,
    fleeting: actors.filter(({ fleeting }) => fleeting >= FLEETING_MIN).length,
    stale: actors.filter(({ standsMs }) => standsMs !== null).length,
    critical: part(bySeverity.critical, raised),
    major: part(bySeverity.major, raised),
    acknowledgeMedian: seconds(0.5),
    acknowledgeNinety: seconds(0.9),
    unacknowledged: sums.unacknowledged,
    messages: sums.incidentsTold === 0 ? null : sums.messages / sums.incidentsTold,
    silenced: silenced.shelved + silenced.suppressed + silenced.outOfService,
  };
}

/** The smallest value that this share of all does not exceed; null for none. */
export function quantile(values: readonly number[], share: number): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? null;
}
