import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadProfile } from "../../drivers/catalogue.ts";
import type { ReadReport, Session } from "../../drivers/driver.ts";
import type { ModbusProfile } from "../../drivers/modbus/profile.ts";
import { type ModbusAddress, type ModbusWire, openModbus } from "../../drivers/modbus/session.ts";
import { emptyReadings, qualityName } from "../../drivers/reading.ts";
import { systemClock } from "../../firmware/platform/clock.ts";
import { describePeer, freePort, type Peer, startPeer } from "../peers/peer.ts";

const SLAVE = fileURLToPath(new URL("../peers/modbus-slave.py", import.meta.url));
// The Debian package belongs to the Debian Python, whatever other Python comes first on the path.
const PYTHON = "/usr/bin/python3";

const floats = (values: Record<number, number>): Record<number, number> =>
  Object.fromEntries(
    Object.entries(values).flatMap(([address, value]) => {
      const bytes = Buffer.alloc(4);
      bytes.writeFloatBE(value);
      return [
        [Number(address), bytes.readUInt16BE(0)],
        [Number(address) + 1, bytes.readUInt16BE(2)],
      ];
    }),
  );
const filled = (from: number, to: number): Record<number, number> =>
  Object.fromEntries(Array.from({ length: to - from }, (_, index) => [from + index, 0]));

const METER = floats({
  ...{ 0: 230.5, 2: 231.25, 4: 229.75, 6: 4.5, 8: 5.25, 10: 3.75, 12: 1_000, 14: 1_100, 16: 900 },
  ...{ 52: 3_000, 56: 3_125, 62: 0.96875, 70: 50, 72: 12_345.5 },
});

const MAP = {
  units: {
    1: { input: { 1: 235, 2: 456 } },
    2: { input: { 1: 0x1_0000 - 105, 2: 1_001 } },
    5: { input: { ...filled(0, 18), ...filled(52, 74), ...METER } },
    // The same meter without what lies between its quantities: pymodbus answers exception 2 to a block over such a hole.
    6: { input: METER },
    8: { discrete: { 1010: 0, 1013: 1, 1014: 0 }, holding: { 1175: 230, 1178: 500, 1192: 248, 1193: 151, 1194: 452 } },
    11: { discrete: { 0: 1, 1: 0, 2: 1, 3: 0, 4: 0, 5: 0, 6: 0, 7: 0, 8: 0, 9: 1 } },
  },
};

const profile = (id: string): ModbusProfile => {
  const answer = loadProfile(id);
  if ("problems" in answer || answer.profile.protocol !== "modbus") throw new Error(`${id} is no Modbus profile`);
  return answer.profile;
};

/** What one pass over a device says, by point name: values, or the names of the reasons why there are none. */
async function read(session: Session<ModbusAddress>, id: string, unit: number, channel = 0): Promise<Record<string, number | string>> {
  return (await readAll(session, id, unit, channel)).points;
}

async function readAll(
  session: Session<ModbusAddress>,
  id: string,
  unit: number,
  channel = 0,
): Promise<{ points: Record<string, number | string>; report: ReadReport }> {
  const device = session.device({ profile: profile(id), unit, channel });
  const readings = emptyReadings(device.pointNames.length);
  const report = await device.read(readings);
  const points = device.pointNames.map((name, column): [string, number | string] => {
    const quality = readings.qualities[column] ?? 255;
    return [name, quality === 0 ? (readings.values[column] ?? Number.NaN) : qualityName(quality)];
  });
  return { points: Object.fromEntries(points), report };
}

/** Reads every family of the map through its profile, over whatever wire the session has. */
async function expectTheRoom(session: Session<ModbusAddress>): Promise<void> {
  expect(await read(session, "sensor/xy-md02", 1)).toEqual({ "ambient.temperature": 23.5, "ambient.humidity": 45.6 });
  expect(await read(session, "sensor/xy-md02", 2)).toEqual({ "ambient.temperature": -10.5, "ambient.humidity": "outOfRange" });
  const meter = {
    "input.L1-N.voltage": 230.5,
    "input.L2-N.voltage": 231.25,
    "input.L3-N.voltage": 229.75,
    "input.L1.current": 4.5,
    "input.L2.current": 5.25,
    "input.L3.current": 3.75,
    "input.L1.realpower": 1_000,
    "input.L2.realpower": 1_100,
    "input.L3.realpower": 900,
    "input.realpower": 3_000,
    "input.power": 3_125,
    "input.powerfactor": 0.96875,
    "input.frequency": 50,
    "input.energy": 12_345.5,
  };
  expect(await read(session, "meter/eastron-sdm630", 5)).toEqual(meter);
  expect(await read(session, "meter/eastron-sdm630", 6)).toEqual(meter);
  expect(await read(session, "cooling/stulz-c7000", 8)).toEqual({
    "cooling.status": 0,
    "cooling.alarm": 0,
    "cooling.maintenance": 0,
    "return.temperature": 24.8,
    "return.humidity": 45.2,
    "supply.temperature": 15.1,
    "supply.humidity": "exception",
    "return.temperature.setpoint": 23,
    "return.humidity.setpoint": 50,
    "compressor.status": "exception",
    "fan.status": "exception",
    "fan.speed": "exception",
  });
  expect(await read(session, "door/wellpro-di", 11, 0)).toEqual({ "door.contact": 0 });
  expect(await read(session, "door/wellpro-di", 11, 1)).toEqual({ "door.contact": 1 });
  expect(await read(session, "leak/wellpro-di", 11, 9)).toEqual({ "leak.detected": 1 });
}

