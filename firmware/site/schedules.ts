import type { SourceText } from "../../drivers/source-text.ts";
import { MINUTES_PER_DAY, type Schedule } from "../alarms/schedule.ts";
import type { Placed } from "./check.ts";
import { type ScheduleEntry, WEEKDAYS } from "./rule-schema.ts";

/** Schedules by id. */
export type Schedules = ReadonlyMap<string, Schedule>;

/** One that could never be on is refused, and so is an id used twice. */
export function resolveSchedules(source: SourceText, entries: readonly Placed<ScheduleEntry>[]): Schedules {
  const schedules = new Map<string, Schedule>();
  for (const { entry, path } of entries) {
    if (schedules.has(entry.id))
      source.add([...path, "id"], { zh: `时间段 ${entry.id} 已定义过`, en: `schedule ${entry.id} is there already` });
    if ((entry.from === undefined) !== (entry.to === undefined))
      source.add(path, { zh: "from 和 to 应同时填写；都省略为全天", en: "from and to belong together; without both it is the whole day" });
    else if (entry.from !== undefined && entry.from === entry.to)
      source.add([...path, "to"], {
        zh: `从 ${entry.from} 到 ${entry.to} 没有时间，永不生效；全天请省略 from 和 to`,
        en: `from ${entry.from} to ${entry.to} is no time at all: it would never be on; leave both out for the whole day`,
      });
    schedules.set(entry.id, {
      days: daysOf(entry.days),
      fromMinute: minuteOf(entry.from) ?? 0,
      toMinute: minuteOf(entry.to) ?? MINUTES_PER_DAY,
    });
  }
  return schedules;
}

/** Whether all schedules that an entry names are there. */
export function checkDuring(
  source: SourceText,
  during: string | readonly string[] | undefined,
  path: readonly PropertyKey[],
  schedules: Schedules,
): void {
  for (const id of duringOf(during))
    if (!schedules.has(id)) {
      const names = [...schedules.keys()];
      source.add([...path, "during"], {
        zh: `schedules 中没有 ${id}；现有：${names.join("、") || "无"}`,
        en: `there is no ${id} in schedules; there are: ${names.join(", ") || "none"}`,
      });
    }
}

export const duringOf = (during: string | readonly string[] | undefined): readonly string[] =>
  during === undefined ? [] : [during].flat();

/** 1 is Monday. */
export const daysOf = (days: readonly (typeof WEEKDAYS)[number][]): readonly number[] => days.map((day) => WEEKDAYS.indexOf(day) + 1);

/** `22:30` in minutes since midnight. */
export function minuteOf(time: string | undefined): number | undefined {
  if (time === undefined) return undefined;
  const [hour, minute] = time.split(":").map(Number);
  return (hour ?? 0) * 60 + (minute ?? 0);
}
