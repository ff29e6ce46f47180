import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  answerClock,
  type Mark,
  NEVER_STARTED,
  restampedClock,
  type ServiceClock,
  spansOf,
  startClock,
  stopClock,
} from "../../firmware/incidents/service-clock.ts";

const mark = (uptimeMs: number, atMs = uptimeMs, boot = 1): Mark => ({ boot, uptimeMs, atMs });
const spent = (clock: ServiceClock, what: "acknowledge" | "resolve", now: Mark): number =>
  spansOf(clock, what, now).reduce((sum, { spanMs }) => sum + spanMs, 0);

describe("the clock of an incident", () => {
  test("measures by the monotonic clock when the time of day is set meanwhile", () => {
    const clock = startClock(NEVER_STARTED, mark(1_000, 50_000));
    expect(spent(clock, "resolve", mark(4_000, 99_000_000))).toBe(3_000);
    expect(spent(clock, "resolve", mark(4_000, 0))).toBe(3_000);
  });

  test("goes on over a restart by the time of day, never backwards", () => {
    const clock = startClock(NEVER_STARTED, mark(1_000, 50_000, 1));
    expect(spent(clock, "resolve", mark(20, 170_000, 2))).toBe(120_000);
    expect(spent(clock, "resolve", mark(20, 10_000, 2))).toBe(0);
  });

  test("stands still between stop and start, and counts to acknowledge only until somebody took it", () => {
    let clock = startClock(NEVER_STARTED, mark(0));
    clock = answerClock(clock, mark(100));
    clock = stopClock(clock, mark(300));
    clock = startClock(clock, mark(10_000));
    expect([spent(clock, "acknowledge", mark(10_500)), spent(clock, "resolve", mark(10_500))]).toEqual([100, 800]);
  });

  test("of the start before is put right with its boot, not with another", () => {
    const clock = startClock(NEVER_STARTED, mark(0, 5, 3));
    expect(restampedClock(clock, 3, (ms) => ms + 100).running?.atMs).toBe(105);
    expect(restampedClock(clock, 4, (ms) => ms + 100).running?.atMs).toBe(5);
  });

  test("starts once, stops once, and is answered once", () => {
    const running = startClock(NEVER_STARTED, mark(100));
    expect(startClock(running, mark(500))).toEqual({ spans: [], running: mark(100), answered: null });
    const stopped = stopClock(running, mark(400, 9_000));
    expect(stopped).toEqual({ spans: [{ toMs: 9_000, spanMs: 300 }], running: null, answered: null });
    expect(stopClock(stopped, mark(900))).toEqual(stopped);
    const answered = answerClock(stopped, mark(900));
    expect(answered).toEqual({ ...stopped, answered: 1 });
    expect(answerClock(startClock(answered, mark(1_000)), mark(2_000)).answered).toBe(1);
    expect(answerClock(running, mark(150))).toEqual({ spans: [{ toMs: 150, spanMs: 50 }], running: mark(150), answered: 1 });
  });

  test("says what was spent up to now, to acknowledge as long as nobody has", () => {
    const running = startClock(NEVER_STARTED, mark(0));
    expect([
      spent(running, "acknowledge", mark(70)),
      spent(running, "resolve", mark(70)),
      spent(NEVER_STARTED, "acknowledge", mark(9)),
    ]).toEqual([...[70, 70, 0]]);
  });

  test("is put right with its spans; one that stands still stays so", () => {
    const stopped = stopClock(startClock(NEVER_STARTED, mark(0, 5)), mark(10, 15));
    expect(restampedClock(stopped, 1, (ms) => ms + 100)).toEqual({ spans: [{ toMs: 115, spanMs: 10 }], running: null, answered: null });
  });

  test("keeps a hundred spans; more are one with the last, but never with what came before somebody took it", () => {
    const flap = (clock: ServiceClock, times: number, fromMs: number): ServiceClock => {
      let now = clock;
      for (let n = 0; n < times; n += 1) now = stopClock(startClock(now, mark(fromMs + n * 10)), mark(fromMs + n * 10 + 1));
      return now;
    };
    const full = flap(NEVER_STARTED, 100, 0);
    expect([full.spans.length, full.spans.at(-1)]).toEqual([100, { toMs: 991, spanMs: 1 }]);
    const more = flap(full, 2, 1_000);
    expect([more.spans.length, more.spans.at(-1), more.spans.at(-2)]).toEqual([100, { toMs: 1_011, spanMs: 3 }, { toMs: 981, spanMs: 1 }]);
    const taken = flap(answerClock(full, mark(1_000)), 2, 2_000);
    expect([taken.spans.length, taken.spans.at(-1)]).toEqual([101, { toMs: 2_011, spanMs: 2 }]);
    expect([spent(taken, "acknowledge", mark(9_000)), spent(taken, "resolve", mark(9_000))]).toEqual([100, 102]);
  });

  const moves = fc.array(
    fc.record({
      does: fc.constantFrom("start", "stop", "answer"),
      afterMs: fc.integer({ min: 0, max: 1_000 }),
      wallStepMs: fc.integer({ min: -5_000, max: 5_000 }),
      restart: fc.boolean(),
    }),
    { maxLength: 400 },
  );
  test("law: whatever clocks and people do, it is never negative, never shrinks while the box runs, and acknowledge is never more than resolve", () =>
    fc.assert(
      fc.property(moves, (all) => {
        let [clock, now, before] = [NEVER_STARTED, mark(0), 0];
        for (const { does, afterMs, wallStepMs, restart } of all) {
          now = restart
            ? { boot: now.boot + 1, uptimeMs: 0, atMs: now.atMs + afterMs }
            : { ...now, uptimeMs: now.uptimeMs + afterMs, atMs: now.atMs + afterMs + wallStepMs };
          // Across a restart nothing but the wall clock measures, and that may have been set.
          const isMeasured = clock.running === null || clock.running.boot === now.boot;
          clock = { start: startClock, stop: stopClock, answer: answerClock }[does](clock, now);
          const total = spent(clock, "resolve", now);
          expect(total).toBeGreaterThanOrEqual(isMeasured ? before : 0);
          expect(spent(clock, "acknowledge", now)).toBeLessThanOrEqual(total);
          expect(clock.spans.length).toBeLessThanOrEqual(101);
          before = total;
        }
      }),
      { numRuns: 60 },
    ));
});
