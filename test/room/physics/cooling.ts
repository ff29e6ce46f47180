/**
 * Air and the two machines that cool it. Two lumps of heat (cold aisle, hot aisle) exchange air through racks, coolers and over
 * the racks' tops. Temperatures in °C, power in W, heat capacity in J/K, air flow as heat flow per kelvin (W/K).
 */
export interface CoolerState {
  /** Compressor and fan are told to run; false in a failure or without mains. */
  readonly running: boolean;
  /** Share of the full capacity, 0 to 1. */
  readonly demand: number;
  /** Share of the full fan speed, 0 to 1; spins down slowly. */
  readonly fan: number;
  /** Compressors must rest between two starts. */
  readonly restSeconds: number;
  readonly returnC: number;
  readonly supplyC: number;
  readonly electricW: number;
}

export interface AirState {
  readonly coldC: number;
  readonly hotC: number;
  readonly batteryRoomC: number;
  /** Grams of water per kilogram of air; one figure, air mixes faster than the probes notice. */
  readonly waterGPerKg: number;
}

const SUPPLY_SETPOINT_C = 20;
export const RETURN_SETPOINT_C = 30;
export const HUMIDITY_SETPOINT = 50;
/** Full sensible capacity of one cooler: two carry the demo load with little to spare, one does not. */
const COOLER_CAPACITY_W = 8_000;
const FLOW_FULL_W_PER_K = 700;
/** Servers move air for about 11 K from inlet to outlet. */
const SERVER_RISE_K = 11;
const COLD_J_PER_K = 450_000;
const HOT_J_PER_K = 250_000;
const WALL_W_PER_K = 150;
export const OUTSIDE_C = 30;
const OUTSIDE_G_PER_KG = 16;
const COMPRESSOR_REST_S = 60;
const BATTERY_ROOM_S = 1_800;

export const freshCooler = (): CoolerState => ({
  running: true,
  demand: 0.75,
  fan: 0.8,
  restSeconds: 0,
  returnC: 32.5,
  supplyC: SUPPLY_SETPOINT_C,
  electricW: 2_300,
});

export const freshAir = (): AirState => ({ coldC: 21, hotC: 32, batteryRoomC: 24, waterGPerKg: 7.9 });

/** One cooler for one step: demand follows the supply temperature, fan and compressor follow demand with their own slowness. */
export function stepCooler(cooler: CoolerState, allowed: boolean, air: AirState, dtSeconds: number): CoolerState {
  const restSeconds = allowed ? Math.max(0, cooler.restSeconds - dtSeconds) : COMPRESSOR_REST_S;
  const compressing = allowed && restSeconds === 0;
  const fanTarget = allowed ? 0.55 + 0.45 * cooler.demand : 0;
  const fan = approach(cooler.fan, fanTarget, dtSeconds, allowed ? 8 : 20);
  const flow = FLOW_FULL_W_PER_K * fan;
  const returnC = approach(cooler.returnC, air.hotC, dtSeconds, 15);
  const wanted = (flow * (returnC - SUPPLY_SETPOINT_C)) / COOLER_CAPACITY_W;
  const demand = compressing ? clamp(approach(cooler.demand, clamp(wanted, 0, 1), dtSeconds, 30), 0, 1) : 0;
  const coolingW = coolingOf(demand);
  const supplyTarget = flow > 40 ? returnC - coolingW / flow : returnC;
  return {
    running: allowed,
    demand,
    fan,
    restSeconds,
    returnC,
    supplyC: approach(cooler.supplyC, supplyTarget, dtSeconds, 12),
    electricW: allowed ? 80 + 900 * fan ** 3 + coolingW / 3.2 : 0,
  };
}

const coolingOf = (demand: number): number => COOLER_CAPACITY_W * demand;

/** Heat balance of the room for one step, driven by the heat of the servers and the air of the coolers. */
export function stepAir(
  air: AirState,
  coolers: readonly CoolerState[],
  serverW: number,
  doorsOpen: number,
  batteryRoomW: number,
  dtSeconds: number,
): AirState {
  const supplyFlow = coolers.reduce((sum, cooler) => sum + FLOW_FULL_W_PER_K * cooler.fan, 0);
  const supplyHeat = coolers.reduce((sum, cooler) => sum + FLOW_FULL_W_PER_K * cooler.fan * (cooler.supplyC - air.coldC), 0);
  const serverFlow = serverW / SERVER_RISE_K;
  const recirculated = Math.max(0, serverFlow - supplyFlow);
  const bypassed = Math.max(0, supplyFlow - serverFlow);
  const leakW = (WALL_W_PER_K + 120 * doorsOpen) / 2;
  const coldW = supplyHeat + recirculated * (air.hotC - air.coldC) + leakW * (OUTSIDE_C - air.coldC);
  const hotW = serverW - serverFlow * (air.hotC - air.coldC) + bypassed * (air.coldC - air.hotC) + leakW * (OUTSIDE_C - air.hotC);
  const cooling = coolers.reduce((sum, cooler) => sum + cooler.demand, 0);
  const drying = cooling > 0 ? 0.002 * cooling * (7.9 - air.waterGPerKg) : 0;
  const leaking = (0.000_02 + 0.000_8 * doorsOpen) * (OUTSIDE_G_PER_KG - air.waterGPerKg);
  return {
    coldC: air.coldC + (coldW * dtSeconds) / COLD_J_PER_K,
    hotC: air.hotC + (hotW * dtSeconds) / HOT_J_PER_K,
    batteryRoomC: approach(air.batteryRoomC, 24 + batteryRoomW / 250, dtSeconds, BATTERY_ROOM_S),
    waterGPerKg: air.waterGPerKg + (drying + leaking) * dtSeconds,
  };
}

/** How much of the servers' air is their own exhaust: what the probe at the top of a rack feels first. */
export function recirculatedShare(coolers: readonly CoolerState[], serverW: number): number {
  const supplyFlow = coolers.reduce((sum, cooler) => sum + FLOW_FULL_W_PER_K * cooler.fan, 0);
  return serverW <= 0 ? 0 : clamp(1 - supplyFlow / (serverW / SERVER_RISE_K), 0, 1);
}

/** Relative humidity, %, of air with that much water at that temperature (Magnus formula, 101.3 kPa). */
export function relativeHumidity(temperatureC: number, waterGPerKg: number): number {
  const saturationHpa = 6.112 * Math.exp((17.62 * temperatureC) / (243.12 + temperatureC));
  const vapourHpa = (1_013.25 * waterGPerKg) / (622 + waterGPerKg);
  return clamp((100 * vapourHpa) / saturationHpa, 0, 100);
}

function approach(value: number, target: number, dtSeconds: number, memorySeconds: number): number {
  return target + (value - target) * Math.exp(-dtSeconds / memorySeconds);
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
