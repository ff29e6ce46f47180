import type { ReadReport } from "../../drivers/driver.ts";
import type { ExchangeRecord } from "../../drivers/line/watch.ts";
import { isGood, type Readings } from "../../drivers/reading.ts";
import type { Latency } from "../contract/doctor.ts";
import { type Counts, DEVICE_COUNTERS, type DeviceCounter, gapClass, QUICK_GAP_CLASS } from "./counters.ts";
import { LATENCY_CLASSES, latencyClass, percentiles } from "./latency.ts";
import { Before, type Frames, markExchange, type Sink } from "./marks.ts";
import type { OrderVerdict, OrderWatch } from "./order.ts";

/** A device as the tally knows it. */
export interface TalliedDevice {
  readonly id: string;
  readonly periodMs: number;
  readonly order: OrderWatch | null;
}

export interface TalliedWire {
  /** `none`: there are no bytes to be seen, only whole reads. */
  readonly frames: Frames | "none";
  /** 0 where it is not known. */
  readonly characterMs: number;
}

/** The window is five slices of three minutes: what happened leaves it after 12 to 15. */
const SLICE_MS = 180_000;
const SLICES = 5;
const WIDTH = DEVICE_COUNTERS.length;
const PLACE = Object.fromEntries(DEVICE_COUNTERS.map((counter, index) => [counter, index])) as Readonly<Record<DeviceCounter, number>>;
/** No question before: as rested as can be. */
const RESTED_MS = 60_000;
/** A device answers about as fast as ever; less than this part of its shortest time is not its answer. */
const EARLY_PART = 0.7;

export interface DeviceFigures {
  readonly id: string;
  readonly periodMs: number;
  readonly counts: Counts;
  readonly latency: Latency;
  readonly lateMaxMs: number;
  /** Null: never since the start. */
  readonly lastAnsweredMs: number | null;
  /** Reads without an answer since the last one with one, or since the start. */
  readonly misses: number;
  readonly firstMissMs: number | null;
  readonly order: OrderVerdict;
}

export interface BusFigures {
  readonly nowMs: number;
  readonly startMs: number;
  readonly windowMs: number;
  readonly frames: TalliedWire["frames"];
  readonly counts: Counts;
  readonly latency: Latency;
  /** Whether the last try found no adapter, and whether there ever was one. */
  readonly adapterMissing: boolean;
  readonly adapterSeen: boolean;
  readonly devices: readonly DeviceFigures[];
}

interface Standing {
  /** The shortest time that it ever thought; null: not known. */
  soonestMs: number | null;
  lastAnsweredMs: number | null;
  misses: number;
  firstMissMs: number | null;
}

/**
 * What happened on one wire in the last minutes, as counts per device: told of every exchange and of every read, in fixed memory. Knows
 * no clock: times are arguments.
 */
export class BusTally implements Sink {
  readonly #wire: TalliedWire;
  readonly #devices: readonly TalliedDevice[];
  readonly #startMs: number;
  /** Slices × devices × counters, and the same for latencies. */
  readonly #counts: Uint32Array;
  readonly #latencies: Uint16Array;
  readonly #lateMaxMs: Float64Array;
  readonly #standing: readonly Standing[];
  #slice = 0;
  /** Slices since the clock began, up to the present one. */
  #turned: number;
  #before: Before | null = null;
  readonly #byUnit = new Map<number, Before>();
  #adapterMissing = false;
  #adapterSeen = false;

  constructor(wire: TalliedWire, devices: readonly TalliedDevice[], startMs: number) {
    this.#wire = wire;
    this.#devices = devices;
    this.#startMs = startMs;
    this.#turned = Math.floor(startMs / SLICE_MS);
    this.#counts = new Uint32Array(SLICES * devices.length * WIDTH);
    this.#latencies = new Uint16Array(SLICES * devices.length * LATENCY_CLASSES);
    this.#lateMaxMs = new Float64Array(SLICES * devices.length);
    this.#standing = devices.map(() => ({ soonestMs: null, lastAnsweredMs: null, misses: 0, firstMissMs: null }));
  }

