import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { type Look, lookThrough } from "../platform/sqlite.ts";
import { yieldToOthers } from "../platform/thread-priority.ts";
import { JOURNAL_FILE } from "./database.ts";
import { reasonOf } from "./faults.ts";

export interface LookOrder {
  readonly directory: string;
  readonly look: Look;
}

// Reads the whole journal beside the thread that works with it, and says whether it is damaged.
yieldToOthers();
const { directory, look } = workerData as LookOrder;
try {
  lookThrough(join(directory, JOURNAL_FILE), look);
  parentPort?.postMessage(false);
} catch (error) {
  parentPort?.postMessage(reasonOf(error) === "corrupt");
}
