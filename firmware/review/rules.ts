import type { ProcessRule, Rule } from "../alarms/rule.ts";
import type { Site } from "../site/model.ts";
import { fitsPattern } from "../site/rules.ts";
import type { ReplayPoint } from "./replay.ts";

/** Rules that readings alone decide: silence is not in the history. */
function processRules(rules: readonly Rule[]): readonly ProcessRule[] {
  return rules.filter((rule) => rule.kind !== "silence");
}

/** Today's rules of some points beside the changed ones. */
export interface RuleSets {
  readonly points: readonly ReplayPoint[];
  readonly before: readonly ProcessRule[];
  readonly after: readonly ProcessRule[];
}

/** What a changed site judges differently; with `patterns` all that these speak of and somebody judges. */
export function ruleSetsOf(today: Site, changed: Site, patterns: readonly string[] | null): RuleSets {
  const [old, young] = [today, changed].map(({ rules }) => Map.groupBy(processRules(rules), ({ pointId }) => pointId)) as [
    Map<string, ProcessRule[]>,
    Map<string, ProcessRule[]>,
  ];
  const concerned = [...new Set([...old.keys(), ...young.keys()])].filter((id) =>
    patterns === null ? saidOf(old.get(id) ?? []) !== saidOf(young.get(id) ?? []) : patterns.some((pattern) => fitsPattern(pattern, id)),
  );
  const periods = periodsOf(today, changed);
  return {
    points: concerned.sort().map((id) => ({ id, periodMs: periods.get(id) ?? 0 })),
    before: concerned.flatMap((id) => old.get(id) ?? []),
    after: concerned.flatMap((id) => young.get(id) ?? []),
  };
}

/** Today's rules of one point. */
export function rulesOf(site: Site, point: string): readonly ProcessRule[] {
  return processRules(site.rules).filter(({ pointId }) => pointId === point);
}

/** How often each point is read. */
export function periodsOf(...sites: readonly Site[]): ReadonlyMap<string, number> {
  const periods = new Map<string, number>();
  for (const { devices } of sites)
    for (const { id, points, periodMs } of devices)
      for (const { name, everyMs } of points) periods.set(`${id}/${name}`, Math.max(periodMs, everyMs));
  return periods;
}

/** All that a rule judges by, to tell whether two are the same. */
function saidOf(rules: readonly ProcessRule[]): string {
  return JSON.stringify(rules.map((rule) => judgedBy(rule)).sort());
}

function judgedBy(rule: ProcessRule): string {
  const { kind, type, onDelayMs, offDelayMs, latched } = rule;
  const own = rule.kind === "limit" ? [rule.levels, rule.deadband] : [rule.state, rule.severity];
  return JSON.stringify([kind, type, onDelayMs, offDelayMs, latched, ...own]);
}

/** The same rule with other settings; what it does not have stays away. */
export function withSettings(rule: ProcessRule, { deadband, onMs, offMs }: Settings): ProcessRule {
  const changes: PropertyDescriptorMap = { onDelayMs: { value: onMs }, offDelayMs: { value: offMs } };
  if (rule.kind === "limit" && deadband !== null) changes["deadband"] = { value: deadband };
  // Rules of a site say most things only when they are asked: what is not changed is still theirs to say.
  return Object.create(rule, changes) as ProcessRule;
}

/** What a suggestion may change. `deadband` is null for states. */
export interface Settings {
  readonly deadband: number | null;
  readonly onMs: number;
  readonly offMs: number;
}
