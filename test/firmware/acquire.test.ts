import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { QUALITY } from "../../drivers/reading.ts";
import { findPoint } from "../../drivers/vocabulary.ts";
import { BusSchedule, gridOf } from "../../firmware/acquire/schedule.ts";
import { AdapterWatch, SilenceWatch } from "../../firmware/acquire/silence.ts";
import type { MonotonicMs, WallMs } from "../../firmware/contract/time.ts";
import { PointTable } from "../../firmware/points/table.ts";

interface SimulatedDevice {
  readonly periodMs: number;
  /** How long a good answer takes; a silent device takes the timeout. */
  readonly answerMs: number;
  /** Answers at this time? */
  readonly alive: (atMs: number) => boolean;
}

const TIMEOUT_MS = 500;

/**
 * A wire with its physics: one talker at a time, every transaction takes its time, and after a silence the wire is listened to for as long
 * again, for a late answer. Returns the times at which each device answered.
 */
function runWire(devices: readonly SimulatedDevice[], untilMs: number): readonly number[][] {
  const schedule = new BusSchedule(
    devices.map(({ periodMs }) => periodMs),
    0,
    0,
  );
  const answers = devices.map((): number[] => []);
  let nowMs = 0;
  let listenUntilMs = 0;
  while (nowMs < untilMs) {
    const next = schedule.next(nowMs);
    if (next.kind === "wait") {
      nowMs += next.ms;
      continue;
    }
    const device = devices[next.device] as SimulatedDevice;
    const startedMs = nowMs;
    nowMs = Math.max(nowMs, listenUntilMs);
    const answered = device.alive(nowMs);
    nowMs += answered ? device.answerMs : TIMEOUT_MS;
    if (!answered) listenUntilMs = nowMs + TIMEOUT_MS;
    if (answered) answers[next.device]?.push(nowMs);
    schedule.done(next.device, answered ? "answered" : "silent", startedMs, nowMs);
  }
  return answers;
}

const living = (periodMs = 1_000, answerMs = 30): SimulatedDevice => ({ periodMs, answerMs, alive: () => true });
const dead: SimulatedDevice = { periodMs: 1_000, answerMs: 30, alive: () => false };
const countAfter = (times: readonly number[], fromMs: number): number => times.filter((time) => time >= fromMs).length;

