import type { ReadReport } from "../drivers/driver.ts";
import type { ExchangeRecord } from "../drivers/line/watch.ts";
import { isPathMissing, QUALITY, qualityName, type Readings } from "../drivers/reading.ts";
import type { AccessRoom } from "./access/room.ts";
import { type BusDevice, type BusListener, BusLoop } from "./acquire/bus.ts";
import type { Loaned } from "./acquire/loan.ts";
import { gridOf } from "./acquire/schedule.ts";
import { type OpenBus, openBus } from "./acquire/sessions.ts";
import { AdapterWatch, SilenceWatch } from "./acquire/silence.ts";
import type { TrapListener } from "./acquire/traps.ts";
import { AlarmBook, type BookTime, type LatestReadings } from "./alarms/book.ts";
import { type AlarmStep, isRecorded } from "./alarms/change.ts";
import type { Restamp } from "./alarms/restamp.ts";
import type { BoxCondition } from "./alarms/rule.ts";
import type { AcknowledgeReply, AlarmRecord, Delivery, Incident, Words } from "./contract/alarm.ts";
import type { BusDoctorView } from "./contract/doctor.ts";
import type { BusHealth, Health, History, PointValue, TrapHealth } from "./contract/site.ts";
import { BusDoctor } from "./doctor/doctor.ts";
import type { RingContent, RingShape } from "./history/last-hour.ts";
import type { MinuteFeed } from "./history/open.ts";
import type { DescribeSubject } from "./incidents/event.ts";
import { incidentNumberOf, printIncidentNumber } from "./incidents/number.ts";
import { type Journal, JournalError } from "./journal/journal.ts";
import type { Clock } from "./platform/clock.ts";
import type { LogLevel } from "./platform/voice.ts";
import { historyOf } from "./points/history.ts";
import { DeviceRing, ringRows } from "./points/ring.ts";
import { type PointSpan, PointTable } from "./points/table.ts";
import { Recorder } from "./recorder.ts";
import type { Device, Site } from "./site/model.ts";
import { alarmKey, boxAlarmKey, isSharedWire, LOST_AFTER_MIN_MS, LOST_POLLS } from "./site/rules.ts";
import type { TicketState } from "./upstream/dialect.ts";
import { TicketWords } from "./upstream/ticket-words.ts";

const TICK_MS = 500;
/** A journal that was replaced, or a flush that was slow, is no alarm. */
const JOURNAL_ALARM_AFTER_MS = 2_000;

/** Who watches: the live hub, once somebody can connect to it. */
export interface Audience {
  markPoints(points: readonly number[]): void;
  alarms(changed: readonly AlarmRecord[], ended: readonly string[]): void;
  deliveries(incident: string, deliveries: readonly Delivery[]): void;
  buses(buses: readonly BusHealth[]): void;
}

export interface GatewayParts {
  readonly site: Site;
  readonly journal: Journal;
  /** Live alarms of the journal at start, and the deliveries of their incidents. */
  readonly live: readonly AlarmRecord[];
  readonly deliveries: Readonly<Record<string, readonly Delivery[]>>;
  /** Times that the journal had before this boot: another configuration is no new boot. Absent: those of `live`. */
  readonly knownTimes?: ReadonlySet<number>;
  readonly minutes: MinuteFeed;
  /** The highest number that an incident of this box has. */
  readonly lastIncidentNumber: number;
  /** What targets are told of the subject of an alarm. */
  readonly subject: DescribeSubject;
  readonly clock: Clock;
  readonly version: string;
  /** Deliveries are waiting in the outbox. */
  readonly wakeUpstream: () => void;
  readonly log: (level: LogLevel, words: Words) => void;
  /** Makes entries of what doors and readers say; takes card numbers out of the readings. */
  readonly doors?: Pick<AccessRoom, "take" | "tick">;
  /** Opens a wire; without it by the drivers of the box. */
  readonly openBus?: typeof openBus | undefined;
}

