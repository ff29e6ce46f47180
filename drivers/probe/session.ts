import { networkInterfaces } from "node:os";
import type { DeviceReader, ReadReport, Session } from "../driver.ts";
import type { Readings } from "../reading.ts";
import { putFinding } from "./decode.ts";
import type { Finding } from "./finding.ts";
import { askHttp, type ProbeClock } from "./http.ts";
import { addressOf } from "./names.ts";
import { ping } from "./ping.ts";
import { type ProbePlan, type ProbeSettings, planProbe } from "./plan.ts";
import type { ProbeProfile } from "./profile.ts";
import { askTcp } from "./tcp.ts";

/** One host, whose probes are asked one after another. */
export interface ProbeWire {
  readonly host: string;
  readonly timeoutMs: number;
}

export interface ProbeAddress {
  readonly profile: ProbeProfile;
  readonly settings: ProbeSettings;
}

/** What a session needs of the machine; tests give their own. */
export interface Machine {
  readonly pingProgram: string;
  /** Whether any network interface but the loopback has a cable and an address. */
  isOnNetwork(): boolean;
}

const BOX: Machine = {
  pingProgram: "ping",
  isOnNetwork: () => Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ internal }) => !internal) === true),
};

/** Nothing is kept open: each read is a new connection, as a client would make it. */
export function openProbe(wire: ProbeWire, clock: ProbeClock, machine: Machine = BOX): Session<ProbeAddress> {
  const closing = new AbortController();
  return {
    device({ profile, settings }): DeviceReader {
      const plan = planProbe(profile, settings);
      return {
        pointNames: plan.pointNames,
        async read(into: Readings): Promise<ReadReport> {
          const finding = await find(plan, settings, wire, clock, machine, closing.signal);
          putFinding(plan.columns, finding, into);
          if (finding.outcome === "lost")
            return { answered: false, transactions: 1, faults: [{ reason: finding.reason, detail: `${wire.host}: ${finding.what}` }] };
          const report = { answered: true, transactions: 1, faults: [] };
          return finding.answer === "expected" ? report : { ...report, remark: `${wire.host}: ${finding.answer}, ${finding.what}` };
        },
      };
    },
    // A host may be asked by several at once.
    release: async () => {},
    close: async () => closing.abort(),
  };
}

async function find(
  plan: ProbePlan,
  settings: ProbeSettings,
  { host, timeoutMs }: ProbeWire,
  clock: ProbeClock,
  machine: Machine,
  signal: AbortSignal,
): Promise<Finding> {
  const resolved = await addressOf(host, clock, timeoutMs);
  if ("problem" in resolved) return { outcome: "lost", reason: "unresolved", what: resolved.problem };
  const { address } = resolved;
  const finding = await askAddress(plan, settings, { host, address, timeoutMs }, clock, machine, signal);
  const isSilent = finding.outcome === "found" && (finding.answer === "silent" || finding.answer === "unreachable");
  // With the cable of the box pulled nobody answers, and that says nothing about them.
  if (isSilent && !isLoopback(address) && !machine.isOnNetwork())
    return { outcome: "lost", reason: "adapterMissing", what: "no network interface of this box has a cable and an address" };
  return finding;
}

function askAddress(
  { what, port, send, expect }: ProbePlan,
  settings: ProbeSettings,
  { host, address, timeoutMs }: ProbeWire & { readonly address: string },
  clock: ProbeClock,
  machine: Machine,
  signal: AbortSignal,
): Promise<Finding> {
  if (what === "ping") return ping(address, timeoutMs, signal, machine.pingProgram);
  if (what === "tcp") return askTcp({ address, port, send, expect }, clock, timeoutMs, signal);
  const { path = "/", serverName = host, status = null, text = null, verify = true, ca = null } = settings;
  return askHttp(
    { tls: what === "https", address, port, serverName, path, expected: { status, text }, verify, ca },
    clock,
    timeoutMs,
    signal,
  );
}

function isLoopback(address: string): boolean {
  return address.startsWith("127.") || address === "::1";
}
