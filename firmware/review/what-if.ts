import type { Episode, WhatIfReply } from "../contract/review.ts";
import { compare } from "./compare.ts";
import { type AlarmHistory, loadOf } from "./episodes.ts";
import { type LeadSpan, lead, type Pacing, type ReadingSource } from "./lead.ts";
import { Conductor, Replay } from "./replay.ts";
import type { RuleSets } from "./rules.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** Readings between two looks at the clock. */
export const READINGS_PER_LOOK = 256;
/** Of what one answer lists; it counts them all. */
const LISTED_MAX = 500;

/** Before the period so much is replayed as well, so that what was active when it began is. */
export function leadInOf(rules: readonly { readonly onDelayMs: number; readonly offDelayMs: number }[]): number {
  return Math.max(HOUR_MS, ...rules.map(({ onDelayMs, offDelayMs }) => onDelayMs + offDelayMs));
}

/** Leads stored readings through today's rules and the changed ones at once, and says what differs. */
export async function whatIf(
  source: ReadingSource,
  { points, before, after }: RuleSets,
  span: { readonly fromMs: number; readonly toMs: number },
  pacing: Pacing,
): Promise<Omit<WhatIfReply, "yaml">> {
  const { fromMs, toMs } = span;
  const replays = [new Replay(before, points), new Replay(after, points)] as const;
  const conductor = new Conductor(replays, points);
  const whole: LeadSpan = { ...span, leadInMs: leadInOf([...before.rules, ...after.rules]) };
  const ids = points.map(({ id }) => id);
  const basis = await lead(source, ids, whole, (piece) => conductor.piece(piece, MINUTE_MS, READINGS_PER_LOOK), pacing);
  conductor.end(toMs);
  const [old, changed] = replays.map((replay) => replay.histories(fromMs, toMs)) as [readonly AlarmHistory[], readonly AlarmHistory[]];
  const { differences, ...counts } = compare(old, changed);
  return {
    ...{
      fromMs,
      toMs,
      problems: [],
      basis,
      before: loadOf(old, fromMs, toMs),
      after: loadOf(changed, fromMs, toMs),
    },
    ...counts,
    differences: differences.slice(0, LISTED_MAX).map((one) => ({ ...one, before: [...one.before], after: [...one.after] })),
    timeline: { before: listed(old), after: listed(changed) },
  };
}

function listed(histories: readonly AlarmHistory[]): Episode[] {
  return histories
    .flatMap(({ episodes }) => episodes)
    .sort((a, b) => a.fromMs - b.fromMs)
    .slice(0, LISTED_MAX);
}
