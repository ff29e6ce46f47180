import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { changeAround, changeAt } from "../../firmware/escalation/hand-over.ts";
import { daysAhead, dutyAt, type Rota, type Swap, shiftsBetween } from "../../firmware/escalation/rota.ts";
import { loadedSite } from "./loaded-site.ts";

const SHANGHAI = "Asia/Shanghai";
const BERLIN = "Europe/Berlin";
const HOUR_MS = 3_600_000;
const at = (local: string, timezone = SHANGHAI): number => Temporal.PlainDateTime.from(local).toZonedDateTime(timezone).epochMilliseconds;

function rotaOf(text: string): Rota {
  const site = loadedSite(`site: { id: s, name: S }
areas: [{ id: room, name: Room }]
buses: [{ id: line, kind: modbus-tcp, host: 127.0.0.1 }]
devices: [{ id: th-1, area: room, bus: line, unit: 1, profile: sensor/xy-md02 }]
rotas:
  - id: duty
    name: Duty
    people: [{ id: wang, name: 王工 }, { id: li, name: 李工 }, { id: zhao, name: 赵工 }]
${text}
`);
  return site.rotas[0] as Rota;
}

const WEEKLY = rotaOf(`    handOver: { at: ["08:00"], days: [mon] }
    starts: "2026-11-02"`);
const TWICE = rotaOf(`    handOver: { at: ["08:00", "20:00"] }
    starts: "2026-11-02"`);
const TABLE = rotaOf(`    table:
      - { days: [mon, tue, wed, thu, fri], from: "08:00", to: "20:00", who: wang }
      - { days: [mon, tue, wed, thu, fri], from: "20:00", to: "08:00", who: li }
      - { days: [sat], from: "08:00", to: "08:00", who: zhao }
      - { days: [sun], from: "08:00", to: "08:00", who: zhao }`);

const who = (rota: Rota, local: string, swaps: readonly Swap[] = [], timezone = SHANGHAI): string | undefined =>
  dutyAt(rota, swaps, at(local, timezone), timezone)?.who;

describe("people in turn", () => {
  test("change at the hand-over, not before, and begin again after the last", () => {
    expect(who(WEEKLY, "2026-11-02T08:00")).toBe("wang");
    expect(who(WEEKLY, "2026-11-09T07:59")).toBe("wang");
    expect(who(WEEKLY, "2026-11-09T08:00")).toBe("li");
    expect(who(WEEKLY, "2026-11-16T08:00")).toBe("zhao");
    expect(who(WEEKLY, "2026-11-23T08:00")).toBe("wang");
  });

  test("stand in the same order before the day that begins it", () => {
    expect(who(WEEKLY, "2026-11-02T07:59")).toBe("zhao");
    expect(who(WEEKLY, "2026-10-26T07:59")).toBe("li");
  });

  test("take turns twice a day", () => {
    expect(["2026-11-02T09:00", "2026-11-02T21:00", "2026-11-03T03:00", "2026-11-03T09:00"].map((local) => who(TWICE, local))).toEqual([
      "wang",
      "li",
      "li",
      "zhao",
    ]);
  });

  test("say who is next, and when", () => {
    expect(dutyAt(TWICE, [], at("2026-11-02T09:00"), SHANGHAI)).toEqual({
      who: "wang",
      planned: "wang",
      since: { from: "zhao", atMs: at("2026-11-02T08:00") },
      next: { who: "li", atMs: at("2026-11-02T20:00") },
    });
  });
});

test("a fixed table is the same every week, over midnight and over its end", () => {
  expect(who(TABLE, "2026-11-23T12:00")).toBe("wang");
  expect(who(TABLE, "2026-11-24T03:00")).toBe("li");
  expect(who(TABLE, "2026-11-28T03:00")).toBe("li");
  expect(who(TABLE, "2026-11-28T09:00")).toBe("zhao");
  expect(who(TABLE, "2026-11-30T07:59")).toBe("zhao");
  expect(who(TABLE, "2026-11-30T08:00")).toBe("wang");
});

test("one person alone is always on call, and nobody follows", () => {
  const alone: Rota = { ...WEEKLY, handOvers: [], order: ["zhao"] };
  expect(dutyAt(alone, [], at("2026-11-24T03:00"), SHANGHAI)).toEqual({ who: "zhao", planned: "zhao", since: null, next: null });
});

