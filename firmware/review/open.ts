import { turn } from "../platform/turn.ts";
import { ReviewDesk, type ReviewParts } from "./desk.ts";

/** The desk in a process that has other things to do: it gives way between its slices. */
export function openReview(parts: Omit<ReviewParts, "turn">): ReviewDesk {
  return new ReviewDesk({ ...parts, turn });
}
