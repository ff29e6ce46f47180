import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { workFolder } from "../box/box.ts";
import { describePeer } from "../peers/peer.ts";
import { type CompressedRun, type Outcome, runCompressed, startTarget, type Target } from "./compressed.ts";
import { times } from "./counts.ts";
import { traceWrites } from "./disk-files.ts";
import { type LoopDisk, loopDisk } from "./loop-disk.ts";

/** R8: what the whole product gives to the card on a day at 2,000 points every 10 s with 300 events. */
const BUDGET_MB = 150;
const POINTS = 2_000;
/** Each is raised, acknowledged and cleared: 300 events. */
const ALARMS_PER_DAY = 100;
const DAY_HOURS = 24;
const HOURS = times({ short: 4, full: DAY_HOURS });
/** Of the day, by the site's clock: as many turns of an hour as hours, and the round's paper in between. */
const FIRST_MINUTE = times({ short: 16, full: 0 }) * 60 + 10;
const ROUND_MINUTE = 18 * 60 + 20;
const ROUND = `inspection: [{ id: daily, name: { zh: 每日巡检, en: Daily round }, at: "18:20", items: [{ kind: measured, point: "th-*/*" }] }]`;
/** By then the figures of the day that is over are written down. */
const DAY_CLOSED_MINUTE = 12;
/**
 * Of what nobody flushed the kernel writes ext4's journal every 5 s and pages after 30 s. We write back all of it every 5 s: what is
 * counted is a little more than what a box writes.
 */
const WRITE_BACK_EACH_MS = 5_000;
/** A minute in a tenth of a second: history's thread writes each minute by itself, as in life, also on a slow machine. */
const FACTOR = 600;
/** Until SQLite's logs have their size: a file that grows costs more than one that is written over. */
const WARM_HOURS = 4;
const REAL_MINUTES = 10;
const MB = 1_000_000;
const DISK_MB = 2_048;

let work: ReturnType<typeof workFolder>;
let disk: LoopDisk;
let target: Target;

beforeEach(async () => {
  work = workFolder();
  disk = loopDisk(DISK_MB);
  target = await startTarget();
});
afterEach(async () => {
  disk.dispose();
  await target.stop();
  work.dispose();
});

function runOf(more: Pick<CompressedRun, "warmHours" | "hours" | "factor"> & { readonly writeBackEachMs: number | null }): CompressedRun {
  const { warmHours, hours, factor } = more;
  return {
    ...{ folder: work.path, dataFolder: join(disk.mountPoint, "data"), warmHours, hours, factor, seed: 7 },
    startWallMs: Date.UTC(2027, 9, 20, -8 - warmHours, FIRST_MINUTE),
    alarmsPerDay: ALARMS_PER_DAY,
    troubles: false,
    meter: { device: disk.device, mountPoint: disk.mountPoint, writeBackEachMs: more.writeBackEachMs },
    site: { points: POINTS, everySeconds: 10, timezone: "Asia/Shanghai", webhook: target.webhook },
    more: ROUND,
    storage: "",
  };
}

/** What one minute had to do beside measuring. */
type Work = "measuring" | "packing" | "event" | "paper";

/** Hours are packed as they end; paper is made at the round's time and when its day is over; an alarm is three moments. */
function workOf(minute: number): Work {
  const ofDay = (FIRST_MINUTE + minute) % 1_440;
  if (ofDay % 60 < 2) return "packing";
  if (ofDay < DAY_CLOSED_MINUTE || (ofDay >= ROUND_MINUTE && ofDay < ROUND_MINUTE + 4)) return "paper";
  return EVENT_MINUTES.has(minute) ? "event" : "measuring";
}

/** Each moment of an alarm, and the minute after it: commits and answers take their time. */
const EVENT_MINUTES: ReadonlySet<number> = new Set(
  Array.from({ length: 2 * ALARMS_PER_DAY }, (_, n) => (n * 1_440) / ALARMS_PER_DAY - WARM_HOURS * 60).flatMap((raised) =>
    [raised, raised + 1.5, raised + 5].flatMap((at) => [Math.floor(at), Math.floor(at) + 1]),
  ),
);

interface Share {
  readonly minutes: number;
  readonly bytes: number;
}

function shares(minutes: readonly number[]): ReadonlyMap<Work, Share> {
  const ofWork = Map.groupBy(minutes.keys(), workOf);
  return new Map([...ofWork].map(([work, of]) => [work, { minutes: of.length, bytes: of.reduce((sum, n) => sum + (minutes[n] ?? 0), 0) }]));
}

