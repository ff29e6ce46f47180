import { createSocket } from "node:dgram";
import { connect, createServer } from "node:net";
import ModbusRTU from "modbus-serial";
import snmp from "net-snmp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { emptyReadings, isLost, QUALITY, qualityName } from "../../drivers/reading.ts";
import { findPoint } from "../../drivers/vocabulary.ts";
import type { MonotonicMs } from "../../firmware/contract/time.ts";
import { type Clock, systemClock } from "../../firmware/platform/clock.ts";
import { freePort } from "../peers/peer.ts";
import type { ControlState } from "./control.ts";
import { V3_ACCESS } from "./devices.ts";
import { openSiteReaders, type SiteReaders } from "./readers.ts";
import { type Room, startRoom } from "./room.ts";

/** RFC 1628, section 4. */
const CHARGE = "1.3.6.1.2.1.33.1.2.4.0";
const SOURCE = "1.3.6.1.2.1.33.1.4.1.0";
const MINUTES = "1.3.6.1.2.1.33.1.2.3.0";

/** A room that stands still, so that what is read and what is true can be compared to the last digit. */
let room: Room;
/** Its time passes only when a test says so; its wires keep real time. */
let skippedMs = 0;
const clock: Clock = {
  ...systemClock,
  monotonicMs: () => skippedMs as MonotonicMs,
  every: () => () => undefined,
};
let readers: SiteReaders;
const portOf = (bus: string): number => {
  const entry = readers.site.buses.find((each) => each.id === bus);
  if (entry === undefined || !("port" in entry) || entry.port === undefined) throw new Error(`no port for ${bus}`);
  return entry.port;
};
const truth = async (): Promise<ControlState> => (await (await fetch(`${room.controlUrl}state`)).json()) as ControlState;

beforeAll(async () => {
  room = await startRoom({ ports: "free", speed: 0, seed: 11, clock });
  readers = openSiteReaders(room.siteYaml);
});

afterAll(async () => {
  await readers.close();
  await room.stop();
});

