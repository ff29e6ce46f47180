import { Worker } from "node:worker_threads";
import type { Words } from "../contract/alarm.ts";
import type { Clock } from "../platform/clock.ts";
import type { JournalRequest, WriteCall } from "./calls.ts";
import type { DeskOptions, JournalReply } from "./desk.ts";
import { fault } from "./faults.ts";
import { type Journal, type JournalCalls, JournalError, type JournalFault, type JournalFaultReason, type Stamp } from "./journal.ts";
import { RETENTION } from "./retention.ts";
import type { FromWorker, ToWorker } from "./worker.ts";

/** Calls waiting for an answer; beyond it a call is answered at once with `stopped`. */
const CALLS_WAITING_MAX = 10_000;
const RESTART_AFTER_MS = 1_000;
const RESTART_AFTER_MAX_MS = 60_000;
const CLOSE_WITHIN_MS = 5_000;
/** Room for what a batch of calls leaves behind; V8's own limit is many times that, and what it once took it keeps. */
const YOUNG_MB = 2;

export interface OpenJournalOptions {
  /** The data folder; made when it is not there. One process at a time. */
  readonly directory: string;
  readonly bootId: string;
  readonly clock: Clock;
  /** Told when a damaged file was set aside, or the thread ended and is started again. */
  readonly onTrouble?: (message: Words) => void;
  /** Until the first step of tidying says otherwise. */
  readonly bytesMax?: number;
  /** A larger file is not read before it is used, but beside the work; the house has its own limit. */
  readonly readAtOpenBytes?: number;
}

/** Opens (or makes) `journal.db` on a thread of its own, so that a slow card never holds up a reading or a browser. */
export async function openJournal(options: OpenJournalOptions): Promise<{ readonly journal: Journal } | { readonly fault: JournalFault }> {
  const thread = new JournalThread(options);
  const fault = await thread.start();
  if (fault !== null) return { fault };
  const read = async <Call extends keyof JournalCalls>(call: Call, argument: JournalCalls[Call]["argument"]) =>
    answerOrThrow<JournalCalls[Call]["answer"]>(await thread.ask(call, argument));
  const write = async <Call extends WriteCall | "tidy">(call: Call, argument: JournalCalls[Call]["argument"]) => {
    const { answer, failed } = await thread.ask(call, argument);
    return failed ?? (answer as JournalCalls[Call]["answer"]);
  };
  const journal: Journal = {
    commit: (entry) => write("commit", entry),
    settle: (results) => write("settle", results),
    release: (target) => write("release", target),
    raisedCounts: (fromMs, toMs) => read("raisedCounts", { fromMs, toMs }),
    alarmEvents: (query) => read("alarmEvents", query),
    liveAlarms: () => read("liveAlarms", null),
    escalations: () => read("escalations", null),
    recordOnCall: (act) => write("recordOnCall", act),
    onCall: (query) => read("onCall", query),
    maintenance: () => read("maintenance", null),
    lastIncidentNumber: () => read("lastIncidentNumber", null),
    incidents: ({ limit, open }) => read("incidents", { limit, open: open ?? null }),
    deliveriesOf: (incidents) => read("deliveriesOf", incidents),
    dueDeliveries: (query) => read("dueDeliveries", query),
    standIn: (order) => write("standIn", order),
    resend: (order) => write("resend", order),
    targetQueues: (query) => read("targetQueues", query),
    acceptedLive: (query) => read("acceptedLive", query),
    toldIncidents: (target) => read("toldIncidents", target),
    tellAgain: (order) => write("tellAgain", order),
    audit: (limit, before, filter) => read("audit", { limit, before: before ?? null, filter: filter ?? {} }),
    auditChoices: () => read("auditChoices", null),
    async auditCheck() {
      let step = await read("auditCheck", null);
      while (!("ok" in step)) step = await read("auditCheck", step);
      return step;
    },
    recordAccess: (entries) => write("recordAccess", entries),
    accessLog: (query) => read("accessLog", query),
    accessMemory: () => read("accessMemory", null),
    inspect: (step) => write("inspect", step),
    expectSheets: (expected) => write("expectSheets", expected),
    inspections: (query) => read("inspections", query),
    workIncident: (step) => write("workIncident", step),
    desk: (question) => read("desk", question),
    tidy: (order) => write("tidy", order),
    usage: (targets) => read("usage", targets),
    recordClock: (note) => write("recordClock", note),
    clockMemory: () => read("clockMemory", null),
    close: () => thread.close(),
  };
  return { journal };
}

function answerOrThrow<Answer>({ answer, failed }: Omit<JournalReply, "id">): Answer {
  if (failed !== undefined) throw new JournalError(failed);
  return answer as Answer;
}

interface Waiting {
  readonly request: JournalRequest;
  readonly resolve: (reply: Omit<JournalReply, "id">) => void;
  /** Sent to a thread that ended before it answered. Sending it again is safe: an event id is recorded once. */
  sentBefore: boolean;
}

