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
import { clockView, dueAtMs, isCertain, type ServiceHours, serviceTimeMs } from "../../firmware/incidents/service-level.ts";
import { loadSite } from "../../firmware/site/load.ts";
import { LEVELS } from "./helpdesk-stage.ts";

const HOUR = 3_600_000;
const MINUTE = 60_000;
const at = (text: string): number => Temporal.Instant.from(text).epochMilliseconds;
const WORK: ServiceHours = { days: ["mon", "tue", "wed", "thu", "fri"], fromMinute: 510, toMinute: 1_080 };
const SHANGHAI = "Asia/Shanghai";

describe("service time", () => {
  test.each([
    ["within one day", "2026-11-26T10:00+08:00", "2026-11-26T12:00+08:00", 2 * HOUR],
    ["before and after the hours nothing counts", "2026-11-26T18:30+08:00", "2026-11-27T08:00+08:00", 0],
    ["over a night", "2026-11-26T17:00+08:00", "2026-11-27T09:30+08:00", 2 * HOUR],
    ["over a weekend", "2026-11-27T17:00+08:00", "2026-11-30T09:30+08:00", 2 * HOUR],
    ["over six weeks", "2026-10-01T08:00+08:00", "2026-11-12T08:00+08:00", 30 * 9.5 * HOUR],
    ["backwards nothing", "2026-11-26T12:00+08:00", "2026-11-26T10:00+08:00", 0],
  ])("%s", (_, from, to, expected) => {
    expect(serviceTimeMs(at(from), at(to), WORK, SHANGHAI)).toBe(expected);
  });

  test("without hours all of it counts", () => {
    expect(serviceTimeMs(5, 9, null, SHANGHAI)).toBe(4);
  });

  test("the day on which summer time begins is an hour shorter where its hours are", () => {
    const night: ServiceHours = { days: ["sun"], fromMinute: 0, toMinute: 1_440 };
    expect(serviceTimeMs(at("2026-03-28T00:00Z"), at("2026-03-31T00:00Z"), night, "Europe/Berlin")).toBe(23 * HOUR);
  });

  const moment = fc.integer({ min: at("2026-01-01T00:00Z"), max: at("2027-01-01T00:00Z") });
  test("law: cut anywhere, the parts are the whole", () =>
    fc.assert(
      fc.property(moment, moment, moment, (...times) => {
        const [a = 0, b = 0, c = 0] = times.toSorted((x, y) => x - y);
        const of = (from: number, to: number): number => serviceTimeMs(from, to, WORK, "Europe/Berlin");
        expect(of(a, c)).toBe(of(a, b) + of(b, c));
      }),
      { numRuns: 60 },
    ));

  test("law: until it is due exactly what was left passes", () =>
    fc.assert(
      fc.property(moment, fc.integer({ min: 1, max: 200 * HOUR }), (nowMs, leftMs) => {
        const due = dueAtMs(nowMs, leftMs, WORK, "Europe/Berlin");
        expect(due === null ? null : serviceTimeMs(nowMs, due, WORK, "Europe/Berlin")).toBe(leftMs);
      }),
      { numRuns: 60 },
    ));
});

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

  test("is not judged across a restart while nobody knows the time", () => {
    const clock = startClock(NEVER_STARTED, mark(0, 5, 1));
    expect([isCertain(clock, mark(9), false), isCertain(clock, mark(9, 9, 2), false), isCertain(clock, mark(9, 9, 2), true)]).toEqual([
      true,
      false,
      true,
    ]);
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

describe("what people see of it", () => {
  const running = startClock(NEVER_STARTED, mark(0, 0));
  const view = (minutes: number, clock = running, isOver = false) =>
    clockView({ clock, isOver }, "acknowledge", LEVELS, 1, mark(minutes * MINUTE), SHANGHAI);

  test.each([
    [1, null],
    [11.9, null],
    [12, "warning"],
    [15, "warning"],
    [15.1, "breach"],
  ])("after %s of 15 minutes: %s", (minutes, reached) => {
    expect(view(minutes).reached).toBe(reached);
  });

  test("how much is left, and when it is due", () => {
    expect(view(5)).toMatchObject({ leftMs: 10 * MINUTE, dueAtMs: 15 * MINUTE, state: "running" });
    expect(view(20)).toMatchObject({ leftMs: -5 * MINUTE, dueAtMs: null, reached: "breach" });
  });

  test("taken in time it stays in time; taken late it stays late", () => {
    expect(view(60, answerClock(running, mark(14 * MINUTE)))).toMatchObject({ state: "done", reached: null, spentMs: 14 * MINUTE });
    expect(view(60, answerClock(running, mark(16 * MINUTE)))).toMatchObject({ state: "done", reached: "breach" });
  });

  test("outside the service hours it is paused", () => {
    const levels = { ...LEVELS, byPriority: { ...LEVELS.byPriority, 1: { ...LEVELS.byPriority[1], hours: WORK } } };
    const night = at("2026-11-26T22:00+08:00");
    const clock = startClock(NEVER_STARTED, mark(0, at("2026-11-26T17:55+08:00")));
    const now = mark(night - at("2026-11-26T17:55+08:00"), night);
    expect(clockView({ clock, isOver: false }, "acknowledge", levels, 1, now, SHANGHAI)).toMatchObject({
      ...{ spentMs: 5 * MINUTE, state: "paused", dueAtMs: null },
    });
  });
});

const FILE = `
site: { id: t, name: Test, timezone: Asia/Shanghai }
areas: [{ id: room, name: Room }]
buses: [{ id: line, kind: modbus-rtu, path: /dev/not-there }]
devices: [{ id: th-1, area: room, bus: line, unit: 1, profile: sensor/xy-md02, every: 1s }]
`;

describe("serviceLevels: of the site file", () => {
  const load = (section: string) => {
    const loaded = loadSite(FILE + section);
    return "problems" in loaded ? loaded.problems.map(({ path, message }) => `${path}: ${message.en}`) : loaded.site.serviceLevels;
  };

  test("without the section the house has its own", () => {
    expect(load("")).toEqual(LEVELS);
    expect(LEVELS).toMatchObject({ warnAt: 0.8, reopenWithinMs: 10 * MINUTE });
    expect(LEVELS.byPriority[1]).toEqual({ acknowledgeMs: 15 * MINUTE, resolveMs: 4 * HOUR, hours: null });
  });

  test("says times, hours and the warning; what it does not say is the house's", () => {
    const section =
      "serviceLevels: { warnAt: 50, reopenWithin: 0s, hours: { days: [sat], from: '09:00', to: '24:00' }, p2: { acknowledge: 5min, calendar: hours } }";
    expect(load(section)).toMatchObject({
      ...{ warnAt: 0.5, reopenWithinMs: 0 },
      byPriority: {
        1: LEVELS.byPriority[1],
        2: { acknowledgeMs: 5 * MINUTE, resolveMs: 8 * HOUR, hours: { days: ["sat"], fromMinute: 540, toMinute: 1_440 } },
      },
    });
  });

  test.each([
    ["hours: { from: '18:00', to: '08:00' }", "serviceLevels.hours.to: service hours from 18:00 to 08:00 are none"],
    ["p1: { acknowledge: 5h }", "serviceLevels.p1: p1 may be acknowledged later than it must be resolved"],
    ["p1: { acknowledge: soon }", "serviceLevels.p1.acknowledge: "],
    ["warnAt: 0", "serviceLevels.warnAt: "],
    ["p6: {}", "serviceLevels.p6: "],
  ])("%s is refused with its place", (section, problem) => {
    expect(load(`serviceLevels: { ${section} }`)).toEqual([expect.stringContaining(problem)]);
  });
});
