import type { Severity } from "../contract/alarm.ts";

/** ITIL: 1 is the highest, 3 the lowest. */
type Level = 1 | 2 | 3;

/** 1 (highest) to 5. */
export type Priority = 1 | 2 | 3 | 4 | 5;

const URGENCY = { critical: 1, major: 2, minor: 3, warning: 3 } as const;
/** What feeds or cools the room, or stands for all of it, takes the room along; our own links take nothing along. */
const IMPACT: Readonly<Record<string, Level>> = {
  ...{ ups: 1, ats: 1, rectifier: 1, battery: 1, cooling: 1, leak: 1, smoke: 1, sensor: 1 },
  ...{ bus: 3, target: 3 },
};

/** Urgency follows from the severity, impact from the kind of thing; together they make the priority as in ITIL's 3 × 3 table. */
export function priorityOf(
  severity: Severity,
  category: string,
): { readonly urgency: Level; readonly impact: Level; readonly priority: Priority } {
  const urgency = URGENCY[severity];
  const impact = IMPACT[category] ?? 2;
  return { urgency, impact, priority: (urgency + impact - 1) as Priority };
}
