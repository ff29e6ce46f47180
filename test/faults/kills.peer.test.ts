import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { MIGRATIONS } from "../../firmware/journal/schema.ts";
import { eventually, newToken, runBox, workFolder, writeSite } from "../box/box.ts";
import { freePort } from "../peers/peer.ts";
import { Chance } from "./chance.ts";
import { times } from "./counts.ts";
import { expectLaws, remainsOf, type Said, undelivered } from "./kill-laws.ts";
import { type BoxOptions, KilledBox } from "./killed-box.ts";
import { oldJournal } from "./old-journal.ts";
import { type RecordingUpstream, startRecordingUpstream } from "./recording-upstream.ts";
import { type RestlessRoom, startRestlessRoom } from "./restless-room.ts";

const KILLS = times({ short: 10, full: 200 });
const OLD_JOURNALS = times({ short: 2, full: 16 });
const SEED = Number(process.env["SEED"] ?? Date.now() % 1_000_000);
const HOUR_MS = 3_600_000;
/** From its start the box reads within this time, and some time after it is in full work. */
const STARTING_MS = 1_000;
const WORKING_MS = 1_500;
const DRAIN_MS = 120_000;
const POINT = "p0-1/ambient.temperature";

type Moment = "while it starts" | "at work" | "while it sleeps" | "after it slept" | "at the turn of an hour";
/** Every five kills have all of these; the instants are chance. */
const MOMENTS: readonly Moment[] = ["while it starts", "at work", "after it slept", "at the turn of an hour", "while it sleeps"];

let work: ReturnType<typeof workFolder>;
let room: RestlessRoom;
let upstream: RecordingUpstream;
let chance: Chance;
let box: KilledBox | null;
/** What the box said that it had measured. */
let measured: { readonly fromMs: number; readonly toMs: number; readonly minutes: readonly number[] }[];

beforeEach(async () => {
  chance = new Chance(SEED);
  work = workFolder();
  room = await startRestlessRoom(chance);
  upstream = await startRecordingUpstream(join(work.path, "upstream.jsonl"), chance);
  box = null;
  measured = [];
});
afterEach(async () => {
  await box?.kill().catch(() => {});
  await room.stop();
  await upstream.stop();
  work.dispose();
});

async function optionsIn(dataFolder: string): Promise<BoxOptions> {
  const siteFile = writeSite(work.path, room.siteYaml(upstream.targets));
  const token = newToken(dataFolder, "test", "operator");
  return { siteFile, dataFolder, port: await freePort(), token, aheadMs: 0 };
}

/** Starts the box and kills it at a moment of this kind. */
async function killed(options: BoxOptions, moment: Moment): Promise<KilledBox> {
  const started = new KilledBox(options);
  box = started;
  if (moment === "while it starts") await pause(chance.between(0, STARTING_MS));
  else {
    await started.ready();
    await started.attend(chance.between(0, WORKING_MS), chance);
  }
  if (moment === "at the turn of an hour") await passTurn(started, options.aheadMs);
  if (moment === "while it sleeps" || moment === "after it slept") {
    started.signal("SIGSTOP");
    await pause(chance.between(50, 1_000));
  }
  if (moment === "after it slept") {
    started.signal("SIGCONT");
    await started.attend(chance.between(0, 300), chance);
  }
  await started.kill();
  await upstream.quiet();
  return started;
}

/** The last minute of the hour is written, and the hour before it is packed. Whoever asked what was measured may ask again. */
async function passTurn(started: KilledBox, aheadMs: number): Promise<void> {
  await started.attend(untilTurn(aheadMs) + chance.between(-20, 120), chance);
  if (chance.next() < 0.5) return;
  const toMs = Date.now() + aheadMs;
  const fromMs = toMs - 5 * 60_000;
  measured.push({ fromMs, toMs, minutes: await started.minutes(POINT, fromMs, toMs) });
}

/** Wall clocks go forward only, and each turn of an hour comes a moment after the box is at work. */
function aheadFor(moment: Moment, lastMs: number): number {
  if (moment !== "at the turn of an hour") return lastMs;
  const turnInMs = STARTING_MS + WORKING_MS;
  const nextTurnMs = Math.ceil((Date.now() + lastMs + turnInMs) / HOUR_MS) * HOUR_MS;
  return nextTurnMs - turnInMs - Date.now();
}

/** Nothing when it was missed, on a machine that took long to start the box. */
function untilTurn(aheadMs: number): number {
  const leftMs = HOUR_MS - ((Date.now() + aheadMs) % HOUR_MS);
  return leftMs > STARTING_MS + WORKING_MS ? 0 : leftMs;
}

