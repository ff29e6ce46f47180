import { networkInterfaces } from "node:os";
import { openClient } from "../../drivers/snmp/client.ts";
import {
  AGENT_RETRIES,
  AGENT_TIMEOUT_MS,
  type AgentHeard,
  ASKED_AT_ONCE,
  addressesOf,
  agentHeard,
  claimants,
  networkScanMs,
  SYSTEM_OIDS,
} from "../../drivers/snmp/scan.ts";
import type { SnmpWire } from "../../drivers/snmp/wire.ts";
import type { Words } from "../contract/alarm.ts";
import type { FoundAgent, Job, JobResult, NetworkScanAsk } from "../contract/commissioning.ts";
import type { Clock } from "../platform/clock.ts";
import { snmpProfiles } from "./ask.ts";

/** Addresses of this box: it is no device of the room. */
export function ownAddresses(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address));
}

/** What is asked, and the longest that it takes; or why it is not done. */
export function planNetworkScan(
  { subnet }: Pick<NetworkScanAsk, "subnet">,
  own: readonly string[],
): { readonly addresses: readonly string[]; readonly limitMs: number } | { readonly problem: Words } {
  const planned = addressesOf(subnet, own);
  return "problem" in planned ? planned : { ...planned, limitMs: networkScanMs(planned.addresses.length) };
}

export interface NetworkTools {
  readonly clock: Clock;
  readonly ends: AbortSignal;
  readonly tell: (progress: Job["progress"]) => void;
}

/** Asks each address who it is, some at once, all of them. */
export async function runNetworkScan(
  ask: NetworkScanAsk,
  addresses: readonly string[],
  own: readonly string[],
  { clock, ends, tell }: NetworkTools,
): Promise<JobResult> {
  const profiles = snmpProfiles();
  const heard = new Map<string, AgentHeard>();
  const waiting = [...addresses];
  const askNext = async (): Promise<void> => {
    for (let address = waiting.shift(); address !== undefined && !ends.aborted; address = waiting.shift()) {
      heard.set(address, await askAgent(ask, address, clock));
      const leftMs = Math.ceil(waiting.length / ASKED_AT_ONCE) * (AGENT_RETRIES + 1) * AGENT_TIMEOUT_MS;
      tell({ done: heard.size, total: addresses.length, leftMs, now: address });
    }
  };
  await Promise.all(Array.from({ length: ASKED_AT_ONCE }, askNext));
  const agents = addresses.flatMap((address): FoundAgent[] => {
    const one = heard.get(address);
    if (one === undefined || one.outcome === "silent" || one.outcome === "closed") return [];
    if (one.outcome !== "answered")
      return [{ address, verdict: one.outcome, sysObjectId: "", sysDescr: "", sysName: "", profiles: [], what: one.what }];
    const { sysObjectId, sysDescr, sysName } = one;
    return [{ address, verdict: "answered", sysObjectId, sysDescr, sysName, profiles: [...claimants(sysObjectId, profiles)], what: "" }];
  });
  const closed = [...heard.values()].filter(({ outcome }) => outcome === "closed").length;
  const inSubnet = addressesOf(ask.subnet, []);
  const left = "addresses" in inSubnet ? inSubnet.addresses.filter((address) => own.includes(address)) : [];
  return { kind: "network", agents, asked: heard.size, closed, own: left };
}

async function askAgent({ port, access }: NetworkScanAsk, host: string, clock: Clock): Promise<AgentHeard> {
  const wire: SnmpWire = {
    ...{ kind: "snmp", host, port, timeoutMs: AGENT_TIMEOUT_MS, retries: AGENT_RETRIES },
    security: access.version === "3" ? definite(access) : access,
  };
  const client = openClient(wire, clock);
  try {
    return agentHeard(await client.get(SYSTEM_OIDS));
  } finally {
    client.close();
  }
}

/** Without the keys that were not given. */
function definite({
  authKey,
  privKey,
  ...rest
}: Extract<NetworkScanAsk["access"], { version: "3" }>): Extract<SnmpWire["security"], { version: "3" }> {
  return { ...rest, ...(authKey === undefined ? {} : { authKey }), ...(privKey === undefined ? {} : { privKey }) };
}
