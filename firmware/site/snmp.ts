import type { SnmpWire } from "../../drivers/snmp/wire.ts";
import type { BusEntry, TargetEntry } from "./schema.ts";

/** The wire to an SNMP agent that is asked, or to a manager that is told, as the site file describes it. */
export function snmpWire(bus: Extract<BusEntry, { kind: "snmp" }> | Extract<TargetEntry, { kind: "snmp-trap" }>): SnmpWire {
  const wire = { kind: "snmp" as const, host: bus.host, port: bus.port, timeoutMs: bus.timeout, retries: bus.retries };
  const version = String(bus.version);
  if (version !== "3") return { ...wire, security: { version: version === "1" ? "1" : "2c", community: bus.community } };
  return {
    ...wire,
    security: {
      version: "3",
      user: bus.user ?? "",
      level: bus.level,
      authProtocol: bus.authProtocol,
      privProtocol: bus.privProtocol,
      ...(bus.authKey === undefined ? {} : { authKey: bus.authKey }),
      ...(bus.privKey === undefined ? {} : { privKey: bus.privKey }),
      ...(bus.context === undefined ? {} : { context: bus.context }),
    },
  };
}
