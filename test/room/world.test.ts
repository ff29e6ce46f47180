import { describe, expect, test } from "vitest";
import type { MonotonicMs, WallMs } from "../../firmware/contract/time.ts";
import type { Clock } from "../../firmware/platform/clock.ts";
import { ALL_CLEAR, SCENARIO_NAMES, SCENARIOS } from "./scenarios.ts";
import { createWorld } from "./world.ts";

/** A clock that stands still until it is told. */
function handClock(): Clock & { pass(ms: number): void } {
  let nowMs = 0;
  return {
    monotonicMs: () => nowMs as MonotonicMs,
    wallMs: () => nowMs as WallMs,
    sleep: () => Promise.resolve(),
    every: () => () => undefined,
    random: () => 0.5,
    wallTrusted: () => true,
    quality: () => ({ source: "ntp", errorMs: null }),
    repeats: () => false,
    uuid: () => "0",
    pass(ms) {
      nowMs += ms;
    },
  };
}

describe("a world", () => {
  test("lives as fast as it is told, in whole seconds, and is the same however often it is looked at", () => {
    const lived = [1, 7, 250].map((ticks) => {
      const clock = handClock();
      const world = createWorld({ clock, seed: 3, speed: 10 });
      for (let i = 0; i < ticks; i += 1) {
        clock.pass(7_000 / ticks);
        world.advance();
      }
      return world.view().room;
    });
    expect(lived[0]?.seconds).toBe(70);
    // The last whole second may still be owed, by rounding of the parts.
    for (const room of lived) expect(Math.abs(room.seconds - 70)).toBeLessThanOrEqual(1);
    expect(lived[1]).toEqual(lived[0]);
  });

  test("stands still at speed 0, changes pace in between, and refuses other speeds", () => {
    const clock = handClock();
    const world = createWorld({ clock, seed: 3, speed: 0 });
    clock.pass(60_000);
    world.advance();
    expect(world.view().room.seconds).toBe(0);
    expect(world.setSpeed(60)).toBe(true);
    clock.pass(1_000);
    expect(world.setSpeed(1)).toBe(true);
    expect(world.view().room.seconds).toBe(60);
    for (const wrong of [-1, 61, Number.NaN, Number.POSITIVE_INFINITY]) expect(world.setSpeed(wrong)).toBe(false);
    expect(world.view().speed).toBe(1);
  });

  test("skips a night of sleep instead of living it in one go", () => {
    const clock = handClock();
    const world = createWorld({ clock, seed: 3, speed: 60 });
    clock.pass(8 * 3_600_000);
    world.advance();
    expect(world.view().room.seconds).toBe(300);
  });

  test("scenarios are idempotent, each can be ended, and all-clear ends them all", () => {
    const clock = handClock();
    const world = createWorld({ clock, seed: 3, speed: 10 });
    for (const name of SCENARIO_NAMES) {
      expect(world.scenario(name, true)).toBe(true);
      expect(world.scenario(name, true)).toBe(true);
      expect([...world.view().running]).toEqual([name]);
      expect(world.scenario(name, false)).toBe(true);
      expect([...world.view().running]).toEqual([]);
    }
    for (const name of SCENARIO_NAMES) world.scenario(name, true);
    expect(world.view().running.size).toBe(SCENARIO_NAMES.length);
    world.scenario(ALL_CLEAR, true);
    expect(world.view().running.size).toBe(0);
    expect(world.scenario("earthquake", true)).toBe(false);
  });

  test("a scenario takes effect from now on, not for the time before it", () => {
    const clock = handClock();
    const world = createWorld({ clock, seed: 3, speed: 10 });
    clock.pass(30_000);
    world.scenario("mains-failure", true);
    expect(world.view().room.seconds).toBe(300);
    expect(world.view().room.upsA.source).toBe("mains");
    clock.pass(100);
    world.advance();
    expect(world.view().room.upsA.secondsOnBattery).toBe(1);
  });

  test("every scenario says in both languages what will be seen", () => {
    for (const { title, seen } of Object.values(SCENARIOS)) {
      for (const words of [title, seen]) {
        expect(words.zh).toMatch(/[\u4e00-\u9fff]/);
        expect(words.en).toMatch(/^[A-Z]/);
      }
    }
  });
});
