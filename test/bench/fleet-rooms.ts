import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { performance } from "node:perf_hooks";
import { emptyReadings, QUALITY } from "../../drivers/reading.ts";
import { METRICS_MEDIA_TYPE } from "../../firmware/metrics/text.ts";
import { packed, piecemeal } from "../../firmware/serve/download.ts";
import type { Site } from "../../firmware/site/model.ts";
import { loadedSite } from "../firmware/loaded-site.ts";
import { type Scripted, scriptedScrape } from "../firmware/scripted-scrape.ts";

const READ_EVERY_MS = 10_000;

/** How many of each a room has. */
interface RoomShape {
  readonly ups: number;
  readonly coolers: number;
  readonly meters: number;
  readonly probes: number;
}

/** A machine room of a branch. */
export const BRANCH: RoomShape = { ups: 2, coolers: 3, meters: 6, probes: 24 };
const UNITS_PER_BUS = 200;

function siteOf(id: string, { ups, coolers, meters, probes }: RoomShape): Site {
  const modbus = [
    ...Array.from({ length: coolers }, (_, n) => [`crac-${n + 1}`, "cooling/stulz-c7000"]),
    ...Array.from({ length: meters }, (_, n) => [`meter-${n + 1}`, "meter/eastron-sdm630"]),
    ...Array.from({ length: probes }, (_, n) => [`th-${n + 1}`, "sensor/xy-md02"]),
  ];
  const wire = (n: number): number => Math.floor(n / UNITS_PER_BUS);
  return loadedSite(`site: { id: ${id}, name: Room ${id} }
areas: [{ id: room, name: Room }]
buses:
${Array.from({ length: wire(modbus.length - 1) + 1 }, (_, n) => `  - { id: line-${n}, kind: modbus-tcp, host: 127.0.0.1, port: ${1_502 + n} }\n`).join("")}
${Array.from({ length: ups }, (_, n) => `  - { id: card-${n}, kind: snmp, host: 127.0.0.1, port: ${1_161 + n} }\n`).join("")}
devices:
${Array.from({ length: ups }, (_, n) => `  - { id: ups-${n + 1}, area: room, bus: card-${n}, profile: ups/ietf-rfc1628 }\n`).join("")}
${modbus.map(([device, profile], n) => `  - { id: ${device}, area: room, bus: line-${wire(n)}, unit: ${(n % UNITS_PER_BUS) + 1}, profile: ${profile} }\n`).join("")}`);
}

/** Rooms with the product's own scrape, whose readings move as those of rooms do. */
export class FleetRooms {
  readonly rooms: readonly Scripted[];
  readonly #site: Site;
  #seed = 1;

  constructor(count: number, shape: RoomShape) {
    this.#site = siteOf("room-0", shape);
    this.rooms = Array.from({ length: count }, (_, n) => scriptedScrape({ ...this.#site, id: `room-${n}` }));
    for (const room of this.rooms) this.#begin(room);
  }

  get points(): number {
    return this.#site.points.length;
  }

  /** In the order of a table's spans. */
  get devices(): readonly string[] {
    return this.#site.devices.map(({ id }) => id);
  }

  /** All devices of all rooms, or of these, are read once: what is measured moves by a step or stands, states stand. */
  read(nowMs: number, rooms: readonly Scripted[] = this.rooms): void {
    for (const room of rooms) {
      room.nowMs = nowMs;
      for (let place = 0; place < this.#site.spans.length; place += 1) this.#move(room, place);
    }
  }

  #begin(room: Scripted): void {
    room.buses = this.#site.buses.map(({ id }) => ({
      ...{ id, state: "ok", transactions: 0, faults: {}, lastFault: "", advice: null, devicesBackingOff: [], traps: null, lent: null },
    }));
    for (const { id } of this.#site.devices) room.reads[id] = { answered: 0, answeredMs: 0, unanswered: 0, faults: {} };
    this.#site.spans.forEach(({ first, count }, place) => {
      const readings = emptyReadings(count);
      for (let offset = 0; offset < count; offset += 1) {
        const definition = this.#site.points[first + offset]?.definition;
        readings.values[offset] = definition === undefined || definition.kind === "state" ? 0 : Math.round(this.#random() * 1_000) / 10;
        readings.qualities[offset] = QUALITY.good;
      }
      room.table.apply(place, readings, { answered: true }, room.moment(), []);
    });
  }

  #move(room: Scripted, place: number): void {
    const { first, count } = this.#site.spans[place] ?? { first: 0, count: 0 };
    const readings = { values: room.table.values.slice(first, first + count), qualities: room.table.qualities.slice(first, first + count) };
    for (let offset = 0; offset < count; offset += 1) {
      if (this.#site.points[first + offset]?.definition.kind === "state") continue;
      if (this.#random() < 0.4)
        readings.values[offset] = Math.round((readings.values[offset] as number) * 10 + this.#random() * 2 - 1) / 10;
    }
    room.table.apply(place, readings, { answered: true }, room.moment(), []);
    const id = this.#site.devices[place]?.id ?? "";
    const counts = room.reads[id];
    if (counts === undefined) return;
    room.reads[id] = { ...counts, answered: counts.answered + 1, answeredMs: counts.answeredMs + 20 + this.#random() * 30 };
  }

  /** Marsaglia's xorshift: the same rooms at every run. */
  #random(): number {
    this.#seed ^= this.#seed << 13;
    this.#seed ^= this.#seed >>> 17;
    this.#seed ^= this.#seed << 5;
    return (this.#seed >>> 0) / 2 ** 32;
  }
}

/** The other process: every room at a path of its own, compressed as the product does it. */
async function serve(count: number): Promise<void> {
  const fleet = new FleetRooms(count, BRANCH);
  let wireBytes = 0;
  let scrapes = 0;
  const server = createServer((request, response) => {
    const room = fleet.rooms[Number(request.url?.split("/")[1])];
    if (room === undefined) return void response.writeHead(404).end();
    scrapes += 1;
    response.writeHead(200, { "content-type": METRICS_MEDIA_TYPE, "content-encoding": "gzip" });
    const body = packed(piecemeal(room.scrape.pieces()));
    body.on("data", (piece: Buffer) => {
      wireBytes += piece.length;
    });
    body.pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  setInterval(() => fleet.read(performance.now()), READ_EVERY_MS);
  process.on("message", () => process.send?.({ wireBytes, scrapes }));
  process.send?.({ port: (server.address() as AddressInfo).port });
}

if (import.meta.main) await serve(Number(process.argv[2]));