/** The room as it runs: readings in, judged, remembered, shown. Plain calls from one end to the other. */
export class Gateway {
  readonly table: PointTable;
  readonly #parts: GatewayParts;
  readonly #book: AlarmBook;
  readonly #recorder: Recorder;
  readonly #rings: readonly DeviceRing[];
  readonly #watches: readonly SilenceWatch[];
  readonly #answeredSinceTick: boolean[];
  readonly #deliveries: Map<string, readonly Delivery[]>;
  readonly #stopping = new AbortController();
  readonly #adapters: ReadonlyMap<string, AdapterWatch>;
  readonly #startMs: number;
  readonly #tickets = new TicketWords();
  /** Columns of the computed points, which stand behind those of the wires; made when there is one. */
  #computed: LatestReadings | null = null;
  #loops: readonly BusLoop[] = [];
  #wires: readonly OpenBus[] = [];
  #traps: TrapListener | null = null;
  #doctors: readonly BusDoctor[] = [];
  #running: Promise<unknown> = Promise.resolve();
  #audience: Audience | null = null;
  readonly #listeners = new Map<string, Set<BusListener>>();
  #lastBuses = "";
  /** Who finds at present that the journal cannot be written. */
  readonly #journalTrouble = new Set<"recorder" | "keeper">();
  #journalFailsSinceMs: number | null = null;
  #firstReadingMs: number | null = null;

