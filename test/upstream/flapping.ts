import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Journal } from "../../firmware/journal/journal.ts";
import { type Clock, systemClock } from "../../firmware/platform/clock.ts";
import type { Dialect } from "../../firmware/upstream/dialect.ts";
import { requestTrackerDialect } from "../../firmware/upstream/dialects/request-tracker.ts";
import { startDispatcher } from "../../firmware/upstream/dispatcher.ts";
import { placesOf } from "../../firmware/upstream/place.ts";
import { watchTickets } from "../../firmware/upstream/reconciler.ts";
import { TargetWatch } from "../../firmware/upstream/target-watch.ts";
import { ticketMark } from "../../firmware/upstream/ticket-mark.ts";
import { cleared, entry, journalIn, raised } from "../firmware/journal-entries.ts";
import { PLACES_SITE } from "../firmware/upstream-site.ts";
import { startRequestTracker } from "../peers/request-tracker.ts";
import { type Meets, UnsteadyLink } from "./unsteady-link.ts";

/** So many seconds of the box are one of ours: pauses, time-outs and what is between two comparisons are as much shorter. */
const HASTE = 60;
/** Of the box: 4 s of ours, more than a Request Tracker on a busy machine thinks. */
const TIMEOUT_MS = 240_000;
/** Of the box. */
const COMPARE_EVERY_MS = 120_000;
/** Raises and clears that wait for the desk at once, at most: the room goes on when the desk has caught up. */
const AHEAD_MAX = 100;

export interface Flapping {
  readonly folder: string;
  /** Each is a raise and its clear, an incident of its own. */
  readonly pairs: number;
  /** Alarms that flap at the same time. */
  readonly alarms: number;
  readonly meets: Meets;
}

/** What stands in Request Tracker at the end, and what the way there was like. */
export interface Flapped {
  /** Incidents without a ticket. */
  readonly missing: number;
  /** Open tickets: every incident is over. */
  readonly orphans: number;
  /** Tickets beside the first of an incident. */
  readonly duplicates: number;
  /** Events that stand on a ticket more than once: what is late comes beside what was told in its place. */
  readonly notedTwice: number;
  /** Messages that were taken after a later one of their alarm. */
  readonly outOfOrder: number;
  readonly questions: number;
  readonly troubles: Readonly<Record<string, number>>;
  /** Lines of the audit log, by action. */
  readonly repairs: Readonly<Record<string, number>>;
  readonly tookMs: number;
}

/** Raises and clears alarms over an unsteady link to a real Request Tracker, until everything was told and a comparison finds nothing more. */
export async function flap({ folder, pairs, alarms, meets }: Flapping): Promise<Flapped> {
  const { port, peer } = await startRequestTracker(folder);
  const link = new UnsteadyLink(port, meets);
  const clock = hasty();
  const journal = await journalIn(join(folder, "journal"));
  const options = { user: "root", password: "password", queue: "General", language: "en", timezone: "UTC", clock } as const;
  const url = await link.listen();
  const told: { readonly key: string; readonly sequence: number }[] = [];
  const rt = listening(requestTrackerDialect({ ...options, url, places: placesOf(PLACES_SITE), timeoutMs: TIMEOUT_MS }), told);
  const watch = new TargetWatch(clock);
  const dialects = new Map([["desk", rt]]);
  const parts = { journal, clock, dialects, watch, onTarget: () => undefined, onDelivery: () => undefined, onTrouble: () => undefined };
  const dispatcher = startDispatcher(parts);
  const tickets = watchTickets({ ...parts, dispatcher, everyMs: COMPARE_EVERY_MS });
  const startMs = performance.now();
  try {
    for (let n = 0; n < pairs; n += 1) {
      const of = changeOf(n, alarms);
      await commit(journal, [raised(of), cleared(of)], clock);
      dispatcher.wake();
      while ((await waiting(journal)) > AHEAD_MAX) await systemClock.sleep(50);
    }
    while ((await waiting(journal)) > 0) await systemClock.sleep(50);
    // What is still late arrives, and the link holds for two comparisons.
    link.isSteady = true;
    await link.quiet();
    await untilNothingDiffers(watch, link);
  } finally {
    await Promise.all([tickets.stop(), dispatcher.stop()]);
    await link.close();
    await peer.stop();
  }
  const tookMs = performance.now() - startMs;
  const repairs: Record<string, number> = {};
  for (const { action } of await journal.audit(10_000)) repairs[action] = (repairs[action] ?? 0) + 1;
  await journal.close();
  const marks = Array.from({ length: pairs }, (_, n) => ticketMark(raised(changeOf(n, alarms)).record));
  const standing = standingIn(join(folder, "rtdb"), marks);
  return { ...standing, outOfOrder: overtaken(told), questions: link.asked, troubles: link.met, repairs, tookMs };
}

