import { AlarmBook } from "../../firmware/alarms/book.ts";
import { loadSite } from "../../firmware/site/load.ts";
import { median, type Row } from "./row.ts";

const DEVICES = 200;
const POINTS_PER_DEVICE = 25;
const ROUNDS = 200;
const WARM_UP = 100;
const RUNS = 5;
const ALARMS = 50;

/**
 * What judging costs by itself: 5,000 points with three rules each (high of two levels, low, and a distance from a reference or a rate of
 * change over 15 minutes), a new value at every reading, in processor time of one core. Quiet, and while 50 alarms ring.
 */
export function benchRules(): Row[] {
  const rows: Row[] = [];
  for (const kind of ["limits", "mixed"] as const) {
    const text = siteOf(kind);
    const before = heapMb();
    const loaded = loadSite(text);
    if ("problems" in loaded) throw new Error(loaded.problems[0]?.message.en);
    const { site } = loaded;
    const book = new AlarmBook(site.rules, [], () => "i");
    const perPointKb = ((heapMb() - before) * 1_024) / site.points.length;
    const judged = site.rules.filter((rule) => rule.kind !== "silence" && rule.point < site.points.length).length;
    const at = `rules, ${site.points.length.toLocaleString("en")} points with ${Math.round(judged / site.points.length)} rules each (${kind})`;
    rows.push({ metric: `${at}: evaluations`, value: median(runs(site, book, judged, 0)), unit: "1/s" });
    rows.push({ metric: `${at}, ${ALARMS} alarms ringing: evaluations`, value: median(runs(site, book, judged, ALARMS)), unit: "1/s" });
    rows.push({ metric: `${at}: memory of a point and its rules`, value: perPointKb, unit: "kB" });
  }
  return rows;
}

type LoadedSite = Extract<ReturnType<typeof loadSite>, { site: unknown }>["site"];

function runs({ points, spans }: LoadedSite, book: AlarmBook, judged: number, alarms: number): readonly number[] {
  const values = new Float64Array(points.length).fill(230);
  const latest = { values, qualities: new Uint8Array(points.length) };
  let second = (book.live.length + 1) * 1_000_000 + alarms * 1_000_000;
  const round = (): void => {
    const now = { monotonicMs: second * 1_000, wallMs: second * 1_000 };
    second += 1;
    for (let point = 0; point < values.length; point += 1) values[point] = 229 + ((point * 7 + second * 13) % 200) / 100;
    for (let point = 0; point < alarms; point += 1) values[point * POINTS_PER_DEVICE * 2] = 950;
    for (const { first, count } of spans) book.judge(first, count, latest, now);
  };
  for (let n = 0; n < WARM_UP; n += 1) round();
  if (book.live.length < alarms) throw new Error(`${book.live.length} alarms ring, not ${alarms}`);
  return Array.from({ length: RUNS }, () => {
    const before = process.cpuUsage();
    for (let n = 0; n < ROUNDS; n += 1) round();
    const { user, system } = process.cpuUsage(before);
    return (judged * ROUNDS * 1_000_000) / (user + system);
  });
}

function siteOf(kind: "limits" | "mixed"): string {
  const points = Array.from(
    { length: POINTS_PER_DEVICE },
    (_, column) => `      input.c${column}.voltage: { table: holding, address: ${column} }`,
  );
  const third = kind === "mixed" ? "rate: { within: 15min, rise: { minor: 50 } }" : 'deviation: { from: "230", above: { minor: 600 } }';
  return `site: { id: bench, name: Bench }
areas: [{ id: room, name: Room }]
buses: [{ id: b, kind: modbus-tcp, host: 127.0.0.1 }]
profiles:
  meter/bench-rules:
    protocol: modbus
    class: meter
    maker: Bench
    family: row
    label: { zh: 表, en: Meter }
    source: [test/bench/rules.ts]
    points:
${points.join("\n")}
devices:
${Array.from({ length: DEVICES }, (_, n) => `  - { id: d${n}, area: room, bus: b, unit: ${(n % 247) + 1}, profile: meter/bench-rules, every: 1s }`).join("\n")}
rules:
  - { points: ["*/input.*.voltage"], high: { minor: 800, major: 900 }, low: { minor: 1 }, ${third}, on: 0s, off: 0s }
`;
}

function heapMb(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / 1_048_576;
}

if (import.meta.main) console.table(benchRules());
