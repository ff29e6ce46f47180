import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import { isGood } from "../../drivers/reading.ts";
import type { AlarmRecord, Delivery } from "../contract/alarm.ts";
import type { ClockState } from "../contract/clock.ts";
import { encodeFrame, type ServerMessage } from "../contract/live.ts";
import type { MaintenanceWindow } from "../contract/maintenance.ts";
import type { BusHealth } from "../contract/site.ts";
import type { Clock } from "../platform/clock.ts";
import { CLOSE, LiveClient } from "./live-client.ts";
import type { LivePorts } from "./ports.ts";

export const LIVE_CLIENTS_MAX = 200;
const MESSAGE_BYTES_MAX = 64 * 1024;
/** Changes wait at most so long for company, while the room is not full of listeners. */
export const FLUSH_MS = 50;
/** Beyond 25 listeners every one adds to the wait, so that they cost at most 500 sends a second; a quarter of a second is the end of it. */
const FLUSH_MS_PER_CLIENT = 2;
const FLUSH_MS_MAX = 250;
const TICK_MS = 1_000;
const TICKS_PER_PING = 20;
/** Checked once per tick, so that no page waits longer than 5 s for a sign that the data is fresh. */
const QUIET_MS_MAX = 4_000;
const SOCKET_OPTIONS = {
  noServer: true,
  clientTracking: false,
  maxPayload: MESSAGE_BYTES_MAX,
  // Deflate per client costs ten times the CPU of everything else here together.
  perMessageDeflate: false,
  /** A client that does not answer our goodbye is cut off after so many ms. */
  closeTimeout: 2_000,
};

/** The live stream. Main tells it what changed; it encodes once and sends the same bytes to every client. */
export interface LiveHub {
  /** Numbers of points whose value or quality changed; may repeat. Costs nothing without clients. */
  markPoints(changed: ArrayLike<number>): void;
  alarms(changed: readonly AlarmRecord[], ended: readonly string[]): void;
  deliveries(incident: string, deliveries: readonly Delivery[]): void;
  buses(buses: readonly BusHealth[]): void;
  maintenance(windows: readonly MaintenanceWindow[]): void;
  /** Takes over an upgrade that was found to be in order. */
  clock(state: ClockState): void;
  accept(request: IncomingMessage, socket: Duplex, head: Buffer, personId: string): void;
  clientCount(): number;
  close(): void;
}

export function openHub(ports: LivePorts, clock: Clock): LiveHub {
  return new Hub(ports, clock);
}

class Hub implements LiveHub {
  readonly #ports: LivePorts;
  readonly #clock: Clock;
  readonly #clients = new Set<LiveClient>();
  readonly #server = new WebSocketServer(SOCKET_OPTIONS);
  readonly #changed: Uint8Array;
  #changedCount = 0;
  /** Of the last frame. At 20 frames a second 32 bits last for seven years of uptime. */
  #sequence = 0;
  #lastFrameMs = 0;
  #flushIsDue = false;
  #ticks = 0;
  #stopTicking: (() => void) | null = null;
  #closed = false;

  constructor(ports: LivePorts, clock: Clock) {
    this.#ports = ports;
    this.#clock = clock;
    this.#changed = new Uint8Array(ports.points.values.length);
  }

