import { afterEach, describe, expect, test } from "vitest";
import { probeSite } from "../../firmware/acquire/probe.ts";
import { systemClock } from "../../firmware/platform/clock.ts";
import { lineSettings, lineWire, portNames } from "../../firmware/site/line.ts";
import { loadSite } from "../../firmware/site/load.ts";
import type { Site } from "../../firmware/site/model.ts";
import { siteView } from "../../firmware/site/view.ts";
import { meterTalker, packed } from "../peers/line/meter.ts";
import { osdpTalker, SimulatedReader } from "../peers/line/osdp-reader.ts";
import { q1Talker, SerialUps, smartUpsTalker } from "../peers/line/serial-ups.ts";
import { serveLine } from "../peers/line/serve.ts";
import { yd1363Talker } from "../peers/line/yd1363-unit.ts";
import type { Listening } from "../room/wire/listen.ts";
import { loadedSite } from "./loaded-site.ts";

const HEAD = "site: { id: t, name: T }\nareas: [{ id: room, name: Room }]\n";
const file = (buses: readonly string[], devices: readonly string[]): string =>
  `${HEAD}buses:\n${buses.map((bus) => `  - { ${bus} }\n`).join("")}devices:\n${devices.map((device) => `  - { area: room, ${device} }\n`).join("")}`;
function site(buses: readonly string[], devices: readonly string[]): Site {
  return loadedSite(file(buses, devices));
}
function problems(buses: readonly string[], devices: readonly string[]): readonly string[] {
  const loaded = loadSite(file(buses, devices));
  return "problems" in loaded ? loaded.problems.map(({ path, message }) => `${path}: ${message.en}`) : [];
}

const Q1 = "id: ups, bus: line, profile: ups/megatec-q1";
const METER = 'id: m-1, bus: line, profile: meter/dlt645-2007-three-phase, address: "000000000161"';
const READER = "id: reader, bus: line, profile: door/osdp-reader, unit: 0";
const GXE = "id: ups, bus: line, profile: ups/liebert-gxe-yd1363, unit: 1";

