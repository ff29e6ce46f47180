import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import type { DeviceReader, Session } from "../../drivers/driver.ts";
import { type ModbusAddress, openModbus } from "../../drivers/modbus/session.ts";
import { emptyReadings, qualityName } from "../../drivers/reading.ts";
import { systemClock } from "../../firmware/platform/clock.ts";
import { compiled } from "../peers/compiled.ts";
import { describePeer, freePort, type Peer, startPeer } from "../peers/peer.ts";
import { profileOf } from "./wire/reading.ts";

const UNIT = 7;
/** The first six quantities of the meter, as floats of two registers: 230.5, 231.25, 229.75 V, 4.5, 5.25, 3.75 A. */
const REGISTERS = [230.5, 231.25, 229.75, 4.5, 5.25, 3.75].flatMap((value) => {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatBE(value);
  return [bytes.readUInt16BE(0), bytes.readUInt16BE(2)];
});
const SAID = {
  "input.L1-N.voltage": 230.5,
  "input.L2-N.voltage": 231.25,
  "input.L3-N.voltage": 229.75,
  "input.L1.current": 4.5,
  "input.L2.current": 5.25,
  "input.L3.current": 3.75,
};

const folder = mkdtempSync(join(tmpdir(), "roomward-libmodbus-"));
const peers: Peer[] = [];
afterAll(async () => {
  for (const peer of peers) await peer.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function slave(mode: "tcp" | "rtu", where: string, busyEvery = 0): Promise<void> {
  const program = compiled("modbus-slave", ["-I/usr/include/modbus"], ["-lmodbus"]);
  const words = [mode, where, UNIT, busyEvery, 0, ...REGISTERS].map(String);
  peers.push(await startPeer(program, words, { ready: (output) => output.includes("ready") }));
}

async function pair(): Promise<{ readonly near: string; readonly far: string }> {
  const near = join(folder, `tty${peers.length}`);
  const far = `${near}-far`;
  const ends = [near, far].map((link) => `pty,raw,echo=0,link=${link}`);
  peers.push(await startPeer("socat", ends, { ready: () => existsSync(near) && existsSync(far) }));
  return { near, far };
}

const meterOn = (session: Session<ModbusAddress>, unit = UNIT): DeviceReader =>
  session.device({ profile: profileOf("meter/eastron-sdm630", "modbus"), unit, channel: 0 });

/** One pass over the meter: values, or the names of the reasons why there are none. */
async function read(device: DeviceReader): Promise<Record<string, number | string>> {
  const into = emptyReadings(device.pointNames.length);
  await device.read(into);
  return Object.fromEntries(
    device.pointNames.map((name, column): [string, number | string] => {
      const quality = into.qualities[column] ?? 255;
      return [name, quality === 0 ? (into.values[column] ?? Number.NaN) : qualityName(quality)];
    }),
  );
}

const good = (points: Record<string, number | string>): Record<string, number | string> =>
  Object.fromEntries(Object.entries(points).filter(([, said]) => typeof said === "number"));
const reasons = (points: Record<string, number | string>): readonly (number | string)[] => [
  ...new Set(Object.values(points).filter((said) => typeof said === "string")),
];

async function expectTheMeter(device: DeviceReader): Promise<void> {
  const points = await read(device);
  expect(good(points)).toEqual(SAID);
  // What the device does not have it answers by exception 2; that costs nobody else his value.
  expect(reasons(points)).toEqual(["exception"]);
}

describePeer("a meter behind libmodbus", ["libmodbus", "socat"], () => {
  test("is read over TCP: what it has is right, what it has not is an exception", async () => {
    const port = await freePort();
    await slave("tcp", `127.0.0.1:${port}`);
    const session = openModbus({ kind: "modbus-tcp", host: "127.0.0.1", port, timeoutMs: 1_000 }, systemClock);
    const meter = meterOn(session);
    for (let pass = 0; pass < 3; pass += 1) await expectTheMeter(meter);
    await session.close();
  });

  test("is read over a serial line: the same, and a unit that is not there is silent without harm to it", async () => {
    const { near, far } = await pair();
    await slave("rtu", far);
    const session = openModbus(
      { kind: "modbus-rtu", path: near, baudRate: 9_600, parity: "none", stopBits: 1, timeoutMs: 300 },
      systemClock,
    );
    const meter = meterOn(session);
    await expectTheMeter(meter);
    const elsewhere = await read(meterOn(session, UNIT + 1));
    expect([good(elsewhere), reasons(elsewhere)]).toEqual([{}, ["timeout"]]);
    await expectTheMeter(meter);
    await session.close();
  });

  test("that is busy at times has no value then, and never a wrong one", async () => {
    const port = await freePort();
    await slave("tcp", `127.0.0.1:${port}`, 17);
    const session = openModbus({ kind: "modbus-tcp", host: "127.0.0.1", port, timeoutMs: 1_000 }, systemClock);
    const meter = meterOn(session);
    const passes: number[] = [];
    for (let pass = 0; pass < 40; pass += 1) {
      const points = await read(meter);
      for (const [name, value] of Object.entries(good(points))) expect([name, value]).toEqual([name, Reflect.get(SAID, name)]);
      for (const name of Object.keys(SAID))
        expect([name, points[name]]).toSatisfy(([, said]) => said === "exception" || typeof said === "number");
      passes.push(Object.keys(good(points)).length);
    }
    expect(Math.max(...passes)).toBe(Object.keys(SAID).length);
    expect(Math.min(...passes)).toBeLessThan(Object.keys(SAID).length);
    await session.close();
  });
});
