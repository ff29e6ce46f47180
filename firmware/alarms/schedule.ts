/** When a rule holds: on these days, from one time of the day to another, as a clock on the wall of the site shows them. */
export interface Schedule {
  /** Days on which it begins: 1 is Monday, 7 Sunday, as ISO 8601 has them. */
  readonly days: readonly number[];
  /** Minutes since midnight, 0–1439; `to` at or before `from` is on the next day. */
  readonly fromMinute: number;
  readonly toMinute: number;
}

export const MINUTES_PER_DAY = 1_440;
const MINUTE_MS = 60_000;

/** What a clock on the wall shows. */
export interface LocalMinute {
  readonly day: number;
  readonly minute: number;
}

/** Whole days go from 0 to 1440. A clock that is put forward or back shows what it shows: an hour may be missing, or come twice. */
export function isWithin({ days, fromMinute, toMinute }: Schedule, { day, minute }: LocalMinute): boolean {
  const yesterday = day === 1 ? 7 : day - 1;
  if (fromMinute < toMinute) return days.includes(day) && minute >= fromMinute && minute < toMinute;
  return (days.includes(day) && minute >= fromMinute) || (days.includes(yesterday) && minute < toMinute);
}

/** @param timezone an IANA name. */
export function localMinute(wallMs: number, timezone: string): LocalMinute {
  const { dayOfWeek, hour, minute } = Temporal.Instant.fromEpochMilliseconds(Math.floor(wallMs)).toZonedDateTimeISO(timezone);
  return { day: dayOfWeek, minute: hour * 60 + minute };
}

/** Whether one of the schedules is on. Asked many times a minute, worked out once. */
export function scheduleClock(schedules: readonly Schedule[], timezone: string): (wallMs: number) => boolean {
  let known = Number.NaN;
  let isOn = false;
  return (wallMs) => {
    const minute = Math.floor(wallMs / MINUTE_MS);
    if (minute !== known) {
      const local = localMinute(wallMs, timezone);
      isOn = schedules.some((schedule) => isWithin(schedule, local));
      known = minute;
    }
    return isOn;
  };
}