  constructor(parts: GatewayParts) {
    const { site, clock, live } = parts;
    this.#parts = parts;
    this.#startMs = clock.monotonicMs();
    this.table = new PointTable(site.points, site.spans);
    this.#rings = site.devices.map((device) => new DeviceRing(device.points.length, ringRows(device.periodMs, site.points.length)));
    let last = Math.max(parts.lastIncidentNumber, ...live.map(incidentNumberOf));
    const newNumber = (): string => {
      last += 1;
      return printIncidentNumber(last);
    };
    this.#book = new AlarmBook(site.rules, live, () => clock.uuid(), newNumber, parts.knownTimes);
    const active = new Set(live.filter(({ clearedAtMs }) => clearedAtMs === null).map(({ key }) => key));
    this.#watches = site.devices.map((device) => this.#watch(device, active));
    this.#adapters = new Map(site.buses.map(({ id }) => [id, new AdapterWatch(active.has(adapterKey(site, id)))]));
    this.#answeredSinceTick = site.devices.map(() => false);
    this.#deliveries = new Map(Object.entries(parts.deliveries));
    this.#recorder = new Recorder(parts.journal, clock, {
      show: (changes) => this.#show(changes),
      committed: (deliveries) => this.#committed(deliveries),
      subject: ({ record }) => parts.subject(record),
      health: (state, detail) => this.journalHealth("recorder", state, detail),
      lostMemory: () => this.#recordAgain(),
    });
  }

  /** Opens the wires and reads until `stop`. Resolves when every loop is on its way. */
  async start(): Promise<void> {
    const { site, clock } = this.#parts;
    this.#apply(this.#book.retire(this.#now()));
    const open = this.#parts.openBus ?? openBus;
    this.#doctors = site.buses.map((bus) => new BusDoctor(bus, site.devices, clock));
    for (const [index, { id }] of site.buses.entries()) this.listenTo(id, this.#doctors[index] as BusDoctor);
    const watchOn = (id: string) => (record: ExchangeRecord) => this.#tell(id, (listener) => listener.exchange(record));
    this.#wires = await Promise.all(site.buses.map((bus) => open(bus, clock, { watch: watchOn(bus.id) })));
    const startMs = clock.monotonicMs();
    this.#loops = site.buses.map((bus, index) => {
      const wire = this.#wires[index] as OpenBus;
      const devices = site.devices.flatMap((device, place): BusDevice[] => {
        if (device.bus !== bus.id) return [];
        const reader = wire.reader(device, () => this.#loops[index]?.changed(place));
        return [{ index: place, id: device.id, periodMs: device.periodMs, reader }];
      });
      const events = {
        turn: (device: BusDevice | null) => this.#tell(bus.id, (listener) => listener.turn(device?.id ?? null)),
        readings: (device: BusDevice, readings: Readings, report: ReadReport) => this.#take(device.index, readings, report),
        adapter: (id: string, missing: boolean) => this.#adapter(id, missing),
      };
      return new BusLoop(bus.id, devices, gridOf(index, site.buses.length, startMs), clock, events, () => wire.release());
    });
    const endTick = clock.every(TICK_MS, () => this.#tick());
    this.#stopping.signal.addEventListener("abort", endTick, { once: true });
    this.#running = Promise.all(this.#loops.map((loop) => loop.run(this.#stopping.signal)));
    await this.#listenForTraps();
  }

  /** Ends reading, closes the wires, and waits for what is on its way to the disk. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#traps?.close();
    await Promise.all(this.#wires.map((wire) => wire.close()));
    await this.#running;
    await this.#recorder.close();
  }

  /** Lets somebody hear what happens on a bus, until the returned function is called. */
  listenTo(bus: string, listener: BusListener): () => void {
    const listeners = this.#listeners.get(bus) ?? new Set();
    this.#listeners.set(bus, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  attach(audience: Audience): void {
    this.#audience = audience;
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
      return { id, ring: this.#rings[device] as DeviceRing, index: point - (this.table.spans[device] as PointSpan).first };
    });
    return historyOf(columns, minutes * 60_000, this.#now());
  }

  /** What the rings can hold, for `History.lastHour`. */
  ringShapes(): readonly RingShape[] {
    return this.#parts.site.devices.map(({ id, points }, device) => ({
      points: points.map(({ name }) => `${id}/${name}`),
      rows: (this.#rings[device] as DeviceRing).rows,
    }));
  }

  /** Puts what is known of the hour before the start in front of what was read since. */
  fillRings(contents: readonly RingContent[]): void {
    const { wallMs, monotonicMs } = this.#now();
    contents.forEach(({ times, values }, device) => {
      this.#rings[device]?.fill(
        times.map((atMs) => atMs - wallMs + monotonicMs),
        values,
      );
    });
  }

  alarms(): readonly AlarmRecord[] {
    return this.#book.live;
  }

  deliveries(): Readonly<Record<string, readonly Delivery[]>> {
    return Object.fromEntries([...this.#deliveries].map(([incident, deliveries]) => [incident, this.#tickets.shown(incident, deliveries)]));
  }

  /** The same incidents, with what is known of their tickets at present. */
  withTickets(incidents: readonly Incident[]): readonly Incident[] {
    return incidents.map((incident) => ({ ...incident, deliveries: [...this.#tickets.shown(incident.id, incident.deliveries)] }));
  }

  /** What a target says of the tickets that it has of our incidents. */
  ticketStates(target: string, states: readonly TicketState[]): void {
    for (const incident of this.#tickets.take(target, states)) {
      const deliveries = this.#deliveries.get(incident);
      if (deliveries !== undefined) this.#audience?.deliveries(incident, this.#tickets.shown(incident, deliveries));
    }
  }

  buses(): readonly BusHealth[] {
    return this.#loops.map((loop) => ({ ...loop.health(), traps: this.#traps?.ofBus(loop.id) ?? null }));
  }

  /** What comes to the port for traps; null: nobody listens. */
  traps(): TrapHealth | null {
    return this.#traps?.health() ?? null;
  }

  /** Lends a wire of the site: see `BusLoop.lend`. */
  lend<Result>(bus: string, to: string, limitMs: number, work: (ends: AbortSignal) => Promise<Result>): Promise<Loaned<Result>> {
    return this.#loops.find(({ id }) => id === bus)?.lend(to, limitMs, work) ?? Promise.resolve({ outcome: "ended" });
  }

  /** What the last minutes on each bus were like, and what is most likely wrong; worked out when somebody asks. */
  doctor(): readonly BusDoctorView[] {
    return this.#doctors.map((doctor) => doctor.view());
  }

  health(): Health {
    const points = this.table.freshness();
    const journal = this.#journalTrouble.size === 0 ? "ok" : "failing";
    const status = points.stale === 0 && journal === "ok" ? "ok" : "degraded";
    const uptimeSeconds = Math.floor((this.#parts.clock.monotonicMs() - this.#startMs) / 1_000);
    return { status, version: this.#parts.version, uptimeSeconds, points, journal };
  }

  /** Resolved with the keys means that it is on the disk; a journal that cannot take it undoes the acknowledgement. */
  async acknowledge(
    keys: readonly string[],
    { by, from }: { readonly by: string; readonly from: string },
    note: string,
  ): Promise<AcknowledgeReply | { readonly problem: Words }> {
    const before = keys.flatMap((key) => this.#book.get(key) ?? []);
    const now = this.#now();
    const { changes, notFound, already } = this.#book.acknowledge(keys, by, note, now);
    const alreadyAcknowledged = already.flatMap(({ key, acknowledgement }) =>
      acknowledgement === null ? [] : [{ key, by: acknowledgement.by, atMs: acknowledgement.atMs }],
    );
    const rest = { notFound: [...notFound], alreadyAcknowledged };
    if (changes.length === 0) return { acknowledged: [], ...rest };
    const audit = changes.map(({ record }) => ({
      atMs: now.wallMs,
      by,
      from,
      action: "alarm.acknowledge",
      subject: record.key,
      detail: note,
    }));
    const outcome = await this.#recorder.recordAct(changes, this.#targets(), audit);
    if (!outcome.ok) {
      this.#book.rescind(changes, before, this.#now());
      return { problem: outcome.message };
    }
    return { acknowledged: changes.map(({ record }) => record.key), ...rest };
  }

  /** Judges a number that the box works out itself (`Site.computed`). Returns whether an alarm rang. */
  judgeComputed(point: number, value: number): boolean {
    const { points, computed } = this.#parts.site;
    const count = points.length + computed.length;
    this.#computed ??= { values: new Float64Array(count), qualities: new Uint8Array(count).fill(QUALITY.never) };
    this.#computed.values[point] = value;
    this.#computed.qualities[point] = QUALITY.good;
    const steps = this.#book.judge(point, 1, this.#computed, this.#now());
    this.#apply(steps);
    return steps.some(({ cause }) => cause === "raise");
  }

  /** What the dispatcher says of a target: one that cannot be reached is an alarm in the room. */
  targetHealth(target: string, reachable: boolean): void {
    this.#apply(this.#book.silence(alarmKey(this.#parts.site.id, "target", target, null, "delivery"), !reachable, this.#now()));
  }

  /** What is wrong with the box itself, or is no more, is an alarm in the room. */
  boxAlarm(condition: BoxCondition, active: boolean): void {
    this.#apply(this.#book.silence(boxAlarmKey(this.#parts.site.id, condition), active, this.#now()));
  }

  /** What the recorder and the keeper of the storage find when they write. An event that is on the disk proves it for both. */
  journalHealth(by: "recorder" | "keeper", state: "ok" | "failing", detail: Words): void {
    const wasWell = this.#journalTrouble.size === 0;
    if (state === "failing") this.#journalTrouble.add(by);
    else if (by === "recorder") this.#journalTrouble.clear();
    else this.#journalTrouble.delete(by);
    const isWell = this.#journalTrouble.size === 0;
    if (isWell !== wasWell)
      this.#parts.log(isWell ? "info" : "error", isWell ? { zh: "日志库恢复正常", en: "the journal works again" } : detail);
    if (isWell) this.#journalFailsSinceMs = null;
    else this.#journalFailsSinceMs ??= this.#parts.clock.monotonicMs();
    // Also at the first word after a start: what the last run left standing is over.
    if (isWell && (!wasWell || by === "keeper")) this.boxAlarm("journal", false);
  }

  /** The time of day became known: what is shown says the right time from now on. */
  restamp(by: Restamp): void {
    this.table.restamp(by.offsetMs);
    const changed = this.#book.restamp(by);
    if (changed.length > 0) this.#audience?.alarms(changed, []);
  }

  /** The journal has put its times right: what it says of deliveries is shown again. */
  restamped(): Promise<void> {
    return this.deliveriesChanged([...this.#deliveries.keys()]);
  }

  /** What cards and contacts together say of a door: forced, or refused again and again. */
  doorAlarm(key: string, active: boolean): void {
    this.#apply(this.#book.silence(key, active, this.#now()));
  }

  /** The deliveries of these incidents changed. A journal that cannot be read now is told by its own trouble; the page learns at the next change. */
  async deliveriesChanged(incidents: readonly string[]): Promise<void> {
    try {
      this.#publishDeliveries(await this.#parts.journal.deliveriesOf(incidents));
    } catch (error) {
      if (!(error instanceof JournalError)) throw error;
      this.#parts.log("error", error.fault.message);
    }
  }

  /** A trap says that something has happened, not what: all that is behind its bus is read. */
  async #listenForTraps(): Promise<void> {
    const { site, clock, log } = this.#parts;
    const { snmpTraps: traps } = site;
    if (traps === null) return this.boxAlarm("traps", false);
    const { listenForTraps } = await import("./acquire/traps.ts");
    // The room may have been left meanwhile.
    if (this.#stopping.signal.aborted) return;
    this.#traps = listenForTraps({
      ...{ site, traps, clock, log },
      hint: (bus) => this.#loops.find(({ id }) => id === bus)?.allChanged(),
      deaf: (isDeaf) => this.boxAlarm("traps", isDeaf),
    });
  }

  #watch(device: Device, active: ReadonlySet<string>): SilenceWatch {
    const site = this.#parts.site.id;
    const keys = {
      lost: alarmKey(site, device.area, device.id, null, "lost"),
      stale: device.points.map(({ name }) => alarmKey(site, device.area, device.id, name, "stale")),
    };
    return new SilenceWatch(keys, { polls: LOST_POLLS, afterMs: LOST_AFTER_MIN_MS }, this.#startMs, active);
  }

  #now(): BookTime & { readonly monotonicMs: ReturnType<Clock["monotonicMs"]>; readonly wallMs: ReturnType<Clock["wallMs"]> } {
    const { clock } = this.#parts;
    return { monotonicMs: clock.monotonicMs(), wallMs: clock.wallMs(), certain: clock.wallTrusted() };
  }

  #take(device: number, readings: Readings, report: ReadReport): void {
    const now = this.#now();
    const span = this.table.spans[device] as PointSpan;
    const changed: number[] = [];
    // First of all: what is taken out of the readings is not remembered by the minute either.
    this.#parts.doors?.take(device, readings, report, now);
    const { id, bus } = this.#parts.site.devices[device] as Device;
    this.#tell(bus, (listener) => listener.read(id, readings, report));
    this.#parts.minutes.take(span.first, readings.values, this.table);
    this.table.apply(device, readings, report, now, changed);
    (this.#rings[device] as DeviceRing).push(readings.values, now.monotonicMs);
    if (changed.length > 0) this.#audience?.markPoints(changed);
    if (report.answered) {
      this.#answeredSinceTick[device] = true;
      if (this.#firstReadingMs === null) this.#firstReading(now.monotonicMs);
    } else this.#book.pause(span.first, span.count, now);
    this.#listen(device, report, now);
    if (report.answered || changed.length > 0) this.#apply(this.#book.judge(span.first, span.count, this.table, now));
  }

  #tell(bus: string, tell: (listener: BusListener) => void): void {
    for (const listener of this.#listeners.get(bus) ?? []) tell(listener);
  }

  #listen(device: number, report: ReadReport, now: BookTime): void {
    const pathMissing = report.faults.some(({ reason }) => isPathMissing(reason));
    const verdicts = (this.#watches[device] as SilenceWatch).heard(report.answered, pathMissing, now.monotonicMs);
    for (const { key, silent } of verdicts) this.#apply(this.#book.silence(key, silent, now));
    if (verdicts.length > 0) this.#listenToBus((this.#parts.site.devices[device] as Device).bus, now);
  }

  /** When the last device of a bus is lost as well, it is the wire; the first one that answers ends that. */
  #listenToBus(bus: string, now: BookTime): void {
    const { site } = this.#parts;
    if (!site.buses.some((entry) => entry.id === bus && isSharedWire(entry, site.devices))) return;
    const isSilent = site.devices.every((device, index) => device.bus !== bus || (this.#watches[index] as SilenceWatch).isLost);
    this.#apply(this.#book.silence(alarmKey(site.id, "bus", bus, null, "busSilent"), isSilent, now));
  }

  #adapter(bus: string, missing: boolean): void {
    const now = this.#now();
    const verdict = this.#adapters.get(bus)?.saw(missing, now.monotonicMs) ?? null;
    if (verdict !== null) this.#apply(this.#book.silence(adapterKey(this.#parts.site, bus), verdict.missing, now));
  }

  /** What happens because time passes: values grow stale, delays run out, wires change their health. */
  #tick(): void {
    const now = this.#now();
    const stale = this.table.sweep(now);
    this.#parts.minutes.tick(this.table);
    if (stale.length > 0) {
      this.#audience?.markPoints(stale);
      for (const point of stale) this.#apply(this.#book.judge(point, 1, this.table, now));
    }
    this.#apply(this.#book.tick(this.table, now));
    this.#parts.doors?.tick(now);
    this.#answeredSinceTick.forEach((answered, device) => {
      if (!answered) return;
      this.#answeredSinceTick[device] = false;
      const { first } = this.table.spans[device] as PointSpan;
      const verdicts = (this.#watches[device] as SilenceWatch).points(this.table, first, this.#startMs, now.monotonicMs);
      for (const { key, silent } of verdicts) this.#apply(this.#book.silence(key, silent, now));
    });
    if (this.#journalFailsSinceMs !== null && now.monotonicMs - this.#journalFailsSinceMs >= JOURNAL_ALARM_AFTER_MS)
      this.boxAlarm("journal", true);
    this.#publishBuses();
  }

  #apply(steps: readonly AlarmStep[]): void {
    if (steps.length === 0) return;
    const held = steps.filter((step) => !isRecorded(step));
    if (held.length > 0) this.#show(held);
    this.#recorder.record(steps.filter(isRecorded), this.#targets());
  }

  #targets(): readonly string[] {
    return this.#parts.site.targets.map(({ id }) => id);
  }

  #show(steps: readonly AlarmStep[]): void {
    const changed = steps.filter(({ record }) => record.state !== "A").map(({ record }) => record);
    const ended = steps.filter(({ record }) => record.state === "A").map(({ record }) => record.key);
    for (const { record } of steps)
      if (record.state === "A") {
        this.#deliveries.delete(record.incident);
        this.#tickets.forget(record.incident);
      }
    this.#audience?.alarms(changed, ended);
  }

  #committed(deliveries: Readonly<Record<string, readonly Delivery[]>>): void {
    this.#publishDeliveries(deliveries);
    this.#parts.wakeUpstream();
  }

  #publishDeliveries(changed: Readonly<Record<string, readonly Delivery[]>>): void {
    const live = new Set(this.#book.live.map(({ incident }) => incident));
    for (const [incident, deliveries] of Object.entries(changed)) {
      if (!live.has(incident)) continue;
      this.#deliveries.set(incident, deliveries);
      this.#audience?.deliveries(incident, this.#tickets.shown(incident, deliveries));
    }
  }

  #publishBuses(): void {
    if (this.#audience === null) return;
    const buses = this.buses();
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

  /** The journal began a new file: it must know what is live, and nobody is told twice. */
  #recordAgain(): void {
    this.#recorder.record(
      this.#book.live.map((record) => ({ cause: "update" as const, record })),
      [],
    );
  }
}

function adapterKey(site: Site, bus: string): string {
  return alarmKey(site.id, "bus", bus, null, "adapterMissing");
}
