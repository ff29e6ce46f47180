import type { Moment, Running } from "../contract/escalating.ts";

/** Steps that people see of each escalation. */
export const LOG_MAX = 16;

/** For how long it has rung by now. Over a restart of a box that knows no time of day it is counted on from the start. */
export function ranBy(running: Pick<Running, "phase" | "ranMs" | "at">, now: Moment): number {
  const { phase, ranMs, at } = running;
  if (phase !== "ringing") return ranMs;
  if (at.boot === now.boot) return ranMs + Math.max(0, now.uptimeMs - at.uptimeMs);
  const known = at.certain && now.certain;
  return ranMs + Math.max(now.uptimeMs, known ? now.wallMs - at.wallMs : 0);
}
