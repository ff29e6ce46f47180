import { shownKey } from "../../drivers/shown-value.ts";
import type { SourceText } from "../../drivers/source-text.ts";
import { findPoint, stateIndex } from "../../drivers/vocabulary.ts";
import { SEVERITIES } from "../contract/severity.ts";
import { parseFormula } from "../points/formula.ts";
import { compileFormula } from "../points/formula-value.ts";
import type { Placed } from "./check.ts";
import type { Judged, JudgementField, Limits } from "./judgement.ts";
import { clauseFor } from "./limit-profiles.ts";
import type { PointIndex, RuledPoint } from "./point-index.ts";
import type { RuleEntry } from "./rule-schema.ts";
import { fitsPattern, levelsOf } from "./rules.ts";
import { checkDuring, type Schedules } from "./schedules.ts";

/** A window needs two readings at least, or nothing can be said of a change. */
const READINGS_PER_WINDOW_MIN = 2;

/** One entry of `rules` by itself: whether there is what it is about, and whether its numbers make sense together. */
export function checkRule(
  source: SourceText,
  { entry, path }: Placed<RuleEntry>,
  { index, schedules, reminders }: { readonly index: PointIndex; readonly schedules: Schedules; readonly reminders: readonly RuledPoint[] },
): void {
  const matched: RuledPoint[] = [];
  const known = [...index.points, ...reminders];
  entry.points.forEach((pattern, place) => {
    const found = known.filter(({ id }) => fitsPattern(pattern, id));
    if (found.length === 0 && known.length > 0)
      source.add([...path, "points", place], { zh: `没有测点符合 ${shownKey(pattern)}`, en: `no point matches ${shownKey(pattern)}` });
    matched.push(...found);
  });
  for (const name of new Set(matched.map((point) => point.name))) checkKind(source, entry, path, name);
  checkDuring(source, entry.during, path, schedules);
  checkStandard(source, entry, path, matched);
  checkScheduled(source, entry, path);
  for (const type of ["high", "low"] as const) checkOrder(source, entry[type], type, [...path, type]);
  checkWindows(source, entry, path, matched);
  checkDeviation(source, entry, path, matched, index);
}

/** What holds together once every layer has had its say: high alarms must be able to clear above where low alarms begin. */
export function checkJudged(source: SourceText, id: string, { judgement, origins }: Judged): void {
  const highest = levelsOf(judgement.high, "high")[0];
  const lowest = levelsOf(judgement.low, "low")[0];
  const deadband = judgement.deadband ?? 0;
  if (highest === undefined || lowest === undefined || highest.limit - deadband > lowest.limit) return;
  source.add(pathOf(origins, ["deadband", "high", "low"]), {
    zh: `${id}：上限 ${highest.limit} 减回差 ${deadband} 不高于下限 ${lowest.limit}，告警将无法恢复`,
    en: `${id}: high ${highest.limit} less the deadband ${deadband} is not above low ${lowest.limit}: the alarm could never clear`,
  });
}

/** The place of the latest word of the site file among these fields. */
function pathOf(origins: Judged["origins"], fields: readonly JudgementField[]): readonly PropertyKey[] {
  const paths = fields.flatMap((field) => {
    const path = origins.get(field)?.path ?? [];
    return path.length === 0 ? [] : [[...path]];
  });
  return paths.toSorted((a, b) => Number(b[1]) - Number(a[1]))[0] ?? [];
}

function checkOrder(source: SourceText, limits: Limits | undefined, type: "high" | "low", path: readonly PropertyKey[]): void {
  const levels = levelsOf(limits, type);
  const bySeverity = SEVERITIES.toReversed().filter((severity) => limits?.[severity] !== undefined);
  if (levels.map(({ severity }) => severity).join() !== bySeverity.join())
    source.add(path, {
      zh: "限值次序不对：越严重的限值应越远离正常范围",
      en: "limits are out of order: the more severe one must lie further out",
    });
}

function checkKind(source: SourceText, entry: RuleEntry, path: readonly PropertyKey[], name: string): void {
  const definition = findPoint(name);
  if (definition === undefined) return;
  if (entry.increase !== undefined && definition.kind !== "counter")
    source.add([...path, "increase"], { zh: `${name} 不是计数器，不能用 increase`, en: `${name} is no counter: it has no increase` });
  if (definition.kind !== "state") {
    if (entry.state !== undefined)
      source.add([...path, "state"], {
        zh: `${name} 是数值，不能用 state；应为 high 或 low`,
        en: `${name} is a number: use high or low, not state`,
      });
    return;
  }
  if (entry.high !== undefined || entry.low !== undefined)
    source.add(path, { zh: `${name} 是状态量，应为 state`, en: `${name} is a state: use state, not high or low` });
  for (const key of ["rate", "deviation"] as const)
    if (entry[key] !== undefined)
      source.add([...path, key], { zh: `${name} 是状态量，没有 ${key}`, en: `${name} is a state: it has no ${key}` });
  const names = definition.states.map((word) => word.name);
  for (const state of Object.keys(entry.state ?? {}))
    if (stateIndex(definition, state) === undefined)
      source.add([...path, "state", state], {
        zh: `${name} 没有状态 ${state}；有：${names.join("、")}`,
        en: `${name} has no state ${state}; it has: ${names.join(", ")}`,
      });
}

