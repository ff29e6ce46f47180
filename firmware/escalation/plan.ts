import type { Words } from "../contract/alarm.ts";
import type { Scope } from "./scope.ts";

export interface Step {
  readonly afterMs: number;
  readonly targets: readonly string[];
  /** Rotas: whoever is on call then. */
  readonly onCall: readonly string[];
  readonly repeat: { readonly everyMs: number; readonly times: number } | null;
  /** Told one after the other when one of the step does not take it. */
  readonly fallback: readonly string[];
}

export interface Plan {
  readonly id: string;
  readonly name: Words;
  readonly when: Scope;
  /** `cleared`: goes on although somebody has it. */
  readonly until: "acknowledged" | "cleared";
  readonly steps: readonly Step[];
}

/** One time that a step is told: `round` 0 is the step itself, the others are its repeats. */
export interface Due {
  readonly afterMs: number;
  readonly step: number;
  readonly round: number;
}

const DUES = new WeakMap<Plan, readonly Due[]>();

/** All that a plan will tell, in the order of time. Worked out once for each plan: it is asked twice a second for every alarm that rings. */
export function duesOf(plan: Plan): readonly Due[] {
  const known = DUES.get(plan) ?? listed(plan);
  DUES.set(plan, known);
  return known;
}

function listed({ steps }: Plan): readonly Due[] {
  return steps
    .flatMap(({ afterMs, repeat }, step) =>
      Array.from(
        { length: 1 + (repeat?.times ?? 0) },
        (_, round): Due => ({ afterMs: afterMs + round * (repeat?.everyMs ?? 0), step, round }),
      ),
    )
    .sort(compareDues);
}

export function compareDues(a: Due, b: Due): number {
  return a.afterMs - b.afterMs || a.step - b.step || a.round - b.round;
}

/**
 * What is due after `cursor` when the alarm has rung for `ranMs`. Repeats that were missed while the box was off are told once, not
 * one by one; no step is passed over.
 */
export function dueNow(plan: Plan, cursor: Due | null, ranMs: number): readonly Due[] {
  const due = duesOf(plan).filter((one) => one.afterMs <= ranMs && (cursor === null || compareDues(one, cursor) > 0));
  return due.filter((one) => !due.some(({ step, round }) => step === one.step && round > one.round));
}

/** What comes next; null: the plan is at its end. */
export function nextDue(plan: Plan, cursor: Due | null): Due | null {
  return duesOf(plan).find((one) => cursor === null || compareDues(one, cursor) > 0) ?? null;
}
