import { readdirSync } from "node:fs";
import type { Words } from "../contract/alarm.ts";
import type { StorageReply } from "../contract/storage.ts";
import { HistoryError, type HistoryUsage } from "../history/history.ts";
import { type Journal, JournalError, type JournalUsage } from "../journal/journal.ts";
import type { LogKind } from "../journal/retention.ts";
import type { Act, Doer } from "../people/people-file.ts";
import { Ballast } from "../platform/ballast.ts";
import type { Clock } from "../platform/clock.ts";
import { damagedIn, deleteDamaged } from "../platform/damaged.ts";
import { spaceOf } from "../platform/space.ts";
import type { StorageLimits } from "../site/storage-schema.ts";

export interface StorageDeskParts {
  readonly dataFolder: string;
  readonly journal: Pick<Journal, "usage">;
  /** Rejects with a `HistoryError` when the history's file or thread fails. */
  readonly historyUsage: () => Promise<HistoryUsage>;
  readonly limits: () => StorageLimits;
  readonly targets: () => readonly string[];
  readonly clock: Clock;
  /** False: it could not be written into the audit log. */
  readonly note: (act: Act) => Promise<boolean>;
  /** A damaged file is gone. */
  readonly deleted: () => void;
}

/** What people see of the box's storage, and the one thing that they can do about it. */
export interface StorageDesk {
  usage(): Promise<StorageReply>;
  /** `unknown`: there is no damaged file of that name. `notNoted`: the journal could not take the audit line, and nothing was deleted. */
  deleteDamaged(name: string, doer: Doer): Promise<"deleted" | "unknown" | "notNoted">;
}

export function openStorageDesk(parts: StorageDeskParts): StorageDesk {
  const { dataFolder, limits, clock } = parts;
  return {
    async usage() {
      const ballast = new Ballast(dataFolder);
      const { free, size } = spaceOf(dataFolder);
      const [journal, history] = await Promise.all([journalOf(parts), historyOf(parts)]);
      const { fullRate, minutes } = limits();
      return {
        disk: { freeBytes: free, sizeBytes: size },
        ballast: { state: ballast.state(), bytes: ballast.bytes() },
        journal: "problem" in journal ? null : shown(journal, limits()),
        history: "problem" in history ? null : { ...history, fullRateDays: fullRate, minuteDays: minutes },
        damaged: [...damagedIn(dataFolder)],
        generations: generationsIn(dataFolder),
        problem: "problem" in journal ? journal.problem : "problem" in history ? history.problem : null,
      };
    },
    async deleteDamaged(name, doer) {
      const found = damagedIn(dataFolder).find((file) => file.name === name);
      if (found === undefined) return "unknown";
      const act = {
        atMs: clock.wallMs(),
        ...doer,
        action: "storage.delete",
        subject: name,
        detail: "",
        before: `${found.bytes} bytes`,
        after: null,
      };
      if (!(await parts.note(act))) return "notNoted";
      deleteDamaged(dataFolder, name);
      parts.deleted();
      return "deleted";
    },
  };
}

async function journalOf({ journal, targets }: StorageDeskParts): Promise<JournalUsage | { readonly problem: Words }> {
  try {
    return await journal.usage(targets());
  } catch (error) {
    if (!(error instanceof JournalError)) throw error;
    return { problem: error.fault.message };
  }
}

function shown({ fileBytes, bytesUsed, logs, deliveries }: JournalUsage, limits: StorageLimits): StorageReply["journal"] {
  const log = (kind: LogKind) => ({ ...logs[kind], days: limits[kind] });
  return {
    bytes: fileBytes,
    bytesUsed,
    bytesMax: limits.journalMax,
    events: log("events"),
    audit: log("audit"),
    access: log("access"),
    sheets: log("sheets"),
    deliveries: { ...deliveries },
  };
}

async function historyOf({ historyUsage }: StorageDeskParts): Promise<HistoryUsage | { readonly problem: Words }> {
  try {
    return await historyUsage();
  } catch (error) {
    if (error instanceof HistoryError) return { problem: error.words };
    throw error;
  }
}

/** Durable JSON files and how many states before the present one are kept of each. */
function generationsIn(folder: string): StorageReply["generations"] {
  const names = readdirSync(folder).filter((name) => /^[\w-]+\.json(\.[1-9])?$/.test(name));
  const files = Map.groupBy(names, (name) => name.replace(/\.[1-9]$/, ""));
  return [...files]
    .map(([name, all]) => ({ name, older: all.filter((one) => one !== name).length }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
