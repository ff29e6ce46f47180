import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { DeviceReader } from "../../drivers/driver.ts";
import { findPort, type ListedPort } from "../../drivers/line/port.ts";
import { guarded, PortGuard } from "../../drivers/line/port-guard.ts";
import { listPorts } from "../../drivers/line/port-list.ts";
import { emptyReadings, QUALITY, type Readings } from "../../drivers/reading.ts";

const BY_ID = "/dev/serial/by-id/usb-FTDI_FT232R_USB_UART_A50285BI-if00-port0";
const BY_PATH = "/dev/serial/by-path/platform-fd500000.pcie-usb-0:1.3:1.0-port0";
const USB = "usb:0403:6001:A50285BI" as const;
const FTDI: ListedPort = { path: "/dev/ttyUSB0", links: [BY_ID, BY_PATH], usb: USB };
const CH340: ListedPort = { path: "/dev/ttyUSB0", links: [BY_PATH], usb: "usb:1a86:7523" };

describe("a port is found", () => {
  test("by the first of its names that leads to one", () => {
    expect(findPort([BY_ID, BY_PATH, USB], [FTDI], null)).toEqual({ path: BY_ID, adapter: USB, stranger: null });
    expect(findPort(["/dev/ttyS9", USB], [FTDI], null)).toEqual({ path: "/dev/ttyUSB0", adapter: USB, stranger: null });
    expect(findPort([BY_ID], [], null)).toBeNull();
  });

  test("under its name wherever it is plugged in, when the numbers were swapped at a start", () => {
    const swapped = [
      { ...CH340, links: [] },
      { ...FTDI, path: "/dev/ttyUSB1" },
    ];
    expect(findPort([USB], swapped, null)?.path).toBe("/dev/ttyUSB1");
  });

  test("by its socket when an update of the system took its link: the serial number says that it is the one", () => {
    expect(findPort([BY_ID, BY_PATH], [{ ...FTDI, links: [BY_PATH] }], null)).toEqual({ path: BY_PATH, adapter: USB, stranger: null });
  });

  test("by its socket with another adapter in it: a stranger, and the words say who was expected and who is there", () => {
    expect(findPort([BY_ID, BY_PATH], [CH340], null)).toEqual({
      path: BY_PATH,
      adapter: "usb:1a86:7523",
      stranger: `another adapter is at ${BY_PATH}: expected ${BY_ID}, found usb:1a86:7523`,
    });
  });

  test("under a number alone: whoever is there first is believed, whoever comes after is a stranger", () => {
    expect(findPort(["/dev/ttyUSB0"], [FTDI], null)?.stranger).toBeNull();
    expect(findPort(["/dev/ttyUSB0"], [FTDI], USB)?.stranger).toBeNull();
    expect(findPort(["/dev/ttyUSB0"], [CH340], USB)?.stranger).toContain(`expected ${USB}, found usb:1a86:7523`);
  });

  test("is no stranger any more once it was accepted", () => {
    expect(findPort([BY_ID, BY_PATH], [CH340], "usb:1a86:7523")?.stranger).toBeNull();
  });
});

describe("the ports of a machine", () => {
  let root = "";
  const put = (path: string, content: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  };
  const link = (path: string, to: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    symlinkSync(join(root, to), join(root, path));
  };
  beforeEach(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), "roomward-ports-")));
    const usb = "sys/devices/platform/usb1/1-1/1-1.3";
    put(`${usb}/idVendor`, "0403\n");
    put(`${usb}/idProduct`, "6001\n");
    put(`${usb}/serial`, "A50285BI\n");
    put(`${usb}/1-1.3:1.0/ttyUSB0/port_number`, "0\n");
    link("sys/class/tty/ttyUSB0/device", `${usb}/1-1.3:1.0/ttyUSB0`);
    put("sys/devices/platform/serial8250/uevent", "");
    link("sys/class/tty/ttyS0/device", "sys/devices/platform/serial8250");
    mkdirSync(join(root, "sys/class/tty/tty1"), { recursive: true });
    put("dev/ttyUSB0", "");
    put("dev/ttyS0", "");
    put("dev/pts/3", "");
    link("dev/serial/by-id/usb-FTDI_A50285BI-if00-port0", "dev/ttyUSB0");
    link("dev/modbus", "dev/ttyUSB0");
    link("dev/far", "dev/pts/3");
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  test("are those with hardware behind them, with their links and what USB says of them", async () => {
    expect((await listPorts([], root)).toSorted((a, b) => a.path.localeCompare(b.path))).toEqual([
      { path: join(root, "dev/ttyS0"), links: [], usb: null },
      { path: join(root, "dev/ttyUSB0"), links: [join(root, "dev/serial/by-id/usb-FTDI_A50285BI-if00-port0")], usb: USB },
    ]);
  });

  test("have the links that the site names as well, and what is there without hardware", async () => {
    const names = [join(root, "dev/modbus"), join(root, "dev/far"), join(root, "dev/gone"), USB];
    const ports = await listPorts(names, root);
    expect(ports.find(({ links }) => links.includes(join(root, "dev/modbus")))?.usb).toBe(USB);
    expect(ports).toContainEqual({ path: join(root, "dev/far"), links: [], usb: null });
    expect(ports.some(({ path }) => path.endsWith("gone"))).toBe(false);
  });

  test("on a machine without any are none", async () => {
    expect(await listPorts([], join(root, "nothing"))).toEqual([]);
  });
});

