import { performance } from "node:perf_hooks";
import { QUALITY } from "../../drivers/reading.ts";
import { MinuteBook, type RawMinute } from "../../firmware/history/book.ts";
import { MINUTE_MS } from "../../firmware/history/history.ts";
import type { PointScale } from "../../firmware/history/scale.ts";

export const DEVICE_POINTS = 20;

/**
 * A site of any size, of what machine rooms have: a quarter temperatures and humidities in tenths, a third voltages and currents with
 * noise in the last digit, percentages, states that mostly stand, counters that count. Not quite half of the readings change.
 */
export class MixedRoom {
  readonly scales: readonly PointScale[];
  readonly #book = new MinuteBook();
  readonly #values: Float64Array;
  readonly #standing: { readonly values: Float64Array; readonly qualities: Uint8Array };
  #seed = 1;

  constructor(points: number) {
    this.scales = Array.from({ length: points }, (_, n) => ({
      id: `device-${Math.floor(n / DEVICE_POINTS)}/point-${n % DEVICE_POINTS}`,
      decimals: n % DEVICE_POINTS < 14 ? 3 : 2,
    }));
    this.#values = Float64Array.from({ length: points }, (_, n) => startOf(n % DEVICE_POINTS));
    this.#standing = { values: this.#values, qualities: new Uint8Array(points).fill(QUALITY.never) };
  }

  /** The next minute, in order; `onTake` hears how long it took to take in one device. */
  minute(number: number, startMs: number, everySeconds: number, onTake: (ms: number) => void = () => {}): RawMinute {
    const beginMs = startMs + number * MINUTE_MS;
    this.#book.turn(beginMs, true, this.#standing);
    for (let second = 0; second < 60; second += everySeconds) {
      this.#moves();
      for (let first = 0; first < this.#values.length; first += DEVICE_POINTS) {
        const values = this.#values.subarray(first, first + DEVICE_POINTS);
        const atMs = beginMs + second * 1_000 + ((first * 7) % 900) + this.#random() * 30;
        const startedMs = performance.now();
        this.#book.take(first, values, atMs);
        onTake(performance.now() - startedMs);
      }
    }
    const over = this.#book.end(this.#standing);
    if (over === null) throw new Error("no minute was begun");
    return over;
  }

  #moves(): void {
    for (let n = 0; n < this.#values.length; n += 1) {
      const kind = n % DEVICE_POINTS;
      const value = this.#values[n] as number;
      if (kind < 5) this.#values[n] = this.#random() < 0.3 ? stepped(value, this.#random() < 0.5 ? -1 : 1, 10) : value;
      else if (kind < 11) this.#values[n] = stepped(startOf(kind), Math.round(this.#random() * 6 - 3), 10);
      else if (kind < 14)
        this.#values[n] = this.#random() < 0.2 ? Math.min(100, Math.max(0, value + (this.#random() < 0.5 ? -1 : 1))) : value;
      else if (kind < 18) this.#values[n] = this.#random() < 0.001 ? 1 - value : value;
      else this.#values[n] = this.#random() < 0.7 ? value + Math.floor(this.#random() * 40) : value;
    }
  }

  /** Marsaglia's xorshift: the same room at every run. */
  #random(): number {
    this.#seed ^= this.#seed << 13;
    this.#seed ^= this.#seed >>> 17;
    this.#seed ^= this.#seed << 5;
    return (this.#seed >>> 0) / 2 ** 32;
  }
}

function startOf(kind: number): number {
  if (kind < 5) return 22;
  if (kind < 11) return 220 + kind;
  if (kind < 14) return 50;
  return kind < 18 ? 0 : 1_000_000;
}

/** Whole tenths, as registers have them. */
function stepped(value: number, steps: number, perUnit: number): number {
  return Math.round(value * perUnit + steps) / perUnit;
}
