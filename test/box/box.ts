import { spawnSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Document } from "yaml";
import type { AlarmRecord, Incident } from "../../firmware/contract/alarm.ts";
import type { BusHealth, Health, PointValue } from "../../firmware/contract/site.ts";
import { freePort, type Peer, startPeer } from "../peers/peer.ts";
import { enterStaff } from "../room/staff.ts";

const BUNDLE = "dist/box/roomward.js";
/** Only there to end what hangs; whoever proves a time measures it. */
const HANGS_MS = 60_000;

/** The built product in a process of its own, as it runs on a box. */
export interface Box {
  readonly url: string;
  readonly folder: string;
  readonly token: string;
  readonly peer: Peer;
  get<T>(path: string): Promise<T>;
  post(path: string, body: unknown): Promise<{ readonly status: number; readonly body: unknown }>;
  alarms(): Promise<readonly AlarmRecord[]>;
  incidents(): Promise<readonly Incident[]>;
  points(): Promise<readonly PointValue[]>;
  buses(): Promise<readonly BusHealth[]>;
  health(): Promise<Health>;
}

/** A folder of its own for one test; gone with `dispose`. */
export function workFolder(): { readonly path: string; dispose(): void } {
  const path = mkdtempSync(join(tmpdir(), "roomward-"));
  return { path, dispose: () => rmSync(path, { recursive: true, force: true }) };
}

export function writeSite(folder: string, siteYaml: string): string {
  const file = join(folder, "site.yaml");
  writeFileSync(file, siteYaml);
  return file;
}

/** Runs the product to its end and returns what it said; for starts that must fail and for commands. */
export function runBox(args: readonly string[], language = "en_US.UTF-8"): { readonly status: number | null; readonly output: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bundle(), ...args], {
    encoding: "utf8",
    timeout: 20_000,
    env: { ...process.env, LC_ALL: language },
  });
  return { status, output: `${stdout}${stderr}` };
}

/** Starts the product on a free port and waits until it says where it is. The token is made by the command line, as a person would. */
export async function startBox(
  siteFile: string,
  folder: string,
  options: {
    readonly port?: number;
    readonly demo?: boolean;
    readonly program?: string;
    /** Of the token that the test asks with. */
    readonly role?: "operator" | "engineer" | "administrator";
    /** Of an earlier start or none at all, where none can be made now. */
    readonly token?: string;
    /** Further arguments, and what the process finds in its environment. */
    readonly args?: readonly string[];
    readonly env?: NodeJS.ProcessEnv;
    /** A command that it is started by, with its arguments: in a namespace of its own. */
    readonly within?: readonly string[];
  } = {},
): Promise<Box> {
  const port = options.port ?? (await freePort());
  const token = options.token ?? newToken(folder, `test-${port}-${performance.now()}`, options.role ?? "operator");
  // Without cards the people of the demo room would force its door.
  if (options.demo === true) await enterStaff(folder);
  const args = [
    options.program ?? bundle(),
    "run",
    "--site",
    siteFile,
    "--data",
    folder,
    "--port",
    String(port),
    ...(options.demo === true ? ["--demo"] : []),
    ...(options.args ?? []),
  ];
  const [program = process.execPath, ...before] = [...(options.within ?? []), process.execPath];
  const peer = await startPeer(program, [...before, ...args], {
    ready: (output) => output.includes("is running at"),
    env: { LC_ALL: "en_US.UTF-8", ...options.env },
  });
  const url = `http://127.0.0.1:${port}`;
  const headers = { authorization: `Bearer ${token}` };
  const get = async <T>(path: string): Promise<T> => {
    const response = await fetch(`${url}${path}`, { headers });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  };
  return {
    url,
    folder,
    token,
    peer,
    get,
    async post(path, body) {
      const response = await fetch(`${url}${path}`, {
        method: "POST",
        headers: { ...headers, "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      return { status: response.status, body: await response.json() };
    },
    alarms: async () => (await get<{ alarms: AlarmRecord[] }>("/api/v1/alarms")).alarms,
    incidents: async () => (await get<{ incidents: Incident[] }>("/api/v1/incidents")).incidents,
    points: async () => (await get<{ points: PointValue[] }>("/api/v1/points")).points,
    buses: async () => (await get<{ buses: BusHealth[] }>("/api/v1/buses")).buses,
    health: () => get<Health>("/api/v1/health"),
  };
}

/** A token made by the command line, as a person would. */
export function newToken(folder: string, name: string, role: string): string {
  const { output } = runBox(["token", "add", name, "--role", role, "--data", folder]);
  const token = output.match(/rw_\S+/)?.[0];
  if (token === undefined) throw new Error(`no token was made: ${output}`);
  return token;
}

/** The built product. */
export function bundle(): string {
  if (!existsSync(BUNDLE)) throw new Error(`${BUNDLE} is not built: run \`make build\``);
  return BUNDLE;
}

/** Asks again until the answer is there, or fails with the last one. */
export async function eventually<T>(ask: () => Promise<T> | T, good: (answer: T) => boolean, withinMs = HANGS_MS): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (good(answer)) return answer;
    if (performance.now() > deadline) throw new Error(`not within ${withinMs} ms; last: ${JSON.stringify(answer).slice(0, 2_000)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/**
 * Each alarm of the site is an incident of its own, whenever it comes and whatever explains it: for what is proved of one alarm, from
 * its raise to its ticket.
 */
export function eachAlarmAlone(site: Document): void {
  site.setIn(["alarms"], { group: "0s" });
  site.setIn(["serviceLevels"], { reopenWithin: "0s" });
  for (const device of (site.toJS() as { devices: { id: string }[] }).devices.keys()) site.deleteIn(["devices", device, "parents"]);
}

/** Every device was heard: from now on an alarm is told by itself, not as one of those that a start finds. */
export async function settled(box: Box): Promise<void> {
  const isHeard = (points: readonly PointValue[]): boolean =>
    [...Map.groupBy(points, ({ id }) => id.split("/")[0]).values()].every((ofDevice) => ofDevice.some(({ quality }) => quality === "good"));
  await eventually(() => box.points(), isHeard);
  // A beat later the gateway knows it, too.
  await new Promise((resolve) => setTimeout(resolve, 1_000));
}

/** One delivery as the receiver saw it; only those whose signature is right are kept. */
export interface Received {
  readonly key: string;
  readonly event: {
    readonly id: string;
    readonly state: string;
    readonly key: string;
    readonly severity: string;
    readonly sequence: number;
  };
  readonly atMs: number;
}

export const SECRET = "correct horse battery";

/** An ITSM stand-in: a real HTTP server that checks signatures and answers what it is told to. */
export async function startReceiver(): Promise<{
  readonly url: string;
  readonly received: Received[];
  answer: { status: number };
  stop(): Promise<void>;
}> {
  const received: Received[] = [];
  const answer = { status: 200 };
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks).toString("utf8");
      const expected = `sha256=${createHmac("sha256", SECRET).update(`${request.headers["x-roomward-timestamp"]}.${body}`).digest("hex")}`;
      if (request.headers["x-roomward-signature"] !== expected) {
        response.writeHead(401).end();
        return;
      }
      if (answer.status === 200)
        received.push({ key: String(request.headers["idempotency-key"]), event: JSON.parse(body), atMs: performance.now() });
      response.writeHead(answer.status, { "content-type": "application/json" }).end(JSON.stringify({ ticket: `INC-${received.length}` }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    received,
    answer,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
