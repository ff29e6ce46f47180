import diagnostics from "node:diagnostics_channel";
import type { EventEmitter } from "node:events";
import { syncBuiltinESMExports } from "node:module";
import workers, { getEnvironmentData, isMainThread, setEnvironmentData } from "node:worker_threads";
import type { CompressedClock } from "./compressed-clock.ts";

const SEEN = "roomward-compressed-wall";
/** The one thread that lives for one piece of work: PDF, XLSX and CSV of a document. */
const PRESS = "press";

/** Where the threads of this process find the wall clock. */
export const seenByThreads = new Float64Array(new SharedArrayBuffer(Float64Array.BYTES_PER_ELEMENT));

/**
 * The clock of a box is an argument; its threads look at the machine's. So that ages mean the same to all of them, each thread that is
 * begun from here on reads the compressed wall clock. And what really takes time brakes it: the thread of the press, and HTTP in and out.
 */
export function compressMachine(clock: CompressedClock): void {
  setEnvironmentData(SEEN, seenByThreads.buffer);
  const Machine = workers.Worker;
  workers.Worker = class extends Machine {
    constructor(file: string | URL, options?: workers.WorkerOptions) {
      super(file, { ...options, execArgv: [...(options?.execArgv ?? []), "--import", import.meta.url] });
      if (options?.name === PRESS) this.once("exit", clock.brake());
    }
  };
  syncBuiltinESMExports();
  const brakeUntilClosed = (wire: EventEmitter): void => {
    const loosen = clock.brake();
    wire.once("close", loosen);
  };
  diagnostics.subscribe("http.client.request.created", (message) => brakeUntilClosed((message as { request: EventEmitter }).request));
  diagnostics.subscribe("http.server.request.start", (message) => brakeUntilClosed((message as { response: EventEmitter }).response));
}

if (!isMainThread) {
  const shared = getEnvironmentData(SEEN);
  if (shared instanceof SharedArrayBuffer) {
    const wall = new Float64Array(shared);
    Date.now = () => wall[0] as number;
  }
}
