import type { DeviceClass } from "../../firmware/contract/site.ts";
import type { NumberedPoint, Room } from "../live/store.ts";

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

/** The most telling points of a device, most telling first. */
export function keyPoints(room: Room, deviceId: string): readonly NumberedPoint[] {
  const device = room.device(deviceId);
  if (device === undefined) return [];
  const own = new Map(room.pointsOf(deviceId).map((point) => [point.name, point]));
  const found = KEY_NAMES[device.class].flatMap((names) => names.flatMap((name) => own.get(name) ?? []).slice(0, 1));
  return found.length > 0 ? found : room.pointsOf(deviceId).slice(0, FALLBACK_COUNT);
}
