import { isIP } from "node:net";
import { matcherOf, plainAddress, subnetOf } from "../platform/subnet.ts";

/** Whether a target of this name (or address) may be told at this address. */
export type Reach = (host: string, address: string) => boolean;

/** A name that is listed may be anywhere; any other must be at an address that is listed. */
export function reachOf(places: readonly string[]): Reach {
  const names = new Set(places.map((place) => nameOf(place)));
  const isWithin = matcherOf(places.flatMap((place) => subnetOf(place) ?? []));
  return (host, address) => names.has(nameOf(host)) || isWithin(plainAddress(address));
}

/** Undecided until it was resolved: a name that is not listed itself. */
export function mayBeReached(places: readonly string[], host: string): boolean {
  if (isIP(host) !== 0) return reachOf(places)(host, host);
  return places.some((place) => subnetOf(place) !== null || nameOf(place) === nameOf(host));
}

function nameOf(host: string): string {
  return host.toLowerCase().replace(/\.$/, "");
}
