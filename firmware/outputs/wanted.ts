import { SEVERITIES } from "../contract/severity.ts";
import type { Output } from "./output.ts";
import { eventOf, inScope, isActive, isQuiet, isSilenced, keyOfEvent, type LiveAlarm, type Moment, type World } from "./world.ts";

/** What people have ordered for one output. Times are wall clock, ms. */
export interface Orders {
  readonly lock: { readonly by: string; readonly atMs: number; readonly reason: string } | null;
  readonly force: {
    readonly by: string;
    readonly atMs: number;
    readonly untilMs: number;
    readonly isOn: boolean;
    readonly reason: string;
  } | null;
}

export const NO_ORDERS: Orders = { lock: null, force: null };

/** Why an output is to be as it is. `normal`: nothing asks for anything. */
export type Why =
  | { readonly kind: "locked"; readonly by: string; readonly reason: string }
  | { readonly kind: "forced"; readonly by: string; readonly untilMs: number; readonly reason: string }
  | { readonly kind: "test"; readonly by: string }
  | { readonly kind: "linkage"; readonly linkage: string; readonly alarms: readonly string[] }
  | { readonly kind: "alarms"; readonly alarms: readonly string[]; readonly count: number }
  /** Asked for, but on for as long as it may. */
  | { readonly kind: "spent" }
  /** Alarms ask for it at a time in which they may not. */
  | { readonly kind: "quiet"; readonly count: number }
  /** Alarms ask for it whose sound people have switched off. */
  | { readonly kind: "silenced"; readonly count: number }
  | { readonly kind: "normal" }
  | { readonly kind: "ending" };

export interface Wanted {
  /** Null: left as it is. */
  readonly isOn: boolean | null;
  readonly why: Why;
  /** It is not held back by the least time between switches: a person's order, or the end of a time on. */
  readonly atOnce: boolean;
}

/** Somebody's wish for an output. `sinceWallMs`: when its event began; it lasts no longer than `lastsMs`, and may be over sooner. */
interface Ask {
  readonly event: string;
  readonly isOn: boolean;
  readonly why: Why;
  readonly atOnce: boolean;
  readonly sinceWallMs: number;
  readonly lastsMs: number;
}

export interface Demands {
  readonly orders: Orders;
  readonly test: { readonly by: string; readonly atMs: number } | null;
  /** What linkages hold it at, in the order of the file. */
  readonly linkages: readonly {
    readonly linkage: string;
    readonly isOn: boolean;
    readonly atMs: number;
    readonly events: readonly string[];
  }[];
}

/** A test is long enough to be heard and seen. */
export const TEST_MS = 3_000;

/** Alarms that are named; the others are counted. */
const NAMED_MAX = 5;

/**
 * How long each event has asked for an output, so that none keeps it on for longer than it may. What asked already before this start has
 * asked since it began.
 */
export class AskedTimes {
  readonly #sinceMs = new Map<string, { sinceMs: number; rank: number }>();
  #isFirst = true;

