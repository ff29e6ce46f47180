import { join } from "node:path";
import { startBox, workFolder, writeSite } from "../box/box.ts";
import { benchBox } from "./bench-box.ts";
import type { Row } from "./row.ts";
import { pairYaml } from "./rtu.ts";
import { startRtuWire } from "./rtu-wire.ts";

const BAUD_RATE = 9_600;
const REGISTERS = 50;
/** How many units a pair has, and how many of them are dead. */
const PAIRS = [
  { slaves: 16, dead: 1 },
  { slaves: 32, dead: 5 },
] as const;
/** The box finds out in the first minute who is dead. */
const FIRST_MINUTE_MS = 60_000;
const WARM_UP_MS = 5_000;
const WINDOW_MS = 60_000;

/** P5: what dead units cost the living ones of a pair that is full, after the first minute: their period, against that without the dead. */
export async function benchDead(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const { slaves, dead } of PAIRS) {
    const alone = await periodMs(slaves - dead, [], WARM_UP_MS);
    // Spread over the pair: the first, the last, and some between.
    const units = Array.from({ length: dead }, (_, nth) => 1 + Math.round((nth * (slaves - 1)) / Math.max(1, dead - 1)));
    const beside = await periodMs(slaves, units, FIRST_MINUTE_MS);
    const at = `RTU 9600 8N1, ${dead} of ${slaves} dead`;
    rows.push(
      { metric: `${at}: period of the living without them`, value: alone, unit: "ms" },
      { metric: `${at}: period of the living beside them`, value: beside, unit: "ms" },
      { metric: `${at}: period of the living grows by`, value: beside / alone, unit: "×" },
    );
  }
  return rows;
}

async function periodMs(slaves: number, dead: readonly number[], warmUpMs: number): Promise<number> {
  const folder = workFolder();
  const path = join(folder.path, "ttyBUS0");
  const wire = await startRtuWire({ path, baudRate: BAUD_RATE, slaves, dead });
  const box = await startBox(writeSite(folder.path, pairYaml(path, BAUD_RATE, slaves)), folder.path, { program: benchBox(REGISTERS) });
  try {
    await sleep(warmUpMs);
    wire.reset();
    await sleep(WINDOW_MS);
    const { perUnit } = await wire.count();
    const living = perUnit.filter((_, index) => !dead.includes(index + 1));
    return (WINDOW_MS * living.length) / living.reduce((sum, requests) => sum + requests, 0);
  } finally {
    await box.peer.stop();
    await wire.stop();
    folder.dispose();
  }
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

if (import.meta.main) console.table(await benchDead());
