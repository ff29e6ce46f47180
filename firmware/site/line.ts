import type { PortGuard } from "../../drivers/line/port-guard.ts";
import type { LineWire } from "../../drivers/line/wire.ts";
import { portOf } from "../../drivers/probe/plan.ts";
import type { Profile } from "../../drivers/profile.ts";
import { LINE_BUS_KINDS, type LineBusEntry } from "./line-schema.ts";
import type { Device } from "./model.ts";
import type { BusEntry, DeviceEntry } from "./schema.ts";

/** What the devices of each kind of bus speak. */
export const PROTOCOL_OF = {
  "modbus-tcp": "modbus",
  "modbus-rtu-tcp": "modbus",
  "modbus-rtu": "modbus",
  "modbus-ascii": "modbus",
  snmp: "snmp",
  megatec: "megatec",
  upslink: "upslink",
  yd1363: "yd1363",
  "dlt645-2007": "dlt645",
  "dlt645-1997": "dlt645",
  osdp: "osdp",
  gpio: "contact",
  probe: "probe",
} as const satisfies Record<BusEntry["kind"], Profile["protocol"]>;

/** Whether devices of this profile can be on a bus of this kind. */
export function speaks(kind: BusEntry["kind"], profile: Profile): boolean {
  if (PROTOCOL_OF[kind] !== profile.protocol) return false;
  return profile.protocol !== "dlt645" || kind === `dlt645-${profile.edition}`;
}

export function isBusKind(kind: string | undefined): kind is BusEntry["kind"] {
  return kind !== undefined && kind in PROTOCOL_OF;
}

/** Whether a bus is a serial line that may be here or at a serial device server. */
export function isLineBus(bus: BusEntry): bus is LineBusEntry {
  return (LINE_BUS_KINDS as readonly string[]).includes(bus.kind);
}

/** Whether a bus is a line whose bytes can be watched. */
export function hasLine(bus: BusEntry): boolean {
  return PROTOCOL_OF[bus.kind] === "modbus" || isLineBus(bus);
}

/** The serial line of a bus, as drivers open it. */
export function lineWire(bus: LineBusEntry, guard?: PortGuard): LineWire {
  const line = { ...settingsOf(bus), timeoutMs: bus.timeout, pauseMs: bus.pause };
  if (bus.path !== undefined) return { ...line, path: wireText(bus), guard };
  if (bus.host === undefined || bus.port === undefined) throw new Error(`bus ${bus.id} passed the site check without path and host`);
  return { ...line, host: bus.host, port: bus.port };
}

/** How a serial line is set. */
export function settingsOf(
  bus: LineBusEntry | Extract<BusEntry, { kind: "modbus-rtu" }>,
): Pick<Required<LineWire>, "baudRate" | "parity" | "stopBits" | "dataBits"> {
  const { baudRate, parity, stopBits } = bus;
  return { baudRate, parity, stopBits, dataBits: bus.kind === "modbus-ascii" ? bus.dataBits : 8 };
}

/** Names of the serial port of a bus, most telling first; none where the wire is a network. */
export function portNames(bus: BusEntry): readonly string[] {
  return "path" in bus && bus.path !== undefined ? [bus.path].flat() : [];
}

/** Where a wire is, as on its label. */
export function wireText(bus: BusEntry): string {
  if (bus.kind === "gpio") return bus.chip === undefined ? "GPIO" : `GPIO ${bus.chip}`;
  if (bus.kind === "probe") return bus.host;
  return portNames(bus)[0] ?? ("host" in bus ? `${bus.host}:${bus.port}` : "");
}

/** The same of one device: on a probed host each service is at a place of its own, e.g. `10.0.0.5:6379` or `https://10.0.0.5/health`. */
export function whereText(bus: BusEntry, { profile, probe }: Pick<Device, "profile" | "probe">): string {
  if (bus.kind !== "probe" || profile.protocol !== "probe") return wireText(bus);
  const port = portOf(profile, probe);
  if (port === undefined) return bus.host;
  const { what } = profile.ask;
  const host = what === "tcp" ? bus.host : (probe.serverName ?? bus.host);
  const at = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  return what === "tcp" ? at : `${what}://${at}${probe.path ?? "/"}`;
}

/** How the line of a serial port is set, e.g. `9600 8N1`; empty where the box has nothing to set. */
export function lineSettings(bus: BusEntry): string {
  if (!("path" in bus) || bus.path === undefined) return "";
  const { baudRate, parity, stopBits, dataBits } = settingsOf(bus);
  return `${baudRate} ${dataBits}${parity.charAt(0).toUpperCase()}${stopBits}`;
}

/** What tells a device from others on its wire: a unit, the digits of a meter, or the line of a contact; null where there is only one. */
export function placeOf(device: { readonly profile: Profile } & Pick<DeviceEntry, "unit" | "address" | "channel">): number | string | null {
  switch (device.profile.protocol) {
    case "modbus":
    case "yd1363":
    case "osdp":
      return device.unit ?? null;
    case "dlt645":
      return device.address ?? null;
    case "contact":
      return device.channel;
    default:
      return null;
  }
}
