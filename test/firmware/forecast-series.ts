import { crossingOf, type NoForecast } from "../../firmware/forecast/crossing.ts";
import { median } from "../../firmware/forecast/line.ts";
import { seeded } from "../faults/seeded.ts";
import { ordinaryMorning, type Place, type RoomState, step, UNDISTURBED } from "../room/physics/room.ts";

/** A point as it would be read, with a limit. It counts from `fromS` on. */
export interface Scene {
  readonly name: string;
  readonly values: readonly (number | null)[];
  readonly periodS: number;
  readonly limit: number;
  readonly fromS: number;
  readonly resolution: number;
}

/** What forecasts, one a minute, were worth. */
export interface Worth {
  readonly asked: number;
  readonly said: number;
  /** Minutes, of those that were said and came true. */
  readonly medianErrorMin: number;
  /** Of the time that was left. */
  readonly medianErrorPart: number;
  /** Of those said: it happened within the band, or the band had no end and it did not happen. */
  readonly inBandPart: number;
  /** Said with an end of the band, and it never happened. */
  readonly falselySure: number;
  readonly reasons: ReadonlySet<NoForecast>;
}

const HOUR_S = 3_600;
/** The alarm waits a minute; so does the truth. */
const SUSTAINED_S = 60;

export function worthOf(scenes: readonly Scene[]): Worth {
  const errors: number[] = [];
  const parts: number[] = [];
  const reasons = new Set<NoForecast>();
  let [asked, said, inBand, falselySure] = [0, 0, 0, 0];
  for (const scene of scenes) {
    const truthS = crossedAt(scene);
    for (let nowS = scene.fromS + 60; nowS < (truthS ?? scene.values.length * scene.periodS); nowS += 60) {
      const look = lookAt(scene, nowS);
      asked += 1;
      if (look.outcome === "none") {
        reasons.add(look.reason);
        continue;
      }
      said += 1;
      if (truthS === null) {
        if (look.latestMs === null) inBand += 1;
        else falselySure += 1;
        continue;
      }
      const leftMs = (truthS - nowS) * 1_000;
      errors.push(Math.abs(look.inMs - leftMs) / 60_000);
      parts.push(Math.abs(look.inMs - leftMs) / leftMs);
      if (leftMs >= look.earliestMs && (look.latestMs === null || leftMs <= look.latestMs)) inBand += 1;
    }
  }
  return { asked, said, medianErrorMin: median(errors), medianErrorPart: median(parts), inBandPart: inBand / said, falselySure, reasons };
}

export function lookAt({ values, periodS, limit, resolution }: Scene, nowS: number) {
  const first = Math.max(0, Math.floor((nowS - HOUR_S) / periodS) + 1);
  const last = Math.floor(nowS / periodS) + 1;
  const times = Array.from({ length: last - first }, (_, n) => (first + n) * periodS * 1_000);
  return crossingOf({ series: { times, values: values.slice(first, last) }, nowMs: nowS * 1_000, limit, direction: "high", resolution });
}

function crossedAt({ values, periodS, limit, fromS }: Scene): number | null {
  const beyond = (n: number): boolean => (values[n] ?? Number.NEGATIVE_INFINITY) > limit;
  const rows = SUSTAINED_S / periodS;
  const at = values.findIndex((_, n) => n * periodS >= fromS && Array.from({ length: rows + 1 }, (_each, k) => n + k).every(beyond));
  return at < 0 ? null : at * periodS;
}

const BEFORE_S = HOUR_S;
const LIMITS: readonly (readonly [Place, number])[] = [
  ["rackHigh", 27],
  ["rackHigh", 32],
  ["rackFar", 27],
  ["rackFar", 32],
  ["hotAisle", 40],
];

