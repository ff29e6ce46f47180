import {
  type AirState,
  type CoolerState,
  freshAir,
  freshCooler,
  recirculatedShare,
  relativeHumidity,
  stepAir,
  stepCooler,
} from "./cooling.ts";
import { type MainsState, stepMains } from "./mains.ts";
import { wander } from "./noise.ts";
import { freshUps, stepUps, UPS_RATED_W, type UpsState } from "./ups.ts";

/** What somebody, or fate, does to the room. */
export interface Disturbances {
  readonly mainsFailed: boolean;
  readonly coolerFailed: boolean;
  readonly leaking: boolean;
  readonly doorOpen: boolean;
}

export const UNDISTURBED: Disturbances = { mainsFailed: false, coolerFailed: false, leaking: false, doorOpen: false };

/** The names of the places where a probe hangs. */
export type Place = "rackLow" | "rackHigh" | "rackFar" | "hotAisle" | "batteryRoom";

/** A whole machine room at one moment. */
export interface RoomState {
  /** Simulated seconds since the room was made; 0 is nine in the morning. */
  readonly seconds: number;
  /** What the servers take, W. */
  readonly itW: number;
  readonly upsA: UpsState;
  readonly upsB: UpsState;
  readonly crac1: CoolerState;
  readonly crac2: CoolerState;
  readonly air: AirState;
  readonly probes: Readonly<Record<Place, { readonly temperatureC: number; readonly humidity: number }>>;
  readonly mains: MainsState;
  readonly random: number;
  readonly weather: Readonly<Record<WeatherName, number>>;
}

type WeatherName = "v1" | "v2" | "v3" | "hertz" | "load" | Place;

const MEAN_IT_W = 12_000;
const DAY_SECONDS = 86_400;
const NINE_O_CLOCK = 9 * 3_600;
const LIGHTS_W = 350;
/** One step of the equations; longer spans are cut into these so that a fast room is the same room. */
const SLICE_SECONDS = 1;
/** A probe in its housing follows the air this slowly. */
const PROBE_SECONDS = 25;
/** Servers throttle when their inlet is hotter than this, and give up at the second figure. */
const THROTTLE_C = [42, 55] as const;
const WEATHER_SECONDS = 40;

/** The room on an ordinary morning, already in balance. The same seed gives the same day. */
export function ordinaryMorning(seed: number): RoomState {
  const zero = { volts: 0, amperes: 0, powerFactor: 0, watts: 0 };
  const start: RoomState = {
    seconds: 0,
    itW: MEAN_IT_W,
    upsA: freshUps(1),
    upsB: freshUps(0.99),
    crac1: freshCooler(),
    crac2: freshCooler(),
    air: freshAir(),
    probes: {
      rackLow: { temperatureC: 21, humidity: 50 },
      rackHigh: { temperatureC: 22.5, humidity: 47 },
      rackFar: { temperatureC: 21.5, humidity: 49 },
      hotAisle: { temperatureC: 32, humidity: 27 },
      batteryRoom: { temperatureC: 24, humidity: 42 },
    },
    mains: { present: true, hertz: 50, phases: [zero, zero, zero], energyKWh: 18_342.6 },
    random: seed | 0,
    weather: { v1: 0, v2: 0, v3: 0, hertz: 0, load: 0, rackLow: 0, rackHigh: 0, rackFar: 0, hotAisle: 0, batteryRoom: 0 },
  };
  return { ...step(start, UNDISTURBED, 1_800), seconds: 0 };
}

/** Advances the room by any span. Pure: the same state, disturbances and span always give the same room. */
export function step(state: RoomState, disturbances: Disturbances, dtSeconds: number): RoomState {
  let next = state;
  for (let left = dtSeconds; left > 0; left -= SLICE_SECONDS) next = slice(next, disturbances, Math.min(left, SLICE_SECONDS));
  return next;
}

