import type { Device, Site } from "./model.ts";

/** Points that say that the load is on the battery, the first that a device has, and its states for that and for giving no more. */
const SOURCES = [
  { name: "output.source", battery: "battery", dead: "none" },
  { name: "ups.mode", battery: "battery", dead: "shutdown" },
  { name: "battery.charger.status", battery: "discharging", dead: null },
] as const;

/** Where a device says what feeds its load. */
export interface BatterySource {
  /** Number of the point, and its states by number. */
  readonly point: number;
  readonly onBattery: number;
  readonly dead: number | null;
}

export function hasBattery({ points }: Pick<Device, "points">): boolean {
  return SOURCES.some(({ name }) => points.some((point) => point.name === name));
}

/** @param first number of the device's first point. Null: the device says nothing of a battery. */
export function batterySource({ points }: Pick<Site, "points">, device: Pick<Device, "points">, first: number): BatterySource | null {
  const names = device.points.map(({ name }) => name);
  const source = SOURCES.find(({ name }) => names.includes(name));
  if (source === undefined) return null;
  const point = first + names.indexOf(source.name);
  const definition = points[point]?.definition;
  if (definition?.kind !== "state") return null;
  const stateOf = (state: string): number => definition.states.findIndex(({ name }) => name === state);
  return { point, onBattery: stateOf(source.battery), dead: source.dead === null ? null : stateOf(source.dead) };
}
