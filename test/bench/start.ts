import { spawn } from "node:child_process";
import { newToken, workFolder, writeSite } from "../box/box.ts";
import { freePort } from "../peers/peer.ts";
import { benchBox, benchSiteYaml } from "./bench-box.ts";
import { startFarm } from "./farm.ts";
import type { Month } from "./month.ts";
import { machineMs } from "./process.ts";
import { median, type Row } from "./row.ts";

const RUNS = 9;
const MONTH_RUNS = 5;
const DEVICES = 8;
const POINTS_PER_DEVICE = 25;

/** P7, first half: from the start of the process to its first good reading and to its open door; data folder and page cache warm. */
export async function benchStart(): Promise<Row[]> {
  const program = benchBox(POINTS_PER_DEVICE);
  const farm = await startFarm({ devices: DEVICES, registers: POINTS_PER_DEVICE, moving: false });
  const folder = workFolder();
  const site = writeSite(folder.path, benchSiteYaml({ ports: farm.ports, points: POINTS_PER_DEVICE, periodMs: 1_000, high: 900 }));
  newToken(folder.path, "bench", "viewer");
  try {
    const starts: Start[] = [];
    await once(program, site, folder.path);
    for (let run = 0; run < RUNS; run += 1) starts.push(await once(program, site, folder.path));
    return [
      { metric: "start → first good reading", value: median(starts.map(({ readingMs }) => readingMs)), unit: "ms" },
      { metric: "start → listening", value: median(starts.map(({ listeningMs }) => listeningMs)), unit: "ms" },
    ];
  } finally {
    await farm.stop();
    folder.dispose();
  }
}

/** The same with a month behind it, after a clean end and after a kill, and with room for 2,000 points. */
export async function benchStartWithMonth(month: Month): Promise<Row[]> {
  const program = benchBox(month.pointsPerDevice);
  const farm = await startFarm({ devices: month.devices, registers: month.pointsPerDevice, moving: false });
  const folder = workFolder();
  const yaml = benchSiteYaml({ ports: farm.ports, points: month.pointsPerDevice, periodMs: 10_000, high: 900 });
  const site = writeSite(folder.path, yaml);
  const data = month.copy();
  try {
    await once(program, site, data.path);
    const rows: Row[] = [];
    for (const [how, signal] of [
      ["clean end", "SIGTERM"],
      ["kill", "SIGKILL"],
    ] as const) {
      const starts: Start[] = [];
      await once(program, site, data.path, signal);
      for (let run = 0; run < MONTH_RUNS; run += 1) starts.push(await once(program, site, data.path, signal));
      rows.push(
        {
          metric: `start with 30 days of data after a ${how} → first good reading`,
          value: median(starts.map(({ readingMs }) => readingMs)),
          unit: "ms",
        },
        {
          metric: `start with 30 days of data after a ${how} → listening`,
          value: median(starts.map(({ listeningMs }) => listeningMs)),
          unit: "ms",
        },
      );
    }
    return rows;
  } finally {
    await farm.stop();
    data.dispose();
    folder.dispose();
  }
}

interface Start {
  readonly readingMs: number;
  readonly listeningMs: number;
}

/** Starts the box, waits for both lines, and ends it. Measured from before the process is made. */
async function once(program: string, site: string, folder: string, end: NodeJS.Signals = "SIGTERM"): Promise<Start> {
  const port = await freePort();
  const startMs = machineMs();
  const box = spawn(process.execPath, [program, "run", "--site", site, "--data", folder, "--port", String(port)], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, LC_ALL: "en_US.UTF-8" },
  });
  const gone = new Promise<void>((resolve) => box.once("exit", () => resolve()));
  const seen = (words: string): Promise<number> =>
    new Promise((resolve, reject) => {
      let output = "";
      for (const stream of [box.stdout, box.stderr])
        stream.on("data", (chunk: Buffer) => {
          output += chunk.toString();
          if (output.includes(words)) resolve(machineMs() - startMs);
        });
      box.once("exit", () => reject(new Error(`the box ended before "${words}":\n${output}`)));
    });
  const [readingMs, listeningMs] = await Promise.all([seen("first reading"), seen("is running at")]);
  box.kill(end);
  await gone;
  return { readingMs, listeningMs };
}

if (import.meta.main) console.table(await benchStart());