describe("one wire at 9600 Bd", () => {
  test("with 5 dead of 32 the other 27 keep at least 1/1.3 of their rate after the first minute", () => {
    const devices = [...Array.from({ length: 27 }, () => living()), ...Array.from({ length: 5 }, () => dead)];
    const answers = runWire(devices, 660_000);
    const rates = answers.slice(0, 27).map((times) => countAfter(times, 60_000) / 600);
    expect(Math.min(...rates)).toBeGreaterThanOrEqual(1 / 1.3);
  });

  test("one dead of 16 on a wire that is full costs the living at most a twentieth", () => {
    const full = (count: number) => Array.from({ length: count }, () => living(1_000, 125));
    const alone = Math.min(...runWire(full(15), 660_000).map((times) => countAfter(times, 60_000)));
    const beside = Math.min(
      ...runWire([...full(15), dead], 660_000)
        .slice(0, 15)
        .map((times) => countAfter(times, 60_000)),
    );
    expect(alone / beside).toBeLessThanOrEqual(1.06);
  });

  test("forty dead beside eight living leave them nine tenths of the wire, once each was found dead", () => {
    const full = Array.from({ length: 8 }, () => living(1_000, 125));
    const alone = Math.min(...runWire(full, 780_000).map((times) => countAfter(times, 180_000)));
    const crowd = Array.from({ length: 40 }, () => dead);
    const beside = Math.min(
      ...runWire([...full, ...crowd], 780_000)
        .slice(0, 8)
        .map((times) => countAfter(times, 180_000)),
    );
    expect(alone / beside).toBeLessThanOrEqual(1.1);
  });

  test("a device backs off after three failures, and one answer ends that", () => {
    const schedule = new BusSchedule([1_000], 0, 0);
    for (let failure = 0; failure < 3; failure += 1) schedule.done(0, "silent", failure * 1_000, failure * 1_000 + 500);
    expect(schedule.backingOff()).toEqual([0]);
    schedule.done(0, "answered", 10_000, 10_020);
    expect(schedule.backingOff()).toEqual([]);
  });

  test("a device that comes back is found again, and then polled at its own pace", () => {
    const back: SimulatedDevice = { periodMs: 1_000, answerMs: 30, alive: (atMs) => atMs > 300_000 };
    const [, times = []] = runWire([living(), back], 600_000);
    expect(times[0]).toBeLessThanOrEqual(300_000 + 21_000);
    expect(countAfter(times, 500_000)).toBeGreaterThanOrEqual(95);
  });

  test("with five dead of 32, one that comes back after an hour is seen within two minutes: the wire has time to spare", () => {
    const back: SimulatedDevice = { periodMs: 1_000, answerMs: 10, alive: (atMs) => atMs > 3_600_000 };
    const devices = [...Array.from({ length: 27 }, () => living(1_000, 10)), ...Array.from({ length: 4 }, () => dead), back];
    expect(runWire(devices, 3_720_000)[31]?.[0]).toBeLessThanOrEqual(3_600_000 + 105_000);
  });

  test("on a wire that is full, one that comes back is seen within five minutes", () => {
    const back: SimulatedDevice = { periodMs: 1_000, answerMs: 125, alive: (atMs) => atMs > 3_600_000 };
    const [times = []] = runWire([back, ...Array.from({ length: 15 }, () => living(1_000, 125))], 4_000_000);
    expect(times[0]).toBeGreaterThan(3_600_000);
    expect(times[0]).toBeLessThanOrEqual(3_600_000 + 301_000);
  });

  test("a wire on which everything died is still probed", () => {
    const back: SimulatedDevice = { periodMs: 1_000, answerMs: 30, alive: (atMs) => atMs > 300_000 };
    const [times = []] = runWire([back, back], 600_000);
    expect(times[0]).toBeLessThanOrEqual(300_000 + 16_000);
  });

  test("when the first one answers after all were silent, the others are tried at once: it was the cable", () => {
    const back: SimulatedDevice = { periodMs: 1_000, answerMs: 30, alive: (atMs) => atMs > 3_600_000 };
    const firsts = runWire([...Array.from({ length: 28 }, () => back), dead, dead, dead, dead], 3_700_000).map(([first]) => first ?? 0);
    const found = firsts.slice(0, 28).toSorted((a, b) => a - b);
    const [first = 0] = found;
    // For each of the four that stay dead: a timeout, listening, and a round of those that were found before.
    expect((found[26] ?? 0) - first).toBeLessThanOrEqual(27 * 30 + 4 * (2 * TIMEOUT_MS + 1_000));
    // The one that was tried in vain a moment before the cable was mended comes last, on a wire that the others nearly fill.
    expect((found[27] ?? 0) - first).toBeLessThanOrEqual(15_000);
  });

  test("those that are tried at once and stay silent do not slow the one that came back", () => {
    const back: SimulatedDevice = { periodMs: 1_000, answerMs: 30, alive: (atMs) => atMs > 3_600_000 };
    const [times = []] = runWire([back, ...Array.from({ length: 31 }, () => dead)], 3_700_000);
    const periods = times.slice(1).map((atMs, nth) => atMs - (times[nth] ?? 0));
    expect(Math.max(...periods)).toBeLessThanOrEqual(1_000 + 2 * TIMEOUT_MS + 30);
  });

  test("a device of 1 s keeps its pace beside twenty of a minute that are slow to answer and due all together", () => {
    const [times = []] = runWire([living(1_000, 30), ...Array.from({ length: 20 }, () => living(60_000, 300))], 300_000);
    const periods = times.slice(1).map((atMs, nth) => atMs - (times[nth] ?? 0));
    expect(Math.max(...periods)).toBeLessThanOrEqual(1_000 + 300);
  });

  test("law: nobody starves: on any wire every living device is read, and none much more often than its period", () => {
    const device = fc.record({
      periodMs: fc.constantFrom(500, 1_000, 5_000),
      answerMs: fc.integer({ min: 5, max: 300 }),
      isDead: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(device, { minLength: 1, maxLength: 24, size: "max" }), (list) => {
        const answers = runWire(
          list.map(({ periodMs, answerMs, isDead }) => ({ periodMs, answerMs, alive: () => !isDead })),
          240_000,
        );
        const wireMs = list.reduce((sum, { answerMs, isDead }) => sum + (isDead ? 0 : answerMs), 0);
        list.forEach(({ periodMs, isDead }, index) => {
          const count = countAfter(answers[index] ?? [], 60_000);
          const possible = 180_000 / Math.max(periodMs, wireMs);
          if (isDead) expect(count).toBe(0);
          else expect(count).toBeGreaterThanOrEqual(Math.floor(possible / 2.5));
          expect(count).toBeLessThanOrEqual(180_000 / periodMs + 2);
        });
      }),
      { numRuns: 60 },
    );
  });
});

