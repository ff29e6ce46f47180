import { monitorEventLoopDelay } from "node:perf_hooks";

/**
 * Loaded into the box before its program (`--import`): how late its event loop is. Each `SIGUSR2` prints what was seen since the last one,
 * as a line of JSON on standard error.
 */
const RESOLUTION_MS = 10;
const NS_PER_MS = 1e6;
const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
delays.enable();

process.on("SIGUSR2", () => {
  // The histogram counts from one beat of its own timer to the next.
  const late = (ns: number): number => Math.max(0, ns / NS_PER_MS - RESOLUTION_MS);
  const seen = {
    loopDelay: { p50Ms: late(delays.percentile(50)), p99Ms: late(delays.percentile(99)), maxMs: late(delays.max), beats: delays.count },
  };
  delays.reset();
  process.stderr.write(`${JSON.stringify(seen)}\n`);
});
