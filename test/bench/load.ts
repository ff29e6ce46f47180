import { startBox, workFolder, writeSite } from "../box/box.ts";
import { benchBox, benchSiteYaml } from "./bench-box.ts";
import { startFarm } from "./farm.ts";
import { cpuMs, machineMs, memoryOf } from "./process.ts";
import type { Row } from "./row.ts";

const POINTS_PER_DEVICE = 25;
const DEVICES = [2, 20, 200] as const;
const WIDE = { devices: 64, pointsPerDevice: 50 } as const;
const PERIOD_MS = 1_000;
const WARM_UP_MS = 15_000;
const WINDOW_MS = 30_000;
/** Above anything the farm says: nothing rings, every rule is judged at every reading. */
const HIGH_VOLTS = 900;

/** P1, P2, P6: what acquiring and judging costs at 50, 500 and 5,000 points read once a second, every value a new one, nobody watching. */
export async function benchLoad(): Promise<Row[]> {
  const rows: Row[] = [];
  const program = benchBox(POINTS_PER_DEVICE);
  for (const devices of DEVICES) rows.push(...(await underLoad(program, devices, POINTS_PER_DEVICE)));
  return rows;
}

/** P6 alone: 64 devices with 50 registers each, as the peers were measured. */
export async function benchLateness(): Promise<Row[]> {
  const rows = await underLoad(benchBox(WIDE.pointsPerDevice), WIDE.devices, WIDE.pointsPerDevice);
  return rows.filter(({ metric }) => /lateness p99$|of those due$/.test(metric));
}

async function underLoad(program: string, devices: number, pointsPerDevice: number): Promise<Row[]> {
  const points = devices * pointsPerDevice;
  const farm = await startFarm({ devices, registers: pointsPerDevice, moving: true });
  const folder = workFolder();
  const site = { ports: farm.ports, points: pointsPerDevice, periodMs: PERIOD_MS, high: HIGH_VOLTS };
  const box = await startBox(writeSite(folder.path, benchSiteYaml(site)), folder.path, { program });
  try {
    await sleep(WARM_UP_MS);
    farm.reset();
    const before = cpuMs(box.peer.pid);
    const startMs = machineMs();
    await sleep(WINDOW_MS);
    const usedMs = cpuMs(box.peer.pid) - before;
    const elapsedMs = machineMs() - startMs;
    const { requests, lateP99Ms } = await farm.count(PERIOD_MS);
    const values = requests * pointsPerDevice;
    const { residentMb, proportionalMb, anonymousMb } = memoryOf(box.peer.pid);
    const at = `${points.toLocaleString("en")} points at 1 s`;
    return [
      { metric: `${at}: CPU per 1,000 values`, value: (usedMs * 1_000) / values, unit: "ms" },
      { metric: `${at}: values per CPU second`, value: (values * 1_000) / usedMs, unit: "1/s" },
      { metric: `${at}: of a core`, value: (100 * usedMs) / elapsedMs, unit: "%" },
      { metric: `${at}: values read of those due`, value: (100 * values * PERIOD_MS) / (points * elapsedMs), unit: "%" },
      { metric: `${at}: RSS`, value: residentMb, unit: "MB" },
      { metric: `${at}: PSS`, value: proportionalMb, unit: "MB" },
      { metric: `${at}: memory of its own`, value: anonymousMb, unit: "MB" },
      { metric: `${at}: lateness p99`, value: lateP99Ms, unit: "ms" },
    ];
  } finally {
    await box.peer.stop();
    await farm.stop();
    folder.dispose();
  }
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

if (import.meta.main) console.table(await benchLoad());
