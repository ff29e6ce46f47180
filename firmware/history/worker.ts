import { parentPort, workerData } from "node:worker_threads";
import type { Words } from "../contract/alarm.ts";
import { systemClock } from "../platform/clock.ts";
import type { RawMinute } from "./book.ts";
import { type Answer, type DeskOptions, HistoryDesk, type Question, spaceOf } from "./desk.ts";

/** From the owner of the thread. */
export type ToHistory =
  | { readonly kind: "minute"; readonly minute: RawMinute }
  | { readonly kind: "question"; readonly id: number; readonly question: Question }
  | { readonly kind: "close" };
export type FromHistory =
  | { readonly kind: "tell"; readonly level: "info" | "error"; readonly words: Words }
  | { readonly kind: "health"; readonly works: boolean }
  | { readonly kind: "answer"; readonly id: number; readonly outcome: { readonly answer: Answer } | { readonly failed: Words } };

const port = parentPort;
if (port === null) throw new Error("firmware/history/worker.ts runs as a worker thread only");
const say = (message: FromHistory): void => port.postMessage(message);
const desk = new HistoryDesk(
  workerData as DeskOptions,
  { wallMs: systemClock.wallMs, space: spaceOf },
  {
    tell: (level, words) => say({ kind: "tell", level, words }),
    health: (works) => say({ kind: "health", works }),
  },
);

port.on("message", (message: ToHistory) => {
  switch (message.kind) {
    case "minute":
      desk.write(message.minute);
      return;
    case "question":
      say({ kind: "answer", id: message.id, outcome: desk.answer(message.question) });
      return;
    case "close":
      desk.close();
      port.close();
  }
});
