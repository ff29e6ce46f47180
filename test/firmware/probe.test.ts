import { afterEach, beforeEach, expect, test } from "vitest";
import { probeSite } from "../../firmware/acquire/probe.ts";
import { systemClock } from "../../firmware/platform/clock.ts";
import { loadSite } from "../../firmware/site/load.ts";
import type { Site } from "../../firmware/site/model.ts";
import type { Listening } from "../room/wire/listen.ts";
import { startModbusTcp } from "../room/wire/modbus-tcp.ts";
import type { Slave } from "../room/wire/pdu.ts";

let wire: Listening;
let asked: number;
let answersFrom: number;

beforeEach(async () => {
  asked = 0;
  answersFrom = 0;
  const probe: Slave = {
    read: (table, address, count) => (table === "input" && address + count <= 3 ? [0, 231, 456].slice(address, address + count) : null),
    silent() {
      asked += 1;
      return asked <= answersFrom;
    },
  };
  const otherFamily: Slave = { read: () => null, silent: () => false };
  wire = await startModbusTcp(
    0,
    new Map([
      [1, probe],
      [2, otherFamily],
    ]),
  );
});
afterEach(() => wire.stop());

function site(...units: readonly number[]): Site {
  const devices = units.map((unit) => `  - { id: th-${unit}, area: room, bus: line, unit: ${unit}, profile: sensor/xy-md02 }\n`).join("");
  const loaded = loadSite(
    `site: { id: t, name: T }\nareas: [{ id: room, name: Room }]\nbuses:\n  - { id: line, kind: modbus-tcp, host: 127.0.0.1, port: ${wire.port}, timeout: 300ms }\n  - { id: gone, kind: modbus-rtu, path: /dev/not-there }\ndevices:\n${devices}  - { id: far, area: room, bus: gone, unit: 9, profile: sensor/xy-md02 }\n`,
  );
  if ("problems" in loaded) throw new Error(JSON.stringify(loaded.problems));
  return loaded.site;
}

test("asks every device in the order of the site, and says of each what it said", async () => {
  const probes = await probeSite(site(1, 2, 3), systemClock);
  expect(probes).toMatchObject([
    { device: "th-1", asked: true, answered: true, points: 2, good: 2, missing: [], reason: null },
    { device: "th-2", asked: true, answered: true, good: 0, missing: ["ambient.temperature", "ambient.humidity"] },
    { device: "th-3", asked: true, answered: false, good: 0, reason: "exception" },
    { device: "far", wire: "/dev/not-there", settings: "9600 8N1", unit: 9, asked: true, answered: false, reason: "adapterMissing" },
  ]);
  expect(probes[2]?.detail).toContain("gateway target does not answer");
});

test("a device that missed one or two questions answered; after three it is silent", async () => {
  answersFrom = 2;
  expect((await probeSite(site(1), systemClock))[0]).toMatchObject({ answered: true, good: 2 });
  expect(asked).toBe(3);
  asked = 0;
  answersFrom = 3;
  expect((await probeSite(site(1), systemClock))[0]).toMatchObject({ answered: false });
  expect(asked).toBe(3);
});

test("ends in time: who had no turn was not asked", async () => {
  expect(await probeSite(site(1), systemClock, 0)).toMatchObject([
    { device: "th-1", asked: false, answered: false },
    { device: "far", asked: false },
  ]);
  expect(asked).toBe(0);
});