describe("with plain clients and the makers' own addresses", () => {
  test("the meter: IEEE 754, high word first, volts × amperes × power factor = watts", async () => {
    const client = new ModbusRTU();
    await client.connectTCP("127.0.0.1", { port: portOf("gateway") });
    client.setID(1);
    const { buffer } = await client.readInputRegisters(0, 18);
    const float = (register: number): number => buffer.readFloatBE(register * 2);
    const { phases } = room.state().room.mains;
    for (const [index, phase] of phases.entries()) {
      expect(float(index * 2)).toBeCloseTo(phase.volts, 3);
      expect(float(6 + index * 2)).toBeCloseTo(phase.amperes, 3);
      expect(float(12 + index * 2)).toBeCloseTo(phase.watts, 1);
    }
    const energy = await client.readInputRegisters(72, 2);
    expect(energy.buffer.readFloatBE(0)).toBeCloseTo(room.state().room.mains.energyKWh, 1);
    await expect(client.readInputRegisters(40_000, 2)).rejects.toMatchObject({ modbusCode: 2 });
    await expect(client.writeRegister(0, 1)).rejects.toMatchObject({ modbusCode: 1 });
    client.setID(77);
    await expect(client.readInputRegisters(0, 2)).rejects.toMatchObject({ modbusCode: 11 });
    await new Promise((resolve) => client.close(() => resolve(undefined)));
  });

  test("the input module: sixteen inputs on one unit, a door and a rope among them", async () => {
    const client = new ModbusRTU();
    await client.connectTCP("127.0.0.1", { port: portOf("gateway") });
    client.setID(11);
    expect((await client.readDiscreteInputs(0, 16)).data).toEqual([true, true, ...Array(14).fill(false)]);
    room.scenario("door-open", true);
    room.scenario("leak", true);
    expect((await client.readDiscreteInputs(0, 3)).data.slice(0, 3)).toEqual([false, true, true]);
    room.scenario("all-clear", true);
    expect((await client.readDiscreteInputs(0, 3)).data.slice(0, 3)).toEqual([true, true, false]);
    await new Promise((resolve) => client.close(() => resolve(undefined)));
  });

  test("a probe: RTU frames with CRC, as slow as 9600 baud, tenths of a degree", async () => {
    const client = new ModbusRTU();
    // modbus-serial's "telnet" is plain RTU over TCP; its "TCP RTU" ports speak Modbus TCP.
    await client.connectTelnet("127.0.0.1", { port: portOf("sensors") });
    client.setID(2);
    client.setTimeout(300);
    const startedMs = performance.now();
    const { data } = await client.readInputRegisters(1, 2);
    expect(performance.now() - startedMs).toBeGreaterThan(25);
    const { temperatureC, humidity } = room.state().room.probes.rackHigh;
    expect(data).toEqual([Math.round(temperatureC * 10), Math.round(humidity * 10)]);
    client.setID(9);
    await expect(client.readInputRegisters(1, 2)).rejects.toMatchObject({ name: "TransactionTimedOutError" });
    await new Promise((resolve) => client.close(() => resolve(undefined)));
  });

  test("two talkers on the probes' wire spoil each other", async () => {
    const talkers = await Promise.all(
      [1, 2].map(async (unit) => {
        const client = new ModbusRTU();
        await client.connectTelnet("127.0.0.1", { port: portOf("sensors") });
        client.setID(unit);
        client.setTimeout(200);
        return client;
      }),
    );
    const answers = await Promise.allSettled(talkers.map((client) => client.readInputRegisters(1, 2)));
    expect(answers.map((answer) => answer.status)).toEqual(["rejected", "rejected"]);
    const inTurn = await talkers[0]?.readInputRegisters(1, 2);
    expect(inTurn?.data).toHaveLength(2);
    for (const client of talkers) await new Promise((resolve) => client.close(() => resolve(undefined)));
  });

  const get = (session: { get: typeof snmp.Session.prototype.get; close(): void }, oids: string[]): Promise<unknown[]> =>
    new Promise((resolve, reject) => {
      session.get(oids, (error: Error | null, variables?: { value?: unknown }[]) => {
        session.close();
        if (error === null) resolve((variables ?? []).map(({ value }) => value));
        else reject(error);
      });
    });

  test("UPS A: RFC 1628 over v2c", async () => {
    const session = snmp.createSession("127.0.0.1", "public", { port: portOf("ups-a-card"), version: snmp.Version2c, timeout: 1_000 });
    const [charge, source, minutes] = await get(session, [CHARGE, SOURCE, MINUTES]);
    expect([charge, source]).toEqual([100, 3]);
    expect(minutes).toBeGreaterThan(15);
    const stranger = snmp.createSession("127.0.0.1", "private", { port: portOf("ups-a-card"), timeout: 200, retries: 0 });
    await expect(get(stranger, [CHARGE])).rejects.toThrow(/timed out/i);
  });

  test("UPS B: the same over v3 with SHA-256 and AES; a wrong key learns nothing", async () => {
    const user = {
      name: V3_ACCESS.user,
      level: snmp.SecurityLevel.authPriv,
      authProtocol: snmp.AuthProtocols.sha256,
      authKey: V3_ACCESS.authKey,
      privProtocol: snmp.PrivProtocols.aes,
      privKey: V3_ACCESS.privKey,
    };
    const options = { port: portOf("ups-b-card"), version: snmp.Version3, timeout: 500, retries: 0 };
    expect(await get(snmp.createV3Session("127.0.0.1", user, options), [SOURCE])).toEqual([3]);
    await expect(
      get(snmp.createV3Session("127.0.0.1", { ...user, authKey: "not the key at all" }, options), [SOURCE]),
    ).rejects.toBeDefined();
  });
});

