import type { ReadReport } from "../drivers/driver.ts";
import { isGood, isPathMissing, QUALITY, qualityName, type Readings } from "../drivers/reading.ts";
import type { AccessRoom } from "./access/room.ts";
import { LastOnBattery } from "./acquire/last-on-battery.ts";
import { AdapterWatch, SilenceWatch } from "./acquire/silence.ts";
import { type WireParts, Wires } from "./acquire/wires.ts";
import { type AlarmAudience, AlarmDesk, type AlarmDeskParts } from "./alarm-desk.ts";
import type { BookTime, LatestReadings } from "./alarms/book.ts";
import type { Restamp } from "./alarms/restamp.ts";
import type { BusHealth, Health, History, PointValue } from "./contract/site.ts";
import type { ExpectedRoom } from "./expected-room.ts";
import type { RingContent, RingShape } from "./history/last-hour.ts";
import type { MinuteFeed } from "./history/open.ts";
import { ComputedPoints, workedOut } from "./points/computed.ts";
import { historyOf } from "./points/history.ts";
import { DeviceRing, ringRows } from "./points/ring.ts";
import { type Moment, type PointEntry, type PointSpan, PointTable } from "./points/table.ts";
import { batterySource } from "./site/battery-source.ts";
import type { Device, Site } from "./site/model.ts";
import { alarmKey, isSharedWire, LOST_AFTER_MIN_MS, LOST_POLLS } from "./site/rules.ts";

const TICK_MS = 500;
/** A tick that comes so much late is not one of a busy box: it did not run at all, and what happened meanwhile nobody read. */
const STOOD_STILL_MS = 3_000;

/** Who watches: the live hub, once somebody can connect to it. */
export interface Audience extends AlarmAudience {
  markPoints(points: readonly number[]): void;
  /** How many listen: for nobody the state of all buses is not gathered twice a second. */
  clientCount(): number;
  buses(buses: readonly BusHealth[]): void;
}

export interface GatewayParts extends AlarmDeskParts, WireParts {
  readonly minutes: MinuteFeed;
  readonly version: string;
  /** Makes entries of what doors and readers say; takes card numbers out of the readings. */
  readonly doors?: Pick<AccessRoom, "take" | "tick">;
  /** How often delays are looked at and values grow stale; left out: twice a second. A simulated month does with less. */
  readonly tickMs?: number;
  /** Sees what is expected to happen. */
  readonly expected?: Pick<ExpectedRoom, "take" | "tick">;
}

/** The room as it runs: readings in, judged, remembered, shown. Plain calls from one end to the other. */
export class Gateway {
  readonly table: PointTable;
  readonly desk: AlarmDesk;
  readonly wires: Wires;
  readonly #parts: GatewayParts;
  /** One for each device, and one for all points that are worked out. */
  readonly #rings: readonly DeviceRing[];
  readonly #formulas: ComputedPoints;
  readonly #watches: readonly SilenceWatch[];
  /** By device; null for those without a battery. */
  readonly #batteries: readonly (LastOnBattery | null)[];
  readonly #answeredSinceTick: boolean[];
  readonly #adapters: ReadonlyMap<string, AdapterWatch>;
  readonly #startMs: number;
  readonly #tickMs: number;
  /** Columns of the computed points, which stand behind those of the wires; made when there is one. */
  #computed: LatestReadings | null = null;
  #endTick = (): void => {};
  #audience: Audience | null = null;
  #lastBuses = "";
  #tickedMs = 0;
  #firstReadingMs: number | null = null;

