import * as z from "zod";

/** Monday first, as ISO 8601 numbers them. */
export const WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

export const weekdays = z
  .array(z.enum(WEEKDAYS))
  .min(1)
  .max(7)
  .meta({ description: "weekdays, e.g. `[mon, tue]`; every day when left out", zh: "星期，如 `[mon, tue]`；省略为每天" })
  .default([...WEEKDAYS]);

/** A time of day of the site's time zone. */
export const timeOfDay = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/)
  .meta({ description: "a time of day of the site's time zone, HH:MM, e.g. `08:00`", zh: "站点时区的时刻 HH:MM，如 `08:00`" });

/** As `timeOfDay`, and the end of a day. */
export const endOfSpan = z
  .string()
  .regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/)
  .meta({ description: "a time of day HH:MM, or `24:00`", zh: "时刻 HH:MM，或 `24:00`" });

/** Minutes since midnight. */
export function minuteOf(text: string): number {
  const [hours = "0", minutes = "0"] = text.split(":");
  return Number(hours) * 60 + Number(minutes);
}

/** 1 is Monday. */
export function weekdayNumber(day: (typeof WEEKDAYS)[number]): number {
  return WEEKDAYS.indexOf(day) + 1;
}