let folder = "";
const peers: Peer[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "roomward-modbus-"));
  await writeFile(join(folder, "map.json"), JSON.stringify(MAP));
});
afterAll(async () => {
  for (const peer of peers) await peer.stop();
  await rm(folder, { recursive: true, force: true });
});

const slave = async (mode: "tcp" | "rtu-tcp" | "rtu" | "ascii", where: string): Promise<Peer> => {
  const peer = await startPeer(PYTHON, [SLAVE, join(folder, "map.json"), mode, where], {
    ready: (output) => output.includes("ready"),
  });
  peers.push(peer);
  return peer;
};

describePeer("a room behind pymodbus", ["pymodbus"], () => {
  test.each([
    ["modbus-tcp", "tcp"],
    ["modbus-rtu-tcp", "rtu-tcp"],
  ] as const)("is read over %s, lost when the server dies, and good again when it is back", async (kind, mode) => {
    const port = await freePort();
    const server = await slave(mode, `127.0.0.1:${port}`);
    const session = openModbus({ kind, host: "127.0.0.1", port, timeoutMs: 1_000 }, systemClock);
    await expectTheRoom(session);

    await server.stop("SIGKILL");
    // The first read may still find the open connection and be hung up on.
    const hungUp = await read(session, "sensor/xy-md02", 1);
    expect(["refused", "adapterMissing"]).toContain(hungUp["ambient.temperature"]);
    expect(await read(session, "sensor/xy-md02", 1)).toEqual({
      "ambient.temperature": "adapterMissing",
      "ambient.humidity": "adapterMissing",
    });

    await slave(mode, `127.0.0.1:${port}`);
    await expectTheRoom(session);
    await session.close();
  });
});

describePeer("a serial adapter", ["pymodbus", "socat"], () => {
  const wire = (path: string): ModbusWire => ({ kind: "modbus-rtu", path, baudRate: 9_600, parity: "none", stopBits: 1, timeoutMs: 300 });
  const plugIn = async (name: string, mode: "rtu" | "ascii" = "rtu"): Promise<{ path: string; socat: Peer; server: Peer }> => {
    const path = join(folder, name);
    const far = `${path}-far`;
    const socat = await startPeer("socat", [`pty,raw,echo=0,link=${path}`, `pty,raw,echo=0,link=${far}`], {
      ready: () => existsSync(path) && existsSync(far),
    });
    peers.push(socat);
    return { path, socat, server: await slave(mode, far) };
  };

  test("carries the room, and a unit that is not there is silent without harm to the others", async () => {
    const { path } = await plugIn("ttyA");
    const session = openModbus(wire(path), systemClock);
    await expectTheRoom(session);
    const { points, report } = await readAll(session, "sensor/xy-md02", 77);
    expect(points).toEqual({ "ambient.temperature": "timeout", "ambient.humidity": "timeout" });
    expect(report).toMatchObject({ answered: false, transactions: 1 });
    await expectTheRoom(session);
    await session.close();
  });

  test("carries ASCII mode as well: the same room, the same numbers", async () => {
    const { path } = await plugIn("ttyASCII", "ascii");
    const session = openModbus(
      { kind: "modbus-ascii", path, baudRate: 9_600, parity: "none", stopBits: 1, dataBits: 8, timeoutMs: 500 },
      systemClock,
    );
    await expectTheRoom(session);
    expect((await readAll(session, "sensor/xy-md02", 77)).points).toEqual({
      "ambient.temperature": "timeout",
      "ambient.humidity": "timeout",
    });
    await expectTheRoom(session);
    await session.close();
  });

  test("that is pulled is missing, not eight silent devices; plugged in again it is good at the next read", async () => {
    const first = await plugIn("ttyB");
    const session = openModbus(wire(first.path), systemClock);
    await expectTheRoom(session);

    await first.socat.stop("SIGKILL");
    await rm(first.path, { force: true });
    for (let round = 0; round < 2; round += 1) {
      const { points, report } = await readAll(session, "sensor/xy-md02", 1);
      expect(points).toEqual({ "ambient.temperature": "adapterMissing", "ambient.humidity": "adapterMissing" });
      expect(report.answered).toBe(false);
      expect(report.faults[0]?.detail).toContain(first.path);
    }
    await first.server.stop();

    await plugIn("ttyB");
    await expectTheRoom(session);
    await session.close();
  });

  test("whose name has passed to another adapter is noticed although the old port never said a word", async () => {
    const first = await plugIn("ttyC");
    const session = openModbus(wire(first.path), systemClock);
    await expectTheRoom(session);

    // The old adapter hangs: its port stays open and silent, while the name already belongs to the new one.
    await first.server.stop();
    await rm(first.path, { force: true });
    await rm(`${first.path}-far`, { force: true });
    const second = await plugIn("ttyC");
    const { report } = await readAll(session, "sensor/xy-md02", 1);
    expect(report.faults[0]?.reason).toBe("adapterMissing");
    await expectTheRoom(session);
    await session.close();
    await second.socat.stop();
  });

  test("that another program holds is missing, and the message says so", async () => {
    const { path } = await plugIn("ttyD");
    const one = openModbus(wire(path), systemClock);
    await read(one, "sensor/xy-md02", 1);
    const two = openModbus(wire(path), systemClock);
    const { report } = await readAll(two, "sensor/xy-md02", 1);
    expect(report.faults[0]).toMatchObject({ reason: "adapterMissing" });
    expect(report.faults[0]?.detail).toContain("in use by another program");
    await two.close();
    await one.close();
  });
});
