import { expect, test } from "vitest";
import { QUALITY } from "../../drivers/reading.ts";
import type { Crossing } from "../../firmware/forecast/crossing.ts";
import { EVALUATIONS_PER_TURN, LimitWatch, TURNS_PER_LOOK } from "../../firmware/forecast/limit-watch.ts";
import { OtherDays } from "../../firmware/forecast/other-days.ts";
import { type PlacedPoint, placedPoints } from "../../firmware/forecast/point-names.ts";
import { LOOKS, Screen } from "../../firmware/forecast/screen.ts";
import { filtersFound, filtersOf } from "../../firmware/forecast/wear-watch.ts";
import { HistoryError, type Trend } from "../../firmware/history/history.ts";
import { StageClock } from "./forecast-stage.ts";
import { loadedSite } from "./loaded-site.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const site = loadedSite(`
site: { id: t, name: Test }
areas: [{ id: room, name: Room }]
buses:
  - { id: line, kind: modbus-rtu, path: /dev/not-there }
  - { id: card, kind: snmp, host: 127.0.0.1, version: 2c }
devices:
${Array.from({ length: 60 }, (_, n) => `  - { id: th-${n}, area: room, bus: line, unit: ${n + 1}, profile: sensor/xy-md02 }`).join("\n")}
  - { id: row, area: room, bus: card, profile: cooling/apc-inrow-rc }
rules:
  - { points: ["row/filter.pressure"], high: { minor: 90 } }
`);
const points = placedPoints(site);

test("the screen sees what climbs, not what wobbles or stands, and forgets what falls silent", () => {
  const screen = new Screen(4);
  const seen = Array.from({ length: 3 * LOOKS }, (_, n) => [
    screen.look(0, 22),
    screen.look(1, 22 + n / 10),
    screen.look(2, 22 + (n % 2) / 10),
    screen.look(3, n === 2 * LOOKS ? Number.NaN : 22 - n / 5),
  ]);
  const [standing, climbing, wobbling, falling] = [0, 1, 2, 3].map((place) => seen.map((row) => row[place]));
  expect(standing?.every((each) => each === null)).toBe(true);
  expect(wobbling?.every((each) => each === null)).toBe(true);
  expect(climbing?.at(-1)?.perLook).toBeCloseTo(0.1, 1);
  expect(falling?.[2 * LOOKS - 1]?.perLook).toBeCloseTo(-0.2, 1);
  expect(falling?.slice(2 * LOOKS, 2 * LOOKS + 3)).toEqual([null, null, null]);
});

/** Everything climbs or falls by so many units a minute; how many real forecasts each turn made, and of which points. */
function watched(perMinute: (point: PlacedPoint) => number, looks = 8) {
  const watch = new LimitWatch(points, site.rules);
  const latest = { values: new Float64Array(site.points.length), qualities: new Uint8Array(site.points.length).fill(QUALITY.good) };
  const asked = new Map<string, number>();
  const turns: number[] = [];
  for (let turn = 0; turn < looks * TURNS_PER_LOOK; turn += 1) {
    const minutes = turn / 60;
    for (const point of points) if (point !== null) latest.values[point.number] = startOf(point) + perMinute(point) * minutes;
    const ports = {
      recent(point: PlacedPoint) {
        asked.set(point.id, (asked.get(point.id) ?? 0) + 1);
        const times = Array.from({ length: 360 }, (_, n) => turn * 1_000 - HOUR_MS + n * 10_000);
        return { times, values: times.map((atMs) => startOf(point) + (perMinute(point) * atMs) / MINUTE_MS) };
      },
      doubt: () => null,
      wallMs: () => turn * 1_000,
    };
    turns.push(watch.turn(latest, turn * 1_000, ports));
  }
  return { watch, asked, turns };
}
const startOf = ({ name }: PlacedPoint): number => (name === "ambient.temperature" ? 22 : name === "ambient.humidity" ? 50 : 0);

test("a turn makes few real forecasts, however much moves, and none of what moves away or stands", () => {
  const all = watched(() => 0.05);
  expect(Math.max(...all.turns)).toBe(EVALUATIONS_PER_TURN);
  expect(all.asked.size).toBeGreaterThan(50);
  expect(all.watch.found.some(({ look }) => look.outcome === "crossing")).toBe(true);
  expect(watched(() => 0).turns.every((count) => count === 0)).toBe(true);
  const one = watched(({ id }) => (id === "th-7/ambient.temperature" ? 0.05 : 0));
  expect([...one.asked.keys()]).toEqual(["th-7/ambient.temperature"]);
  expect(one.watch.found.filter(({ look }) => look.outcome === "crossing")).toMatchObject([
    { level: { limit: 27 }, rule: { type: "high" } },
  ]);
});

test("limits are those of the hour, and what is derived of a reading has none to be drawn to", () => {
  const night = loadedSite(`
site: { id: t, name: Test, timezone: UTC }
areas: [{ id: room, name: Room }]
buses: [{ id: line, kind: modbus-rtu, path: /dev/not-there }]
devices: [{ id: th, area: room, bus: line, unit: 1, profile: sensor/xy-md02 }]
schedules: [{ id: night, from: "22:00", to: "06:00" }]
rules:
  - { points: ["th/ambient.temperature"], high: { major: 27 }, low: {} }
  - { points: ["th/ambient.temperature"], during: night, high: { major: 25 } }
  - { points: ["th/ambient.humidity"], high: {}, low: {} }
