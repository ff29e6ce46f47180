import type { Period } from "../contract/review.ts";

/** A day, week (from Monday) or month of a site. */
export interface SitePeriod {
  /** Its first day, e.g. `2026-11-23`. */
  readonly date: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** The period in which a day lies; a day of a site has 23 or 25 hours where clocks are changed. */
export function periodOf(period: Period, day: string, timezone: string): SitePeriod {
  const date = Temporal.PlainDate.from(day);
  const first = period === "day" ? date : period === "week" ? date.subtract({ days: date.dayOfWeek - 1 }) : date.with({ day: 1 });
  const next = first.add(period === "day" ? { days: 1 } : period === "week" ? { weeks: 1 } : { months: 1 });
  const startMs = (of: Temporal.PlainDate): number => of.toZonedDateTime({ timeZone: timezone }).epochMilliseconds;
  return { date: first.toString(), fromMs: startMs(first), toMs: startMs(next) };
}

export function dayOf(atMs: number, timezone: string): string {
  return Temporal.Instant.fromEpochMilliseconds(atMs).toZonedDateTimeISO(timezone).toPlainDate().toString();
}
