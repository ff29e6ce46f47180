import { Deadline } from "../../drivers/deadline.ts";
import type { DeviceReader, ReadReport } from "../../drivers/driver.ts";
import type { ExchangeRecord } from "../../drivers/line/watch.ts";
import { emptyReadings, isPathMissing, QUALITY, type Readings } from "../../drivers/reading.ts";
import type { Words } from "../contract/alarm.ts";
import type { BusHealth } from "../contract/site.ts";
import type { Clock } from "../platform/clock.ts";
import { Loan, type Loaned } from "./loan.ts";
import { BusSchedule, type Grid, type ReadOutcome } from "./schedule.ts";

/** A device on a wire as acquisition needs it. `index` is its place in the site. */
export interface BusDevice {
  readonly index: number;
  readonly id: string;
  readonly periodMs: number;
  readonly reader: DeviceReader;
}

/** What acquisition tells. Readings are overwritten by the device's next read. */
export interface BusEvents {
  /** Before every read of a device: what is exchanged on the wire from now on is its. Null: it is no device's. */
  turn?(device: BusDevice | null): void;
  /** After every read of a device. */
  readings(device: BusDevice, readings: Readings, report: ReadReport): void;
  /** After every try of the wire: whether its adapter or network path is there. */
  adapter(bus: string, missing: boolean): void;
}

/**
 * Who hears what happens on a bus: whose turn it is, every question on the wire, and what each device brought, in that order. Where the adapter
 * is missing, devices bring that without a turn of their own. Nothing given may be kept.
 */
export interface BusListener {
  /** Null: what follows is no device's, but an output's. */
  turn(device: string | null): void;
  exchange(record: ExchangeRecord): void;
  read(device: string, readings: Readings, report: ReadReport): void;
}

/**
 * Reads the devices of one wire for ever, one transaction at a time. Trouble is counted and passed on as readings with a
 * reason; this loop never ends before `signal` aborts, whatever the wire does.
 */
export class BusLoop {
  readonly id: string;
  readonly #devices: readonly BusDevice[];
  readonly #readings: readonly Readings[];
  readonly #schedule: BusSchedule;
  readonly #clock: Clock;
  readonly #events: BusEvents;
  readonly #release: () => Promise<void>;
  /** Somebody has the wire, or waits for the read that is on its way. */
  #loan: Loan | null = null;
  #hasEnded = false;
  #transactions = 0;
  readonly #faults: Record<string, number> = {};
  #lastFault = "";
  /** Of devices whose last read went wrong in a way that their driver can explain. */
  readonly #advice = new Map<number, Words>();
  #adapterMissing = false;
  /** When the next device is due, while nobody has the wire. */
  readonly #nextTurn: Deadline;
  #isWaiting = false;
  #signal = AbortSignal.abort();
  #ended: { resolve(): void; reject(error: unknown): void } = { resolve() {}, reject() {} };
  /** Devices that have said so since their read began. */
  readonly #changed = new Set<number>();
  /** What is to be done on the wire between two reads; each resolves with how its outcome is told. */
  readonly #jobs: { readonly run: () => Promise<void>; readonly refuse: () => void }[] = [];

