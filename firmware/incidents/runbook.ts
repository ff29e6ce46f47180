import { ACTS_MAX } from "../contract/incident-terms.ts";
import type { RunbookDecision, RunbookScope, RunbookVersion, RunbookView } from "../contract/incidents.ts";

/** What to do when an alarm rings, as the journal keeps it. Only what was approved counts. */
export interface RunbookRecord extends RunbookView {
  /** Texts that were ever proposed. */
  readonly versions: number;
  readonly acts: number;
}

export type RunbookStep =
  | { readonly kind: "propose"; readonly title: string; readonly scope: RunbookScope; readonly text: string }
  | ({ readonly kind: "decide" } & RunbookDecision);
/** `changed`: another text was proposed meanwhile. */
export type RunbookRefusal = "unknown" | "own" | "nothing" | "reason" | "changed" | "full";

/** The runbook after a step, or why it is not taken; null stands for one that is not there yet. */
export function stepRunbook(
  runbook: RunbookRecord | null,
  step: RunbookStep,
  { id, by, atMs }: { readonly id: string; readonly by: string; readonly atMs: number },
): RunbookRecord | RunbookRefusal {
  if (step.kind === "propose") {
    if (runbook !== null && runbook.acts >= ACTS_MAX) return "full";
    const { title, scope, text } = step;
    const version = (runbook?.versions ?? 0) + 1;
    const proposed: RunbookVersion = { version, title, scope, text, by, atMs };
    return { id, approved: runbook?.approved ?? null, proposed, versions: version, acts: (runbook?.acts ?? 0) + 1 };
  }
  if (runbook === null) return "unknown";
  const done = decided(runbook, step, by);
  return typeof done === "string" ? done : { ...done, acts: runbook.acts + 1 };
}

function decided(runbook: RunbookRecord, { verdict, version, reason }: RunbookDecision, by: string): RunbookRecord | RunbookRefusal {
  const { proposed, approved } = runbook;
  if (verdict === "withdraw") {
    if (approved === null) return "nothing";
    if (approved.version !== version) return "changed";
    return reason === "" ? "reason" : { ...runbook, approved: null };
  }
  if (proposed === null) return "nothing";
  if (proposed.version !== version) return "changed";
  if (verdict === "reject") return reason === "" ? "reason" : { ...runbook, proposed: null };
  return proposed.by === by ? "own" : { ...runbook, proposed: null, approved: { ...proposed, approvedBy: by } };
}
