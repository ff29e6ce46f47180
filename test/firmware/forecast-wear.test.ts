import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { batteryWear, type FilterHour, filterWear, type WearLook } from "../../firmware/forecast/ageing.ts";
import { batteryLeft } from "../../firmware/forecast/battery.ts";
import {
  type BatterySample,
  DISCHARGES_PER_DEVICE,
  type Discharge,
  DischargeWatch,
  withDischarge,
} from "../../firmware/forecast/discharge.ts";
import { seeded } from "../faults/seeded.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** A lead-acid battery as Peukert has it: the heavier the load, the less it gives. Loads in %, from each minute on. */
function discharged(capacityMin: number, k: number, loadAt: (minute: number) => number, untilMin: number, rounds = 1): BatterySample[] {
  const samples: BatterySample[] = [];
  let charge = 100;
  for (let ms = 0; ms <= untilMin * MINUTE_MS; ms += 10_000) {
    const load = loadAt(ms / MINUTE_MS);
    samples.push({ atMs: 5_000 + ms, charge: Math.max(0, Math.round(charge / rounds) * rounds), voltage: null, load, toldMs: null });
    charge -= (100 / (capacityMin * 6)) * (load / 50) ** k;
  }
  return samples;
}
const minutesLeft = (samples: readonly BatterySample[], past: readonly Discharge[] = []) => {
  const look = batteryLeft(samples, past);
  if (look.outcome === "none") throw new Error(look.reason);
  return {
    at: look.inMs / MINUTE_MS,
    from: look.earliestMs / MINUTE_MS,
    to: (look.latestMs ?? Number.POSITIVE_INFINITY) / MINUTE_MS,
    by: look.by,
  };
};

describe("the minutes of a battery", () => {
  test("at a steady load are measured within a twentieth from a third of the discharge on", () => {
    for (const untilMin of [20, 30, 40, 50])
      expect(minutesLeft(discharged(60, 1.1, () => 50, untilMin)).at / (60 - untilMin)).toBeCloseTo(1, 1);
  });
  test.each([1, 1.1, 1.3])(
    "two minutes after half the load was shed (Peukert %d) the truth is in the band, and a plain line is not",
    (k) => {
      const samples = discharged(60, k, (minute) => (minute < 20 ? 80 : 40), 22);
      const used = 20 * (80 / 50) ** k + 2 * (40 / 50) ** k;
      const truth = (60 - used) / (40 / 50) ** k;
      const { at, from, to } = minutesLeft(samples);
      expect(truth).toBeGreaterThan(from);
      expect(truth).toBeLessThan(to);
      expect(Math.abs(at / truth - 1)).toBeLessThan(0.2);
      const plain = 22 * ((60 - used) / used);
      expect(Math.abs(plain / truth - 1)).toBeGreaterThan(0.3);
    },
  );
  test("a device that tells no charge and no time has no forecast; one that only tells its time is believed with a wide band", () => {
    const silent: BatterySample = { atMs: 0, charge: null, voltage: 50, load: null, toldMs: null };
    expect(batteryLeft([silent], [])).toEqual({ outcome: "none", reason: "tooFew" });
    expect(batteryLeft([], [])).toEqual({ outcome: "none", reason: "tooFew" });
    const told = { ...silent, toldMs: 20 * MINUTE_MS };
    expect(minutesLeft([told])).toEqual({ at: 20, from: 10, to: 26, by: "told" });
  });
  test("what the device says is worth what it was worth before, and empty is where it gave out", () => {
    const before: Discharge = { ...DISCHARGE, toldRatio: 0.6, emptied: true, toCharge: 12 };
    const told: BatterySample = { atMs: 0, charge: null, voltage: null, load: null, toldMs: 20 * MINUTE_MS };
    expect(minutesLeft([told], [before, before])).toMatchObject({ at: 12, by: "toldCorrected" });
    const all = minutesLeft(discharged(60, 1, () => 50, 30));
    const twelve = minutesLeft(
      discharged(60, 1, () => 50, 30),
      [before],
    );
    expect(all.at - twelve.at).toBeCloseTo(0.12 * 60, 0);
  });
  test("law: never negative, and the band holds the estimate", () =>
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            charge: fc.option(fc.integer({ min: 0, max: 100 })),
            load: fc.option(fc.integer({ min: 0, max: 120 })),
            toldMs: fc.option(fc.nat(1e7)),
          }),
          { maxLength: 80 },
        ),
        (rows) => {
          const look = batteryLeft(
            rows.map((row, n) => ({ ...row, voltage: null, atMs: n * 10_000 })),
            [],
          );
          if (look.outcome === "none") return;
          expect(look.earliestMs).toBeGreaterThanOrEqual(0);
          expect(look.inMs).toBeGreaterThanOrEqual(look.earliestMs);
          if (look.latestMs !== null) expect(look.latestMs).toBeGreaterThanOrEqual(look.inMs);
        },
      ),
    ));
});

