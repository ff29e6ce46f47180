import { findPoint } from "../../drivers/vocabulary.ts";
import { READER_COUNTERS } from "../site/doors.ts";
import type { Device, Door, Site } from "../site/model.ts";
import type { Counting } from "./reader-watch.ts";

/** What one device means to the doors. Columns are places in the device's readings; -1: it has no such point. */
export interface ReaderWiring {
  readonly device: string;
  readonly door: Door;
  readonly direction: "in" | "out" | "told";
  readonly counting: Counting;
  /** The counter starts at zero again there. */
  readonly modulus: number;
  readonly columns: {
    readonly counter: number;
    readonly card: number;
    readonly high: number;
    readonly result: number;
    readonly direction: number;
  };
}

export interface DeviceWiring {
  readonly contact: { readonly door: Door; readonly column: number } | null;
  readonly exit: { readonly door: Door; readonly column: number } | null;
  readonly reader: ReaderWiring | null;
  /** Columns with card numbers: read, and not shown or kept as values. */
  readonly cards: readonly number[];
}

/** By the place of the device in the site; devices that mean nothing to doors are left out. */
export function wiringOf(site: Pick<Site, "devices" | "doors">): ReadonlyMap<number, DeviceWiring> {
  const wiring = new Map<number, DeviceWiring>();
  site.devices.forEach((device, place) => {
    const contactDoor = site.doors.find(({ contact }) => contact === device.id);
    const exitDoor = site.doors.find(({ exitButton }) => exitButton === device.id);
    const cards = device.points.flatMap(({ name }, column) => (name.startsWith("access.card") ? [column] : []));
    const one: DeviceWiring = {
      contact: contactDoor === undefined ? null : { door: contactDoor, column: columnOf(device, "door.contact") },
      exit: exitDoor === undefined ? null : { door: exitDoor, column: columnOf(device, "door.exit") },
      reader: readerOf(site.doors, device),
      cards,
    };
    if (one.contact !== null || one.exit !== null || one.reader !== null || cards.length > 0) wiring.set(place, one);
  });
  return wiring;
}

function readerOf(doors: readonly Door[], device: Device): ReaderWiring | null {
  for (const door of doors)
    for (const { device: id, direction } of door.readers) {
      const counter = READER_COUNTERS.find((name) => columnOf(device, name) >= 0);
      if (id !== device.id || counter === undefined) continue;
      return {
        device: id,
        door,
        direction,
        counting: device.profile.protocol === "osdp" ? "told" : counter === "access.events" ? "events" : "changes",
        modulus: modulusOf(device, counter),
        columns: {
          counter: columnOf(device, counter),
          card: columnOf(device, "access.card"),
          high: columnOf(device, "access.card.high"),
          result: columnOf(device, "access.result"),
          direction: columnOf(device, "access.direction"),
        },
      };
    }
  return null;
}

function columnOf(device: Device, point: string): number {
  return device.points.findIndex(({ name }) => name === point);
}

const BITS: Readonly<Record<string, number>> = { u16: 16, u32: 32 };

/** A counter begins again where its register is full. */
function modulusOf({ profile }: Device, point: string): number {
  const field = profile.protocol === "modbus" ? profile.points[point] : undefined;
  return 2 ** (BITS[field?.type ?? ""] ?? 32);
}

/** Index of a state in the vocabulary. */
export function stateOf(point: string, name: string): number {
  const definition = findPoint(point);
  if (definition?.kind !== "state") throw new Error(`${point} is not a state`);
  return definition.states.findIndex((word) => word.name === name);
}
