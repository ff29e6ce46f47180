import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { OUTSIDE_C, relativeHumidity } from "./physics/cooling.ts";
import { type Disturbances, ordinaryMorning, type RoomState, step, UNDISTURBED } from "./physics/room.ts";
import { batteryStatus, batteryVolts, runtimeSeconds } from "./physics/ups.ts";

const MINUTE = 60;
const morning = ordinaryMorning(1);
const blackout: Disturbances = { ...UNDISTURBED, mainsFailed: true };
const oneCooler: Disturbances = { ...UNDISTURBED, coolerFailed: true };

/** The room after each of `count` spans. */
function* days(from: RoomState, disturbances: Disturbances, spanSeconds: number, count: number): Generator<RoomState> {
  let room = from;
  for (let i = 0; i < count; i += 1) {
    room = step(room, disturbances, spanSeconds);
    yield room;
  }
}

const anyDisturbances = fc.record({ mainsFailed: fc.boolean(), coolerFailed: fc.boolean(), leaking: fc.boolean(), doorOpen: fc.boolean() });
const anyHistory = fc.array(fc.record({ disturbances: anyDisturbances, seconds: fc.integer({ min: 1, max: 1_800 }) }), {
  minLength: 1,
  maxLength: 12,
});

describe("an ordinary day", () => {
  test("is in balance: the cold aisle stays within the recommended 18–27 °C and the hot aisle is hot", () => {
    for (const room of days(morning, UNDISTURBED, 10 * MINUTE, 144)) {
      expect(room.probes.rackHigh.temperatureC).toBeGreaterThan(18);
      expect(room.probes.rackHigh.temperatureC).toBeLessThan(24);
      expect(room.air.hotC - room.air.coldC).toBeGreaterThan(5);
      expect(room.probes.rackLow.humidity).toBeGreaterThan(40);
      expect(room.probes.rackLow.humidity).toBeLessThan(60);
      expect(room.upsA.source).toBe("mains");
    }
  });

  test("servers take more at three in the afternoon than at midnight", () => {
    const afternoon = step(morning, UNDISTURBED, 4 * 3_600);
    const midnight = step(morning, UNDISTURBED, 15 * 3_600);
    expect(afternoon.itW).toBeGreaterThan(midnight.itW * 1.05);
  });

  test("the same seed is the same day, whatever the spans it is lived in; another seed is another", () => {
    fc.assert(
      fc.property(fc.integer(), fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 10 }), (seed, spans) => {
        const atOnce = step(
          ordinaryMorning(seed),
          UNDISTURBED,
          spans.reduce((a, b) => a + b),
        );
        const inSpans = spans.reduce((room, span) => step(room, UNDISTURBED, span), ordinaryMorning(seed));
        expect(inSpans).toEqual(atOnce);
        expect(step(ordinaryMorning(seed + 1), UNDISTURBED, 60).mains.phases).not.toEqual(
          step(ordinaryMorning(seed), UNDISTURBED, 60).mains.phases,
        );
      }),
      { numRuns: 10 },
    );
  });
});

describe("the laws, under anything that may happen", () => {
  test("charge is a share, energy never falls, every number is finite and believable", () => {
    fc.assert(
      fc.property(anyHistory, (history) => {
        let room = morning;
        for (const { disturbances, seconds } of history) {
          const before = room;
          room = step(room, disturbances, seconds);
          for (const ups of [room.upsA, room.upsB]) {
            expect(ups.charge).toBeGreaterThanOrEqual(0);
            expect(ups.charge).toBeLessThanOrEqual(1);
            expect(runtimeSeconds(ups)).toBeGreaterThanOrEqual(0);
            expect(batteryVolts(ups)).toBeGreaterThan(160);
            expect(batteryVolts(ups)).toBeLessThan(220);
          }
          expect(room.mains.energyKWh).toBeGreaterThanOrEqual(before.mains.energyKWh);
          for (const probe of Object.values(room.probes)) {
            expect(probe.temperatureC).toBeGreaterThan(15);
            expect(probe.temperatureC).toBeLessThan(90);
            expect(probe.humidity).toBeGreaterThanOrEqual(0);
            expect(probe.humidity).toBeLessThanOrEqual(100);
          }
          expect(room.itW).toBeGreaterThanOrEqual(0);
        }
      }),
      { numRuns: 30 },
    );
  });

  test("volts × amperes × power factor is watts on every phase", () => {
    fc.assert(
      fc.property(anyHistory, (history) => {
        const room = history.reduce((state, each) => step(state, each.disturbances, each.seconds), morning);
        for (const phase of room.mains.phases) {
          const product = phase.volts * phase.amperes * phase.powerFactor;
          expect(Math.abs(product - phase.watts)).toBeLessThanOrEqual(0.01 * phase.watts);
        }
      }),
      { numRuns: 20 },
    );
  });

  test("what goes in at the meter is what UPS, coolers and lights take", () => {
    const room = step(morning, UNDISTURBED, 600);
    const watts = room.mains.phases.reduce((sum, phase) => sum + phase.watts, 0);
    const taken = room.upsA.inputW + room.upsB.inputW + room.crac1.electricW + room.crac2.electricW;
    expect(watts - taken).toBeGreaterThan(0);
    expect(watts - taken).toBeLessThan(1_000);
    expect(step(room, UNDISTURBED, 3_600).mains.energyKWh - room.mains.energyKWh).toBeCloseTo(watts / 1_000, 0);
  });
});

