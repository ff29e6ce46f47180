import type { AlarmRecord } from "../../firmware/contract/alarm.ts";
import type { ClockState } from "../../firmware/contract/clock.ts";
import type { BusHealth } from "../../firmware/contract/site.ts";
import type { MonotonicMs, WallMs } from "../../firmware/contract/time.ts";
import type { ReadCounts } from "../../firmware/metrics/read-tally.ts";
import { Scrape, type ScrapePorts } from "../../firmware/metrics/scrape.ts";
import { type Moment, PointTable } from "../../firmware/points/table.ts";
import type { Site } from "../../firmware/site/model.ts";

const ALL_IS_WELL: ClockState = { quality: { source: "ntp", errorMs: 3 }, refusedMs: null, repeats: false };

/** What the gateway would say of itself: set by the test between two scrapes. */
export interface Scripted {
  readonly table: PointTable;
  readonly scrape: Scrape;
  nowMs: number;
  alarms: readonly AlarmRecord[];
  buses: readonly BusHealth[];
  reads: Record<string, ReadCounts>;
  box: Awaited<ReturnType<ScrapePorts["box"]>>;
  moment(): Moment;
  text(): Promise<string>;
}

/** The product's own scrape over a table of its own. */
export function scriptedScrape(site: Site, seriesMax?: number): Scripted {
  const table = new PointTable(site.points, site.spans);
  const scripted: Scripted = {
    table,
    nowMs: 0,
    alarms: [],
    buses: [],
    reads: {},
    box: { clock: ALL_IS_WELL, journalWorks: true, points: { fresh: 0, stale: 0 }, queues: [], disk: { free: 5e9, size: 8e9 } },
    moment: () => ({ monotonicMs: scripted.nowMs as MonotonicMs, wallMs: (1_700_000_000_000 + scripted.nowMs) as WallMs }),
    scrape: new Scrape(
      {
        site,
        build: { version: "0.0.0-test", node: process.version, revision: "r1", siteName: site.name },
        columns: table,
        alarms: () => scripted.alarms,
        buses: () => scripted.buses,
        reads: (device) => scripted.reads[device] ?? null,
        box: async () => ({ ...scripted.box, points: table.freshness() }),
        process: () => ({ cpuSeconds: 1.5, residentBytes: 1e8, heapBytes: 5e7, startedAtMs: 1_700_000_000_000, uptimeMs: 5_000 }),
        monotonicMs: () => scripted.nowMs,
      },
      seriesMax,
    ),
    async text() {
      let text = "";
      for await (const piece of scripted.scrape.pieces()) text += piece;
      return text;
    },
  };
  return scripted;
}
