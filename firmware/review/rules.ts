import { measureOf } from "../alarms/measure.ts";
import type { ProcessRule, Rule } from "../alarms/rule.ts";
import type { Site } from "../site/model.ts";
import { formulaOf } from "../site/rule-view.ts";
import { fitsPattern } from "../site/rules.ts";
import type { ReplayPoint } from "./replay.ts";

/** What a rule is about: a point, or the device whose points it puts together. */
const aboutOf = ({ pointId, device }: ProcessRule): string => pointId ?? device;

/** Rules that stored readings decide; silence is not among them. */
function replayable(rules: readonly Rule[]): readonly ProcessRule[] {
  return rules.filter((rule) => rule.kind !== "silence");
}

/** Rules of one site, and the numbers by which they know the points. */
export interface JudgedSite {
  readonly rules: readonly ProcessRule[];
  readonly numbers: ReadonlyMap<string, number>;
}

/** Today's rules of some points beside the changed ones, and all points that they read. */
export interface RuleSets {
  readonly points: readonly ReplayPoint[];
  readonly before: JudgedSite;
  readonly after: JudgedSite;
}

/** What a changed site judges differently; with `patterns` all that these speak of and somebody judges. */
export function ruleSetsOf(today: Site, changed: Site, patterns: readonly string[] | null): RuleSets {
  const old = Map.groupBy(replayable(today.rules), aboutOf);
  const young = Map.groupBy(replayable(changed.rules), aboutOf);
  const concerned = [...new Set([...old.keys(), ...young.keys()])].filter((id) =>
    patterns === null
      ? isScheduled(young.get(id) ?? []) || saidOf(old.get(id) ?? [], today) !== saidOf(young.get(id) ?? [], changed)
      : patterns.some((pattern) => fitsPattern(pattern, id)),
  );
  const before = { rules: concerned.flatMap((id) => old.get(id) ?? []), numbers: numbersOf(today) };
  const after = { rules: concerned.flatMap((id) => young.get(id) ?? []), numbers: numbersOf(changed) };
  const periods = periodsOf(today, changed);
  const read = new Set([...idsOf(before.rules, today), ...idsOf(after.rules, changed)]);
  return { points: [...read].sort().map((id) => ({ id, periodMs: periods.get(id) ?? 0 })), before, after };
}

function numbersOf({ points }: Site): ReadonlyMap<string, number> {
  return new Map(points.map(({ id }, number) => [id, number]));
}

/** The points that these rules read. */
function idsOf(rules: readonly ProcessRule[], { points }: Site): readonly string[] {
  return rules.flatMap(pointsOf).flatMap((number) => points[number]?.id ?? []);
}

function pointsOf({ point, derivation, variants = [] }: ProcessRule): readonly number[] {
  const own = derivation === undefined ? [point] : measureOf(point, derivation).points;
  return [...own, ...variants.flatMap(({ rule }) => pointsOf(rule))];
}

/** Today's rules of the readings of one point themselves. */
export function rulesOf(site: Site, point: string): readonly ProcessRule[] {
  return replayable(site.rules).filter(({ pointId, derivation }) => pointId === point && derivation === undefined);
}

/** How often each point is read; one that is worked out as often as the slowest that it is made of. */
export function periodsOf(...sites: readonly Site[]): ReadonlyMap<string, number> {
  const periods = new Map<string, number>();
  for (const { devices, points: all, formulas } of sites) {
    for (const { id, points, periodMs } of devices)
      for (const { name, everyMs } of points) periods.set(`${id}/${name}`, Math.max(periodMs, everyMs));
    for (const { id, formula } of formulas)
      periods.set(id, Math.max(0, ...formula.points.map((number) => periods.get(all[number]?.id ?? "") ?? 0)));
  }
  return periods;
}

/** When a schedule is on cannot be compared: it is replayed. */
function isScheduled(rules: readonly ProcessRule[]): boolean {
  return rules.some(({ variants = [] }) => variants.length > 0);
}

/** All that a rule judges by, to tell whether two are the same. */
function saidOf(rules: readonly ProcessRule[], site: Site): string {
  return JSON.stringify(rules.map((rule) => judgedBy(rule, site)).sort());
}

function judgedBy(rule: ProcessRule, site: Site): string {
  const { kind, type, onDelayMs, offDelayMs, latched, reAlarmMs, derivation, variants } = rule;
  const own = rule.kind === "limit" ? [rule.levels, rule.deadband] : [rule.state, rule.severity];
  const isText = derivation?.kind === "formula" || derivation?.kind === "deviation";
  return JSON.stringify([
    kind,
    type,
    onDelayMs,
    offDelayMs,
    latched,
    reAlarmMs,
    isText ? derivation.kind : derivation,
    // A formula is what its text says of the points that it means.
    [formulaOf(rule), idsOf([rule], site)],
    variants?.map((variant) => judgedBy(variant.rule, site)),
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
