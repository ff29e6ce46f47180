import { readFileSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";

const niceOf = (stat: string): number => Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[16]);

/** In a thread of its own, as every worker of the box does it. */
const THREAD = (source: string) => `
  import { readFileSync } from "node:fs";
  import { parentPort } from "node:worker_threads";
  import { yieldToOthers } from "${source}";
  const before = readFileSync("/proc/thread-self/stat", "utf8");
  const isDone = yieldToOthers();
  parentPort.postMessage([isDone, before, readFileSync("/proc/thread-self/stat", "utf8")]);
`;

test.runIf(process.platform === "linux")("a thread that yields to the others takes its own priority down, and nobody else's", async () => {
  const text = THREAD(new URL("../../firmware/platform/thread-priority.ts", import.meta.url).href);
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(text)}`));
  const [isDone, before, after] = await new Promise<readonly [boolean, string, string]>((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
  const here = readFileSync("/proc/thread-self/stat", "utf8");
  expect([isDone, niceOf(after)]).toEqual([true, 10]);
  expect(niceOf(here)).toBe(niceOf(before));
  await worker.terminate();
});
