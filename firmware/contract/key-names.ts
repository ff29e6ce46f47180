import type { DeviceClass } from "./site.ts";

const SERVICE = [["service.state"], ["response.time"], ["http.status"], ["certificate.days"]];

/** What one looks at first, by class of device. Of each group the first name that the device has. */
const KEY_NAMES: Readonly<Record<DeviceClass, readonly (readonly string[])[]>> = {
  ups: [["output.source"], ["ups.load", "output.L1.power.percent"], ["battery.charge"], ["battery.runtime"]],
  pdu: [["input.load.status", "input.L1.load.status"], ["input.realpower"], ["input.current", "input.L1.current"], ["input.energy"]],
  ats: [["input.source"], ["ats.redundancy"], ["input.A.voltage", "input.A.status"], ["input.B.voltage", "input.B.status"]],
  rectifier: [["rectifier.alarm"], ["output.voltage"], ["output.current"], ["battery.charge", "battery.voltage"]],
  battery: [["battery.charge"], ["battery.voltage"], ["battery.current"], ["battery.temperature.max", "battery.temperature"]],
  meter: [["input.realpower"], ["input.L1-N.voltage", "input.voltage"], ["input.frequency"], ["input.energy"]],
  cooling: [["cooling.status"], ["return.temperature"], ["supply.temperature"], ["return.humidity"]],
  sensor: [["ambient.temperature"], ["ambient.humidity"]],
  leak: [["leak.detected"], ["leak.cable"], ["leak.distance"]],
  smoke: [["fire.alarm", "smoke.detected"], ["fire.fault"]],
  door: [["door.contact"]],
  access: [["door.contact"]],
  io: [],
  host: [["service.state"], ["response.time"], ["packet.loss"], ["host.load.1m"], ["host.memory.available"], ["host.cpu.load"]],
  switch: [["host.uptime"], ["host.cpu.load"], ["host.temperature"]],
  storage: [["storage.status"], ["host.temperature"], ["host.cpu.load"]],
  database: SERVICE,
  middleware: SERVICE,
  application: SERVICE,
  other: [],
};
const FALLBACK_COUNT = 2;

/** Of a device's point names the most telling, most telling first. */
export function keyNames(deviceClass: DeviceClass, own: readonly string[]): readonly string[] {
  const found = KEY_NAMES[deviceClass].flatMap((names) => names.filter((name) => own.includes(name)).slice(0, 1));
  return found.length > 0 ? found : own.slice(0, FALLBACK_COUNT);
}