  constructor(parts: GatewayParts) {
    const { site, clock, live } = parts;
    this.#parts = parts;
    this.#startMs = clock.monotonicMs();
    this.#tickMs = parts.tickMs ?? TICK_MS;
    this.table = new PointTable(site.points, site.spans);
    const ringOf = (points: number, periodMs: number) => new DeviceRing(points, ringRows(periodMs, site.points.length));
    this.#rings = [
      ...site.devices.map(({ points, periodMs }) => ringOf(points.length, periodMs)),
      ringOf(site.formulas.length, Math.min(...site.devices.map(({ periodMs }) => periodMs))),
    ];
    this.#formulas = new ComputedPoints(site.formulas);
    const active = new Set(live.filter(({ clearedAtMs }) => clearedAtMs === null).map(({ key }) => key));
    this.#watches = site.devices.map((device) => this.#watch(device, active));
    this.#batteries = site.devices.map((device, index) => this.#battery(device, (site.spans[index] as PointSpan).first, active));
    this.#adapters = new Map(site.buses.map(({ id }) => [id, new AdapterWatch(active.has(adapterKey(site, id)))]));
    this.#answeredSinceTick = site.devices.map(() => false);
    this.desk = new AlarmDesk(parts);
    this.wires = new Wires(parts, {
      readings: (device, readings, report) => this.#take(device, readings, report),
      adapter: (bus, missing) => this.#adapter(bus, missing),
      deaf: (isDeaf) => this.desk.boxAlarm("traps", isDeaf),
    });
  }

  /** Opens the wires and reads until `stop`. Resolves when every loop is on its way. */
  async start(): Promise<void> {
    this.desk.begin();
    this.#tickedMs = this.#parts.clock.monotonicMs();
    this.#endTick = this.#parts.clock.every(this.#tickMs, () => this.#tick());
    await this.wires.start();
  }

  /** Ends reading, closes the wires, and waits for what is on its way to the disk. */
  async stop(): Promise<void> {
    this.#endTick();
    await this.wires.close();
    await this.desk.close();
  }

  attach(audience: Audience): void {
    this.#audience = audience;
    this.desk.attach(audience);
  }

  /** Milliseconds from the start of the process to the first good reading; null until then. */
  get firstReadingMs(): number | null {
    return this.#firstReadingMs;
  }

  pointValues(): readonly PointValue[] {
    const { values, qualities, lastGoodWallMs } = this.table;
    return this.table.entries.map(({ id, definition }, point) => {
      const value = values[point] as number;
      const good = qualities[point] === 0;
      const atMs = lastGoodWallMs[point] as number;
      return {
        id,
        value: good ? value : null,
        state: good && definition.kind === "state" ? (definition.states[value]?.name ?? null) : null,
        unit: definition.unit,
        quality: qualityName(qualities[point] as number),
        readAtMs: Number.isNaN(atMs) ? null : atMs,
      };
    });
  }

  history(ids: readonly string[], minutes: number): History | { readonly unknown: readonly string[] } {
    const unknown = ids.filter((id) => this.table.numberOf(id) === undefined);
    if (unknown.length > 0) return { unknown };
    const columns = ids.map((id) => {
      const point = this.table.numberOf(id) as number;
      const device = this.table.spans.findIndex(({ first, count }) => point >= first && point < first + count);
      const { first } = this.table.spans[device] ?? this.#workedOutSpan;
      return { id, ring: this.#rings.at(device) as DeviceRing, index: point - first };
    });
    return historyOf(columns, minutes * 60_000, this.desk.now());
  }

  /** What the rings can hold, for `History.lastHour`. */
  ringShapes(): readonly RingShape[] {
    return [...this.table.spans, this.#workedOutSpan].map(({ first, count }, place) => ({
      points: this.table.entries.slice(first, first + count).map(({ id }) => id),
      rows: (this.#rings[place] as DeviceRing).rows,
    }));
  }

  /** Puts what is known of the hour before the start in front of what was read since. */
  fillRings(contents: readonly RingContent[]): void {
    const { wallMs, monotonicMs } = this.desk.now();
    contents.forEach(({ times, values }, device) => {
      this.#rings[device]?.fill(
        times.map((atMs) => atMs - wallMs + monotonicMs),
        values,
      );
    });
  }

  health(): Health {
    const points = this.table.freshness();
    const journal = this.desk.journalWorks ? "ok" : "failing";
    const status = points.stale === 0 && journal === "ok" ? "ok" : "degraded";
    const uptimeSeconds = Math.floor((this.#parts.clock.monotonicMs() - this.#startMs) / 1_000);
    return { status, version: this.#parts.version, uptimeSeconds, points, journal };
  }

  /** Judges a number that the box works out itself (`Site.computed`). Returns whether an alarm rang. */
  judgeComputed(point: number, value: number): boolean {
    const { points, computed } = this.#parts.site;
    const count = points.length + computed.length;
    this.#computed ??= { values: new Float64Array(count), qualities: new Uint8Array(count).fill(QUALITY.never) };
    this.#computed.values[point] = value;
    this.#computed.qualities[point] = QUALITY.good;
    return this.desk.judge(point, 1, this.#computed, this.desk.now());
  }

  /** The time of day became known: what is shown says the right time from now on. */
  restamp(by: Restamp): void {
    this.table.restamp(by.offsetMs);
    this.desk.restamp(by);
  }

  /** Behind the points of the wires. */
  get #workedOutSpan(): PointSpan {
    const count = this.#parts.site.formulas.length;
    return { first: this.table.entries.length - count, count };
  }

  /** Works out anew what is made of these points, and judges it. */
  #workOut(first: number, count: number, now: Moment & BookTime): void {
    const columns = this.#formulas.affected(first, count);
    if (columns.length === 0) return;
    const changed: number[] = [];
    for (const column of columns) {
      const { number } = column;
      const { value, quality } = workedOut(column, (this.table.entries[number] as PointEntry).definition, this.table);
      this.#parts.minutes.take(number, Float64Array.of(value), this.table);
      if (this.table.put(number, value, quality, now)) changed.push(number);
    }
    if (changed.length > 0) this.#audience?.markPoints(changed);
    const span = this.#workedOutSpan;
    const { values, qualities } = this.table;
    const row = values.slice(span.first).map((value, place) => (isGood(qualities[span.first + place] as number) ? value : Number.NaN));
    (this.#rings.at(-1) as DeviceRing).push(row, now.monotonicMs);
    for (const { number } of columns) this.desk.judge(number, 1, this.table, now);
  }

  #watch(device: Device, active: ReadonlySet<string>): SilenceWatch {
    const site = this.#parts.site.id;
    const keys = {
      lost: alarmKey(site, device.area, device.id, null, "lost"),
      stale: device.points.map(({ name }) => alarmKey(site, device.area, device.id, name, "stale")),
    };
    return new SilenceWatch(keys, { polls: LOST_POLLS, afterMs: LOST_AFTER_MIN_MS }, this.#startMs, active);
  }

  #battery(device: Device, first: number, active: ReadonlySet<string>): LastOnBattery | null {
    const { site } = this.#parts;
    const source = batterySource(site, device, first);
    if (source === null) return null;
    const { name, definition } = site.points[source.point] as PointEntry;
    const state = definition.kind === "state" ? definition.states[source.onBattery]?.name : undefined;
    return new LastOnBattery(source, state !== undefined && active.has(alarmKey(site.id, device.area, device.id, name, state)));
  }

  #take(device: number, readings: Readings, report: ReadReport): void {
    const now = this.desk.now();
    const span = this.table.spans[device] as PointSpan;
    const changed: number[] = [];
    // First of all: what is taken out of the readings is not remembered by the minute either.
    this.#parts.doors?.take(device, readings, report, now);
    this.#parts.minutes.take(span.first, readings.values, this.table);
    this.table.apply(device, readings, report, now, changed);
    (this.#rings[device] as DeviceRing).push(readings.values, now.monotonicMs);
    if (changed.length > 0) this.#audience?.markPoints(changed);
    if (report.answered) {
      this.#answeredSinceTick[device] = true;
      if (this.#firstReadingMs === null) this.#firstReading(now.monotonicMs);
    } else {
      this.desk.pause(span.first, span.count, now);
      for (const { number } of this.#formulas.affected(span.first, span.count)) this.desk.pause(number, 1, now);
    }
    this.#listen(device, report, now);
    if (!report.answered && changed.length === 0) return;
    this.desk.judge(span.first, span.count, this.table, now);
    this.#workOut(span.first, span.count, now);
    this.#parts.expected?.take(span.first, span.count, this.table, now);
  }

  #listen(device: number, report: ReadReport, now: BookTime): void {
    const pathMissing = report.faults.some(({ reason }) => isPathMissing(reason));
    const watch = this.#watches[device] as SilenceWatch;
    const verdicts = watch.heard(report.answered, pathMissing, now.monotonicMs);
    if (report.answered || watch.isLost) this.desk.heard(device);
    const battery = this.#batteries[device] ?? null;
    if (report.answered) battery?.heard(this.table, now.monotonicMs);
    for (const { key, silent } of verdicts) this.desk.condition(key, silent, now, battery?.mayBeDischarging === true ? 1 : 0);
    if (verdicts.length > 0) this.#listenToBus((this.#parts.site.devices[device] as Device).bus, now);
  }

  /** When the last device of a bus is lost as well, it is the wire; the first one that answers ends that. */
  #listenToBus(bus: string, now: BookTime): void {
    const { site } = this.#parts;
    if (!site.buses.some((entry) => entry.id === bus && isSharedWire(entry, site.devices))) return;
    const isSilent = site.devices.every((device, index) => device.bus !== bus || (this.#watches[index] as SilenceWatch).isLost);
    this.desk.condition(alarmKey(site.id, "bus", bus, null, "busSilent"), isSilent, now);
  }

  #adapter(bus: string, missing: boolean): void {
    const watch = this.#adapters.get(bus) as AdapterWatch;
    const verdict = watch.saw(missing, this.#parts.clock.monotonicMs());
    // Also one that was missing before this start: nobody behind it will be heard.
    if (watch.isMissing) for (const [index, device] of this.#parts.site.devices.entries()) if (device.bus === bus) this.desk.heard(index);
    if (verdict !== null) this.desk.condition(adapterKey(this.#parts.site, bus), verdict.missing, this.desk.now());
  }

  /** What happens because time passes: values grow stale, delays run out, wires change their health. */
  #tick(): void {
    const now = this.desk.now();
    this.#noticeStandstill(now);
    const stale = this.table.sweep(now);
    this.#parts.minutes.tick(this.table);
    if (stale.length > 0) {
      this.#audience?.markPoints(stale);
      for (const point of stale) {
        this.desk.judge(point, 1, this.table, now);
        this.#workOut(point, 1, now);
      }
    }
    this.desk.tick(this.table, now);
    this.#parts.doors?.tick(now);
    this.#parts.expected?.tick(now);
    this.#answeredSinceTick.forEach((answered, device) => {
      if (!answered) return;
      this.#answeredSinceTick[device] = false;
      const { first } = this.table.spans[device] as PointSpan;
      const verdicts = (this.#watches[device] as SilenceWatch).points(this.table, first, this.#startMs);
      for (const { key, silent } of verdicts) this.desk.condition(key, silent, now);
    });
    this.#publishBuses();
  }

  /** A disk that hangs, a host that holds its guest up: no delay of a rule may run out over readings that nobody took. */
  #noticeStandstill(now: BookTime): void {
    const lateMs = now.monotonicMs - this.#tickedMs - this.#tickMs;
    this.#tickedMs = now.monotonicMs;
    if (lateMs < STOOD_STILL_MS) return;
    this.desk.pause(0, this.table.entries.length, now);
    const seconds = Math.round(lateMs / 1_000);
    this.#parts.log("warn", {
      zh: `网关停顿了 ${seconds} 秒，期间没有采集；请检查存储卡、内存和宿主机负载`,
      en: `the gateway stood still for ${seconds} s and read nothing meanwhile; look at the card it writes to, its memory and the load of its host`,
    });
  }

  #publishBuses(): void {
    if (this.#audience === null || this.#audience.clientCount() === 0) {
      // Whoever comes is told how things stand, and from then on of each change.
      this.#lastBuses = "";
      return;
    }
    const buses = this.wires.buses();
    const seen = JSON.stringify(
      buses.map(({ id, state, lastFault, devicesBackingOff, traps, lent }) => [id, state, lastFault, devicesBackingOff, traps, lent]),
    );
    if (seen === this.#lastBuses) return;
    this.#lastBuses = seen;
    this.#audience.buses(buses);
  }

  #firstReading(atMs: number): void {
    this.#firstReadingMs = atMs;
    const ms = Math.round(atMs);
    this.#parts.log("info", { zh: `启动后 ${ms} 毫秒得到第一个读数`, en: `first reading ${ms} ms after start` });
  }
}

function adapterKey(site: Site, bus: string): string {
  return alarmKey(site.id, "bus", bus, null, "adapterMissing");
}
