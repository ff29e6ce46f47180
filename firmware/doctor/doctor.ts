import type { ReadReport } from "../../drivers/driver.ts";
import type { ExchangeRecord } from "../../drivers/line/watch.ts";
import { characterMs } from "../../drivers/line/wire.ts";
import type { Readings } from "../../drivers/reading.ts";
import type { BusListener } from "../acquire/bus.ts";
import type { BusDoctorView } from "../contract/doctor.ts";
import type { Clock } from "../platform/clock.ts";
import type { Device } from "../site/model.ts";
import type { BusEntry } from "../site/schema.ts";
import { OrderWatch } from "./order.ts";
import { BusTally, type TalliedWire } from "./tally.ts";
import { viewOf } from "./view.ts";

/** Finds out what is wrong with one bus: told of what happens on its wire, and of what comes of each read. */
export class BusDoctor implements BusListener {
  readonly #bus: BusEntry;
  readonly #devices: readonly Device[];
  readonly #tally: BusTally;
  readonly #clock: Clock;
  readonly #places: ReadonlyMap<string, number>;
  /** The device that is read at present, and since when; −1: what goes over the wire is no device's. */
  #reading = 0;
  #startedMs: number;

  /** @param all devices of the site; those of other buses are left out. */
  constructor(bus: BusEntry, all: readonly Device[], clock: Clock) {
    this.#bus = bus;
    this.#clock = clock;
    this.#devices = all.filter((device) => device.bus === bus.id);
    this.#places = new Map(this.#devices.map(({ id }, place) => [id, place]));
    const tallied = this.#devices.map(({ id, periodMs, profile, channel }) => ({
      id,
      periodMs,
      order: profile.protocol === "modbus" ? new OrderWatch(profile, channel) : null,
    }));
    this.#startedMs = clock.monotonicMs();
    this.#tally = new BusTally(talliedWire(bus), tallied, this.#startedMs);
  }

  /** A device's turn has come: what is exchanged from now on is its. */
  turn(device: string | null): void {
    this.#reading = device === null ? -1 : (this.#places.get(device) ?? 0);
    this.#startedMs = this.#clock.monotonicMs();
  }

  exchange(record: ExchangeRecord): void {
    if (this.#devices.length > 0 && this.#reading >= 0) this.#tally.exchange(this.#reading, record);
  }

  /** What came of the turn; of a device that had none, because the adapter is missing, nothing is learnt. */
  read(device: string, readings: Readings, report: ReadReport): void {
    const place = this.#places.get(device);
    if (place !== undefined && place === this.#reading)
      this.#tally.read(place, report, readings, this.#startedMs, this.#clock.monotonicMs());
  }

  /** Worked out when somebody asks. */
  view(): BusDoctorView {
    return viewOf(this.#bus, this.#devices, this.#tally.figures(this.#clock.monotonicMs()));
  }
}

function talliedWire(bus: BusEntry): TalliedWire {
  switch (bus.kind) {
    case "snmp":
    case "gpio":
    case "probe":
      return { frames: "none", characterMs: 0 };
    case "modbus-tcp":
      return { frames: "tcp", characterMs: 0 };
    case "modbus-rtu-tcp":
      return { frames: "rtu", characterMs: 0 };
    case "modbus-rtu":
      return { frames: "rtu", characterMs: characterMs(bus) };
    default:
      return { frames: "text", characterMs: characterMs(bus) };
  }
}
