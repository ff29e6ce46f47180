import { BlockList, isIP } from "node:net";

/** Addresses in CIDR notation, or one address. */
export interface Subnet {
  readonly address: string;
  readonly prefix: number;
  readonly family: "ipv4" | "ipv6";
}

/** Null for what is neither `10.0.0.0/8`, `fd00::/8` nor one address. */
export function subnetOf(text: string): Subnet | null {
  const [address = "", length, ...rest] = text.split("/");
  const version = isIP(address);
  if (version === 0 || address.includes("%") || rest.length > 0) return null;
  const whole = version === 4 ? 32 : 128;
  const family = version === 4 ? "ipv4" : "ipv6";
  if (length === undefined) return { address, prefix: whole, family };
  return /^\d{1,3}$/.test(length) && Number(length) <= whole ? { address, prefix: Number(length), family } : null;
}

/** Whether an address is in one of the subnets. */
export function matcherOf(subnets: readonly Subnet[]): (address: string) => boolean {
  const list = new BlockList();
  for (const { address, prefix, family } of subnets) list.addSubnet(address, prefix, family);
  return (address) => {
    const version = isIP(address);
    return version !== 0 && list.check(address, version === 4 ? "ipv4" : "ipv6");
  };
}

/** An IPv4 peer of a socket that also speaks IPv6 is `::ffff:10.0.0.7`; a link-local one carries the name of an interface. */
export function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, "").replace(/%.*$/, "");
}

/** What one machine can speak from: its IPv4 address, or the 64 bits of its IPv6 network, of which it has all addresses to choose from. */
export function machineOf(address: string): string {
  if (isIP(address) !== 6 || /^fe80:/i.test(address)) return address;
  const [head = "", tail] = address.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const groups = tail === undefined ? left : [...left, ...Array<string>(Math.max(0, 8 - left.length - right.length)).fill("0"), ...right];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":")}::/64`;
}
