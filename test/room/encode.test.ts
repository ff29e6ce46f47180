import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { loadProfile } from "../../drivers/catalogue.ts";
import { type ModbusProfile, modbusProfileSchema } from "../../drivers/modbus/profile.ts";
import { profilePoints } from "../../drivers/profile.ts";
import { findPoint, stateIndex } from "../../drivers/vocabulary.ts";
import { DEVICES } from "./devices.ts";
import { emptyImage, encodeModbus } from "./encode.ts";
import { type Disturbances, ordinaryMorning, step } from "./physics/room.ts";
import { disturbancesOf, SCENARIO_NAMES, type ScenarioName } from "./scenarios.ts";
import type { WorldView } from "./world.ts";

function viewOf(disturbances: Disturbances, running: WorldView["running"], seconds: number): WorldView {
  return { room: step(ordinaryMorning(5), disturbances, seconds), disturbances, running, speed: 1, seed: 5, revision: 0 };
}

const quiet = viewOf(disturbancesOf(new Set()), new Set(), 60);

describe.each(DEVICES.map((device) => [device.id, device] as const))("device %s", (_, device) => {
  const answer = loadProfile(device.profile);
  if (!("profile" in answer)) throw new Error(`no profile ${device.profile}`);
  const { profile } = answer;

  test("has a value for every point that its profile does not call optional", () => {
    const values = device.values(quiet);
    for (const point of profilePoints(profile, device.rows)) if (!point.optional) expect(values).toHaveProperty([point.field]);
  });

  test("says only what the vocabulary calls possible, in every scenario", () => {
    for (const name of SCENARIO_NAMES) {
      const running = new Set([name]);
      const values = device.values(viewOf(disturbancesOf(running), running, 1_500));
      for (const { field } of profilePoints(profile, device.rows)) {
        const definition = findPoint(field);
        const value = values[field];
        if (value === undefined || definition === undefined) continue;
        if (definition.kind === "state") expect(stateIndex(definition, String(value))).toBeDefined();
        else {
          expect(value).toBeGreaterThanOrEqual(definition.range[0]);
          expect(value).toBeLessThanOrEqual(definition.range[1]);
        }
      }
    }
  });
});

describe("what a scenario shows", () => {
  const saidIn = (name: ScenarioName, device: string): unknown => {
    const running = new Set([name]);
    return DEVICES.find(({ id }) => id === device)?.values(viewOf(disturbancesOf(running), running, 120));
  };

  test.each([
    ["mains-failure", "meter-1", { "input.L2-N.voltage": 0, "input.realpower": 0, "input.powerfactor": 0, "input.frequency": 0 }],
    [
      "mains-failure",
      "ups-a",
      { "output.source": "battery", "input.L1-N.voltage": 0, "input.L1.frequency": 0, "output.L1-N.voltage": 220 },
    ],
    ["mains-failure", "crac-2", { "cooling.status": "stopped", "cooling.alarm": "normal", "compressor.status": "stopped" }],
    ["crac-failure", "crac-1", { "cooling.status": "stopped", "cooling.alarm": "alarm", "fan.status": "stopped" }],
    ["crac-failure", "crac-2", { "cooling.status": "running", "cooling.alarm": "normal", "compressor.status": "running" }],
    ["leak", "leak-1", { "leak.detected": "leak" }],
    ["door-open", "door-1", { "door.contact": "open" }],
    ["door-open", "door-2", { "door.contact": "closed" }],
  ] as const)("%s at %s", (name, device, values) => expect(saidIn(name, device)).toMatchObject(values));

  test("on battery the current is negative, the voltage sags and the seconds count", () => {
    expect(saidIn("mains-failure", "ups-b")).toMatchObject({ "battery.runtime.elapsed": 120, "ups.alarms": 1 });
    expect(saidIn("mains-failure", "ups-b")).toHaveProperty(
      ["battery.current"],
      expect.toSatisfy((amperes: number) => amperes < -20),
    );
    expect(saidIn("mains-failure", "ups-b")).toHaveProperty(
      ["battery.voltage"],
      expect.toSatisfy((volts: number) => volts < 206),
    );
  });
});

describe("registers", () => {
  const profileOf = (field: object): ModbusProfile => {
    const parsed = modbusProfileSchema.parse({
      protocol: "modbus",
      class: "other",
      maker: "test",
      family: "test",
      label: { zh: "测试", en: "Test" },
      source: ["made up"],
      points: { "battery.current": { table: "holding", address: 4, ...field } },
    });
    return { ...parsed, id: "other/test" };
  };

  test("hold the house value within half a step, in two's complement", () => {
    fc.assert(
      fc.property(fc.double({ min: -2_000, max: 2_000, noNaN: true }), fc.constantFrom(0.1, 1, 0.01, -0.1), (value, scale) => {
        const image = emptyImage();
        encodeModbus(profileOf({ type: "s32", scale }), 0, { "battery.current": value }, image);
        const bytes = Buffer.alloc(4);
        bytes.writeUInt16BE(image.holding.get(4) ?? 0, 0);
        bytes.writeUInt16BE(image.holding.get(5) ?? 0, 2);
        expect(Math.abs(bytes.readInt32BE() * scale - value)).toBeLessThanOrEqual(Math.abs(scale) / 2 + 1e-9);
      }),
    );
  });

  test("hold words in the order of the profile, and clamp instead of wrapping round", () => {
    const image = emptyImage();
    encodeModbus(profileOf({ type: "f32", words: "low-first" }), 0, { "battery.current": 1.5 }, image);
    expect([image.holding.get(4), image.holding.get(5)]).toEqual([0x0000, 0x3fc0]);
    encodeModbus(profileOf({ type: "s16" }), 0, { "battery.current": 70_000 }, image);
    expect(image.holding.get(4)).toBe(32_767);
  });

  test("hold the maker's code for no value where the room has none, and nothing for an optional point", () => {
    const image = emptyImage();
    encodeModbus(profileOf({ absent: [0x7fff] }), 0, {}, image);
    expect(image.holding.get(4)).toBe(0x7fff);
    const empty = emptyImage();
    encodeModbus(profileOf({ absent: [0x7fff], optional: true }), 0, {}, empty);
    expect(empty.holding.size).toBe(0);
  });
});
