import { performance } from "node:perf_hooks";
import { QUALITY } from "../../drivers/reading.ts";
import { AlarmDesk } from "../../firmware/alarm-desk.ts";
import { subjectsOf } from "../../firmware/assets/subject.ts";
import { systemClock as clock } from "../../firmware/platform/clock.ts";
import { journalIn, temporaryFolder } from "../firmware/journal-entries.ts";
import { blackout, blackoutRoom } from "./blackout-room.ts";
import { quantile, type Row } from "./row.ts";

const TICK_MS = 500;
/** Targets hear how many there are when the minute in which they come is over. */
const HEARD_AFTER_MS = 75_000;

/** A whole room without power: how many incidents and messages 500 alarms in 10 s make, and how soon each alarm is on the disk. */
export async function benchBlackout(): Promise<Row[]> {
  const work = temporaryFolder();
  const site = blackoutRoom(true);
  const journal = await journalIn(`${work.path}/data`);
  try {
    const count = site.points.length + site.computed.length;
    const latest = { values: new Float64Array(count), qualities: new Uint8Array(count).fill(QUALITY.good) };
    const desk = new AlarmDesk({
      ...{ site: { ...site, targets: [ITSM] }, journal, live: [], deliveries: {}, lastIncidentNumber: 0, clock },
      subject: subjectsOf(site, () => null, clock),
      wakeUpstream: () => undefined,
      log: () => undefined,
    });
    const judgedMs = new Map<string, number>();
    const committedMs: number[] = [];
    desk.attach({
      alarms: (changed) => {
        for (const { key } of changed) {
          const atMs = judgedMs.get(key);
          if (atMs === undefined) continue;
          judgedMs.delete(key);
          committedMs.push(performance.now() - atMs);
        }
      },
      deliveries: () => undefined,
      maintenance: () => undefined,
    });
    for (const device of site.devices.keys()) desk.heard(device);
    desk.tick(latest, desk.now());
    const endTick = clock.every(TICK_MS, () => desk.tick(latest, desk.now()));
    const byPoint = Map.groupBy(site.rules, ({ pointId }) => pointId ?? "");
    const startMs = performance.now();
    for (const { atMs, what } of blackout(site)) {
      const waitMs = startMs + atMs - performance.now();
      if (waitMs > 1) await clock.sleep(waitMs);
      const keys = "lost" in what ? [what.lost] : (byPoint.get(site.points[what.point]?.id ?? "") ?? []).map(({ key }) => key);
      for (const key of keys) judgedMs.set(key, performance.now());
      if ("lost" in what) desk.condition(what.lost, true);
      else {
        latest.values[what.point] = what.value;
        desk.judge(what.point, 1, latest, desk.now());
      }
    }
    await clock.sleep(HEARD_AFTER_MS);
    endTick();
    await desk.close();
    const incidents = await journal.incidents({ limit: 1_000 });
    const what = "blackout, 500 alarms in 10 s";
    return [
      { metric: `${what}, alarms recorded`, value: committedMs.length, unit: "" },
      { metric: `${what}, incidents`, value: incidents.length, unit: "" },
      { metric: `${what}, messages to a target`, value: incidents.reduce((sum, { deliveries }) => sum + deliveries.length, 0), unit: "" },
      { metric: `${what}, change → alarm committed, p50`, value: quantile(committedMs, 0.5), unit: "ms" },
      { metric: `${what}, change → alarm committed, p99`, value: quantile(committedMs, 0.99), unit: "ms" },
    ];
  } finally {
    await journal.close();
    work.remove();
  }
}

const ITSM = { kind: "webhook", id: "itsm", url: "http://127.0.0.1:9/", secret: "0123456789abcdef" } as const;
