import { afterEach, expect, test } from "vitest";
import { QUALITY } from "../../drivers/reading.ts";
import type { OpenBus } from "../../firmware/acquire/sessions.ts";
import { subjectsOf } from "../../firmware/assets/subject.ts";
import { Gateway } from "../../firmware/gateway.ts";
import { MinuteBook } from "../../firmware/history/book.ts";
import { scaleOf } from "../../firmware/history/scale.ts";
import type { AlarmEvent } from "../../firmware/review/event.ts";
import type { ReviewPiece } from "../../firmware/review/piece.ts";
import { qualityOf } from "../../firmware/review/quality.ts";
import { periodsOf, ruleSetsOf } from "../../firmware/review/rules.ts";
import { whatIf } from "../../firmware/review/what-if.ts";
import type { Device } from "../../firmware/site/model.ts";
import { StoryClock } from "../alarms/story-clock.ts";
import { readerOf } from "../bench/demo-day.ts";
import { DEVICES } from "../room/devices.ts";
import { ordinaryMorning, step } from "../room/physics/room.ts";
import { disturbancesOf, type ScenarioName } from "../room/scenarios.ts";
import { siteFile } from "../room/site-file.ts";
import type { WorldView } from "../room/world.ts";
import { deskIn } from "./history-room.ts";
import { journalHere, temporaryFolder } from "./journal-entries.ts";
import { loadedSite } from "./loaded-site.ts";
import { NO_PACING } from "./review-readings.ts";

const MINUTE_MS = 60_000;
const ENDS_MINUTE = 24;
/** What happens in the room, by the minute. */
const SCENES: readonly { readonly name: ScenarioName; readonly from: number; readonly to: number }[] = [
  { name: "crac-failure", from: 1, to: 16 },
  { name: "dead-slave", from: 9, to: 11 },
  { name: "door-open", from: 5, to: 7 },
  { name: "mains-failure", from: 14, to: 17 },
];
/** Beside the time between two readings: the gateway's tick, and the tenths in which the history counts. */
const SLACK_MS = 700;

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

test("what the replay of its history says of the demo room is what the gateway said while it happened", async () => {
  const ports = { gateway: 1, sensors: 2, "ups-a-card": 3, "ups-b-card": 4, "srv-1-agent": 5 } as Parameters<typeof siteFile>[0];
  const site = loadedSite(siteFile(ports, undefined));
  const clock = new StoryClock();
  clock.nowMs = 0;
  const beganMs = clock.wallMs();
  const folder = temporaryFolder();
  ends.push(() => folder.remove());
  const journal = journalHere(`${folder.path}/journal`, "boot-1", undefined, clock);
  ends.push(() => journal.close());
  const history = deskIn(folder.path, { site: site.points.map(scaleOf) });
  ends.push(() => history.close());
  const minutes = new MinuteBook();
  const gateway = new Gateway({
    ...{ site, journal, live: [], deliveries: {}, lastIncidentNumber: 0, clock, version: "demo" },
    minutes: {
      take(first, values, standing) {
        this.tick(standing);
        minutes.take(first, values, clock.wallMs());
      },
      tick(standing) {
        const over = minutes.turn(clock.wallMs(), true, standing);
        if (over !== null) history.write(over);
      },
    },
    subject: subjectsOf(site, () => null, clock),
    ...{ wakeUpstream: () => {}, log: () => {} },
    openBus: async () => demoBus(clock),
  });
  await gateway.start();
  await clock.goTo(ENDS_MINUTE * MINUTE_MS);
  await gateway.stop();
  const last = minutes.end(gateway.table);
  if (last !== null) history.write(last);

  const toMs = clock.wallMs();
  const stored: AlarmEvent[] = [];
  for (let after = null, more = true; more; ) {
    const page: Awaited<ReturnType<typeof journal.alarmEvents>> = await journal.alarmEvents({ fromMs: 0, toMs: toMs + 1, after });
    stored.push(...page.events);
    after = page.next as never;
    more = page.next !== null;
  }
  const source = {
    async piece(query: { readonly points: readonly string[]; readonly hour: number; readonly endHour: number }): Promise<ReviewPiece> {
      const outcome = history.desk.answer({ what: "piece", ...query });
      if ("failed" in outcome) throw new Error(outcome.failed.en);
      return outcome.answer as ReviewPiece;
    },
  };
  const sets = ruleSetsOf(site, site, ["*"]);
  const found = await whatIf(source, sets, { fromMs: beganMs, toMs }, NO_PACING);
  expect(found).toMatchObject({ gained: 0, lost: 0, moved: 0, basis: { minuteHours: 0, certain: true } });

  const periods = periodsOf(site);
  const live = episodesOf(stored);
  // The room was not quiet: temperatures, supply, UPS and a door.
  expect(live.length).toBeGreaterThan(8);
  expect(new Set(live.map(({ point }) => point.split("/")[0])).size).toBeGreaterThan(4);
  expect(found.timeline.before).toHaveLength(live.length);
  const replayed = [...found.timeline.before];
  for (const { point, fromMs, toMs: endMs } of live) {
    const nearMs = SLACK_MS + (periods.get(point) ?? 0);
    const isNear = (a: number | null, b: number | null): boolean => a === b || (a !== null && b !== null && Math.abs(a - b) <= nearMs);
    const place = replayed.findIndex((one) => isNear(one.fromMs, fromMs) && isNear(one.toMs, endMs));
    expect(place, `${point} ${(fromMs - beganMs) / 1_000} s to ${endMs === null ? "…" : (endMs - beganMs) / 1_000} s`).not.toBe(-1);
    replayed.splice(place, 1);
  }

  const figures = await qualityOf({
    ...{ journal, period: "day", day: "2026-09-20", positions: 1, timezone: site.timezone, nowMs: toMs, live: gateway.desk.alarms() },
    onDelayMs: () => 0,
  });
  expect(figures.raised).toBe(stored.filter(({ cause }) => cause === "raise").length);
});

