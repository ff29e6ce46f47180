import { type ChildProcess, fork } from "node:child_process";
import { createServer } from "node:http";
import { performance } from "node:perf_hooks";
import { WebSocket } from "ws";
import { QUALITY } from "../../drivers/reading.ts";
import { systemClock as clock } from "../../firmware/platform/clock.ts";
import { type LiveHub, openHub } from "../../firmware/serve/hub.ts";
import type { Row } from "./row.ts";

const CLOCK = { quality: { source: "ntp", errorMs: 3 }, refusedMs: null, repeats: false } as const;

const POINTS = 5_000;
const DEVICES = 50;
const CLIENTS = 50;
const WARM_UP_SECONDS = 4;
const SECONDS = 8;
const LISTEN = "hub-bench-listen";

/** P10: what 50 clients of 5,000 points at 1 Hz cost, when all devices answer at once and when they are spread over the second. */
export async function benchHub(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [name, steps] of [
    ["all devices at once", 1],
    ["devices spread over the second", DEVICES],
  ] as const) {
    const alone = await measure(0, steps);
    const full = await measure(CLIENTS, steps);
    rows.push(
      { metric: `hub, ${CLIENTS} clients, ${name}: CPU`, value: round(full.cpuPercent - alone.cpuPercent), unit: "% of a core" },
      { metric: `hub, no client, ${name}: CPU with the bench's own loop`, value: round(alone.cpuPercent), unit: "% of a core" },
      { metric: `hub, ${name}: bytes per changed value`, value: round(full.bytes / CLIENTS / full.changes), unit: "B" },
      { metric: `hub, ${name}: frames per client`, value: round(full.frames / CLIENTS / SECONDS), unit: "1/s" },
    );
  }
  return rows;
}

interface Measured {
  readonly cpuPercent: number;
  readonly changes: number;
  readonly bytes: number;
  readonly frames: number;
}

/** `steps`: into how many parts of a second the changes are spread. */
async function measure(clients: number, steps: number): Promise<Measured> {
  const points = {
    values: new Float64Array(POINTS).fill(20),
    qualities: new Uint8Array(POINTS).fill(QUALITY.good),
    lastGoodWallMs: new Float64Array(POINTS),
  };
  const person = { id: "bench", name: "bench", role: "viewer" as const };
  const hub = openHub(
    {
      version: "",
      revision: "",
      points,
      alarms: () => [],
      deliveries: () => ({}),
      buses: () => [],
      clock: () => CLOCK,
      maintenance: () => [],
      stillValid: async () => person,
    },
    clock,
  );
  const server = createServer();
  server.on("upgrade", (request, socket, head) => hub.accept(request, socket, head, person.id));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" ? (address?.port ?? 0) : 0;
  // The clients live in another process, so that only the server's time is counted.
  const load = fork(new URL(import.meta.url), [LISTEN, String(port), String(clients)]);
  await answer(load);
  await play(hub, points.values, steps, WARM_UP_SECONDS);
  await clock.sleep(200);
  const before = await report(load);
  const start = process.cpuUsage();
  const startMs = performance.now();
  await play(hub, points.values, steps, SECONDS);
  const cpu = process.cpuUsage(start);
  const cpuPercent = (100 * (cpu.user + cpu.system)) / 1_000 / (performance.now() - startMs);
  await clock.sleep(200);
  const after = await report(load);
  hub.close();
  load.kill();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return { cpuPercent, changes: POINTS * SECONDS, bytes: after.bytes - before.bytes, frames: after.frames - before.frames };
}

/** Every value changes once a second. */
async function play(hub: LiveHub, values: Float64Array, steps: number, seconds: number): Promise<void> {
  const startMs = performance.now();
  const parts = Array.from({ length: steps }, (_, step) => {
    const count = POINTS / steps;
    return Array.from({ length: count }, (_, i) => step * count + i);
  });
  for (let tick = 0; tick < seconds * steps; tick += 1) {
    const changed = parts[tick % steps] ?? [];
    for (const point of changed) values[point] = tick;
    hub.markPoints(changed);
    await clock.sleep(Math.max(0, startMs + ((tick + 1) * 1_000) / steps - performance.now()));
  }
}

interface Received {
  readonly bytes: number;
  readonly frames: number;
}

async function report(load: ChildProcess): Promise<Received> {
  load.send("report");
  return (await answer(load)) as Received;
}

function answer(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    child.once("message", resolve);
    child.once("error", reject);
  });
}

const round = (value: number): number => Math.round(value * 100) / 100;

/** The other process: listens and counts what comes after the snapshot. */
async function listen(port: number, clients: number): Promise<void> {
  let bytes = 0;
  let frames = 0;
  let snapshots = 0;
  await new Promise<void>((resolve) => {
    if (clients === 0) resolve();
    for (let i = 0; i < clients; i += 1) {
      const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
      let isFirst = true;
      socket.on("message", (data: Buffer, isBinary) => {
        if (!isBinary) return;
        if (isFirst) {
          isFirst = false;
          snapshots += 1;
          if (snapshots === clients) resolve();
          return;
        }
        bytes += data.length;
        frames += 1;
      });
    }
  });
  process.send?.("ready");
  process.on("message", () => process.send?.({ bytes, frames }));
}

if (process.argv[2] === LISTEN) await listen(Number(process.argv[3]), Number(process.argv[4]));
else if (import.meta.main) console.table(await benchHub());
