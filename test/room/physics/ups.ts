/** A 15 kVA three-phase-in, single-phase-out UPS with one string of sixteen 12 V blocks. Power in W, energy in J, time in s. */
export interface UpsState {
  /** Share of the battery's energy that is left, 0 to 1. */
  readonly charge: number;
  readonly source: "mains" | "battery" | "none";
  readonly loadW: number;
  /** What the machine takes from the mains, its losses and the charger included. */
  readonly inputW: number;
  /** Positive while the battery gives, negative while it is charged. */
  readonly batteryW: number;
  readonly secondsOnBattery: number;
}

export const UPS_RATED_W = 13_500;
const BATTERY_J = 2_200 * 3_600;
const EFFICIENCY = 0.94;
const OWN_USE_W = 120;
const CHARGER_W = 1_200;
/** Lead-acid takes less and less as it fills: from here on the charger is limited by voltage instead of current. */
const TAPER_FROM = 0.9;
/** The inverter starts again only when the mains is there; a battery at rest must not switch it on and off at the end. */
const EMPTY = 0.000_1;

export const freshUps = (charge: number): UpsState => ({
  charge,
  source: "mains",
  loadW: 0,
  inputW: 0,
  batteryW: 0,
  secondsOnBattery: 0,
});

/** One step of one UPS: who feeds the load, and what that does to the battery. */
export function stepUps(ups: UpsState, loadW: number, mainsPresent: boolean, dtSeconds: number): UpsState {
  if (mainsPresent) return onMains(ups, loadW, dtSeconds);
  if (ups.source === "none" || ups.charge <= EMPTY)
    return { ...ups, charge: ups.charge, source: "none", loadW: 0, inputW: 0, batteryW: 0, secondsOnBattery: ups.secondsOnBattery };
  const drawW = drawFor(loadW);
  return {
    charge: Math.max(0, ups.charge - (drawW * dtSeconds) / BATTERY_J),
    source: "battery",
    loadW,
    inputW: 0,
    batteryW: drawW,
    secondsOnBattery: ups.secondsOnBattery + dtSeconds,
  };
}

function onMains(ups: UpsState, loadW: number, dtSeconds: number): UpsState {
  const room = 1 - ups.charge;
  const chargerW = Math.min(CHARGER_W * Math.min(1, room / (1 - TAPER_FROM)), (room * BATTERY_J) / dtSeconds);
  return {
    charge: Math.min(1, ups.charge + (chargerW * 0.9 * dtSeconds) / BATTERY_J),
    source: "mains",
    loadW,
    inputW: drawFor(loadW) + chargerW,
    batteryW: -chargerW,
    secondsOnBattery: 0,
  };
}

const drawFor = (loadW: number): number => loadW / EFFICIENCY + OWN_USE_W;

/** Seconds until the output dies if the mains failed now, or has failed, at the present load. */
export const runtimeSeconds = (ups: UpsState): number =>
  ups.source === "none" ? 0 : Math.max(0, (ups.charge * BATTERY_J) / drawFor(ups.loadW));

/** Volts of the string: float when full, sagging with load and with emptiness, with the knee of lead-acid near the end. */
export function batteryVolts(ups: UpsState): number {
  if (ups.source === "mains") return ups.charge > 0.995 ? 218.4 : 204 + 12 * ups.charge;
  const rest = 170 + 36 * ups.charge ** 0.45;
  return ups.source === "none" ? rest + 8 : rest - (3 * ups.loadW) / UPS_RATED_W;
}

export function batteryStatus(ups: UpsState): "normal" | "low" | "depleted" {
  if (ups.charge <= EMPTY) return "depleted";
  return ups.charge < 0.2 || runtimeSeconds(ups) < 180 ? "low" : "normal";
}
