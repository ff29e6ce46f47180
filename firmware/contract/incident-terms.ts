/** Words of the service desk that the gateway and its pages share. Here alone, so that a page needs no schemas. */

/**
 * What people have made of an incident. `new`: nobody has taken it. `inProgress`: somebody has, or has acknowledged its alarms. `waiting`:
 * for somebody outside; the clocks stand still. `resolved`: by a person, or because its alarms have ended. `closed`: nothing is left to do.
 */
export const WORK_STATES = ["new", "inProgress", "waiting", "resolved", "closed"] as const;
export type WorkState = (typeof WORK_STATES)[number];

/** What it was, once somebody knows. */
export const CAUSES = [
  "equipment",
  "wear",
  "power",
  "cooling",
  "environment",
  "wiring",
  "network",
  "configuration",
  "maintenance",
  "people",
  "falseAlarm",
  "unknown",
] as const;
export type Cause = (typeof CAUSES)[number];

/** Characters of a subject, and of everything else that a person writes. */
export const SUBJECT_MAX = 200;
export const TEXT_MAX = 2_000;
export const RUNBOOK_TEXT_MAX = 4_000;
/** A person's or a group's name. */
export const NAME_MAX = 80;
/** What people and the gateway may write about one incident, problem or runbook. */
export const ACTS_MAX = 300;
export const PROBLEMS_MAX = 1_000;
export const RUNBOOKS_MAX = 500;
/** Solutions of former incidents that an alarm shows. */
export const FORMER_SOLUTIONS_SHOWN = 3;
