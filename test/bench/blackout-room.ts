import type { Site } from "../../firmware/site/model.ts";
import { loadedSite } from "../firmware/loaded-site.ts";

const ROWS = 6;
const RACKS_PER_ROW = 10;
const SENSORS_PER_RACK = 6;
const PDUS_PER_RACK = 2;
export const BLACKOUT_ALARMS = 500;
const BLACKOUT_MS = 10_000;

/** One thing that goes wrong: a value that a point takes, or a device that is not heard any more. */
export interface Blow {
  readonly atMs: number;
  readonly what: { readonly point: number; readonly value: number } | { readonly lost: string };
}

/** A machine room of 60 racks in six rows: mains, two UPS, power strips and sensors in every rack, eight air-conditioners. */
export function blackoutRoom(parents: boolean): Site {
  const racks = Array.from({ length: ROWS * RACKS_PER_ROW }, (_, rack) => ({
    id: `rack-${rack}`,
    row: `row-${Math.floor(rack / RACKS_PER_ROW)}`,
  }));
  const feeds = parents ? ", parents: [ups-a, ups-b]" : "";
  const cools = parents ? ", parents: [crac-0, crac-1]" : "";
  const lines = [
    "site: { id: s, name: Blackout }",
    "areas:",
    "  - { id: room, name: Room }",
    ...Array.from({ length: ROWS }, (_, row) => `  - { id: row-${row}, name: Row ${row}, parent: room }`),
    ...racks.map(({ id, row }) => `  - { id: ${id}, name: ${id}, parent: ${row} }`),
    "buses:",
    ...["ups-a", "ups-b"].map((id, at) => `  - { id: ${id}, kind: snmp, host: 10.0.0.${at + 1} }`),
    ...Array.from({ length: 8 }, (_, at) => `  - { id: crac-${at}, kind: snmp, host: 10.0.1.${at + 1} }`),
    ...racks.map(({ id }, at) => `  - { id: line-${id}, kind: modbus-rtu-tcp, host: 10.0.2.${at + 1} }`),
    ...racks.flatMap(({ id }, at) =>
      Array.from({ length: PDUS_PER_RACK }, (_, pdu) => `  - { id: pdu-${id}-${pdu}, kind: snmp, host: 10.0.${3 + pdu}.${at + 1} }`),
    ),
    "devices:",
    ...["ups-a", "ups-b"].map((id) => `  - { id: ${id}, area: room, bus: ${id}, profile: ups/ietf-rfc1628 }`),
    ...Array.from({ length: 8 }, (_, at) => `  - { id: crac-${at}, area: room, bus: crac-${at}, profile: ups/ietf-rfc1628 }`),
    ...racks.flatMap(({ id }) => [
      ...Array.from(
        { length: PDUS_PER_RACK },
        (_, pdu) => `  - { id: pdu-${id}-${pdu}, area: ${id}, bus: pdu-${id}-${pdu}, profile: ups/ietf-rfc1628${feeds} }`,
      ),
      ...Array.from(
        { length: SENSORS_PER_RACK },
        (_, at) => `  - { id: th-${id}-${at}, area: ${id}, bus: line-${id}, unit: ${at + 1}, profile: sensor/xy-md02${cools} }`,
      ),
    ]),
    'rules: [{ points: ["*"], on: 0s, off: 0s }]',
  ];
  return loadedSite(lines.join("\n"));
}

/** The mains fail: first both UPS go on battery, then what they feed and cool goes wrong all over the room. */
export function blackout(site: Site): readonly Blow[] {
  const pointOf = (id: string): number => site.points.findIndex((point) => point.id === id);
  const battery = site.rules.find((rule) => rule.kind === "state" && rule.pointId === "ups-a/output.source" && rule.type === "battery");
  if (battery?.kind !== "state") throw new Error("the UPS of the room has no rule for its battery");
  const sensors = site.devices.filter(({ id }) => id.startsWith("th-"));
  const strips = site.devices.filter(({ id }) => id.startsWith("pdu-"));
  const blows = [
    ...["ups-a", "ups-b"].map((id) => ({ point: pointOf(`${id}/output.source`), value: battery.state })),
    ...strips.map(({ id }) => ({ lost: `s/${site.devices.find((device) => device.id === id)?.area}/${id}/-/lost` })),
    ...sensors.map(({ id }) => ({ point: pointOf(`${id}/ambient.temperature`), value: 40 })),
    ...sensors.map(({ id }) => ({ point: pointOf(`${id}/ambient.humidity`), value: 90 })),
  ].slice(0, BLACKOUT_ALARMS);
  if (blows.length < BLACKOUT_ALARMS) throw new Error(`only ${blows.length} alarms`);
  return blows.map((what, index) => ({ atMs: (index * BLACKOUT_MS) / blows.length, what }));
}
