import type { Words } from "../contract/alarm.ts";
import type { Journal } from "../journal/journal.ts";
import type { Clock } from "../platform/clock.ts";
import { damagedIn, pruneDamaged } from "../platform/damaged.ts";
import type { StorageLimits } from "../site/storage-schema.ts";
import { retentionOf } from "./limits.ts";
import { prunedWords } from "./words.ts";

/** The first readings have the box to themselves. */
const BEGIN_AFTER_MS = 10_000;
const EVERY_MS = 60_000;
/** What was set aside is an alarm within this time. */
const LOOK_EVERY_MS = 5_000;
/** Between two small steps of one round: whoever wants to write comes first. */
const BREATH_MS = 250;
/** On a card that takes its time the pause is so many times what the step took. */
const BREATH_TIMES = 4;

/** The room, as it hears of its storage. */
export interface StorageAudience {
  boxAlarm(condition: "damaged", active: boolean): void;
  journalHealth(by: "keeper", state: "ok" | "failing", detail: Words): void;
}

export interface KeeperParts {
  readonly dataFolder: string;
  readonly journal: Pick<Journal, "tidy">;
  readonly clock: Clock;
  readonly room: StorageAudience;
  /** Of the site as it is now. */
  readonly limits: () => StorageLimits;
  readonly targets: () => readonly string[];
  readonly onTrouble: (words: Words) => void;
}

/** Lets go of what is too old or too much, keeps the ballast, and says what is wrong with the box's files; goes on until `stop`. */
export interface StorageKeeper {
  /** A damaged file was deleted: looks at once. */
  look(): void;
  stop(): Promise<void>;
}

export function keepStorage({ dataFolder, journal, clock, room, limits, targets, onTrouble }: KeeperParts): StorageKeeper {
  const stopping = new AbortController();

  function look(): void {
    try {
      const gone = pruneDamaged(dataFolder);
      if (gone.length > 0) onTrouble(prunedWords(gone));
      room.boxAlarm("damaged", damagedIn(dataFolder).length > 0);
    } catch (error) {
      // A folder that cannot be read is told by the journal in it; what was known of damaged files holds until then.
      if (!(error instanceof Error && "syscall" in error)) throw error;
    }
  }

  async function step(): Promise<boolean> {
    const wallMs = clock.wallMs();
    const day = clock.wallTrusted() ? new Date(wallMs).toISOString().slice(0, 10) : null;
    const outcome = await journal.tidy({ retention: retentionOf(limits()), targets: targets(), day, wallMs });
    if (!outcome.ok && outcome.reason === "stopped") return false;
    room.journalHealth("keeper", outcome.ok ? "ok" : "failing", outcome.ok ? { zh: "", en: "" } : outcome.message);
    return outcome.ok && outcome.more;
  }

  async function run(): Promise<void> {
    await clock.sleep(BEGIN_AFTER_MS, stopping.signal);
    while (!stopping.signal.aborted) {
      const beganMs = clock.monotonicMs();
      const more = await step();
      const breathMs = Math.min(EVERY_MS, Math.max(BREATH_MS, BREATH_TIMES * (clock.monotonicMs() - beganMs)));
      await clock.sleep(more ? breathMs : EVERY_MS, stopping.signal);
    }
  }

  look();
  const endLooking = clock.every(LOOK_EVERY_MS, look);
  const running = run();
  return {
    look,
    async stop() {
      stopping.abort();
      endLooking();
      await running;
    },
  };
}
