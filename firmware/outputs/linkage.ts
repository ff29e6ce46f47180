import type { Linkage } from "./output.ts";
import { judge, type World } from "./world.ts";

/** What a linkage remembers, over restarts as well. Pure: a step makes a new one. */
export interface LinkageMemory {
  /** Since when an event waits that nothing was done about yet, monotonic; null: none does. */
  readonly waitingSinceMs: number | null;
  /** Events that are dealt with and go on: it never acts twice for one. */
  readonly dealt: readonly string[];
  /** It has acted and holds its output; null: it does not. */
  readonly acted: Acted | null;
  /** Why it cannot act although it should, as it was told last. */
  readonly blocked: Blocked | null;
}

export interface Acted {
  readonly atMs: number;
  readonly events: readonly string[];
}

/** Numbers are places in `unless`. */
export type Blocked = { readonly by: "interlock"; readonly place: number; readonly isKnown: boolean } | { readonly by: "lock" };

export const IDLE: LinkageMemory = { waitingSinceMs: null, dealt: [], acted: null, blocked: null };

/** What a step came to, for the log: it acts, it would have but may not, something keeps it, it is over. */
export type LinkageStep =
  | { readonly kind: "acts"; readonly events: readonly string[]; readonly again: boolean }
  | { readonly kind: "passes"; readonly events: readonly string[] }
  | { readonly kind: "blocked"; readonly why: Blocked }
  | { readonly kind: "ends" };

export interface LinkageLeave {
  /** The site file is signed, and somebody has armed exactly this. */
  readonly mayAct: boolean;
  /** Its output is locked out for maintenance. */
  readonly isLocked: boolean;
}

/**
 * One look at a linkage. It acts once for each event of its condition, after that has held for its time without a gap, and never while an
 * interlock is so or is not known. What began while it was not allowed to act passes: to arm it starts nothing that has begun before.
 */
export function stepLinkage(
  linkage: Linkage,
  memory: LinkageMemory,
  world: World,
  leave: LinkageLeave,
): { readonly memory: LinkageMemory; readonly step: LinkageStep | null } {
  const { isSo, events } = judge(linkage.when, world);
  // Not known: no time runs, and nothing is forgotten.
  if (isSo === null) return { memory: waiting(memory, null, null), step: null };
  const dealt = memory.dealt.filter((event) => events.includes(event));
  const kept = dealt.length === memory.dealt.length ? memory : { ...memory, dealt };
  if (!isSo && kept.acted !== null && linkage.ends === "condition")
    return { memory: { ...IDLE, dealt: kept.dealt }, step: { kind: "ends" } };
  const fresh = events.filter((event) => !dealt.includes(event));
  if (fresh.length === 0) return { memory: waiting(kept, null, null), step: null };
  if (!leave.mayAct) {
    const passed = { ...waiting(kept, null, null), dealt: [...dealt, ...fresh] };
    return { memory: passed, step: { kind: "passes", events: fresh } };
  }
  const { monotonicMs, wallMs } = world.now;
  const sinceMs = kept.waitingSinceMs ?? monotonicMs;
  if (monotonicMs - sinceMs < linkage.forMs) return { memory: waiting(kept, sinceMs, null), step: null };
  const blocked = leave.isLocked ? ({ by: "lock" } as const) : blockedBy(linkage, world);
  if (blocked !== null) {
    const isTold = JSON.stringify(blocked) === JSON.stringify(kept.blocked);
    return { memory: waiting(kept, sinceMs, blocked), step: isTold ? null : { kind: "blocked", why: blocked } };
  }
  const again = kept.acted !== null;
  return {
    memory: { waitingSinceMs: null, blocked: null, dealt: [...dealt, ...fresh], acted: kept.acted ?? { atMs: wallMs, events: fresh } },
    step: { kind: "acts", events: fresh, again },
  };
}

/** A person ends what it has done; events that go on stay dealt with. */
export function resetLinkage(memory: LinkageMemory): LinkageMemory {
  return { ...memory, acted: null };
}

function blockedBy({ unless }: Linkage, world: World): Blocked | null {
  for (const [place, condition] of unless.entries()) {
    const { isSo } = judge(condition, world);
    if (isSo !== false) return { by: "interlock", place, isKnown: isSo !== null };
  }
  return null;
}

function waiting(memory: LinkageMemory, sinceMs: number | null, blocked: Blocked | null): LinkageMemory {
  if (memory.waitingSinceMs === sinceMs && JSON.stringify(memory.blocked) === JSON.stringify(blocked)) return memory;
  return { ...memory, waitingSinceMs: sinceMs, blocked };
}
