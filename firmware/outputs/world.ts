import type { AlarmRecord } from "../contract/alarm.ts";
import { fitsPattern } from "../site/rules.ts";
import type { Condition, QuietTime, Scope } from "./output.ts";

/** What an output needs to know of a live alarm. */
export type LiveAlarm = Pick<
  AlarmRecord,
  "key" | "severity" | "state" | "point" | "raiseCount" | "raisedAtMs" | "clearedAtMs" | "incident" | "soundOff"
>;

/** The moment of a decision. */
export interface Moment {
  readonly monotonicMs: number;
  readonly wallMs: number;
  /** Time of day on site; null while the box does not know it. */
  readonly local: { readonly minute: number; readonly day: number } | null;
}

/** Everything that outputs depend on, at one moment. */
export interface World {
  readonly now: Moment;
  readonly alarms: readonly LiveAlarm[];
  /** The value of a point by number; null unless its reading is good: unknown is neither true nor false. */
  value(point: number): number | null;
  /** What an output was found at last; null: not known. */
  found(output: string): boolean | null;
}

/** Whether something is so (null: not known), and what makes it so, one name per event. */
export interface Judged {
  readonly isSo: boolean | null;
  readonly events: readonly string[];
}

/** The event that an alarm is: the same one however often it is looked at, another one when it rings again. */
export function eventOf({ key, incident, raiseCount }: LiveAlarm): string {
  return `${key} ${incident} ${raiseCount}`;
}

/** The alarm of an event. */
export function keyOfEvent(event: string): string {
  return event.split(" ", 1)[0] ?? event;
}

/** Areas and types are in the key: `site/area/device/point/type`. The name of a point may have slashes of its own. */
export function inScope({ severities, areas, types, points }: Scope, { key, severity, point }: LiveAlarm): boolean {
  const parts = key.split("/");
  return (
    (severities === null || severities.includes(severity)) &&
    (areas === null || areas.has(parts[1] ?? "")) &&
    (types === null || types.includes(parts.at(-1) ?? "")) &&
    (points === null || (point !== null && points.some((pattern) => fitsPattern(pattern, point))))
  );
}

/** Its condition is there, and neither shelved, suppressed nor out of service. */
export function isActive({ state, clearedAtMs }: LiveAlarm): boolean {
  return (state === "B" || state === "C") && clearedAtMs === null;
}

export function isSilenced({ soundOff }: LiveAlarm, { wallMs }: Moment): boolean {
  return soundOff !== undefined && soundOff.untilMs > wallMs;
}

export function judge(condition: Condition, world: World): Judged {
  switch (condition.kind) {
    case "alarms": {
      const events = world.alarms.filter((alarm) => isActive(alarm) && inScope(condition.scope, alarm)).map(eventOf);
      return { isSo: events.length > 0, events };
    }
    case "point": {
      const value = world.value(condition.number);
      if (value === null) return UNKNOWN;
      const { test } = condition;
      const isSo = "state" in test ? value === test.state : "above" in test ? value > test.above : value < test.below;
      return { isSo, events: isSo ? [condition.point] : [] };
    }
    case "output": {
      const isOn = world.found(condition.output);
      if (isOn === null) return UNKNOWN;
      const isSo = isOn === condition.isOn;
      return { isSo, events: isSo ? [condition.output] : [] };
    }
    default:
      return condition satisfies never;
  }
}

const UNKNOWN: Judged = { isSo: null, events: [] };

/** Whether alarms are to switch nothing on at this time of day. A box that does not know it stays loud. */
export function isQuiet(times: readonly QuietTime[], { local }: Moment): boolean {
  if (local === null) return false;
  const { minute, day } = local;
  const yesterday = day === 1 ? 7 : day - 1;
  return times.some(({ days, fromMinute, toMinute }) => {
    const overMidnight = toMinute < fromMinute;
    if (days.includes(day) && minute >= fromMinute && (overMidnight || minute < toMinute)) return true;
    return overMidnight && days.includes(yesterday) && minute < toMinute;
  });
}
