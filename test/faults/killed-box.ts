import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { WebSocket } from "ws";
import type { AlarmRecord } from "../../firmware/contract/alarm.ts";
import type { ServerMessage } from "../../firmware/contract/live.ts";
import type { Trend } from "../../firmware/history/history.ts";
import type { Chance } from "./chance.ts";
import type { Said } from "./kill-laws.ts";

const BUNDLE = "dist/box/roomward.js";
const WALL_AHEAD = fileURLToPath(new URL("./wall-ahead.ts", import.meta.url));
const READY_WITHIN_MS = 60_000;
/** Of the alarms that ring, so many are acknowledged at a look. */
const ACKNOWLEDGES = 0.3;
const LOOK_EVERY_MS = 25;

export interface BoxOptions {
  readonly siteFile: string;
  readonly dataFolder: string;
  readonly port: number;
  readonly token: string;
  /** The wall clock of the box is ahead of the machine's. */
  readonly aheadMs: number;
}

/** The built box in a process that will be killed, and what it said to the people who were there. */
export class KilledBox {
  readonly acknowledged: Said["acknowledged"][number][] = [];
  readonly shown: AlarmRecord[] = [];
  readonly #options: BoxOptions;
  readonly #child: ChildProcess;
  readonly #gone: Promise<void>;
  #output = "";
  #isGone = false;
  #socket: WebSocket | null = null;

  constructor(options: BoxOptions) {
    this.#options = options;
    const { siteFile, dataFolder, port, aheadMs } = options;
    const args = ["--import", WALL_AHEAD, BUNDLE, "run", "--site", siteFile, "--data", dataFolder, "--port", String(port)];
    this.#child = spawn(process.execPath, args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, LC_ALL: "en_US.UTF-8", WALL_AHEAD_MS: String(aheadMs) },
    });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on("data", (chunk: Buffer) => {
        this.#output += chunk.toString();
      });
    this.#gone = new Promise((resolve) =>
      this.#child.once("close", () => {
        this.#isGone = true;
        resolve();
      }),
    );
  }

  /** Until it says where it is; a box that ends by itself is an error with all that it said. */
  async ready(): Promise<void> {
    const deadline = performance.now() + READY_WITHIN_MS;
    while (!this.#output.includes("is running at")) {
      if (this.#isGone || performance.now() > deadline) throw new Error(`the box did not start:\n${this.#output}`);
      await pause(5);
    }
  }

  /** Somebody looks at a screen and acknowledges what rings, for so long. */
  async attend(forMs: number, chance: Chance): Promise<void> {
    const untilMs = performance.now() + forMs;
    this.#watch();
    while (performance.now() < untilMs && !this.#isGone) {
      await this.#acknowledgeSome(chance, untilMs);
      await pause(Math.max(0, Math.min(LOOK_EVERY_MS, untilMs - performance.now())));
    }
  }

  signal(name: "SIGSTOP" | "SIGCONT"): void {
    this.#child.kill(name);
  }

  async kill(): Promise<void> {
    if (this.#isGone) throw new Error(`the box ended by itself:\n${this.#output}`);
    this.#child.kill("SIGKILL");
    await this.#gone;
    this.#socket?.terminate();
  }

  /** Ends it as a service is ended. */
  async end(): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.#gone;
    this.#socket?.terminate();
    if (this.#child.exitCode !== 0) throw new Error(`the box ended with ${this.#child.exitCode}:\n${this.#output}`);
  }

  /** The minutes of a span in which the box says that it measured something. Wall clock, ms. */
  async minutes(point: string, fromMs: number, toMs: number): Promise<readonly number[]> {
    const query = new URLSearchParams({ points: point, from: String(fromMs), to: String(toMs), columns: "1000" });
    const response = await fetch(this.#url(`/api/v1/trend?${query}`), { headers: this.#headers() });
    if (!response.ok) throw new Error(`trend: ${response.status} ${await response.text()}`);
    const trend = (await response.json()) as Trend;
    return (trend.series[0]?.last ?? []).flatMap((value, step) => (value === null ? [] : [trend.fromMs + step * trend.stepMs]));
  }

  async #acknowledgeSome(chance: Chance, untilMs: number): Promise<void> {
    try {
      const cut = AbortSignal.timeout(Math.max(1, Math.ceil(untilMs - performance.now())));
      const listed = await fetch(this.#url("/api/v1/alarms"), { headers: this.#headers(), signal: cut });
      const { alarms } = (await listed.json()) as { alarms: readonly AlarmRecord[] };
      const rings = alarms.filter(({ state }) => (state === "B" || state === "D") && chance.next() < ACKNOWLEDGES);
      if (rings.length === 0) return;
      const note = `seen ${this.#child.pid} ${this.acknowledged.length} ${chance.next()}`;
      const body = JSON.stringify({ keys: rings.map(({ key }) => key), note });
      const headers = { ...this.#headers(), "content-type": "application/json" };
      const response = await fetch(this.#url("/api/v1/alarms/acknowledge"), { method: "POST", headers, body, signal: cut });
      if (response.status !== 200) throw new Error(`acknowledge: ${response.status} ${await response.text()}`);
      const reply = (await response.json()) as { acknowledged: readonly string[] };
      for (const key of reply.acknowledged) this.acknowledged.push({ key, note });
    } catch (error) {
      // The kill came in between, or the time was over: what was not answered was not promised.
      if (!(error instanceof TypeError || (error instanceof DOMException && error.name === "TimeoutError"))) throw error;
    }
  }

  #watch(): void {
    if (this.#socket !== null) return;
    this.#socket = new WebSocket(this.#url("/api/v1/live").replace("http", "ws"), { headers: this.#headers() });
    this.#socket.on("error", () => {});
    this.#socket.on("message", (data: Buffer, isBinary) => {
      if (isBinary) return;
      const message = JSON.parse(data.toString()) as ServerMessage;
      // The greeting tells the present, the messages what is on the disk.
      if (message.type === "alarms") this.shown.push(...message.changed.filter(({ held }) => !held));
    });
  }

  #url(path: string): string {
    return `http://127.0.0.1:${this.#options.port}${path}`;
  }

  #headers(): Record<string, string> {
    return { authorization: `Bearer ${this.#options.token}` };
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
