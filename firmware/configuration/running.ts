import type { Words } from "../contract/alarm.ts";
import type { Good } from "./choice.ts";
import { fileWords } from "./open.ts";
import { ConfigurationStore, type StoreClock } from "./store.ts";
import { runsInsteadWords } from "./words.ts";

/**
 * The site that a gateway with this file and this data folder runs, for commands that look at the same room. Changes nothing. `notes`: why it is
 * not what stands in the file.
 */
export async function siteThatRuns(
  siteFile: string,
  dataFolder: string,
  clock: StoreClock,
): Promise<{ readonly good: Good; readonly notes: readonly Words[] } | { readonly problems: readonly Words[] }> {
  const look = await new ConfigurationStore(siteFile, dataFolder, clock).look();
  const { runs } = look.choice;
  if (runs === null) return { problems: fileWords(siteFile, look) };
  const isUnusable = look.choice.file.state === "unusable";
  return { good: runs, notes: isUnusable ? [runsInsteadWords(siteFile, runs.revision?.number ?? 0)] : [] };
}
