import { parentPort, workerData } from "node:worker_threads";
import type { Words } from "../contract/alarm.ts";
import { systemClock } from "../platform/clock.ts";
import { yieldToOthers } from "../platform/thread-priority.ts";
import type { RawMinute } from "./book.ts";
import { type Answer, type DeskOptions, HistoryDesk, type Question, spaceOf } from "./desk.ts";
import type { Span } from "./history.ts";

/** From the owner of the thread. */
export type ToHistory =
  | { readonly kind: "minute"; readonly minute: RawMinute }
  | { readonly kind: "question"; readonly id: number; readonly question: Question }
  | { readonly kind: "restamp"; readonly span: Span; readonly offsetMs: number }
  | { readonly kind: "share" }
  | { readonly kind: "close" };
export type FromHistory =
  | { readonly kind: "tell"; readonly level: "info" | "error"; readonly words: Words }
  | { readonly kind: "health"; readonly works: boolean }
  | { readonly kind: "answer"; readonly id: number; readonly outcome: { readonly answer: Answer } | { readonly failed: Words } };

const port = parentPort;
if (port === null) throw new Error("firmware/history/worker.ts runs as a worker thread only");
const say = (message: FromHistory, transfer: ArrayBuffer[] = []): void => port.postMessage(message, transfer);
yieldToOthers();
const desk = new HistoryDesk(
  workerData as DeskOptions,
  { wallMs: systemClock.wallMs, space: spaceOf },
  {
    tell: (level, words) => say({ kind: "tell", level, words }),
    health: (works) => say({ kind: "health", works }),
  },
);

let isClosed = false;
let isWorking = false;

/** Bit by bit: minutes and questions come in between. */
function workOn(): void {
  if (isWorking) return;
  isWorking = true;
  setImmediate(() => {
    isWorking = false;
    if (!isClosed && desk.work()) workOn();
  });
}

port.on("message", (message: ToHistory) => {
  switch (message.kind) {
    case "minute":
      desk.write(message.minute);
      workOn();
      return;
    case "question": {
      const outcome = desk.answer(message.question);
      say({ kind: "answer", id: message.id, outcome }, buffersOf(outcome));
      return;
    }
    case "share":
      desk.share();
      return;
    case "restamp":
      desk.restamp(message.span, message.offsetMs);
      workOn();
      return;
    case "close":
      isClosed = true;
      desk.close();
      port.close();
  }
});

/** What goes over without being copied. */
function buffersOf(outcome: { readonly answer: Answer } | { readonly failed: Words }): ArrayBuffer[] {
  if ("failed" in outcome) return [];
  const { answer } = outcome;
  if ("bytes" in answer && answer.bytes instanceof Uint8Array) return [answer.bytes.buffer];
  if (!Array.isArray(answer)) return [];
  return answer.flatMap((one) => ("times" in one ? [one.times.buffer, one.values.buffer] : []));
}