/** With targets that behave, everything that was committed arrives; and then the laws hold once more. */
async function expectDelivered(options: BoxOptions, said: Said): Promise<void> {
  upstream.behave();
  const last = new KilledBox(options);
  box = last;
  await last.ready();
  for (const { fromMs, toMs, minutes } of measured)
    expect(await last.minutes(POINT, fromMs, toMs), "a minute that was seen is gone").toEqual(expect.arrayContaining([...minutes]));
  await room.stop(); // Nothing new.
  await eventually(
    () => undelivered(remainsOf(options.dataFolder), upstream.taken).slice(0, 5),
    (left) => left.length === 0,
    DRAIN_MS,
  );
  await last.end();
  box = null;
  expectLaws(remainsOf(options.dataFolder), said, upstream.taken, "in the end");
  expect(runBox(["audit", "verify", "--data", options.dataFolder])).toMatchObject({ status: 0 });
  for (const name of ["journal.db", "history.db"]) {
    const db = new DatabaseSync(join(options.dataFolder, name), { readOnly: true });
    expect(Object.values(db.prepare("PRAGMA integrity_check").get() ?? {})).toEqual(["ok"]);
    db.close();
  }
}

test(`killed at ${KILLS} random moments (SEED=${SEED}): what was said is in the journal, what is in the journal arrives, under one key and in order`, {
  timeout: 60_000 + KILLS * 8_000,
}, async () => {
  let options = await optionsIn(join(work.path, "data"));
  const said = { acknowledged: [] as Said["acknowledged"][number][], shown: [] as Said["shown"][number][] };
  let turns = 0;
  for (let kill = 0; kill < KILLS; kill += 1) {
    const moment = MOMENTS[kill % MOMENTS.length] as Moment;
    options = { ...options, aheadMs: aheadFor(moment, options.aheadMs) };
    const { acknowledged, shown } = await killed(options, moment);
    said.acknowledged.push(...acknowledged);
    said.shown.push(...shown);
    if (moment === "at the turn of an hour") turns += 1;
    expectLaws(remainsOf(options.dataFolder), said, upstream.taken, `kill ${kill + 1}, ${moment}`);
  }
  // It would prove nothing if nothing had happened.
  expect(said.acknowledged.length).toBeGreaterThan(KILLS);
  expect(said.shown.length).toBeGreaterThan(KILLS * 5);
  await expectDelivered(options, said);
  const repeated = upstream.taken.length - new Set(upstream.taken.map(({ key }) => key)).size;
  expect(repeated, "no answer was ever lost, and no kill met a delivery on its way").toBeGreaterThan(0);
  const { events, deliveries } = remainsOf(options.dataFolder);
  console.log(
    `${KILLS} kills (${turns} at the turn of an hour): ${events.length} events, ${deliveries.length} deliveries of which ${repeated} came again, ${said.acknowledged.length} acknowledgements`,
  );
});

test(`a journal of an older version, killed while it is brought to today's tables, ${OLD_JOURNALS} times: its events are there and arrive`, {
  timeout: 60_000 + OLD_JOURNALS * 12_000,
}, async () => {
  for (let n = 0; n < OLD_JOURNALS; n += 1) {
    const dataFolder = join(work.path, `old-${n}`);
    mkdirSync(dataFolder, { mode: 0o700 });
    const version = 1 + (n % (MIGRATIONS.length - 1));
    const old = oldJournal(dataFolder, version);
    await upstream.stop();
    upstream = await startRecordingUpstream(join(dataFolder, "upstream.jsonl"), chance);
    const options = await optionsIn(dataFolder);
    const said = { acknowledged: [] as Said["acknowledged"][number][], shown: [...old.shown] };
    for (let kill = 0; kill < 3; kill += 1) {
      await killed(options, "while it starts");
    }
    const { acknowledged, shown } = await killed(options, "at work");
    said.acknowledged.push(...acknowledged);
    said.shown.push(...shown);
    const remains = remainsOf(dataFolder);
    expectLaws(remains, said, upstream.taken, `version ${version}`);
    expect(remains.events.slice(0, old.ids.length).map(({ id }) => id)).toEqual(old.ids);
    upstream.behave();
    const last = new KilledBox(options);
    box = last;
    await last.ready();
    const arrived = (): number => old.ids.filter((id) => upstream.taken.some(({ key }) => key === `${id}.itsm`)).length;
    await eventually(arrived, (count) => count === old.ids.length, DRAIN_MS);
    await last.end();
    box = null;
  }
});

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
