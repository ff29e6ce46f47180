import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import type { InspectionMonth, InspectionSheet } from "../../firmware/contract/inspection.ts";
import type { PointSummary } from "../../firmware/history/history.ts";
import { runBox, workFolder } from "../box/box.ts";
import { runCompressed, startTarget, type Target, type Visit } from "./compressed.ts";
import type { Vitals } from "./compressed-box.ts";
import { times } from "./counts.ts";

/** R12: a month of work in which nothing grows, and some days more: what is kept by age is kept for 31 days at least. */
const DAYS = times({ short: 2, full: 36 });
const POINTS = times({ short: 40, full: 200 });
const EVERY_SECONDS = times({ short: 60, full: 10 });
const SOCKETS_PER_VISIT = 3;
const ALARMS_PER_DAY = times({ short: 24, full: 100 });
/** Berlin sets its clocks back on 31 October 2027: one day of the month has 25 hours, of the short one, too. */
const ZONE = "Europe/Berlin";
const START = times({ short: Date.UTC(2027, 9, 29, 22), full: Date.UTC(2027, 9, 19, 22) });
const FACTOR = 20_000;
const HOUR_MS = 3_600_000;
/** The caches of a process that has just begun fill for some days. */
const WARM_DAYS = times({ short: 0, full: 7 });
/** A short run has warmed nothing up and is only kept from running away. */
const RESIDENT_GROWTH_MAX = times({ short: 160, full: 110 }) / 100;
/** The shortest ages that the site file takes: what it keeps is level after 31 days. */
const KEPT_DAYS = 31;
const QUOTAS = "storage: { events: 31d, access: 31d, fullRate: 1d, minutes: 31d, historyMax: 64MiB, journalMax: 128MiB }";
const DAILY_GROWTH_MAX = 1.2;
/** Files of SQLite grow in pages, and their logs are folded back now and then. */
const DAILY_SLACK_MB = times({ short: 300, full: 50 }) / 100;
/** Sheets and the audit log are kept for half a year at least. */
const KEPT_SLACK_MB = 0.1;
/** Weeks and months have a document of their own now and then. */
const SUMMARIES_MAX = 3;
const ROUND = `exports: { language: zh, keepDays: 31 }
inspection:
  - id: daily
    name: { zh: 每日巡检, en: Daily round }
    at: 18:00
    items:
      - { kind: measured, point: "th-*/ambient.temperature" }
      - { kind: choice, id: lamps, name: { zh: 面板指示灯, en: Lamps }, choices: [{ id: off, name: { zh: 灭, en: "Off" } }, { id: lit, name: { zh: 亮, en: Lit }, abnormal: true }] }
`;

let work: ReturnType<typeof workFolder>;
let target: Target;
beforeEach(async () => {
  work = workFolder();
  target = await startTarget();
});
afterEach(async () => {
  await target.stop();
  work.dispose();
});

/** One line of the small table: how the box stands in the middle of a night. */
interface Night extends Vitals {
  readonly day: number;
  readonly journalMb: number;
  readonly historyMb: number;
  readonly restMb: number;
  readonly exports: number;
}

const dataFolder = (): string => join(work.path, "data");

function nightOf(vitals: Vitals): Night {
  const bytes = (names: readonly string[], folder: string): number =>
    names.reduce((sum, name) => sum + (statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0), 0) / 1_048_576;
  const names = readdirSync(dataFolder()).filter((name) => name !== "exports");
  const of = (prefix: string): string[] => names.filter((name) => name.startsWith(prefix));
  const rest = names.filter((name) => !name.startsWith("journal.db") && !name.startsWith("history.db"));
  const sizes = {
    journalMb: bytes(of("journal.db"), dataFolder()),
    historyMb: bytes(of("history.db"), dataFolder()),
    restMb: bytes(rest, dataFolder()),
  };
  return { ...vitals, ...sizes, day: Math.round(vitals.hour / 24), exports: exportNames().length };
}

function exportNames(): readonly string[] {
  try {
    return readdirSync(join(dataFolder(), "exports"));
  } catch {
    return [];
  }
}

/** A person at a browser: signs in, looks at everything, listens for a while, and leaves, sometimes without a word. */
async function browse(visit: Visit, how: "signs out" | "goes away"): Promise<void> {
  const signedIn = await visit.fetch("POST", "/api/v1/session", { origin: visit.url }, { token: visit.token });
  expect(signedIn.status).toBe(200);
  const cookie = String(signedIn.headers["set-cookie"]).split(";")[0] ?? "";
  const sockets = Array.from(
    { length: SOCKETS_PER_VISIT },
    () => new WebSocket(`${visit.url.replace("http", "ws")}/api/v1/live`, { headers: { cookie, origin: visit.url } }),
  );
  const frames = await Promise.all(sockets.map(firstFrames));
  expect(Math.min(...frames)).toBeGreaterThan(1);
  for (const path of [
    "/",
    "/api/v1/site",
    "/api/v1/points",
    "/api/v1/incidents",
    "/api/v1/buses",
    "/api/v1/history?points=m-1/input.L1-N.voltage&minutes=60",
    `/api/v1/trend?points=th-1/ambient.temperature,m-1/input.L1-N.voltage&from=${START}&to=${START + DAYS * 24 * HOUR_MS}&columns=1000`,
    "/api/v1/exports",
    "/api/v1/inspection",
  ]) {
    const { status, body } = await visit.fetch("GET", path, { cookie, origin: visit.url });
    expect(status, `${path}: ${body.subarray(0, 200)}`).toBe(200);
  }
  if (how === "signs out") expect((await visit.fetch("DELETE", "/api/v1/session", { cookie, origin: visit.url })).status).toBeLessThan(300);
  for (const socket of sockets) socket.terminate();
}

