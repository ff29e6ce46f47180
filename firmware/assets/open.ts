import type { AlarmRecord, Words } from "../contract/alarm.ts";
import type { Journal } from "../journal/journal.ts";
import type { Clock } from "../platform/clock.ts";
import type { OnDamage } from "../platform/durable-json.ts";
import type { Site } from "../site/model.ts";
import { AssetBook } from "./book.ts";
import { Reminders } from "./reminders.ts";
import { siteDay } from "./subject.ts";

/** A new day, and a clock that was set, are noticed within this time. */
const LOOK_EVERY_MS = 60_000;

export interface AssetOptions {
  readonly site: Site;
  readonly dataFolder: string;
  readonly journal: Pick<Journal, "commit">;
  readonly clock: Clock;
  readonly onTrouble: (words: Words) => void;
  readonly onDamage?: OnDamage;
  /** Where reminders ring. */
  readonly room: { alarms(): readonly AlarmRecord[]; judgeComputed(point: number, value: number): boolean };
}

export interface OpenAssets {
  readonly book: AssetBook;
  /** Begins to remind: once whoever describes alarms knows the book, for what rings is told with what stands in it. */
  remind(): void;
  close(): Promise<void>;
}

/** The asset register of a running gateway, and its reminders. */
export async function openAssets(options: AssetOptions): Promise<OpenAssets> {
  const { site, dataFolder, journal, clock, onTrouble, onDamage, room } = options;
  const book = new AssetBook({
    site,
    dataFolder,
    clock,
    onTrouble,
    onDamage,
    async record(audit) {
      const nothing = { clockTrusted: clock.wallTrusted(), changes: [], eventIds: [], targets: [] };
      const outcome = await journal.commit({ atMs: clock.wallMs(), ...nothing, audit });
      if (!outcome.ok) onTrouble(outcome.message);
      return outcome.ok;
    },
  });
  await book.open();
  await book.obeySiteFile();
  const reminders = new Reminders({
    site,
    assetOf: (device) => book.of(device),
    today: () => siteDay(site.timezone, clock),
    alarms: () => room.alarms(),
    judge: (point, value) => room.judgeComputed(point, value),
  });
  let stop = (): void => {};
  return {
    book,
    remind() {
      reminders.look();
      book.follow(() => reminders.look());
      stop = clock.every(LOOK_EVERY_MS, () => reminders.look());
    },
    async close() {
      stop();
      await book.close();
    },
  };
}
