import { printPath, type SourceText } from "../../drivers/source-text.ts";
import type { StateRule } from "../alarms/rule.ts";
import { scheduleClock } from "../alarms/schedule.ts";
import type { Words } from "../contract/alarm.ts";
import { parseFormula } from "../points/formula.ts";
import { compileFormula, type Formula } from "../points/formula-value.ts";
import type { Placed } from "./check.ts";
import { DERIVED_ACTIONS } from "./default-rules.ts";
import type { Device } from "./model.ts";
import type { PointIndex } from "./point-index.ts";
import type { ConditionEntry } from "./rule-schema.ts";
import { alarmKey } from "./rules.ts";
import { checkDuring, duringOf, type Schedules } from "./schedules.ts";

/** An entry of `conditions` with its formula. */
export interface ResolvedCondition {
  readonly entry: ConditionEntry;
  readonly path: readonly PropertyKey[];
  readonly device: Device;
  readonly formula: Formula;
}

/** What cannot be understood is refused at its place. */
export function resolveConditions(
  source: SourceText,
  entries: readonly Placed<ConditionEntry>[],
  devices: readonly Device[],
  { index, schedules }: { readonly index: PointIndex; readonly schedules: Schedules },
): readonly ResolvedCondition[] {
  const ids = new Set<string>();
  return entries.flatMap(({ entry, path }): ResolvedCondition[] => {
    if (ids.has(entry.id)) source.add([...path, "id"], { zh: `条件 ${entry.id} 已定义过`, en: `condition ${entry.id} is there already` });
    ids.add(entry.id);
    checkDuring(source, entry.during, path, schedules);
    const device = devices.find(({ id }) => id === entry.device);
    if (device === undefined && devices.length > 0)
      source.add([...path, "device"], { zh: `devices 中没有 ${entry.device}`, en: `there is no ${entry.device} in devices` });
    const parsed = parseFormula(entry.when);
    if ("fault" in parsed) {
      const { at, message } = parsed.fault;
      source.add([...path, "when"], { zh: `第 ${at} 个字符：${message.zh}`, en: `character ${at}: ${message.en}` });
      return [];
    }
    const compiled = compileFormula(parsed.tree, index.scopeAt(entry.device));
    if ("problems" in compiled) {
      for (const words of compiled.problems) source.add([...path, "when"], words);
      return [];
    }
    if (compiled.formula.kind === "number")
      source.add([...path, "when"], {
        zh: "应为条件（比较或 is），不是数值",
        en: "expected a condition (a comparison, or `is`), not a number",
      });
    else if (compiled.formula.points.length === 0)
      source.add([...path, "when"], { zh: "条件中没有测点，永远不变", en: "there is no point in this condition: it would never change" });
    return device === undefined ? [] : [{ entry, path, device, formula: compiled.formula }];
  });
}

/** A condition's rule, with what a person wants to know of where it comes from. */
export interface ConditionRule extends StateRule {
  readonly said: { readonly when: string; readonly place: string; readonly schedules: readonly string[] };
}

export const isConditionRule = (rule: object): rule is ConditionRule => "said" in rule && "when" in Object(rule.said);

export function conditionRules(
  site: { readonly id: string; readonly timezone: string },
  resolved: readonly ResolvedCondition[],
  schedules: Schedules,
): readonly ConditionRule[] {
  return resolved.map(({ entry, path, device, formula }): ConditionRule => {
    const text = withDevice(device, entry.text);
    const rule: ConditionRule = {
      said: { when: entry.when, place: printPath(path), schedules: duringOf(entry.during) },
      key: alarmKey(site.id, device.area, device.id, null, `when-${entry.id}`),
      device: device.id,
      pointId: null,
      // Delays run on while its first point is there; all of them are judged.
      point: formula.points[0] as number,
      unit: "",
      onDelayMs: entry.on,
      offDelayMs: entry.off,
      latched: entry.latched,
      reAlarmMs: entry.reAlarm,
      derivation: { kind: "formula", formula },
      text,
      action: entry.action === undefined ? DERIVED_ACTIONS.condition : wordsOf(entry.action),
      kind: "state",
      type: `when-${entry.id}`,
      state: 1,
      severity: entry.severity,
    };
    const during = duringOf(entry.during).flatMap((id) => schedules.get(id) ?? []);
    if (during.length === 0) return rule;
    return { ...rule, state: Number.NaN, variants: [{ isOn: scheduleClock(during, site.timezone), rule }] };
  });
}

function withDevice({ name }: Device, text: string | Words): Words {
  const { zh, en } = wordsOf(text);
  return { zh: `${name.zh} ${zh}`, en: `${name.en}: ${en}` };
}

const wordsOf = (text: string | Words): Words => (typeof text === "string" ? { zh: text, en: text } : text);
