import type { BusListener } from "../acquire/bus.ts";
import type { AlarmRecord } from "../contract/alarm.ts";
import type { ClockState } from "../contract/clock.ts";
import type { BusHealth } from "../contract/site.ts";
import { type Journal, JournalError, type TargetQueue } from "../journal/journal.ts";
import type { Clock } from "../platform/clock.ts";
import { type Space, spaceOf } from "../platform/space.ts";
import type { PointTable } from "../points/table.ts";
import type { Site } from "../site/model.ts";
import type { ProcessFacts } from "./box-families.ts";
import { ReadTally } from "./read-tally.ts";
import { Scrape } from "./scrape.ts";

/** A journal that is busy with its disk is not waited for longer: the rest is worth more in time. */
const QUEUES_WITHIN_MS = 1_000;
const MICROSECONDS = 1e6;

export interface MetricsParts {
  readonly site: Site;
  readonly version: string;
  readonly revision: string;
  readonly dataFolder: string;
  readonly clock: Clock;
  readonly table: PointTable;
  readonly wires: { listenTo(bus: string, listener: BusListener): () => void; buses(): readonly BusHealth[] };
  readonly journal: Pick<Journal, "targetQueues">;
  readonly journalWorks: () => boolean;
  readonly alarms: () => readonly AlarmRecord[];
  readonly clockState: () => ClockState;
}

/** Counts from now on how devices answer, and is ready to be scraped. */
export function openMetrics(parts: MetricsParts): { readonly scrape: Scrape; readonly stop: () => void } {
  const { site, clock, table, wires, version, revision } = parts;
  const tallies = new Map<string, ReadTally>();
  const ends = site.buses.map(({ id }) => {
    const devices = site.devices.flatMap((device) => (device.bus === id ? [device.id] : []));
    const tally = new ReadTally(devices, () => clock.monotonicMs());
    for (const device of devices) tallies.set(device, tally);
    return wires.listenTo(id, tally);
  });
  const scrape = new Scrape({
    site,
    build: { version, revision, node: process.version, siteName: site.name },
    columns: table,
    alarms: parts.alarms,
    buses: () => wires.buses(),
    reads: (device) => tallies.get(device)?.of(device) ?? null,
    box: async () => ({
      clock: parts.clockState(),
      journalWorks: parts.journalWorks(),
      points: table.freshness(),
      queues: await queuesOf(parts),
      disk: diskOf(parts.dataFolder),
    }),
    process: () => processFacts(clock),
    monotonicMs: () => clock.monotonicMs(),
  });
  return {
    scrape,
    stop: () => {
      for (const end of ends) end();
    },
  };
}

async function queuesOf({ site, journal, clock }: MetricsParts): Promise<readonly TargetQueue[] | null> {
  const answered = new AbortController();
  const asked = journal.targetQueues({ targets: site.targets.map(({ id }) => id), deadMax: 0 }).catch((error: unknown) => {
    // `roomward_journal_up` tells it.
    if (error instanceof JournalError) return null;
    throw error;
  });
  try {
    return await Promise.race([asked, clock.sleep(QUEUES_WITHIN_MS, answered.signal).then(() => null)]);
  } finally {
    answered.abort();
  }
}

/** A disk that cannot be asked is an alarm elsewhere; here it is not known. */
function diskOf(folder: string): Space | null {
  try {
    return spaceOf(folder);
  } catch {
    return null;
  }
}

function processFacts(clock: Clock): ProcessFacts {
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed } = process.memoryUsage();
  const uptimeMs = process.uptime() * 1_000;
  return {
    cpuSeconds: (user + system) / MICROSECONDS,
    residentBytes: rss,
    heapBytes: heapUsed,
    startedAtMs: clock.wallTrusted() ? clock.wallMs() - uptimeMs : null,
    uptimeMs,
  };
}
