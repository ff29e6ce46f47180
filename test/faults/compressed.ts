import { fork } from "node:child_process";
import { createHmac } from "node:crypto";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { AlarmRecord } from "../../firmware/contract/alarm.ts";
import { loadSite } from "../../firmware/site/load.ts";
import { newToken, SECRET, writeSite } from "../box/box.ts";
import { freePort } from "../peers/peer.ts";
import type { CompressedBoxOptions, FromCompressed, Vitals } from "./compressed-box.ts";
import { type MemorySite, memorySite } from "./memory-room.ts";

/** What the test does when the box asks; time is slow until it is done. */
export interface Visitors {
  /** The hours that count begin. */
  begins?(): void;
  hour?(visit: Visit, vitals: Vitals): Promise<void>;
  over?(visit: Visit): Promise<void>;
}

/** Somebody at the box's address, with the token of an operator. Each request has a connection of its own, as after a pause. */
export interface Visit {
  readonly url: string;
  readonly token: string;
  get<Answer>(path: string): Promise<Answer>;
  /** Any answer, as bytes. */
  fetch(method: "GET" | "POST" | "DELETE", path: string, headers: Readonly<Record<string, string>>, body?: unknown): Promise<Answered>;
  post(path: string, body: unknown): Promise<Answered>;
}

export interface Answered {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: Buffer;
}

export interface Outcome {
  readonly code: number;
  /** What the box complained of. */
  readonly complaints: readonly string[];
  /** Bytes on the device of each minute, where there is a meter. */
  readonly minutes: readonly number[];
  readonly acknowledged: number;
  /** The product takes the limits of storage that it was given. */
  readonly hasQuotas: boolean;
  readonly tookMs: number;
}

export interface CompressedRun extends Omit<CompressedBoxOptions, "siteFile" | "dataFolder" | "port" | "probes"> {
  /** The data folder is made in it. */
  readonly folder: string;
  /** Where the data folder is, when it is elsewhere. */
  readonly dataFolder?: string;
  readonly site: Omit<MemorySite, "more">;
  readonly more: string;
  /** Limits of storage, in words of the site file; left out where the product has none yet. */
  readonly storage: string;
}

/** The whole product in a process whose time is compressed, from start to clean end, with somebody who acknowledges what rings. */
export async function runCompressed(run: CompressedRun, visitors: Visitors, signal: AbortSignal): Promise<Outcome> {
  const { folder, site, more, storage, dataFolder = join(folder, "data"), ...rest } = run;
  const withStorage = memorySite({ ...site, more: `${more}\n${storage}` });
  const hasQuotas = !("problems" in loadSite(withStorage.yaml));
  const { yaml, probes } = hasQuotas ? withStorage : memorySite({ ...site, more });
  const siteFile = writeSite(folder, yaml);
  const token = newToken(dataFolder, "visitor", "engineer");
  const options: CompressedBoxOptions = { ...rest, siteFile, dataFolder, probes, port: await freePort() };
  const startMs = performance.now();
  const child = fork(new URL("./compressed-box.ts", import.meta.url), [JSON.stringify(options)], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    execArgv: [],
  });
  const complaints: string[] = [];
  let visit = visitAt("", token);
  let acknowledged = 0;
  let ended: { readonly code: number; readonly minutes: readonly number[] } | null = null;
  const answer = async (message: FromCompressed): Promise<void> => {
    if (message.kind === "listening") visit = visitAt(message.url, token);
    else if (message.kind === "said") {
      if (message.level === "error") complaints.push(message.text);
    } else if (message.kind === "ended") ended = message;
    else {
      if (message.kind === "rings") acknowledged += await acknowledgeAll(visit);
      else if (message.kind === "begins") {
        // History's thread answers in its turn: what it has to write of the hours that were passed so fast is written.
        await visit.get(`/api/v1/summary?points=th-1/ambient.temperature&from=${run.startWallMs}&to=${run.startWallMs + 60_000}`);
        visitors.begins?.();
      } else if (message.kind === "hour") await visitors.hour?.(visit, message.vitals);
      else await visitors.over?.(visit);
      child.send("go");
    }
  };
  await new Promise<void>((resolve, reject) => {
    child.on("message", (message) => {
      answer(message as FromCompressed).catch((error: unknown) => {
        child.kill("SIGKILL");
        reject(error);
      });
    });
    child.once("exit", () => resolve());
    // A test whose time is over leaves no box behind.
    signal.addEventListener("abort", () => child.kill("SIGKILL"), { once: true });
  });
  if (ended === null) throw new Error(`the box ended by itself:\n${complaints.join("\n")}`);
  return {
    ...(ended as { code: number; minutes: readonly number[] }),
    complaints,
    acknowledged,
    hasQuotas,
    tookMs: performance.now() - startMs,
  };
}

async function acknowledgeAll(visit: Visit): Promise<number> {
  const { alarms } = await visit.get<{ alarms: readonly AlarmRecord[] }>("/api/v1/alarms");
  const keys = alarms.filter(({ state }) => state === "B" || state === "D").map(({ key }) => key);
  if (keys.length === 0) return 0;
  const { status, body } = await visit.post("/api/v1/alarms/acknowledge", { keys, note: "seen" });
  if (status !== 200) throw new Error(`acknowledge: ${status} ${body}`);
  return (JSON.parse(body.toString()) as { acknowledged: readonly string[] }).acknowledged.length;
}

function visitAt(url: string, token: string): Visit {
  const fetch: Visit["fetch"] = (method, path, headers, body) =>
    new Promise((resolve, reject) => {
      const bytes = body === undefined ? null : Buffer.from(JSON.stringify(body));
      const type = bytes === null ? {} : { "content-type": "application/json", "content-length": bytes.length };
      const asked = request(
        `${url}${path}`,
        { method, agent: false, headers: { connection: "close", ...type, ...headers } },
        (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("error", reject);
          response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }));
        },
      );
      asked.on("error", reject);
      asked.end(bytes);
    });
  const authorization = `Bearer ${token}`;
  return {
    url,
    token,
    fetch,
    post: (path, body) => fetch("POST", path, { authorization }, body),
    async get<Answer>(path: string) {
      const { status, body } = await fetch("GET", path, { authorization });
      if (status !== 200) throw new Error(`${path}: ${status} ${body}`);
      return JSON.parse(body.toString()) as Answer;
    },
  };
}

/** A target that counts what it takes, and is away when it is told to be. */
export interface Target {
  readonly webhook: { readonly url: string; readonly secret: string };
  /** Idempotency keys in the order in which they were taken. */
  readonly taken: readonly string[];
  away(isAway: boolean): void;
  stop(): Promise<void>;
}

export async function startTarget(): Promise<Target> {
  const taken: string[] = [];
  let isAway = false;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const stamp = request.headers["x-roomward-timestamp"];
      const signature = createHmac("sha256", SECRET).update(`${stamp}.`).update(Buffer.concat(chunks)).digest("hex");
      if (request.headers["x-roomward-signature"] !== `sha256=${signature}`) return void response.writeHead(401).end();
      if (isAway) return void response.writeHead(503).end();
      taken.push(String(request.headers["idempotency-key"]));
      response.writeHead(200, { "content-type": "application/json" }).end("{}");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    webhook: { url: `http://127.0.0.1:${port}/hook`, secret: SECRET },
    taken,
    away: (away) => {
      isAway = away;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
