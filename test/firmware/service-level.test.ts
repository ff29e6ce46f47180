import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { answerClock, type Mark, NEVER_STARTED, startClock } from "../../firmware/incidents/service-clock.ts";
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

test("a clock is not judged across a restart while nobody knows the time", () => {
  const clock = startClock(NEVER_STARTED, mark(0, 5, 1));
  expect([isCertain(clock, mark(9), false), isCertain(clock, mark(9, 9, 2), false), isCertain(clock, mark(9, 9, 2), true)]).toEqual([
    true,
    false,
    true,
  ]);
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
