import type { IncomingMessage, Server } from "node:http";
import type { Socket } from "node:net";
import type { Act } from "../people/act.ts";
import { Allowance } from "../people/allowance.ts";
import type { Clock } from "../platform/clock.ts";
import { machineOf, matcherOf, plainAddress, subnetOf } from "../platform/subnet.ts";
import { isLoopback } from "./access.ts";

/** Of the 256 connections of the box, what one address may have, and what it may have open without having asked for anything. */
export const CONNECTIONS_PER_ADDRESS_MAX = 96;
export const SILENT_PER_ADDRESS_MAX = 32;
/** Refused connections are written down once a minute per address, within these limits; all are counted. */
const NOTE_EVERY_MS = 60_000;
const REFUSALS_NOTED = { perMinute: 10, perDay: 100 } as const;
const ADDRESSES_REMEMBERED_MAX = 1_000;

export interface GateParts {
  /** Addresses that may connect, in CIDR notation; null: all. The box itself always may. */
  readonly allow: readonly string[] | null;
  readonly clock: Pick<Clock, "monotonicMs" | "wallMs">;
  readonly note: (act: Act) => unknown;
  /** Whom neither list nor limit concerns: the box itself. */
  readonly isExempt?: (address: string) => boolean;
}

type Reason = "not in network.allow" | "too many connections";

/** Stands before everything else, TLS included: who is not let in gets no byte. */
export class Gate {
  readonly allow: readonly string[] | null;
  readonly #parts: GateParts;
  readonly #isAllowed: (address: string) => boolean;
  readonly #isExempt: (address: string) => boolean;
  /** Open connections by machine; those that have asked for nothing yet by `address port`. */
  readonly #open = new Map<string, { count: number; readonly silent: Set<string> }>();
  readonly #turnedAway = new Map<string, { count: number; notedAtMs: number }>();
  #refused = 0;
  readonly #notes: Allowance;

  constructor(parts: GateParts) {
    this.#parts = parts;
    this.allow = parts.allow;
    this.#notes = new Allowance(parts.clock, REFUSALS_NOTED);
    this.#isExempt = parts.isExempt ?? isLoopback;
    this.#isAllowed = parts.allow === null ? () => true : matcherOf(parts.allow.flatMap((text) => subnetOf(text) ?? []));
  }

  /** Connections turned away since the start. */
  get refused(): number {
    return this.#refused;
  }

  /** Takes its place before whatever takes the server's connections now. Call last, before it listens. */
  guard(server: Server): void {
    const takeOver = server.listeners("connection");
    server.removeAllListeners("connection");
    server.on("connection", (socket: Socket) => {
      if (!this.#admits(socket)) return void socket.destroy();
      for (const take of takeOver) take.call(server, socket);
    });
    const spoke = ({ socket }: IncomingMessage): void => this.#spoke(socket);
    server.prependListener("request", spoke);
    server.prependListener("upgrade", spoke);
  }

  #admits(socket: Socket): boolean {
    // Nobody is there any more.
    if (socket.remoteAddress === undefined) return false;
    const address = plainAddress(socket.remoteAddress);
    if (this.#isExempt(address)) return true;
    if (!this.#isAllowed(address)) return this.#refuse(address, "not in network.allow");
    const machine = machineOf(address);
    const open = this.#open.get(machine) ?? { count: 0, silent: new Set<string>() };
    if (open.count >= CONNECTIONS_PER_ADDRESS_MAX || open.silent.size >= SILENT_PER_ADDRESS_MAX)
      return this.#refuse(address, "too many connections");
    const name = nameOf(socket);
    open.count += 1;
    open.silent.add(name);
    this.#open.set(machine, open);
    socket.once("close", () => {
      open.count -= 1;
      open.silent.delete(name);
      if (open.count === 0) this.#open.delete(machine);
    });
    return true;
  }

  #spoke(socket: Socket): void {
    if (socket.remoteAddress === undefined) return;
    this.#open.get(machineOf(plainAddress(socket.remoteAddress)))?.silent.delete(nameOf(socket));
  }

  #refuse(address: string, reason: Reason): false {
    this.#refused += 1;
    const nowMs = this.#parts.clock.monotonicMs();
    const seen = this.#turnedAway.get(address) ?? { count: 0, notedAtMs: Number.NEGATIVE_INFINITY };
    seen.count += 1;
    this.#turnedAway.delete(address);
    this.#turnedAway.set(address, seen);
    const [quietest] = this.#turnedAway.keys();
    if (this.#turnedAway.size > ADDRESSES_REMEMBERED_MAX && quietest !== undefined) this.#turnedAway.delete(quietest);
    const leftOut = nowMs - seen.notedAtMs < NOTE_EVERY_MS ? null : this.#notes.take();
    if (leftOut !== null) {
      const detail = `${seen.count} ${seen.count === 1 ? "connection" : "connections"}${leftOut}`;
      seen.notedAtMs = nowMs;
      seen.count = 0;
      const what = { action: "network.refused", subject: reason, detail, before: null, after: null };
      this.#parts.note({ atMs: this.#parts.clock.wallMs(), by: "", from: address, ...what });
    }
    return false;
  }
}

/** The same for a TLS socket and for the one that carries it. */
function nameOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