/** The simulator's room with an hour of an ordinary morning before something fails. */
export function roomScenes(name: string, failure: "coolerFailed" | "mainsFailed", seed: number): readonly Scene[] {
  const rooms: RoomState[] = [];
  let room = ordinaryMorning(seed);
  for (let s = 0; s < BEFORE_S + 1.5 * HOUR_S; s += 5) {
    room = step(room, s < BEFORE_S ? UNDISTURBED : { ...UNDISTURBED, [failure]: true }, 5);
    rooms.push(room);
  }
  return LIMITS.map(([place, limit]) => ({
    ...{ name, periodS: 5, limit, fromS: BEFORE_S, resolution: 0.1 },
    values: rooms.map(({ probes }) => Number(probes[place].temperatureC.toFixed(1))),
  }));
}

interface Made {
  readonly noise: number;
  readonly resolution?: number;
  readonly limit: number;
  readonly hours: number;
  readonly fromS?: number;
  /** Part of the readings that are missing, in stretches. */
  readonly gaps?: number;
}

/** A curve of time in hours, with noise that remembers, rounded as a sensor rounds. */
export function madeScene(name: string, seed: number, curve: (hours: number) => number, made: Made): Scene {
  const { noise, resolution = 0.1, limit, hours, fromS = HOUR_S / 2, gaps = 0 } = made;
  const { next: random } = seeded(seed);
  let drift = 0;
  let silentRows = 0;
  const values = Array.from({ length: (hours * HOUR_S) / 10 }, (_, n): number | null => {
    const bell = random() + random() + random() + random() - 2;
    drift = drift * 0.8 + bell * 0.6 * Math.sqrt(3);
    if (silentRows > 0) silentRows -= 1;
    else if (random() < gaps / 30) silentRows = 30;
    return silentRows > 0 ? null : Math.round((curve(n / 360) + noise * drift) / resolution) * resolution;
  });
  return { name, values, periodS: 10, limit, fromS, resolution };
}

/** What forecasts are measured by. */
export function scenesBy(name: keyof typeof SCENES, seeds: readonly number[]): readonly Scene[] {
  return seeds.flatMap((seed) => SCENES[name](seed));
}

export const SCENES = {
  "one of two coolers fails": (seed: number) => roomScenes("cooler", "coolerFailed", seed),
  "mains fail": (seed: number) => roomScenes("mains", "mainsFailed", seed),
  "steady rise of 3 °C an hour": (seed: number) => [madeScene("rise", seed, (h) => 22 + 3 * h, { noise: 0.1, limit: 30, hours: 4 })],
  "steady rise, a fifth of the readings missing": (seed: number) => [
    madeScene("gaps", seed, (h) => 22 + 3 * h, { noise: 0.1, limit: 30, hours: 4, gaps: 0.2 }),
  ],
  "slow rise of 0.5 °C an hour": (seed: number) => [madeScene("slow", seed, (h) => 25.5 + 0.5 * h, { noise: 0.1, limit: 27, hours: 5 })],
  "sensor in steps of 1 °C": (seed: number) => [
    madeScene("steps", seed, (h) => 20 + 4 * h, { noise: 0.2, resolution: 1, limit: 29, hours: 4 }),
  ],
  "comes to rest beyond the limit": (seed: number) => [
    madeScene("rest", seed, (h) => 22 + 8 * (1 - Math.exp(-2 * h)), { noise: 0.1, limit: 28, hours: 3, fromS: 300 }),
  ],
  "comes to rest before the limit": (seed: number) => [
    madeScene("short", seed, (h) => 22 + 4.5 * (1 - Math.exp(-2 * h)), { noise: 0.1, limit: 27, hours: 4, fromS: 300 }),
  ],
  "a day's swing that stays below": (seed: number) => [
    madeScene("day", seed, (h) => 24 + 3 * Math.sin((2 * Math.PI * h) / 24), { noise: 0.15, limit: 27.5, hours: 24 }),
  ],
  "a cooler that starts and stops": (seed: number) => [
    madeScene("swing", seed, (h) => 24 + 1.5 * Math.sin(2 * Math.PI * 3 * h), { noise: 0.1, limit: 27, hours: 6 }),
  ],
  "wobbles for a day": (seed: number) => [madeScene("wobble", seed, () => 25, { noise: 0.4, limit: 27, hours: 24 })],
} as const satisfies Readonly<Record<string, (seed: number) => readonly Scene[]>>;
