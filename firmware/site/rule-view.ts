import type { Level, Rule } from "../alarms/rule.ts";
import type { OriginView, RuleView } from "../contract/rules.ts";
import { isConditionRule } from "./condition-rules.ts";
import type { JudgementField, Origin } from "./judgement.ts";
import type { Site } from "./model.ts";
import { originOf, PlacedLimit, PlacedState, type SaidLimit, type SaidState } from "./point-rules.ts";

/** Which rules are wanted: of a device, or of one point. Both absent: all. */
export interface RuleFilter {
  readonly device?: string | undefined;
  readonly point?: string | undefined;
}

const BUILT_IN: OriginView = { layer: "builtin", place: "" };

/** The rules that hold, each number with who says it. Made when somebody asks. */
export function ruleViews({ rules }: Pick<Site, "rules">, { device, point }: RuleFilter): readonly RuleView[] {
  return rules
    .filter((rule) => (device === undefined || rule.device === device) && (point === undefined || rule.pointId === point))
    .map(viewOf);
}

function viewOf(rule: Rule): RuleView {
  if (rule instanceof PlacedLimit || rule instanceof PlacedState) return placedView(rule);
  const from: OriginView = isConditionRule(rule) ? { layer: "device", place: rule.said.place } : BUILT_IN;
  const scheduled = isConditionRule(rule)
    ? rule.said.schedules.map((id) => ({ schedules: [id], limits: [], severity: rule.severity, from }))
    : [];
  const reAlarmMs = rule.reAlarmMs === undefined ? null : { value: rule.reAlarmMs, from };
  const judges = isConditionRule(rule) ? "formula" : rule.type.startsWith("missing-") ? "missing" : "silence";
  return {
    ...{ key: rule.key, device: rule.device, point: rule.pointId, type: rule.type, judges, text: rule.text, unit: rule.unit },
    ...{ limits: [], severity: rule.kind === "limit" ? null : rule.severity, limitsFrom: from },
    formula: formulaOf(rule),
    ...{ deadband: null, onDelayMs: { value: rule.onDelayMs, from }, offDelayMs: { value: rule.offDelayMs, from } },
    latched: { value: rule.kind !== "silence" && rule.latched, from },
    ...{ reAlarmMs, scheduled },
  };
}

/** The text of the formula that a rule judges by; null where it is none. */
export function formulaOf(rule: Rule): string | null {
  if (rule instanceof PlacedLimit) return rule.said.kind.from;
  return isConditionRule(rule) ? rule.said.when : null;
}

function placedView(rule: PlacedLimit | PlacedState): RuleView {
  const { said } = rule;
  const { judged } = said;
  const from = (field: JudgementField): OriginView => shown(originOf(judged, field));
  const isLimit = rule instanceof PlacedLimit;
  const derived = isLimit ? rule.said.kind.judges : rule.said.flat === null ? "state" : "flat";
  const deadbandFrom = derived === "value" ? from("deadband") : shown(said.origin);
  return {
    ...{ key: rule.key, device: rule.device, point: rule.pointId, type: rule.type, judges: derived, text: rule.text, unit: rule.unit },
    limits: isLimit ? finite(rule.levels) : [],
    severity: isLimit ? null : rule.severity,
    limitsFrom: shown(said.origin),
    formula: formulaOf(rule),
    deadband: isLimit ? { value: rule.deadband, from: deadbandFrom } : null,
    onDelayMs: { value: rule.onDelayMs, from: from("onDelayMs") },
    offDelayMs: { value: rule.offDelayMs, from: from("offDelayMs") },
    latched: { value: rule.latched, from: from("latched") },
    reAlarmMs: rule.reAlarmMs === undefined ? null : { value: rule.reAlarmMs, from: from("reAlarmMs") },
    scheduled: said.variants.map(({ schedules, said: other }) => scheduledView(schedules, other)),
  };
}

function scheduledView(schedules: readonly string[], said: SaidLimit | SaidState): RuleView["scheduled"][number] {
  const from = shown(said.origin);
  if ("levels" in said) return { schedules: [...schedules], limits: finite(said.levels), severity: null, from };
  return { schedules: [...schedules], limits: [], severity: Number.isNaN(said.state) ? null : said.severity, from };
}

/** What stands in for "not at this time" is nobody's limit. */
const finite = (levels: readonly Level[]): Level[] => levels.filter(({ limit }) => Number.isFinite(limit)).map((level) => ({ ...level }));

function shown({ layer, place, clause, unverified }: Origin): OriginView {
  return {
    ...{ layer, place },
    ...(clause === undefined ? {} : { clause }),
    ...(unverified === undefined ? {} : { unverified }),
  };
}