  /** @param release gives the wire back between two reads; the next read opens it again. */
  constructor(id: string, devices: readonly BusDevice[], grid: Grid, clock: Clock, events: BusEvents, release: () => Promise<void>) {
    this.id = id;
    this.#release = release;
    this.#devices = devices;
    this.#readings = devices.map(({ reader }) => emptyReadings(reader.pointNames.length));
    this.#schedule = new BusSchedule(
      devices.map(({ periodMs }) => periodMs),
      grid.startMs,
      grid.phase,
    );
    this.#clock = clock;
    this.#events = events;
    this.#nextTurn = new Deadline(clock, () => this.#goOn());
  }

  run(signal: AbortSignal): Promise<void> {
    this.#signal = signal;
    signal.addEventListener("abort", () => this.#endWait(), { once: true });
    return new Promise((resolve, reject) => {
      this.#ended = { resolve, reject };
      this.#goOn();
    });
  }

  /** Takes the wire until nobody is due. Between two turns nothing waits but a deadline: no promise is kept for each of hundreds of wires. */
  #goOn(): void {
    this.#isWaiting = false;
    this.#takeTurns(this.#signal).catch((error: unknown) => this.#ended.reject(error));
  }

  async #takeTurns(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (this.#loan !== null) {
        await this.#lendNow(this.#loan, signal);
        continue;
      }
      // One of them, then whoever is due: neither keeps the other from the wire.
      if (this.#jobs.length > 0) await this.#jobs.shift()?.run();
      const nowMs = this.#clock.monotonicMs();
      const next = this.#schedule.next(nowMs);
      if (next.kind === "read") await this.#read(next.device, signal);
      else if (this.#loan === null && this.#jobs.length === 0 && !signal.aborted) {
        this.#isWaiting = true;
        this.#nextTurn.set(nowMs + next.ms);
        return;
      }
    }
    this.#hasEnded = true;
    for (const { refuse } of this.#jobs.splice(0)) refuse();
    this.#loan?.refuse();
    this.#ended.resolve();
  }

  /** Somebody has a reason not to wait for the next device. */
  #endWait(): void {
    if (!this.#isWaiting) return;
    this.#isWaiting = false;
    this.#nextTurn.clear();
    // Not before who has called is through with what he has to say.
    queueMicrotask(() => this.#goOn());
  }

  /**
   * Lends the wire between two reads, for `limitMs` at most: the port is closed first, and reading goes on as soon as `work` is over, or a
   * little after its signal said that it must be. Meanwhile no device is read, and none is silent: what is known of them grows stale.
   */
  lend<Result>(to: string, limitMs: number, work: (ends: AbortSignal) => Promise<Result>): Promise<Loaned<Result>> {
    if (this.#loan !== null) return Promise.resolve({ outcome: "taken", by: this.#loan.to });
    if (this.#hasEnded) return Promise.resolve({ outcome: "ended" });
    return new Promise((resolve, reject) => {
      this.#loan = new Loan(to, limitMs, work, resolve, reject);
      this.#endWait();
    });
  }

  /**
   * Does something short on the wire between two reads, in its turn: the port stays open, and nobody is marked as silent. Resolves with null
   * when watching ends first. `work` asks no more than a device does in one read.
   */
  between<Result>(work: () => Promise<Result>): Promise<Result | null> {
    if (this.#hasEnded) return Promise.resolve(null);
    return new Promise((resolve, reject) => {
      const run = (): Promise<void> => {
        this.#events.turn?.(null);
        return work().then(resolve, reject);
      };
      this.#jobs.push({ run, refuse: () => resolve(null) });
      this.#endWait();
    });
  }

  async #lendNow(loan: Loan, signal: AbortSignal): Promise<void> {
    await this.#release();
    await loan.run(this.#clock, signal);
    this.#loan = null;
  }

  /** The device at this place of the site has said by itself that something has happened: it is read at once. */
  changed(index: number): void {
    const device = this.#devices.findIndex((each) => each.index === index);
    if (device < 0) return;
    this.#changed.add(device);
    this.#schedule.hasten(device, this.#clock.monotonicMs());
    this.#endWait();
  }

  /** One of the devices has said so, which one is not known. */
  allChanged(): void {
    for (const { index } of this.#devices) this.changed(index);
  }

  health(): Omit<BusHealth, "traps"> {
    const backingOff = this.#schedule.backingOff();
    const lent = this.#loan?.shown() ?? null;
    const silent = this.#devices.length > 0 && backingOff.length === this.#devices.length;
    return {
      id: this.id,
      state:
        lent !== null ? "lent" : this.#adapterMissing ? "adapterMissing" : silent ? "silent" : backingOff.length > 0 ? "degraded" : "ok",
      transactions: this.#transactions,
      faults: { ...this.#faults },
      lastFault: this.#lastFault,
      advice: this.#advice.values().next().value ?? null,
      devicesBackingOff: backingOff.flatMap((index) => this.#devices[index]?.id ?? []),
      lent,
    };
  }

  async #read(index: number, signal: AbortSignal): Promise<void> {
    const device = this.#devices[index] as BusDevice;
    const readings = this.#readings[index] as Readings;
    const startedMs = this.#clock.monotonicMs();
    this.#changed.delete(index);
    this.#events.turn?.(device);
    const report = await device.reader.read(readings);
    // A read cut off by our own closing says nothing about the device.
    if (signal.aborted) return;
    this.#transactions += report.transactions;
    this.#advice.delete(index);
    for (const fault of report.faults) {
      if (fault.advice !== undefined) this.#advice.set(index, fault.advice);
      this.#faults[fault.reason] = (this.#faults[fault.reason] ?? 0) + 1;
      this.#lastFault = `${device.id}: ${fault.detail}`;
    }
    if (report.remark !== undefined) this.#lastFault = `${device.id}: ${report.remark}`;
    const outcome = outcomeOf(report);
    this.#schedule.done(index, outcome, startedMs, this.#clock.monotonicMs());
    if (this.#changed.has(index)) this.#schedule.hasten(index, this.#clock.monotonicMs());
    this.#adapterMissing = outcome === "adapterMissing";
    this.#events.adapter(this.id, this.#adapterMissing);
    this.#events.readings(device, readings, report);
    if (outcome === "adapterMissing") this.#tellOthers(index, report);
  }

  /** Without the adapter no device of the wire can answer: they are told at once instead of one timeout each. */
  #tellOthers(except: number, report: ReadReport): void {
    const reason = report.faults.find((fault) => isPathMissing(fault.reason))?.reason ?? "adapterMissing";
    this.#devices.forEach((device, index) => {
      if (index === except) return;
      const readings = this.#readings[index] as Readings;
      readings.values.fill(Number.NaN);
      readings.qualities.fill(QUALITY[reason]);
      this.#events.readings(device, readings, { answered: false, transactions: 0, faults: report.faults });
    });
  }
}

function outcomeOf(report: ReadReport): ReadOutcome {
  if (report.answered) return "answered";
  return report.faults.some(({ reason }) => isPathMissing(reason)) ? "adapterMissing" : "silent";
}
