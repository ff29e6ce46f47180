import { performance } from "node:perf_hooks";
import { QUALITY } from "../../drivers/reading.ts";
import { LimitWatch, TURNS_PER_LOOK } from "../../firmware/forecast/limit-watch.ts";
import { placedPoints } from "../../firmware/forecast/point-names.ts";
import { historyOf } from "../../firmware/points/history.ts";
import { DeviceRing, ringRows } from "../../firmware/points/ring.ts";
import { SCENES, scenesBy, worthOf } from "../firmware/forecast-series.ts";
import { loadedSite } from "../firmware/loaded-site.ts";
import { pointName } from "./bench-box.ts";
import { quantile, type Row } from "./row.ts";

const DEVICES = 200;
const POINTS_PER_DEVICE = 25;
const PERIOD_MS = 1_000;
/** As often as the rings of a box with so many points have a row. */
const READ_MS = 9_000;
const HOUR_MS = 3_600_000;
const LOOKS = 6;
const SEEDS = [1, 2, 3];

/** What looking ahead costs: 5,000 points with limits, of which none, every hundredth or every one moves towards its limit. */
export function benchAhead(): Row[] {
  const at = "look ahead, 5,000 points with limits";
  return [
    ...lookedAt(`${at} that stand`, () => 0),
    ...lookedAt(`${at}, one in a hundred rises`, (point) => (point % 100 === 0 ? 1 : 0)),
    ...lookedAt(`${at}, all rise at once`, () => 1),
    ...Object.keys(SCENES).flatMap((name) => worthRows(name as keyof typeof SCENES)),
  ];
}

/** What forecasts are worth, asked every minute: of those that came true, half were this near. */
function worthRows(name: keyof typeof SCENES): Row[] {
  const { asked, said, medianErrorMin, inBandPart, falselySure } = worthOf(scenesBy(name, SEEDS));
  const rows = [{ metric: `foretold, ${name}: of the minutes asked`, value: (100 * said) / asked, unit: "%" }];
  if (Number.isFinite(medianErrorMin)) {
    rows.push({ metric: `foretold, ${name}: median error`, value: medianErrorMin, unit: "min" });
    rows.push({ metric: `foretold, ${name}: within the band`, value: 100 * inBandPart, unit: "%" });
  } else rows.push({ metric: `foretold, ${name}: with an end of the band, and wrong`, value: (100 * falselySure) / asked, unit: "%" });
  return rows;
}

/** @param rises °C per hour, by point. */
function lookedAt(name: string, rises: (point: number) => number): Row[] {
  const site = loadedSite(benchSite());
  const watch = new LimitWatch(placedPoints(site), site.rules);
  const rings = site.devices.map(({ points }) => new DeviceRing(points.length, ringRows(PERIOD_MS, site.points.length)));
  const latest = { values: new Float64Array(site.points.length), qualities: new Uint8Array(site.points.length).fill(QUALITY.good) };
  let seed = 1;
  const noise = (): number => {
    seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff;
    return (seed / 0x7fffffff - 0.5) * 0.2;
  };
  const valueAt = (point: number, ms: number): number => Number((22 + (rises(point) * ms) / HOUR_MS + noise()).toFixed(1));
  for (let ms = 0; ms < HOUR_MS; ms += READ_MS)
    rings.forEach((ring, device) => {
      const values = Float64Array.from({ length: POINTS_PER_DEVICE }, (_, n) => valueAt(POINTS_PER_DEVICE * device + n, ms));
      ring.push(values, ms as Parameters<DeviceRing["push"]>[1]);
    });
  const turns: number[] = [];
  let evaluated = 0;
  for (let look = 0; look < LOOKS; look += 1)
    for (let nth = 0; nth < TURNS_PER_LOOK; nth += 1) {
      const nowMs = HOUR_MS + (look * TURNS_PER_LOOK + nth) * 1_000;
      latest.values.forEach((_, point) => {
        latest.values[point] = valueAt(point, nowMs);
      });
      const began = performance.now();
      evaluated += watch.turn(latest, nowMs, {
        doubt: () => null,
        wallMs: () => nowMs,
        recent({ id, number }) {
          const now = { monotonicMs: nowMs, wallMs: nowMs } as Parameters<typeof historyOf>[2];
          const { times, series } = historyOf(
            [{ id, ring: rings[Math.floor(number / POINTS_PER_DEVICE)] as DeviceRing, index: number % POINTS_PER_DEVICE }],
            HOUR_MS,
            now,
          );
          return { times, values: series[0]?.values ?? [] };
        },
      });
      turns.push(performance.now() - began);
    }
  // The first looks only learn how the points stand.
  const settled = turns.slice(-TURNS_PER_LOOK * 2);
  const perLook = settled.reduce((sum, ms) => sum + ms, 0) / 2;
  return [
    { metric: `${name}: per look of 30 s`, value: perLook, unit: "ms" },
    { metric: `${name}: longest turn`, value: quantile(settled, 1), unit: "ms" },
    { metric: `${name}: real forecasts per look`, value: evaluated / LOOKS, unit: "" },
  ];
}

function benchSite(): string {
  const points = Array.from(
    { length: POINTS_PER_DEVICE },
    (_, n) => `      ${pointName(n)}: { table: holding, address: ${n}, scale: 0.1 }`,
  );
  const devices = Array.from(
    { length: DEVICES },
    (_, n) => `  - { id: d${n}, area: room, bus: b, unit: ${1 + n}, profile: meter/bench-row }`,
  );
  return `site: { id: bench, name: Bench }
areas: [{ id: room, name: Room }]
buses: [{ id: b, kind: modbus-tcp, host: 127.0.0.1 }]
devices:
${devices.join("\n")}
rules:
  - { points: ["*"], high: { minor: 30, major: 40 }, low: { minor: 5 }, deadband: 1 }
profiles:
  meter/bench-row:
    protocol: modbus
    class: meter
    maker: Bench
    family: row
    label: { zh: 测试电压表, en: Bench voltmeter }
    source: [test/bench/ahead.ts]
    points:
${points.join("\n")}
`;
}

if (import.meta.main) console.table(benchAhead());
