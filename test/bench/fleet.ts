import { type ChildProcess, fork, spawnSync } from "node:child_process";
import { appendFileSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import type { Readable } from "node:stream";
import { packed, piecemeal } from "../../firmware/serve/download.ts";
import { type Prometheus, startPrometheus } from "../peers/prometheus.ts";
import { benchFleetBroker } from "./fleet-broker.ts";
import { BRANCH, FleetRooms } from "./fleet-rooms.ts";
import { cpuMs, memoryOf } from "./process.ts";
import { median, quantile, type Row } from "./row.ts";

const GATEWAYS = 200;
const SCRAPE_SECONDS = 15;
const WARM_UP_MS = 35_000;
const MEASURE_MS = 75_000;
/** The largest room that is promised. */
const LARGE = { ups: 40, coolers: 80, meters: 120, probes: 340 };
const SCRAPES = 40;
const WARM_UP_SCRAPES = 10;

export function fleetMissing(): string | null {
  const missing = ["prometheus", "mosquitto"].filter((program) => spawnSync("sh", ["-c", `command -v ${program}`]).status !== 0);
  return missing.length === 0 ? null : `needs Debian's ${missing.join(" and ")}`;
}

/** What one scrape costs a gateway, and what many gateways cost one Prometheus and one MQTT broker. */
export async function benchFleet(): Promise<Row[]> {
  const { all, chunks } = await blockBytesPerSample();
  return [
    ...(await scrapeOfLarge()),
    { metric: "fleet, two hours of a gateway on the disk, per sample", value: all, unit: "B" },
    { metric: "fleet, … of that without the index", value: chunks, unit: "B" },
    ...(await manyGateways()),
    ...(await benchFleetBroker()),
  ];
}

/** A scrape of a large room: in all, and the longest that the event loop is held. */
async function scrapeOfLarge(): Promise<Row[]> {
  const fleet = new FleetRooms(1, LARGE);
  const [room] = fleet.rooms;
  if (room === undefined) throw new Error("no room");
  const whole: number[] = [];
  const longest: number[] = [];
  let bytes = 0;
  for (let scrape = 0; scrape < SCRAPES; scrape += 1) {
    fleet.read(scrape * 1_000);
    bytes = 0;
    const startMs = threadCpuMs();
    for await (const piece of room.scrape.pieces()) bytes += Buffer.byteLength(piece);
    const tookMs = threadCpuMs() - startMs;
    const turns = new Turns();
    await drained(packed(piecemeal(room.scrape.pieces())));
    const longestMs = turns.end();
    if (scrape < WARM_UP_SCRAPES) continue;
    whole.push(tookMs);
    longest.push(longestMs);
  }
  const name = `fleet, scrape of ${fleet.points} points`;
  return [
    { metric: `${name}, CPU`, value: median(whole), unit: "ms" },
    { metric: `${name}, longest turn of the event loop, p95`, value: quantile(longest, 0.95), unit: "ms" },
    { metric: `${name}, text`, value: bytes / 1_000, unit: "kB" },
  ];
}

function drained(stream: Readable): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.resume().once("end", resolve).once("error", reject);
  });
}

/** Processor time of this thread from one turn of the event loop to the next: other programs of the machine do not count. */
class Turns {
  #lastMs = threadCpuMs();
  #longestMs = 0;
  #isOver = false;

  constructor() {
    const turn = (): void => {
      this.#note();
      if (!this.#isOver) setImmediate(turn);
    };
    setImmediate(turn);
  }

  /** The longest. */
  end(): number {
    this.#note();
    this.#isOver = true;
    return this.#longestMs;
  }

  #note(): void {
    const nowMs = threadCpuMs();
    this.#longestMs = Math.max(this.#longestMs, nowMs - this.#lastMs);
    this.#lastMs = nowMs;
  }
}

function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

