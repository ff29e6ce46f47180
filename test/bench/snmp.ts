import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { startBox, workFolder, writeSite } from "../box/box.ts";
import { BENCH_OID, BENCH_PROFILE, benchSnmpBox } from "./bench-box.ts";
import { cpuMs, keepOn, machineMs, memoryOf } from "./process.ts";
import type { Row } from "./row.ts";

const AGENTS = 64;
const OIDS = 50;
const PERIOD_MS = 1_000;
/** A box runs for months: until its code is compiled, and it has learned how much an agent is asked at once. */
const WARM_UP_MS = 60_000;
const WINDOW_MS = 60_000;

/**
 * P3: what it costs to ask many SNMP agents once a second, two rules per value, nobody watching; and beside it, at the same time and of agents of
 * its own, what a bare loop on net-snmp costs: of the two only their ratio is free of the machine's mood.
 */
export async function benchSnmp(): Promise<Row[]> {
  const program = benchSnmpBox(OIDS);
  const [farm, otherFarm] = [startAgents(), startAgents()];
  const [{ ports }, { ports: otherPorts }] = await Promise.all([told<Ports>(farm), told<Ports>(otherFarm)]);
  const bare = fork(new URL("./snmp-bare.ts", import.meta.url), [BENCH_OID, String(OIDS), ...otherPorts.map(String)]);
  await told(bare);
  for (const { pid } of [farm, otherFarm]) keepOn("first", pid);
  const folder = workFolder();
  const box = await startBox(writeSite(folder.path, siteOf(ports)), folder.path, { program });
  for (const pid of [bare.pid, box.peer.pid]) keepOn("second", pid);
  try {
    await sleep(WARM_UP_MS);
    const [cpuBefore, startMs, before] = [cpuMs(box.peer.pid), machineMs(), await ask<Asked>(farm)];
    const bareBefore = await ask<Cost>(bare);
    await sleep(WINDOW_MS);
    const usedMs = cpuMs(box.peer.pid) - cpuBefore;
    const elapsedMs = machineMs() - startMs;
    const after = await ask<Asked>(farm);
    const bareAfter = await ask<Cost>(bare);
    const bareMs = ((bareAfter.cpuMs - bareBefore.cpuMs) * 1_000) / (bareAfter.values - bareBefore.values);
    const [requests, values] = [after.requests - before.requests, after.values - before.values];
    const points = await box.points();
    const good = points.filter(({ quality }) => quality === "good").length;
    const at = `SNMP, ${AGENTS} agents × ${OIDS} at 1 s`;
    return [
      { metric: `${at}: CPU per 1,000 values`, value: (usedMs * 1_000) / values, unit: "ms" },
      { metric: `${at}: a bare loop on net-snmp, CPU per 1,000 values`, value: bareMs, unit: "ms" },
      { metric: `${at}: CPU, times that of the bare loop`, value: (usedMs * 1_000) / values / bareMs, unit: "×" },
      { metric: `${at}: datagrams asked`, value: (requests * 1_000) / elapsedMs, unit: "1/s" },
      { metric: `${at}: of a core`, value: (100 * usedMs) / elapsedMs, unit: "%" },
      { metric: `${at}: values read of those due`, value: (100 * values * PERIOD_MS) / (AGENTS * OIDS * elapsedMs), unit: "%" },
      { metric: `${at}: points that are good`, value: (100 * good) / points.length, unit: "%" },
      { metric: `${at}: RSS`, value: memoryOf(box.peer.pid).residentMb, unit: "MB" },
    ];
  } finally {
    await box.peer.stop();
    for (const child of [farm, otherFarm, bare]) child.kill();
    folder.dispose();
  }
}

function siteOf(ports: readonly number[]): string {
  return `site: { id: bench, name: Bench }
areas: [{ id: room, name: Room }]
buses:
${ports.map((port, n) => `  - { id: b${n}, kind: snmp, host: 127.0.0.1, port: ${port} }`).join("\n")}
devices:
${ports.map((_, n) => `  - { id: d${n}, area: room, bus: b${n}, profile: ${BENCH_PROFILE}, every: ${PERIOD_MS}ms }`).join("\n")}
rules:
  - { points: ["*/input.*.voltage"], high: { major: 900 }, low: { minor: 1 }, on: 0s, off: 0s }
`;
}

interface Ports {
  readonly ports: readonly number[];
}
interface Asked {
  readonly requests: number;
  readonly values: number;
}
interface Cost {
  readonly cpuMs: number;
  readonly values: number;
}

function startAgents(): ChildProcess {
  return fork(new URL("./snmp-agents.ts", import.meta.url), [String(AGENTS), String(OIDS)]);
}

function ask<Answer>(child: ChildProcess): Promise<Answer> {
  child.send("count");
  return told(child);
}

async function told<Message>(child: ChildProcess): Promise<Message> {
  const [message] = await once(child, "message");
  return message as Message;
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

if (import.meta.main) console.table(await benchSnmp());
