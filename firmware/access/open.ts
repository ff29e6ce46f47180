import type { AlarmRecord, Words } from "../contract/alarm.ts";
import type { Journal } from "../journal/journal.ts";
import type { Clock } from "../platform/clock.ts";
import type { OnDamage } from "../platform/durable-json.ts";
import type { Press } from "../report/press.ts";
import type { Site } from "../site/model.ts";
import { AccessDesk } from "./desk.ts";
import { type HolderAct, openHolders } from "./holders.ts";
import { AccessRoom } from "./room.ts";
import { AccessScribe } from "./scribe.ts";

/** The doors of a running gateway. */
export interface OpenAccess {
  readonly room: AccessRoom;
  readonly desk: AccessDesk;
  close(): Promise<void>;
}

export interface AccessOptions {
  readonly site: Site;
  readonly dataFolder: string;
  readonly journal: Journal;
  readonly live: readonly AlarmRecord[];
  readonly clock: Clock;
  readonly press: Pick<Press, "print">;
  alarm(key: string, active: boolean): void;
  onTrouble(words: Words): void;
  onDamage?: OnDamage;
}

/** Takes up where the journal ended: what readers had counted, which doors stood open, and who was inside. */
export async function openAccess({
  site,
  dataFolder,
  journal,
  live,
  clock,
  press,
  alarm,
  onTrouble,
  onDamage,
}: AccessOptions): Promise<OpenAccess> {
  async function record(audit: readonly HolderAct[]): Promise<boolean> {
    const nothing = { clockTrusted: clock.wallTrusted(), changes: [], eventIds: [], targets: [] };
    const outcome = await journal.commit({ atMs: clock.wallMs(), ...nothing, audit });
    if (!outcome.ok) onTrouble(outcome.message);
    return outcome.ok;
  }
  const [memory, holders] = await Promise.all([
    journal.accessMemory(),
    openHolders(dataFolder, clock, record, onDamage ?? (({ words }) => onTrouble(words))),
  ]);
  const scribe = new AccessScribe(journal, clock, onTrouble);
  const active = new Set(live.filter(({ clearedAtMs }) => clearedAtMs === null).map(({ key }) => key));
  const room = new AccessRoom({
    ...{ site, memory, active, holders, clock, alarm },
    write: (entries, readers) => scribe.write({ entries: entries.map((entry) => ({ id: clock.uuid(), entry })), readers, audit: [] }),
  });
  return {
    room,
    desk: new AccessDesk({ site, room, scribe, journal, holders, clock, press }),
    async close() {
      await scribe.close();
      await holders.close();
    },
  };
}
