import { WebSocket } from "ws";
import { decodeFrame } from "../../firmware/contract/live.ts";
import type { SiteView } from "../../firmware/contract/site.ts";
import { type Box, startBox, startReceiver, workFolder, writeSite } from "../box/box.ts";
import { benchBox, benchSiteYaml, pointName } from "./bench-box.ts";
import { type Farm, startFarm } from "./farm.ts";
import { machineMs } from "./process.ts";
import { quantile, type Row } from "./row.ts";

const DEVICES = 64;
const POINTS_PER_DEVICE = 25;
const PERIOD_MS = 200;
const CHANGES = 120;
const HIGH_VOLTS = 300;
/** Raw register values, in tenths of a volt. */
const NORMAL = 2_300;
const TOO_HIGH = 4_000;
const WITHIN_MS = 10_000;

/**
 * P8: a register changes → the alarm is on the disk and a target has the event; and → a browser has the value. Measured from the
 * moment at which the device's answer with the new value leaves, so that waiting for the poll is not counted.
 */
export async function benchLatency(): Promise<Row[]> {
  const farm = await startFarm({ devices: DEVICES, registers: POINTS_PER_DEVICE, moving: false });
  const receiver = await startReceiver();
  const folder = workFolder();
  const site = { ports: farm.ports, points: POINTS_PER_DEVICE, periodMs: PERIOD_MS, high: HIGH_VOLTS, webhook: receiver.url };
  const box = await startBox(writeSite(folder.path, benchSiteYaml(site)), folder.path, { program: benchBox(POINTS_PER_DEVICE) });
  try {
    const viewer = await watch(box);
    const webhookMs: number[] = [];
    const liveMs: number[] = [];
    for (let change = 0; change < CHANGES; change += 1) {
      const device = (change * 7) % DEVICES;
      const register = change % POINTS_PER_DEVICE;
      for (const raw of [TOO_HIGH, NORMAL]) {
        const { served, toldMs, seenMs } = await one(farm, receiver, viewer, device, register, raw);
        webhookMs.push(toldMs - served);
        liveMs.push(seenMs - served);
        await sleep(Math.random() * PERIOD_MS);
      }
    }
    viewer.close();
    const changes = `${CHANGES * 2} changes`;
    return [
      { metric: `register → alarm on disk → webhook received, p50 of ${changes}`, value: quantile(webhookMs, 0.5), unit: "ms" },
      { metric: `register → alarm on disk → webhook received, p99 of ${changes}`, value: quantile(webhookMs, 0.99), unit: "ms" },
      { metric: `register → value at the browser's socket, p50 of ${changes}`, value: quantile(liveMs, 0.5), unit: "ms" },
      { metric: `register → value at the browser's socket, p99 of ${changes}`, value: quantile(liveMs, 0.99), unit: "ms" },
    ];
  } finally {
    await box.peer.stop();
    await receiver.stop();
    await farm.stop();
    folder.dispose();
  }
}

type Receiver = Awaited<ReturnType<typeof startReceiver>>;

interface Viewer {
  /** Machine time at which the point showed the value. */
  shows(point: string, value: number): Promise<number>;
  close(): void;
}

async function one(farm: Farm, receiver: Receiver, viewer: Viewer, device: number, register: number, raw: number) {
  const before = receiver.received.length;
  const seen = viewer.shows(`d${device}/${pointName(register)}`, raw / 10);
  const served = await farm.change(device, register, raw);
  const deadline = machineMs() + WITHIN_MS;
  while (receiver.received.length === before) {
    if (machineMs() > deadline) throw new Error(`no webhook within ${WITHIN_MS} ms`);
    await sleep(1);
  }
  // The receiver notes `performance.now()`: this process's zero leads to the machine's.
  const toldMs = (receiver.received[before]?.atMs ?? Number.NaN) + machineMs() - performance.now();
  return { served, toldMs, seenMs: await seen };
}

async function watch(box: Box): Promise<Viewer> {
  const { points } = await box.get<SiteView>("/api/v1/site");
  const numbers = new Map(points.map(({ id }, number) => [id, number]));
  const socket = new WebSocket(`${box.url.replace("http", "ws")}/api/v1/live`, { headers: { authorization: `Bearer ${box.token}` } });
  let wanted: { readonly point: number; readonly value: number; readonly seen: (atMs: number) => void } | null = null;
  socket.on("message", (data: Buffer, isBinary) => {
    if (!isBinary) return;
    const atMs = machineMs();
    const copy = new Uint8Array(data);
    decodeFrame(copy.buffer)?.forEach((point, value) => {
      if (wanted?.point === point && Math.abs(wanted.value - value) < 0.01) wanted.seen(atMs);
    });
  });
  await new Promise((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
  });
  return {
    shows: (id, value) =>
      new Promise((resolve) => {
        wanted = { point: numbers.get(id) ?? -1, value, seen: resolve };
      }),
    close: () => socket.close(),
  };
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

if (import.meta.main) console.table(await benchLatency());