test("a late poll does not move the grid, and rounds that were missed are not made up in a burst", () => {
  const schedule = new BusSchedule([1_000], 0, 0);
  schedule.done(0, "answered", 0, 20);
  expect(schedule.next(20)).toEqual({ kind: "wait", ms: 480 });
  schedule.done(0, "answered", 500, 4_700);
  expect(schedule.next(4_700)).toEqual({ kind: "read", device: 0 });
  schedule.done(0, "answered", 4_700, 4_720);
  expect(schedule.next(4_720)).toEqual({ kind: "wait", ms: 780 });
});

test("on a wire that cannot keep up every device gets the same share", () => {
  const answers = runWire(
    Array.from({ length: 15 }, () => living(1_000, 125)),
    660_000,
  );
  const counts = answers.map((times) => countAfter(times, 60_000));
  expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
});

test("an adapter that is back has everybody tried at once, those that were silent before it went as well", () => {
  const schedule = new BusSchedule([60_000, 60_000], 0, 0);
  schedule.done(0, "answered", 0, 20);
  for (let failure = 0; failure < 10; failure += 1) schedule.done(1, "silent", 20, 520);
  schedule.done(0, "adapterMissing", 520, 520);
  expect(schedule.next(1_520)).toEqual({ kind: "read", device: 0 });
  schedule.done(0, "answered", 1_520, 1_540);
  expect(schedule.next(1_540)).toEqual({ kind: "read", device: 1 });
});

test("without its adapter the whole wire rests, and is tried again at growing distance", () => {
  const schedule = new BusSchedule([1_000, 1_000], 0, 0);
  schedule.done(0, "adapterMissing", 0, 1);
  expect(schedule.next(1)).toEqual({ kind: "wait", ms: 1_000 });
  schedule.done(0, "adapterMissing", 1_001, 1_001);
  expect(schedule.next(1_001)).toEqual({ kind: "wait", ms: 2_000 });
  schedule.done(0, "answered", 3_001, 3_020);
  expect(schedule.next(3_020)).toEqual({ kind: "read", device: 1 });
});

describe("a device falls silent", () => {
  const watch = () => new SilenceWatch({ lost: "lost", stale: ["stale"] }, { polls: 3, afterMs: 15_000 }, 0, new Set());
  const tableOf = (name: string): PointTable => {
    const definition = findPoint(name);
    if (definition === undefined) throw new Error("no such point");
    const entry = { id: `device/${name}`, name, definition, optional: false, staleAfterMs: 15_000 };
    return new PointTable([entry], [{ first: 0, count: 1 }]);
  };

  test("three polls and fifteen seconds make it lost, one answer brings it back", () => {
    const it = watch();
    it.heard(true, false, 0);
    expect(it.heard(false, false, 5_000)).toEqual([]);
    expect(it.heard(false, false, 16_000)).toEqual([]);
    expect(it.heard(false, false, 17_000)).toEqual([{ key: "lost", silent: true }]);
    expect(it.heard(false, false, 60_000)).toEqual([]);
    expect(it.heard(true, false, 61_000)).toEqual([{ key: "lost", silent: false }]);
  });

  test("three quick polls are not enough", () => {
    const it = watch();
    it.heard(true, false, 0);
    for (let ms = 1_000; ms < 15_000; ms += 1_000) expect(it.heard(false, false, ms)).toEqual([]);
    expect(it.heard(false, false, 15_000)).toEqual([{ key: "lost", silent: true }]);
  });

  test("while the adapter is missing the bus has its alarm, and its devices have none", () => {
    const it = watch();
    for (let ms = 0; ms < 100_000; ms += 1_000) expect(it.heard(false, true, ms)).toEqual([]);
  });

  test("a point of which there is nothing to measure is no fault, however long; one that is broken is", () => {
    const table = tableOf("response.time");
    const it = watch();
    const said = (quality: number, ms: number) => {
      const now = { monotonicMs: ms as MonotonicMs, wallMs: ms as WallMs };
      table.apply(0, { values: Float64Array.of(1), qualities: Uint8Array.of(quality) }, { answered: true }, now, []);
      it.heard(true, false, ms);
      return it.points(table, 0, 0);
    };
    said(QUALITY.good, 0);
    for (let ms = 1_000; ms < 100_000; ms += 1_000) expect(said(QUALITY.nothingToMeasure, ms)).toEqual([]);
    expect(table.freshness()).toEqual({ fresh: 0, stale: 0, total: 0 });
    expect(said(QUALITY.sentinel, 101_000)).toEqual([{ key: "stale", silent: true }]);
    expect(said(QUALITY.nothingToMeasure, 102_000)).toEqual([]);
    expect(said(QUALITY.good, 103_000)).toEqual([{ key: "stale", silent: false }]);
  });

  test("values that grew old while the box itself stood still are no fault of the device; one that it then has no value for is", () => {
    const table = tableOf("ambient.temperature");
    const it = watch();
    const answers = (quality: number, ms: number) => {
      const now = { monotonicMs: ms as MonotonicMs, wallMs: ms as WallMs };
      table.apply(0, { values: Float64Array.of(21), qualities: Uint8Array.of(quality) }, { answered: true }, now, []);
      it.heard(true, false, ms);
    };
    answers(QUALITY.good, 1_000);
    expect(table.sweep({ monotonicMs: 60_000 as MonotonicMs, wallMs: 60_000 as WallMs })).toEqual([0]);
    expect(it.points(table, 0, 0)).toEqual([]);
    answers(QUALITY.sentinel, 60_100);
    expect(it.points(table, 0, 0)).toEqual([{ key: "stale", silent: true }]);
  });

  test("after a restart a lost device is not lost a second time, and its return is told", () => {
    const it = new SilenceWatch({ lost: "lost", stale: [] }, { polls: 3, afterMs: 15_000 }, 0, new Set(["lost"]));
    for (let ms = 0; ms < 100_000; ms += 10_000) expect(it.heard(false, false, ms)).toEqual([]);
    expect(it.heard(true, false, 100_000)).toEqual([{ key: "lost", silent: false }]);
  });
});

