import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  beat,
  beginTime,
  glance,
  isRefusing,
  memoryOf,
  type Sight,
  type SourceReport,
  STEP_MS,
  type TimeEffect,
  type Timekeeper,
  type TimeMemory,
} from "../../firmware/platform/timekeeper.ts";
import { times } from "./counts.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const YEAR_MS = 365 * DAY_MS;
const BUILT_MS = Date.UTC(2026, 0, 1);
const BEAT_MS = 500;

/** What the world does to a box. */
type Blow =
  | { readonly kind: "pass"; readonly beats: number; readonly rate: number }
  /** An NTP client sets the system clock, rightly or with a lie, and says so. */
  | { readonly kind: "ntp"; readonly lieMs: number }
  /** Whoever has root sets it. */
  | { readonly kind: "hand"; readonly stepMs: number }
  | { readonly kind: "silence" }
  /** The power is off; without a battery the system clock begins at 1970 again. */
  | { readonly kind: "restart"; readonly offMs: number; readonly battery: boolean };

const blow: fc.Arbitrary<Blow> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("pass" as const),
      beats: fc.integer({ min: 1, max: 30 }),
      rate: fc.constantFrom(1, 0.9, 1.1, 1.0001),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("ntp" as const),
      lieMs: fc.oneof(
        fc.constantFrom(0, 0, 0, -HOUR_MS, HOUR_MS, -YEAR_MS, YEAR_MS, 10 * YEAR_MS, -10 * YEAR_MS),
        fc.integer({ min: -2 * DAY_MS, max: 2 * DAY_MS }),
      ),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("hand" as const),
      stepMs: fc.oneof(fc.constantFrom(-HOUR_MS, HOUR_MS, -YEAR_MS, YEAR_MS), fc.integer({ min: -5_000, max: 5_000 })),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("silence" as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("restart" as const),
      offMs: fc.integer({ min: 1_000, max: 30 * DAY_MS }),
      battery: fc.boolean(),
    }),
  },
);

/** One record of the box: what a row of the journal has of time. */
interface Row {
  readonly boot: number;
  readonly sequence: number;
  readonly uptimeMs: number;
  readonly toldMs: number;
  readonly certain: boolean;
}

/** A box, its world, and a journal that is no more than rows. */
class World {
  truthMs = BUILT_MS + YEAR_MS;
  monotonicMs = 0;
  systemMs = 0;
  source: SourceReport["source"] = "unsynced";
  boot = 1;
  memory: TimeMemory = { trustedMs: BUILT_MS, toldMs: BUILT_MS, refusedOffsetMs: null, repeatUntilMs: 0 };
  keeper: Timekeeper;
  readonly rows: Row[] = [];
  readonly effects: { readonly boot: number; readonly rows: number; readonly effect: TimeEffect }[] = [];

  constructor() {
    this.keeper = this.begin();
  }

  begin(): Timekeeper {
    const { keeper, effects } = beginTime(this.sight(), this.report(), this.memory);
    this.note(effects);
    // The floor: nobody but a source that can be believed begins earlier than what was told last.
    expect(keeper.toldMs).toBeGreaterThanOrEqual(
      keeper.quality.source === "unsynced" ? Math.min(this.memory.toldMs, this.memory.trustedMs) : this.memory.trustedMs - DAY_MS,
    );
    return keeper;
  }

  sight(): Sight {
    return { monotonicMs: this.monotonicMs, systemMs: this.systemMs };
  }

  report(): SourceReport {
    return { source: this.source, errorMs: null, askedMs: this.monotonicMs };
  }

  note(effects: readonly TimeEffect[]): void {
    for (const effect of effects) this.effects.push({ boot: this.boot, rows: this.rows.length, effect });
  }

  /** Somebody asks for the time and writes something down. */
  record(): void {
    this.keeper = glance(this.keeper, this.sight());
    this.rows.push({
      ...{ boot: this.boot, sequence: this.rows.length + 1, uptimeMs: this.monotonicMs, toldMs: this.keeper.toldMs },
      certain: this.keeper.quality.source !== "unsynced",
    });
  }

