import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { openDlt645 } from "../../drivers/dlt645/session.ts";
import type { Session } from "../../drivers/driver.ts";
import { characterMs, type LineWire } from "../../drivers/line/wire.ts";
import { openMegatec } from "../../drivers/megatec/session.ts";
import { openOsdp } from "../../drivers/osdp/session.ts";
import { openUpslink } from "../../drivers/upslink/session.ts";
import { openYd1363 } from "../../drivers/yd1363/session.ts";
import { systemClock } from "../../firmware/platform/clock.ts";
import { meterTalker, packed } from "../peers/line/meter.ts";
import { osdpTalker, SimulatedReader, wiegand } from "../peers/line/osdp-reader.ts";
import { q1Talker, qgsTalker, SerialUps, smartUpsTalker } from "../peers/line/serial-ups.ts";
import { serveLine } from "../peers/line/serve.ts";
import type { Talker } from "../peers/line/talker.ts";
import { yd1363Talker } from "../peers/line/yd1363-unit.ts";
import { describePeer, type Peer, startPeer } from "../peers/peer.ts";
import type { Listening } from "../room/wire/listen.ts";
import { profileOf, type Seen, watched } from "./wire/reading.ts";

const run = promisify(execFile);
const SETTINGS = { parity: "none", stopBits: 1, timeoutMs: 1_500 } as const;

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "roomward-lines-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** A port of this machine with a device at its far end, at the speed of its line. */
async function serialPort(talker: Talker, baudRate: number): Promise<string> {
  const wire: Listening = await serveLine(() => talker, characterMs({ ...SETTINGS, baudRate }));
  ends.push(() => wire.stop());
  const path = join(folder, `tty${wire.port}`);
  const bridge: Peer = await startPeer("socat", [`pty,raw,echo=0,link=${path}`, `tcp:127.0.0.1:${wire.port}`], {
    ready: () => existsSync(path),
  });
  ends.push(() => bridge.stop());
  return path;
}

async function readOnce<Address>(session: Session<Address>, address: Address): Promise<Seen> {
  try {
    return await watched(session.device(address))();
  } finally {
    await session.close();
  }
}

const ups = (path: string, profile: string, baudRate = 2_400): Promise<Seen> =>
  readOnce(openMegatec({ ...SETTINGS, path, baudRate }, systemClock), { profile: profileOf(profile, "megatec") });

/** What a driver of NUT makes of the device at a port: it opens, asks everything once, and says what it found. */
async function nut(driver: string, path: string, ...parameters: readonly string[]): Promise<Readonly<Record<string, string>>> {
  const args = ["-s", "test", "-u", "root", "-d", "1", "-x", `port=${path}`, ...parameters.flatMap((parameter) => ["-x", parameter])];
  const env = { ...process.env, NUT_STATEPATH: folder, NUT_ALTPIDPATH: folder, NUT_CONFPATH: folder };
  const { stdout } = await run(`/lib/nut/${driver}`, args, { env, timeout: 25_000 });
  return Object.fromEntries(stdout.split("\n").flatMap((line) => (line.includes(": ") ? [line.split(": ", 2) as [string, string]] : [])));
}

/** Names that both know, with both numbers. */
function agree(ours: Seen, theirs: Readonly<Record<string, string>>, names: readonly string[]): void {
  for (const name of names) expect(ours.points[name], name).toBe(Number(theirs[name]));
}

describePeer("our simulated UPS, read by NUT and by us through the same kind of port", ["socat", "nut-server"], () => {
  test("Q1: the same numbers and the same states, on mains and on battery", { timeout: 60_000 }, async () => {
    const model = new SerialUps();
    const port = await serialPort(q1Talker(model), 2_400);
    const names = [
      "input.voltage",
      "output.voltage",
      "input.frequency",
      "ups.load",
      "ups.temperature",
      "input.voltage.fault",
      "battery.voltage.nominal",
    ];
    for (const [volts, status, source] of [
      [229.5, "OL", "normal"],
      [0, "OB", "battery"],
    ] as const) {
      model.mainsVolts = volts;
      model.step(10);
      const theirs = await nut("nutdrv_qx", port, "protocol=megatec");
      const ours = await ups(port, "ups/megatec-q1");
      agree(ours, theirs, names);
      expect(ours.points["battery.cell.voltage"]).toBe(Number(theirs["battery.voltage"]));
      expect([theirs["ups.status"], ours.points["output.source"]]).toEqual([status, source]);
      expect([theirs["ups.type"], theirs["ups.beeper.status"]]).toEqual([ours.points["ups.type"], ours.points["ups.beeper.status"]]);
    }
  });

  test("QGS, QMOD and QBV: the same numbers, charge and runtime among them", { timeout: 60_000 }, async () => {
    const model = new SerialUps();
    model.mainsVolts = 0;
    model.step(200);
    const port = await serialPort(qgsTalker(model), 2_400);
    const theirs = await nut("nutdrv_qx", port, "protocol=voltronic");
    const ours = await ups(port, "ups/voltronic-qgs");
    agree(ours, theirs, [
      "input.voltage",
      "input.frequency",
      "output.voltage",
      "output.current",
      "ups.load",
      "battery.voltage",
      "battery.charge",
      "battery.runtime",
      "ups.temperature",
    ]);
    expect(theirs["ups.status"]).toContain("OB");
    expect(ours.points).toMatchObject({ "output.source": "battery", "ups.mode": "battery" });
  });

  test("UPS-Link: the same numbers, on mains and on battery", { timeout: 60_000 }, async () => {
    const model = new SerialUps();
    for (const [volts, status, source] of [
      [229.5, "OL", "normal"],
      [0, "OB", "battery"],
    ] as const) {
      model.mainsVolts = volts;
      model.step(100);
      const port = await serialPort(smartUpsTalker(model), 2_400);
      const theirs = await nut("apcsmart", port);
      const session = openUpslink({ ...SETTINGS, path: port, baudRate: 2_400 }, systemClock);
      const ours = await readOnce(session, { profile: profileOf("ups/apc-smart-ups-serial", "upslink"), changed: () => {} });
      agree(ours, theirs, [
        "input.voltage",
        "input.voltage.minimum",
        "input.voltage.maximum",
        "output.voltage",
        "input.frequency",
        "ups.load",
        "battery.voltage",
        "battery.charge",
        "battery.runtime",
        "ups.temperature",
      ]);
      expect([theirs["ups.status"], ours.points["output.source"]]).toEqual([status, source]);
    }
  });
});

