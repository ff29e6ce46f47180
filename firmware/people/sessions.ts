import { createHash, randomBytes } from "node:crypto";
import { join } from "node:path";
import * as z from "zod";
import type { Words } from "../contract/alarm.ts";
import type { Clock } from "../platform/clock.ts";
import { durableJson, type OnDamage } from "../platform/durable-json.ts";

/** A person who has left the desk for so long is signed out; the live stream alone does not count as being there. */
export const PERSON_IDLE_MS = 30 * 60_000;
/** One shift: then a person signs in again, however busy. */
export const PERSON_ABSOLUTE_MS = 12 * 3_600_000;
/** A screen on the wall signs in with a token, which an administrator can remove at any time. */
export const SCREEN_ABSOLUTE_MS = 30 * 24 * 3_600_000;
const SESSIONS_MAX = 1_000;
/** Being there is noted on the disk this often: after a power cut somebody may be signed out that much too early. */
const NOTE_EVERY_MS = 5 * 60_000;
const SECRET_BYTES = 32;

const sessionSchema = z.object({
  sha256: z.string(),
  /** Id of the user or token behind it. */
  owner: z.string(),
  kind: z.enum(["person", "screen"]),
  /** Fingerprint of the password it was opened with: a new password ends it. Empty for tokens. */
  stamp: z.string(),
  /** The address it was opened from. */
  from: z.string().default(""),
  openedAtMs: z.number(),
  seenAtMs: z.number(),
});
export type SessionRecord = z.infer<typeof sessionSchema>;
const fileSchema = z.object({ sessions: z.array(sessionSchema).max(SESSIONS_MAX) });

/** Who is signed in, kept on the box: the cookie carries a number that means nothing elsewhere. Survives a restart. */
export interface Sessions {
  open(opening: Pick<SessionRecord, "owner" | "kind" | "stamp" | "from">): Promise<string>;
  /** Null when there is none or its time is over. `touch`: somebody is there. */
  find(secret: string): SessionRecord | null;
  /** By the hash that `find` gave; for open pages, which do not count as being there. */
  byHash(sha256: string): SessionRecord | null;
  touch(sha256: string): void;
  /** Also those whose time is over, or whose owners are gone. */
  all(): readonly SessionRecord[];
  end(sha256: string): Promise<void>;
  /** Waits for what is on its way to the disk. */
  close(): Promise<void>;
}

export async function openSessions(dataFolder: string, clock: Clock, warn: (words: Words) => void, onDamage?: OnDamage): Promise<Sessions> {
  const file = durableJson(join(dataFolder, "sessions.json"), fileSchema, { sessions: [] }, clock, { onDamage });
  const found = await file.read();
  // An older generation may know a session that was ended since: rather everybody signs in again.
  const whole = found.outcome === "read" && found.passedOver.length === 0 ? found.data.sessions : [];
  const sessions = new Map(whole.map((record) => [record.sha256, record]));
  let notedAtMs = clock.monotonicMs();
  // The wall clock only carries ages over a restart. While the gateway runs a clock that is set ends no session and prolongs none.
  const bornMs = new Map<string, { readonly opened: number; seen: number }>();
  for (const { sha256, openedAtMs, seenAtMs } of whole) bornMs.set(sha256, { opened: sinceStart(openedAtMs), seen: sinceStart(seenAtMs) });
  function sinceStart(atMs: number): number {
    return clock.monotonicMs() - Math.max(0, clock.wallMs() - atMs);
  }
  /** Its times by the wall clock as it tells them now. */
  const dated = (record: SessionRecord): SessionRecord => {
    const born = bornMs.get(record.sha256);
    if (born === undefined) return record;
    const zeroMs = clock.wallMs() - clock.monotonicMs();
    return { ...record, openedAtMs: Math.round(zeroMs + born.opened), seenAtMs: Math.round(zeroMs + born.seen) };
  };

  const isOver = ({ kind, sha256 }: SessionRecord): boolean => {
    const nowMs = clock.monotonicMs();
    const { opened, seen } = bornMs.get(sha256) ?? { opened: nowMs, seen: nowMs };
    const ageMs = nowMs - opened;
    return kind === "screen" ? ageMs >= SCREEN_ABSOLUTE_MS : ageMs >= PERSON_ABSOLUTE_MS || nowMs - seen >= PERSON_IDLE_MS;
  };
  const forget = (sha256: string): boolean => {
    bornMs.delete(sha256);
    return sessions.delete(sha256);
  };
  const byHash = (sha256: string): SessionRecord | null => {
    const record = sessions.get(sha256);
    return record === undefined || isOver(record) ? null : dated(record);
  };
  let writing = Promise.resolve();
  function write(): Promise<void> {
    writing = writing.then(writeNow);
    return writing;
  }
  async function writeNow(): Promise<void> {
    notedAtMs = clock.monotonicMs();
    for (const [sha256, record] of sessions) if (isOver(record)) forget(sha256);
    const written = await file.update(() => ({ next: { sessions: [...sessions.values()].map(dated) } }));
    // The disk's trouble must not keep anybody from looking at the room: the session then lasts as long as the gateway runs.
    if (written.outcome === "refused") warn(written.problem);
  }

  return {
    byHash,
    find: (secret) => byHash(hashOf(secret)),
    async open(opening) {
      const secret = randomBytes(SECRET_BYTES).toString("base64url");
      const [oldest] = sessions.keys();
      if (sessions.size >= SESSIONS_MAX && oldest !== undefined) forget(oldest);
      const nowMs = clock.wallMs();
      const sha256 = hashOf(secret);
      sessions.set(sha256, { sha256, ...opening, openedAtMs: nowMs, seenAtMs: nowMs });
      bornMs.set(sha256, { opened: clock.monotonicMs(), seen: clock.monotonicMs() });
      await write();
      return secret;
    },
    touch(sha256) {
      const born = bornMs.get(sha256);
      if (born === undefined) return;
      born.seen = clock.monotonicMs();
      if (clock.monotonicMs() - notedAtMs < NOTE_EVERY_MS) return;
      notedAtMs = clock.monotonicMs();
      void write();
    },
    all: () => [...sessions.values()].map(dated),
    close: () => writing,
    async end(sha256) {
      if (forget(sha256)) await write();
    },
  };
}

function hashOf(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}
