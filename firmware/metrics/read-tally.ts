import type { ReadReport } from "../../drivers/driver.ts";
import type { Readings } from "../../drivers/reading.ts";
import type { BusListener } from "../acquire/bus.ts";
import type { MonotonicMs } from "../contract/time.ts";

/** Of one device since the start, growing for ever: rates and means of any span are made of it by whoever collects it. */
export interface ReadCounts {
  /** Reads that were answered, and what they took. */
  readonly answered: number;
  readonly answeredMs: number;
  readonly unanswered: number;
  /** By reason; what never happened is left out. */
  readonly faults: Readonly<Record<string, number>>;
}

interface Counting {
  answered: number;
  answeredMs: number;
  unanswered: number;
  readonly faults: Record<string, number>;
}

/** Counts how the devices of one bus answer. */
export class ReadTally implements BusListener {
  readonly #monotonicMs: () => MonotonicMs;
  readonly #devices = new Map<string, Counting>();
  #reading: string | null = null;
  #startedMs: number;

  constructor(devices: readonly string[], monotonicMs: () => MonotonicMs) {
    this.#monotonicMs = monotonicMs;
    this.#startedMs = monotonicMs();
    for (const id of devices) this.#devices.set(id, { answered: 0, answeredMs: 0, unanswered: 0, faults: {} });
  }

  turn(device: string | null): void {
    this.#reading = device;
    this.#startedMs = this.#monotonicMs();
  }

  exchange(): void {}

  read(device: string, _readings: Readings, { answered, faults }: ReadReport): void {
    const counting = this.#devices.get(device);
    if (counting === undefined) return;
    for (const { reason } of faults) counting.faults[reason] = (counting.faults[reason] ?? 0) + 1;
    if (!answered) {
      counting.unanswered += 1;
      return;
    }
    counting.answered += 1;
    if (device === this.#reading) counting.answeredMs += this.#monotonicMs() - this.#startedMs;
  }

  of(device: string): ReadCounts | null {
    return this.#devices.get(device) ?? null;
  }
}
