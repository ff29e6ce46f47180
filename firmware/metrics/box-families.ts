import type { ClockState } from "../contract/clock.ts";
import type { TargetQueue } from "../journal/journal.ts";
import { counter, gauge, seconds } from "./room-families.ts";
import type { Family, Labels } from "./text.ts";

type QueueDepth = Pick<TargetQueue, "target" | "queued" | "parked">;

/** The box itself at one moment. */
export interface BoxFacts {
  readonly clock: ClockState;
  readonly journalWorks: boolean;
  readonly points: { readonly fresh: number; readonly stale: number };
  readonly pointsLeftOut: number;
  /** Deliveries by target; null: the journal did not say. */
  readonly queues: readonly QueueDepth[] | null;
  /** Null: the disk did not say. */
  readonly disk: { readonly free: number; readonly size: number } | null;
}

/** The process at one moment. */
export interface ProcessFacts {
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  readonly heapBytes: number;
  /** Null while the time of day is not known. */
  readonly startedAtMs: number | null;
  readonly uptimeMs: number;
}

export interface Build {
  readonly version: string;
  readonly node: string;
  /** Of the site file that runs, with the program. */
  readonly revision: string;
  readonly siteName: { readonly zh: string; readonly en: string };
}

export function buildFamilies(site: Labels, { version, node, revision, siteName }: Build): readonly Family[] {
  return [
    gauge("roomward_build_info", "The program that runs; the value is 1.", [
      { labels: { ...site, version, node_version: node }, value: 1 },
    ]),
    gauge("roomward_site_info", "What the site is called, and the state of its file; the value is 1.", [
      { labels: { ...site, name: siteName.zh, name_en: siteName.en, revision }, value: 1 },
    ]),
  ];
}

export function boxFamilies(site: Labels, facts: BoxFacts): readonly Family[] {
  const { clock, points, queues, disk } = facts;
  const { source, errorMs } = clock.quality;
  const one = (value: number | null) => [{ labels: site, value }];
  const ofTargets = (value: (depth: QueueDepth) => number) =>
    (queues ?? []).map((depth) => ({ labels: { ...site, target: depth.target }, value: value(depth) }));
  return [
    gauge("roomward_points", "Points that should have a value, by whether they have one.", [
      { labels: { ...site, quality: "good" }, value: points.fresh },
      { labels: { ...site, quality: "unknown" }, value: points.stale },
    ]),
    gauge(
      "roomward_points_left_out",
      "Points that are not told here, because the site has more than one scrape may bring.",
      one(facts.pointsLeftOut),
    ),
    gauge(
      "roomward_outbox_queued",
      "Messages that wait to be sent to a target. Absent while the journal does not say.",
      ofTargets(({ queued }) => queued),
    ),
    gauge(
      "roomward_outbox_parked",
      "Messages that a target refused for good; a person has to look.",
      ofTargets(({ parked }) => parked),
    ),
    gauge("roomward_journal_up", "Whether events can be written to the disk.", one(Number(facts.journalWorks))),
    gauge("roomward_disk_free_bytes", "Free on the disk of the data folder.", one(disk?.free ?? null)),
    gauge("roomward_disk_size_bytes", "Size of the disk of the data folder.", one(disk?.size ?? null)),
    gauge(
      "roomward_clock_synchronized",
      "Whether the time of day is known: from the network, a battery or a person.",
      one(Number(source !== "unsynced")),
    ),
    gauge(
      "roomward_clock_error_seconds",
      "How far the told time may be off. Absent: nobody can say.",
      one(errorMs === null ? null : seconds(errorMs)),
    ),
    gauge(
      "roomward_clock_refused",
      "1 while the system's time is so far off that it is not followed.",
      one(Number(clock.refusedMs !== null)),
    ),
  ];
}

/** By the names that every Prometheus client uses. */
export function processFamilies(facts: ProcessFacts): readonly Family[] {
  const one = (value: number | null) => [{ labels: {}, value }];
  return [
    counter("process_cpu_seconds_total", "Processor time of the process, user and system.", one(seconds(facts.cpuSeconds * 1_000))),
    gauge("process_resident_memory_bytes", "Resident memory of the process.", one(facts.residentBytes)),
    gauge(
      "process_start_time_seconds",
      "Start of the process since the Unix epoch.",
      one(facts.startedAtMs === null ? null : seconds(facts.startedAtMs)),
    ),
    gauge("nodejs_heap_size_used_bytes", "Heap of JavaScript that is in use.", one(facts.heapBytes)),
    gauge("roomward_uptime_seconds", "Since the start of the gateway, by a clock that nobody sets.", one(seconds(facts.uptimeMs))),
  ];
}
