import type { SessionView } from "../contract/people.ts";
import type { Act } from "./act.ts";
import type { Entrance } from "./entrance.ts";
import { SESSION_ID } from "./entrance.ts";
import type { Doer } from "./people-file.ts";
import type { SessionRecord, Sessions } from "./sessions.ts";
import type { Person } from "./token-book.ts";

/** Enough of the hash to tell sessions apart; the cookie cannot be made from it. */
const ID_LENGTH = 16;

/** Who is signed in now, and how to end it: for administrators all sessions, for everybody their own. */
export interface Presence {
  /** Those that were seen last come first. `viewer` marks the session that asks. */
  all(viewer: Person): Promise<readonly SessionView[]>;
  own(viewer: Person): Promise<readonly SessionView[]>;
  /** False: there is no such session, or it is somebody else's and only one's own may be ended. Open pages close within a second. */
  end(id: string, viewer: Person, doer: Doer, which: "any" | "own"): Promise<boolean>;
}

export function openPresence(parts: {
  readonly sessions: Pick<Sessions, "all" | "byHash" | "end">;
  readonly entrance: Pick<Entrance, "stillValid">;
  readonly clock: { wallMs(): number };
  readonly note: (act: Act) => unknown;
}): Presence {
  const { sessions, entrance, clock, note } = parts;

  const ownerOf = ({ id }: Person): string =>
    id.startsWith(SESSION_ID) ? (sessions.byHash(id.slice(SESSION_ID.length))?.owner ?? "") : id;

  async function view(records: readonly SessionRecord[], viewer: Person): Promise<readonly SessionView[]> {
    const views = await Promise.all(
      records.map(async ({ sha256, kind, from, openedAtMs, seenAtMs }): Promise<readonly SessionView[]> => {
        const person = await entrance.stillValid(`${SESSION_ID}${sha256}`);
        if (person === null) return [];
        const isThis = viewer.id === `${SESSION_ID}${sha256}`;
        return [{ id: sha256.slice(0, ID_LENGTH), name: person.name, role: person.role, kind, from, openedAtMs, seenAtMs, isThis }];
      }),
    );
    return views.flat().sort((one, other) => other.seenAtMs - one.seenAtMs);
  }

  return {
    all: (viewer) => view(sessions.all(), viewer),
    own: (viewer) => view(ownSessions(viewer), viewer),
    async end(id, viewer, doer, which) {
      const candidates = which === "any" ? sessions.all() : ownSessions(viewer);
      const record = candidates.find(({ sha256 }) => sha256.slice(0, ID_LENGTH) === id);
      const person = record === undefined ? null : await entrance.stillValid(`${SESSION_ID}${record.sha256}`);
      if (record === undefined || person === null) return false;
      await sessions.end(record.sha256);
      note({ atMs: clock.wallMs(), ...doer, action: "session.end", subject: person.name, detail: record.from, before: null, after: null });
      return true;
    },
  };

  function ownSessions(viewer: Person): readonly SessionRecord[] {
    const owner = ownerOf(viewer);
    return sessions.all().filter((record) => record.owner === owner);
  }
}
