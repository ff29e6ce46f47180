import { ACTS_MAX } from "../contract/incident-terms.ts";
import type { ProblemAct, Remedy, RemedyDecision } from "../contract/incidents.ts";
import { decideRemedy, proposedRemedy, type RemedyRefusal } from "./remedy.ts";

/** One cause behind several incidents, as the journal keeps it. */
export interface ProblemRecord {
  /** `PR-000001` */
  readonly id: string;
  readonly title: string;
  readonly state: "open" | "closed";
  /** Alarm that comes again and again; null: it is about no single one. */
  readonly key: string | null;
  readonly openedAtMs: number;
  readonly by: string;
  readonly cause: string;
  readonly workaround: Remedy | null;
  readonly solution: Remedy | null;
  readonly acts: number;
}

export type ProblemStep =
  | { readonly kind: "open"; readonly title: string; readonly key: string | null; readonly cause: string }
  | ProblemAct
  | ({ readonly kind: "decide" } & RemedyDecision);
export type ProblemRefusal = "unknown" | "state" | "same" | "full" | RemedyRefusal;

/** The problem after a step, or why it is not taken; null stands for one that is not there yet. */
export function stepProblem(
  problem: ProblemRecord | null,
  step: ProblemStep,
  { id, by, atMs }: { readonly id: string; readonly by: string; readonly atMs: number },
): ProblemRecord | ProblemRefusal {
  if (step.kind === "open") {
    const { title, key, cause } = step;
    return { id, title, state: "open", key, openedAtMs: atMs, by, cause, workaround: null, solution: null, acts: 1 };
  }
  if (problem === null) return "unknown";
  if (problem.acts >= ACTS_MAX && step.kind !== "close") return "full";
  const done = changed(problem, step, by, atMs);
  return typeof done === "string" ? done : { ...done, acts: problem.acts + 1 };
}

function changed(
  problem: ProblemRecord,
  step: Exclude<ProblemStep, { kind: "open" }>,
  by: string,
  atMs: number,
): ProblemRecord | ProblemRefusal {
  if (step.kind === "reopen") return problem.state === "open" ? "state" : { ...problem, state: "open" };
  if (problem.state === "closed") return "state";
  switch (step.kind) {
    case "title":
      return step.text === problem.title ? "same" : { ...problem, title: step.text };
    case "cause":
      return step.text === problem.cause ? "same" : { ...problem, cause: step.text };
    case "workaround":
    case "solution":
      return { ...problem, [step.kind]: proposedRemedy(step.text, by, atMs) };
    case "close":
      return { ...problem, state: "closed" };
    case "decide": {
      const remedy = decideRemedy(problem[step.what], step, by);
      return typeof remedy === "string" ? remedy : { ...problem, [step.what]: remedy };
    }
  }
}
