import { type ChildProcess, fork } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { connect, type MqttClient } from "mqtt";
import sparkplugPayload from "sparkplug-payload";
import { freePort, listening, type Peer, startPeer } from "../peers/peer.ts";
import { BRANCH } from "./fleet-rooms.ts";
import { cpuMs, memoryOf } from "./process.ts";
import type { Row } from "./row.ts";

const GATEWAYS = 200;
const DEVICES = BRANCH.ups + BRANCH.coolers + BRANCH.meters + BRANCH.probes;
const MEASURE_MS = 60_000;
const BORN_WITHIN_MS = 180_000;
const SETTLED_MS = 5_000;
const DOWN_MS = 3_000;

/** Many gateways as edge nodes of Sparkplug B at one mosquitto: births, changes, and all births once more when the broker was started anew. */
export async function benchFleetBroker(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), "roomward-broker-"));
  const port = await freePort();
  const config = join(folder, "mosquitto.conf");
  writeFileSync(config, `user root\nallow_anonymous true\nlog_type error\nlistener ${port} 127.0.0.1\n`);
  const start = (): Promise<Peer> => startPeer("mosquitto", ["-c", config], { ready: () => listening(port) });
  let broker = await start();
  const host = new Host(port);
  await host.up();
  const began = host.mark();
  const nodes = fork(new URL("./fleet-nodes.ts", import.meta.url), [String(port), String(GATEWAYS)]);
  try {
    await host.allBorn();
    const births = host.since(began);
    await pause(SETTLED_MS);
    const before = { ...host.mark(), broker: cpuMs(broker.pid), nodes: cpuMs(nodes.pid ?? 0) };
    await pause(MEASURE_MS);
    const steady = host.since(before);
    const brokerMs = cpuMs(broker.pid) - before.broker;
    const nodesMs = cpuMs(nodes.pid ?? 0) - before.nodes;
    const residentMb = memoryOf(broker.pid).residentMb;

    await broker.stop("SIGKILL");
    await pause(DOWN_MS);
    host.forget();
    broker = await start();
    const again = host.mark();
    const rebornMs = await host.allBorn();
    const storm = host.since(again);
    const stormMs = cpuMs(broker.pid);
    const name = `fleet, MQTT, ${GATEWAYS} gateways`;
    const seconds = MEASURE_MS / 1_000;
    return [
      { metric: `${name}, births of a gateway, payload`, value: births.bytes / GATEWAYS / 1_000, unit: "kB" },
      { metric: `${name}, messages`, value: steady.messages / seconds, unit: "1/s" },
      { metric: `${name}, payload of a message`, value: steady.bytes / steady.messages, unit: "B" },
      { metric: `${name}, payload in all`, value: steady.bytes / seconds / 1_000, unit: "kB/s" },
      { metric: `${name}, broker CPU`, value: brokerMs / seconds / 10, unit: "% of a core" },
      { metric: `${name}, broker RSS`, value: residentMb, unit: "MB" },
      { metric: `${name}, CPU of a gateway`, value: nodesMs / seconds / 10 / GATEWAYS, unit: "% of a core" },
      { metric: `${name}, broker started anew → all births`, value: rebornMs / 1_000, unit: "s" },
      { metric: `${name}, … messages meanwhile`, value: storm.messages, unit: "" },
      { metric: `${name}, … most in one second`, value: storm.mostInSecond, unit: "1/s" },
      { metric: `${name}, … broker CPU for it`, value: stormMs, unit: "ms" },
      { metric: `${name}, … gateways that had to be asked for their births`, value: host.asked, unit: "" },
    ];
  } finally {
    host.close();
    await ended(nodes);
    await broker.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Mark {
  readonly messages: number;
  readonly bytes: number;
}

/** A host application as the specification wants it: it knows who was born, and asks whoever speaks without a birth for one. */
class Host {
  readonly #client: MqttClient;
  readonly #rebirth: Buffer;
  #messages = 0;
  #bytes = 0;
  readonly #perSecond = new Map<number, number>();
  readonly #born = new Set<string>();
  readonly #nodes = new Set<string>();
  readonly #asked = new Set<string>();
  #fromMs = performance.now();

  constructor(port: number) {
    const payload = sparkplugPayload.get("spBv1.0");
    if (payload === null || payload === undefined) throw new Error("no encoder");
    this.#rebirth = Buffer.from(payload.encodePayload({ metrics: [{ name: "Node Control/Rebirth", type: "Boolean", value: true }] }));
    this.#client = connect({ host: "127.0.0.1", port, protocolVersion: 5, reconnectPeriod: 100, clientId: "host" });
    this.#client.on("error", () => undefined);
    this.#client.on("message", (topic, bytes) => this.#hear(topic, bytes.length));
  }

  async up(): Promise<void> {
    await new Promise<void>((resolve) => this.#client.once("connect", () => resolve()));
    await this.#client.subscribeAsync("spBv1.0/fleet/#");
  }

  get asked(): number {
    return this.#asked.size;
  }

  mark(): Mark {
    this.#fromMs = performance.now();
    this.#perSecond.clear();
    return { messages: this.#messages, bytes: this.#bytes };
  }

  since({ messages, bytes }: Mark): Mark & { readonly mostInSecond: number } {
    return { messages: this.#messages - messages, bytes: this.#bytes - bytes, mostInSecond: Math.max(0, ...this.#perSecond.values()) };
  }

  forget(): void {
    this.#born.clear();
    this.#nodes.clear();
    this.#asked.clear();
  }

  /** @returns how long it took from the last mark on. */
  async allBorn(): Promise<number> {
    while (this.#nodes.size < GATEWAYS || this.#born.size < GATEWAYS * DEVICES) {
      if (performance.now() - this.#fromMs > BORN_WITHIN_MS)
        throw new Error(`born: ${this.#nodes.size} gateways, ${this.#born.size} devices`);
      await pause(20);
    }
    return performance.now() - this.#fromMs;
  }

  close(): void {
    this.#client.end(true);
  }

  #hear(topic: string, bytes: number): void {
    const [, , type = "", edge = "", device = ""] = topic.split("/");
    if (type === "NCMD") return;
    this.#messages += 1;
    this.#bytes += bytes;
    const second = Math.floor((performance.now() - this.#fromMs) / 1_000);
    this.#perSecond.set(second, (this.#perSecond.get(second) ?? 0) + 1);
    if (type === "NBIRTH") this.#nodes.add(edge);
    else if (type === "DBIRTH") this.#born.add(`${edge}/${device}`);
    if (type === "NDEATH" || this.#nodes.has(edge) || this.#asked.has(edge)) return;
    this.#asked.add(edge);
    this.#client.publish(`spBv1.0/fleet/NCMD/${edge}`, this.#rebirth);
  }
}

async function ended(nodes: ChildProcess): Promise<void> {
  if (nodes.exitCode !== null) return;
  const exited = new Promise<void>((resolve) => nodes.once("exit", () => resolve()));
  nodes.send("close");
  await exited;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

if (import.meta.main) console.table(await benchFleetBroker());