`);
  const limitAt = (hour: number): number | undefined => {
    const watch = new LimitWatch(placedPoints(night), night.rules);
    const latest = { values: new Float64Array([22, 50]), qualities: new Uint8Array(2).fill(QUALITY.good) };
    for (let turn = 0; turn < 8 * TURNS_PER_LOOK; turn += 1) {
      latest.values[0] = 22 + turn / 1_200;
      const times = Array.from({ length: 360 }, (_, n) => turn * 1_000 - HOUR_MS + n * 10_000);
      const values = times.map((atMs) => 22 + atMs / 1_200_000);
      watch.turn(latest, turn * 1_000, { doubt: () => null, wallMs: () => hour * HOUR_MS, recent: () => ({ times, values }) });
    }
    return watch.found[0]?.level.limit;
  };
  expect(limitAt(12)).toBe(27);
  expect(limitAt(23)).toBe(25);
});

const TH = points[0] as PlacedPoint;
const far: Crossing = { outcome: "crossing", inMs: 90 * MINUTE_MS, earliestMs: 1, latestMs: null, windowMs: HOUR_MS, slope: 3 / HOUR_MS };

/** A day that rose by 3 an hour up to `top`. */
const risenTo =
  (top: number) =>
  async (ids: readonly string[], fromMs: number, toMs: number, columns: number): Promise<Trend> => {
    const stepMs = Math.ceil((toMs - fromMs) / columns);
    const avg = Array.from({ length: columns }, (_, n) => Math.min(top, 20 + (3 * (n * stepMs - HOUR_MS)) / HOUR_MS));
    const series = ids.map((point) => ({ point, min: avg, max: avg, avg, last: avg }));
    return { fromMs, stepMs, steps: columns, series, clockTrusted: true, uncertain: [] };
  };

test("a forecast for later than half an hour waits for what other days did, and is believed or not by that", async () => {
  const clock = new StageClock();
  for (const [top, verdict] of [
    [21, "daily"],
    [99, null],
  ] as const) {
    const others = new OtherDays({ trend: risenTo(top) }, clock, () => {});
    expect(others.doubt(TH, far, 4, "high")).toBe("tooFar");
    await clock.settle();
    expect(others.doubt(TH, far, 4, "high")).toBe(verdict);
    expect(others.doubt(TH, { ...far, inMs: 20 * MINUTE_MS }, 4, "high")).toBeNull();
  }
});

test("without other days it is believed for an hour: a box that does not know the time, or whose history fails, asks in vain", async () => {
  const clock = new StageClock();
  let asked = 0;
  const told: string[] = [];
  const trend = async (): Promise<Trend> => {
    asked += 1;
    throw new HistoryError({ zh: "磁盘", en: "the disk" });
  };
  const others = new OtherDays({ trend }, clock, ({ en }) => told.push(en));
  expect(others.doubt(TH, far, 4, "high")).toBe("tooFar");
  await clock.settle();
  expect(told).toEqual(["the disk"]);
  expect(others.doubt(TH, far, 4, "high")).toBe("tooFar");
  expect(others.doubt(TH, { ...far, inMs: 50 * MINUTE_MS }, 4, "high")).toBeNull();
  expect(asked).toBe(1);
  clock.wallTrusted = () => false;
  new OtherDays({ trend }, clock, () => {}).doubt(TH, far, 4, "high");
  expect(asked).toBe(1);
});

test("a filter is judged by its months in history, at the speed of its own fan", async () => {
  const clock = new StageClock();
  const filters = filtersOf(points);
  expect(filters).toMatchObject([{ pressure: { id: "row/filter.pressure" }, fan: { id: "row/fan.speed" } }]);
  const trend = async (ids: readonly string[], fromMs: number, toMs: number, columns: number): Promise<Trend> => {
    const stepMs = (toMs - fromMs) / columns;
    const at = (n: number): number => (n * stepMs) / DAY_MS;
    const speed = Array.from({ length: columns }, (_, n) => (n % 9 === 0 ? null : 60 + 20 * Math.sin(n / 4)));
    const pressure = speed.map((each, n) => (each === null ? 500 : (50 + 0.4 * at(n)) * (each / 60) ** 2));
    const series = [pressure, speed].map((avg, n) => ({ point: ids[n] ?? "", min: avg, max: avg, avg, last: avg }));
    return { fromMs, stepMs, steps: columns, series, clockTrusted: true, uncertain: [] };
  };
  const signal = new AbortController().signal;
  const parts = { history: { trend }, clock, signal, onTrouble: () => {} };
  const found = await filtersFound(filters, () => 130, parts);
  // 98 Pa after 120 days and 0.4 Pa more every day: 80 days to 130.
  expect(found).toMatchObject([{ kind: "filter", point: { id: "row/filter.pressure" }, look: { outcome: "wear", limit: 130 } }]);
  const [first] = found;
  expect(first?.look.outcome === "wear" ? Math.abs(first.look.inMs / DAY_MS - 80) : Number.NaN).toBeLessThan(8);
});
