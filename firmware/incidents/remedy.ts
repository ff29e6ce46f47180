import type { Remedy, RemedyDecision } from "../contract/incidents.ts";

/** `own`: nobody approves what they wrote. `nothing`: no proposal waits. `reason`: who rejects says why. */
export type RemedyRefusal = "own" | "nothing" | "reason";

/** A text that somebody wrote and nobody has approved. */
export function proposedRemedy(text: string, by: string, atMs: number): Remedy {
  return { text, by, atMs, state: "proposed", decidedBy: null };
}

/** The text after an authorised user has read it, or why that does not count. */
export function decideRemedy(
  remedy: Remedy | null,
  { verdict, reason }: Pick<RemedyDecision, "verdict" | "reason">,
  by: string,
): Remedy | RemedyRefusal {
  if (remedy === null || remedy.state !== "proposed") return "nothing";
  if (verdict === "approve" && remedy.by === by) return "own";
  if (verdict === "reject" && reason === "") return "reason";
  return { ...remedy, state: verdict === "approve" ? "approved" : "rejected", decidedBy: by };
}