interface Stored {
  readonly point: string;
  readonly fromMs: number;
  toMs: number | null;
}

/** From raise to clear, of alarms that readings decide. */
function episodesOf(events: readonly AlarmEvent[]): readonly Stored[] {
  const open = new Map<string, Stored>();
  const all: Stored[] = [];
  for (const { cause, key, point, atMs, state } of events) {
    if (point === null || key.endsWith("/stale")) continue;
    const known = open.get(key);
    // What something else explains rings nobody, but is there.
    if ((cause === "raise" || cause === "aside") && state !== "A" && known === undefined) {
      const stored: Stored = { point, fromMs: atMs, toMs: null };
      open.set(key, stored);
      all.push(stored);
    }
    if (cause === "clear" && known !== undefined) {
      known.toMs = atMs;
      open.delete(key);
    }
  }
  return all;
}

/** The devices of the demo room, which goes on by the story's clock; a question takes a moment. */
function demoBus(clock: StoryClock): OpenBus {
  return {
    release: async () => {},
    close: async () => {},
    reader(device: Device) {
      const entry = DEVICES.find(({ id }) => id === device.id);
      if (entry === undefined) throw new Error(`no device ${device.id}`);
      const { names, read } = readerOf(entry, worldOf(clock));
      expect(names).toEqual(device.points.map(({ name }) => name));
      return {
        pointNames: names,
        read: async (into) => {
          await clock.sleep(30);
          const isSilent = entry.silent?.(viewOf(clock)) === true;
          into.values.fill(Number.NaN);
          into.qualities.fill(isSilent ? QUALITY.timeout : QUALITY.notANumber);
          if (isSilent) return { answered: false, transactions: 1, faults: [{ reason: "timeout" as const, detail: "" }] };
          read(into);
          return { answered: true, transactions: 1, faults: [] };
        },
      };
    },
  };
}

let view: WorldView | null = null;

function viewOf(clock: StoryClock): WorldView {
  let now: WorldView = view ?? {
    room: ordinaryMorning(11),
    disturbances: disturbancesOf(new Set()),
    running: new Set(),
    speed: 1,
    seed: 11,
    revision: 0,
  };
  // A second at a time, as far as the clock has come.
  while (now.revision < Math.floor(clock.nowMs / 1_000)) {
    const minute = now.revision / 60;
    const running: ReadonlySet<ScenarioName> = new Set(
      SCENES.flatMap(({ name, from, to }) => (minute >= from && minute < to ? [name] : [])),
    );
    const disturbances = disturbancesOf(running);
    now = { ...now, room: step(now.room, disturbances, 1), disturbances, running, revision: now.revision + 1 };
  }
  view = now;
  return now;
}

function worldOf(clock: StoryClock): Parameters<typeof readerOf>[1] {
  return { view: () => viewOf(clock), scenario: () => true, setSpeed: () => true, advance: () => {}, stop: () => {} };
}