  /** Takes over what asks now, and forgets what does not any more. */
  see(
    events: readonly { readonly event: string; readonly rank: number; readonly sinceWallMs: number }[],
    { monotonicMs, wallMs, local }: Moment,
  ): void {
    const present = new Set(events.map(({ event }) => event));
    for (const event of this.#sinceMs.keys()) if (!present.has(event)) this.#sinceMs.delete(event);
    for (const { event, rank, sinceWallMs } of events) {
      const known = this.#sinceMs.get(event);
      // An alarm that has become more severe rings as a new one does.
      if (known !== undefined && known.rank >= rank) continue;
      const agoMs = this.#isFirst && local !== null ? Math.max(0, wallMs - sinceWallMs) : 0;
      this.#sinceMs.set(event, { sinceMs: monotonicMs - agoMs, rank });
    }
    this.#isFirst = false;
  }

  agoMs(event: string, { monotonicMs }: Moment): number {
    return monotonicMs - (this.#sinceMs.get(event)?.sinceMs ?? monotonicMs);
  }
}

/** What an output is to be at: people first, then linkages, then alarms; else as it is normally. */
export function wantedOf(output: Output, demands: Demands, world: World, times: AskedTimes): Wanted {
  const { now } = world;
  const { lock } = demands.orders;
  const alarms = alarmsFor(output, world);
  const orders = ordersOf(demands, output);
  times.see(
    [
      ...orders.map(({ event, sinceWallMs }) => ({ event, sinceWallMs, rank: 0 })),
      ...alarms.loud.map((alarm) => ({
        event: eventOf(alarm),
        sinceWallMs: alarm.raisedAtMs,
        rank: SEVERITIES.length - SEVERITIES.indexOf(alarm.severity),
      })),
    ],
    now,
  );
  if (lock !== null) return { isOn: output.safe, why: { kind: "locked", by: lock.by, reason: lock.reason }, atOnce: true };
  const isSpent = (event: string): boolean => output.onAtMostMs !== null && times.agoMs(event, now) >= output.onAtMostMs;
  const standing = orders.filter(({ event, lastsMs }) => times.agoMs(event, now) < lastsMs);
  const going = standing.find(({ event, isOn }) => !isOn || !isSpent(event));
  // What a person has ordered ends when it is over, not when the relay has rested.
  const isOver = standing.length < orders.length;
  if (going !== undefined) return { isOn: going.isOn, why: going.why, atOnce: going.atOnce || isOver };
  const loud = alarms.loud.filter((alarm) => !isSpent(eventOf(alarm)));
  const isQuietNow = isQuiet(output.quiet, now);
  if (loud.length > 0 && !isQuietNow) return { isOn: true, why: alarmsWhy(loud), atOnce: isOver };
  const spent = standing.length + alarms.loud.length - loud.length;
  return { isOn: output.normally, why: whyNot(spent, loud.length, alarms.silenced), atOnce: isOver || (spent > 0 && loud.length === 0) };
}

/** Nothing asks, or what asks may not. */
function whyNot(spent: number, quiet: number, silenced: number): Why {
  if (quiet > 0) return { kind: "quiet", count: quiet };
  if (spent > 0) return { kind: "spent" };
  return silenced > 0 ? { kind: "silenced", count: silenced } : { kind: "normal" };
}

function ordersOf({ orders: { force }, test, linkages }: Demands, output: Output): readonly Ask[] {
  const asks: Ask[] = [];
  const person = { atOnce: true };
  if (force !== null) {
    const { by, atMs, untilMs, isOn, reason } = force;
    const why = { kind: "forced", by, untilMs, reason } as const;
    asks.push({ ...person, event: forceEvent(force), isOn, why, sinceWallMs: atMs, lastsMs: untilMs - atMs });
  }
  if (test !== null) {
    const { by, atMs } = test;
    asks.push({ ...person, event: `test ${atMs}`, isOn: !output.normally, why: { kind: "test", by }, sinceWallMs: atMs, lastsMs: TEST_MS });
  }
  for (const { linkage, isOn, atMs, events } of linkages) {
    const why = { kind: "linkage", linkage, alarms: events.slice(0, NAMED_MAX).map(keyOfEvent) } as const;
    asks.push({ event: `linkage ${linkage} ${atMs}`, isOn, why, atOnce: false, sinceWallMs: atMs, lastsMs: Number.POSITIVE_INFINITY });
  }
  return asks;
}

/** What an order is called among what asks for an output. */
export function forceEvent({ atMs }: { readonly atMs: number }): string {
  return `force ${atMs}`;
}

/**
 * A siren sounds for what nobody has seen yet; a beacon stays until all is normal; a relay passes on what is the case now. Shelved, suppressed
 * and out of service is none of them.
 */
function alarmsFor({ kind, when }: Output, { alarms, now }: World): { readonly loud: readonly LiveAlarm[]; readonly silenced: number } {
  if (when === null) return { loud: [], silenced: 0 };
  const scope = alarms.filter((alarm) => inScope(when, alarm));
  if (kind === "relay") return { loud: scope.filter(isActive), silenced: 0 };
  if (kind === "beacon") return { loud: scope.filter(({ state }) => state === "B" || state === "C" || state === "D"), silenced: 0 };
  const unseen = scope.filter(({ state }) => state === "B");
  const loud = unseen.filter((alarm) => !isSilenced(alarm, now));
  return { loud, silenced: unseen.length - loud.length };
}

function alarmsWhy(alarms: readonly LiveAlarm[]): Why {
  const worstFirst = alarms.toSorted((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity));
  return { kind: "alarms", alarms: worstFirst.slice(0, NAMED_MAX).map(({ key }) => key), count: alarms.length };
}