function checkStandard(source: SourceText, { limits }: RuleEntry, path: readonly PropertyKey[], matched: readonly RuledPoint[]): void {
  if (limits === undefined || matched.length === 0 || matched.some(({ name }) => clauseFor(limits, name) !== undefined)) return;
  source.add([...path, "limits"], {
    zh: `${limits} 对这些测点没有规定`,
    en: `${limits} says nothing of these points`,
  });
}

/** Another reference or another time that a value may stand still would need another memory: that is a rule of its own. */
function checkScheduled(source: SourceText, entry: RuleEntry, path: readonly PropertyKey[]): void {
  if (entry.during === undefined) return;
  for (const key of ["deviation", "flat", "reAlarm", "latched"] as const)
    if (entry[key] !== undefined)
      source.add([...path, key], {
        zh: `带 during 的规则不能有 ${key}；请写成不带 during 的规则，或用 conditions`,
        en: `a rule with during has no ${key}: say it in a rule without during, or in conditions`,
      });
}

function checkWindows(source: SourceText, entry: RuleEntry, path: readonly PropertyKey[], matched: readonly RuledPoint[]): void {
  const slowest = matched.toSorted((a, b) => b.periodMs - a.periodMs)[0];
  const tooShort = (windowMs: number, place: readonly PropertyKey[]): void => {
    if (slowest === undefined || windowMs >= READINGS_PER_WINDOW_MIN * slowest.periodMs) return;
    source.add(place, {
      zh: `时间窗不足两次读数：${slowest.id} 每 ${slowest.periodMs / 1_000} 秒读一次`,
      en: `the window holds fewer than two readings: ${slowest.id} is read every ${slowest.periodMs / 1_000} s`,
    });
  };
  const rates = entry.rate === undefined || entry.rate === false ? [] : [entry.rate].flat();
  const isList = Array.isArray(entry.rate);
  rates.forEach(({ within, rise, fall, deadband }, place) => {
    const at = isList ? [...path, "rate", place] : [...path, "rate"];
    tooShort(within, [...at, "within"]);
    if (rates.findIndex((other) => other.within === within) < place)
      source.add([...at, "within"], { zh: "同一时间窗只能写一次", en: "this window is there already" });
    checkAmounts(source, { rise, fall }, deadband, at);
  });
  if (entry.increase !== undefined && entry.increase !== false) {
    tooShort(entry.increase.within, [...path, "increase", "within"]);
    checkOrder(source, entry.increase.high, "high", [...path, "increase", "high"]);
  }
  if (entry.flat !== undefined && entry.flat !== false) tooShort(entry.flat.for, [...path, "flat", "for"]);
}

/** Amounts of a change or of a distance: something must be asked, in order, and the deadband must leave a way back. */
function checkAmounts(
  source: SourceText,
  amounts: Readonly<Record<string, Limits | undefined>>,
  deadband: number | undefined,
  path: readonly PropertyKey[],
): void {
  const keys = Object.keys(amounts);
  if (keys.every((key) => amounts[key] === undefined))
    source.add(path, { zh: `应有 ${keys.join(" 或 ")}`, en: `expected ${keys.join(" or ")}` });
  for (const key of keys) {
    checkOrder(source, amounts[key], "high", [...path, key]);
    const mildest = levelsOf(amounts[key], "high")[0];
    if (mildest !== undefined && deadband !== undefined && deadband >= mildest.limit)
      source.add([...path, "deadband"], {
        zh: `回差 ${deadband} 不小于 ${key} 的 ${mildest.limit}，告警将无法恢复`,
        en: `the deadband ${deadband} is not below the ${mildest.limit} of ${key}: the alarm could never clear`,
      });
  }
}

function checkDeviation(
  source: SourceText,
  { deviation }: RuleEntry,
  path: readonly PropertyKey[],
  matched: readonly RuledPoint[],
  index: PointIndex,
): void {
  if (deviation === undefined || deviation === false) return;
  const at = [...path, "deviation"];
  checkAmounts(source, { above: deviation.above, below: deviation.below }, deviation.deadband, at);
  const parsed = parseFormula(deviation.from);
  if ("fault" in parsed) {
    const { message } = parsed.fault;
    source.add([...at, "from"], { zh: `第 ${parsed.fault.at} 个字符：${message.zh}`, en: `character ${parsed.fault.at}: ${message.en}` });
    return;
  }
  for (const { id, device } of matched) {
    const compiled = compileFormula(parsed.tree, index.scopeAt(device, id));
    if (!("problems" in compiled)) {
      if (compiled.formula.kind === "truth")
        source.add([...at, "from"], { zh: "应为数值，不是条件", en: "expected a number, not a condition" });
      continue;
    }
    for (const { zh, en } of compiled.problems) source.add([...at, "from"], { zh: `${id}：${zh}`, en: `${id}: ${en}` });
    return;
  }
}
