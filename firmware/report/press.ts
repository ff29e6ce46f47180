import { Worker } from "node:worker_threads";
import type { Words } from "../contract/alarm.ts";
import type { Clock } from "../platform/clock.ts";
import type { Language, ReportDocument } from "./document.ts";
import type { PressDone, PressJob } from "./press-worker.ts";

export const FORMATS = ["pdf", "xlsx", "csv"] as const;
export type Format = (typeof FORMATS)[number];

export type Printed = { readonly files: ReadonlyMap<Format, Uint8Array> } | { readonly problem: Words };

/** Documents that may wait to be written. */
const WAITING_MAX = 32;
/** Longest time for one document; a hundred pages take seconds. */
const PRINT_MAX_MS = 300_000;
/** What a service that may have 384 MiB in all can spare; a sheet takes 60, a summary of 2,000 points 120. */
const MEMORY_MAX_MIB = 160;

/**
 * Writes documents to bytes, one after the other, each on a thread of its own: font and packages are loaded for it and go with it.
 * Trouble is an outcome.
 */
export interface Press {
  print(document: ReportDocument, language: Language, formats: readonly Format[]): Promise<Printed>;
  /** What is being written is given up. */
  close(): Promise<void>;
}

export function openPress(clock: Clock): Press {
  const closed = new AbortController();
  let waiting = 0;
  let last: Promise<unknown> = Promise.resolve();

  async function write(job: PressJob): Promise<Printed> {
    if (closed.signal.aborted) return { problem: ended() };
    const done = await answerOf(job, clock, closed.signal);
    if (closed.signal.aborted) return { problem: ended() };
    return "failure" in done ? { problem: failed(done.failure) } : { files: new Map(done.files) };
  }

  return {
    async print(document, language, formats) {
      if (waiting >= WAITING_MAX) return { problem: tooMany() };
      waiting += 1;
      const turn = last.then(() => write({ document, language, formats }));
      last = turn.catch(() => {});
      try {
        return await turn;
      } finally {
        waiting -= 1;
      }
    },
    async close() {
      closed.abort();
      await last;
    },
  };
}

async function answerOf(job: PressJob, clock: Clock, stop: AbortSignal): Promise<PressDone> {
  const worker = begin(job);
  if ("failure" in worker) return worker;
  const settled = new AbortController();
  const giveUp = AbortSignal.any([settled.signal, stop]);
  try {
    return await new Promise((resolve) => {
      worker.once("message", resolve);
      worker.once("error", (error) => resolve({ failure: String(error) }));
      worker.once("exit", (code) => resolve({ failure: `exit code ${code}` }));
      void clock.sleep(PRINT_MAX_MS, giveUp).then(() => resolve({ failure: `not done within ${PRINT_MAX_MS / 1_000} s` }));
    });
  } finally {
    settled.abort();
    await worker.terminate();
  }
}

/** A machine that has no thread left says so here. */
function begin(job: PressJob): Worker | { readonly failure: string } {
  try {
    return new Worker(workerUrl(import.meta.url), {
      workerData: job,
      execArgv: [],
      name: "press",
      resourceLimits: { maxOldGenerationSizeMb: MEMORY_MAX_MIB },
    });
  } catch (error) {
    return { failure: String(error) };
  }
}

function failed(reason: string): Words {
  return {
    zh: `文件未能生成：${reason}。请稍后重试；若一直如此，请把这句话告知维护人员。`,
    en: `The document could not be written: ${reason}. Try again later; if it stays so, report this sentence.`,
  };
}

function tooMany(): Words {
  return {
    zh: `正在等待生成的文件已有 ${WAITING_MAX} 份。请稍后重试。`,
    en: `${WAITING_MAX} documents wait to be written already. Try again in a moment.`,
  };
}

function ended(): Words {
  return {
    zh: "网关正在停止，文件未生成。启动后请重试。",
    en: "The gateway is stopping; the document was not written. Try again after the start.",
  };
}

/** From source the worker is the file beside this one; in the box's bundle it is a bundle of its own beside the main one. */
function workerUrl(here: string): URL {
  return new URL(here.endsWith(".ts") ? "./press-worker.ts" : "./press-worker.js", here);
}
