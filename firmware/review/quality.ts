import type { AlarmRecord } from "../contract/alarm.ts";
import type { AlarmQuality, Period } from "../contract/review.ts";
import { SEVERITIES } from "../contract/severity.ts";
import type { Journal } from "../journal/journal.ts";
import type { AlarmEvent } from "./event.ts";
import { figuresOf } from "./figures.ts";
import { periodOf } from "./period.ts";
import { Tally } from "./tally.ts";
import { ACTORS, TARGETS, type Targets } from "./targets.ts";

/** Events of one question; beyond it the figures are of the first, and say so. */
export const EVENTS_MAX = 200_000;
/** So long after the period what became of its alarms is looked for: an answer in the morning counts for the night before. */
const AFTER_MS = 86_400_000;
const STANDING_MAX = 50;

export interface QualityParts {
  readonly journal: Pick<Journal, "alarmEvents">;
  readonly period: Period;
  readonly day: string;
  readonly positions: number;
  readonly timezone: string;
  readonly nowMs: number;
  readonly live: readonly AlarmRecord[];
  onDelayMs(key: string): number | null;
  readonly targets?: Targets;
}

/** The figures of a day, week or month of the site, from the journal, page by page. */
export async function qualityOf(parts: QualityParts): Promise<AlarmQuality> {
  const { journal, period, day, positions, timezone, nowMs, live, targets = TARGETS } = parts;
  const { date, fromMs, toMs: endMs } = periodOf(period, day, timezone);
  const toMs = Math.max(fromMs, Math.min(endMs, nowMs));
  const tally = new Tally({ fromMs, toMs }, parts.onDelayMs);
  const { beginsMs, cut } = await each(journal, fromMs, toMs, EVENTS_MAX, (event) => tally.add(event));
  if (endMs <= nowMs) await each(journal, endMs, Math.min(nowMs, endMs + AFTER_MS), EVENTS_MAX, (event) => tally.addLater(event));
  const sums = tally.sums(live);
  const coveredMs = Math.max(0, toMs - Math.max(fromMs, Math.min(beginsMs ?? toMs, toMs)));
  const { shelved, suppressed, outOfService } = sums.silenced;
  return {
    ...{ period, date, fromMs, toMs, beginsMs, positions, raised: sums.raised, uncertain: sums.uncertain, cut },
    figures: [...figuresOf(sums, coveredMs, positions, targets)],
    priorities: SEVERITIES.map((severity) => ({ severity, raised: sums.bySeverity[severity] })),
    silenced: { shelved, suppressed, outOfService },
    hours: [...sums.hours],
    actors: sums.actors.filter(({ raised }) => raised > 0).slice(0, ACTORS),
    standing: sums.actors
      .filter(({ standsMs }) => standsMs !== null)
      .sort((a, b) => (b.standsMs ?? 0) - (a.standsMs ?? 0))
      .slice(0, STANDING_MAX),
  };
}

async function each(
  journal: Pick<Journal, "alarmEvents">,
  fromMs: number,
  toMs: number,
  most: number,
  take: (event: AlarmEvent) => void,
): Promise<{ readonly beginsMs: number | null; readonly cut: boolean }> {
  let firstMs = Number.POSITIVE_INFINITY;
  let asked: ReturnType<Journal["alarmEvents"]> = journal.alarmEvents({ fromMs, toMs, after: null });
  for (let left = most; ; ) {
    const page = await asked;
    const isCut = page.events.length > left || (page.events.length === left && page.next !== null);
    // The journal looks for the next ones while these are counted.
    if (page.next !== null && !isCut) asked = journal.alarmEvents({ fromMs, toMs, after: page.next });
    page.events.slice(0, left).forEach(take);
    firstMs = Math.min(firstMs, page.events[0]?.atMs ?? Number.POSITIVE_INFINITY);
    left -= page.events.length;
    // A clock that was wrong at first may have told a later time than what came after it.
    if (page.next === null || isCut) return { beginsMs: page.beginsMs === null ? null : Math.min(page.beginsMs, firstMs), cut: isCut };
  }
}
