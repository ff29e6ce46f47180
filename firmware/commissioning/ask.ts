import { loadProfile, profileIds } from "../../drivers/catalogue.ts";
import { blocksOf } from "../../drivers/modbus/identify.ts";
import type { ModbusProfile } from "../../drivers/modbus/profile.ts";
import { GATEWAY_PATIENCE_MS, GATEWAY_SLACK_MS } from "../../drivers/modbus/scan.ts";
import type { Profile } from "../../drivers/profile.ts";
import type { SnmpProfile } from "../../drivers/snmp/profile.ts";
import type { IdentifyAsk, ReadAsk, ScanAsk, WriteAsk } from "../contract/commissioning.ts";
import type { BusEntry } from "../site/schema.ts";
import { type FactoryFacts, planScan, type ScannedBus, type ScanPlan } from "./scan-plan.ts";

/** One job on one bus. */
export type BusAsk =
  | { readonly kind: "scan"; readonly ask: ScanAsk }
  | { readonly kind: "identify"; readonly ask: IdentifyAsk }
  | { readonly kind: "read"; readonly ask: ReadAsk }
  | { readonly kind: "write"; readonly ask: WriteAsk };

/** Of a family that stays silent where others refuse, each block may cost a time-out. */
const IDENTIFY_MAX_MS = 240_000;
const IDENTIFY_MIN_MS = 30_000;
/** A question, and what it takes to make sure that it was one. */
const QUESTION_MAX_MS = 30_000;
const WALK_MAX_MS = 120_000;
/** The longest loan of a bus: a room that nobody watches for longer is no room that is watched. */
const JOB_MAX_MS = 30 * 60_000;

/** A bus on which something can be asked by hand: contacts only say, and a host is asked by its probes. */
export type WireBus = Exclude<BusEntry, { kind: "gpio" | "probe" }>;

/** The longest that a job takes, from what is known before it begins. */
export function limitOf(asked: BusAsk, bus: WireBus): number {
  return Math.min(JOB_MAX_MS, plannedMs(asked, bus));
}

function plannedMs(asked: BusAsk, bus: WireBus): number {
  switch (asked.kind) {
    case "scan":
      return (scanPlanOf(bus, asked.ask)?.limitMs ?? 0) + (bus.kind === "modbus-tcp" ? GATEWAY_PATIENCE_MS : 0);
    case "identify": {
      const blocks = bus.kind === "snmp" ? 0 : blocksOf(modbusProfiles());
      return Math.max(IDENTIFY_MIN_MS, Math.min(IDENTIFY_MAX_MS, blocks * 2 * bus.timeout));
    }
    case "read":
      return asked.ask.what.kind === "walk" ? WALK_MAX_MS : QUESTION_MAX_MS + 4 * bus.timeout;
    case "write":
      return QUESTION_MAX_MS + 8 * bus.timeout;
    default:
      return asked satisfies never;
  }
}

/** Null for an agent, which is not scanned: a network is. */
export function scanPlanOf(bus: WireBus, ask: ScanAsk, timeoutMs?: number): ScanPlan | null {
  if (bus.kind === "snmp") return null;
  const isPort = "path" in bus && bus.path !== undefined;
  // A slow gateway may take as long as it is waited for.
  const usual = bus.kind === "modbus-tcp" ? Math.max(bus.timeout, GATEWAY_PATIENCE_MS + GATEWAY_SLACK_MS) / 2 : bus.timeout;
  const scanned: ScannedBus = {
    kind: bus.kind,
    line: isPort ? { baudRate: bus.baudRate, parity: bus.parity, stopBits: bus.stopBits } : null,
    timeoutMs: timeoutMs ?? usual,
  };
  return planScan(scanned, ask, factoryFacts());
}

function factoryFacts(): FactoryFacts {
  const profiles = allProfiles();
  const classes = profiles.flatMap((profile) =>
    profile.protocol === "yd1363" ? [{ version: Number.parseInt(profile.version, 16), cid1: Number.parseInt(profile.cid1, 16) }] : [],
  );
  return {
    modbusLines: profiles.flatMap((profile) => (profile.protocol === "modbus" && profile.serial !== undefined ? [profile.serial] : [])),
    ydClasses: classes.filter(({ cid1 }, index) => classes.findIndex((other) => other.cid1 === cid1) === index),
  };
}

/** Every family that can be read; a file of the box that is wrong is passed over, as `roomward profile check` says why. */
function allProfiles(): readonly Profile[] {
  return profileIds().flatMap((id) => {
    const answer = loadProfile(id);
    return "profile" in answer ? [answer.profile] : [];
  });
}

export function modbusProfiles(): readonly ModbusProfile[] {
  return allProfiles().flatMap((profile) => (profile.protocol === "modbus" ? [profile] : []));
}

export function snmpProfiles(): readonly SnmpProfile[] {
  return allProfiles().flatMap((profile) => (profile.protocol === "snmp" ? [profile] : []));
}
