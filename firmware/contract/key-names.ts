import type { DeviceClass } from "./site.ts";

/** What one looks at first, by class of device. Of each group the first name that the device has. */
const KEY_NAMES: Readonly<Record<DeviceClass, readonly (readonly string[])[]>> = {
  ups: [["output.source"], ["ups.load", "output.L1.power.percent"], ["battery.charge"], ["battery.runtime"]],
  cooling: [["cooling.status"], ["return.temperature"], ["supply.temperature"], ["return.humidity"]],
  sensor: [["ambient.temperature"], ["ambient.humidity"]],
  meter: [["input.realpower"], ["input.L1-N.voltage"], ["input.frequency"], ["input.energy"]],
  host: [["host.load.1m"], ["host.memory.available"], ["host.cpu.load"]],
  door: [["door.contact"]],
  leak: [["leak.detected"]],
  other: [],
};
const FALLBACK_COUNT = 2;

/** Of a device's point names the most telling, most telling first. */
export function keyNames(deviceClass: DeviceClass, own: readonly string[]): readonly string[] {
  const found = KEY_NAMES[deviceClass].flatMap((names) => names.filter((name) => own.includes(name)).slice(0, 1));
  return found.length > 0 ? found : own.slice(0, FALLBACK_COUNT);
}
