import { createHash, createHmac } from "node:crypto";
import { closeSync, fdatasyncSync, openSync, writeSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { SECRET } from "../box/box.ts";
import type { Chance } from "./chance.ts";

/** One delivery that a target took. */
export interface Taken {
  readonly target: string;
  /** The idempotency key it came under. */
  readonly key: string;
  readonly event: string;
  readonly alarm: string;
  readonly sequence: number;
  /** SHA-256 of the bytes: a repetition must be one. */
  readonly body: string;
}

/** How often a target misbehaves, each of all requests. */
interface Moods {
  /** Says 503 and takes nothing. */
  readonly unavailable: number;
  /** Takes it, and the connection ends before the answer. */
  readonly answerLost: number;
  /** Thinks for a while before and after it has taken it. */
  readonly slow: number;
}

const MOODS: Moods = { unavailable: 0.05, answerLost: 0.1, slow: 0.2 };
const HEALTHY: Moods = { unavailable: 0, answerLost: 0, slow: 0 };
const SLOW_MS_MAX = 120;

/** Two targets behind one HTTP server. What they take is on the disk before it is answered, in the order in which it came. */
export interface RecordingUpstream {
  readonly targets: Readonly<Record<"itsm" | "desk", string>>;
  readonly taken: readonly Taken[];
  /** From now on everything is taken and answered at once. */
  behave(): void;
  /** Until nothing is on its way any more: what a killed box sent is taken, or was cut off with it. */
  quiet(): Promise<void>;
  stop(): Promise<void>;
}

export async function startRecordingUpstream(file: string, chance: Chance): Promise<RecordingUpstream> {
  const taken: Taken[] = [];
  const record = openSync(file, "a", 0o600);
  let moods = MOODS;
  let onTheWay = 0;
  const take = (delivery: Taken): void => {
    writeSync(record, `${JSON.stringify(delivery)}\n`);
    fdatasyncSync(record);
    taken.push(delivery);
  };
  const answer = async (target: string, headers: NodeJS.Dict<string | string[]>, body: Buffer, response: ServerResponse): Promise<void> => {
    const stamp = headers["x-roomward-timestamp"];
    const signature = createHmac("sha256", SECRET).update(`${stamp}.`).update(body).digest("hex");
    if (headers["x-roomward-signature"] !== `sha256=${signature}`) return void response.writeHead(401).end();
    if (chance.next() < moods.unavailable) return void response.writeHead(503).end();
    const isSlow = chance.next() < moods.slow;
    if (isSlow) await pause(chance.between(0, SLOW_MS_MAX));
    const { id, key, sequence } = JSON.parse(body.toString("utf8")) as { id: string; key: string; sequence: number };
    const digest = createHash("sha256").update(body).digest("hex");
    take({ target, key: String(headers["idempotency-key"]), event: id, alarm: key, sequence, body: digest });
    if (chance.next() < moods.answerLost) return void response.destroy();
    if (isSlow) await pause(chance.between(0, SLOW_MS_MAX));
    response.writeHead(200, { "content-type": "application/json" }).end(`{"ticket":"INC-${sequence}"}`);
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("error", () => response.destroy());
    request.on("end", () => {
      onTheWay += 1;
      void answer((request.url ?? "").slice(1), request.headers, Buffer.concat(chunks), response).finally(() => {
        onTheWay -= 1;
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const quiet = async (): Promise<void> => {
    do await pause(5);
    while (onTheWay > 0);
  };
  const url = (target: string): string => `http://127.0.0.1:${port}/${target}`;
  return {
    targets: { itsm: url("itsm"), desk: url("desk") },
    taken,
    behave: () => {
      moods = HEALTHY;
    },
    quiet,
    async stop() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      await quiet();
      closeSync(record);
    },
  };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
