import { describe, expect, test } from "vitest";
import { QUALITY } from "../../drivers/reading.ts";
import { LastOnBattery } from "../../firmware/acquire/last-on-battery.ts";

const MAINS = 0;
const BATTERY = 1;

/** A UPS whose source of power is its only point. */
class Ups {
  readonly memory: LastOnBattery;
  constructor(wasOnBattery = false) {
    this.memory = new LastOnBattery({ point: 0, onBattery: BATTERY }, wasOnBattery);
  }
  says(source: number, atS: number, quality: number = QUALITY.good): this {
    this.memory.heard({ values: Float64Array.of(source), qualities: Uint8Array.of(quality) }, atS * 1_000);
    return this;
  }
}

describe("a UPS that is not heard any more may be discharging", () => {
  test.each<[string, Ups, boolean]>([
    ["not when it was on the mains", new Ups().says(MAINS, 0).says(MAINS, 100), false],
    ["when it was on its battery", new Ups().says(MAINS, 0).says(BATTERY, 100), true],
    ["when it had been back on the mains for less than a minute", new Ups().says(BATTERY, 100).says(MAINS, 159), true],
    ["not when it had been back for longer", new Ups().says(BATTERY, 100).says(MAINS, 161), false],
    ["however long the silence is", new Ups().says(BATTERY, 100).says(BATTERY, 99_999), true],
    ["when what it said last could not be used", new Ups().says(BATTERY, 100).says(MAINS, 300, QUALITY.outOfRange), true],
    ["when the journal knows it on its battery and nothing was heard since", new Ups(true), true],
    ["not when nothing is known of it", new Ups(), false],
    ["not when it was heard on the mains after a start", new Ups(true).says(MAINS, 61), false],
  ])("%s", (_when, { memory }, expected) => {
    expect(memory.mayBeDischarging).toBe(expected);
  });
});
