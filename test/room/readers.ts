import type { DeviceReader, Session } from "../../drivers/driver.ts";
import { type ModbusAddress, openModbus } from "../../drivers/modbus/session.ts";
import { openSnmp, type SnmpAddress } from "../../drivers/snmp/session.ts";
import { systemClock } from "../../firmware/platform/clock.ts";
import type { Site } from "../../firmware/site/model.ts";
import type { BusEntry } from "../../firmware/site/schema.ts";
import { loadedSite } from "../firmware/loaded-site.ts";

type AnySession = { readonly modbus: Session<ModbusAddress> } | { readonly snmp: Session<SnmpAddress> };

/** The product's own readers for every device of a site, to hold the room against what its drivers make of it. */
export interface SiteReaders {
  readonly site: Site;
  reader(device: string): DeviceReader;
  close(): Promise<void>;
}

export function openSiteReaders(siteYaml: string): SiteReaders {
  const site = loadedSite(siteYaml);
  const sessions = new Map(site.buses.map((bus) => [bus.id, openBus(bus)]));
  return {
    site,
    reader(id) {
      const device = site.devices.find((each) => each.id === id);
      const session = sessions.get(device?.bus ?? "");
      if (device === undefined || session === undefined) throw new Error(`no device ${id}`);
      const { profile, unit, channel, rows } = device;
      if ("modbus" in session && profile.protocol === "modbus") return session.modbus.device({ profile, unit, channel });
      if ("snmp" in session && profile.protocol === "snmp") return session.snmp.device({ profile, rows });
      throw new Error(`the profile of ${id} does not fit its bus`);
    },
    async close() {
      for (const session of sessions.values()) await ("modbus" in session ? session.modbus : session.snmp).close();
    },
  };
}

function openBus(bus: BusEntry): AnySession {
  if (bus.kind === "modbus-tcp" || bus.kind === "modbus-rtu-tcp")
    return { modbus: openModbus({ kind: bus.kind, host: bus.host, port: bus.port, timeoutMs: bus.timeout }, systemClock) };
  if (bus.kind !== "snmp") throw new Error("the room has no serial port");
  const { authKey = "", privKey = "", user = "" } = bus;
  const security =
    bus.version === 3 || bus.version === "3"
      ? {
          version: "3" as const,
          user,
          level: bus.level,
          authProtocol: bus.authProtocol,
          authKey,
          privProtocol: bus.privProtocol,
          privKey,
        }
      : { version: "2c" as const, community: bus.community };
  return {
    snmp: openSnmp({ kind: "snmp", host: bus.host, port: bus.port, timeoutMs: bus.timeout, retries: bus.retries, security }, systemClock),
  };
}
