import type { Scope } from "../escalation/scope.ts";
import type { Area, Device } from "./model.ts";
import { fitsPattern } from "./rules.ts";
import type { ScopeEntry } from "./scope-schema.ts";
import { minuteOf, weekdayNumber } from "./week-schema.ts";

export function resolveScope(
  { severity, areas: named, classes, devices: patterns, tags, schedule }: ScopeEntry,
  areas: readonly Area[],
  devices: readonly Pick<Device, "id">[],
): Scope {
  return {
    severities: severity ?? null,
    areas: named === undefined ? null : withBelow(named, areas),
    classes: classes ?? null,
    devices: patterns === undefined ? null : new Set(devicesOf(patterns, devices)),
    tags: tags ?? null,
    schedule:
      schedule?.map(({ days, from, to }) => ({ days: days.map(weekdayNumber), fromMinute: minuteOf(from), toMinute: minuteOf(to) })) ??
      null,
  };
}

export function devicesOf(patterns: readonly string[], devices: readonly Pick<Device, "id">[]): readonly string[] {
  return devices.filter(({ id }) => patterns.some((pattern) => fitsPattern(pattern, id))).map(({ id }) => id);
}

function withBelow(ids: readonly string[], areas: readonly Area[]): ReadonlySet<string> {
  const found = new Set(ids);
  // Areas stand in any order: as often as there are areas is deep enough.
  for (let depth = 0; depth < areas.length; depth += 1) {
    const before = found.size;
    for (const { id, parent } of areas) if (parent !== null && found.has(parent)) found.add(id);
    if (found.size === before) break;
  }
  return found;
}