describePeer("devices behind a port of this machine", ["socat"], () => {
  const meter = { address: "000000000161", edition: "2007" as const, data: (di: string) => (di === "02010100" ? packed(2_295, 2) : null) };
  const crac = { address: 3, cid1: 0x60, info: () => Buffer.from("0000F601C700C8", "hex") };

  describe.each([1_200, 2_400, 9_600, 115_200])("at %i Bd", (baudRate) => {
    test("a UPS with Q1", async () => {
      const { points, report } = await ups(await serialPort(q1Talker(new SerialUps()), baudRate), "ups/megatec-q1", baudRate);
      expect(report.faults).toEqual([]);
      expect(points).toMatchObject({ "input.voltage": 229.5, "output.source": "normal" });
    });

    test("an air-conditioner with YD/T 1363.3", async () => {
      const wire: LineWire = { ...SETTINGS, path: await serialPort(yd1363Talker([crac]), baudRate), baudRate };
      const profile = profileOf("cooling/emerson-datamate-yd1363", "yd1363");
      const { points } = await readOnce(openYd1363(wire, systemClock), { profile, unit: 3 });
      expect(points).toMatchObject({ "return.temperature": 24.6, "return.humidity": 45.5, "outdoor.temperature": 20 });
    });

    test("a meter with DL/T 645", async () => {
      const wire: LineWire = { ...SETTINGS, path: await serialPort(meterTalker([meter]), baudRate), baudRate };
      const profile = profileOf("meter/dlt645-2007-single-phase", "dlt645");
      const { points } = await readOnce(openDlt645(wire, systemClock), { profile, address: "000000000161" });
      expect(points["input.voltage"]).toBe(229.5);
    });
  });

  test.each([9_600, 38_400, 115_200])("a card reader with OSDP at %i Bd: each card once", async (baudRate) => {
    const reader = new SimulatedReader(7, () => performance.now());
    const wire: LineWire = { ...SETTINGS, path: await serialPort(osdpTalker([reader]), baudRate), baudRate };
    const session = openOsdp(wire, systemClock);
    ends.push(() => session.close());
    const read = watched(session.device({ profile: profileOf("door/osdp-reader-inputs", "osdp"), unit: 7 }));
    expect((await read()).points).toMatchObject({ "access.events": 0, "door.contact": "closed", "access.tamper.alarm": "normal" });
    reader.card(wiegand(34, 4_000_000_001));
    expect((await read()).points).toMatchObject({ "access.events": 1, "access.card": 4_000_000_001, "access.card.high": 0 });
    expect((await read()).points).toMatchObject({ "access.events": 1, "access.card": "!sentinel" });
  });

  test("that is taken away is a missing adapter, and read again when it is back", async () => {
    const model = new SerialUps();
    const path = await serialPort(q1Talker(model), 9_600);
    const session = openMegatec({ ...SETTINGS, path, baudRate: 9_600, timeoutMs: 400 }, systemClock);
    const read = watched(session.device({ profile: profileOf("ups/megatec-q1", "megatec") }));
    expect((await read()).points["input.voltage"]).toBe(229.5);
    await ends.pop()?.();
    const { points, report } = await read();
    expect(points["input.voltage"]).toBe("!adapterMissing");
    expect(report.faults.some(({ reason }) => reason === "adapterMissing")).toBe(true);
    const again = await serialPort(q1Talker(model), 9_600);
    const back = await readOnce(openMegatec({ ...SETTINGS, path: again, baudRate: 9_600 }, systemClock), {
      profile: profileOf("ups/megatec-q1", "megatec"),
    });
    expect(back.points["input.voltage"]).toBe(229.5);
    await session.close();
  });
});