/** A day of it, in MB: what every minute costs, and what the others cost beyond that. Of the paper there is a day's worth in the short day, too, and more. */
function dayOf(minutes: readonly number[]): Readonly<Record<Work | "day", number>> {
  const found = shares(minutes);
  const scale = DAY_HOURS / HOURS;
  const quiet = found.get("measuring") ?? { minutes: 1, bytes: 0 };
  const perMinute = quiet.bytes / quiet.minutes;
  const beyond = (work: Work): number => {
    const { bytes, minutes } = found.get(work) ?? { bytes: 0, minutes: 0 };
    return (bytes - minutes * perMinute) / MB;
  };
  const measuring = (perMinute * 1_440) / MB;
  const packing = beyond("packing") * scale;
  const event = beyond("event") * scale;
  // The sheet is exported at its time, and once more when its day is over.
  const paper = beyond("paper") * (HOURS === DAY_HOURS ? 1 : 2);
  return { measuring, packing, event, paper, day: measuring + packing + event + paper };
}

function expectWhole(outcome: Outcome, hours: number): void {
  expect(outcome.code).toBe(0);
  expect(outcome.complaints).toEqual([]);
  expect(outcome.minutes.length).toBeGreaterThanOrEqual(hours * 60);
  expect(outcome.acknowledged).toBeGreaterThanOrEqual(Math.floor((ALARMS_PER_DAY * hours) / DAY_HOURS) - 1);
  expect(target.taken.length).toBeGreaterThanOrEqual(3 * outcome.acknowledged - 3);
}

const rounded = (numbers: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, Number(value.toFixed(1))]));

describePeer("what is written in a day", ["loop-ext4"], () => {
  test(`${HOURS} hours at ${POINTS} points every 10 s with ${ALARMS_PER_DAY * 3} events a day, counted in sectors: at most ${BUDGET_MB} MB a day`, {
    timeout: times({ short: 600_000, full: 3_600_000 }),
  }, async ({ signal }) => {
    let trace: ReturnType<typeof traceWrites> = null;
    let files: ReadonlyMap<string, number> = new Map();
    const outcome = await runCompressed(
      runOf({ warmHours: WARM_HOURS, hours: HOURS, factor: FACTOR, writeBackEachMs: WRITE_BACK_EACH_MS }),
      {
        begins() {
          trace = traceWrites(disk.device);
        },
        async over() {
          files = trace?.end() ?? files;
        },
      },
      signal,
    );
    expectWhole(outcome, HOURS);
    const day = dayOf(outcome.minutes);
    console.log(`MB written a day, at ${HOURS} h (${Math.round(outcome.tookMs / 1_000)} s):`, rounded(day));
    const perDay = ([name, bytes]: readonly [string, number]) => [name, (bytes * DAY_HOURS) / HOURS / MB] as const;
    if (files.size > 0) console.log("the same by file:", rounded(Object.fromEntries([...files].map(perDay))));
    // It would be no measure if the disk had not been the one that was written to.
    expect(day.measuring).toBeGreaterThan(1);
    expect(day.event).toBeGreaterThan(0);
    expect(day.day).toBeLessThanOrEqual(BUDGET_MB);
  });

  test.runIf(process.env["FAULTS"] === "full")(
    `${REAL_MINUTES} minutes in real time, written back by the kernel: the compressed count is not too low`,
    { timeout: 1_800_000 },
    async ({ signal }) => {
      const real = await runCompressed(
        runOf({ warmHours: WARM_HOURS, hours: REAL_MINUTES / 60, factor: 1, writeBackEachMs: null }),
        {},
        signal,
      );
      expect(real.complaints).toEqual([]);
      disk.dispose();
      disk = loopDisk(DISK_MB);
      const compressed = await runCompressed(
        runOf({ warmHours: WARM_HOURS, hours: REAL_MINUTES / 60, factor: FACTOR, writeBackEachMs: WRITE_BACK_EACH_MS }),
        {},
        signal,
      );
      const sum = (minutes: readonly number[]): number => minutes.reduce((total, bytes) => total + bytes, 0);
      const perDay = (minutes: readonly number[]): number => (sum(minutes) * 1_440) / REAL_MINUTES / MB;
      console.log(
        `${REAL_MINUTES} minutes without an hour's end, as MB a day: ${perDay(real.minutes).toFixed(1)} in real time, ${perDay(compressed.minutes).toFixed(1)} compressed`,
      );
      expect(sum(compressed.minutes)).toBeGreaterThan(0.9 * sum(real.minutes));
    },
  );
});