  beat(rate: number): void {
    this.monotonicMs += BEAT_MS;
    this.truthMs += BEAT_MS;
    this.systemMs += BEAT_MS * rate;
    this.record();
    const before = this.keeper;
    const { keeper, effects } = beat(before, this.sight(), this.report());
    this.keeper = keeper;
    this.note(effects);
    const jumpMs = keeper.toldMs - before.toldMs;
    // A told time jumps when it is recorded, and only then.
    const recordedMs = effects.reduce((sum, { cause, fromMs, toMs }) => sum + (cause === "refused" ? 0 : toMs - fromMs), 0);
    expect(Math.abs(jumpMs - recordedMs)).toBeLessThanOrEqual(STEP_MS + BEAT_MS);
    // Who was refused moves nothing: the time goes on by the clock that nobody sets.
    if (isRefusing(keeper) && isRefusing(before)) expect(Math.abs(jumpMs)).toBeLessThan(1);
    // Once known, a time is never moved by more than a day by anybody but a person.
    if (before.quality.source !== "unsynced") expect(Math.abs(jumpMs)).toBeLessThanOrEqual(DAY_MS);
    this.record();
  }

  suffer(what: Blow): void {
    switch (what.kind) {
      case "pass":
        for (let n = 0; n < what.beats; n += 1) this.beat(what.rate);
        return;
      case "ntp":
        this.systemMs = this.truthMs + what.lieMs;
        this.source = "ntp";
        for (let n = 0; n < 3; n += 1) this.beat(1);
        return;
      case "hand":
        this.systemMs += what.stepMs;
        for (let n = 0; n < 12; n += 1) this.beat(1);
        return;
      case "silence":
        this.source = "unsynced";
        return;
      case "restart":
        this.memory = memoryOf(this.keeper);
        this.truthMs += what.offMs;
        this.systemMs = what.battery ? this.truthMs : 0;
        this.source = what.battery ? "battery" : "unsynced";
        this.monotonicMs = 0;
        this.boot += 1;
        this.keeper = this.begin();
        this.record();
    }
  }

  /** What a reader is shown: told, plus what the boot was wrong by until it knew better. */
  corrected({ boot, toldMs, certain }: Row): number {
    const synced = this.effects.find((one) => one.boot === boot && one.effect.restamp !== null);
    return certain || synced === undefined ? toldMs : toldMs + (synced.effect.restamp?.offsetMs ?? 0);
  }
}

describe("law: whatever is done to the clocks of a box", () => {
  test("told times go back only at a recorded step, corrected times follow the sequence, and no lie moves a known time", () => {
    fc.assert(
      fc.property(fc.array(blow, { minLength: 1, maxLength: 40 }), (blows) => {
        const world = new World();
        for (const what of blows) world.suffer(what);
        for (const [index, row] of world.rows.entries()) {
          const before = world.rows[index - 1];
          if (before === undefined || before.boot !== row.boot) continue;
          const steps = world.effects.filter(({ boot, rows }) => boot === row.boot && rows === index);
          if (row.toldMs < before.toldMs) expect(steps.some(({ effect }) => effect.toMs < effect.fromMs)).toBe(true);
          const isBack = steps.some(({ effect }) => effect.restamp === null && effect.toMs < effect.fromMs);
          if (!isBack) expect(world.corrected(row)).toBeGreaterThanOrEqual(world.corrected(before) - 1);
        }
        // At most one correction per boot, and it is of a boot that did not know the time before.
        const restamps = world.effects.filter(({ effect }) => effect.restamp !== null);
        expect(new Set(restamps.map(({ boot }) => boot)).size).toBe(restamps.length);
        for (const { effect } of restamps) expect(effect.before.source).toBe("unsynced");
      }),
      { numRuns: times({ short: 300, full: 20_000 }) },
    );
  });

  test("a first true synchronisation puts every record of the boot where it belongs, to the beat", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 0, max: 4 * YEAR_MS }), (beats, storedMs) => {
        const world = new World();
        world.truthMs = BUILT_MS + storedMs;
        const truths: number[] = [];
        for (let n = 0; n < beats; n += 1) {
          world.beat(1);
          truths.push(world.truthMs, world.truthMs);
        }
        world.suffer({ kind: "ntp", lieMs: 0 });
        for (const [index, truth] of truths.entries())
          expect(Math.abs(world.corrected(world.rows[index] as Row) - truth)).toBeLessThanOrEqual(STEP_MS);
      }),
      { numRuns: times({ short: 100, full: 2_000 }) },
    );
  });
});
