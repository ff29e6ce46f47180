import { loadProfile } from "../../drivers/catalogue.ts";
import { decodeBlock } from "../../drivers/modbus/decode.ts";
import { planReads } from "../../drivers/modbus/plan.ts";
import { profilePoints } from "../../drivers/profile.ts";
import { emptyReadings, type Readings } from "../../drivers/reading.ts";
import { decodeInto, decoderFor, TAG } from "../../drivers/snmp/decode.ts";
import { findPoint } from "../../drivers/vocabulary.ts";
import { MinuteBook, type RawMinute } from "../../firmware/history/book.ts";
import { MINUTE_MS } from "../../firmware/history/history.ts";
import { type PointScale, scaleOf } from "../../firmware/history/scale.ts";
import { DEVICES, type RoomDevice } from "../room/devices.ts";
import { ordinaryMorning, step } from "../room/physics/room.ts";
import { disturbancesOf, type ScenarioName } from "../room/scenarios.ts";
import { modbusStations, snmpVariables } from "../room/stations.ts";
import type { SnmpType } from "../room/wire/snmp-agent.ts";
import type { World, WorldView } from "../room/world.ts";

const SECONDS_PER_MINUTE = 60;
const TAGS: Readonly<Partial<Record<SnmpType, number>>> = {
  Integer: TAG.integer,
  Counter: TAG.counter32,
  Gauge: TAG.gauge32,
  TimeTicks: TAG.timeTicks,
  Counter64: TAG.counter64,
  OctetString: TAG.octetString,
};

/** What happens on the recorded day: minutes from nine in the morning. */
const EVENTS: readonly { readonly name: ScenarioName; readonly from: number; readonly to: number }[] = [
  { name: "door-open", from: 95, to: 99 },
  { name: "mains-failure", from: 300, to: 307 },
  { name: "crac-failure", from: 700, to: 740 },
];

interface Asked {
  readonly first: number;
  readonly periodSeconds: number;
  readonly readings: Readings;
  read(): void;
}

/**
 * A day of the demo room as the gateway records it: physics to registers and variables, read at each device's own pace and decoded as on
 * the wire. Polls come some hundredths of a second late, as they do.
 */
export class DemoDay {
  readonly scales: readonly PointScale[];
  readonly #asked: readonly Asked[];
  readonly #book = new MinuteBook();
  readonly #standing: Readings;
  #view: WorldView;
  #seed = 7;

  constructor() {
    this.#view = {
      room: ordinaryMorning(11),
      disturbances: disturbancesOf(new Set()),
      running: new Set(),
      speed: 1,
      seed: 11,
      revision: 0,
    };
    const world: World = {
      view: () => this.#view,
      scenario: () => true,
      setSpeed: () => true,
      advance: () => {},
      stop: () => {},
    };
    const scales: PointScale[] = [];
    this.#asked = DEVICES.map((device) => {
      const { names, read } = readerOf(device, world);
      const first = scales.length;
      for (const name of names) {
        const definition = findPoint(name);
        if (definition === undefined) throw new Error(`${name} is not in the vocabulary`);
        scales.push(scaleOf({ id: `${device.id}/${name}`, name, definition, optional: false, staleAfterMs: 15_000 }));
      }
      const readings = emptyReadings(names.length);
      const silent = (): boolean => device.silent?.(this.#view) === true;
      return {
        ...{ first, readings, periodSeconds: Number.parseInt(device.every, 10) },
        read: () => (silent() ? void readings.values.fill(Number.NaN) : read(readings)),
      };
    });
    this.scales = scales;
    this.#standing = emptyReadings(scales.length);
  }

  /** The next minute; call it in order. */
  minute(number: number, startMs: number): RawMinute {
    const beginMs = startMs + number * MINUTE_MS;
    this.#book.turn(beginMs, true, this.#standing);
    for (let second = 0; second < SECONDS_PER_MINUTE; second += 1) {
      const running = new Set(EVENTS.flatMap(({ name, from, to }) => (number >= from && number < to ? [name] : [])));
      const disturbances = disturbancesOf(running);
      this.#view = {
        ...this.#view,
        room: step(this.#view.room, disturbances, 1),
        disturbances,
        running,
        revision: this.#view.revision + 1,
      };
      this.#asked.forEach(({ first, periodSeconds, readings, read }, n) => {
        if ((number * SECONDS_PER_MINUTE + second) % periodSeconds !== 0) return;
        read();
        this.#book.take(first, readings.values, beginMs + second * 1_000 + ((n * 137) % 900) + this.#jitterMs());
        this.#standing.values.set(readings.values, first);
        this.#standing.qualities.set(readings.qualities, first);
      });
    }
    const over = this.#book.end(this.#standing);
    if (over === null) throw new Error("no minute was begun");
    return over;
  }

  #jitterMs(): number {
    this.#seed = (this.#seed * 48_271) % 2_147_483_647;
    return this.#seed % 40;
  }
}

/** What a device of the room says, decoded as from the wire. */
export function readerOf(device: RoomDevice, world: World): { readonly names: readonly string[]; read(into: Readings): void } {
  const answer = loadProfile(device.profile);
  if (!("profile" in answer)) throw new Error(`no profile ${device.profile}`);
  const { profile } = answer;
  if (profile.protocol === "modbus") {
    const slave = modbusStations(device.bus, world).get(device.unit ?? 0);
    const { pointNames, blocks } = planReads(profile, device.channel ?? 0);
    return {
      names: pointNames,
      read(into) {
        for (const { table, address, count, bytes, columns } of blocks) {
          const words = slave?.read(table, address, count) ?? null;
          if (words === null) continue;
          const data = Buffer.alloc(bytes);
          const isBits = table === "coil" || table === "discrete";
          words.forEach((word, n) => {
            if (isBits) data[n >> 3] = (data[n >> 3] as number) | (word << (n & 7));
            else data.writeUInt16BE(word, n * 2);
          });
          decodeBlock(columns, data, into);
        }
      },
    };
  }
  if (profile.protocol !== "snmp") throw new Error(`the demo room has no ${profile.protocol} devices`);
  const variables = new Map(snmpVariables(device, world).map((variable) => [variable.oid, variable]));
  const points = profilePoints(profile, device.rows);
  const columns = points.flatMap((point, column) => {
    const field = profile.points[point.field];
    if (field === undefined) return [];
    const row = field.row === undefined ? -1 : (device.rows?.[field.row] ?? []).indexOf(point.row ?? "");
    const variable = variables.get(row < 0 ? field.oid : `${field.oid}.${row + 1}`);
    return variable === undefined ? [] : [{ column, variable, decoder: decoderFor(point.field, field) }];
  });
  return {
    names: points.map(({ name }) => name),
    read(into) {
      for (const { column, variable, decoder } of columns) {
        const said = variable.value();
        const value = typeof said === "string" ? Buffer.from(said) : said;
        decodeInto({ oid: variable.oid, type: TAGS[variable.type] ?? TAG.integer, value }, decoder, into, column);
      }
    },
  };
}
