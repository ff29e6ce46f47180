import { setFlagsFromString } from "node:v8";
import type { Clock } from "./clock.ts";

/** By then the start is over, and what it left was collected. */
const STARTED_MS = 15_000;

/** For a small box: heaps stay near what is alive, and the room for young objects, which would take 48 MB, does not grow. */
export function keepHeapSmall(): void {
  setFlagsFromString("--optimize-for-size");
  setFlagsFromString("--semi-space-growth-factor=1");
}

/**
 * For a small box V8 collects the whole heap once or twice more, some seconds after each time that it had to. After the start, which leaves
 * much behind, that is right; of readings it brings nothing and costs half of what they do. `ended`: the process is about to end.
 */
export async function collectOnceAfterStart(clock: Clock, ended: AbortSignal): Promise<void> {
  await clock.sleep(STARTED_MS, ended);
  setFlagsFromString("--memory-reducer-gc-count=0");
}
