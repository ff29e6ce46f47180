import type { Severity } from "../contract/alarm.ts";
import { covers, type WeekSpan, weekMinuteAt } from "./week.ts";

/** Which alarms a plan or a target is for. Null stands for all. */
export interface Scope {
  readonly severities: readonly Severity[] | null;
  /** With all areas below those of the site file. */
  readonly areas: ReadonlySet<string> | null;
  readonly classes: readonly string[] | null;
  readonly devices: ReadonlySet<string> | null;
  /** One of them is enough. */
  readonly tags: readonly string[] | null;
  readonly schedule: readonly WeekSpan[] | null;
}

/** What a scope is asked about. */
export interface Asked {
  readonly severity: Severity;
  readonly area: string;
  readonly device: string;
  readonly class: string;
  /** Of the device, in the site file. */
  readonly tags: readonly string[];
  /** When the alarm begins to ring. */
  readonly atMs: number;
}

/** The first of these whose scope the alarm is in; undefined: in none. */
export function firstInScope<Scoped extends { readonly when: Scope }>(
  all: readonly Scoped[],
  asked: Asked,
  timezone: string,
): Scoped | undefined {
  const minute = weekMinuteAt(asked.atMs, timezone);
  return all.find(({ when }) => isInScope(when, asked, minute));
}

/** `weekMinute`: that of `asked.atMs`, see `weekMinuteAt`. */
export function isInScope(scope: Scope, asked: Asked, weekMinute: number): boolean {
  return (
    (scope.severities?.includes(asked.severity) ?? true) &&
    (scope.areas?.has(asked.area) ?? true) &&
    (scope.classes?.includes(asked.class) ?? true) &&
    (scope.devices?.has(asked.device) ?? true) &&
    (scope.tags?.some((tag) => asked.tags.includes(tag)) ?? true) &&
    (scope.schedule === null || covers(scope.schedule, weekMinute))
  );
}
