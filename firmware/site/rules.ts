import type { PointDefinition } from "../../drivers/vocabulary.ts";
import type { BoxCondition, Level, SilenceRule } from "../alarms/rule.ts";
import type { Severity, Words } from "../contract/alarm.ts";
import { SEVERITIES } from "../contract/severity.ts";
import { hasBattery } from "./battery-source.ts";
import { BOX_ALARMS } from "./box-alarms.ts";
import { SILENCE_ACTIONS } from "./default-rules.ts";
import { wireText } from "./line.ts";
import type { Device } from "./model.ts";
import type { BusEntry } from "./schema.ts";
import type { TargetEntry } from "./target-schema.ts";

/** Lost after three polls without an answer, and not before 15 s. */
export const LOST_POLLS = 3;
export const LOST_AFTER_MIN_MS = 15_000;

/** Key of the alarm of a device, point or bus: `site/area/device/point/type`, `-` where there is none. */
export function alarmKey(site: string, area: string, device: string, point: string | null, type: string): string {
  return `${site}/${area}/${device}/${point ?? "-"}/${type}`;
}

/** Key of an alarm about the box itself. */
export function boxAlarmKey(site: string, condition: BoxCondition): string {
  return alarmKey(site, "box", condition, null, condition);
}

/** Whether a point id fits a rule's pattern; `*` stands for any text. Linear: a hostile pattern must not hang the check. */
export function fitsPattern(pattern: string, id: string): boolean {
  const [head = "", ...rest] = pattern.split("*");
  const tail = rest.pop();
  if (tail === undefined) return id === pattern;
  if (!id.startsWith(head)) return false;
  let at = head.length;
  for (const part of rest) {
    const found = id.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return id.length - tail.length >= at && id.endsWith(tail);
}

/** How a person names a device's point: `UPS A 电池电量`. A segment chosen by the site stands behind it. */
export function pointText(device: Words, definition: PointDefinition, segment: string): Words {
  const tail = segment === "" ? "" : ` ${segment}`;
  return { zh: `${device.zh} ${definition.label.zh}${tail}`, en: `${device.en} ${withinSentence(definition.label.en)}${tail}` };
}

/** `Battery charge` → `battery charge`; `UPS temperature` and `L1 voltage` stay. */
export function withinSentence(label: string): string {
  return /^[A-Z][a-z]/.test(label) ? `${label.charAt(0).toLowerCase()}${label.slice(1)}` : label;
}

/** Whether several devices share a wire: only then its silence is another thing than a device's. Contacts and probed services share none. */
export function isSharedWire({ id, kind }: BusEntry, devices: readonly Pick<Device, "bus">[]): boolean {
  return kind !== "gpio" && kind !== "probe" && devices.filter(({ bus }) => bus === id).length > 1;
}

const SILENCE = { kind: "silence", pointId: null, unit: "", onDelayMs: 0, offDelayMs: 0 } as const;

/** Silence as alarms of its own: a device that is lost, a bus whose adapter is missing, a target that cannot be reached, trouble of the box itself. */
export function silenceRules(
  site: string,
  devices: readonly Device[],
  buses: readonly BusEntry[],
  targets: readonly TargetEntry[],
): readonly SilenceRule[] {
  const head = (type: keyof typeof SILENCE_ACTIONS & SilenceRule["type"], device: string, area: string) => ({
    ...{ key: alarmKey(site, area, device, null, type), type, device, action: SILENCE_ACTIONS[type] },
    ...SILENCE,
  });
  const ofDevices = devices.map(
    (device): SilenceRule => ({
      ...head("lost", device.id, device.area),
      severity: "major",
      ...lostWords(device),
      ...(hasBattery(device) ? { worse: lostOnBattery(device) } : {}),
    }),
  );
  const ofBuses = buses.map(
    (bus): SilenceRule => ({
      ...head("adapterMissing", bus.id, "bus"),
      severity: "major",
      ...(bus.kind === "gpio"
        ? inputsMissing(bus)
        : {
            text: {
              zh: `总线 ${bus.id} 的转换器或网络不通（${wireText(bus)}）`,
              en: `Adapter or network of bus ${bus.id} is missing (${wireText(bus)})`,
            },
          }),
    }),
  );
  const ofSharedBuses = buses
    .filter((bus) => isSharedWire(bus, devices))
    .map(
      (bus): SilenceRule => ({
        ...head("busSilent", bus.id, "bus"),
        severity: "major",
        text: { zh: `总线 ${bus.id} 上的设备全部无应答（${wireText(bus)}）`, en: `No device on bus ${bus.id} answers (${wireText(bus)})` },
      }),
    );
  const ofTargets = targets.map(
    ({ id }): SilenceRule => ({
      ...head("delivery", id, "target"),
      severity: "minor",
      text: { zh: `事件无法送达上级 ${id}`, en: `Events do not reach target ${id}` },
    }),
  );
  const ofBox = (Object.keys(BOX_ALARMS) as BoxCondition[]).map(
    (type): SilenceRule => ({ key: boxAlarmKey(site, type), type, device: type, ...SILENCE, ...BOX_ALARMS[type] }),
  );
  return [...ofDevices, ...ofBuses, ...ofSharedBuses, ...ofTargets, ...ofBox];
}

function inputsMissing(bus: BusEntry): Pick<SilenceRule, "text" | "action"> {
  const text = {
    zh: `总线 ${bus.id} 的开关量输入不可用（${wireText(bus)}）`,
    en: `Digital inputs of bus ${bus.id} are unavailable (${wireText(bus)})`,
  };
  return { text, action: SILENCE_ACTIONS.inputsMissing };
}

/** Mildest first; the file's order does not matter. */
export function levelsOf(limits: Partial<Record<Severity, number | undefined>> | undefined, type: "high" | "low"): readonly Level[] {
  const levels = SEVERITIES.flatMap((severity): Level[] => {
    const limit = limits?.[severity];
    return limit === undefined ? [] : [{ severity, limit }];
  });
  return levels.toSorted((a, b) => (type === "high" ? a.limit - b.limit : b.limit - a.limit));
}

/** Nobody sees any more how long the battery lasts: it is counted as giving. */
function lostOnBattery({ name: { zh, en } }: Device): NonNullable<SilenceRule["worse"]> {
  return {
    severity: "critical",
    text: { zh: `${zh} 放电中通信中断，按持续放电处理`, en: `${en} does not answer since it was on battery; count on it discharging` },
    action: SILENCE_ACTIONS.lostOnBattery,
  };
}

/** What to say of a device that is not heard, and what to do where that is something of its own. */
function lostWords({ name: { zh, en }, profile }: Device): Pick<SilenceRule, "text"> & Partial<Pick<SilenceRule, "action">> {
  switch (profile.protocol) {
    case "contact":
      return { text: { zh: `${zh} 无法读取`, en: `${en} cannot be read` }, action: SILENCE_ACTIONS.inputLost };
    // No answer is a reading: lost is a probe when this box cannot ask.
    case "probe":
      return { text: { zh: `${zh} 无法探测`, en: `${en} cannot be probed` }, action: SILENCE_ACTIONS.unprobed };
    default:
      return { text: { zh: `${zh} 通信中断`, en: `${en} does not answer` } };
  }
}