describe("with the product's own drivers", () => {
  test.each([false, true])("every device reads as the room is, mains failed: %s", async (failed) => {
    room.scenario("mains-failure", failed);
    if (failed) livesOn(120);
    const { devices } = await truth();
    for (const device of readers.site.devices) {
      const reader = readers.reader(device.id);
      const readings = emptyReadings(reader.pointNames.length);
      const report = await reader.read(readings);
      expect(report.faults, device.id).toEqual([]);
      for (const [index, point] of device.points.entries()) {
        const expected = devices[device.id]?.[point.field];
        const quality = readings.qualities[index] ?? QUALITY.never;
        if (expected === undefined) {
          expect(point.optional, `${device.id}/${point.name}`).toBe(true);
          expect(qualityName(quality)).not.toBe("good");
          continue;
        }
        expect(qualityName(quality), `${device.id}/${point.name}`).toBe("good");
        const field = device.profile.points[point.field];
        const definition = findPoint(point.field);
        if (definition?.kind === "state") expect(definition.states[readings.values[index] ?? -1]?.name).toBe(expected);
        else {
          const step = Math.max(Math.abs(field?.scale ?? 1) / 2, Math.abs(Number(expected)) * 1e-6) + 1e-9;
          expect(Math.abs((readings.values[index] ?? Number.NaN) - Number(expected)), `${device.id}/${point.name}`).toBeLessThanOrEqual(
            step,
          );
        }
      }
    }
    room.scenario("all-clear", true);
  });

  test("a dead probe is silent, and its neighbours on the wire are not", async () => {
    room.scenario("dead-slave", true);
    expect((await truth()).silent).toEqual(["th-5"]);
    for (const [id, alive] of [
      ["th-5", false],
      ["th-4", true],
    ] as const) {
      const reader = readers.reader(id);
      const readings = emptyReadings(reader.pointNames.length);
      expect((await reader.read(readings)).answered).toBe(alive);
      expect(isLost(readings.qualities[0] ?? 0)).toBe(!alive);
    }
    room.scenario("dead-slave", false);
    const reader = readers.reader("th-5");
    const readings = emptyReadings(reader.pointNames.length);
    await reader.read(readings);
    expect(readings.qualities[0]).toBe(QUALITY.good);
  });

  test("a server without power says nothing, and speaks again with the mains", async () => {
    room.scenario("mains-failure", true);
    livesOn(1_500);
    const reader = readers.reader("srv-1");
    const readings = emptyReadings(reader.pointNames.length);
    expect((await reader.read(readings)).answered).toBe(false);
    room.scenario("all-clear", true);
    livesOn(5);
    expect((await reader.read(readings)).answered).toBe(true);
  });
});

describe("strangers", () => {
  test("with impossible requests and garbage leave every server answering", async () => {
    const session = snmp.createSession("127.0.0.1", "public", {
      port: portOf("ups-a-card"),
      version: snmp.Version2c,
      timeout: 200,
      retries: 0,
    });
    await new Promise<void>((resolve) => session.getBulk([CHARGE], -1, 5, () => resolve()));
    session.close();
    const garbage = createSocket("udp4");
    for (const bus of ["ups-a-card", "ups-b-card", "srv-1-agent"])
      garbage.send(Buffer.from("302902010104", "hex"), portOf(bus), "127.0.0.1");
    for (const bus of ["gateway", "sensors"]) {
      const socket = connect(portOf(bus), "127.0.0.1");
      socket.on("error", () => undefined);
      await new Promise<void>((resolve) => socket.write(Buffer.alloc(700, 0xa5), () => resolve()));
      socket.destroy();
    }
    for (const device of readers.site.devices) {
      const reader = readers.reader(device.id);
      expect((await reader.read(emptyReadings(reader.pointNames.length))).answered, device.id).toBe(true);
    }
    garbage.close();
  });
});

describe("a second room", () => {
  test("on free ports lives beside the first; a webhook target is in its site file", async () => {
    const second = await startRoom({ ports: "free", speed: 10, seed: 1, webhookUrl: "http://127.0.0.1:9/hook" });
    expect(second.controlUrl).not.toBe(room.controlUrl);
    const { site } = openSiteReaders(second.siteYaml);
    expect(site.targets.map((target) => target.kind)).toEqual(["webhook"]);
    await second.stop();
    await second.stop();
  });

  test.each([
    ["control", createServer(), /端口 (\d+).*\n.*Port \1 \(control page\)/],
    ["ups-b-card", createSocket("udp4"), /端口 (\d+).*\n.*Port \1 \(SNMP, UDP\)/],
  ] as const)("with the port of %s taken says so in both languages, and leaves nothing listening", async (name, holder, sentence) => {
    const taken = await new Promise<number>((resolve) => {
      const told = (): void => {
        const address = holder.address();
        resolve(address === null || typeof address === "string" ? 0 : address.port);
      };
      if ("listen" in holder) holder.listen(0, "127.0.0.1", told);
      else holder.bind(0, "127.0.0.1", told);
    });
    const gateway = await freePort();
    const ports = { gateway, sensors: 0, "ups-a-card": 0, "ups-b-card": 0, "srv-1-agent": 0, control: 0, [name]: taken };
    await expect(startRoom({ ports, speed: 0, seed: 1 })).rejects.toThrow(sentence);
    const client = new ModbusRTU();
    await expect(client.connectTCP("127.0.0.1", { port: gateway })).rejects.toMatchObject({ code: "ECONNREFUSED" });
    holder.close();
  });
});

/** Lets the room live that many simulated seconds, and stand still again. */
function livesOn(seconds: number): void {
  room.setSpeed(1);
  for (let left = seconds; left > 0; left -= 100) {
    skippedMs += Math.min(left, 100) * 1_000;
    room.setSpeed(1);
  }
  room.setSpeed(0);
}
