import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { startBox, workFolder, writeSite } from "../box/box.ts";
import { BENCH_PROFILE, benchBox } from "./bench-box.ts";
import { cpuMs, machineMs } from "./process.ts";
import type { Row } from "./row.ts";
import { startRtuWire } from "./rtu-wire.ts";

const SLAVES = 16;
const WARM_UP_MS = 5_000;
const WINDOW_MS = 15_000;
const LINES = [
  { baudRate: 9_600, registers: 50 },
  { baudRate: 9_600, registers: 10 },
  { baudRate: 19_200, registers: 50 },
] as const;

/** Why the wire cannot be had here, or null. */
export function rtuMissing(): string | null {
  try {
    execFileSync("socat", ["-V"], { stdio: "ignore" });
    return null;
  } catch {
    return "needs socat";
  }
}

/**
 * P4: how much of an RS-485 pair the box uses when its devices want more than the pair can carry, and whether the silence of 3.5 characters
 * between frames is ever broken. The rate is that of the median gap, so that a busy machine does not stand for a slow product.
 */
export async function benchRtu(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const line of LINES) rows.push(...(await underLoad(line)));
  return rows;
}

async function underLoad({ baudRate, registers }: (typeof LINES)[number]): Promise<Row[]> {
  const folder = workFolder();
  const wire = await startRtuWire({ path: join(folder.path, "ttyBUS0"), baudRate, slaves: SLAVES });
  const site = writeSite(folder.path, pairYaml(join(folder.path, "ttyBUS0"), baudRate, SLAVES));
  const box = await startBox(site, folder.path, { program: benchBox(registers) });
  try {
    await sleep(WARM_UP_MS);
    wire.reset();
    const [beforeMs, startMs] = [cpuMs(box.peer.pid), machineMs()];
    await sleep(WINDOW_MS);
    const cpu = (100 * (cpuMs(box.peer.pid) - beforeMs)) / (machineMs() - startMs);
    const { requests, idealMs, silenceMs, gapMedianMs, gapLeastMs, broken, collisions } = await wire.count();
    const at = `RTU ${baudRate} 8N1, ${registers} registers`;
    return [
      { metric: `${at}: of the theoretical rate`, value: (100 * idealMs) / (idealMs - silenceMs + gapMedianMs), unit: "%" },
      { metric: `${at}: silence kept, least`, value: gapLeastMs / (silenceMs / 3.5), unit: "characters" },
      { metric: `${at}: silence broken`, value: broken + collisions, unit: "requests" },
      { metric: `${at}: requests`, value: requests / (WINDOW_MS / 1_000), unit: "1/s" },
      { metric: `${at}: of a core`, value: cpu, unit: "%" },
    ];
  } finally {
    await box.peer.stop();
    await wire.stop();
    folder.dispose();
  }
}

/** A site with one pair, whose units are asked more often than it can carry. */
export function pairYaml(path: string, baudRate: number, slaves: number): string {
  const units = Array.from({ length: slaves }, (_, index) => index + 1);
  return `site: { id: bench, name: Bench }
areas:
  - { id: room, name: Room }
buses:
  - { id: pair, kind: modbus-rtu, path: ${path}, baudRate: ${baudRate}, timeout: 1s }
devices:
${units.map((unit) => `  - { id: d${unit}, area: room, bus: pair, unit: ${unit}, profile: ${BENCH_PROFILE}, every: 200ms }`).join("\n")}
`;
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

if (import.meta.main) console.table(await benchRtu());