function changeOf(n: number, alarms: number): { readonly key: string; readonly incident: string } {
  return { key: `sz1/r1/th-${n % alarms}/ambient.temperature/high`, incident: `pair-${n}` };
}

async function commit(journal: Journal, changes: Parameters<typeof entry>[0], clock: Clock): Promise<void> {
  const done = await journal.commit(entry(changes, { targets: ["desk"], atMs: clock.wallMs() }));
  if (!done.ok) throw new Error(done.message.en);
}

async function waiting(journal: Journal): Promise<number> {
  const [queue] = await journal.targetQueues({ targets: ["desk"], deadMax: 1 });
  if (queue === undefined || queue.parked > 0) throw new Error(`refused: ${JSON.stringify(queue?.dead)}`);
  return queue.queued;
}

/** Two comparisons after one another that had nothing to put right, with nothing late in between. */
async function untilNothingDiffers(watch: TargetWatch, link: UnsteadyLink): Promise<void> {
  for (let quiet = 0; quiet < 2; ) {
    const before = watch.of("desk");
    while (watch.of("desk").comparedMs === before.comparedMs) await systemClock.sleep(50);
    await link.quiet();
    quiet = watch.of("desk").repairs === before.repairs ? quiet + 1 : 0;
  }
}

function listening(dialect: Dialect, told: { key: string; sequence: number }[]): Dialect {
  return {
    ...dialect,
    async send(row, signal) {
      const outcome = await dialect.send(row, signal);
      if (outcome.outcome === "accepted") told.push(row);
      return outcome;
    },
  };
}

function overtaken(told: readonly { readonly key: string; readonly sequence: number }[]): number {
  const last = new Map<string, number>();
  return told.filter(({ key, sequence }) => {
    const before = last.get(key) ?? 0;
    last.set(key, Math.max(before, sequence));
    return sequence < before;
  }).length;
}

/** By Request Tracker's own tables, once it has ended. */
function standingIn(file: string, marks: readonly string[]): Pick<Flapped, "missing" | "orphans" | "duplicates" | "notedTwice"> {
  const db = new DatabaseSync(file, { readOnly: true });
  const tickets = db.prepare("SELECT Subject, Status FROM Tickets WHERE id = EffectiveId").all() as { Subject: string; Status: string }[];
  const notes = db.prepare("SELECT ObjectId, Data FROM Transactions WHERE Type = 'Comment'").all() as { ObjectId: number; Data: string }[];
  db.close();
  const byMark = Map.groupBy(tickets, ({ Subject }) => /rw-[0-9a-f]{16}/.exec(Subject)?.[0] ?? "");
  const events = Map.groupBy(notes, ({ ObjectId, Data }) => `${ObjectId} ${/[0-9a-f-]{36}/.exec(Data)?.[0] ?? Data}`);
  return {
    missing: marks.filter((mark) => !byMark.has(mark)).length,
    orphans: tickets.filter(({ Status }) => Status !== "resolved").length,
    duplicates: marks.reduce((count, mark) => count + Math.max(0, (byMark.get(mark)?.length ?? 0) - 1), 0),
    notedTwice: [...events.values()].filter(({ length }) => length > 1).length,
  };
}

function hasty(): Clock {
  const startMs = systemClock.wallMs();
  const monotonicMs = () => (performance.now() * HASTE) as ReturnType<Clock["monotonicMs"]>;
  const beganMs = monotonicMs();
  const wallMs = () => (startMs + monotonicMs() - beganMs) as ReturnType<Clock["wallMs"]>;
  return { ...systemClock, monotonicMs, wallMs, sleep: (ms, signal) => systemClock.sleep(Math.ceil(ms / HASTE), signal) };
}
