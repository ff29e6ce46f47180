import { randomBytes, timingSafeEqual } from "node:crypto";
import { Worker } from "node:worker_threads";
import type { Words } from "../contract/alarm.ts";
import type { HashDone, HashJob } from "./password-worker.ts";

/** Costs of argon2id: 19 MiB, two passes (OWASP Password Storage Cheat Sheet); about a tenth of a second on a small box. */
const COSTS = { memoryKib: 19_456, passes: 2, lanes: 1 } as const;
const SALT_BYTES = 16;
/** Hashes that may wait; beyond it people are asked to come back. */
const JOBS_MAX = 16;
export const PASSWORD_LENGTH_MIN = 10;
export const PASSWORD_LENGTH_MAX = 128;
const DIFFERENT_CHARACTERS_MIN = 5;

/**
 * Makes and checks password hashes on a thread of its own, one after the other: however many people guess, they take one core
 * and no time from the wires.
 */
export interface Passwords {
  /** A PHC string; null when too many wait. */
  hash(password: string): Promise<string | null>;
  /** Null when too many wait. A null `stored` takes as long as a real one and is never right. */
  isRight(password: string, stored: string | null): Promise<boolean | null>;
  close(): Promise<void>;
}

export function openPasswords(): Passwords {
  const waiting = new Map<number, (hash: Uint8Array | null) => void>();
  let worker: Worker | null = null;
  let lastId = 0;

  function start(): Worker {
    const started = new Worker(workerUrl(import.meta.url), { execArgv: [], name: "passwords" });
    started.unref();
    started.on("message", ({ id, hash }: HashDone) => {
      waiting.get(id)?.(hash);
      waiting.delete(id);
    });
    started.on("error", () => {});
    started.on("exit", () => {
      worker = null;
      for (const answer of waiting.values()) answer(null);
      waiting.clear();
    });
    return started;
  }

  function run(job: Omit<HashJob, "id">): Promise<Uint8Array | null> {
    if (waiting.size >= JOBS_MAX) return Promise.resolve(null);
    worker ??= start();
    lastId += 1;
    const id = lastId;
    return new Promise((resolve) => {
      waiting.set(id, resolve);
      worker?.postMessage({ id, ...job } satisfies HashJob);
    });
  }

  return {
    async hash(password) {
      const salt = randomBytes(SALT_BYTES);
      const hash = await run({ password: password.normalize("NFC"), salt, ...COSTS });
      return hash === null ? null : phc({ salt, hash, ...COSTS });
    },
    async isRight(password, stored) {
      const parts = stored === null ? null : partsOf(stored);
      const { salt, memoryKib, passes, lanes } = parts ?? { salt: randomBytes(SALT_BYTES), ...COSTS };
      const hash = await run({ password: password.normalize("NFC"), salt, memoryKib, passes, lanes });
      if (hash === null) return null;
      return parts !== null && parts.hash.length === hash.length && timingSafeEqual(parts.hash, hash);
    },
    close: async () => {
      await worker?.terminate();
    },
  };
}

/** Why this password will not do; null when it will. */
export function weakness(password: string, name: string): Words | null {
  const characters = [...password.normalize("NFC")];
  if (characters.length < PASSWORD_LENGTH_MIN || characters.length > PASSWORD_LENGTH_MAX)
    return {
      zh: `密码须为 ${PASSWORD_LENGTH_MIN} 至 ${PASSWORD_LENGTH_MAX} 个字符，例如几个不相干的词连在一起。`,
      en: `A password has ${PASSWORD_LENGTH_MIN} to ${PASSWORD_LENGTH_MAX} characters; some words that do not belong together are a good one.`,
    };
  if (new Set(characters).size < DIFFERENT_CHARACTERS_MIN || password.toLowerCase().includes(name.toLowerCase()))
    return {
      zh: `密码太容易猜：须含至少 ${DIFFERENT_CHARACTERS_MIN} 个不同字符，且不含登录名。请换一个。`,
      en: `This password is easy to guess: it needs ${DIFFERENT_CHARACTERS_MIN} different characters and must not contain the name. Choose another.`,
    };
  return null;
}

interface Parts {
  readonly memoryKib: number;
  readonly passes: number;
  readonly lanes: number;
  readonly salt: Uint8Array;
  readonly hash: Uint8Array;
}

/** The PHC string format: `$argon2id$v=19$m=19456,t=2,p=1$salt$hash`. */
function phc({ memoryKib, passes, lanes, salt, hash }: Parts): string {
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64").replaceAll("=", "");
  return `$argon2id$v=19$m=${memoryKib},t=${passes},p=${lanes}$${text(salt)}$${text(hash)}`;
}

function partsOf(stored: string): Parts | null {
  const found = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d)\$([\w+/]+)\$([\w+/]+)$/.exec(stored);
  if (found === null) return null;
  const [, memory, passes, lanes, salt = "", hash = ""] = found;
  return {
    memoryKib: Number(memory),
    passes: Number(passes),
    lanes: Number(lanes),
    salt: Buffer.from(salt, "base64"),
    hash: Buffer.from(hash, "base64"),
  };
}

/** From source the worker is the file beside this one; in the box's bundle it is a bundle of its own beside the main one. */
function workerUrl(here: string): URL {
  return new URL(here.endsWith(".ts") ? "./password-worker.ts" : "./password-worker.js", here);
}
