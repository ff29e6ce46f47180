import { describe, expect, test } from "vitest";
import {
  acceptSystem,
  beat,
  beginTime,
  glance,
  isAsking,
  isRefusing,
  memoryOf,
  qualityAt,
  repeats,
  SETTLE_MS,
  type Sight,
  type SourceReport,
  setByHand,
  type TimeEffect,
  type Timekeeper,
  type TimeMemory,
} from "../../firmware/platform/timekeeper.ts";

const FLOOR = Date.UTC(2026, 8, 1);
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const YEAR_MS = 365 * DAY_MS;
const MEMORY: TimeMemory = { trustedMs: FLOOR, toldMs: FLOOR, refusedOffsetMs: null, repeatUntilMs: 0 };

/** A box with its system clock in the hands of the test. */
class Bench {
  monotonicMs = 1_000;
  systemMs: number;
  source: SourceReport["source"];
  errorMs: number | null = null;
  keeper: Timekeeper;
  readonly effects: TimeEffect[] = [];

  constructor(systemMs: number, source: SourceReport["source"], memory: TimeMemory = MEMORY) {
    this.systemMs = systemMs;
    this.source = source;
    const begun = beginTime(this.sight(), this.report(), memory);
    this.keeper = begun.keeper;
    this.effects.push(...begun.effects);
  }

  sight(): Sight {
    return { monotonicMs: this.monotonicMs, systemMs: this.systemMs };
  }

  report(): SourceReport {
    return { source: this.source, errorMs: this.errorMs, askedMs: this.monotonicMs };
  }

  /** Time passes, in beats; the source is asked before each of them. */
  pass(ms: number, beatMs = 500): this {
    for (let passed = 0; passed < ms; passed += beatMs) {
      this.monotonicMs += beatMs;
      this.systemMs += beatMs;
      this.beat();
    }
    return this;
  }

  beat(): void {
    const kept = beat(this.keeper, this.sight(), this.report());
    this.keeper = kept.keeper;
    this.effects.push(...kept.effects);
  }

  step(ms: number): this {
    this.systemMs += ms;
    return this;
  }

  get told(): number {
    this.keeper = glance(this.keeper, this.sight());
    return this.keeper.toldMs;
  }

  get causes(): readonly string[] {
    return this.effects.map(({ cause }) => cause);
  }
}

describe("a box without a clock", () => {
  test("begins at the last known time, not in 1970, and runs on from there", () => {
    const box = new Bench(0, "unsynced");
    expect(box.told).toBe(FLOOR);
    expect(box.pass(60_000).told).toBe(FLOOR + 60_000);
    expect(box.keeper.quality).toEqual({ source: "unsynced", errorMs: null });
    expect(box.effects).toEqual([]);
  });

  test("begins where its last boot stopped telling, also when nobody ever knew that time", () => {
    expect(new Bench(0, "unsynced", { ...MEMORY, toldMs: FLOOR + HOUR_MS }).told).toBe(FLOOR + HOUR_MS);
  });

  test("follows a system that is later than all that is remembered", () => {
    expect(new Bench(FLOOR + DAY_MS, "unsynced").told).toBe(FLOOR + DAY_MS);
  });

  test.each([
    ["a minute", 60_000],
    ["three years in a store room", 3 * YEAR_MS],
  ])("takes the first synchronisation, %s later, and says by how much everything before was wrong", (_, laterMs) => {
    const box = new Bench(0, "unsynced").pass(60_000);
    const before = box.told;
    box.step(FLOOR + laterMs - box.systemMs).source = "ntp";
    box.pass(500);
    expect(box.told).toBe(FLOOR + laterMs + 500);
    expect(box.effects).toMatchObject([
      { cause: "synced", fromMs: before + 500, restamp: { beganMs: FLOOR, offsetMs: FLOOR + laterMs - before } },
    ]);
    expect(box.keeper.quality.source).toBe("ntp");
  });

  test.each([
    ["ten years later", FLOOR + 10 * YEAR_MS],
    ["two days before what is known for certain", FLOOR - 2 * DAY_MS],
  ])("refuses a first synchronisation to %s, once, until the server comes to reason", (_, lie) => {
    const box = new Bench(0, "unsynced").pass(10_000);
    const before = box.told;
    box.step(lie - box.systemMs).source = "ntp";
    box.pass(60_000);
    expect(box.causes).toEqual(["refused"]);
    expect(box.told).toBe(before + 60_000);
    box.step(FLOOR + HOUR_MS - box.systemMs).pass(500);
    expect(box.causes).toEqual(["refused", "synced"]);
    expect(box.effects[1]?.restamp).toEqual({ beganMs: FLOOR, offsetMs: expect.any(Number) });
    expect(isRefusing(box.keeper)).toBe(false);
  });

  test("that is synchronised to ten years later at its start is refused as well", () => {
    const box = new Bench(FLOOR + 10 * YEAR_MS, "ntp");
    expect(box.causes).toEqual(["refused"]);
    expect(box.told).toBe(FLOOR);
    expect(box.keeper.quality.source).toBe("unsynced");
  });

  test("does not believe after a restart whom it refused before", () => {
    const box = new Bench(FLOOR, "ntp").pass(HOUR_MS, 60_000);
    box.step(2 * YEAR_MS).pass(60_000);
    expect(box.causes).toEqual(["refused"]);
    const again = new Bench(box.systemMs + 60_000, "ntp", memoryOf(box.keeper));
    expect(again.causes).toEqual(["refused"]);
    expect(again.told).toBe(box.told);
    // … but the truth, some days later, it does.
    const later = new Bench(box.told + 3 * DAY_MS, "ntp", memoryOf(box.keeper));
    expect(later.effects).toEqual([]);
    expect(later.told).toBe(box.told + 3 * DAY_MS);
  });

  test("whose real-time clock has no battery begins as one without", () => {
    const box = new Bench(0, "battery");
    expect(box.keeper.quality.source).toBe("unsynced");
    expect(box.pass(120_000).effects).toEqual([]);
    expect(new Bench(FLOOR + HOUR_MS, "battery").keeper.quality.source).toBe("battery");
  });
});