function slice(state: RoomState, disturbances: Disturbances, dt: number): RoomState {
  const [weather, random] = wander(state.weather, state.random, dt, WEATHER_SECONDS);
  const mainsPresent = !disturbances.mainsFailed;
  const wantedW = wantedLoad(state, weather.load);
  const [upsA, upsB] = stepBothUps(state, wantedW, mainsPresent, dt);
  const itW = upsA.loadW + upsB.loadW;
  const crac1 = stepCooler(state.crac1, mainsPresent && !disturbances.coolerFailed, state.air, dt);
  const crac2 = stepCooler(state.crac2, mainsPresent, state.air, dt);
  const coolers = [crac1, crac2];
  const batteryRoomW = Math.abs(upsA.batteryW) * 0.08 + Math.abs(upsB.batteryW) * 0.08;
  const air = stepAir(state.air, coolers, itW, disturbances.doorOpen ? 1 : 0, batteryRoomW, dt);
  const watts = upsA.inputW + upsB.inputW + crac1.electricW + crac2.electricW + LIGHTS_W;
  return {
    seconds: state.seconds + dt,
    itW,
    upsA,
    upsB,
    crac1,
    crac2,
    air,
    probes: stepProbes(state, air, recirculatedShare(coolers, itW), weather, dt),
    mains: stepMains(state.mains, { present: mainsPresent, watts, wander: weather }, dt),
    random,
    weather,
  };
}

/** Office hours, a nightly back-up, a little noise; less when the servers protect themselves from heat. */
function wantedLoad(state: RoomState, noise: number): number {
  const dayShare = ((NINE_O_CLOCK + state.seconds) % DAY_SECONDS) / DAY_SECONDS;
  const office = Math.max(0, Math.sin((dayShare - 0.25) * Math.PI * 2));
  const backup = dayShare > 0.08 && dayShare < 0.15 ? 0.06 : 0;
  const inletC = state.probes.rackHigh.temperatureC;
  const throttled = Math.min(1, Math.max(0.25, 1 - (inletC - THROTTLE_C[0]) / (THROTTLE_C[1] - THROTTLE_C[0])));
  return MEAN_IT_W * (0.88 + 0.14 * office + backup + 0.006 * noise) * throttled;
}

/** Servers have two power supplies: both UPS share the load, and one takes all (up to its limit) when the other is dead. */
function stepBothUps(state: RoomState, wantedW: number, mainsPresent: boolean, dt: number): readonly [UpsState, UpsState] {
  const aliveA = mainsPresent || (state.upsA.source !== "none" && state.upsA.charge > 0.000_1);
  const aliveB = mainsPresent || (state.upsB.source !== "none" && state.upsB.charge > 0.000_1);
  const shareA = aliveA ? (aliveB ? 0.52 : 1) : 0;
  const loadA = Math.min(UPS_RATED_W, wantedW * shareA);
  const loadB = aliveB ? Math.min(UPS_RATED_W, wantedW * (1 - shareA)) : 0;
  return [stepUps(state.upsA, loadA, mainsPresent, dt), stepUps(state.upsB, loadB, mainsPresent, dt)];
}

function stepProbes(state: RoomState, air: AirState, recirculated: number, weather: RoomState["weather"], dt: number): RoomState["probes"] {
  const spread = air.hotC - air.coldC;
  const feltC: Record<Place, number> = {
    rackLow: air.coldC + 0.05 * recirculated * spread,
    rackHigh: air.coldC + 1.1 + 0.35 * recirculated * spread,
    rackFar: air.coldC + 0.5 + 0.15 * recirculated * spread,
    hotAisle: air.hotC,
    batteryRoom: air.batteryRoomC,
  };
  const keep = Math.exp(-dt / PROBE_SECONDS);
  const probe = (place: Place): { temperatureC: number; humidity: number } => {
    const noisyC = feltC[place] + 0.08 * weather[place];
    const temperatureC = noisyC + (state.probes[place].temperatureC - noisyC) * keep;
    return { temperatureC, humidity: relativeHumidity(temperatureC, air.waterGPerKg) };
  };
  return {
    rackLow: probe("rackLow"),
    rackHigh: probe("rackHigh"),
    rackFar: probe("rackFar"),
    hotAisle: probe("hotAisle"),
    batteryRoom: probe("batteryRoom"),
  };
}