  put(device: number, counter: DeviceCounter, by = 1): void {
    const at = this.#row(device) * WIDTH + PLACE[counter];
    this.#counts[at] = (this.#counts[at] ?? 0) + by;
  }

  latency(device: number, ms: number): void {
    const standing = this.#standing[device];
    if (standing !== undefined) standing.soonestMs = Math.min(standing.soonestMs ?? ms, ms);
    const at = this.#row(device) * LATENCY_CLASSES + latencyClass(ms);
    this.#latencies[at] = (this.#latencies[at] ?? 0) + 1;
  }

  isEarly(device: number, ms: number): boolean {
    return ms < EARLY_PART * (this.#standing[device]?.soonestMs ?? 0);
  }

  late(device: number, ms: number): void {
    this.put(device, "late");
    const row = this.#row(device);
    this.#lateMaxMs[row] = Math.max(this.#lateMaxMs[row] ?? 0, ms);
  }

  /** One question on the wire while `device` was read. */
  exchange(device: number, record: ExchangeRecord): void {
    this.#turn(record.endedMs);
    const { sent, lost, askedMs, endedMs } = record;
    if (lost?.reason === "adapterMissing" || lost?.reason === "refused") {
      this.put(device, "adapterMissing");
      if (this.#adapterSeen && !this.#adapterMissing) this.put(device, "adapterLost");
      this.#adapterMissing = true;
      this.#before = null;
      return;
    }
    this.#adapterMissing = false;
    this.#adapterSeen = true;
    const { frames, characterMs } = this.#wire;
    if (frames === "none") return;
    markExchange(frames, record, device, { before: this.#before, byUnit: this.#byUnit }, characterMs, this);
    const gap = gapClass(this.#before === null ? RESTED_MS : askedMs - this.#before.endedMs);
    this.put(device, `gapAsked${gap}` as DeviceCounter);
    if (lost?.reason === "timeout") this.put(device, `gapFailed${gap}` as DeviceCounter);
    else if (lost !== null && gap <= QUICK_GAP_CLASS && this.#before !== null && this.#before.device !== device) {
      this.put(device, "quickDamaged");
      this.put(this.#before.device, "followDamaged");
    }
    if (lost === null && frames === "rtu") this.#devices[device]?.order?.answered(sent, record.came, endedMs);
    // Only of RTU frames is it known which unit they were for.
    const unit = frames === "rtu" ? (sent[0] ?? 0) : 0;
    const kept = this.#byUnit.get(unit) ?? new Before();
    kept.keep(device, record);
    this.#byUnit.set(unit, kept);
    this.#before = kept;
  }

  /** One read of a device from its first question to its last answer. */
  read(device: number, report: ReadReport, readings: Readings, startedMs: number, endedMs: number): void {
    this.#turn(endedMs);
    const standing = this.#standing[device];
    if (standing === undefined) return;
    const tookMs = Math.max(0, endedMs - startedMs);
    this.put(device, "reads");
    this.put(device, "busyMs", Math.round(tookMs));
    if (this.#wire.frames === "none") this.#wholeRead(device, report, tookMs);
    else if (this.#wire.frames === "text")
      this.put(device, "unknownData", report.faults.filter(({ reason }) => reason === "exception").length);
    if (report.answered) {
      standing.lastAnsweredMs = endedMs;
      standing.misses = 0;
      standing.firstMissMs = null;
      this.put(device, "answeredReads");
      this.put(device, "answeredMs", Math.round(tookMs));
      if (!readings.qualities.some(isGood)) this.put(device, "emptyReads");
    } else if (!report.faults.some(({ reason }) => reason === "adapterMissing")) {
      standing.misses += 1;
      standing.firstMissMs ??= startedMs;
    }
  }

  figures(nowMs: number): BusFigures {
    this.#turn(nowMs);
    const histogram = new Float64Array(LATENCY_CLASSES);
    const devices = this.#devices.map((_, device) => this.#deviceFigures(device, histogram));
    const counts = Object.fromEntries(
      DEVICE_COUNTERS.map((counter) => [counter, devices.reduce((sum, each) => sum + each.counts[counter], 0)]),
    ) as Counts;
    const sliceStartMs = (Math.floor(nowMs / SLICE_MS) - SLICES + 1) * SLICE_MS;
    return {
      nowMs,
      startMs: this.#startMs,
      windowMs: Math.max(1, nowMs - Math.max(this.#startMs, sliceStartMs)),
      frames: this.#wire.frames,
      counts,
      latency: percentiles(histogram),
      adapterMissing: this.#adapterMissing,
      adapterSeen: this.#adapterSeen,
      devices,
    };
  }

  #deviceFigures(device: number, busHistogram: Float64Array): DeviceFigures {
    const { id, periodMs, order } = this.#devices[device] as TalliedDevice;
    const sums = new Float64Array(WIDTH);
    const histogram = new Float64Array(LATENCY_CLASSES);
    let lateMaxMs = 0;
    for (let slice = 0; slice < SLICES; slice += 1) {
      const row = slice * this.#devices.length + device;
      for (let index = 0; index < WIDTH; index += 1) sums[index] = (sums[index] ?? 0) + (this.#counts[row * WIDTH + index] ?? 0);
      for (let index = 0; index < LATENCY_CLASSES; index += 1) {
        const count = this.#latencies[row * LATENCY_CLASSES + index] ?? 0;
        histogram[index] = (histogram[index] ?? 0) + count;
        busHistogram[index] = (busHistogram[index] ?? 0) + count;
      }
      lateMaxMs = Math.max(lateMaxMs, this.#lateMaxMs[row] ?? 0);
    }
    const counts = Object.fromEntries(DEVICE_COUNTERS.map((counter, index) => [counter, sums[index] ?? 0])) as Counts;
    const { lastAnsweredMs, misses, firstMissMs } = this.#standing[device] as Standing;
    return {
      ...{ id, periodMs, counts, latency: percentiles(histogram), lateMaxMs, lastAnsweredMs, misses, firstMissMs },
      order: order?.verdict() ?? null,
    };
  }

  /** Where no bytes can be seen a read is one question, and what it took is what the device thought. */
  #wholeRead(device: number, report: ReadReport, tookMs: number): void {
    const missing = report.faults.some(({ reason }) => reason === "adapterMissing");
    this.#adapterMissing = missing;
    this.#adapterSeen ||= !missing;
    if (missing) {
      this.put(device, "adapterMissing");
      return;
    }
    this.put(device, "asked");
    if (report.answered) {
      this.put(device, "answered");
      this.latency(device, tookMs / Math.max(1, report.transactions));
    }
    for (const { reason } of report.faults) {
      if (reason === "timeout") this.put(device, "silent");
      else if (reason === "exception") this.put(device, "unknownData");
    }
  }

  #row(device: number): number {
    return this.#slice * this.#devices.length + device;
  }

  /** Goes on to the slice of this moment; what lay in the slices between is forgotten. */
  #turn(nowMs: number): void {
    const due = Math.floor(nowMs / SLICE_MS);
    if (this.#turned === due) return;
    const steps = Math.min(SLICES, due - this.#turned);
    for (let step = 0; step < steps; step += 1) {
      this.#slice = (this.#slice + 1) % SLICES;
      const from = this.#row(0);
      const to = from + this.#devices.length;
      this.#counts.fill(0, from * WIDTH, to * WIDTH);
      this.#latencies.fill(0, from * LATENCY_CLASSES, to * LATENCY_CLASSES);
      this.#lateMaxMs.fill(0, from, to);
    }
    this.#turned = due;
  }
}
