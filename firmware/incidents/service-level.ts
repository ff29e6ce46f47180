import type { ServiceClockView } from "../contract/incidents.ts";
import type { Priority } from "./priority.ts";
import { type Mark, type ServiceClock, spansOf } from "./service-clock.ts";

export const WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** When service time passes: on these days between these times of day of the site, minutes after midnight. Null: always. */
export type ServiceHours = { readonly days: readonly Weekday[]; readonly fromMinute: number; readonly toMinute: number } | null;

export interface ServiceLevel {
  readonly acknowledgeMs: number;
  readonly resolveMs: number;
  readonly hours: ServiceHours;
}

/** What the site promises. */
export interface ServiceLevels {
  readonly byPriority: Readonly<Record<Priority, ServiceLevel>>;
  /** Part of the time, 0 to 1, after which is warned. */
  readonly warnAt: number;
  /** An alarm that comes back so soon opens its incident again instead of a new one; 0: never. */
  readonly reopenWithinMs: number;
}

export type Reached = "warning" | "breach" | null;

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** A due time that lies further away is not worth a date. */
const DAYS_AHEAD_MAX = 400;

/** How much of a stretch of time is service time. A day that is 23 or 25 hours long counts as its clocks say. */
export function serviceTimeMs(fromMs: number, toMs: number, hours: ServiceHours, timezone: string): number {
  if (toMs <= fromMs) return 0;
  if (hours === null) return toMs - fromMs;
  const weekMs = hours.days.length * (hours.toMinute - hours.fromMinute) * MINUTE_MS;
  let sum = 0;
  let day = dayOf(fromMs, timezone);
  const end = dayOf(toMs, timezone);
  const days = day.until(end, { largestUnit: "days" }).days;
  // Whole weeks at once, but the first and the last one.
  const weeks = Math.max(0, Math.floor(days / 7) - 1);
  if (weeks > 0) {
    sum += weeks * weekMs;
    const first = day.add({ days: 1 });
    sum += overlapMs(day, fromMs, toMs, hours, timezone);
    day = first.add({ days: weeks * 7 });
  }
  for (; Temporal.PlainDate.compare(day, end) <= 0; day = day.add({ days: 1 })) sum += overlapMs(day, fromMs, toMs, hours, timezone);
  return sum;
}

/** When so much service time from now will have passed; null: not within a year. */
export function dueAtMs(nowMs: number, leftMs: number, hours: ServiceHours, timezone: string): number | null {
  if (hours === null) return nowMs + leftMs;
  let left = leftMs;
  let day = dayOf(nowMs, timezone);
  for (let ahead = 0; ahead < DAYS_AHEAD_MAX; ahead += 1, day = day.add({ days: 1 })) {
    const open = openingOf(day, hours, timezone);
    if (open === null) continue;
    const from = Math.max(open.fromMs, nowMs);
    const room = open.toMs - from;
    if (room > 0 && left <= room) return from + left;
    left -= Math.max(0, room);
  }
  return null;
}

/** One of the two clocks of an incident, as people see it. `isOver`: nothing is left to be in time for. */
export function clockView(
  { clock, isOver }: { readonly clock: ServiceClock; readonly isOver: boolean },
  what: "acknowledge" | "resolve",
  levels: ServiceLevels,
  priority: Priority,
  now: Mark,
  timezone: string,
): ServiceClockView {
  const { acknowledgeMs, resolveMs, hours } = levels.byPriority[priority];
  const limitMs = what === "acknowledge" ? acknowledgeMs : resolveMs;
  const spans = spansOf(clock, what, now);
  const spentMs = spans.reduce((sum, { toMs, spanMs }) => sum + serviceTimeMs(toMs - spanMs, toMs, hours, timezone), 0);
  const leftMs = limitMs - spentMs;
  const isDone = isOver || (what === "acknowledge" && clock.answered !== null);
  const isOpen = clock.running !== null && serviceTimeMs(now.atMs, now.atMs + 1, hours, timezone) > 0;
  const state = isDone ? "done" : isOpen ? "running" : "paused";
  return {
    ...{ limitMs, spentMs, leftMs, state },
    dueAtMs: state === "running" && leftMs >= 0 ? dueAtMs(now.atMs, leftMs, hours, timezone) : null,
    reached: leftMs < 0 ? "breach" : spentMs >= limitMs * levels.warnAt && !isDone ? "warning" : null,
  };
}

/** Whether what a clock says can be relied on: a span across a restart is measured by the wall clock, which must be known. */
export function isCertain({ running }: ServiceClock, now: Mark, wallTrusted: boolean): boolean {
  return running === null || wallTrusted || running.boot === now.boot;
}

function dayOf(atMs: number, timezone: string): Temporal.PlainDate {
  return Temporal.Instant.fromEpochMilliseconds(Math.floor(atMs)).toZonedDateTimeISO(timezone).toPlainDate();
}

function openingOf(day: Temporal.PlainDate, hours: NonNullable<ServiceHours>, timezone: string) {
  if (!hours.days.includes(WEEKDAYS[day.dayOfWeek - 1] as Weekday)) return null;
  const at = (minute: number): number => {
    // 24:00 is the next day's midnight.
    const date = minute >= DAY_MS / MINUTE_MS ? day.add({ days: 1 }) : day;
    const time = Temporal.PlainTime.from({ hour: Math.floor(minute / 60) % 24, minute: minute % 60 });
    return date.toZonedDateTime({ timeZone: timezone, plainTime: time }).epochMilliseconds;
  };
  return { fromMs: at(hours.fromMinute), toMs: at(hours.toMinute) };
}

function overlapMs(day: Temporal.PlainDate, fromMs: number, toMs: number, hours: NonNullable<ServiceHours>, timezone: string): number {
  const open = openingOf(day, hours, timezone);
  return open === null ? 0 : Math.max(0, Math.min(open.toMs, toMs) - Math.max(open.fromMs, fromMs));
}
