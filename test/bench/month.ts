import { cpSync } from "node:fs";
import { QUALITY } from "../../drivers/reading.ts";
import { findPoint } from "../../drivers/vocabulary.ts";
import type { AlarmChange } from "../../firmware/alarms/change.ts";
import type { WallMs } from "../../firmware/contract/time.ts";
import { openHistory } from "../../firmware/history/open.ts";
import { scaleOf } from "../../firmware/history/scale.ts";
import { systemClock } from "../../firmware/platform/clock.ts";
import { workFolder } from "../box/box.ts";
import { acknowledged, cleared, entry, journalIn, raised } from "../firmware/journal-entries.ts";
import { pointName } from "./bench-box.ts";

const DAYS = 30;
const DAY_MS = 86_400_000;
const SAMPLE_MS = 10_000;
const ALARMS_PER_DAY = 100;
/** Calls of the journal that are on their way together. */
const IN_FLIGHT = 240;
/** So often the history is asked something: what waits for it stays small. */
const PAUSE_EACH_MS = 3_600_000;
/** Of the samples of a quiet room so many differ from the one before. */
const CHANGES = 0.44;

const TARGET = "itsm";
const DEVICES = 80;
const POINTS_PER_DEVICE = 25;

/** A month of a room with 2,000 points every 10 s and 300 events a day, as the bench's box knows it. */
export interface Month {
  readonly devices: number;
  readonly pointsPerDevice: number;
  /** A data folder of its own with that month. */
  copy(): ReturnType<typeof workFolder>;
  dispose(): void;
}

/** Written by the journal and the history themselves, up to a moment ago. */
export async function monthOfData(): Promise<Month> {
  const folder = workFolder();
  const endMs = systemClock.wallMs() - 60_000;
  await writeEvents(folder.path, endMs - DAYS * DAY_MS);
  await writeHistory(folder.path, endMs - DAYS * DAY_MS, endMs);
  return {
    ...{ devices: DEVICES, pointsPerDevice: POINTS_PER_DEVICE, dispose: folder.dispose },
    copy() {
      const copy = workFolder();
      cpSync(folder.path, copy.path, { recursive: true });
      return copy;
    },
  };
}

/** 300 a day: raised, acknowledged, cleared; told and settled. */
async function writeEvents(directory: string, fromMs: number): Promise<void> {
  const journal = await journalIn(directory);
  const write = async (change: AlarmChange, atMs: number): Promise<void> => {
    const one = entry([change], { atMs, targets: [TARGET] });
    const committed = await journal.commit(one);
    const done = { next: "done", ticket: null, ticketUrl: null } as const;
    const settled = await journal.settle([{ id: `${one.eventIds[0]}.${TARGET}`, atMs, answer: "HTTP 200", verdict: done }]);
    if (!committed.ok || !settled.ok) throw new Error("the journal takes nothing");
  };
  const life = async (n: number): Promise<void> => {
    const atMs = fromMs + (n * DAY_MS) / ALARMS_PER_DAY;
    const device = `d${n % DEVICES}`;
    const of = { key: `bench/room/${device}/input.c1.voltage/high`, device, point: `${device}/input.c1.voltage` };
    const at = { ...of, incident: `incident-${n}`, raisedAtMs: atMs, changedAtMs: atMs };
    await write(raised(at), atMs);
    await write(acknowledged(at), atMs + 90_000);
    const acknowledgement = acknowledged().record.acknowledgement;
    await write(cleared({ ...at, state: "A", acknowledgement, clearedAtMs: atMs + 300_000 }), atMs + 300_000);
  };
  const lives = Array.from({ length: DAYS * ALARMS_PER_DAY }, (_, n) => n);
  for (let at = 0; at < lives.length; at += IN_FLIGHT) await Promise.all(lives.slice(at, at + IN_FLIGHT).map(life));
  await journal.close();
}

async function writeHistory(directory: string, fromMs: number, toMs: number): Promise<void> {
  let nowMs = fromMs;
  const points = scales();
  const values = new Float64Array(points.length);
  const steps = Int32Array.from(values, (_, n) => 2_300 + (n % 40));
  const standing = { values, qualities: new Uint8Array(points.length).fill(QUALITY.good) };
  const history = openHistory({
    ...{ directory, points },
    clock: { ...systemClock, wallMs: () => nowMs as WallMs, wallTrusted: () => true },
    log(_, { en }) {
      throw new Error(en);
    },
  });
  for (let pauseAtMs = fromMs; nowMs < toMs; nowMs += SAMPLE_MS) {
    wander(steps, values);
    history.take(0, values, standing);
    if (nowMs < pauseAtMs) continue;
    pauseAtMs += PAUSE_EACH_MS;
    await history.summaries([points[0]?.id ?? ""], nowMs - 120_000, nowMs);
  }
  await history.close();
}

function scales() {
  return Array.from({ length: DEVICES * POINTS_PER_DEVICE }, (_, n) => {
    const name = pointName(n % POINTS_PER_DEVICE);
    const definition = findPoint(name);
    if (definition === undefined) throw new Error(`${name} is no point`);
    return scaleOf({ id: `d${Math.floor(n / POINTS_PER_DEVICE)}/${name}`, name, definition, optional: false, staleAfterMs: 15_000 });
  });
}

let seed = 1;
/** Each value moves by a step of its sensor, or stands; Marsaglia's xorshift, so that it is the same month at every run. */
function wander(steps: Int32Array, values: Float64Array): void {
  for (let n = 0; n < steps.length; n += 1) {
    seed ^= seed << 13;
    seed ^= seed >>> 17;
    seed ^= seed << 5;
    const chance = (seed >>> 0) / 2 ** 32;
    if (chance < CHANGES) steps[n] = (steps[n] as number) + (chance < CHANGES / 2 === (steps[n] as number) < 2_320 ? 1 : -1);
    values[n] = (steps[n] as number) / 10;
  }
}