describe("the mains fails", () => {
  test("both UPS carry the servers at once, charge and runtime fall together to nothing, then the servers are dark", () => {
    let before = step(morning, blackout, 1);
    expect(before.upsA.source).toBe("battery");
    expect(before.itW).toBeGreaterThan(10_000);
    let emptyAtSeconds = 0;
    for (const room of days(before, blackout, 10, 180)) {
      expect(room.upsA.charge).toBeLessThanOrEqual(before.upsA.charge);
      if (room.upsA.source === "none" && room.upsB.source === "none") {
        emptyAtSeconds = room.seconds;
        break;
      }
      before = room;
    }
    expect(batteryStatus(before.upsB)).toBe("low");
    expect(emptyAtSeconds / MINUTE).toBeGreaterThan(15);
    expect(emptyAtSeconds / MINUTE).toBeLessThan(25);
    const dark = step(morning, blackout, 2 * 3_600);
    expect(dark.itW).toBe(0);
    expect(runtimeSeconds(dark.upsA)).toBe(0);
    expect(batteryStatus(dark.upsA)).toBe("depleted");
  });

  test("the promised runtime is kept within a tenth", () => {
    const early = step(morning, blackout, 60);
    const promised = runtimeSeconds(early.upsA);
    expect(step(early, blackout, promised * 0.9).upsA.source).toBe("battery");
    expect(step(early, blackout, promised * 1.1).upsA.source).toBe("none");
  });

  test("with the mains back the output returns at once and the batteries fill, slower near the end", () => {
    const dark = step(morning, blackout, 3_600);
    const back = step(dark, UNDISTURBED, 1);
    expect(back.upsA.source).toBe("mains");
    expect(back.itW).toBeGreaterThan(3_000);
    const minutes = [...days(back, UNDISTURBED, MINUTE, 6 * 60)];
    const takes = (from: number, to: number): number => minutes.filter(({ upsA }) => upsA.charge > from && upsA.charge <= to).length;
    expect(minutes.at(-1)?.upsA.charge).toBeGreaterThan(0.97);
    expect(takes(0.9, 0.98)).toBeGreaterThan(1.5 * takes(0.8, 0.88));
    expect(minutes.find(({ upsA }) => batteryStatus(upsA) === "normal")).toBeDefined();
  });

  test.each([
    ["upsA", "upsB"],
    ["upsB", "upsA"],
  ] as const)("when the battery of %s is dead, %s carries the whole load", (dead, alive) => {
    const room = step({ ...morning, [dead]: { ...morning[dead], charge: 0 } }, blackout, 30);
    expect(room[dead].source).toBe("none");
    expect(room[alive].loadW).toBeGreaterThan(10_000);
  });
});

describe("cooling is lost", () => {
  test("without any cooling the room warms by about 1 °C a minute, and never cools meanwhile", () => {
    let before = step(morning, blackout, 60);
    const start = before;
    for (const room of days(before, blackout, 30, 20)) {
      expect(room.air.coldC).toBeGreaterThan(before.air.coldC);
      before = room;
    }
    const perMinute = (before.air.coldC - start.air.coldC) / ((before.seconds - start.seconds) / MINUTE);
    expect(perMinute).toBeGreaterThan(0.7);
    expect(perMinute).toBeLessThan(1.5);
  });

  test("heat is bounded: servers throttle, walls leak, and the room settles", () => {
    const hot = step(morning, { ...UNDISTURBED, coolerFailed: true }, 12 * 3_600);
    const later = step(hot, oneCooler, 3_600);
    expect(later.air.coldC).toBeLessThan(60);
    expect(Math.abs(later.air.coldC - hot.air.coldC)).toBeLessThan(2);
    expect(later.itW).toBeLessThan(morning.itW);
    expect(hot.air.coldC).toBeGreaterThan(OUTSIDE_C);
  });

  test("one failed cooler: the rack tops feel it within minutes and pass 27 °C in about eleven; the other runs at its limit", () => {
    const soon = step(morning, oneCooler, 3 * MINUTE);
    const risen = soon.probes.rackHigh.temperatureC - morning.probes.rackHigh.temperatureC;
    expect(risen).toBeGreaterThan(1.5);
    expect(risen).toBeGreaterThan(soon.probes.rackLow.temperatureC - morning.probes.rackLow.temperatureC);
    const crossing = [...days(morning, oneCooler, 10, 120)].find((room) => room.probes.rackHigh.temperatureC > 27);
    expect((crossing?.seconds ?? 0) / MINUTE).toBeGreaterThan(8);
    expect((crossing?.seconds ?? 0) / MINUTE).toBeLessThan(14);
    const late = step(morning, oneCooler, 20 * MINUTE);
    expect(late.crac2.demand).toBeGreaterThan(0.98);
    expect(late.crac1.running).toBe(false);
    expect(late.crac1.fan).toBeLessThan(0.02);
  });

  test("a compressor rests a minute before it starts again, and the room recovers", () => {
    const warm = step(morning, oneCooler, 15 * MINUTE);
    expect(step(warm, UNDISTURBED, 30).crac1.demand).toBe(0);
    expect(step(warm, UNDISTURBED, 30).crac1.fan).toBeGreaterThan(0.3);
    expect(step(warm, UNDISTURBED, 120).crac1.demand).toBeGreaterThan(0.5);
    expect(step(warm, UNDISTURBED, 3_600).probes.rackHigh.temperatureC).toBeLessThan(24);
  });

  test("warm air of the same water is dry air; an open door brings water in", () => {
    expect(relativeHumidity(20, 7.3)).toBeCloseTo(50, 0);
    expect(step(morning, oneCooler, 1_200).probes.rackHigh.humidity).toBeLessThan(morning.probes.rackHigh.humidity - 5);
    expect(step(morning, { ...UNDISTURBED, doorOpen: true }, 600).air.waterGPerKg).toBeGreaterThan(morning.air.waterGPerKg + 0.5);
  });
});