test("an adapter that blinks is no alarm; one that stays away is", () => {
  const watch = new AdapterWatch(false);
  expect(watch.saw(true, 0)).toBeNull();
  expect(watch.saw(false, 1_000)).toBeNull();
  expect(watch.saw(true, 2_000)).toBeNull();
  expect(watch.saw(true, 6_999)).toBeNull();
  expect(watch.saw(true, 7_000)).toEqual({ missing: true });
  expect(watch.saw(true, 8_000)).toBeNull();
  expect(watch.saw(false, 9_000)).toEqual({ missing: false });
});

test("an adapter that was missing before the start is known to be missing until it is seen", () => {
  const watch = new AdapterWatch(true);
  expect([watch.saw(true, 0), watch.isMissing]).toEqual([null, true]);
  expect([watch.saw(false, 1_000), watch.isMissing]).toEqual([{ missing: false }, false]);
});

describe("many wires in one box", () => {
  /** When a wire's second round begins: the first is at once. */
  const secondRoundMs = (wire: number, wires: number, startMs: number): number => {
    const { phase } = gridOf(wire, wires, startMs);
    const schedule = new BusSchedule([1_000], startMs, phase);
    schedule.done(0, "answered", startMs, startMs + 3);
    const next = schedule.next(startMs + 3);
    if (next.kind !== "wait") throw new Error("read twice at once");
    expect(Number.isInteger(next.ms)).toBe(true);
    expect(schedule.next(startMs + 3 + next.ms).kind).toBe("read");
    return startMs + 3 + next.ms;
  };

  const placesOf = (wires: number): readonly number[] => Array.from({ length: wires }, (_, wire) => secondRoundMs(wire, wires, 12.7));

  test("wires share few places of the period, so that one waking serves several", () => {
    expect(new Set(placesOf(64)).size).toBeLessThanOrEqual(4);
  });

  test("of many wires at most sixteen answer together: everybody else waits until they are judged", () => {
    const together = Map.groupBy(placesOf(200), (atMs) => Math.round(atMs));
    expect(Math.max(...[...together.values()].map(({ length }) => length))).toBeLessThanOrEqual(16);
  });

  test("few wires are spread over the whole period", () => {
    const places = Array.from({ length: 4 }, (_, wire) => secondRoundMs(wire, 4, 0));
    expect(Math.max(...places) - Math.min(...places)).toBeGreaterThanOrEqual(700);
  });
});
