import { QUALITY } from "../../drivers/reading.ts";
import { batterySource } from "../site/battery-source.ts";
import type { Device, Site } from "../site/model.ts";
import { type BatteryLook, batteryLeft } from "./battery.ts";
import { type BatterySample, type Discharge, DischargeWatch, withDischarge } from "./discharge.ts";
import type { Latest } from "./limit-watch.ts";
import type { ForecastTime } from "./prediction-book.ts";

/** Samples of a discharge. */
export const SAMPLE_EVERY_MS = 10_000;
/** What is known of a discharge that goes on is kept this often: its end may be the end of the box. */
const KEEP_EVERY_MS = 60_000;
/** A battery that is not heard for so long is followed no further. */
const UNHEARD_MS = 300_000;

/** Points that a load is read from, the first that a device has. */
const LOADS = [
  /^ups\.load$/,
  /^ups\.realpower$/,
  /^output\.realpower$/,
  /^output\..+\.power\.percent$/,
  /^ups\.power$/,
  /^battery\.current$/,
];

/** `endedMs`: by the monotonic clock, of this boot. */
interface KeptDischarge extends Discharge {
  readonly endedMs?: number;
}

interface Battery {
  readonly device: Device;
  readonly source: number;
  readonly onBattery: number;
  readonly dead: number | null;
  readonly charge: number | null;
  readonly voltage: number | null;
  readonly runtime: number | null;
  readonly load: number | null;
  readonly loadPoint: string | null;
  restVoltage: number | null;
  watch: DischargeWatch | null;
  heardMs: number;
  keptMs: number;
}

/** What happened to a battery since the last look. */
export interface BatteryChange {
  readonly device: Device;
  readonly what: "emptied" | "recharging" | "lost";
}

/** Follows every battery of the site through its discharges, and keeps what they teach. */
export class BatteryWatch {
  readonly #batteries: readonly Battery[];
  /** Of earlier boots as they were kept; of this one with their monotonic end, so that a clock that is set moves them. */
  #past: readonly KeptDischarge[];
  changed = false;

  constructor(site: Pick<Site, "devices" | "spans" | "points">, past: readonly Discharge[]) {
    this.#past = past;
    this.#batteries = site.devices.flatMap((device, index) => batteryOf(site, device, site.spans[index]?.first ?? 0) ?? []);
  }

  get count(): number {
    return this.#batteries.length;
  }

  /** Devices whose battery gives now, with how long it lasts. */
  left(): readonly { readonly device: Device; readonly look: BatteryLook; readonly charge: number | null }[] {
    return this.#batteries.flatMap(({ device, watch }) => {
      if (watch === null) return [];
      const look = batteryLeft(watch.samples, this.#of(device.id));
      return [{ device, look, charge: watch.samples.findLast(({ charge }) => charge !== null)?.charge ?? null }];
    });
  }

  /** Of devices that have a battery: their past discharges, oldest first. */
  get pasts(): readonly { readonly device: Device; readonly past: readonly Discharge[] }[] {
    return this.#batteries.map(({ device }) => ({ device, past: this.#of(device.id) }));
  }

  rows({ monotonicMs, wallMs }: ForecastTime): readonly Discharge[] {
    return this.#past.map(({ endedMs, ...discharge }) =>
      endedMs === undefined ? discharge : { ...discharge, endedAtMs: Math.round(wallMs - (monotonicMs - endedMs)) },
    );
  }

  /** Call it every `SAMPLE_EVERY_MS`. */
  look(latest: Latest, now: ForecastTime): readonly BatteryChange[] {
    return this.#batteries.flatMap((battery) => this.#lookAt(battery, latest, now) ?? []);
  }

  #of(device: string): readonly Discharge[] {
    return this.#past.filter((discharge) => discharge.device === device);
  }

  #lookAt(battery: Battery, latest: Latest, now: ForecastTime): BatteryChange | null {
    const { monotonicMs: nowMs } = now;
    const good = (point: number | null): number | null =>
      point !== null && latest.qualities[point] === QUALITY.good ? (latest.values[point] as number) : null;
    const { device, watch } = battery;
    const source = good(battery.source);
    if (source === null) {
      if (watch === null || nowMs - battery.heardMs < UNHEARD_MS) return null;
      this.#keep(battery, watch, false, now);
      battery.watch = null;
      return { device, what: "lost" };
    }
    battery.heardMs = nowMs;
    if (source === battery.onBattery) {
      const discharge = watch ?? this.#begin(battery, nowMs);
      const load = good(battery.load);
      const runtime = good(battery.runtime);
      discharge.take({
        atMs: nowMs,
        charge: good(battery.charge),
        voltage: good(battery.voltage),
        load: load === null ? null : Math.abs(load),
        toldMs: runtime === null ? null : runtime * 1_000,
      } satisfies BatterySample);
      if (nowMs - battery.keptMs >= KEEP_EVERY_MS) this.#keep(battery, discharge, false, now);
      return null;
    }
    if (watch === null) {
      battery.restVoltage = good(battery.voltage);
      return null;
    }
    const emptied = source === battery.dead;
    this.#keep(battery, watch, emptied, now);
    battery.watch = null;
    return { device, what: emptied ? "emptied" : "recharging" };
  }

  #begin(battery: Battery, nowMs: number): DischargeWatch {
    battery.watch = new DischargeWatch(nowMs, battery.restVoltage);
    battery.keptMs = nowMs;
    return battery.watch;
  }

  /** What is kept of a discharge replaces what was kept of it before. */
  #keep(battery: Battery, watch: DischargeWatch, emptied: boolean, { monotonicMs, wallMs }: ForecastTime): void {
    battery.keptMs = monotonicMs;
    const taught = watch.end(battery.device.id, battery.loadPoint, emptied, wallMs);
    if (taught === null) return;
    const before = this.#past.filter(
      ({ device, endedMs }) => device !== battery.device.id || endedMs === undefined || endedMs < watch.startMs,
    );
    this.#past = withDischarge<KeptDischarge>(before, { ...taught, endedMs: monotonicMs });
    this.changed = true;
  }
}

function batteryOf(site: Pick<Site, "points">, device: Device, first: number): Battery | null {
  const names = device.points.map(({ name }) => name);
  const at = (name: string): number | null => (names.includes(name) ? first + names.indexOf(name) : null);
  const source = batterySource(site, device, first);
  if (source === null) return null;
  const loadPoint = LOADS.flatMap((pattern) => names.find((name) => pattern.test(name)) ?? [])[0] ?? null;
  return {
    device,
    source: source.point,
    onBattery: source.onBattery,
    dead: source.dead,
    charge: at("battery.charge"),
    voltage: at("battery.voltage"),
    runtime: at("battery.runtime"),
    load: loadPoint === null ? null : at(loadPoint),
    loadPoint,
    restVoltage: null,
    watch: null,
    heardMs: 0,
    keptMs: 0,
  };
}
