import type { DeviceReader } from "../../drivers/driver.ts";
import type { ModbusWire } from "../../drivers/modbus/session.ts";
import type { Clock } from "../platform/clock.ts";
import type { Device } from "../site/model.ts";
import type { BusEntry } from "../site/schema.ts";
import { snmpWire } from "../site/snmp.ts";

/** A wire as acquisition uses it, whatever the protocol. */
export interface OpenBus {
  reader(device: Device): DeviceReader;
  close(): Promise<void>;
}

/** Opens the wire of a bus. Drivers are loaded when a site has a use for them: a box without SNMP starts without it. */
export async function openBus(bus: BusEntry, clock: Clock): Promise<OpenBus> {
  if (bus.kind === "snmp") {
    const { openSnmp } = await import("../../drivers/snmp/session.ts");
    const session = openSnmp(snmpWire(bus), clock);
    return {
      close: () => session.close(),
      reader({ id, profile, rows }) {
        if (profile.protocol !== "snmp") throw new Error(`${id} passed the site check with a ${profile.protocol} profile on an SNMP bus`);
        return session.device({ profile, rows });
      },
    };
  }
  const { openModbus } = await import("../../drivers/modbus/session.ts");
  const session = openModbus(modbusWire(bus), clock);
  return {
    close: () => session.close(),
    reader({ id, profile, unit, channel }) {
      if (profile.protocol !== "modbus") throw new Error(`${id} passed the site check with a ${profile.protocol} profile on a Modbus bus`);
      return session.device({ profile, unit, channel });
    },
  };
}

function modbusWire(bus: Exclude<BusEntry, { kind: "snmp" }>): ModbusWire {
  if (bus.kind !== "modbus-rtu") return { kind: bus.kind, host: bus.host, port: bus.port, timeoutMs: bus.timeout };
  return { kind: bus.kind, path: bus.path, baudRate: bus.baudRate, parity: bus.parity, stopBits: bus.stopBits, timeoutMs: bus.timeout };
}
