import type { AlarmRecord } from "../contract/alarm.ts";

/** What sets an alarm aside from outside: an alarm that explains it (F), a maintenance window (G). A shelf (E) is in the record alone. */
export interface Aside {
  readonly suppressedBy: string | null;
  readonly window: string | null;
}

export const NOT_ASIDE: Aside = { suppressedBy: null, window: null };

/** In place of the key of an alarm: the gateway has only just started. */
export const SETTLE = "settle";

/** Out of service stands over shelved, and that over suppressed; null: the alarm is not set aside. */
export function asideState({
  window,
  shelf,
  suppressedBy,
}: Pick<AlarmRecord, "window" | "shelf" | "suppressedBy">): "E" | "F" | "G" | null {
  if (window !== undefined) return "G";
  if (shelf !== undefined) return "E";
  return suppressedBy === undefined ? null : "F";
}

export function asideOf({ suppressedBy, window }: AlarmRecord): Aside {
  return { suppressedBy: suppressedBy ?? null, window: window ?? null };
}

export function withAside(record: AlarmRecord, { suppressedBy, window }: Aside): AlarmRecord {
  const { suppressedBy: _, window: __, ...rest } = record;
  return { ...rest, ...(suppressedBy === null ? {} : { suppressedBy }), ...(window === null ? {} : { window }) };
}