describe("the system clock is set", () => {
  test.each([-HOUR_MS, HOUR_MS, -DAY_MS + 1_000, DAY_MS - 1_000])("by %i ms, within a day: followed and recorded", (stepMs) => {
    const box = new Bench(FLOOR, "ntp").pass(10_000);
    box.step(stepMs).pass(1_000);
    expect(box.told).toBe(box.systemMs);
    expect(box.effects).toMatchObject([{ cause: "step", fromMs: FLOOR + 10_500, toMs: FLOOR + 10_500 + stepMs, restamp: null }]);
  });

  test.each([-YEAR_MS, YEAR_MS, 2 * DAY_MS])(
    "by %i ms although the time is known: refused, and taken back without a trace in the told time",
    (lieMs) => {
      const box = new Bench(FLOOR, "ntp").pass(10_000);
      box.step(lieMs).pass(60_000);
      expect(box.causes).toEqual(["refused"]);
      expect(box.told).toBe(FLOOR + 70_000);
      expect(box.keeper.quality.source).toBe("ntp");
      box.step(-lieMs).pass(60_000);
      expect(box.causes).toEqual(["refused", "agreed"]);
      expect(box.told).toBe(FLOOR + 130_000);
    },
  );

  test("nobody sees a jump before it is known who made it", () => {
    const box = new Bench(FLOOR, "ntp").pass(10_000);
    box.step(10 * YEAR_MS);
    expect(box.told).toBe(FLOOR + 10_000);
    expect(isAsking(box.keeper, box.report())).toBe(true);
  });

  test("by a person, while nobody synchronises it", () => {
    const box = new Bench(FLOOR, "unsynced").pass(10_000);
    box.step(HOUR_MS).pass(SETTLE_MS - 500);
    expect(box.effects).toEqual([]);
    box.pass(1_000);
    expect(box.effects).toMatchObject([{ cause: "synced", after: { source: "manual", errorMs: null }, restamp: { offsetMs: HOUR_MS } }]);
    box.step(-600_000).pass(5_000);
    expect(box.effects[1]).toMatchObject({ cause: "step", after: { source: "manual" } });
  });

  test("by an NTP client that says so only a moment later: it is not taken for a person", () => {
    const box = new Bench(FLOOR, "unsynced").pass(10_000);
    box.step(HOUR_MS).pass(1_000);
    box.source = "ntp";
    box.pass(500);
    expect(box.effects).toMatchObject([{ cause: "synced", after: { source: "ntp" } }]);
  });

  test("back: the hour that is told again is marked until it is over", () => {
    const box = new Bench(FLOOR, "ntp").pass(10_000);
    expect(repeats(box.keeper)).toBe(false);
    box.step(-HOUR_MS).pass(1_000);
    expect(repeats(box.keeper)).toBe(true);
    box.pass(HOUR_MS, 60_000);
    expect(repeats(box.keeper)).toBe(false);
  });
});