describe("after the adapter was swapped", () => {
  let ports: ListedPort[];
  let guard: PortGuard;
  let answer: (into: Readings) => boolean;
  let reader: DeviceReader;
  let into: Readings;

  beforeEach(() => {
    ports = [FTDI];
    guard = new PortGuard([BY_ID, BY_PATH], async () => ports);
    into = emptyReadings(2);
    const device: DeviceReader = {
      pointNames: ["ambient.temperature", "ambient.humidity"],
      read: async (readings) => ({ answered: answer(readings), transactions: 1, faults: [] }),
    };
    reader = guarded(device, guard, [false, true]);
    answer = saying(QUALITY.good, QUALITY.good);
  });
  const saying =
    (...qualities: readonly number[]) =>
    (readings: Readings): boolean => {
      readings.qualities.set(qualities);
      readings.values.set(qualities.map((quality) => (quality === QUALITY.good ? 21 : Number.NaN)));
      return true;
    };

  test("what another wire says is no reading of this one, and why is said", async () => {
    await guard.find();
    expect((await reader.read(into)).answered).toBe(true);
    ports = [CH340];
    await guard.find();
    for (const lie of [
      saying(QUALITY.exception, QUALITY.good),
      saying(QUALITY.outOfRange, QUALITY.good),
      saying(QUALITY.good, QUALITY.unknownState),
      saying(QUALITY.sentinel, QUALITY.sentinel),
      () => false,
    ]) {
      answer = lie;
      const { answered, faults } = await reader.read(into);
      expect(answered).toBe(false);
      expect(faults).toEqual([
        {
          reason: "adapterMissing",
          detail: `another adapter is at ${BY_PATH}: expected ${BY_ID}, found usb:1a86:7523; nothing is believed until a device of this bus answers as its profile says`,
        },
      ]);
      expect([...into.qualities]).toEqual([QUALITY.adapterMissing, QUALITY.adapterMissing]);
      expect([...into.values]).toEqual([Number.NaN, Number.NaN]);
    }
  });

  test.each([
    ["all that the profile promises", QUALITY.good, QUALITY.good],
    ["all but what not every unit has", QUALITY.good, QUALITY.exception],
  ])("one device that says %s vouches for the wire, over the next opening as well", async (_, must, may) => {
    ports = [CH340];
    await guard.find();
    answer = saying(must, may);
    expect((await reader.read(into)).answered).toBe(true);
    answer = () => false;
    expect((await reader.read(into)).faults).toEqual([]);
    await guard.find();
    expect(guard.stranger).toBeNull();
  });

  test("the one that was meant is believed at once when it is back", async () => {
    ports = [CH340];
    await guard.find();
    expect(guard.stranger).not.toBeNull();
    ports = [FTDI];
    expect(await guard.find()).toEqual({ path: BY_ID });
    expect(guard.stranger).toBeNull();
  });

  test("none at all is said with what to do", async () => {
    ports = [];
    expect(await guard.find()).toEqual({
      fault: { reason: "adapterMissing", detail: `${BY_ID}, ${BY_PATH}: not there: plug the adapter in, or correct the path of the bus` },
    });
  });
});