/** Counts messages until values have moved. */
function firstFrames(socket: WebSocket): Promise<number> {
  return new Promise((resolve, reject) => {
    let count = 0;
    socket.on("error", reject);
    socket.on("message", () => {
      count += 1;
      if (count >= 4) resolve(count);
    });
  });
}

async function fillSheet(visit: Visit): Promise<void> {
  const { today } = await visit.get<InspectionMonth>("/api/v1/inspection");
  const sheet = `daily/${today}`;
  const answered = await visit.post("/api/v1/inspection/answer", { sheet, item: "lamps", value: "off", revision: 0 });
  expect(answered.status, answered.body.toString()).toBe(200);
  const { revision } = await visit.get<InspectionSheet>(`/api/v1/inspection/sheet?id=${sheet}`);
  const signed = await visit.post("/api/v1/inspection/sign", { sheet, revision });
  expect(signed.status, signed.body.toString()).toBe(200);
}

async function readPaper(visit: Visit): Promise<void> {
  const authorization = `Bearer ${visit.token}`;
  const { files } = await visit.get<{ files: readonly { readonly name: string }[] }>("/api/v1/exports");
  const [newest] = files;
  if (newest !== undefined)
    expect((await visit.fetch("GET", `/api/v1/exports/file?name=${newest.name}`, { authorization })).status).toBe(200);
}

/** What people and the target do at this hour of the day. */
async function hourOfDay(visit: Visit, hour: number): Promise<void> {
  if (hour === 8) await browse(visit, "signs out");
  else if (hour === 10) await fillSheet(visit);
  else if (hour === 13) target.away(true);
  else if (hour === 15) target.away(false);
  else if (hour === 19) await readPaper(visit);
  else if (hour === 20) await browse(visit, "goes away");
}

/** Days of the site's calendar that are over. */
const days = (): readonly string[] =>
  Array.from({ length: DAYS }, (_, n) =>
    Temporal.Instant.fromEpochMilliseconds(START).toZonedDateTimeISO(ZONE).toPlainDate().add({ days: n }).toString(),
  );

async function expectSheets(visit: Visit): Promise<void> {
  const months = [...new Set(days().map((day) => day.slice(0, 7)))];
  const found = (await Promise.all(months.map((month) => visit.get<InspectionMonth>(`/api/v1/inspection?month=${month}`)))).flatMap(
    ({ sheets }) => sheets,
  );
  const over = found.filter(({ day }) => days().includes(day));
  expect(over.map(({ day }) => day).toSorted()).toEqual(days());
  for (const { day, state, closed } of over) expect({ day, state, closed }).toEqual({ day, state: "signed", closed: true });
  const papers = exportNames();
  const gone = days().slice(0, -KEPT_DAYS);
  for (const day of gone)
    expect(
      papers.filter((name) => name.includes(day)),
      "kept for too long",
    ).toEqual([]);
  for (const day of days().slice(1 - KEPT_DAYS))
    for (const format of ["pdf", "xlsx", "csv"])
      expect(papers.filter((name) => name.includes(day) && name.endsWith(format)).length, `${day} ${format}: ${papers.join(" ")}`).toBe(1);
}

async function expectHistory(visit: Visit): Promise<void> {
  const ask = async (points: readonly string[]): Promise<readonly PointSummary[]> => {
    const query = `points=${points.join(",")}&from=${START}&to=${START + (DAYS * 24 - 1) * HOUR_MS}`;
    return (await visit.get<{ summaries: readonly PointSummary[] }>(`/api/v1/summary?${query}`)).summaries;
  };
  // The devices of the wire that lost its adapter, and the silent one, have their gaps; of the others every minute is there.
  const summaries = await ask(["th-1/ambient.temperature", "m-1/input.L1-N.voltage", "m-1/input.energy"]);
  const [probe, silent] = summaries;
  expect(probe).toMatchObject({ max: 35 });
  for (const { point, minutes, minutesWithData } of summaries) {
    expect(minutes).toBe((DAYS * 24 - 1) * 60);
    expect(minutes - minutesWithData, point).toBeLessThanOrEqual(DAYS * 45 + 2);
  }
  expect((silent?.gaps.length ?? 0) >= DAYS, "the hours in which the device was silent").toBe(true);
}

