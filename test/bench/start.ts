import { spawn } from "node:child_process";
import { runBox, workFolder, writeSite } from "../box/box.ts";
import { freePort } from "../peers/peer.ts";
import { benchBox, benchSiteYaml } from "./bench-box.ts";
import { startFarm } from "./farm.ts";
import { fillJournal } from "./old-journal.ts";
import { machineMs } from "./process.ts";
import { median, type Row } from "./row.ts";

const RUNS = 9;
const OLD_RUNS = 5;
const OLD_DAYS = 30;
const DEVICES = 8;
const POINTS_PER_DEVICE = 25;

/**
 * P7, first half: from the start of the process to its first good reading and to its open door; data folder and page cache warm.
 * And with a month of journal, which is read before it is used: after a clean end, and after a kill.
 */
export async function benchStart(): Promise<Row[]> {
  const program = benchBox(POINTS_PER_DEVICE);
  const farm = await startFarm({ devices: DEVICES, registers: POINTS_PER_DEVICE, moving: false });
  const folder = workFolder();
  const site = writeSite(folder.path, benchSiteYaml({ ports: farm.ports, points: POINTS_PER_DEVICE, periodMs: 1_000, high: 900 }));
  runBox(["token", "add", "bench", "--role", "viewer", "--data", folder.path]);
  try {
    const starts: Start[] = [];
    await once(program, site, folder.path);
    for (let run = 0; run < RUNS; run += 1) starts.push(await once(program, site, folder.path));
    const month = `${folder.path}/month`;
    fillJournal(month, OLD_DAYS);
    runBox(["token", "add", "bench", "--role", "viewer", "--data", month]);
    const clean: Start[] = [];
    const killed: Start[] = [];
    for (let run = 0; run < OLD_RUNS; run += 1) clean.push(await once(program, site, month));
    await once(program, site, month, "SIGKILL");
    for (let run = 0; run < OLD_RUNS; run += 1) killed.push(await once(program, site, month, "SIGKILL"));
    return [
      {
        metric: `start → first good reading, ${OLD_DAYS} days of journal`,
        value: median(clean.map(({ readingMs }) => readingMs)),
        unit: "ms",
      },
      {
        metric: `start after a kill → first good reading, ${OLD_DAYS} days`,
        value: median(killed.map(({ readingMs }) => readingMs)),
        unit: "ms",
      },
      { metric: "start → first good reading", value: median(starts.map(({ readingMs }) => readingMs)), unit: "ms" },
      { metric: "start → listening", value: median(starts.map(({ listeningMs }) => listeningMs)), unit: "ms" },
    ];
  } finally {
    await farm.stop();
    folder.dispose();
  }
}

interface Start {
  readonly readingMs: number;
  readonly listeningMs: number;
}

/** Starts the box, waits for both lines, and ends it. Measured from before the process is made. */
async function once(program: string, site: string, folder: string, end: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<Start> {
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
