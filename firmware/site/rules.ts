import { chosenSegment, findPoint, type PointDefinition, stateIndex } from "../../drivers/vocabulary.ts";
import type { Level, LimitRule, Rule, SilenceRule, StateRule } from "../alarms/rule.ts";
import type { Severity, Words } from "../contract/alarm.ts";
import { SEVERITIES } from "../contract/severity.ts";
import { DEFAULT_RULES, type DefaultRule, SILENCE_ACTIONS } from "./default-rules.ts";
import type { Device } from "./model.ts";
import type { BusEntry, RuleEntry, TargetEntry } from "./schema.ts";

/** Lost after three polls without an answer, and not before 15 s. */
export const LOST_POLLS = 3;
export const LOST_AFTER_MIN_MS = 15_000;

/** Key of the alarm of a device, point or bus: `site/area/device/point/type`, `-` where there is none. */
export function alarmKey(site: string, area: string, device: string, point: string | null, type: string): string {
  return `${site}/${area}/${device}/${point ?? "-"}/${type}`;
}

/** Anything between, for `*` in the points of a rule. */
export function pointPattern(pattern: string): RegExp {
  return new RegExp(`^${pattern.split("*").map(RegExp.escape).join(".*")}$`);
}

/** How a person names a device's point: `UPS A 电池电量`. A segment chosen by the site stands behind it. */
export function pointText(device: Words, definition: PointDefinition, segment: string): Words {
  const tail = segment === "" ? "" : ` ${segment}`;
  return { zh: `${device.zh} ${definition.label.zh}${tail}`, en: `${device.en} ${withinSentence(definition.label.en)}${tail}` };
}

/** `Battery charge` → `battery charge`; `UPS temperature` and `L1 voltage` stay. */
function withinSentence(label: string): string {
  return /^[A-Z][a-z]/.test(label) ? `${label.charAt(0).toLowerCase()}${label.slice(1)}` : label;
}

/** The process rules of one point: what the site file says last, else what the house says. */
export function processRules(
  place: { readonly site: string; readonly device: Device; readonly name: string; readonly point: number; readonly segment: string },
  entries: readonly RuleEntry[],
): readonly Rule[] {
  const pointId = `${place.device.id}/${place.name}`;
  const said = entries.findLast((entry) => entry.points.some((pattern) => pointPattern(pattern).test(pointId)));
  const rule = said === undefined ? DEFAULT_RULES[place.name] : fromEntry(said, DEFAULT_RULES[place.name]);
  const definition = findPoint(place.name);
  if (rule === undefined || definition === undefined) return [];
  const name = pointText(place.device.name, definition, place.segment);
  const head = (type: string, text: Words) => ({
    key: alarmKey(place.site, place.device.area, place.device.id, place.name, type),
    device: place.device.id,
    pointId,
    point: place.point,
    unit: definition.unit,
    onDelayMs: rule.onDelayMs,
    offDelayMs: rule.offDelayMs,
    latched: rule.latched ?? false,
    text,
    action: rule.action,
  });
  const limits = (["high", "low"] as const).flatMap((type): LimitRule[] => {
    const levels = levelsOf(rule[type], type);
    if (levels.length === 0 || definition.kind === "state") return [];
    const text = type === "high" ? { zh: `${name.zh}过高`, en: `${name.en} too high` } : { zh: `${name.zh}过低`, en: `${name.en} too low` };
    return [{ ...head(type, text), kind: "limit", type, levels, deadband: rule.deadband ?? 0 }];
  });
  const states = Object.entries(rule.state ?? {}).flatMap(([state, severity]): StateRule[] => {
    if (definition.kind !== "state") return [];
    const index = stateIndex(definition, state);
    const word = definition.states[index ?? -1];
    if (index === undefined || word === undefined) return [];
    return [
      {
        ...head(state, { zh: `${name.zh}：${word.zh}`, en: `${name.en}: ${withinSentence(word.en)}` }),
        kind: "state",
        type: state,
        state: index,
        severity,
      },
    ];
  });
  return [...limits, ...states];
}

/** Silence as alarms of its own: a device that is lost, a point without a valid value, a bus whose adapter is missing. */
export function silenceRules(
  site: string,
  devices: readonly Device[],
  buses: readonly BusEntry[],
  targets: readonly TargetEntry[],
): readonly SilenceRule[] {
  const head = (type: SilenceRule["type"], device: string, area: string, point: string | null) => ({
    key: alarmKey(site, area, device, point, type),
    kind: "silence" as const,
    type,
    device,
    pointId: point === null ? null : `${device}/${point}`,
    unit: "",
    onDelayMs: 0,
    offDelayMs: 0,
    action: SILENCE_ACTIONS[type],
  });
  const ofDevices = devices.flatMap((device): SilenceRule[] => [
    {
      ...head("lost", device.id, device.area, null),
      severity: "major",
      text: { zh: `${device.name.zh} 通信中断`, en: `${device.name.en} does not answer` },
    },
    ...device.points.map(({ name, row }): SilenceRule => {
      const definition = findPoint(name);
      if (definition === undefined) throw new Error(`point ${name} passed the catalogue without a definition`);
      const text = pointText(device.name, definition, row ?? chosenSegment(name));
      return {
        ...head("stale", device.id, device.area, name),
        severity: "minor",
        text: { zh: `${text.zh} 无有效数据`, en: `${text.en} has no valid value` },
      };
    }),
  ]);
  const ofBuses = buses.map(
    (bus): SilenceRule => ({
      ...head("adapterMissing", bus.id, "bus", null),
      severity: "major",
      text: {
        zh: `总线 ${bus.id} 的转换器或网络不通（${wireText(bus)}）`,
        en: `Adapter or network of bus ${bus.id} is missing (${wireText(bus)})`,
      },
    }),
  );
  const ofTargets = targets.map(
    ({ id }): SilenceRule => ({
      ...head("delivery", id, "target", null),
      severity: "minor",
      text: { zh: `事件无法送达上级 ${id}`, en: `Events do not reach target ${id}` },
    }),
  );
  return [...ofDevices, ...ofBuses, ...ofTargets];
}

/** Where a wire is, as on its label. */
export function wireText(bus: BusEntry): string {
  return bus.kind === "modbus-rtu" ? bus.path : `${bus.host}:${bus.port}`;
}

function fromEntry(entry: RuleEntry, house: DefaultRule | undefined): DefaultRule {
  const action = entry.action ?? house?.action ?? { zh: "到现场查看。", en: "Go and look." };
  return {
    ...(entry.high === undefined ? {} : { high: entry.high }),
    ...(entry.low === undefined ? {} : { low: entry.low }),
    ...(entry.state === undefined ? {} : { state: entry.state }),
    deadband: entry.deadband,
    onDelayMs: entry.on,
    offDelayMs: entry.off,
    latched: entry.latched,
    action: typeof action === "string" ? { zh: action, en: action } : action,
  };
}

/** Mildest first; the file's order does not matter. */
export function levelsOf(limits: Partial<Record<Severity, number | undefined>> | undefined, type: "high" | "low"): readonly Level[] {
  const levels = SEVERITIES.flatMap((severity): Level[] => {
    const limit = limits?.[severity];
    return limit === undefined ? [] : [{ severity, limit }];
  });
  return levels.toSorted((a, b) => (type === "high" ? a.limit - b.limit : b.limit - a.limit));
}