  markPoints(changed: ArrayLike<number>): void {
    if (this.#clients.size === 0 || changed.length === 0) return;
    for (let i = 0; i < changed.length; i += 1) {
      const point = changed[i] as number;
      if (this.#changed[point] === 0) {
        this.#changed[point] = 1;
        this.#changedCount += 1;
      }
    }
    if (this.#flushIsDue) return;
    this.#flushIsDue = true;
    const waitMs = Math.min(FLUSH_MS_MAX, Math.max(FLUSH_MS, this.#clients.size * FLUSH_MS_PER_CLIENT));
    void this.#clock.sleep(waitMs).then(() => this.#flush());
  }

  alarms(changed: readonly AlarmRecord[], ended: readonly string[]): void {
    this.#tell(() => ({ type: "alarms", nowMs: this.#clock.wallMs(), changed, ended }));
  }

  deliveries(incident: string, deliveries: readonly Delivery[]): void {
    this.#tell(() => ({ type: "deliveries", nowMs: this.#clock.wallMs(), incident, deliveries }));
  }

  buses(buses: readonly BusHealth[]): void {
    this.#tell(() => ({ type: "buses", nowMs: this.#clock.wallMs(), buses }));
  }

  maintenance(windows: readonly MaintenanceWindow[]): void {
    this.#tell(() => ({ type: "maintenance", nowMs: this.#clock.wallMs(), windows }));
  }

  clock(clock: ClockState): void {
    this.#tell(() => ({ type: "clock", nowMs: this.#clock.wallMs(), clock }));
  }

  accept(request: IncomingMessage, socket: Duplex, head: Buffer, personId: string): void {
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      webSocket.on("error", () => webSocket.terminate());
      const client = new LiveClient(webSocket, personId);
      if (this.#closed) return client.end(CLOSE.goingAway);
      // Accepted first: a browser cannot see why a handshake was refused, but it can see why it was closed.
      if (this.#clients.size >= LIVE_CLIENTS_MAX) return client.close(CLOSE.full);
      this.#clients.add(client);
      webSocket.on("close", () => this.#leave(client));
      this.#stopTicking ??= this.#clock.every(TICK_MS, () => this.#tick());
      if (this.#clients.size === 1) this.#lastFrameMs = this.#clock.monotonicMs();
      client.startOver(this.#hello(), this.#snapshot());
    });
  }

  clientCount(): number {
    return this.#clients.size;
  }

  close(): void {
    this.#closed = true;
    for (const client of this.#clients) client.end(CLOSE.goingAway);
  }

  #leave(client: LiveClient): void {
    this.#clients.delete(client);
    if (this.#clients.size > 0) return;
    this.#stopTicking?.();
    this.#stopTicking = null;
  }

  #flush(): void {
    this.#flushIsDue = false;
    if (this.#clients.size > 0) this.#sendFrame();
  }

  /** One frame with everything that changed; an empty one is a heartbeat. */
  #sendFrame(): void {
    const nowMs = this.#clock.monotonicMs();
    const { values, qualities } = this.#ports.points;
    this.#lastFrameMs = nowMs;
    this.#sequence = (this.#sequence + 1) >>> 0;
    const frame = { sequence: this.#sequence, atMs: this.#clock.wallMs(), points: this.#takeChanged() };
    this.#toFollowers(Buffer.from(encodeFrame(frame, values, qualities)), true);
    this.#helpBehind();
  }

  #takeChanged(): Uint16Array {
    const points = new Uint16Array(this.#changedCount);
    let next = 0;
    for (let point = this.#changed.indexOf(1); next < points.length; point = this.#changed.indexOf(1, point + 1)) {
      points[next] = point;
      next += 1;
    }
    this.#changed.fill(0);
    this.#changedCount = 0;
    return points;
  }

  #tell(message: () => ServerMessage): void {
    if (this.#clients.size > 0) this.#toFollowers(Buffer.from(JSON.stringify(message())), false);
  }

  #toFollowers(bytes: Buffer, binary: boolean): void {
    const nowMs = this.#clock.monotonicMs();
    for (const client of this.#clients) if (client.isFollowing) client.follow(bytes, binary, nowMs);
  }

  /** Whoever was too slow and has caught up gets the present state in place of what it missed; made once for all of them. */
  #helpBehind(): void {
    let present: readonly [hello: Buffer, snapshot: Buffer] | null = null;
    for (const client of this.#clients) {
      if (client.isFollowing || !client.hasDrained) continue;
      present ??= [this.#hello(), this.#snapshot()];
      client.startOver(...present);
    }
  }

  #tick(): void {
    const nowMs = this.#clock.monotonicMs();
    this.#ticks += 1;
    if (nowMs - this.#lastFrameMs >= QUIET_MS_MAX) this.#sendFrame();
    else this.#helpBehind();
    for (const client of this.#clients) {
      client.endIfStuck(nowMs);
      if (this.#ticks % TICKS_PER_PING === 0) client.ping();
    }
    void this.#signOutRemoved();
  }

  async #signOutRemoved(): Promise<void> {
    for (const personId of new Set([...this.#clients].map((client) => client.personId))) {
      if ((await this.#ports.stillValid(personId)) !== null) continue;
      for (const client of this.#clients) if (client.personId === personId) client.close(CLOSE.signedOut);
    }
  }

  #hello(): Buffer {
    const { version, revision, points } = this.#ports;
    const lastGood: (readonly [number, number | null])[] = [];
    for (let point = 0; point < points.qualities.length; point += 1) {
      if (isGood(points.qualities[point] as number)) continue;
      const atMs = points.lastGoodWallMs[point] as number;
      lastGood.push([point, Number.isNaN(atMs) ? null : atMs]);
    }
    const message: ServerMessage = {
      type: "hello",
      version,
      revision,
      nowMs: this.#clock.wallMs(),
      alarms: this.#ports.alarms(),
      deliveries: this.#ports.deliveries(),
      buses: this.#ports.buses(),
      clock: this.#ports.clock(),
      maintenance: this.#ports.maintenance(),
      lastGood,
    };
    return Buffer.from(JSON.stringify(message));
  }

  #snapshot(): Buffer {
    const { values, qualities } = this.#ports.points;
    return Buffer.from(encodeFrame({ sequence: this.#sequence, atMs: this.#clock.wallMs(), points: null }, values, qualities));
  }
}
