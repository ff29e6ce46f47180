import { fileURLToPath } from "node:url";
import { WebSocket } from "ws";
import { newToken, startReceiver, workFolder, writeSite } from "../box/box.ts";
import { freePort, type Peer, startPeer } from "../peers/peer.ts";
import { benchBox, benchSiteYaml, pointName } from "./bench-box.ts";
import { type Farm, startFarm } from "./farm.ts";
import { type Month, monthOfData } from "./month.ts";
import type { Row } from "./row.ts";
import { benchStartWithMonth } from "./start.ts";

const LOOP_DELAY = fileURLToPath(new URL("./loop-delay.ts", import.meta.url));
const WARM_UP_MS = 15_000;
const WINDOW_MS = 30_000;
const IDLE_MS = 5_000;
const ANSWER_MS = 10_000;
const BROWSERS = 10;
const STORM_ALARMS = 500;
const STORM_MS = 10_000;
/** Tenths of a volt; the limit is 900 V. */
const NORMAL = 2_300;
const TOO_HIGH = 9_500;
const DAY_MS = 86_400_000;
const REST_MS = 200;
/** How the box is read: devices with 25 points each. */
const ROOMS = [
  { name: "2,000 points every 10 s", devices: 80, periodMs: 10_000 },
  { name: "5,000 points every second", devices: 200, periodMs: 1_000 },
] as const;

/** What a month of data costs: the start, and the event loop of the box while everything is done at once. */
export async function benchMonth(): Promise<Row[]> {
  const month = await monthOfData();
  try {
    const rows = [await idle(), ...(await benchStartWithMonth(month))];
    for (const room of ROOMS) rows.push(...(await underEverything(month, room)));
    return rows;
  } finally {
    month.dispose();
  }
}

/** How late the loop of a process is that has nothing to do: what the machine itself costs, with everything else on it. */
async function idle(): Promise<Row> {
  const peer = await startIdle();
  try {
    await loopDelayOf(peer);
    await sleep(IDLE_MS);
    return { metric: "event loop, a process that does nothing: delay p99", value: (await loopDelayOf(peer)).p99Ms, unit: "ms" };
  } finally {
    await peer.stop();
  }
}

function startIdle(): Promise<Peer> {
  return startPeer(process.execPath, ["--import", LOOP_DELAY, "--eval", "setInterval(() => {}, 1000); console.log('idle')"], {
    ready: (output) => output.includes("idle"),
  });
}

async function underEverything(month: Month, { name, devices, periodMs }: (typeof ROOMS)[number]): Promise<Row[]> {
  const { pointsPerDevice } = month;
  const program = benchBox(pointsPerDevice);
  const farm = await startFarm({ devices, registers: pointsPerDevice, moving: true });
  const receiver = await startReceiver();
  const folder = workFolder();
  const data = month.copy();
  const site = { ports: farm.ports, points: pointsPerDevice, periodMs, high: 900, webhook: receiver.url };
  const box = await startWatchedBox(program, writeSite(folder.path, benchSiteYaml(site)), data.path);
  const stop = new AbortController();
  // Devices, browsers and the asker are on the same processors here: what of the delay is theirs.
  const bystander = await startIdle();
  try {
    const browsers = Array.from({ length: BROWSERS }, () => browser(box));
    await sleep(WARM_UP_MS);
    await box.loopDelay();
    await sleep(WINDOW_MS);
    const quiet = await box.loopDelay();
    const work = [questions(box, devices, stop.signal), paper(box, stop.signal), storm(farm, devices, pointsPerDevice, stop.signal)];
    await loopDelayOf(bystander);
    await sleep(WINDOW_MS);
    const all = await box.loopDelay();
    const beside = await loopDelayOf(bystander);
    stop.abort();
    await Promise.all(work);
    for (const socket of browsers) socket.terminate();
    const row = (what: string, metric: string, value: number): Row => ({
      metric: `event loop, ${name}, ${what}: ${metric}`,
      value,
      unit: "ms",
    });
    return [
      row(`${BROWSERS} browsers`, "delay p99", quiet.p99Ms),
      row("and a storm, 30-day queries, documents", "delay p99", all.p99Ms),
      row("and a storm, 30-day queries, documents", "longest delay", all.maxMs),
      row("meanwhile a process that does nothing", "delay p99", beside.p99Ms),
      row("meanwhile a process that does nothing", "longest delay", beside.maxMs),
      { metric: `event loop, ${name}: alarms told meanwhile`, value: receiver.received.length, unit: "" },
    ];
  } finally {
    stop.abort();
    await bystander.stop();
    await box.stop();
    await farm.stop();
    await receiver.stop();
    data.dispose();
    folder.dispose();
  }
}

