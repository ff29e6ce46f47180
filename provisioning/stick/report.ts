import type { Words } from "../../firmware/contract/alarm.ts";
import type { DeviceProbe } from "../../firmware/contract/probe.ts";
import type { BoxIdentity } from "./box.ts";
import type { BoxRow } from "./manifest.ts";

/** Who did what to the box, for the audit log. */
export interface Act {
  readonly atMs: number;
  readonly by: string;
  readonly from: string;
  readonly action: string;
  readonly subject: string;
  readonly detail: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** What the box keeps of its configuration beside the site file: it may run something newer than the file. */
export interface BoxConfiguration {
  /** The text that a gateway which is started now would run. Changes nothing. */
  running(): Promise<string | null>;
  /** As a start would: what stands in the site file counts when it is newer. @returns the revision that then runs; null where nothing does. */
  settle(): Promise<number | null>;
  /** The text of a file runs from the next start on, whatever ran before. */
  adopt(file: string, by: string, reason: string): Promise<void>;
  /** That revision runs again, with the site file as it is now; null: the box forgets what it was given. */
  bringBack(revision: number | null, by: string, reason: string): Promise<void>;
}

/** What provisioning needs of the machine. Methods that cannot do their work throw a `StickProblem`. */
export interface Machine {
  nowMs(): number;
  clockTrusted(): boolean;
  sleep(ms: number): Promise<void>;
  /** Null where provisioning was told of no service: the site file is changed, and a person starts the gateway. */
  readonly gateway: { stop(): Promise<void>; start(): Promise<void>; isUp(): Promise<boolean> } | null;
  /** Asks every device of a site file, or (null) of what the box runs, while no gateway has the wires. */
  probe(siteFile: string | null): Promise<readonly DeviceProbe[]>;
  readonly configuration: BoxConfiguration;
  /** Writes into the audit log while no gateway has the journal. */
  note(act: Act): Promise<void>;
}

/** What came of it. `returned`: the box runs what it ran before. `refused`: nothing was touched. */
export type Verdict = "kept" | "returned" | "refused" | "nothing" | "dryRun";

export interface Report {
  readonly verdict: Verdict;
  readonly words: readonly Words[];
  readonly box: BoxIdentity;
  readonly row: BoxRow | null;
  readonly bundle: { readonly id: string; readonly issued: number; readonly signer: string } | null;
  readonly difference: readonly Words[];
  readonly devices: readonly DeviceProbe[];
  readonly notes: readonly Words[];
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly clockTrusted: boolean;
  /** Of the site on the stick; null when it was not read. */
  readonly timezone: string | null;
}