describe("a serial line in the site file", () => {
  test.each([
    ["modbus-ascii", "id: th-1, bus: line, unit: 1, profile: sensor/xy-md02", 9_600, "even", 1_000],
    ["megatec", Q1, 2_400, "none", 2_000],
    ["upslink", "id: ups, bus: line, profile: ups/apc-smart-ups-serial", 2_400, "none", 1_000],
    ["yd1363", GXE, 9_600, "none", 1_000],
    ["dlt645-2007", METER, 2_400, "even", 1_000],
    ["dlt645-1997", 'id: m-1, bus: line, profile: meter/dlt645-1997-single-phase, address: "000000000161"', 1_200, "even", 1_000],
    ["osdp", READER, 9_600, "none", 200],
  ] as const)(
    "of kind %s needs a path alone: the rest is as its devices leave the factory",
    (kind, device, baudRate, parity, timeoutMs) => {
      const [bus] = site([`id: line, kind: ${kind}, path: /dev/ttyUSB0`], [device]).buses;
      if (bus === undefined || bus.kind !== kind) throw new Error("no bus");
      expect(lineWire(bus)).toEqual({
        path: "/dev/ttyUSB0",
        baudRate,
        parity,
        stopBits: 1,
        dataBits: kind === "modbus-ascii" ? 7 : 8,
        timeoutMs,
        pauseMs: 0,
      });
    },
  );

  test("can be at a serial device server, and set otherwise", () => {
    const [bus] = site(["id: line, kind: dlt645-2007, host: 10.0.0.9, port: 4001, baudRate: 9600, timeout: 2s"], [METER]).buses;
    if (bus?.kind !== "dlt645-2007") throw new Error("no bus");
    expect(lineWire(bus)).toEqual({
      host: "10.0.0.9",
      port: 4_001,
      baudRate: 9_600,
      parity: "even",
      stopBits: 1,
      dataBits: 8,
      timeoutMs: 2_000,
      pauseMs: 0,
    });
  });

  test("in ASCII mode says how many data bits there are, and has no unit 0", () => {
    const [bus] = site(
      ["id: line, kind: modbus-ascii, path: /dev/ttyS0, dataBits: 8"],
      ["id: th-1, bus: line, unit: 1, profile: sensor/xy-md02"],
    ).buses;
    expect(bus === undefined ? "" : lineSettings(bus)).toBe("9600 8E1");
    const device = (unit: number): string => `id: th-1, bus: line, unit: ${unit}, profile: sensor/xy-md02`;
    expect(problems(["id: line, kind: modbus-ascii, path: /dev/ttyS0, dataBits: 9"], [device(1)])).toEqual([
      "buses[0].dataBits: expected data bits: 7 or 8, found `9`",
    ]);
    expect(problems(["id: line, kind: modbus-ascii, path: /dev/ttyS0"], [device(0)])).toEqual([
      "devices[0].unit: unit 0 on a serial line is the broadcast address and never answers; expected 1–247",
    ]);
  });

  test("may ask for a pause before each question", () => {
    const [bus] = site(["id: line, kind: yd1363, path: /dev/ttyUSB0, pause: 50ms"], [GXE]).buses;
    if (bus?.kind !== "yd1363") throw new Error("no bus");
    expect(lineWire(bus).pauseMs).toBe(50);
    expect(problems(["id: line, kind: yd1363, path: /dev/ttyUSB0, pause: 6s"], [GXE])).toEqual([
      "buses[0].pause: expected a duration with its unit, 0ms to 5s, e.g. `50ms`: the silence before each question, found `6s`",
    ]);
  });

  test("may name its port in several ways, and is known by the first; none of them is another bus's", () => {
    const names = '["/dev/serial/by-id/usb-FTDI-1", "/dev/serial/by-path/usb-1", "usb:0403:6001:A50285BI"]';
    const [bus] = site([`id: line, kind: yd1363, path: ${names}`], [GXE]).buses;
    if (bus?.kind !== "yd1363") throw new Error("no bus");
    expect(lineWire(bus)).toMatchObject({ path: "/dev/serial/by-id/usb-FTDI-1" });
    expect(portNames(bus)).toHaveLength(3);
    expect(
      problems([`id: line, kind: yd1363, path: ${names}`, 'id: other, kind: modbus-rtu, path: ["/dev/serial/by-path/usb-1"]'], [GXE]),
    ).toEqual(["buses[1]: /dev/serial/by-path/usb-1 belongs to bus line already; a wire is one bus"]);
    expect(problems(['id: line, kind: yd1363, path: ["/dev/a", "A50285BI"]'], [GXE])).toEqual([
      "buses[0].path[1]: expected a device file, or `usb:vendor:product:serial`, e.g. `usb:0403:6001:A50285BI`, found `A50285BI`",
    ]);
  });

  test("is one way to one wire", () => {
    const needs = "bus line needs path (a serial port of this box), or host and port (a serial device server), one of them";
    expect(problems(["id: line, kind: megatec"], [Q1])).toEqual([`buses[0]: ${needs}`]);
    expect(problems(["id: line, kind: megatec, host: 10.0.0.9"], [Q1])).toEqual([`buses[0]: ${needs}`]);
    expect(problems(["id: line, kind: megatec, path: /dev/a, host: 10.0.0.9, port: 1"], [Q1])).toEqual([`buses[0]: ${needs}`]);
    expect(problems(["id: line, kind: megatec, path: /dev/a", "id: other, kind: modbus-rtu, path: /dev/a"], [Q1])).toEqual([
      "buses[1]: /dev/a belongs to bus line already; a wire is one bus",
    ]);
  });

  test("without addresses has one device", () => {
    expect(problems(["id: line, kind: megatec, path: /dev/a"], [Q1, "id: ups-2, bus: line, profile: ups/voltronic-qgs"])).toEqual([
      "devices[1].bus: ups is on bus line already; this protocol knows no addresses, a line has one device",
    ]);
  });

  test("has devices that speak its protocol, each at an address of its own", () => {
    const meters = ["id: line, kind: dlt645-1997, path: /dev/a"];
    expect(problems(meters, [METER])).toEqual([
      "devices[0].bus: profile meter/dlt645-2007-three-phase speaks dlt645-2007, but bus line is dlt645-1997",
    ]);
    const bus = ["id: line, kind: dlt645-2007, path: /dev/a"];
    expect(problems(bus, ["id: m-1, bus: line, profile: meter/dlt645-2007-three-phase"])).toEqual([
      "devices[0]: m-1 lacks address (the twelve digits of the meter, in quotes)",
    ]);
    expect(problems(bus, [METER, METER.replace("m-1", "m-2")])).toEqual([
      "devices[1].address: this is the same device as m-1 (same bus, unit and profile)",
    ]);
    expect(problems(bus, [METER.replace('"000000000161"', '"161"')])[0]).toContain("the twelve digits on a DL/T 645 meter, in quotes");
    expect(problems(bus, [`${METER}, unit: 3`])).toEqual(["devices[0].unit: a DL/T 645 device has no unit"]);
    const yd = ["id: line, kind: yd1363, path: /dev/a"];
    expect(problems(yd, [GXE.replace(", unit: 1", "")])).toEqual(["devices[0]: ups lacks unit (the address ADR of YD/T 1363.3, 1–254)"]);
    expect(problems(yd, [GXE.replace("unit: 1", "unit: 255")])).toEqual([
      "devices[0].unit: 0 and 255 are broadcast addresses; expected 1–254",
    ]);
    const osdp = ["id: line, kind: osdp, path: /dev/a"];
    expect(problems(osdp, [READER.replace(", unit: 0", "")])).toEqual([
      "devices[0]: reader lacks unit (the OSDP address of the reader, 0–126)",
    ]);
    expect(problems(osdp, [READER.replace("unit: 0", "unit: 127")])).toEqual([
      "devices[0].unit: 127 is OSDP's broadcast address; expected 0–126",
    ]);
    const other = "id: reader-2, bus: line, profile: door/osdp-reader-inputs, unit: 0, channel: 1";
    expect(problems(osdp, [READER, other])).toEqual(["devices[1].unit: this is the same device as reader (same bus, unit and profile)"]);
    expect(problems(["id: line, kind: yd1363, path: /dev/a"], [READER.replace("unit: 0", "unit: 1")])).toEqual([
      "devices[0].bus: profile door/osdp-reader speaks osdp, but bus line is yd1363",
    ]);
    expect(problems(["id: line, kind: megatec, path: /dev/a"], [`${Q1}, unit: 1`])).toEqual([
      "devices[0].unit: a Megatec device has no unit",
    ]);
  });

  test("shows on the label where it is, and the meter's number", () => {
    const view = siteView(site(["id: line, kind: dlt645-2007, path: /dev/ttyUSB1"], [METER]), { version: "", revision: "", demo: false });
    expect(view.devices[0]?.address).toBe("/dev/ttyUSB1 · unit 000000000161");
    const alone = siteView(site(["id: line, kind: megatec, host: 10.0.0.9, port: 4001"], [Q1]), { version: "", revision: "", demo: false });
    expect(alone.devices[0]?.address).toBe("10.0.0.9:4001");
  });
});