describe("a swap", () => {
  const night: Swap = { rota: "duty", fromMs: at("2026-11-24T20:00"), toMs: at("2026-11-25T08:00"), who: "zhao" };

  test("holds for its time, and is a change like any other", () => {
    expect(who(TABLE, "2026-11-24T19:59", [night])).toBe("wang");
    expect(who(TABLE, "2026-11-24T20:00", [night])).toBe("zhao");
    expect(who(TABLE, "2026-11-25T08:00", [night])).toBe("wang");
    expect(dutyAt(TABLE, [night], at("2026-11-24T12:00"), SHANGHAI)?.next).toEqual({ who: "zhao", atMs: night.fromMs });
    expect(dutyAt(TABLE, [night], at("2026-11-24T21:00"), SHANGHAI)?.planned).toBe("li");
  });

  test("that was entered later holds over an earlier one, and one without a person takes it back", () => {
    expect(who(TABLE, "2026-11-24T22:00", [night, { ...night, who: "wang" }])).toBe("wang");
    expect(who(TABLE, "2026-11-24T22:00", [night, { ...night, who: null }])).toBe("li");
  });

  test("of another rota changes nothing", () => {
    expect(who(TABLE, "2026-11-24T22:00", [{ ...night, rota: "other" }])).toBe("li");
  });
});

describe("in a night when clocks change", () => {
  const early = rotaOf(`    handOver: { at: ["02:30"] }
    starts: "2026-10-20"`);

  test("a time of day that comes twice is one hand-over", () => {
    const shifts = shiftsBetween(early, at("2026-10-24T12:00", BERLIN), at("2026-10-26T12:00", BERLIN), BERLIN);
    expect(shifts.map(({ fromMs, toMs }) => (toMs - fromMs) / HOUR_MS)).toEqual([24, 25, 24]);
    expect(new Set(shifts.map((shift) => shift.who)).size).toBe(3);
  });

  test("a time of day that never comes is a hand-over all the same", () => {
    const shifts = shiftsBetween(early, at("2027-03-27T12:00", BERLIN), at("2027-03-29T12:00", BERLIN), BERLIN);
    expect(shifts.map(({ fromMs, toMs }) => (toMs - fromMs) / HOUR_MS)).toEqual([24, 23, 24]);
    expect(shifts[1]?.fromMs).toBe(at("2027-03-28T03:30", BERLIN));
  });
});

test("at every moment one person is on call, and what follows begins where this ends", () => {
  const moments = fc.integer({ min: at("2026-01-01T00:00"), max: at("2029-01-01T00:00") });
  fc.assert(
    fc.property(moments, fc.constantFrom(WEEKLY, TWICE, TABLE), fc.constantFrom(SHANGHAI, BERLIN), (nowMs, rota, timezone) => {
      const duty = dutyAt(rota, [], nowMs, timezone);
      expect(rota.people.map(({ id }) => id)).toContain(duty?.who);
      expect(duty?.since?.atMs ?? nowMs).toBeLessThanOrEqual(nowMs);
      const { next } = duty ?? {};
      expect(next?.atMs).toBeGreaterThan(nowMs);
      expect(dutyAt(rota, [], next?.atMs ?? 0, timezone)?.who).toBe(next?.who);
      expect(dutyAt(rota, [], (next?.atMs ?? 0) - 1, timezone)?.who).toBe(duty?.who);
      const days = daysAhead(rota, [], nowMs, 3, timezone);
      for (const [index, day] of days.entries()) if (index > 0) expect(day.fromMs).toBe(days[index - 1]?.toMs);
      expect(days[0]?.fromMs).toBeLessThanOrEqual(nowMs);
    }),
    { numRuns: 40 },
  );
});

test("the change that people see to is one that comes within the hour, else the last one", () => {
  const last = { changeMs: at("2026-11-24T08:00"), outgoing: "li", incoming: "wang" };
  expect(changeAround(TABLE, [], at("2026-11-24T12:00"), SHANGHAI)).toEqual(last);
  expect(changeAround(TABLE, [], at("2026-11-24T19:00"), SHANGHAI)).toEqual({
    changeMs: at("2026-11-24T20:00"),
    outgoing: "wang",
    incoming: "li",
  });
  expect(changeAt(TABLE, [], last.changeMs, SHANGHAI)).toEqual(last);
  expect(changeAt(TABLE, [], last.changeMs + 1, SHANGHAI)).toBeNull();
});
