import type { Words } from "./vocabulary.ts";

/** How well a profile fits a device that was asked, and why. */
export interface Scored {
  readonly profile: string;
  /** 0–100 %. */
  readonly confidence: number;
  readonly reasons: readonly Words[];
}

/** Less than this is a guess. */
const SURE_FROM = 70;
/** A second one that is nearer than this may be it as well. */
const SURE_LEAD = 15;
export const BEST_SHOWN = 5;

export type IdentifyVerdict = "sure" | "notSure" | "unknown";

/**
 * Whether the best is to be believed.
 * @param ranked best first.
 * @param tells whether the device told what it has from what it has not: of one that answers whatever it is asked, nobody can be sure.
 */
export function verdictOf(ranked: readonly Scored[], tells: boolean): IdentifyVerdict {
  const [best, second] = ranked;
  if (best === undefined) return "unknown";
  return tells && best.confidence >= SURE_FROM && best.confidence - (second?.confidence ?? 0) >= SURE_LEAD ? "sure" : "notSure";
}
