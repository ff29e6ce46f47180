import type { Severity, Words } from "../contract/alarm.ts";
import type { Formula } from "../points/formula-value.ts";

/** One step of a limit rule. Steps stand mildest first. */
export interface Level {
  readonly severity: Severity;
  readonly limit: number;
}

/** What is judged in place of the reading itself. Spans in milliseconds, all else in the unit of the point. */
export type Derivation =
  /** Change over the window: rising is positive. */
  | { readonly kind: "rate"; readonly windowMs: number }
  /** Reading less this. */
  | { readonly kind: "deviation"; readonly from: Formula }
  /** What a counter has gone up within the window, `above` being too much. `wrap`: the number at which it begins at 0 again; null: never. */
  | { readonly kind: "increase"; readonly windowMs: number; readonly wrap: number | null; readonly above: number }
  /** 1 when the reading has not moved by more than `tolerance` for so long. */
  | { readonly kind: "flat"; readonly forMs: number; readonly tolerance: number }
  /** 1 when the condition holds. */
  | { readonly kind: "formula"; readonly formula: Formula };

/** What a rule is while a schedule is on. */
export interface Variant {
  /** A pure function of the wall clock. */
  readonly isOn: (wallMs: number) => boolean;
  /** The same key, kind, type and severities as the rule that it stands in for. */
  readonly rule: ProcessRule;
}

interface RuleHead {
  /** Alarm key: `site/area/device/point/type`. */
  readonly key: string;
  readonly device: string;
  /** Point id (null: of several points, the alarm is about the device) and the number of the point in the table. */
  readonly pointId: string | null;
  readonly point: number;
  readonly unit: string;
  /** Abnormal this long before it is raised, normal this long before it is cleared. */
  readonly onDelayMs: number;
  readonly offDelayMs: number;
  /** Stays raised after the condition has gone, until somebody acknowledges. */
  readonly latched: boolean;
  /** Rings again when it is still there so long after somebody acknowledged it; absent: never. */
  readonly reAlarmMs?: number | undefined;
  /** Absent: the reading itself is judged. */
  readonly derivation?: Derivation | undefined;
  /** Of several that are on, the last holds. */
  readonly variants?: readonly Variant[] | undefined;
  readonly text: Words;
  readonly action: Words;
}

/** Above or below a limit; several levels make one alarm whose severity moves, never two alarms. */
export interface LimitRule extends RuleHead {
  readonly kind: "limit";
  /** What is derived has its name and window behind the side: `high-rate-15min`. */
  readonly type: `${"high" | "low"}${"" | `-${string}`}`;
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
 * that does not do what it is told (outputFailed), a limit that is foretold (ahead),
 * something expected that did not happen (missing-<id>).
 */
export interface SilenceRule extends Omit<RuleHead, "point" | "pointId" | "latched" | "derivation" | "variants"> {
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
    | "ahead"
    | `missing-${string}`;
  readonly pointId: string | null;
  readonly severity: Severity;
  /** What it is when the silence hides something worse than itself: level 1. */
  readonly worse?: { readonly severity: Severity; readonly text: Words; readonly action: Words };
}

export type ProcessRule = LimitRule | StateRule;
export type Rule = ProcessRule | SilenceRule;

/** Whether a limit is one from above. */
export const isHigh = ({ type }: Pick<LimitRule, "type">): boolean => type.startsWith("high");

/** Severities of a rule's levels, mildest first. */
export function severityAt(rule: Rule, level: number): Severity {
  return rule.kind === "limit" ? (rule.levels[level] as Level).severity : worseAt(rule, level).severity;
}

export function levelCount(rule: Rule): number {
  if (rule.kind === "limit") return rule.levels.length;
  return rule.kind === "silence" && rule.worse !== undefined ? 2 : 1;
}

/** The limit that was crossed; null where there is none, or none at this time of day. */
export function limitAt(rule: Rule, level: number): number | null {
  const limit = rule.kind === "limit" ? rule.levels[level]?.limit : undefined;
  return limit !== undefined && Number.isFinite(limit) ? limit : null;
}

/** What people are told, and told to do. */
export function wordsAt(rule: Rule, level: number): { readonly text: Words; readonly action: Words } {
  return rule.kind === "limit" ? rule : worseAt(rule, level);
}

function worseAt<Told extends StateRule | SilenceRule>(rule: Told, level: number): Pick<Told, "severity" | "text" | "action"> {
  return level > 0 && rule.kind === "silence" && rule.worse !== undefined ? rule.worse : rule;
}

/** A limit on the reading itself: what is derived of it, a rate or an increase, has no line that could be drawn on. */
export type ForetoldRule = LimitRule & { readonly type: "high" | "low"; readonly pointId: string };
/** What it is at this time of day by its schedules; null: nobody knows the time. */
export function foretoldNow(rule: ForetoldRule, wallMs: number | null): ForetoldRule {
  const on = wallMs === null ? undefined : rule.variants?.findLast(({ isOn }) => isOn(wallMs))?.rule;
  return on !== undefined && isForetold(on) ? on : rule;
}

export function isForetold(rule: Rule): rule is ForetoldRule {
  return rule.kind === "limit" && rule.derivation === undefined && rule.pointId !== null && (rule.type === "high" || rule.type === "low");
}
