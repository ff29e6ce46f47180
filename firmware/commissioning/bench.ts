import type { Words } from "../contract/alarm.ts";
import type { Found, Job, JobResult } from "../contract/commissioning.ts";
import type { Clock } from "../platform/clock.ts";
import type { Device } from "../site/model.ts";
import type { WireBus } from "./ask.ts";

/** What a job works on: a wire that nobody else has at present. */
export interface Bench {
  readonly bus: WireBus;
  /** The devices that the site has on it. */
  readonly known: readonly Device[];
  readonly clock: Clock;
  /** Everything must be put down soon. */
  readonly ends: AbortSignal;
  readonly tell: (progress: Job["progress"], found: readonly Found[]) => void;
  /** Writes down what is about to be changed; false: that was not possible, and nothing may be changed. */
  readonly note: (before: string | null, after: string) => Promise<boolean>;
}

/** What came of a job; with a problem, also what was found until then. */
export type Outcome = { readonly result: JobResult } | { readonly problem: Words; readonly result?: JobResult };