interface LoopDelay {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly beats: number;
}

interface WatchedBox {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Since the last time. */
  loopDelay(): Promise<LoopDelay>;
  stop(): Promise<void>;
}

async function startWatchedBox(program: string, siteFile: string, data: string): Promise<WatchedBox> {
  const token = newToken(data, "bench", "administrator");
  const port = await freePort();
  const args = ["--import", LOOP_DELAY, program, "run", "--site", siteFile, "--data", data, "--port", String(port)];
  const peer = await startPeer(process.execPath, args, {
    ready: (output) => output.includes("is running at"),
    env: { LC_ALL: "en_US.UTF-8" },
  });
  return {
    url: `http://127.0.0.1:${port}`,
    headers: { authorization: `Bearer ${token}` },
    loopDelay: () => loopDelayOf(peer),
    stop: () => peer.stop(),
  };
}

/** Since the last time. */
async function loopDelayOf(peer: Peer): Promise<LoopDelay> {
  const before = peer.output().length;
  process.kill(peer.pid, "SIGUSR2");
  const deadline = performance.now() + ANSWER_MS;
  while (performance.now() < deadline) {
    const line = /\{"loopDelay":.*\}/.exec(peer.output().slice(before))?.[0];
    if (line !== undefined) return (JSON.parse(line) as { loopDelay: LoopDelay }).loopDelay;
    await sleep(20);
  }
  throw new Error(`the process does not tell its delay:\n${peer.output()}`);
}

function browser({ url, headers }: WatchedBox): WebSocket {
  return new WebSocket(`${url.replace("http", "ws")}/api/v1/live`, { headers });
}

/** Somebody who looks at a month, again and again, of one point and of eight, and at the lists. */
async function questions(box: WatchedBox, devices: number, stop: AbortSignal): Promise<void> {
  const toMs = Date.now();
  const trend = (points: readonly string[]): string =>
    `/api/v1/trend?${new URLSearchParams({ points: points.join(","), from: String(toMs - 30 * DAY_MS), to: String(toMs), columns: "1000" })}`;
  for (let n = 0; !stop.aborted; n += 1) {
    const point = (device: number): string => `d${device % Math.min(devices, 80)}/${pointName(n % 25)}`;
    await read(box, trend([point(n)]));
    await read(box, trend(Array.from({ length: 8 }, (_, device) => point(n + device))));
    await read(box, "/api/v1/incidents?limit=200");
    await read(box, "/api/v1/points");
    await sleep(REST_MS);
  }
}

async function paper(box: WatchedBox, stop: AbortSignal): Promise<void> {
  const { today, templates } = JSON.parse(await read(box, "/api/v1/inspection")) as { today: string; templates: readonly { id: string }[] };
  const sheet = `${templates[0]?.id}/${today}`;
  while (!stop.aborted) {
    await read(box, "/api/v1/audit/export?language=en");
    const body = JSON.stringify({ sheet, language: "zh" });
    const headers = { ...box.headers, "content-type": "application/json" };
    const made = await fetch(`${box.url}/api/v1/exports`, { method: "POST", headers, body });
    if (!made.ok) throw new Error(`export: ${made.status} ${await made.text()}`);
    await made.text();
    await sleep(REST_MS);
  }
}

/** Five hundred points pass their limit within ten seconds, and come back after that, over and over. */
async function storm(farm: Farm, devices: number, points: number, stop: AbortSignal): Promise<void> {
  const step = STORM_MS / STORM_ALARMS;
  for (let round = 0; !stop.aborted; round += 1)
    for (let n = 0; n < STORM_ALARMS && !stop.aborted; n += 5) {
      for (let k = n; k < n + 5; k += 1) farm.set(k % devices, Math.floor(k / devices) % points, round % 2 === 0 ? TOO_HIGH : NORMAL);
      await sleep(step * 5);
    }
}

async function read({ url, headers }: WatchedBox, path: string): Promise<string> {
  const response = await fetch(`${url}${path}`, { headers });
  const text = await response.text();
  if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
  return text;
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

if (import.meta.main) console.table(await benchMonth());
