import { crossingOf, type NoForecast } from "./crossing.ts";
import type { BatterySample, Discharge } from "./discharge.ts";
import { median } from "./line.ts";

/**
 * A lead-acid battery gives less when more is taken: time goes with load to the power of −k. 1.0 is none of it (lithium, light load), 1.3 a worn
 * lead-acid one; 1.1 is usual for sealed ones (Peukert 1897; IEEE 1115 sizes by the same).
 */
const PEUKERT = { least: 1, usual: 1.1, most: 1.3 } as const;
/** A discharge is foretold to its end, however soon that is after its beginning. */
const HORIZON_MS = 48 * 3_600_000;
const REACH = 60;
/** What the device says of itself is believed within this, until it was compared with the clock. */
const TOLD_BAND = { least: 0.5, most: 1.3 } as const;
/** And within this part around what it was worth in earlier discharges. */
const TOLD_KNOWN = 0.2;
/** Earlier discharges that its figure is compared with. */
const TOLD_PAST = 6;

export interface BatteryLeft {
  readonly outcome: "left";
  readonly inMs: number;
  readonly earliestMs: number;
  readonly latestMs: number | null;
  /** Measured: from how charge fell. told: what the device says, corrected by earlier discharges where there are any. */
  readonly by: "measured" | "told" | "toldCorrected";
  /** What the device itself says, ms. */
  readonly toldMs: number | null;
  /** Charge, %, at which the output died in earlier discharges; 0 where that is not known. */
  readonly emptyAt: number;
}

export type BatteryLook = BatteryLeft | { readonly outcome: "none"; readonly reason: NoForecast };

/**
 * How long a battery on discharge lasts at the load that it has now. Charge is followed over what was taken out, not over time: a load that
 * was heavier a while ago emptied it faster than the present one will. Pure.
 */
export function batteryLeft(samples: readonly BatterySample[], past: readonly Discharge[]): BatteryLook {
  const last = samples.at(-1);
  if (last === undefined) return { outcome: "none", reason: "tooFew" };
  const emptyAt = emptyChargeOf(past);
  const toldMs = samples.findLast((sample) => sample.toldMs !== null)?.toldMs ?? null;
  const usual = measured(samples, emptyAt, PEUKERT.usual);
  if (usual.outcome === "crossing") {
    const sides = [PEUKERT.least, PEUKERT.most].map((k) => measured(samples, emptyAt, k));
    const others = sides.flatMap((side) => (side.outcome === "crossing" ? [side] : []));
    const ends = [usual, ...others].map(({ latestMs }) => latestMs);
    return {
      outcome: "left",
      inMs: usual.inMs,
      earliestMs: Math.min(usual.earliestMs, ...others.map(({ earliestMs }) => earliestMs)),
      latestMs: ends.includes(null) ? null : Math.max(...ends.map(Number)),
      by: "measured",
      toldMs,
      emptyAt,
    };
  }
  if (usual.reason === "beyond") return usual;
  return toldMs === null ? usual : told(toldMs, past, emptyAt);
}

function measured(samples: readonly BatterySample[], emptyAt: number, k: number) {
  return crossingOf({
    series: { times: takenOut(samples, k), values: samples.map(({ charge }) => charge) },
    nowMs: 0,
    limit: emptyAt,
    direction: "low",
    resolution: 1,
    oneWay: { horizonMs: HORIZON_MS, reach: REACH },
  });
}

/** The time of every sample, before the last one, at which it would have been had the load always been what it is now. */
function takenOut(samples: readonly BatterySample[], k: number): readonly number[] {
  const loads = samples.flatMap(({ load }) => (load !== null && load > 0 ? [load] : []));
  const now = loads.length < samples.length / 2 ? null : median(loads.slice(-3));
  const times = new Array<number>(samples.length).fill(0);
  for (let n = samples.length - 1; n > 0; n -= 1) {
    const [before, after] = [samples[n - 1] as BatterySample, samples[n] as BatterySample];
    const load = before.load ?? after.load;
    const weight = now === null || load === null || load <= 0 ? 1 : (load / now) ** k;
    times[n - 1] = (times[n] as number) - (after.atMs - before.atMs) * weight;
  }
  return times;
}

/** Where the output died before; a battery that says 12 % at its end has none of the 12. */
function emptyChargeOf(past: readonly Discharge[]): number {
  const ends = past.flatMap(({ emptied, toCharge }) => (emptied && toCharge !== null ? [toCharge] : []));
  return ends.length === 0 ? 0 : median(ends.slice(-TOLD_PAST));
}

function told(toldMs: number, past: readonly Discharge[], emptyAt: number): BatteryLeft {
  const ratios = past.flatMap(({ toldRatio }) => (toldRatio === null ? [] : [toldRatio])).slice(-TOLD_PAST);
  const ratio = ratios.length === 0 ? 1 : median(ratios);
  const band =
    ratios.length === 0 ? TOLD_BAND : { least: Math.min(...ratios) * (1 - TOLD_KNOWN), most: Math.max(...ratios) * (1 + TOLD_KNOWN) };
  return {
    outcome: "left",
    inMs: toldMs * ratio,
    earliestMs: toldMs * band.least,
    latestMs: toldMs * band.most,
    by: ratios.length === 0 ? "told" : "toldCorrected",
    toldMs,
    emptyAt,
  };
}