describe("a probe of a room with serial lines", () => {
  const wires: Listening[] = [];
  afterEach(async () => {
    for (const wire of wires.splice(0)) await wire.stop();
  });

  test("asks each device on its line, and says what it said", async () => {
    const meter = {
      address: "000000000161",
      edition: "2007" as const,
      data: (di: string) => (di === "02010100" ? packed(2_295, 2) : null),
    };
    const lines = [
      ["megatec", Q1.replace("line", "b0"), q1Talker(new SerialUps(), 5)],
      ["upslink", "id: apc, bus: b1, profile: ups/apc-smart-ups-serial", smartUpsTalker(new SerialUps(), [], 5)],
      [
        "yd1363",
        "id: crac, bus: b2, profile: cooling/emerson-datamate-yd1363, unit: 3",
        yd1363Talker([{ address: 3, cid1: 0x60, info: () => Buffer.from("0000F601C700C8", "hex") }], 5),
      ],
      ["dlt645-2007", METER.replace("line", "b3").replace("three", "single"), meterTalker([meter], 5)],
      ["osdp", READER.replace("line", "b4"), osdpTalker([new SimulatedReader(0, () => performance.now())])],
    ] as const;
    const buses: string[] = [];
    for (const [index, [kind, , talker]] of lines.entries()) {
      const wire = await serveLine(() => talker, 0.05);
      wires.push(wire);
      // Both ends are this process: while it loads the next driver neither speaks nor hears, on a busy machine for seconds. All answer.
      buses.push(`id: b${index}, kind: ${kind}, host: 127.0.0.1, port: ${wire.port}, timeout: 30s, baudRate: 115200`);
    }
    buses.push("id: gone, kind: dlt645-2007, path: /dev/not-there");
    const devices = [...lines.map(([, device]) => device), METER.replace("m-1", "m-2").replace("line", "gone")];
    const probes = await probeSite(site(buses, devices), systemClock);
    expect(probes).toMatchObject([
      { device: "ups", answered: true, good: 18, busKind: "megatec", unit: null, settings: "" },
      { device: "apc", answered: true, good: 16, missing: [] },
      { device: "crac", answered: true, good: 3, unit: 3, missing: [] },
      { device: "m-1", answered: true, good: 1, unit: "000000000161", missing: ["input.current", "input.realpower", "input.energy"] },
      { device: "reader", answered: true, good: 4, unit: 0, missing: [], identity: expect.stringMatching(/^vendor A1A2A3, model/) },
      { device: "m-2", answered: false, reason: "adapterMissing", settings: "2400 8E1", wire: "/dev/not-there" },
    ]);
  });
});
