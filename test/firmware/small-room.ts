import { step } from "../../firmware/alarms/lifecycle.ts";
import type { LimitRule, Rule, SilenceRule, StateRule } from "../../firmware/alarms/rule.ts";
import type { Placed } from "../../firmware/alarms/topology.ts";
import type { AlarmRecord } from "../../firmware/contract/alarm.ts";

export const words = (text: string) => ({ zh: `${text}（中）`, en: text });
const headOf = (device: string, pointId: string | null, type: string) => ({
  ...{ key: `s/a/${device}/${pointId ?? "-"}/${type}`, device, pointId, point: 0, unit: "", action: words("Look"), latched: false },
  ...{ text: words(`${device} ${type}`), onDelayMs: 0, offDelayMs: 0 },
});
export const silence = (device: string, type: SilenceRule["type"], more: Partial<SilenceRule> = {}): SilenceRule => ({
  ...headOf(device, null, type),
  ...{ kind: "silence", type, severity: "major" },
  ...more,
});
export const state = (device: string, name: string, type: string, more: Partial<StateRule> = {}): StateRule => ({
  ...headOf(device, `${device}/${name}`, type),
  ...{ kind: "state", type, state: 1, severity: "major" },
  ...more,
});
export const hot = (device: string, more: Partial<LimitRule> = {}): LimitRule => ({
  ...headOf(device, `${device}/ambient.temperature`, "high"),
  ...{ kind: "limit", type: "high", levels: [{ severity: "minor", limit: 27 }], deadband: 1 },
  ...more,
});

/** A supply that feeds one of two sensors in rows of a room, one sensor elsewhere, and a bus that carries them. */
export const SITE: Placed = {
  areas: [
    { id: "room", parent: null },
    { id: "row-a", parent: "room" },
    { id: "row-b", parent: "room" },
    { id: "far", parent: null },
  ],
  devices: [
    { id: "ups", area: "far", bus: "card", parents: [], profile: { class: "ups" } },
    { id: "th-1", area: "row-a", bus: "line", parents: ["ups"], profile: { class: "sensor" } },
    { id: "th-2", area: "row-b", bus: "line", parents: [], profile: { class: "sensor" } },
    { id: "th-9", area: "far", bus: "line", parents: [], profile: { class: "sensor" } },
    { id: "box-9", area: "far", bus: "other", parents: [], profile: { class: "sensor" } },
  ],
};
export const ON_BATTERY = state("ups", "output.source", "battery");
export const LOST_1 = silence("th-1", "lost");
export const LOST_2 = silence("th-2", "lost");
export const LOST_9 = silence("th-9", "lost");
export const LINE = silence("line", "busSilent");
export const SMOKE = state("th-1", "smoke.detected", "alarm");
export const FLOOD = silence("box", "flood");
export const RESTARTED = silence("box", "restarted");
export const RULES: readonly Rule[] = [
  ...[ON_BATTERY, LOST_1, LOST_2, LOST_9, LINE, SMOKE, FLOOD, RESTARTED],
  ...["th-1", "th-2", "th-9", "box-9", "ups"].map((device) => hot(device)),
];
export const HOT_1 = hot("th-1");
export const HOT_2 = hot("th-2");
export const HOT_9 = hot("th-9");
export const ELSEWHERE = hot("box-9");

/** The alarm of this rule as it is raised at 0. */
export const record = (rule: Rule, more: Partial<AlarmRecord> = {}): AlarmRecord => {
  const change = step(rule, null, { kind: "condition", level: 0, value: null, incident: `incident of ${rule.key}` }, 0);
  if (change === null) throw new Error("not raised");
  return { ...change.record, ...more };
};
