import type { SnmpReceiver } from "../../drivers/snmp/wire.ts";
import type { TrapHealth } from "../contract/site.ts";
import type { MonotonicMs } from "../contract/time.ts";
import { plainAddress } from "../platform/subnet.ts";

/** Of every second so much is spent on datagrams of one address, and of all; what comes beyond is dropped. A trap costs a fraction of 1 ms. */
const SENDER_WORK_MS = 50;
const WORK_MS = 200;
/** What a datagram is reckoned at, at least: 50 of them a second say no more than one. */
const DATAGRAM_WORK_MS = 1;

/** Where a datagram came from. */
export interface TrapSource {
  readonly address: string;
  readonly port: number;
}

/** Who may tell something: what is at an address, and what understands it. */
export interface TrapSender {
  readonly buses: readonly string[];
  readonly receiver: SnmpReceiver;
}

/** The work of one second. */
class Allowance {
  readonly #workMs: number;
  #second = 0;
  #spentMs = 0;

  constructor(workMs: number) {
    this.#workMs = workMs;
  }

  isSpent(nowMs: number): boolean {
    const second = Math.floor(nowMs / 1_000);
    if (second !== this.#second) {
      this.#second = second;
      this.#spentMs = 0;
    }
    return this.#spentMs >= this.#workMs;
  }

  spend(ms: number): void {
    this.#spentMs += ms;
  }
}

/**
 * Judges what comes to the port for traps. A trap is believed to be a sign that something has happened at its address, never what: the
 * bus there is read at once. Whoever floods the port is heard no more than a share of each second.
 */
export class TrapDesk {
  readonly #nowMs: () => MonotonicMs;
  readonly #hint: (bus: string) => void;
  #senders: ReadonlyMap<string, TrapSender> = new Map();
  readonly #allowances = new Map<string, Allowance>();
  readonly #all = new Allowance(WORK_MS);
  readonly #buses = new Map<string, { heard: number; rejected: number }>();
  readonly #counts = { heard: 0, rejected: 0, malformed: 0, dropped: 0, strangers: 0 };
  #lastStranger: string | null = null;
  #lastRejected: TrapHealth["lastRejected"] = null;

  constructor(nowMs: () => MonotonicMs, hint: (bus: string) => void) {
    this.#nowMs = nowMs;
    this.#hint = hint;
  }

  /** Who is known from now on, by address as the system writes it. */
  expect(senders: ReadonlyMap<string, TrapSender>): void {
    this.#senders = senders;
    for (const address of this.#allowances.keys()) if (!senders.has(address)) this.#allowances.delete(address);
  }

  /** What is to be answered. */
  take(datagram: Buffer, from: TrapSource): readonly Buffer[] {
    const address = plainAddress(from.address);
    const sender = this.#senders.get(address);
    if (sender === undefined) {
      this.#counts.strangers += 1;
      this.#lastStranger = address;
      return [];
    }
    const startedMs = this.#nowMs();
    const own = this.#allowanceOf(address);
    if (own.isSpent(startedMs) || this.#all.isSpent(startedMs)) {
      this.#counts.dropped += 1;
      return [];
    }
    const heard = sender.receiver.take(datagram, from);
    const costMs = Math.max(DATAGRAM_WORK_MS, this.#nowMs() - startedMs);
    own.spend(costMs);
    this.#all.spend(costMs);
    if (heard.outcome === "malformed") {
      this.#counts.malformed += 1;
      return [];
    }
    if (heard.outcome === "notification") this.#heard(sender);
    if (heard.outcome === "rejected") {
      this.#counts.rejected += 1;
      this.#lastRejected = { address, wrong: heard.wrong };
      for (const bus of sender.buses) this.#of(bus).rejected += 1;
    }
    return heard.answers;
  }

  counts(): Omit<TrapHealth, "listening" | "port"> {
    return { ...this.#counts, lastStranger: this.#lastStranger, lastRejected: this.#lastRejected };
  }

  /** What was told from the address of a bus. */
  ofBus(bus: string): { readonly heard: number; readonly rejected: number } {
    return { ...this.#of(bus) };
  }

  #heard(sender: TrapSender): void {
    this.#counts.heard += 1;
    for (const bus of sender.buses) {
      this.#of(bus).heard += 1;
      this.#hint(bus);
    }
  }

  #of(bus: string): { heard: number; rejected: number } {
    const known = this.#buses.get(bus) ?? { heard: 0, rejected: 0 };
    this.#buses.set(bus, known);
    return known;
  }

  #allowanceOf(address: string): Allowance {
    const known = this.#allowances.get(address) ?? new Allowance(SENDER_WORK_MS);
    this.#allowances.set(address, known);
    return known;
  }
}
