import type { ReadReport } from "../../drivers/driver.ts";
import type { ExchangeRecord } from "../../drivers/line/watch.ts";
import type { Readings } from "../../drivers/reading.ts";
import type { Switch } from "../../drivers/switch.ts";
import type { Words } from "../contract/alarm.ts";
import type { BusDoctorView } from "../contract/doctor.ts";
import type { BusHealth, TrapHealth } from "../contract/site.ts";
import { BusDoctor } from "../doctor/doctor.ts";
import type { OutputPlace } from "../outputs/output.ts";
import type { AtOutput } from "../outputs/writer.ts";
import type { Clock } from "../platform/clock.ts";
import type { LogLevel } from "../platform/voice.ts";
import type { Site } from "../site/model.ts";
import { type BusDevice, type BusListener, BusLoop } from "./bus.ts";
import type { Loaned } from "./loan.ts";
import { gridOf } from "./schedule.ts";
import { type OpenBus, openBus } from "./sessions.ts";
import type { TrapListener } from "./traps.ts";

export interface WireParts {
  readonly site: Site;
  readonly clock: Clock;
  readonly log: (level: LogLevel, words: Words) => void;
  /** Opens a wire; without it by the drivers of the box. */
  readonly openBus?: typeof openBus | undefined;
}

export interface WireEvents {
  /** One answer, or its absence, of the device with this place in the site. */
  readings(device: number, readings: Readings, report: ReadReport): void;
  adapter(bus: string, missing: boolean): void;
  /** Whether the port for traps cannot be heard. */
  deaf(isDeaf: boolean): void;
}

/** All wires of a site while they are read: their loops, who listens to them, and what is most likely wrong with them. */
export class Wires {
  readonly #parts: WireParts;
  readonly #events: WireEvents;
  readonly #stopping = new AbortController();
  readonly #listeners = new Map<string, Set<BusListener>>();
  #loops: readonly BusLoop[] = [];
  #open: readonly OpenBus[] = [];
  #traps: TrapListener | null = null;
  #doctors: readonly BusDoctor[] = [];
  #running: Promise<unknown> = Promise.resolve();

  constructor(parts: WireParts, events: WireEvents) {
    this.#parts = parts;
    this.#events = events;
  }

  /** Opens them and reads until `close`. Resolves when every loop is on its way. */
  async start(): Promise<void> {
    const { site, clock } = this.#parts;
    const open = this.#parts.openBus ?? openBus;
    this.#doctors = site.buses.map((bus) => new BusDoctor(bus, site.devices, clock));
    for (const [index, { id }] of site.buses.entries()) this.listenTo(id, this.#doctors[index] as BusDoctor);
    const watchOn = (id: string) => {
      const listeners = this.#listenersOf(id);
      return (record: ExchangeRecord): void => {
        for (const listener of listeners) listener.exchange(record);
      };
    };
    this.#open = await Promise.all(site.buses.map((bus) => open(bus, clock, { watch: watchOn(bus.id) })));
    const startMs = clock.monotonicMs();
    this.#loops = site.buses.map((bus, index) => {
      const wire = this.#open[index] as OpenBus;
      const devices = site.devices.flatMap((device, place): BusDevice[] => {
        if (device.bus !== bus.id) return [];
        const reader = wire.reader(device, () => this.#loops[index]?.changed(place));
        return [{ index: place, id: device.id, periodMs: device.periodMs, reader }];
      });
      const listeners = this.#listenersOf(bus.id);
      const events = {
        turn: (device: BusDevice | null) => {
          for (const listener of listeners) listener.turn(device?.id ?? null);
        },
        readings: ({ index: place, id }: BusDevice, readings: Readings, report: ReadReport) => {
          // First the room: what it takes out of the readings is not for listeners either.
          this.#events.readings(place, readings, report);
          for (const listener of listeners) listener.read(id, readings, report);
        },
        adapter: (id: string, missing: boolean) => this.#events.adapter(id, missing),
      };
      return new BusLoop(bus.id, devices, gridOf(index, site.buses.length, startMs), clock, events, () => wire.release());
    });
    this.#running = Promise.all(this.#loops.map((loop) => loop.run(this.#stopping.signal)));
    await this.#listenForTraps();
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    await this.#traps?.close();
    await Promise.all(this.#open.map((wire) => wire.close()));
    await this.#running;
  }

  /** Lets somebody hear what happens on a bus, until the returned function is called. */
  listenTo(bus: string, listener: BusListener): () => void {
    const listeners = this.#listenersOf(bus).add(listener);
    return () => listeners.delete(listener);
  }

  /** Lends a wire of the site: see `BusLoop.lend`. */
  lend<Result>(bus: string, to: string, limitMs: number, work: (ends: AbortSignal) => Promise<Result>): Promise<Loaned<Result>> {
    return this.#loops.find(({ id }) => id === bus)?.lend(to, limitMs, work) ?? Promise.resolve({ outcome: "ended" });
  }

  /** An output of the site, to be used in its turn on its bus: see `BusLoop.between`. */
  outputAt(bus: string, place: OutputPlace): AtOutput {
    let at: Switch | undefined;
    return (work) => {
      const index = this.#loops.findIndex(({ id }) => id === bus);
      const loop = this.#loops[index];
      if (loop === undefined) return Promise.resolve(null);
      at ??= this.#open[index]?.switchAt?.(place);
      if (at === undefined) throw new Error(`an output passed the site check on bus ${bus}, which can switch nothing`);
      const found = at;
      return loop.between(() => work(found));
    };
  }

  buses(): readonly BusHealth[] {
    return this.#loops.map((loop) => ({ ...loop.health(), traps: this.#traps?.ofBus(loop.id) ?? null }));
  }

  /** What comes to the port for traps; null: nobody listens. */
  traps(): TrapHealth | null {
    return this.#traps?.health() ?? null;
  }

  /** What the last minutes on each bus were like, and what is most likely wrong; worked out when somebody asks. */
  doctor(): readonly BusDoctorView[] {
    return this.#doctors.map((doctor) => doctor.view());
  }

  #listenersOf(bus: string): Set<BusListener> {
    const listeners = this.#listeners.get(bus) ?? new Set();
    this.#listeners.set(bus, listeners);
    return listeners;
  }

  /** A trap says that something has happened, not what: all that is behind its bus is read. */
  async #listenForTraps(): Promise<void> {
    const { site, clock, log } = this.#parts;
    const { snmpTraps: traps } = site;
    if (traps === null) return this.#events.deaf(false);
    const { listenForTraps } = await import("./traps.ts");
    // The room may have been left meanwhile.
    if (this.#stopping.signal.aborted) return;
    this.#traps = listenForTraps({
      ...{ site, traps, clock, log },
      hint: (bus) => this.#loops.find(({ id }) => id === bus)?.allChanged(),
      deaf: (isDeaf) => this.#events.deaf(isDeaf),
    });
  }
}
