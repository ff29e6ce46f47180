import type { Words } from "../contract/alarm.ts";
import { DAY_MINUTES } from "./week.ts";

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

/** Who is on call at a moment. */
export interface Duty {
  readonly who: string;
  /** Who would be, without a swap. */
  readonly planned: string;
  /** When they took over, and from whom; null: longer ago than a week. */
  readonly since: { readonly from: string; readonly atMs: number } | null;
  /** Null: nobody else within five weeks. */
  readonly next: { readonly who: string; readonly atMs: number } | null;
}

/** A hand-over comes once a week at least. */
const LOOK_BACK_DAYS = 8;
const LOOK_AHEAD_DAYS = 35;
const DAY_MS = 86_400_000;
const MONDAY = Temporal.PlainDate.from("1970-01-05");

/** The shifts that touch a span of time, as planned, one after the other. */
export function shiftsBetween(rota: Rota, fromMs: number, toMs: number, timezone: string): readonly Shift[] {
  const always = rota.order[0];
  if (always === undefined) return [];
  if (rota.handOvers.length === 0) return [{ fromMs, toMs, who: always }];
  const starts = startsAround(rota, dayOf(fromMs, timezone), dayOf(toMs, timezone), timezone);
  return starts.flatMap(({ atMs, who }, index): Shift[] => {
    const endMs = starts[index + 1]?.atMs ?? Number.POSITIVE_INFINITY;
    return endMs > fromMs && atMs < toMs ? [{ fromMs: atMs, toMs: endMs, who }] : [];
  });
}

/** Who is on call at a moment, since when, and who after that; null: the rota has nobody. */
export function dutyAt(rota: Rota, swaps: readonly Swap[], atMs: number, timezone: string): Duty | null {
  const { at, plannedAt, edges, firstMs } = calendarOf(rota, swaps, atMs, timezone);
  const who = at(atMs);
  const planned = plannedAt(atMs);
  if (who === null || planned === null) return null;
  const sinceMs = edges.findLast((ms) => ms <= atMs && ms > firstMs && at(ms - 1) !== who && at(ms) === who);
  const nextMs = edges.find((ms) => ms > atMs && at(ms) !== who);
  return {
    ...{ who, planned },
    since: sinceMs === undefined ? null : { from: at(sinceMs - 1) ?? who, atMs: sinceMs },
    next: nextMs === undefined ? null : { who: at(nextMs) ?? who, atMs: nextMs },
  };
}

/** The days to come as people swap them: pieces of shifts, cut where somebody takes over and once a day. */
export function daysAhead(
  rota: Rota,
  swaps: readonly Swap[],
  atMs: number,
  days: number,
  timezone: string,
): readonly (Shift & { readonly planned: string })[] {
  const calendar = calendarOf(rota, swaps, atMs, timezone);
  const minute = Math.min(...rota.handOvers.map((handOver) => handOver.minute), rota.handOvers.length === 0 ? 0 : DAY_MINUTES - 1);
  const today = dayOf(atMs, timezone);
  const cuts = Array.from({ length: days + 2 }, (_, index) => instantOf(today.add({ days: index - 1 }), minute, timezone));
  const edges = [...new Set([...cuts, ...calendar.edges])]
    .filter((ms) => ms > atMs - DAY_MS && ms < atMs + days * DAY_MS)
    .sort((a, b) => a - b);
  return edges.flatMap((fromMs, index) => {
    const toMs = edges[index + 1];
    const [who, planned] = [calendar.at(fromMs), calendar.plannedAt(fromMs)];
    return toMs === undefined || toMs <= atMs || who === null || planned === null ? [] : [{ fromMs, toMs, who, planned }];
  });
}

/** Some weeks of a rota around a moment, with its swaps. `edges`: moments at which somebody may take over. */
function calendarOf(rota: Rota, swaps: readonly Swap[], atMs: number, timezone: string) {
  const firstMs = atMs - LOOK_BACK_DAYS * DAY_MS;
  const mine = swaps.filter((swap) => swap.rota === rota.id && swap.toMs > firstMs);
  const shifts = shiftsBetween(rota, firstMs, atMs + LOOK_AHEAD_DAYS * DAY_MS, timezone);
  const plannedAt = (ms: number): string | null => shifts.findLast(({ fromMs }) => fromMs <= ms)?.who ?? null;
  // Of swaps that overlap the one that was entered last holds.
  const at = (ms: number): string | null => mine.findLast(({ fromMs, toMs }) => fromMs <= ms && ms < toMs)?.who ?? plannedAt(ms);
  const edges = [...shifts.map(({ fromMs }) => fromMs), ...mine.flatMap(({ fromMs, toMs }) => [fromMs, toMs])].sort((a, b) => a - b);
  return { at, plannedAt, edges, firstMs };
}

interface Start {
  readonly atMs: number;
  readonly who: string;
}

/** Spans that were worked out last: people look every few seconds, and a day is the same all day. */
const KNOWN = new WeakMap<Rota, Map<string, readonly Start[]>>();
const KNOWN_MAX = 4;

function startsAround(rota: Rota, from: Temporal.PlainDate, to: Temporal.PlainDate, timezone: string): readonly Start[] {
  const name = `${timezone} ${from.toString()} ${to.toString()}`;
  const known = KNOWN.get(rota) ?? new Map<string, readonly Start[]>();
  KNOWN.set(rota, known);
  const starts = known.get(name) ?? startsOf(rota, from.subtract({ days: LOOK_BACK_DAYS }), to.add({ days: LOOK_BACK_DAYS }), timezone);
  known.delete(name);
  known.set(name, starts);
  const [oldest] = known.keys();
  if (known.size > KNOWN_MAX && oldest !== undefined) known.delete(oldest);
  return starts;
}

function startsOf(rota: Rota, firstDay: Temporal.PlainDate, lastDay: Temporal.PlainDate, timezone: string): readonly Start[] {
  const starts: Start[] = [];
  for (let day = firstDay; Temporal.PlainDate.compare(day, lastDay) <= 0; day = day.add({ days: 1 }))
    for (const [index, { day: weekday, minute, who }] of rota.handOvers.entries())
      if (weekday === day.dayOfWeek) starts.push({ atMs: instantOf(day, minute, timezone), who: who ?? turnOf(rota, day, index) });
  return starts.sort((a, b) => a.atMs - b.atMs);
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

/** In a night when clocks change this is one moment, also where the time of day comes twice or never. */
function instantOf(day: Temporal.PlainDate, minute: number, timezone: string): number {
  return day.toPlainDateTime({ hour: Math.floor(minute / 60), minute: minute % 60 }).toZonedDateTime(timezone).epochMilliseconds;
}

function dayOf(atMs: number, timezone: string): Temporal.PlainDate {
  return Temporal.Instant.fromEpochMilliseconds(Math.trunc(atMs)).toZonedDateTimeISO(timezone).toPlainDate();
}