/** Every event is there, in order, and was delivered once it could be, under one key. */
function expectEvents(): void {
  const db = new DatabaseSync(join(dataFolder(), "journal.db"), { readOnly: true });
  const rows = (sql: string): Record<string, unknown>[] => db.prepare(sql).all();
  const events = rows("SELECT sequence, at_ms FROM events ORDER BY sequence").map(
    (row) => [Number(row["sequence"]), Number(row["at_ms"])] as const,
  );
  expect(events.length).toBeGreaterThan(DAYS * ALARMS_PER_DAY * 2.9);
  expect(events.map(([sequence]) => sequence)).toEqual(events.map((_, index) => (events[0]?.[0] ?? 1) + index));
  for (const [index, [sequence, atMs]] of events.entries())
    expect(atMs, `event ${sequence}`).toBeGreaterThanOrEqual(events[index - 1]?.[1] ?? START);
  const outbox = rows("SELECT id, state FROM outbox").map((row) => [String(row["id"]), String(row["state"])] as const);
  const taken = new Set(target.taken);
  expect(outbox.filter(([id, state]) => state !== "sent" || !taken.has(id))).toEqual([]);
  db.close();
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

describe("a month without a rest", () => {
  test(`${DAYS} days at ${POINTS} points every ${EVERY_SECONDS} s: memory, open files and disk stay level, no day and no event is missing`, {
    timeout: times({ short: 600_000, full: 6_000_000 }),
  }, async ({ signal }) => {
    const nights: Night[] = [];
    const outcome = await runCompressed(
      {
        ...{
          folder: work.path,
          startWallMs: START,
          warmHours: 0,
          hours: DAYS * 24 + 2,
          factor: FACTOR,
          seed: 11,
          alarmsPerDay: ALARMS_PER_DAY,
        },
        ...{ troubles: true, meter: null, more: ROUND, storage: QUOTAS },
        site: { points: POINTS, everySeconds: EVERY_SECONDS, timezone: ZONE, webhook: target.webhook },
      },
      {
        async hour(visit, vitals) {
          const ofDay = Temporal.Instant.fromEpochMilliseconds(vitals.wallMs).toZonedDateTimeISO(ZONE).hour;
          // Long after the last visitor has left.
          if (vitals.hour % 24 === 6) nights.push(nightOf(vitals));
          await hourOfDay(visit, ofDay);
        },
        async over(visit) {
          console.table(
            nights.map(({ day, residentMb, heapMb, files, journalMb, historyMb, restMb, exports }) => ({
              ...{ day, "RSS MB": residentMb.toFixed(0), "heap MB": heapMb.toFixed(0), files },
              ...{ "journal MB": journalMb.toFixed(2), "history MB": historyMb.toFixed(2), "rest MB": restMb.toFixed(3), exports },
            })),
          );
          await expectSheets(visit);
          await expectHistory(visit);
        },
      },
      signal,
    );
    console.log(
      `${DAYS} days in ${(outcome.tookMs / 60_000).toFixed(1)} min; ${outcome.acknowledged} acknowledged, ${target.taken.length} told`,
    );
    expect(outcome.code).toBe(0);
    expect(outcome.complaints).toEqual([]);
    expectEvents();
    expect(runBox(["audit", "verify", "--data", dataFolder()])).toMatchObject({ status: 0 });
    expectLevel(nights, outcome.hasQuotas);
  });
});

function expectLevel(nights: readonly Night[], hasQuotas: boolean): void {
  const warm = nights.filter(({ day }) => day >= WARM_DAYS);
  const first = warm.slice(0, Math.ceil(warm.length / 3));
  const last = warm.slice(-Math.ceil(warm.length / 3));
  const growth = (of: (night: Night) => number): number => median(last.map(of)) / median(first.map(of));
  expect(
    growth(({ residentMb }) => residentMb),
    "RSS",
  ).toBeLessThan(RESIDENT_GROWTH_MAX);
  // Two browsers that went away without a word may still have their sockets for a while; what is never closed is more by every night.
  const open = (part: readonly Night[]): number => Math.min(...part.map(({ files }) => files));
  expect(open(last), "open files").toBeLessThanOrEqual(open(first) + 2 * SOCKETS_PER_VISIT);
  // What is kept by age comes to its limits after 31 days; until then each day adds as much as any other.
  const perDay = (part: readonly Night[], of: (night: Night) => number): number =>
    (of(part.at(-1) as Night) - of(part[0] as Night)) / Math.max(1, part.length - 1);
  const whole = ({ journalMb, historyMb, restMb }: Night): number => journalMb + historyMb + restMb;
  expect(perDay(last, whole), "MB a day").toBeLessThan(Math.max(0, perDay(first, whole)) * DAILY_GROWTH_MAX + DAILY_SLACK_MB);
  const kept = nights.filter(({ day }) => day > KEPT_DAYS);
  if (kept.length < 2) return;
  expect(new Set(kept.map(({ exports }) => exports)).size, "documents").toBeLessThanOrEqual(SUMMARIES_MAX);
  if (hasQuotas) expect(perDay(kept, whole), "MB a day, once the limits are reached").toBeLessThan(KEPT_SLACK_MB);
}
