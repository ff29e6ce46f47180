import type { Words } from "../contract/alarm.ts";

/** Who can be on call. */
export interface Person {
  readonly id: string;
  readonly name: Words;
  readonly phone: string;
  /** The target that reaches them, and their own address at it; null: only the phone does. */
  readonly reach: { readonly target: string; readonly to: string | null } | null;
}

/** A moment of every week at which somebody takes over. */
interface HandOver {
  /** 1 is Monday. */
  readonly day: number;
  readonly minute: number;
  /** Null: whose turn it is. */
  readonly who: string | null;
}

export interface Rota {
  readonly id: string;
  readonly name: Words;
  readonly people: readonly Person[];
  /** In the order of the week; none: the one person of `order` is always on call. */
  readonly handOvers: readonly HandOver[];
  readonly order: readonly string[];
  /** The first hand-over on or after this day begins the order; YYYY-MM-DD. */
  readonly starts: string;
  /** Whether a written hand-over is expected. */
  readonly wantsNote: boolean;
}

/** Somebody stands in for a while; `who` null: as planned again. Of two that overlap the later one holds. */
export interface Swap {
  readonly rota: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly who: string | null;
}

export interface Shift {
  readonly fromMs: number;
  readonly toMs: number;
  readonly who: string;
}

/** Who is on call, from when to when; null where it never ends. */
export interface Duty {
  readonly who: string;
  /** Who would be, without a swap. */
  readonly planned: string;
  readonly sinceMs: number | null;
  readonly next: { readonly who: string; readonly atMs: number } | null;
}

/** A hand-over comes once a week at least. */
const LOOK_BACK_DAYS = 8;
const LOOK_AHEAD_DAYS = 35;
const MONDAY = Temporal.PlainDate.from("1970-01-05");

/** The shifts that touch a span of time, as planned, one after the other. */
export function shiftsBetween(rota: Rota, fromMs: number, toMs: number, timezone: string): readonly Shift[] {
  const always = rota.order[0];
  if (always === undefined) return [];
  if (rota.handOvers.length === 0) return [{ fromMs, toMs, who: always }];
  const firstDay = dayOf(fromMs, timezone).subtract({ days: LOOK_BACK_DAYS });
  const lastDay = dayOf(toMs, timezone).add({ days: LOOK_BACK_DAYS });
  const starts: { readonly atMs: number; readonly who: string }[] = [];
  for (let day = firstDay; Temporal.PlainDate.compare(day, lastDay) <= 0; day = day.add({ days: 1 }))
    for (const [index, { day: weekday, minute, who }] of rota.handOvers.entries())
      if (weekday === day.dayOfWeek) {
        // In a night when clocks change this is once, also where the time of day comes twice or never.
        const atMs = day
          .toPlainDateTime({ hour: Math.floor(minute / 60), minute: minute % 60 })
          .toZonedDateTime(timezone).epochMilliseconds;
        starts.push({ atMs, who: who ?? turnOf(rota, day, index) });
      }
  starts.sort((a, b) => a.atMs - b.atMs);
  return starts.flatMap(({ atMs, who }, index): Shift[] => {
    const endMs = starts[index + 1]?.atMs ?? Number.POSITIVE_INFINITY;
    return endMs > fromMs && atMs < toMs ? [{ fromMs: atMs, toMs: endMs, who }] : [];
  });
}

/** Who is on call at a moment, and who after that. */
export function dutyAt(rota: Rota, swaps: readonly Swap[], atMs: number, timezone: string): Duty | null {
  const mine = swaps.filter((swap) => swap.rota === rota.id && swap.toMs > atMs);
  const shifts = shiftsBetween(rota, atMs, atMs + LOOK_AHEAD_DAYS * 86_400_000, timezone);
  const plannedAt = (ms: number): string | null => shifts.findLast(({ fromMs }) => fromMs <= ms)?.who ?? null;
  const at = (ms: number): string | null => {
    const swap = mine.findLast(({ fromMs, toMs }) => fromMs <= ms && ms < toMs);
    return swap?.who ?? plannedAt(ms);
  };
  const who = at(atMs);
  const planned = plannedAt(atMs);
  if (who === null || planned === null) return null;
  const edges = [...shifts.map(({ fromMs }) => fromMs), ...mine.flatMap(({ fromMs, toMs }) => [fromMs, toMs])].sort((a, b) => a - b);
  const nextMs = edges.find((ms) => ms > atMs && at(ms) !== who);
  const next = nextMs === undefined ? null : { who: at(nextMs) ?? who, atMs: nextMs };
  const sinceMs = rota.handOvers.length === 0 && mine.length === 0 ? null : (edges.findLast((ms) => ms <= atMs) ?? null);
  return { who, planned, sinceMs, next };
}

/** The n-th hand-over since the order began is the turn of the n-th person. */
function turnOf(rota: Rota, day: Temporal.PlainDate, index: number): string {
  const first = Temporal.PlainDate.from(rota.starts);
  const begun = rota.handOvers.findIndex((handOver) => handOver.day >= first.dayOfWeek);
  const perWeek = rota.handOvers.length;
  const base = weeksTo(first) * perWeek + (begun < 0 ? perWeek : begun);
  const turn = weeksTo(day) * perWeek + index - base;
  const { length } = rota.order;
  return rota.order[((turn % length) + length) % length] as string;
}

function weeksTo(day: Temporal.PlainDate): number {
  return Math.floor(MONDAY.until(day, { largestUnit: "days" }).days / 7);
}

function dayOf(atMs: number, timezone: string): Temporal.PlainDate {
  return Temporal.Instant.fromEpochMilliseconds(Math.trunc(atMs)).toZonedDateTimeISO(timezone).toPlainDate();
}
