import * as z from "zod";
import { type ServiceHours, type ServiceLevel, type ServiceLevels, WEEKDAYS } from "../incidents/service-level.ts";
import { duration } from "./schema-words.ts";

const span = duration(60_000, 8_784 * 3_600_000, {
  zh: "带单位的时长，1min 到 8784h，如 `15min`、`4h`",
  en: "a duration with its unit, 1min to 8784h, e.g. `15min` or `4h`",
});
const timeOfDay = z
  .string()
  .regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/)
  .meta({ description: "a time of day of the site, HH:MM, up to `24:00`", zh: "站点时区的时刻 HH:MM，最晚 `24:00`" });

const level = (acknowledge: string, resolve: string) =>
  z
    .strictObject({
      acknowledge: span.prefault(acknowledge).meta({ description: "until somebody has taken it", zh: "响应时限" }),
      resolve: span.prefault(resolve).meta({ description: "until it is resolved", zh: "解决时限" }),
      calendar: z
        .enum(["always", "hours"])
        .default("always")
        .meta({ description: "`always`, or `hours`: only service hours count", zh: "`always` 全天计时；`hours` 只计服务时间" }),
    })
    .prefault({});

const hoursSchema = z
  .strictObject({
    days: z
      .array(z.enum(WEEKDAYS))
      .min(1)
      .default(["mon", "tue", "wed", "thu", "fri"])
      .meta({ description: "days of the week, `mon` to `sun`", zh: "星期几，`mon` 到 `sun`" }),
    from: timeOfDay.default("08:30"),
    to: timeOfDay.default("18:00"),
  })
  .prefault({});

/** In what time incidents are taken and resolved, by priority; without the section the house has its own. */
export const serviceLevelsSchema = z
  .strictObject({
    hours: hoursSchema,
    warnAt: z
      .int()
      .min(1)
      .max(100)
      .default(80)
      .meta({ description: "per cent of the time after which is warned, 1–100", zh: "用去百分之多少时预警，1–100" }),
    reopenWithin: duration(0, 86_400_000, {
      zh: "带单位的时长，0s 到 24h：告警在此时间内再现则重开原事件，0s 为从不",
      en: "a duration with its unit, 0s to 24h: an alarm that is back so soon opens its incident again; 0s never",
    }).prefault("10min"),
    p1: level("15min", "4h"),
    p2: level("30min", "8h"),
    p3: level("2h", "24h"),
    p4: level("8h", "72h"),
    p5: level("24h", "168h"),
  })
  .prefault({})
  .meta({ description: "service levels by priority, p1 the highest", zh: "各优先级的服务时限，p1 最高" });

export type ServiceLevelsEntry = z.infer<typeof serviceLevelsSchema>;

export function resolveServiceLevels(entry: ServiceLevelsEntry): ServiceLevels {
  const minutes = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
  const { days, from, to } = entry.hours;
  const hours: ServiceHours = { days: [...new Set(days)], fromMinute: minutes(from), toMinute: minutes(to) };
  const of = ({ acknowledge, resolve, calendar }: ServiceLevelsEntry["p1"]): ServiceLevel => ({
    ...{ acknowledgeMs: acknowledge, resolveMs: resolve, hours: calendar === "always" ? null : hours },
  });
  return {
    byPriority: { 1: of(entry.p1), 2: of(entry.p2), 3: of(entry.p3), 4: of(entry.p4), 5: of(entry.p5) },
    warnAt: entry.warnAt / 100,
    reopenWithinMs: entry.reopenWithin,
  };
}

export const SERVICE_LEVEL_DEFAULTS: ServiceLevelsEntry = serviceLevelsSchema.parse({});