describe("a clock that is tuned", () => {
  test.each([0.9, 1.1, 1.0005])("to run ×%f is followed and no step", (rate) => {
    const box = new Bench(FLOOR, "ntp");
    for (let passed = 0; passed < HOUR_MS; passed += 500) {
      box.monotonicMs += 500;
      box.systemMs += 500 * rate;
      box.beat();
    }
    expect(box.effects).toEqual([]);
    expect(box.told).toBeCloseTo(FLOOR + HOUR_MS * rate, 3);
  });

  test("set back a little stands still rather than go back", () => {
    const box = new Bench(FLOOR, "ntp").pass(10_000);
    box.step(-800);
    expect(box.told).toBe(FLOOR + 10_000);
    box.pass(500);
    expect(box.told).toBe(FLOOR + 10_000);
    expect(box.pass(2_000).told).toBe(box.systemMs);
    expect(box.effects).toEqual([]);
  });

  test("a leap second is no step", () => {
    const box = new Bench(FLOOR, "ntp").pass(10_000);
    box.step(-1_000).pass(5_000);
    expect(box.effects).toEqual([]);
  });
});

describe("how well the time is known", () => {
  test("the error is the source's, and grows while the source is silent", () => {
    const box = new Bench(FLOOR, "unsynced");
    box.source = "ntp";
    box.errorMs = 20;
    box.pass(500);
    expect(qualityAt(box.keeper, box.monotonicMs)).toEqual({ source: "ntp", errorMs: 20 });
    box.source = "unsynced";
    box.pass(DAY_MS, 60_000);
    expect(qualityAt(box.keeper, box.monotonicMs)).toEqual({ source: "ntp", errorMs: 20 + DAY_MS * 100e-6 });
  });
});

describe("a person", () => {
  test("accepts what was refused, and it counts from then on", () => {
    const box = new Bench(FLOOR, "ntp").pass(10_000);
    box.step(2 * YEAR_MS).pass(5_000);
    const kept = acceptSystem(box.keeper, box.sight(), box.report());
    expect(kept.effects).toMatchObject([{ cause: "accepted", after: { source: "ntp" } }]);
    expect(kept.keeper.toldMs).toBe(box.systemMs);
    expect(memoryOf(kept.keeper)).toMatchObject({ trustedMs: box.systemMs, refusedOffsetMs: null });
  });

  test("sets the time of a box that nothing else tells it; what was recorded before is put right", () => {
    const box = new Bench(0, "unsynced").pass(60_000);
    const right = FLOOR + 7 * DAY_MS;
    const set = setByHand(box.keeper, box.sight(), right);
    box.keeper = set.keeper;
    expect(set.effects).toMatchObject([
      { cause: "set", after: { source: "manual" }, restamp: { beganMs: FLOOR, offsetMs: right - FLOOR - 60_000 } },
    ]);
    expect(box.pass(HOUR_MS, 60_000).told).toBe(right + HOUR_MS);
    // A time server that comes later and is within a day takes over.
    box.step(right + HOUR_MS + 90_000 - box.systemMs).source = "ntp";
    box.pass(500);
    expect(box.effects.at(-1)).toMatchObject({ cause: "synced", after: { source: "ntp" }, restamp: null });
  });

  test("who set the clock is contradicted by a time server: refused once, not again and again", () => {
    const box = new Bench(FLOOR, "unsynced").pass(10_000);
    box.keeper = setByHand(box.keeper, box.sight(), FLOOR + 30 * DAY_MS).keeper;
    box.source = "ntp";
    box.pass(60_000);
    expect(box.causes).toEqual(["refused"]);
    box.source = "unsynced";
    box.pass(1_000);
    expect(box.causes).toEqual(["refused", "agreed"]);
  });
});
