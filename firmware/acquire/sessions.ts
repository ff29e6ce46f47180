import type { DeviceReader, Session } from "../../drivers/driver.ts";
import { guarded, guardedSwitch, PortGuard } from "../../drivers/line/port-guard.ts";
import type { Surroundings } from "../../drivers/line/wire.ts";
import type { ModbusWire } from "../../drivers/modbus/session.ts";
import type { Profile } from "../../drivers/profile.ts";
import type { Switch } from "../../drivers/switch.ts";
import type { OutputPlace } from "../outputs/output.ts";
import type { Clock } from "../platform/clock.ts";
import { lineWire, portNames, wireText } from "../site/line.ts";
import type { Device } from "../site/model.ts";
import type { BusEntry } from "../site/schema.ts";
import { snmpWire } from "../site/snmp.ts";

/** A wire as acquisition uses it, whatever the protocol. */
export interface OpenBus {
  /** @param changed is called when the device says by itself that something has happened: it is to be read at once. */
  reader(device: Device, changed?: () => void): DeviceReader;
  /** Where something can be switched; absent on a bus that can only be asked. Used between two reads only. */
  readonly switchAt?: (place: OutputPlace) => Switch;
  /** Gives the wire back so that somebody else can have it; the next read opens it again. Not during a read. */
  release(): Promise<void>;
  close(): Promise<void>;
}

/** Opens the wire of a bus; an SNMP agent has no line that could be watched, nor have contacts. Drivers are loaded when a site has a use for them: a box without SNMP starts without it. */
export async function openBus(bus: BusEntry, clock: Clock, around: Surroundings = {}): Promise<OpenBus> {
  const names = portNames(bus);
  if (names.length === 0) return openWire(bus, clock, around);
  const guard = new PortGuard(names);
  const wire = await openWire(bus, clock, around, guard);
  const { switchAt } = wire;
  return {
    release: () => wire.release(),
    close: () => wire.close(),
    ...(switchAt === undefined ? {} : { switchAt: (place: OutputPlace) => guardedSwitch(switchAt(place), guard) }),
    reader: (device, changed) =>
      guarded(
        wire.reader(device, changed),
        guard,
        device.points.map(({ optional }) => optional),
      ),
  };
}

async function openWire(bus: BusEntry, clock: Clock, around: Surroundings, guard?: PortGuard): Promise<OpenBus> {
  switch (bus.kind) {
    case "snmp": {
      const { openSnmp } = await import("../../drivers/snmp/session.ts");
      return opened(openSnmp(snmpWire(bus), clock), "snmp", ({ rows }, profile) => ({ profile, rows }));
    }
    case "megatec": {
      const { openMegatec } = await import("../../drivers/megatec/session.ts");
      return opened(openMegatec(lineWire(bus, guard), clock, around), "megatec", (_, profile) => ({ profile }));
    }
    case "upslink": {
      const { openUpslink } = await import("../../drivers/upslink/session.ts");
      return opened(openUpslink(lineWire(bus, guard), clock, around), "upslink", (_, profile, changed) => ({ profile, changed }));
    }
    case "yd1363": {
      const { openYd1363 } = await import("../../drivers/yd1363/session.ts");
      return opened(openYd1363(lineWire(bus, guard), clock, around), "yd1363", ({ unit }, profile) => ({ profile, unit }));
    }
    case "dlt645-2007":
    case "dlt645-1997": {
      const { openDlt645 } = await import("../../drivers/dlt645/session.ts");
      return opened(openDlt645(lineWire(bus, guard), clock, around), "dlt645", ({ address }, profile) => ({ profile, address }));
    }
    case "osdp": {
      const { openOsdp } = await import("../../drivers/osdp/session.ts");
      return opened(openOsdp(lineWire(bus, guard), clock, around), "osdp", ({ unit }, profile) => ({ profile, unit }));
    }
    case "gpio": {
      const { openContacts } = await import("../../drivers/contact/session.ts");
      const contacts = openContacts(bus.chip, clock);
      const wire = opened(contacts, "contact", ({ channel: line, normally, closed }, profile, changed) => ({
        ...{ profile, line, normally, closed, changed },
      }));
      return { ...wire, switchAt: (place) => contacts.switchAt(expected(place, "line")) };
    }
    case "modbus-ascii":
    case "modbus-rtu":
    case "modbus-rtu-tcp":
    case "modbus-tcp": {
      const { openModbus } = await import("../../drivers/modbus/session.ts");
      const modbus = openModbus(modbusWire(bus, guard), clock, around);
      const wire = opened(modbus, "modbus", ({ unit, channel }, profile) => ({ profile, unit, channel }));
      return { ...wire, switchAt: (place) => modbus.switchAt(expected(place, "modbus")) };
    }
    case "probe": {
      const { openProbe } = await import("../../drivers/probe/session.ts");
      const wire = { host: bus.host, timeoutMs: bus.timeout };
      return opened(openProbe(wire, clock), "probe", ({ probe }, profile) => ({ profile, settings: probe }));
    }
    default:
      return bus satisfies never;
  }
}

function expected<Kind extends OutputPlace["kind"]>(place: OutputPlace, kind: Kind): Extract<OutputPlace, { readonly kind: Kind }> {
  if (place.kind !== kind) throw new Error(`an output at a ${place.kind} passed the site check on a bus of ${kind}`);
  return place as Extract<OutputPlace, { readonly kind: Kind }>;
}

type ProfileOf<Protocol extends Profile["protocol"]> = Extract<Profile, { readonly protocol: Protocol }>;

/** A session with devices as the site has them. */
function opened<Protocol extends Profile["protocol"], Address>(
  session: Session<Address>,
  protocol: Protocol,
  addressOf: (device: Device, profile: ProfileOf<Protocol>, changed: () => void) => Address,
): OpenBus {
  const speaks = (profile: Profile): profile is ProfileOf<Protocol> => profile.protocol === protocol;
  return {
    release: () => session.release(),
    close: () => session.close(),
    reader(device, changed = () => {}) {
      const { id, profile } = device;
      if (!speaks(profile)) throw new Error(`${id} passed the site check with a ${profile.protocol} profile on a ${protocol} bus`);
      return session.device(addressOf(device, profile, changed));
    },
  };
}

export function modbusWire(bus: Extract<BusEntry, { kind: `modbus-${string}` }>, guard?: PortGuard): ModbusWire {
  if (bus.kind === "modbus-ascii") return { kind: bus.kind, ...lineWire(bus, guard) };
  const waits = { timeoutMs: bus.timeout, pauseMs: bus.pause };
  if (bus.kind !== "modbus-rtu") return { kind: bus.kind, host: bus.host, port: bus.port, ...waits };
  const { kind, baudRate, parity, stopBits } = bus;
  return { kind, path: wireText(bus), guard, baudRate, parity, stopBits, ...waits };
}
