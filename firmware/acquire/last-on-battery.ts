import { isGood } from "../../drivers/reading.ts";
import type { PointTable } from "../points/table.ts";

/** Back on the mains for less than this, nobody counts on them. */
const MAINS_TRUSTED_MS = 60_000;

/** Whether a UPS that is not heard any more was on its battery when it was heard last. Pure; times are monotonic. */
export class LastOnBattery {
  readonly #point: number;
  readonly #onBattery: number;
  #heardMs = 0;
  #onBatteryMs: number;

  /** @param wasOnBattery what the journal says of the time before this start. */
  constructor({ point, onBattery }: { readonly point: number; readonly onBattery: number }, wasOnBattery: boolean) {
    this.#point = point;
    this.#onBattery = onBattery;
    this.#onBatteryMs = wasOnBattery ? 0 : Number.NEGATIVE_INFINITY;
  }

  /** After an answer of the device. */
  heard({ values, qualities }: Pick<PointTable, "values" | "qualities">, nowMs: number): void {
    if (!isGood(qualities[this.#point] as number)) return;
    this.#heardMs = nowMs;
    if (values[this.#point] === this.#onBattery) this.#onBatteryMs = nowMs;
  }

  get mayBeDischarging(): boolean {
    return this.#heardMs - this.#onBatteryMs < MAINS_TRUSTED_MS;
  }
}
