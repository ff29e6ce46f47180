import { QUALITY } from "../../drivers/reading.ts";
import { findPoint } from "../../drivers/vocabulary.ts";
import type { WallMs } from "../../firmware/contract/time.ts";
import { openHistory } from "../../firmware/history/open.ts";
import { scaleOf } from "../../firmware/history/scale.ts";
import { systemClock } from "../../firmware/platform/clock.ts";
import { lead } from "../../firmware/review/lead.ts";
import type { ReviewPiece } from "../../firmware/review/piece.ts";
import { qualityOf } from "../../firmware/review/quality.ts";
import { Conductor, Replay } from "../../firmware/review/replay.ts";
import { type JudgedSite, ruleSetsOf } from "../../firmware/review/rules.ts";
import { workFolder } from "../box/box.ts";
import { acknowledged, cleared, entry, journalIn, raised, STAMP } from "../firmware/journal-entries.ts";
import { loadedSite } from "../firmware/loaded-site.ts";
import type { Row } from "./row.ts";

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const DAYS = 30;
const ALARMS_PER_DAY = 100;
const BUSY_DAY_ALARMS = 3_334;
const PROBES = 10;
const STEP_MS = 5_000;
const REPLAY_DAYS = 2;
/** Readings that are led through rules between two looks at the clock. */
const LOOK = 256;
const FLIGHT = 240;

/** What the figures of a month and of a busy day cost, and how fast stored readings go through rules. */
export async function benchReview(): Promise<Row[]> {
  const folder = workFolder();
  try {
    return [...(await figures(folder.path)), ...(await replays(folder.path))];
  } finally {
    folder.dispose();
  }
}

async function figures(directory: string): Promise<readonly Row[]> {
  const journal = await journalIn(directory);
  const beginMs = Date.UTC(2026, 8, 30, 16);
  const life = async (n: number, atMs: number): Promise<void> => {
    const of = {
      key: `bench/room/d${n % 80}/input.voltage/high`,
      device: `d${n % 80}`,
      incident: `i${atMs}-${n}`,
      raisedAtMs: atMs,
      changedAtMs: atMs,
    };
    const write = (change: Parameters<typeof entry>[0][number], at: number) => journal.commit(entry([change], { atMs: at, stamp: STAMP }));
    await write(raised(of), atMs);
    await write(acknowledged(of), atMs + 90_000);
    await write(cleared({ ...of, state: "A", clearedAtMs: atMs + 300_000 }), atMs + 300_000);
  };
  const quiet = Array.from({ length: DAYS * ALARMS_PER_DAY }, (_, n) => beginMs + (n * DAY_MS) / ALARMS_PER_DAY);
  const busy = Array.from({ length: BUSY_DAY_ALARMS }, (_, n) => beginMs + 40 * DAY_MS + (n * (DAY_MS - HOUR_MS)) / BUSY_DAY_ALARMS);
  const all = [...quiet, ...busy];
  for (let at = 0; at < all.length; at += FLIGHT) await Promise.all(all.slice(at, at + FLIGHT).map((atMs, n) => life(at + n, atMs)));
  const took = async (period: "day" | "month", day: string): Promise<number> => {
    const parts = { journal, period, day, positions: 1, timezone: "Asia/Shanghai", nowMs: beginMs + 60 * DAY_MS, live: [] };
    const times: number[] = [];
    for (let n = 0; n < 5; n += 1) {
      const fromMs = performance.now();
      await qualityOf({ ...parts, onDelayMs: () => 60_000 });
      times.push(performance.now() - fromMs);
    }
    return Math.min(...times);
  };
  const rows = [
    { metric: "review, figures of 30 days of 300 events", value: await took("month", "2026-10-15"), unit: "ms" },
    { metric: "review, figures of a day of 10,000 events", value: await took("day", "2026-11-10"), unit: "ms" },
  ];
  await journal.close();
  return rows;
}

async function replays(directory: string): Promise<readonly Row[]> {
  const endMs = Date.UTC(2026, 9, 30, 16);
  const fromMs = endMs - REPLAY_DAYS * DAY_MS;
  const { devices, points } = site("27");
  const ids = points.map((point) => scaleOf(point));
  let nowMs = fromMs;
  const history = openHistory({
    ...{ directory, points: ids },
    clock: { ...systemClock, wallMs: () => nowMs as WallMs, wallTrusted: () => true },
    log(_, { en }) {
      throw new Error(en);
    },
  });
  const values = new Float64Array(ids.length);
  const standing = { values, qualities: new Uint8Array(ids.length).fill(QUALITY.good) };
  for (let n = 0; nowMs < endMs; n += 1, nowMs += STEP_MS) {
    values.forEach((_, place) => {
      values[place] = Math.round(10 * (26.5 + Math.sin(n / 500 + place) + ((n * 7_919) % 97) / 200)) / 10;
    });
    for (const device of devices.keys()) history.take(device * 2, values.slice(device * 2, device * 2 + 2), standing);
    if (n % 720 === 0) await history.summaries([ids[0]?.id ?? ""], nowMs - 120_000, nowMs);
  }
  const read = performance.now();
  const pieces: Pick<ReviewPiece, "series" | "full">[] = [];
  const keep = (piece: (typeof pieces)[number]): [] => {
    pieces.push(piece);
    return [];
  };
  const temperatures = ids.flatMap(({ id }) => (id.endsWith("temperature") ? [id] : []));
  const noPacing = { breathe: async () => undefined, progress: () => undefined };
  const span = { fromMs, toMs: endMs - HOUR_MS, leadInMs: 0 };
  const basis = await lead(history, temperatures, span, keep, noPacing);
  const readMs = performance.now() - read;
  await history.close();
  const sets = ruleSetsOf(site("27"), site("28"), null);
  const run = (rules: readonly JudgedSite[]): number => {
    const conductor = new Conductor(
      rules.map((one) => new Replay(one, sets.points)),
      sets.points,
    );
    const began = performance.now();
    for (const piece of pieces) for (const _ of conductor.piece(piece, 60_000, LOOK));
    return (conductor.samples * rules.length) / ((performance.now() - began) / 1_000);
  };
  run([sets.before]);
  return [
    { metric: "review, stored readings read for a replay", value: basis.samples / (readMs / 1_000), unit: "readings/s" },
    { metric: "review, replay through one set of rules", value: run([sets.before]), unit: "readings/s" },
    { metric: "review, replay through today's and changed rules", value: run([sets.before, sets.after]), unit: "readings/s" },
  ];
}

function site(limit: string) {
  if (findPoint("ambient.temperature") === undefined) throw new Error("the vocabulary has no temperature of a room");
  return loadedSite(`site: { id: bench, name: Bench }
areas: [{ id: room, name: Room }]
buses: [{ id: line, kind: modbus-tcp, host: 127.0.0.1, port: 9 }]
devices:
${Array.from({ length: PROBES }, (_, n) => `  - { id: th-${n}, area: room, bus: line, unit: ${n + 1}, profile: sensor/xy-md02, every: 5s }`).join("\n")}
rules: [{ points: ["th-*/ambient.temperature"], high: { major: ${limit} }, low: { minor: 15 }, deadband: 0.5, on: 10s, off: 20s }]
`);
}

if (import.meta.main) console.table(await benchReview());
