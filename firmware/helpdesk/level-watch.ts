import type { Delivery } from "../contract/alarm.ts";
import { type DescribeSubject, GATEWAY } from "../incidents/event.ts";
import { isCertain, type Reached, type ServiceLevels } from "../incidents/service-level.ts";
import { type WorkAct, workOf } from "../incidents/work.ts";
import { type Journal, JournalError } from "../journal/journal.ts";
import type { Clock } from "../platform/clock.ts";
import { UNRESOLVED } from "./desk.ts";
import { clocksOf } from "./view.ts";

const LOOK_EVERY_MS = 15_000;
/** Incidents that are looked at each time, the newest first. */
const LOOKED_AT_MAX = 500;
/** Acts of one look: each is a flush of the disk, and the rest can wait for the next. */
const ACTS_PER_LOOK_MAX = 50;
const CLOCKS = ["acknowledge", "resolve"] as const;

export interface LevelWatchParts {
  readonly timezone: string;
  readonly levels: ServiceLevels;
  readonly targets: readonly string[];
  readonly journal: Pick<Journal, "workIncident" | "desk">;
  readonly clock: Clock;
  readonly subject: DescribeSubject;
  readonly told: (deliveries: Readonly<Record<string, readonly Delivery[]>>) => void;
}

/**
 * Looks whether an incident is about to be late, or is. Each is written down once, with what targets are told of it; a restart says nothing
 * twice. While nobody knows the time of day, what ran before this start is not judged.
 */
export function watchLevels(parts: LevelWatchParts): { stop(): Promise<void> } {
  let looking: Promise<void> | null = null;
  const end = parts.clock.every(LOOK_EVERY_MS, () => {
    looking ??= look(parts).finally(() => {
      looking = null;
    });
  });
  return {
    async stop() {
      end();
      await looking;
    },
  };
}

async function look(parts: LevelWatchParts): Promise<void> {
  const { journal, clock, subject, targets, told, levels, timezone } = parts;
  try {
    const { boot, incidents } = await journal.desk({ what: "incidents", filter: { limit: LOOKED_AT_MAX, states: UNRESOLVED } });
    const now = { boot, uptimeMs: clock.monotonicMs(), atMs: clock.wallMs() };
    let acts = 0;
    for (const { record } of incidents) {
      const work = workOf(record);
      if (!isCertain(work.clock, now, clock.wallTrusted())) continue;
      const about = subject(record);
      const clocks = clocksOf(record, about.category, { levels, timezone, now });
      for (const which of CLOCKS) {
        if (clocks[which].state === "done") continue;
        const act = levelAct(which, clocks[which].reached, work.told[which]);
        if (act === null || acts === ACTS_PER_LOOK_MAX) continue;
        acts += 1;
        const at = { atMs: clock.wallMs(), clockTrusted: clock.wallTrusted() };
        const head = { id: clock.uuid(), ...at, by: GATEWAY, from: "gateway" };
        const outcome = await journal.workIncident({ ...head, on: "incident", incident: record.id, act, targets, subject: about });
        if (outcome.ok) told(outcome.deliveries);
        else if ("reason" in outcome) return;
      }
    }
  } catch (error) {
    // A journal that cannot be read says so itself; what was not told now is told when it can be.
    if (!(error instanceof JournalError)) throw error;
  }
}

/** What is new about a clock; null when nothing is. A priority that was lowered takes nothing back. */
function levelAct(clock: "acknowledge" | "resolve", reached: Reached, told: Reached): WorkAct | null {
  if (reached === null || reached === told || told === "breach") return null;
  return { kind: "serviceLevel", clock, reached };
}
