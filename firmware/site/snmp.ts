import type { CommunitySecurity, SnmpWire, UserSecurity } from "../../drivers/snmp/wire.ts";
import type { BusEntry, SnmpTraps } from "./schema.ts";
import type { TargetEntry } from "./target-schema.ts";

export type SnmpBus = Extract<BusEntry, { kind: "snmp" }>;

/** RFC 3411: our enterprise number with the first bit set, then format 4, text; 32 bytes at most. */
const ENGINE_HEAD = "80007ed904";
const ENGINE_TEXT_MAX = 27;

/** The wire to an SNMP agent that is asked, or to a manager that is told, as the site file describes it. */
export function snmpWire(bus: SnmpBus | Extract<TargetEntry, { kind: "snmp-trap" }>): SnmpWire {
  const wire = { kind: "snmp" as const, host: bus.host, port: bus.port, timeoutMs: bus.timeout, retries: bus.retries };
  const version = String(bus.version);
  if (version !== "3") return { ...wire, security: { version: version === "1" ? "1" : "2c", community: bus.community } };
  const security = userSecurity({ ...bus, user: bus.user ?? "" });
  return { ...wire, security: bus.context === undefined ? security : { ...security, context: bus.context } };
}

/** Under which names the devices of these buses, which are at one address, may tell something: as they are asked, or as is said for all. */
export function trapNames(traps: SnmpTraps, buses: readonly SnmpBus[]): readonly (CommunitySecurity | UserSecurity)[] {
  const community = traps.community === undefined ? [] : [{ version: "2c" as const, community: traps.community }];
  return [...community, ...traps.users.map(userSecurity), ...buses.map((bus) => snmpWire(bus).security)];
}

/** The engine of a site: whose name its SNMPv3 traps bear, and whom SNMPv3 informs are told to. In hex. */
export function engineIdOf(site: string): string {
  return ENGINE_HEAD + Buffer.from(site, "utf8").subarray(0, ENGINE_TEXT_MAX).toString("hex");
}

function userSecurity(user: SnmpTraps["users"][number]): UserSecurity {
  return {
    version: "3",
    user: user.user,
    level: user.level,
    authProtocol: user.authProtocol,
    privProtocol: user.privProtocol,
    ...(user.authKey === undefined ? {} : { authKey: user.authKey }),
    ...(user.privKey === undefined ? {} : { privKey: user.privKey }),
  };
}
