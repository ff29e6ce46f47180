import type { ReadReport } from "../../drivers/driver.ts";
import { QUALITY, type Readings } from "../../drivers/reading.ts";
import { findPoint } from "../../drivers/vocabulary.ts";
import type { OpenBus } from "../../firmware/acquire/sessions.ts";
import type { Device } from "../../firmware/site/model.ts";
import type { Chance } from "./chance.ts";

/** Of the samples of a quiet room so many differ from the one before (2,000 points measured at 10 s). */
const CHANGES = 0.44;
/** How far a value strays from its place, in steps of the sensor. */
const STRAYS_STEPS = 40;
/** Beyond every limit of the site that `memorySite` makes. */
const HOT_DEGREES = 35;
const METER_POINTS = 13;
const PROBE_POINTS = 2;
/** Nine of ten points are those of meters. */
const METERS_PART = 0.9;
const DEVICES_PER_BUS = 10;

/** Where a value stands when nothing is wrong, by the end of its name. */
const PLACES: readonly (readonly [name: RegExp, value: number])[] = [
  [/temperature$/, 23],
  [/humidity$/, 45],
  [/voltage$/, 230],
  [/current$/, 12],
  [/powerfactor$/, 0.95],
  [/frequency$/, 50],
  [/power$/, 2_700],
];

interface Point {
  readonly factor: number;
  readonly isCounter: boolean;
  readonly isTemperature: boolean;
  readonly place: number;
  steps: number;
}

/** A room that answers from memory: sensors with a fixed resolution that wander, get hot, fall silent and come back. */
export class MemoryRoom {
  readonly #chance: Chance;
  readonly #hot = new Set<string>();
  readonly #silent = new Set<string>();
  readonly #unplugged = new Set<string>();

  constructor(chance: Chance) {
    this.#chance = chance;
  }

  heat(device: string, isHot: boolean): void {
    put(this.#hot, device, isHot);
  }

  /** The device answers nothing. */
  silence(device: string, isSilent: boolean): void {
    put(this.#silent, device, isSilent);
  }

  /** The adapter of the wire is not there. */
  unplug(bus: string, isUnplugged: boolean): void {
    put(this.#unplugged, bus, isUnplugged);
  }

  readonly openBus = async ({ id }: { readonly id: string }): Promise<OpenBus> => ({
    reader: (device) => this.#reader(id, device),
    release: async () => {},
    close: async () => {},
  });

  #reader(bus: string, device: Device): ReturnType<OpenBus["reader"]> {
    const points = device.points.map(pointOf);
    return {
      pointNames: device.points.map(({ name }) => name),
      read: async (into) => {
        if (this.#unplugged.has(bus)) return lost(into, "adapterMissing");
        if (this.#silent.has(device.id)) return lost(into, "timeout");
        const isHot = this.#hot.has(device.id);
        for (let n = 0; n < points.length; n += 1) {
          const point = points[n] as Point;
          this.#move(point);
          into.values[n] = isHot && point.isTemperature ? HOT_DEGREES : point.steps / point.factor;
        }
        into.qualities.fill(QUALITY.good);
        return { answered: true, transactions: 1, faults: [] };
      },
    };
  }

  #move(point: Point): void {
    const chance = this.#chance.next();
    if (chance >= CHANGES) return;
    const step = chance < CHANGES / 4 ? 2 : 1;
    const strayed = (point.steps - point.place) / STRAYS_STEPS;
    const isUp = point.isCounter || this.#chance.next() > 0.5 + strayed / 2;
    point.steps += isUp ? step : -step;
  }
}

function pointOf({ name }: Device["points"][number]): Point {
  const definition = findPoint(name);
  if (definition === undefined || definition.kind === "state") throw new Error(`${name}: this room measures only`);
  const factor = 10 ** definition.digits;
  const place = Math.round((PLACES.find(([pattern]) => pattern.test(name))?.[1] ?? 1_000) * factor);
  return {
    factor,
    isCounter: definition.kind === "counter" || name.endsWith("energy"),
    isTemperature: name === "ambient.temperature",
    place,
    steps: place,
  };
}

function lost(into: Readings, reason: "timeout" | "adapterMissing"): ReadReport {
  into.values.fill(Number.NaN);
  into.qualities.fill(QUALITY[reason]);
  return { answered: false, transactions: 1, faults: [{ reason, detail: reason }] };
}

function put(set: Set<string>, id: string, isIn: boolean): void {
  if (isIn) set.add(id);
  else set.delete(id);
}

/** What of the room's site file depends on the test. */
export interface MemorySite {
  readonly points: number;
  readonly everySeconds: number;
  readonly timezone: string;
  /** Webhook of the one target. */
  readonly webhook: { readonly url: string; readonly secret: string };
  /** Further sections, as YAML. */
  readonly more: string;
}

/** Probes are `th-1`, `th-2` …, meters `m-1` …; probes are hot above 30 °C, at once. */
export function memorySite({ points, everySeconds, timezone, webhook, more }: MemorySite): {
  readonly yaml: string;
  readonly probes: number;
  readonly buses: number;
} {
  const meters = Math.floor((points * METERS_PART) / METER_POINTS);
  const probes = Math.ceil((points - meters * METER_POINTS) / PROBE_POINTS);
  const devices = [...named("m", meters, "meter/eastron-sdm630"), ...named("th", probes, "sensor/xy-md02")];
  const buses = Math.ceil(devices.length / DEVICES_PER_BUS);
  const yaml = `site: { id: memory, name: { zh: 记忆机房, en: Room of memory }, timezone: ${timezone} }
areas: [{ id: room, name: { zh: 机房, en: Room } }]
buses:
${Array.from({ length: buses }, (_, bus) => `  - { id: b${bus}, kind: modbus-tcp, host: 127.0.0.1, port: ${1_000 + bus} }`).join("\n")}
devices:
${devices
  .map(
    ({ id, profile }, n) =>
      `  - { id: ${id}, area: room, bus: b${n % buses}, unit: ${1 + Math.floor(n / buses)}, profile: ${profile}, every: ${everySeconds}s }`,
  )
  .join("\n")}
rules:
  - { points: ["th-*/ambient.temperature"], high: { major: 30 }, deadband: 0, on: 0s, off: 0s }
targets:
  - { id: itsm, kind: webhook, url: "${webhook.url}", secret: "${webhook.secret}" }
${more}`;
  return { yaml, probes, buses };
}

const named = (prefix: string, count: number, profile: string) =>
  Array.from({ length: count }, (_, n) => ({ id: `${prefix}-${n + 1}`, profile }));
