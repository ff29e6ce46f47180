import type { Words } from "../contract/alarm.ts";
import type { Journal } from "../journal/journal.ts";
import type { Clock } from "../platform/clock.ts";
import type { OnDamage } from "../platform/durable-json.ts";
import { bookActs, openPeopleDesk, type PeopleDesk } from "./desk.ts";
import { type Entrance, openEntrance } from "./entrance.ts";
import { openPasswords } from "./passwords.ts";
import type { Act } from "./people-file.ts";
import { openPresence, type Presence } from "./presence.ts";
import { openSessions } from "./sessions.ts";
import { openTokenBook } from "./token-book.ts";

/** What the command line changed reaches the journal within this time. */
const BOOK_EVERY_MS = 2_000;

/** The people of a running gateway: who may come in, who is in, and what is written down about it. */
export interface OpenPeople {
  readonly entrance: Entrance;
  readonly desk: PeopleDesk;
  readonly presence: Presence;
  /** Writes an act into the audit log; false: the journal could not take it. */
  note(act: Act): Promise<boolean>;
  close(): Promise<void>;
}

export async function openPeople(
  dataFolder: string,
  journal: Journal,
  clock: Clock,
  onTrouble: (words: Words) => void,
  onDamage?: OnDamage,
): Promise<OpenPeople> {
  const book = openTokenBook(dataFolder, clock, onTrouble, onDamage);
  const sessions = await openSessions(dataFolder, clock, onTrouble, onDamage);
  const passwords = openPasswords();

  async function record(audit: readonly Act[]): Promise<boolean> {
    const nothing = { clockTrusted: clock.wallTrusted(), changes: [], eventIds: [], targets: [] };
    const outcome = await journal.commit({ atMs: clock.wallMs(), ...nothing, audit });
    if (!outcome.ok) onTrouble(outcome.message);
    return outcome.ok;
  }

  let booking = Promise.resolve();
  let isBooking = false;
  const bookWhatWaits = async (): Promise<void> => {
    if ((await book.people()).acts.length > 0) await bookActs(dataFolder, clock, record);
  };
  const stop = clock.every(BOOK_EVERY_MS, () => {
    if (isBooking) return;
    isBooking = true;
    booking = bookWhatWaits().finally(() => {
      isBooking = false;
    });
  });

  const note = (act: Act): Promise<boolean> => record([act]);
  const entrance = openEntrance({ dataFolder, clock, book, sessions, passwords, note });
  return {
    entrance,
    desk: openPeopleDesk(dataFolder, clock),
    presence: openPresence({ sessions, entrance, clock, note }),
    note,
    async close() {
      stop();
      await booking;
      await bookWhatWaits();
      await sessions.close();
      await passwords.close();
    },
  };
}
