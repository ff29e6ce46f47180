import type { ProcessRule, Rule } from "../alarms/rule.ts";
import type { Site } from "../site/model.ts";
import { fitsPattern } from "../site/rules.ts";
import type { ReplayPoint } from "./replay.ts";

/** A rule of one point whose own readings decide it. */
type OwnRule = ProcessRule & { readonly pointId: string };

/** Rules that the readings of one point decide: silence is not in the history, and what reads other points is left out. */
function ownRules(rules: readonly Rule[]): readonly OwnRule[] {
  return rules.filter((rule): rule is OwnRule => rule.kind !== "silence" && rule.pointId !== null && !readsOthers(rule));
}

function readsOthers({ pointId, derivation, variants = [] }: ProcessRule): boolean {
  const isFormula = derivation?.kind === "formula" || derivation?.kind === "deviation";
  return pointId === null || isFormula || variants.some(({ rule }) => readsOthers(rule));
}

/** Today's rules of some points beside the changed ones. */
export interface RuleSets {
  readonly points: readonly ReplayPoint[];
  readonly before: readonly ProcessRule[];
  readonly after: readonly ProcessRule[];
  /** Points, or devices, with rules that read other points: those rules are not replayed. */
  readonly left: readonly string[];
}

/** What a changed site judges differently; with `patterns` all that these speak of and somebody judges. */
export function ruleSetsOf(today: Site, changed: Site, patterns: readonly string[] | null): RuleSets {
  const [old, young] = [today, changed].map(({ rules }) => Map.groupBy(ownRules(rules), ({ pointId }) => pointId)) as [
    Map<string, OwnRule[]>,
    Map<string, OwnRule[]>,
  ];
  const concerned = [...new Set([...old.keys(), ...young.keys()])].filter((id) =>
    patterns === null
      ? isScheduled(young.get(id) ?? []) || saidOf(old.get(id) ?? []) !== saidOf(young.get(id) ?? [])
      : patterns.some((pattern) => fitsPattern(pattern, id)),
  );
  const periods = periodsOf(today, changed);
  return {
    points: concerned.sort().map((id) => ({ id, periodMs: periods.get(id) ?? 0 })),
    before: concerned.flatMap((id) => old.get(id) ?? []),
    after: concerned.flatMap((id) => young.get(id) ?? []),
    left: leftOf([...today.rules, ...changed.rules], patterns),
  };
}

function leftOf(rules: readonly Rule[], patterns: readonly string[] | null): readonly string[] {
  const left = rules.flatMap((rule) => (rule.kind !== "silence" && readsOthers(rule) ? [rule.pointId ?? rule.device] : []));
  return [...new Set(left)].filter((id) => patterns === null || patterns.some((pattern) => fitsPattern(pattern, id))).sort();
}

/** Today's rules of the readings of one point themselves. */
export function rulesOf(site: Site, point: string): readonly ProcessRule[] {
  return ownRules(site.rules).filter(({ pointId, derivation }) => pointId === point && derivation === undefined);
}

/** How often each point is read. */
export function periodsOf(...sites: readonly Site[]): ReadonlyMap<string, number> {
  const periods = new Map<string, number>();
  for (const { devices } of sites)
    for (const { id, points, periodMs } of devices)
      for (const { name, everyMs } of points) periods.set(`${id}/${name}`, Math.max(periodMs, everyMs));
  return periods;
}

/** When a schedule is on cannot be compared: it is replayed. */
function isScheduled(rules: readonly ProcessRule[]): boolean {
  return rules.some(({ variants = [] }) => variants.length > 0);
}

/** All that a rule judges by, to tell whether two are the same. */
function saidOf(rules: readonly ProcessRule[]): string {
  return JSON.stringify(rules.map((rule) => judgedBy(rule)).sort());
}

function judgedBy(rule: ProcessRule): string {
  const { kind, type, onDelayMs, offDelayMs, latched, reAlarmMs, derivation, variants } = rule;
  const own = rule.kind === "limit" ? [rule.levels, rule.deadband] : [rule.state, rule.severity];
  return JSON.stringify([
    kind,
    type,
    onDelayMs,
    offDelayMs,
    latched,
    reAlarmMs,
    derivation,
    variants?.map((variant) => judgedBy(variant.rule)),
    ...own,
  ]);
}

/** The same rule with other settings; what it does not have stays away. */
export function withSettings(rule: ProcessRule, settings: Settings): ProcessRule {
  const { deadband, onMs, offMs } = settings;
  const changes: PropertyDescriptorMap = { onDelayMs: { value: onMs }, offDelayMs: { value: offMs } };
  if (rule.kind === "limit" && deadband !== null) changes["deadband"] = { value: deadband };
  if (rule.variants !== undefined)
    changes["variants"] = { value: rule.variants.map(({ isOn, rule: own }) => ({ isOn, rule: withSettings(own, settings) })) };
  // Rules of a site say most things only when they are asked: what is not changed is still theirs to say.
  return Object.create(rule, changes) as ProcessRule;
}

/** What a suggestion may change. `deadband` is null for states. */
export interface Settings {
  readonly deadband: number | null;
  readonly onMs: number;
  readonly offMs: number;
}
