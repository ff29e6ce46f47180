import type { Words } from "../../drivers/vocabulary.ts";
import type { RoomRows } from "./encode.ts";
import { coolerValues, type HouseValues, hostValues, meterValues, probeValues, upsValues } from "./house-values.ts";
import { passageAt } from "./people.ts";
import type { WorldView } from "./world.ts";

/** One device of the demo room: where it hangs, how it is asked, and what it says at a moment. */
export interface RoomDevice {
  readonly id: string;
  readonly name: Words;
  readonly area: string;
  readonly bus: BusName;
  readonly profile: string;
  readonly unit?: number;
  readonly channel?: number;
  readonly rows?: RoomRows;
  readonly every: string;
  readonly parents?: readonly string[];
  readonly values: (view: WorldView) => HouseValues;
  /** It hears the question and cannot, or will not, answer. */
  readonly silent?: (view: WorldView) => boolean;
}

export type BusName = "gateway" | "sensors" | "ups-a-card" | "ups-b-card" | "srv-1-agent";

/** The demo room's own credentials; they protect nothing. */
export const V3_ACCESS = { version: "3", user: "roomward", authKey: "demo-room-auth", privKey: "demo-room-priv" } as const;
export const COMMUNITY = "public";

export const AREAS: readonly { readonly id: string; readonly name: Words; readonly parent?: string }[] = [
  { id: "room-1", name: { zh: "主机房", en: "Main room" } },
  { id: "cold-aisle", name: { zh: "冷通道", en: "Cold aisle" }, parent: "room-1" },
  { id: "hot-aisle", name: { zh: "热通道", en: "Hot aisle" }, parent: "room-1" },
  { id: "power-room", name: { zh: "配电间", en: "Power room" } },
  { id: "battery-room", name: { zh: "电池间", en: "Battery room" }, parent: "power-room" },
];

const DI_MODULE = 11;
const probe = (
  number: number,
  zh: string,
  en: string,
  area: string,
  parents: readonly string[],
  values: RoomDevice["values"],
): RoomDevice => ({
  id: `th-${number}`,
  name: { zh: `${number} 号温湿度（${zh}）`, en: `Probe ${number} (${en})` },
  area,
  bus: "sensors",
  unit: number,
  profile: "sensor/xy-md02",
  every: "2s",
  parents,
  values,
});

const READER_IN = 12;
const READER_OUT = 13;
const reader = (side: "in" | "out", zh: string, en: string, unit: number): RoomDevice => ({
  id: `reader-${side}`,
  name: { zh, en },
  area: "room-1",
  bus: "gateway",
  unit,
  profile: "door/rfideas-modbus-tcp",
  every: "500ms",
  values: ({ room, seed }) => {
    const { changes, card } = passageAt(room.seconds, seed)[side];
    return { "access.changes": changes % 65_536, "access.card": card, "access.card.high": 0 };
  },
});

/** The doors of the room, for the site file. The back door has readers on both sides; at the front door people are let in. */
export const DOORS: readonly object[] = [
  { id: "front", name: { zh: "前门", en: "Front door" }, area: "room-1", contact: "door-1", openTooLong: "5s" },
  {
    id: "back",
    name: { zh: "后门", en: "Back door" },
    area: "room-1",
    contact: "door-2",
    readers: [
      { device: "reader-in", direction: "in" },
      { device: "reader-out", direction: "out" },
    ],
    openTooLong: "30s",
    cardOpensFor: "12s",
    refusals: { count: 2, within: "30min" },
  },
];

export const DEVICES: readonly RoomDevice[] = [
  {
    id: "meter-1",
    name: { zh: "市电进线电表", en: "Incoming supply meter" },
    area: "power-room",
    bus: "gateway",
    unit: 1,
    profile: "meter/eastron-sdm630",
    every: "2s",
    values: (view) => meterValues(view.room),
  },
  {
    id: "ups-a",
    name: { zh: "UPS A", en: "UPS A" },
    area: "power-room",
    bus: "ups-a-card",
    profile: "ups/ietf-rfc1628",
    every: "2s",
    parents: ["meter-1"],
    values: (view) => upsValues(view.room.upsA, view.room),
  },
  {
    id: "ups-b",
    name: { zh: "UPS B", en: "UPS B" },
    area: "power-room",
    bus: "ups-b-card",
    profile: "ups/ietf-rfc1628",
    every: "2s",
    parents: ["meter-1"],
    values: (view) => upsValues(view.room.upsB, view.room),
  },
  ...(["crac1", "crac2"] as const).map(
    (which, index): RoomDevice => ({
      id: `crac-${index + 1}`,
      name: { zh: `${index + 1} 号精密空调`, en: `Cooler ${index + 1}` },
      area: "room-1",
      bus: "gateway",
      unit: 2 + index,
      profile: "cooling/stulz-c7000",
      every: "2s",
      parents: ["meter-1"],
      values: (view) => coolerValues(which, view),
    }),
  ),
  probe(1, "机柜下部", "rack, low", "cold-aisle", ["crac-1"], (view) => probeValues("rackLow", view.room)),
  probe(2, "机柜顶部", "rack, top", "cold-aisle", ["crac-1"], (view) => probeValues("rackHigh", view.room)),
  probe(3, "远端机柜", "far rack", "cold-aisle", ["crac-2"], (view) => probeValues("rackFar", view.room)),
  probe(4, "热通道", "hot aisle", "hot-aisle", ["crac-1", "crac-2"], (view) => probeValues("hotAisle", view.room)),
  {
    ...probe(5, "电池间", "battery room", "battery-room", [], (view) => probeValues("batteryRoom", view.room)),
    silent: (view) => view.running.has("dead-slave"),
  },
  {
    id: "door-1",
    name: { zh: "前门", en: "Front door" },
    area: "room-1",
    bus: "gateway",
    unit: DI_MODULE,
    channel: 0,
    profile: "door/wellpro-di",
    every: "1s",
    values: (view) => ({ "door.contact": view.disturbances.doorOpen ? "open" : "closed" }),
  },
  {
    id: "door-2",
    name: { zh: "后门", en: "Back door" },
    area: "room-1",
    bus: "gateway",
    unit: DI_MODULE,
    channel: 1,
    profile: "door/wellpro-di",
    every: "1s",
    values: ({ room, seed, running }) => ({
      "door.contact": running.has("door-forced") || passageAt(room.seconds, seed).doorOpen ? "open" : "closed",
    }),
  },
  reader("in", "后门外读卡器", "Reader outside the back door", READER_IN),
  reader("out", "后门内读卡器", "Reader inside the back door", READER_OUT),
  {
    id: "leak-1",
    name: { zh: "地板下漏水绳", en: "Leak rope under the floor" },
    area: "room-1",
    bus: "gateway",
    unit: DI_MODULE,
    channel: 2,
    profile: "leak/wellpro-di",
    every: "1s",
    values: (view) => ({ "leak.detected": view.disturbances.leaking ? "leak" : "dry" }),
  },
  {
    id: "srv-1",
    name: { zh: "服务器 1", en: "Server 1" },
    area: "hot-aisle",
    bus: "srv-1-agent",
    profile: "host/net-snmp-linux",
    rows: { interface: ["eth0"], disk: ["/", "/data"] },
    every: "2s",
    parents: ["ups-a", "ups-b"],
    values: (view) => hostValues(view.room),
    // A server without power says nothing.
    silent: (view) => view.room.upsA.source === "none" && view.room.upsB.source === "none",
  },
];
