import { parentPort, receiveMessageOnPort, Worker, workerData } from "node:worker_threads";
import type { Words } from "../contract/alarm.ts";
import { pauseThread, systemClock } from "../platform/clock.ts";
import { isWrite, type JournalRequest } from "./calls.ts";
import { type DeskOptions, JournalDesk, type JournalReply } from "./desk.ts";
import { faultOf } from "./faults.ts";
import type { JournalFault } from "./journal.ts";
import type { LookOrder } from "./look-worker.ts";

/** From the owner of the thread. */
export type ToWorker = JournalRequest | "close";
export type FromWorker =
  | { readonly kind: "opened" }
  | { readonly kind: "cannotOpen"; readonly fault: JournalFault }
  | { readonly kind: "notice"; readonly notice: Words }
  | { readonly kind: "replies"; readonly replies: readonly JournalReply[] };

const port = parentPort;
if (port === null) throw new Error("firmware/journal/worker.ts runs as a worker thread only");
const say = (message: FromWorker): void => port.postMessage(message);
const options = workerData as DeskOptions;
/**
 * Of what the last flush took, this part, at most, is waited before the next begins: whoever was answered by that one and writes on shares
 * the next, instead of waiting for a flush of somebody else's in between. A card that is quick never waits.
 */
const LINGER_PART = 1 / 20;
const LINGER_MAX_MS = 20;
let lingerMs = 0;

try {
  const desk = new JournalDesk(options, systemClock.wallMs, (notice) => say({ kind: "notice", notice }));
  const answer = (requests: readonly JournalRequest[]): void => {
    if (requests.length > 0) say({ kind: "replies", replies: desk.answer(requests) });
  };
  port.on("message", (first: ToWorker) => {
    pauseThread(lingerMs);
    // While one flush ran, more calls have come: they share the next one.
    const messages = [first];
    for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port)) messages.push(next.message);
    const requests = messages.filter((message) => message !== "close");
    const beganMs = systemClock.monotonicMs();
    answer(requests.filter(isWrite));
    lingerMs = Math.min(LINGER_MAX_MS, Math.floor((systemClock.monotonicMs() - beganMs) * LINGER_PART));
    // Who has written heard of it before anything else is done.
    answer(requests.filter((request) => !isWrite(request)));
    lookBeside(desk);
    if (requests.length === messages.length) return;
    desk.close();
    port.close();
  });
  say({ kind: "opened" });
  lookBeside(desk);
} catch (error) {
  say({ kind: "cannotOpen", fault: faultOf(error, options.directory) });
  port.close();
}

/** A file that is too large to be read before it is used is read on a thread of its own. */
function lookBeside(desk: JournalDesk): void {
  const look = desk.takeOwed();
  if (look === "none") return;
  const order: LookOrder = { directory: options.directory, look };
  const reader = new Worker(readerUrl(import.meta.url), { workerData: order, execArgv: [], name: "journal-look" });
  // What the reader cannot say is left to the next start.
  reader.on("error", () => {});
  reader.on("message", (isDamaged: boolean) => {
    if (isDamaged) desk.distrust();
  });
  reader.unref();
}

function readerUrl(here: string): URL {
  return new URL(here.endsWith(".ts") ? "./look-worker.ts" : "./journal-look-worker.js", here);
}
