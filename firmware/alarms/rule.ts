import type { Severity, Words } from "../contract/alarm.ts";

/** One step of a limit rule. Steps stand mildest first. */
export interface Level {
  readonly severity: Severity;
  readonly limit: number;
}

interface RuleHead {
  /** Alarm key: `site/area/device/point/type`. */
  readonly key: string;
  readonly device: string;
  /** Point id and its number in the point table. */
  readonly pointId: string;
  readonly point: number;
  readonly unit: string;
  /** Abnormal this long before it is raised, normal this long before it is cleared. */
  readonly onDelayMs: number;
  readonly offDelayMs: number;
  /** Stays raised after the condition has gone, until somebody acknowledges. */
  readonly latched: boolean;
  readonly text: Words;
  readonly action: Words;
}

/** Above or below a limit; several levels make one alarm whose severity moves, never two alarms. */
export interface LimitRule extends RuleHead {
  readonly kind: "limit";
  readonly type: "high" | "low";
  readonly levels: readonly Level[];
  /** In the unit of the point: a high alarm clears at limit − deadband. */
  readonly deadband: number;
}

/** In an abnormal state. The type is the state's name. */
export interface StateRule extends RuleHead {
  readonly kind: "state";
  readonly type: string;
  readonly state: number;
  readonly severity: Severity;
}

/** What can be wrong with the box itself; a flood of alarms, and what was found when watching began, stand for many others. */
export type BoxCondition = "history" | "journal" | "damaged" | "configuration" | "clock" | "traps" | "flood" | "restarted";

/**
 * Nothing usable heard: of a device (lost), of a point whose device answers (stale), of any device of a bus (busSilent), of the adapter or
 * network of a bus (adapterMissing), of a target (delivery).
 * Of the box itself: what is wrong with its files, its clock or its port for traps.
 * And what is judged elsewhere in the same way, there or not there: a door that was forced, cards refused again and again (denied), an output
 * that does not do what it is told (outputFailed), a limit that is foretold (ahead).
 */
export interface SilenceRule extends Omit<RuleHead, "point" | "pointId" | "latched"> {
  readonly kind: "silence";
  readonly type:
    | "lost"
    | "stale"
    | "busSilent"
    | "adapterMissing"
    | "delivery"
    | BoxCondition
    | "forced"
    | "denied"
    | "outputFailed"
    | "ahead";
  readonly pointId: string | null;
  readonly severity: Severity;
}

export type ProcessRule = LimitRule | StateRule;
export type Rule = ProcessRule | SilenceRule;

/** Severities of a rule's levels, mildest first. */
export function severityAt(rule: Rule, level: number): Severity {
  return rule.kind === "limit" ? (rule.levels[level] as Level).severity : rule.severity;
}

export function levelCount(rule: Rule): number {
  return rule.kind === "limit" ? rule.levels.length : 1;
}
