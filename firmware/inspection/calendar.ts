/** One day of the site's calendar as a span of the wall clock. */
export interface DaySpan {
  readonly fromMs: number;
  readonly toMs: number;
}

/** 00:00 to 00:00 in the zone: 23 or 25 hours where clocks change. Null for what is no day. */
export function daySpan(day: string, timezone: string): DaySpan | null {
  const date = plainDate(day);
  if (date === null) return null;
  const start = (of: Temporal.PlainDate): number => of.toZonedDateTime({ timeZone: timezone }).epochMilliseconds;
  return { fromMs: start(date), toMs: start(date.add({ days: 1 })) };
}

/** The day of the site's calendar at a moment, YYYY-MM-DD. */
export function dayAt(wallMs: number, timezone: string): string {
  return Temporal.Instant.fromEpochMilliseconds(Math.floor(wallMs)).toZonedDateTimeISO(timezone).toPlainDate().toString();
}

/** The days after `from` up to and with `to`, the newest `max` of them. */
export function daysAfter(from: string, to: string, max: number): readonly string[] {
  const last = plainDate(to);
  const first = plainDate(from);
  if (last === null || first === null) return [];
  const count = Math.min(max, Math.max(0, first.until(last, { largestUnit: "days" }).days));
  return Array.from({ length: count }, (_, index) => last.subtract({ days: count - 1 - index }).toString());
}

/** First and last day of a month, YYYY-MM; null for what is none. */
export function monthDays(month: string): { readonly first: string; readonly last: string } | null {
  const first = /^\d{4}-\d{2}$/.test(month) ? plainDate(`${month}-01`) : null;
  return first === null ? null : { first: first.toString(), last: first.with({ day: first.daysInMonth }).toString() };
}

function plainDate(day: string): Temporal.PlainDate | null {
  try {
    return /^\d{4}-\d{2}-\d{2}$/.test(day) ? Temporal.PlainDate.from(day) : null;
  } catch {
    return null;
  }
}
