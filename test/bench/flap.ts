import { temporaryFolder } from "../firmware/journal-entries.ts";
import { peerMissing } from "../peers/peer.ts";
import { flap } from "../upstream/flapping.ts";
import { byChance } from "../upstream/unsteady-link.ts";
import type { Row } from "./row.ts";

const PAIRS = 1_000;
const ALARMS = 20;
/** That something happens to a question on its way. */
const CHANCE = 0.1;
const SEED = 20_261_126;

export const flapMissing = (): string | null => peerMissing(["request-tracker"]);

/** Alarms that flap behind an unsteady link to a real Request Tracker: what stands in it at the end, and what that took. */
export async function benchFlap(): Promise<Row[]> {
  const folder = temporaryFolder();
  try {
    const { questions, troubles, repairs, tookMs, ...standing } = await flap({
      ...{ folder: folder.path, pairs: PAIRS, alarms: ALARMS, meets: byChance(CHANCE, SEED) },
    });
    const what = `flapping link, ${PAIRS} raises and clears`;
    const row = (name: string, value: number, unit = ""): Row => ({ metric: `${what}, ${name}`, value, unit });
    return [
      row("incidents without a ticket", standing.missing),
      row("orphaned tickets", standing.orphans),
      row("duplicate tickets", standing.duplicates),
      row("events noted twice", standing.notedTwice),
      row("messages out of order", standing.outOfOrder),
      row("questions", questions),
      ...Object.entries(troubles).map(([trouble, times]) => row(`questions ${trouble}`, times)),
      ...Object.entries(repairs).map(([action, times]) => row(`repairs ${action}`, times)),
      row("took", tookMs / 60_000, "min"),
    ];
  } finally {
    folder.remove();
  }
}