/** The worker with its calls in flight; started again, with growing pauses, when it ends unasked. */
class JournalThread {
  readonly #options: OpenJournalOptions;
  readonly #waiting = new Map<number, Waiting>();
  readonly #closed = new AbortController();
  #worker: Worker | null = null;
  #everOpened = false;
  #lastId = 0;
  #restartAfterMs = RESTART_AFTER_MS;

  constructor(options: OpenJournalOptions) {
    this.#options = options;
  }

  /** Resolves with null when the journal is open. */
  start(): Promise<JournalFault | null> {
    const { directory, bootId, bytesMax = RETENTION.bytesMax, readAtOpenBytes } = this.#options;
    const read = readAtOpenBytes === undefined ? {} : { readAtOpenBytes };
    const workerData: DeskOptions = { directory, bootId, bytesMax, ...read, inUse: this.#everOpened };
    // Node runs our TypeScript as it is; a loader that the main thread was started with would only cost time here.
    const worker = new Worker(workerUrl(import.meta.url), {
      workerData,
      execArgv: [],
      name: "journal",
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    });
    return new Promise((resolve) => {
      let opened = false;
      let lastError = "";
      worker.on("message", (message: FromWorker) => {
        if (message.kind === "opened") {
          opened = true;
          this.#everOpened = true;
          this.#worker = worker;
          resolve(null);
        } else if (message.kind === "cannotOpen") resolve(message.fault);
        else if (message.kind === "notice") this.#options.onTrouble?.(message.notice);
        else this.#settle(message.replies);
      });
      worker.on("error", (error) => {
        lastError = error instanceof Error ? error.message : String(error);
      });
      worker.on("exit", (code) => {
        const detail = lastError === "" ? `exit code ${code}` : lastError;
        resolve(this.#fault("stopped", detail));
        if (opened) void this.#ended(detail);
      });
    });
  }

  ask<Call extends keyof JournalCalls>(call: Call, argument: JournalCalls[Call]["argument"]): Promise<Omit<JournalReply, "id">> {
    if (this.#closed.signal.aborted) return Promise.resolve({ failed: this.#fault("stopped", "closed") });
    if (this.#waiting.size >= CALLS_WAITING_MAX)
      return Promise.resolve({ failed: this.#fault("stopped", `${CALLS_WAITING_MAX} calls are waiting`) });
    this.#lastId += 1;
    const { clock } = this.#options;
    const stamp: Stamp = { uptimeMs: clock.monotonicMs(), clock: clock.quality() };
    const request = { id: this.#lastId, call, argument, stamp } as JournalRequest;
    return new Promise((resolve) => {
      const waiting: Waiting = { request, resolve, sentBefore: false };
      this.#waiting.set(request.id, waiting);
      this.#post(request);
    });
  }

  /** Calls made before it are answered first. */
  async close(): Promise<void> {
    if (this.#closed.signal.aborted) return;
    this.#closed.abort();
    const worker = this.#worker;
    if (worker === null) return this.#giveUp("closed");
    const gone = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
    this.#post("close");
    const late = new AbortController();
    void this.#options.clock.sleep(CLOSE_WITHIN_MS, late.signal).then(() => (late.signal.aborted ? undefined : worker.terminate()));
    await gone;
    late.abort();
    this.#giveUp("closed");
  }

  #post(message: ToWorker): void {
    this.#worker?.postMessage(message);
  }

  #settle(replies: readonly JournalReply[]): void {
    this.#restartAfterMs = RESTART_AFTER_MS;
    for (const reply of replies) {
      this.#waiting.get(reply.id)?.resolve(reply);
      this.#waiting.delete(reply.id);
    }
  }

  async #ended(detail: string): Promise<void> {
    this.#worker = null;
    if (this.#closed.signal.aborted) return;
    this.#options.onTrouble?.(this.#fault("stopped", detail).message);
    for (const [id, waiting] of this.#waiting) {
      if (waiting.sentBefore) this.#refuse(id, waiting, detail);
      waiting.sentBefore = true;
    }
    while (!this.#closed.signal.aborted) {
      await this.#options.clock.sleep(this.#restartAfterMs, this.#closed.signal);
      this.#restartAfterMs = Math.min(this.#restartAfterMs * 2, RESTART_AFTER_MAX_MS);
      if (this.#closed.signal.aborted) return;
      const problem = await this.start();
      if (problem === null) {
        for (const { request } of this.#waiting.values()) this.#post(request);
        if (this.#closed.signal.aborted) this.#post("close");
        return;
      }
      this.#giveUp(problem.message.en);
    }
  }

  #giveUp(detail: string): void {
    for (const [id, waiting] of this.#waiting) this.#refuse(id, waiting, detail);
  }

  #refuse(id: number, waiting: Waiting, detail: string): void {
    this.#waiting.delete(id);
    waiting.resolve({ failed: this.#fault("stopped", detail) });
  }

  #fault(reason: JournalFaultReason, detail: string): JournalFault {
    return fault(reason, this.#options.directory, detail);
  }
}

/** From source the worker is the file beside this one; in the box's bundle it is a bundle of its own beside the main one. */
function workerUrl(here: string): URL {
  return new URL(here.endsWith(".ts") ? "./worker.ts" : "./journal-worker.js", here);
}
