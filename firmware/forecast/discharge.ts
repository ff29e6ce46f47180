import * as z from "zod";
import { median } from "./line.ts";

/** What one look at a discharging battery found. Null: the device does not say, or not now. */
export interface BatterySample {
  /** Monotonic clock, ms. */
  readonly atMs: number;
  /** % of full. */
  readonly charge: number | null;
  readonly voltage: number | null;
  /** In whatever unit the device has: only its changes count. */
  readonly load: number | null;
  /** Runtime left as the device itself says, ms. */
  readonly toldMs: number | null;
}

/** One discharge that is over, as it is kept: what the next one and the battery's age are judged by. */
export const dischargeSchema = z.object({
  device: z.string(),
  /** Wall clock. */
  endedAtMs: z.number(),
  lastedMs: z.number(),
  fromCharge: z.number().nullable(),
  toCharge: z.number().nullable(),
  load: z.number().nullable(),
  /** Which point the load is of: figures of different points are not compared. */
  loadPoint: z.string().nullable(),
  /** Volts from before the load came onto the battery to `SAG_AFTER_MS` later. */
  sag: z.number().nullable(),
  /** Time that passed for each ms by which the device's own runtime fell; 1: it was right. */
  toldRatio: z.number().nullable(),
  /** The output died. */
  emptied: z.boolean(),
});
export type Discharge = z.infer<typeof dischargeSchema>;

/** Samples of one discharge; beyond it every second one is let go. */
const SAMPLES_MAX = 240;
/** Shorter ones are self-tests and dips: they teach nothing. */
const LASTED_MIN_MS = 120_000;
/** The first moments are the inverter's, not the battery's. */
export const SAG_AFTER_MS = 60_000;
/** The device's own figure must have fallen by so much to be measured against the clock. */
const TOLD_FALL_MIN_MS = 60_000;
/** While the load stays within this, the device's figure can be compared. */
const LOAD_STEADY = 1.25;

/** A discharge while it lasts. Pure but for its own memory. */
export class DischargeWatch {
  readonly startMs: number;
  readonly #restVoltage: number | null;
  #samples: BatterySample[] = [];
  #everyMs = 0;

  /** @param restVoltage what it had before the load came onto it. */
  constructor(startMs: number, restVoltage: number | null) {
    this.startMs = startMs;
    this.#restVoltage = restVoltage;
  }

  get samples(): readonly BatterySample[] {
    return this.#samples;
  }

  take(sample: BatterySample): void {
    const last = this.#samples.at(-1);
    if (last !== undefined && sample.atMs - last.atMs < this.#everyMs) return;
    this.#samples.push(sample);
    if (this.#samples.length < SAMPLES_MAX) return;
    this.#samples = this.#samples.filter((_, n) => n % 2 === 0);
    this.#everyMs = (sample.atMs - this.startMs) / SAMPLES_MAX;
  }

  /** What it teaches; null: nothing. */
  end(device: string, loadPoint: string | null, emptied: boolean, endedAtMs: number): Discharge | null {
    const last = this.#samples.at(-1);
    if (last === undefined || last.atMs - this.startMs < LASTED_MIN_MS) return null;
    const charges = known(this.#samples.map(({ charge }) => charge));
    const loads = known(this.#samples.map(({ load }) => load)).filter((load) => load > 0);
    const loaded = this.#samples.find(({ atMs, voltage }) => voltage !== null && atMs - this.startMs >= SAG_AFTER_MS)?.voltage ?? null;
    return {
      device,
      endedAtMs,
      lastedMs: last.atMs - this.startMs,
      fromCharge: charges[0] ?? null,
      toCharge: charges.at(-1) ?? null,
      load: loads.length === 0 ? null : median(loads),
      loadPoint: loads.length === 0 ? null : loadPoint,
      sag: loaded === null || this.#restVoltage === null ? null : this.#restVoltage - loaded,
      toldRatio: toldRatioOf(this.#samples, loads),
      emptied,
    };
  }
}

/** How fast the device's own runtime went against the clock, while the load was steady. */
function toldRatioOf(samples: readonly BatterySample[], loads: readonly number[]): number | null {
  const told = samples.flatMap(({ atMs, toldMs }) => (toldMs === null ? [] : [{ atMs, toldMs }]));
  const [first, last] = [told[Math.min(3, told.length - 1)], told.at(-1)];
  if (first === undefined || last === undefined) return null;
  if (loads.length > 0 && Math.max(...loads) > LOAD_STEADY * Math.min(...loads)) return null;
  const fell = first.toldMs - last.toldMs;
  return fell < TOLD_FALL_MIN_MS ? null : (last.atMs - first.atMs) / fell;
}

const known = (values: readonly (number | null)[]): readonly number[] => values.filter((value) => value !== null);

/** Discharges of one device that are kept. */
export const DISCHARGES_PER_DEVICE = 40;
export const DISCHARGES_MAX = 400;

/** With one more, within the limits: the oldest go. */
export function withDischarge<Kept extends Discharge>(discharges: readonly Kept[], added: Kept): readonly Kept[] {
  const own = discharges.filter(({ device }) => device === added.device);
  const excess = own.slice(0, Math.max(0, own.length + 1 - DISCHARGES_PER_DEVICE));
  return [...discharges.filter((each) => !excess.includes(each)), added].slice(-DISCHARGES_MAX);
}