async function manyGateways(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), "roomward-fleet-"));
  const rooms = fork(new URL("./fleet-rooms.ts", import.meta.url), [String(GATEWAYS)]);
  try {
    const { port } = (await told(rooms)) as { port: number };
    const targets = Array.from({ length: GATEWAYS }, (_, n) => ({
      targets: [`127.0.0.1:${port}`],
      labels: { __metrics_path__: `/${n}/metrics`, instance: `gateway-${n}` },
    }));
    const prometheus = await startPrometheus(folder, {
      global: { scrape_interval: `${SCRAPE_SECONDS}s` },
      scrape_configs: [{ job_name: "roomward", static_configs: targets }],
    });
    try {
      return await measured(prometheus, rooms);
    } finally {
      await prometheus.stop();
    }
  } finally {
    rooms.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measured(prometheus: Prometheus, rooms: ChildProcess): Promise<Row[]> {
  const asked = async (promql: string): Promise<number> => (await prometheus.query(promql))[0]?.value ?? Number.NaN;
  const at = async () => ({
    ms: performance.now(),
    cpu: cpuMs(prometheus.pid),
    roomsCpu: cpuMs(rooms.pid ?? 0),
    disk: bytesIn(prometheus.data),
    samples: await headSamples(prometheus),
    sent: await sentBy(rooms),
  });
  await pause(WARM_UP_MS);
  const before = await at();
  await pause(MEASURE_MS);
  const after = await at();
  const seconds = (after.ms - before.ms) / 1_000;
  const scrapes = after.sent.scrapes - before.sent.scrapes;
  const samples = after.samples - before.samples;
  const name = `fleet, ${GATEWAYS} gateways every ${SCRAPE_SECONDS} s`;
  return [
    { metric: `${name}, up`, value: await asked("sum(up)"), unit: "gateways" },
    { metric: `${name}, series of a gateway`, value: await asked("avg(scrape_samples_scraped)"), unit: "series" },
    { metric: `${name}, gzip per scrape`, value: (after.sent.wireBytes - before.sent.wireBytes) / scrapes / 1_000, unit: "kB" },
    { metric: `${name}, scrape duration, median`, value: 1_000 * (await asked("quantile(0.5, scrape_duration_seconds)")), unit: "ms" },
    { metric: `${name}, scrape duration, p99`, value: 1_000 * (await asked("quantile(0.99, scrape_duration_seconds)")), unit: "ms" },
    { metric: `${name}, samples`, value: samples / seconds, unit: "1/s" },
    { metric: `${name}, Prometheus CPU`, value: (100 * (after.cpu - before.cpu)) / 1_000 / seconds, unit: "% of a core" },
    { metric: `${name}, Prometheus RSS`, value: memoryOf(prometheus.pid).residentMb, unit: "MB" },
    { metric: `${name}, write-ahead log per sample`, value: (after.disk - before.disk) / samples, unit: "B" },
    { metric: `${name}, the gateways' CPU per scrape, gzip and all`, value: (after.roomsCpu - before.roomsCpu) / scrapes, unit: "ms" },
  ];
}

/** Samples that were taken in, as the Prometheus itself counts them. */
async function headSamples(prometheus: Prometheus): Promise<number> {
  const [found] = await prometheus.query("sum(sum_over_time(scrape_samples_scraped[1h]))");
  return found?.value ?? Number.NaN;
}

const BLOCK_MS = 7_200_000;
/** Blocks begin at whole multiples of their span. */
const BLOCK_FROM_MS = 245_000 * BLOCK_MS;

/** A block of two hours of one gateway, made by Prometheus' own tool: what it keeps on its disk for good. */
async function blockBytesPerSample(): Promise<{ readonly all: number; readonly chunks: number }> {
  const folder = mkdtempSync(join(tmpdir(), "roomward-block-"));
  try {
    const fleet = new FleetRooms(1, BRANCH);
    const [room] = fleet.rooms;
    if (room === undefined) throw new Error("no room");
    const file = join(folder, "samples.txt");
    let samples = 0;
    for (let atMs = 0; atMs < BLOCK_MS; atMs += SCRAPE_SECONDS * 1_000) {
      fleet.read(atMs);
      const lines = (await room.text()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
      samples += lines.length;
      appendFileSync(file, lines.map((line) => `${line} ${(BLOCK_FROM_MS + atMs) / 1_000}\n`).join(""));
    }
    appendFileSync(file, "# EOF\n");
    const blocks = join(folder, "blocks");
    const { status, stderr } = spawnSync("promtool", ["tsdb", "create-blocks-from", "openmetrics", file, blocks], { encoding: "utf8" });
    if (status !== 0) throw new Error(`promtool makes no block: ${stderr}`);
    const [block = ""] = readdirSync(blocks);
    return { all: bytesIn(blocks) / samples, chunks: bytesIn(join(blocks, block, "chunks")) / samples };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Sent {
  readonly wireBytes: number;
  readonly scrapes: number;
}

function sentBy(rooms: ChildProcess): Promise<Sent> {
  rooms.send("report");
  return told(rooms) as Promise<Sent>;
}

function told(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    child.once("message", resolve);
    child.once("error", reject);
  });
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function bytesIn(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).reduce(
    (sum, entry) => (entry.isFile() ? sum + statSync(join(entry.parentPath, entry.name)).size : sum),
    0,
  );
}

if (import.meta.main) console.table(await benchFleet());
