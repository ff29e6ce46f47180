/**
 * Every point name the product knows, with unit, physical range and labels. Names follow NUT (docs/nut-names.txt, the record
 * named by RFC 9271) where NUT has one: UPS, PDU, meter and ambient names; air-conditioner, door, leak and host names are ours in
 * the same grammar. A `#` stands for one segment chosen by the site (a phase, an interface, a disk).
 */
export type Unit =
  | ""
  | "°C"
  | "K"
  | "%"
  | "V"
  | "A"
  | "W"
  | "kW"
  | "VA"
  | "var"
  | "kWh"
  | "Hz"
  | "s"
  | "min"
  | "Pa"
  | "kPa"
  | "B"
  | "B/s"
  | "1/s"
  | "rpm"
  | "m³/h"
  | "L/min";

export interface Words {
  readonly zh: string;
  readonly en: string;
}

/** A number that varies. `range` is what physics allows, not what is good: outside it a reading is not believed. */
export interface MeasureDefinition {
  readonly kind: "measure" | "counter";
  readonly unit: Unit;
  readonly range: readonly [low: number, high: number];
  /** Decimal places a person needs. */
  readonly digits: number;
  readonly label: Words;
}

/** A small set of named states; a reading carries the state's index in `states`. */
export interface StateDefinition {
  readonly kind: "state";
  readonly unit: "";
  readonly states: readonly StateWord[];
  readonly label: Words;
}

export interface StateWord extends Words {
  /** The name that profiles and rules use, e.g. `on-battery`. */
  readonly name: string;
}

export type PointDefinition = MeasureDefinition | StateDefinition;

const measure = (unit: Unit, range: readonly [number, number], digits: number, zh: string, en: string): MeasureDefinition => ({
  kind: "measure",
  unit,
  range,
  digits,
  label: { zh, en },
});
const counter = (unit: Unit, digits: number, zh: string, en: string): MeasureDefinition => ({
  kind: "counter",
  unit,
  range: [0, Number.MAX_SAFE_INTEGER],
  digits,
  label: { zh, en },
});
const state = (zh: string, en: string, ...states: readonly (readonly [name: string, zh: string, en: string])[]): StateDefinition => ({
  kind: "state",
  unit: "",
  states: states.map(([name, stateZh, stateEn]) => ({ name, zh: stateZh, en: stateEn })),
  label: { zh, en },
});

/** The table. Grouped by what is measured; a new name needs unit, range, digits and both labels. */
export const VOCABULARY: Readonly<Record<string, PointDefinition>> = {
  "ambient.temperature": measure("°C", [-40, 125], 1, "温度", "Temperature"),
  "ambient.humidity": measure("%", [0, 100], 1, "相对湿度", "Relative humidity"),

  "input.energy": counter("kWh", 1, "输入电能", "Input energy"),

  "battery.charge": measure("%", [0, 100], 0, "电池电量", "Battery charge"),
  "battery.runtime": measure("s", [0, 1_000_000], 0, "电池剩余时间", "Battery runtime"),
  "battery.voltage": measure("V", [0, 1_000], 1, "电池电压", "Battery voltage"),
  "battery.current": measure("A", [-2_000, 2_000], 1, "电池电流", "Battery current"),
  "battery.temperature": measure("°C", [-40, 125], 1, "电池温度", "Battery temperature"),
  "battery.status": state(
    "电池状态",
    "Battery status",
    ["unknown", "未知", "Unknown"],
    ["normal", "正常", "Normal"],
    ["low", "电量低", "Low"],
    ["depleted", "耗尽", "Depleted"],
  ),
  "output.source": state(
    "输出来源",
    "Output source",
    ["other", "其他", "Other"],
    ["none", "无输出", "None"],
    ["normal", "市电", "Mains"],
    ["bypass", "旁路", "Bypass"],
    ["battery", "电池", "Battery"],
    ["booster", "升压", "Booster"],
    ["reducer", "降压", "Reducer"],
  ),
};

const PATTERNS = Object.keys(VOCABULARY)
  .filter((name) => name.includes("#"))
  .map((name) => ({ name, pattern: new RegExp(`^${name.replaceAll(".", "\\.").replace("#", "[A-Za-z0-9_-]+")}$`) }));

/** The definition behind a point name; a segment in place of `#` is the site's. */
export function findPoint(name: string): PointDefinition | undefined {
  const exact = VOCABULARY[name];
  if (exact !== undefined) return exact;
  const found = PATTERNS.find(({ pattern }) => pattern.test(name));
  return found === undefined ? undefined : VOCABULARY[found.name];
}

/** What stands in place of `#` in a point name, empty when its definition has none. */
export function chosenSegment(name: string): string {
  if (VOCABULARY[name] !== undefined) return "";
  const found = PATTERNS.find(({ pattern }) => pattern.test(name));
  if (found === undefined) return "";
  return name.slice(found.name.indexOf("#"), name.length - (found.name.length - found.name.indexOf("#") - 1));
}

/** The value that a reading carries for a state name. */
export function stateIndex(definition: StateDefinition, name: string): number | undefined {
  const index = definition.states.findIndex((word) => word.name === name);
  return index < 0 ? undefined : index;
}