const DISCHARGE: Discharge = {
  ...{ device: "ups", endedAtMs: 0, lastedMs: 10 * MINUTE_MS, fromCharge: 100, toCharge: 60, load: 50, loadPoint: "ups.load" },
  ...{ sag: null, toldRatio: null, emptied: false },
};

describe("what a discharge teaches", () => {
  const watched = (minutes: number, of: (minute: number) => Partial<BatterySample>, rest: number | null = 54) => {
    const watch = new DischargeWatch(0, rest);
    for (let ms = 0; ms <= minutes * MINUTE_MS; ms += 10_000)
      watch.take({ atMs: ms, charge: null, voltage: null, load: null, toldMs: null, ...of(ms / MINUTE_MS) });
    return watch.end("ups", "ups.load", false, 99);
  };
  test("its time, its charge, its sag, and whether the device's own minutes went with the clock", () => {
    const taught = watched(12, (m) => ({ charge: 100 - 3 * m, voltage: 51 - m / 10, load: 40, toldMs: (40 - 2 * m) * MINUTE_MS }));
    expect(taught).toMatchObject({ lastedMs: 12 * MINUTE_MS, fromCharge: 100, toCharge: 64, load: 40, endedAtMs: 99 });
    expect(taught?.toldRatio).toBeCloseTo(0.5);
    expect(taught?.sag).toBeCloseTo(3.1);
  });
  test("a self-test teaches nothing, and a load that jumped nothing of the device's minutes", () => {
    expect(watched(1.5, () => ({ charge: 99 }))).toBeNull();
    expect(watched(12, (m) => ({ load: m < 5 ? 40 : 80, toldMs: (40 - 2 * m) * MINUTE_MS }))?.toldRatio).toBeNull();
  });
  test("a long one is kept in no more samples than a short one, to its end", () => {
    const watch = new DischargeWatch(0, null);
    for (let ms = 0; ms <= 10 * HOUR_MS; ms += 10_000)
      watch.take({ atMs: ms, charge: 100 - ms / 4e5, voltage: null, load: 1, toldMs: null });
    expect(watch.samples.length).toBeLessThanOrEqual(240);
    expect(10 * HOUR_MS - (watch.samples.at(-1)?.atMs ?? 0)).toBeLessThan(5 * MINUTE_MS);
  });
  test("of one device the newest are kept, and others are left alone", () => {
    const other = { ...DISCHARGE, device: "other" };
    const all = Array.from({ length: 60 }, (_, n) => ({ ...DISCHARGE, endedAtMs: n })).reduce<readonly Discharge[]>(withDischarge, [other]);
    expect(all).toHaveLength(DISCHARGES_PER_DEVICE + 1);
    expect(all[0]).toBe(other);
    expect(all.at(-1)?.endedAtMs).toBe(59);
  });
});

const inDays = (look: WearLook): string => (look.outcome === "none" ? look.reason : `in ${Math.round(look.inMs / DAY_MS)} days`);

/** Hours of a filter that gains so many Pa a day at full speed; the fan follows the day. */
function filterHours(days: number, gain: number, more: { readonly changedDay?: number; readonly slower?: number } = {}): FilterHour[] {
  const { next } = seeded(5);
  return Array.from({ length: days * 24 }, (_, n): FilterHour => {
    const day = n / 24;
    const age = more.changedDay !== undefined && day >= more.changedDay ? day - more.changedDay : day;
    const speed = 65 + 25 * Math.sin((2 * Math.PI * n) / 24) + 4 * next() - (more.slower ?? 0) * day;
    return {
      atMs: (n - days * 24) * HOUR_MS,
      pressure: (60 + gain * age) * (speed / 100) ** 2 + 2 * next(),
      speed,
    };
  });
}

