import type { Words } from "../contract/alarm.ts";
import type { Resent, TargetsReply } from "../contract/targets.ts";
import { type Journal, JournalError, type TargetQueue } from "../journal/journal.ts";
import type { Doer } from "../people/people-file.ts";
import type { Clock } from "../platform/clock.ts";
import type { TargetWatch } from "./target-watch.ts";

const DEAD_SHOWN_MAX = 50;

export interface TargetDeskParts {
  readonly targets: readonly { readonly id: string; readonly kind: string }[];
  readonly journal: Pick<Journal, "targetQueues" | "resend">;
  readonly clock: Clock;
  readonly watch: TargetWatch;
  /** Does something to the outbox of a target while none of its messages is on the way. */
  readonly whileQuiet: <Done>(target: string, work: () => Promise<Done>) => Promise<Done>;
  /** Messages of the target are queued again; `left`: so many are still parked. */
  readonly resent: (target: string, left: number) => void;
}

/** What people see of the targets, and the one thing that they can do about what was refused. */
export interface TargetDesk {
  list(): Promise<TargetsReply>;
  /** Null: the site has no such target. */
  resend(target: string, ids: readonly string[] | null, doer: Doer): Promise<Resent | { readonly problem: Words } | null>;
}

export function openTargetDesk({ targets, journal, clock, watch, resent, whileQuiet }: TargetDeskParts): TargetDesk {
  return {
    async list() {
      const { queues, problem } = await queuesOf(journal, targets);
      const queueOf = (id: string): Omit<TargetQueue, "target"> => queues.find(({ target }) => target === id) ?? NOTHING;
      return {
        targets: targets.map(({ id, kind }) => {
          const { queued, parked, oldestWaitingMs, dead } = queueOf(id);
          return { id, kind, ...watch.of(id), queued, parked, oldestWaitingMs, dead: [...dead] };
        }),
        problem,
      };
    },
    async resend(target, ids, doer) {
      if (!targets.some(({ id }) => id === target)) return null;
      const what = { action: "target.resend", subject: target, detail: ids === null ? "all" : ids.join(" ") };
      const audit = { atMs: clock.wallMs(), ...doer, ...what, before: null, after: null };
      const done = await whileQuiet(target, () => journal.resend({ target, ids, audit }));
      if (!done.ok) return { problem: done.message };
      if (done.resent > 0) resent(target, done.left);
      return { resent: done.resent, left: done.left };
    },
  };
}

const NOTHING = { queued: 0, parked: 0, oldestWaitingMs: null, dead: [] };

async function queuesOf(
  journal: TargetDeskParts["journal"],
  targets: TargetDeskParts["targets"],
): Promise<{ readonly queues: readonly TargetQueue[]; readonly problem: Words | null }> {
  try {
    const queues = await journal.targetQueues({ targets: targets.map(({ id }) => id), deadMax: DEAD_SHOWN_MAX });
    return { queues, problem: null };
  } catch (error) {
    if (!(error instanceof JournalError)) throw error;
    return { queues: [], problem: error.fault.message };
  }
}
