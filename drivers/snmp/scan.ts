import type { Words } from "../vocabulary.ts";
import { claimedArcs } from "./identify.ts";
import type { SnmpProfile } from "./profile.ts";
import type { SnmpAnswer } from "./wire.ts";

/** More than this is no installation, but a network that somebody else looks after. */
export const ADDRESSES_MAX = 1_024;
/** Asked at once: as many sockets as a small box and a small switch bear. */
export const ASKED_AT_ONCE = 32;
export const AGENT_TIMEOUT_MS = 1_500;
export const AGENT_RETRIES = 1;

/** sysDescr, sysObjectID, sysName. (RFC 3418) */
export const SYSTEM_OIDS = ["1.3.6.1.2.1.1.1.0", "1.3.6.1.2.1.1.2.0", "1.3.6.1.2.1.1.5.0"] as const;

const CIDR = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:\/(\d{1,2}))?$/;

/**
 * The addresses of an IPv4 subnet as the installer named it, without network and broadcast address and without those of the box itself; or
 * why it is not scanned.
 */
export function addressesOf(
  subnet: string,
  own: readonly string[],
): { readonly addresses: readonly string[] } | { readonly problem: Words } {
  const parts = CIDR.exec(subnet)?.slice(1);
  const bytes = parts?.slice(0, 4).map(Number) ?? [];
  const prefix = Number(parts?.[4] ?? 32);
  if (parts === undefined || bytes.some((byte) => byte > 255) || prefix > 32)
    return {
      problem: {
        zh: `“${subnet}”不是 IPv4 子网：应为 10.2.0.0/24 这样的写法`,
        en: `"${subnet}" is no IPv4 subnet: expected one such as 10.2.0.0/24`,
      },
    };
  const size = 2 ** (32 - prefix);
  if (size > ADDRESSES_MAX)
    return {
      problem: {
        zh: `${subnet} 有 ${size} 个地址，一次最多 ${ADDRESSES_MAX} 个（/22）：请分成较小的子网`,
        en: `${subnet} has ${size} addresses; at most ${ADDRESSES_MAX} (a /22) are scanned at once: name smaller subnets`,
      },
    };
  const given = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  const first = Math.floor(given / size) * size;
  // On a link of two there is neither; one address is itself.
  const ends = size > 2 ? 1 : 0;
  const all = Array.from({ length: size - 2 * ends }, (_, index) => textOf(first + ends + index));
  return { addresses: all.filter((address) => !own.includes(address)) };
}

function textOf(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");
}

/** What an address said to the question who it is. */
export type AgentHeard =
  | { readonly outcome: "answered"; readonly sysDescr: string; readonly sysObjectId: string; readonly sysName: string }
  | { readonly outcome: "refused" | "garbled"; readonly what: string }
  /** A host that has no agent at this port. */
  | { readonly outcome: "closed" }
  | { readonly outcome: "silent" };

export function agentHeard(answer: SnmpAnswer): AgentHeard {
  if (answer.outcome === "variables") {
    const [sysDescr = "", sysObjectId = "", sysName = ""] = answer.variables.map(({ value }) => textIn(value));
    return { outcome: "answered", sysDescr, sysObjectId: sysObjectId.replace(/^\./, ""), sysName };
  }
  // It speaks SNMP and will not say who it is.
  if (answer.outcome === "errorStatus") return { outcome: "answered", sysDescr: "", sysObjectId: "", sysName: "" };
  const { reason, detail } = answer.fault;
  if (reason === "timeout" || reason === "adapterMissing") return { outcome: "silent" };
  if (reason === "refused") return detail.includes("ECONNREFUSED") ? { outcome: "closed" } : { outcome: "refused", what: detail };
  return { outcome: "garbled", what: detail };
}

export function textIn(value: unknown): string {
  if (Buffer.isBuffer(value))
    return value
      .toString("utf8")
      .replaceAll(/[^\x20-\x7e\u0080-\uffff]+/g, " ")
      .trim();
  return value === null || value === undefined ? "" : String(value);
}

/** Profiles that claim a sysObjectID, those that claim most of it first. Which of them it is, only asking for more can tell. */
export function claimants(sysObjectId: string, profiles: readonly SnmpProfile[]): readonly string[] {
  return profiles
    .map(({ id, sysObjectIds }) => ({ id, arcs: claimedArcs(sysObjectId, sysObjectIds) }))
    .filter(({ arcs }) => arcs > 0)
    .sort((a, b) => b.arcs - a.arcs || (a.id < b.id ? -1 : 1))
    .map(({ id }) => id);
}

/** Longer than this a scan of so many addresses does not take. */
export function networkScanMs(addresses: number): number {
  return Math.ceil(addresses / ASKED_AT_ONCE) * (AGENT_RETRIES + 1) * AGENT_TIMEOUT_MS + 2_000;
}
