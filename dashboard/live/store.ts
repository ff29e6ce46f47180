import { batch, computed, type ReadonlySignal, signal } from "@preact/signals";
import type { AlarmRecord, Delivery } from "../../firmware/contract/alarm.ts";
import type { ClockState } from "../../firmware/contract/clock.ts";
import type { ServerMessage, ValueFrame } from "../../firmware/contract/live.ts";
import type { MaintenanceWindow } from "../../firmware/contract/maintenance.ts";
import { may } from "../../firmware/contract/permissions.ts";
import type { BusHealth, DeviceView, PointView, Session, SiteView } from "../../firmware/contract/site.ts";
import { bySeverityThenAge, isAside } from "./order.ts";
import { Readings } from "./readings.ts";

/** How the page stands to the box. `atMs` is the box's clock of the last thing heard. */
export type Link =
  | { readonly state: "connecting" }
  | { readonly state: "live" }
  /** Nothing comes any more; what is shown is from `sinceMs`. */
  | { readonly state: "down"; readonly sinceMs: number };

/** What the network adds and takes is no news about the clock; what follows the box's time is drawn anew at every change of the offset. */
const OFFSET_STEP_MS = 500;

/** A point with its number in the frames. */
export interface NumberedPoint extends PointView {
  readonly number: number;
}

/** What does not change while the page is open: looked up, never copied. */
export interface Room {
  readonly site: SiteView;
  readonly points: readonly NumberedPoint[];
  readonly readings: Readings;
  device(id: string): DeviceView | undefined;
  point(id: string): NumberedPoint | undefined;
  pointsOf(device: string): readonly NumberedPoint[];
}

export function roomOf(site: SiteView): Room {
  const points = site.points.map((point, number) => ({ ...point, number }));
  const byId = new Map(points.map((point) => [point.id, point]));
  const devices = new Map(site.devices.map((device) => [device.id, device]));
  const byDevice = Map.groupBy(points, ({ device }) => device);
  return {
    site,
    points,
    readings: new Readings(points.length),
    device: (id) => devices.get(id),
    point: (id) => byId.get(id),
    pointsOf: (device) => byDevice.get(device) ?? [],
  };
}

/** Everything live of one room. Written by the socket alone; pages read. */
export class Store {
  readonly room: Room;
  readonly session: Session;
  readonly link = signal<Link>({ state: "connecting" });
  /** The box's clock minus ours, ms: a wall screen's own clock may be wrong. */
  readonly clockOffsetMs = signal(0);
  /** Box clock of the last frame, ms; null before the first. */
  readonly dataAtMs = signal<number | null>(null);
  readonly buses = signal<readonly BusHealth[]>([]);
  /** How well the box knows the time of day; null before it has said so. */
  readonly clock = signal<ClockState | null>(null);
  readonly #alarms = signal<ReadonlyMap<string, AlarmRecord>>(new Map());
  readonly #deliveries = signal<ReadonlyMap<string, readonly Delivery[]>>(new Map());
  /** Worst first, then oldest. */
  readonly everyAlarm: ReadonlySignal<readonly AlarmRecord[]> = computed(() => [...this.#alarms.value.values()].sort(bySeverityThenAge));
  /** Those that people are asked about. */
  readonly alarms: ReadonlySignal<readonly AlarmRecord[]> = computed(() => this.everyAlarm.value.filter((alarm) => !isAside(alarm)));
  /** Shelved, suppressed, out of service. */
  readonly aside: ReadonlySignal<readonly AlarmRecord[]> = computed(() => this.everyAlarm.value.filter(isAside));
  readonly maintenance = signal<readonly MaintenanceWindow[]>([]);

  constructor(room: Room, session: Session) {
    this.room = room;
    this.session = session;
  }

  get mayShelve(): boolean {
    return may(this.session.role, "alarm.shelve");
  }

  alarmOf(key: string): AlarmRecord | undefined {
    return this.#alarms.value.get(key);
  }

  get mayAcknowledge(): boolean {
    return may(this.session.role, "alarm.acknowledge");
  }

  /** What became of an incident's events at each target. */
  deliveriesOf(incident: string): readonly Delivery[] {
    return this.#deliveries.value.get(incident) ?? [];
  }

  takeFrame(frame: ValueFrame, ourNowMs: number): void {
    batch(() => {
      this.room.readings.apply(frame);
      this.#heard(frame.atMs, ourNowMs);
    });
  }

  takeMessage(message: ServerMessage, ourNowMs: number): void {
    batch(() => {
      this.#heard(message.nowMs, ourNowMs);
      switch (message.type) {
        case "hello":
          this.#alarms.value = new Map(message.alarms.map((alarm) => [alarm.key, alarm]));
          this.#deliveries.value = new Map(Object.entries(message.deliveries));
          this.buses.value = message.buses;
          this.clock.value = message.clock;
          this.maintenance.value = message.maintenance;
          this.room.readings.rememberLastGood(message.lastGood);
          return;
        case "alarms": {
          const alarms = new Map(this.#alarms.value);
          for (const alarm of message.changed) alarms.set(alarm.key, alarm);
          for (const key of message.ended) alarms.delete(key);
          this.#alarms.value = alarms;
          return;
        }
        case "deliveries":
          this.#deliveries.value = new Map(this.#deliveries.value).set(message.incident, message.deliveries);
          return;
        case "maintenance":
          this.maintenance.value = message.windows;
          return;
        case "clock":
          this.clock.value = message.clock;
          return;
        case "buses":
          this.buses.value = message.buses;
      }
    });
  }

  linkLost(): void {
    if (this.link.peek().state === "down") return;
    const sinceMs = this.dataAtMs.peek();
    this.link.value = sinceMs === null ? { state: "connecting" } : { state: "down", sinceMs };
  }

  #heard(boxNowMs: number, ourNowMs: number): void {
    const offsetMs = boxNowMs - ourNowMs;
    if (this.dataAtMs.peek() === null || Math.abs(offsetMs - this.clockOffsetMs.peek()) >= OFFSET_STEP_MS)
      this.clockOffsetMs.value = offsetMs;
    this.dataAtMs.value = boxNowMs;
    if (this.link.peek().state !== "live") this.link.value = { state: "live" };
  }
}
