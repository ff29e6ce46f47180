/** Part of every week: from `fromMinute` of each of the days to `toMinute`, of the next day where that is not later. */
export interface WeekSpan {
  /** 1 is Monday. */
  readonly days: readonly number[];
  readonly fromMinute: number;
  readonly toMinute: number;
}

export const DAY_MINUTES = 1_440;
export const WEEK_MINUTES = 7 * DAY_MINUTES;

/** Whether a minute of the week, counted from Monday 00:00 local time, lies in one of the spans. */
export function covers(spans: readonly WeekSpan[], weekMinute: number): boolean {
  return spans.some((span) => piecesOf(span).some(({ from, to }) => isWithin(from, to, weekMinute)));
}

/** The spans as minutes of the week; `to` may lie beyond the week's end. */
export function piecesOf({ days, fromMinute, toMinute }: WeekSpan): readonly { readonly from: number; readonly to: number }[] {
  const length = toMinute > fromMinute ? toMinute - fromMinute : toMinute + DAY_MINUTES - fromMinute;
  return days.map((day) => {
    const from = (day - 1) * DAY_MINUTES + fromMinute;
    return { from, to: from + length };
  });
}

function isWithin(from: number, to: number, minute: number): boolean {
  return (minute >= from && minute < to) || (minute + WEEK_MINUTES >= from && minute + WEEK_MINUTES < to);
}

/** The minute of the week that it is on the site's clocks. */
export function weekMinuteAt(atMs: number, timezone: string): number {
  const at = Temporal.Instant.fromEpochMilliseconds(Math.trunc(atMs)).toZonedDateTimeISO(timezone);
  return (at.dayOfWeek - 1) * DAY_MINUTES + at.hour * 60 + at.minute;
}
