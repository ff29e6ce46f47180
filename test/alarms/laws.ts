import { expect } from "vitest";
import { SEVERITIES } from "../../firmware/contract/severity.ts";
import type { RandomStory } from "./random-story.ts";
import type { Seen, StoryRoom } from "./story-room.ts";

const MINUTE_MS = 60_000;

/** The rules of the random room as a person would write them down, independent of the product. */
const OUTSIDE: Readonly<
  Record<string, { readonly type: string; readonly delayMs: number; readonly isOutside: (value: number) => boolean }>
> = {
  "ambient.temperature": { type: "high", delayMs: 60_000, isOutside: (value) => value > 27 },
  "ambient.humidity": { type: "high", delayMs: 120_000, isOutside: (value) => value > 65 },
  "leak.detected": { type: "leak", delayMs: 2_000, isOutside: (value) => value === 1 },
};
/** Two polls and a beat may pass. */
const POLLS_MS = 2 * 30_000 + 15_000;

/** Raised once, ended once, and rung again only for a reason. */
export function expectOneLifePerAlarm(transitions: readonly Seen[]): void {
  const active = new Map<string, Seen["record"]["severity"]>();
  for (const { key, cause, record, what, atMs } of transitions) {
    const before = active.get(key);
    const where = `${what} at ${atMs}`;
    if (cause === "raise") {
      if (before !== undefined) expect(SEVERITIES.indexOf(record.severity), where).toBeLessThan(SEVERITIES.indexOf(before));
      active.set(key, record.severity);
    } else if (cause === "clear") {
      expect(before, where).toBeDefined();
      active.delete(key);
    } else if (before !== undefined) active.set(key, record.severity);
  }
}

/**
 * Whoever is told, is told what is on the disk: of every incident its beginning first, its end last. An incident that began while the
 * box was there is told to everybody.
 */
export function expectToldWhatIsKept({ away }: RandomStory, happened: readonly Seen[], targets: readonly string[]): void {
  const kept = happened.filter(({ target }) => target === null);
  const keptOf = Map.groupBy(kept, ({ record }) => record.incident);
  for (const target of targets) {
    const told = happened.filter((one) => one.target === target);
    const toldOf = Map.groupBy(told, ({ record }) => record.incident);
    for (const [incident, ofIncident] of toldOf) {
      for (const { cause, atMs } of ofIncident) {
        const isKept = keptOf.get(incident)?.some((one) => one.cause === cause && one.atMs <= atMs) === true;
        expect(isKept, `${target} was told ${cause} of ${incident} at ${atMs}, which is not on the disk`).toBe(true);
      }
      const [first] = ofIncident;
      const last = ofIncident.findLast(({ cause }) => cause === "raise" || cause === "clear");
      expect(first?.cause, `the first word of ${first?.what} at ${first?.atMs}`).toBe("raise");
      expect(last?.cause, `${last?.what} at ${last?.atMs} has no end`).toBe("clear");
    }
    const untold = kept.filter(({ cause, record, atMs }) => {
      const isNear = away.some(
        ({ what, fromMs, toMs }) => what === "all" && atMs >= fromMs - 10 * MINUTE_MS && atMs <= toMs + 10 * MINUTE_MS,
      );
      return cause === "raise" && record.state === "B" && !toldOf.has(record.incident) && !isNear;
    });
    expect(
      untold.map(({ what, atMs }) => `${what} at ${atMs}`),
      `incidents that ${target} never heard of`,
    ).toEqual([]);
  }
}

/** Nothing that a person would call an alarm is missed, and nothing else rings. */
export function expectTheTruth(room: StoryRoom, { away, endsMs }: RandomStory, transitions: readonly Seen[]): number {
  let judged = 0;
  for (const [point, told] of Map.groupBy(room.was, ({ point }) => point)) {
    const [device = "", name = ""] = point.split("/");
    const rule = OUTSIDE[name];
    if (rule === undefined) continue;
    const ofPoint = transitions.filter(({ key }) => key.endsWith(`/${point}/${rule.type}`));
    const spans = told.flatMap(({ atMs, value }, index) =>
      value !== "bad" && rule.isOutside(value) ? [{ fromMs: atMs, toMs: told[index + 1]?.atMs ?? endsMs }] : [],
    );
    for (const { fromMs, toMs } of spans) {
      const latestMs = fromMs + rule.delayMs + POLLS_MS;
      const isDisturbed = away.some(
        (one) => (one.what === "all" || one.what === device) && one.fromMs < toMs + 10 * MINUTE_MS && one.toMs + 10 * MINUTE_MS > fromMs,
      );
      if (toMs < latestMs || isDisturbed) continue;
      judged += 1;
      const isActive = ofPoint.findLast(({ atMs, cause }) => atMs < fromMs && (cause === "raise" || cause === "clear"))?.cause === "raise";
      const rang = isActive || ofPoint.some(({ cause, atMs }) => cause === "raise" && atMs >= fromMs && atMs <= latestMs);
      expect(rang, `${point} was wrong from ${fromMs} to ${toMs} and nobody heard of it`).toBe(true);
    }
    for (const { cause, atMs, what } of ofPoint) {
      if (cause !== "raise") continue;
      const isTrue = spans.some(({ fromMs, toMs }) => atMs >= fromMs + rule.delayMs - 1_000 && atMs <= toMs + POLLS_MS);
      // What could not be written for a time is written later.
      const isLate = away.some(({ what: why, fromMs, toMs }) => why === "all" && atMs >= fromMs && atMs <= toMs + 10 * MINUTE_MS);
      expect(isTrue || isLate, `${what} rang at ${atMs} for nothing`).toBe(true);
    }
  }
  return judged;
}
