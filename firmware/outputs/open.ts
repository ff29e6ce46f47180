import type { Words } from "../contract/alarm.ts";
import type { AuditEntry, Journal } from "../journal/journal.ts";
import type { Clock } from "../platform/clock.ts";
import type { OnDamage } from "../platform/durable-json.ts";
import type { LogLevel } from "../platform/voice.ts";
import type { Site } from "../site/model.ts";
import { type Kept, NOTHING_KEPT } from "./book.ts";
import { OutputDesk, type OutputRoom } from "./desk.ts";
import type { Output } from "./output.ts";
import { outputsFile } from "./stored.ts";

export interface OutputOptions {
  readonly site: Site;
  readonly dataFolder: string;
  readonly journal: Pick<Journal, "commit">;
  readonly clock: Clock;
  readonly room: OutputRoom;
  readonly isSigned: boolean;
  readonly log: (level: LogLevel, words: Words) => void;
  readonly onDamage: OnDamage;
}

/** The outputs of a running gateway, with what people had ordered before this start. */
export async function openOutputs(options: OutputOptions): Promise<OutputDesk> {
  const { site, dataFolder, journal, clock, room, isSigned, log, onDamage } = options;
  const file = outputsFile(dataFolder, clock, onDamage);
  return new OutputDesk({
    ...{ site, clock, room, isSigned, log },
    kept: site.outputs.length === 0 ? NOTHING_KEPT : await keptIn(file, log),
    async keep(kept) {
      const written = await file.update(() => ({ next: kept }));
      return written.outcome === "refused" ? written.problem : null;
    },
    async record(audit: readonly AuditEntry[]) {
      const nothing = { clockTrusted: clock.wallTrusted(), changes: [], eventIds: [], targets: [] };
      const outcome = await journal.commit({ atMs: clock.wallMs(), ...nothing, audit });
      return outcome.ok ? null : outcome.message;
    },
  });
}

/** Where every copy is damaged nothing is known: no order stands, and no linkage is armed until somebody does it again. */
async function keptIn(file: ReturnType<typeof outputsFile>, log: OutputOptions["log"]): Promise<Kept> {
  const read = await file.read();
  if (read.outcome === "read") return read.data;
  if (read.outcome === "damaged") {
    log("error", {
      zh: `${read.problem.zh} 输出的锁定和手动已失效，联动须重新启用。`,
      en: `${read.problem.en} Locks and orders by hand are gone, and linkages have to be armed again.`,
    });
    const stuck = await file.setAsideLost();
    if (stuck !== null) log("error", stuck);
  }
  return NOTHING_KEPT;
}

/** Which outputs of a site are the same ones in the next: at the same place of the same wire. */
export function staysIn(next: Site | null, site: Site): (output: Output) => boolean {
  const wire = ({ buses }: Site, bus: string): string => JSON.stringify(buses.find(({ id }) => id === bus) ?? null);
  const nameOf = (of: Site, { bus, place }: Output): string => `${wire(of, bus)} ${JSON.stringify(place)}`;
  const names = new Set(next?.outputs.map((output) => `${output.id} ${nameOf(next, output)}`));
  return (output) => names.has(`${output.id} ${nameOf(site, output)}`);
}