describe("the wear of a filter", () => {
  test("is seen at equal fan speed, and meets the limit of its rule when it does", () => {
    // The winter's slower fan would hide it: at 60 % speed 60 Pa are 22, and 0.5 Pa a day are 0.18; 90 days later it is at 38.
    const look = filterWear(filterHours(90, 0.5, { slower: 0.2 }), 47);
    expect(look.outcome === "wear" ? look.inMs / DAY_MS : Number.NaN).toBeGreaterThan(38);
    expect(look.outcome === "wear" ? look.inMs / DAY_MS : Number.NaN).toBeLessThan(58);
    expect(look.outcome === "wear" && look.latestMs !== null && look.latestMs >= look.inMs && look.earliestMs <= look.inMs).toBe(true);
  });
  test("without a limit it is dirty at twice the drop of the clean one", () => {
    const look = filterWear(filterHours(60, 0.5), null);
    expect(look.outcome === "wear" ? look.limit / 25.5 : Number.NaN).toBeCloseTo(2, 0);
  });
  test("a change of the filter begins anew; a fortnight later it is foretold again", () => {
    expect(inDays(filterWear(filterHours(60, 0.8, { changedDay: 52 }), null))).toBe("tooFew");
    expect(filterWear(filterHours(100, 0.8, { changedDay: 60 }), null)).toMatchObject({ outcome: "wear", count: expect.any(Number) });
  });
  test("a filter that does not clog, and one that is dirty already", () => {
    expect(inDays(filterWear(filterHours(60, 0), 100))).toMatch(/steady|away|tooFar/);
    expect(inDays(filterWear(filterHours(60, 0.5), 20))).toBe("beyond");
    expect(inDays(filterWear([], 20))).toBe("tooFew");
  });
});

describe("the wear of a battery", () => {
  const NOW_MS = 1_800_000_000_000;
  /** A discharge every month, each giving so much less than the one before. */
  const monthly = (count: number, loss: number, more: (n: number) => Partial<Discharge> = () => ({})): Discharge[] =>
    Array.from({ length: count }, (_, n) => ({
      ...DISCHARGE,
      endedAtMs: NOW_MS - (count - 1 - n) * 30 * DAY_MS,
      lastedMs: 10 * MINUTE_MS * (1 - loss * n),
      ...more(n),
    }));
  test("is what a full charge gives at equal load, as a part of what it gave at first", () => {
    const look = batteryWear(monthly(8, 0.015), NOW_MS);
    expect(look).toMatchObject({ outcome: "wear", limit: 80, count: 8 });
    expect(look.outcome === "wear" ? look.value : 0).toBeCloseTo(90, 0);
    expect(inDays(look)).toMatch(/^in (19|20|21)\d days$/);
  });
  test("a heavier load is no worn battery: its minutes are compared by Peukert's law, or not at all", () => {
    const heavier = (n: number): Partial<Discharge> => (n % 2 === 0 ? {} : { load: 60, lastedMs: 10 * MINUTE_MS * (50 / 60) ** 1.1 });
    expect(inDays(batteryWear(monthly(8, 0, heavier), NOW_MS))).toMatch(/steady|away/);
    expect(
      inDays(
        batteryWear(
          monthly(8, 0.015, (n) => ({ load: 10 * 2 ** n })),
          NOW_MS,
        ),
      ),
    ).toBe("tooFew");
  });
  test("of a device that tells no charge its voltage sag is compared", () => {
    const sagging = (n: number): Partial<Discharge> => ({ fromCharge: null, toCharge: null, sag: 2 / (1 - 0.015 * n) });
    expect(inDays(batteryWear(monthly(8, 0, sagging), NOW_MS))).toMatch(/^in (19|20|21)\d days$/);
  });
  test("three discharges, or a week of them, tell nothing", () => {
    expect(inDays(batteryWear(monthly(3, 0.02), NOW_MS))).toBe("tooFew");
    expect(
      inDays(
        batteryWear(
          monthly(8, 0.02, (n) => ({ endedAtMs: NOW_MS - (8 - n) * DAY_MS })),
          NOW_MS,
        ),
      ),
    ).toBe("tooFew");
    expect(inDays(batteryWear([], NOW_MS))).toBe("tooFew");
  });
});
