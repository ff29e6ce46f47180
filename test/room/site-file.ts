import { stringify } from "yaml";
import { ROOM_ASSETS } from "./assets.ts";
import { AREAS, type BusName, COMMUNITY, DEVICES, DOORS, V3_ACCESS } from "./devices.ts";
import { ROUNDS } from "./rounds.ts";
import { LOOPBACK } from "./wire/listen.ts";

/** Where each bus of the room listens. */
export type RoomPorts = Readonly<Record<BusName, number>>;

/** The site file of the demo room, with the ports it got: what the product reads to watch it. */
export function siteFile(ports: RoomPorts, webhookUrl: string | undefined): string {
  const snmp = (id: BusName): object => ({ id, kind: "snmp", host: LOOPBACK, port: ports[id], timeout: "1s" });
  const sections: Readonly<Record<string, readonly object[]>> = {
    areas: AREAS,
    buses: [
      { id: "gateway", kind: "modbus-tcp", host: LOOPBACK, port: ports.gateway, timeout: "1s" },
      { id: "sensors", kind: "modbus-rtu-tcp", host: LOOPBACK, port: ports.sensors, timeout: "300ms" },
      { ...snmp("ups-a-card"), version: "2c", community: COMMUNITY },
      {
        ...snmp("ups-b-card"),
        version: 3,
        user: V3_ACCESS.user,
        level: "authPriv",
        authProtocol: "sha256",
        authKey: V3_ACCESS.authKey,
        privProtocol: "aes",
        privKey: V3_ACCESS.privKey,
      },
      { ...snmp("srv-1-agent"), version: "2c", community: COMMUNITY },
    ],
    devices: DEVICES.map(({ values: _values, silent: _silent, ...device }) => ({
      ...device,
      ...(ROOM_ASSETS[device.id] === undefined ? {} : { asset: ROOM_ASSETS[device.id] }),
    })),
    rules: [
      // A fast room needs fast rules: the house's defaults wait a minute.
      {
        points: ["th-1/ambient.temperature", "th-2/ambient.temperature", "th-3/ambient.temperature"],
        high: { major: 27, critical: 32 },
        low: { minor: 15 },
        deadband: 1,
        on: "5s",
        off: "10s",
      },
      { points: ["th-4/ambient.temperature"], high: { minor: 38, major: 45 }, deadband: 1, on: "5s", off: "10s" },
      { points: ["th-5/ambient.temperature"], high: { minor: 28, major: 35 }, deadband: 1, on: "30s", off: "30s" },
      { points: ["crac-*/cooling.alarm"], state: { alarm: "major" }, on: "2s", off: "5s" },
      { points: ["door-*/door.contact"], state: { open: "minor" }, on: "5s", off: "0s" },
      {
        points: ["meter-1/input.L*-N.voltage"],
        low: { minor: 207, critical: 100 },
        high: { minor: 242 },
        deadband: 2,
        on: "2s",
        off: "10s",
      },
    ],
    targets: webhookUrl === undefined ? [] : [{ id: "itsm", kind: "webhook", url: webhookUrl, secret: "demo-room-secret-0001" }],
    inspection: ROUNDS,
  };
  const head = `site: ${inline({ id: "demo", name: { zh: "演示机房", en: "Demo room" }, timezone: "Asia/Shanghai" })}\n`;
  const body = Object.entries(sections).map(([name, rows]) =>
    rows.length === 0 ? `${name}: []\n` : `${name}:\n${rows.map((row) => `  - ${inline(row)}\n`).join("")}`,
  );
  const access = `access:\n  doors:\n${DOORS.map((door) => `    - ${inline(door)}\n`).join("")}`;
  return `# 演示机房的站点文件，由模拟器写出。 Site file of the demo room, written by the simulator.\n${head}${body.join("")}${access}`;
}

/** One row per line, as people write such files. */
function inline(row: object): string {
  return stringify(row, { collectionStyle: "flow", lineWidth: 0, flowCollectionPadding: true }).trimEnd();
}
