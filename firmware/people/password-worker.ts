import { argon2Sync } from "node:crypto";
import { parentPort } from "node:worker_threads";
import { yieldToOthers } from "../platform/thread-priority.ts";

/** One hash to make. `memoryKib`, `passes`, `lanes`: the costs of argon2id (RFC 9106). */
export interface HashJob {
  readonly id: number;
  readonly password: string;
  readonly salt: Uint8Array;
  readonly memoryKib: number;
  readonly passes: number;
  readonly lanes: number;
}
export interface HashDone {
  readonly id: number;
  readonly hash: Uint8Array;
}

const HASH_BYTES = 32;

const port = parentPort;
if (port === null) throw new Error("firmware/people/password-worker.ts runs as a worker thread only");
yieldToOthers();
port.on("message", ({ id, password, salt, memoryKib, passes, lanes }: HashJob) => {
  const hash = argon2Sync("argon2id", {
    message: password,
    nonce: salt,
    parallelism: lanes,
    tagLength: HASH_BYTES,
    memory: memoryKib,
    passes,
  });
  const done: HashDone = { id, hash };
  port.postMessage(done);
});
