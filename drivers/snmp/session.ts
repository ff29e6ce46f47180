import type { DeviceReader, Pace, Session } from "../driver.ts";
import type { Rows } from "../profile.ts";
import { openClient } from "./client.ts";
import { SnmpDevice } from "./device.ts";
import type { SnmpProfile } from "./profile.ts";
import type { SnmpClient, SnmpWire as Wire } from "./wire.ts";

/** Where and how an agent is asked. */
export type SnmpWire = Wire;

/** A device behind an agent: what it is, and which table rows the site chose. */
export interface SnmpAddress {
  readonly profile: SnmpProfile;
  readonly rows: Rows;
}

/** Opens an agent; the first read sends the first datagram, and every read after trouble starts a session afresh. */
export function openSnmp(wire: SnmpWire, pace: Pace): Session<SnmpAddress> {
  return sessionOver(openClient(wire, pace), pace);
}

/** The same over any client, so that tests can answer in the agent's place. */
export function sessionOver(client: SnmpClient, pace: Pace): Session<SnmpAddress> {
  return {
    device: ({ profile, rows }: SnmpAddress): DeviceReader => new SnmpDevice(client, pace, profile, rows),
    // An agent may be asked by several at once.
    release: async (): Promise<void> => {},
    close: async (): Promise<void> => client.close(),
  };
}
