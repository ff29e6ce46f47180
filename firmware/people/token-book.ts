import { stat } from "node:fs/promises";
import type { Words } from "../contract/alarm.ts";
import type { Role } from "../contract/site.ts";
import type { Clock } from "../platform/clock.ts";
import { isAbsent, type OnDamage } from "../platform/durable-json.ts";
import { NOBODY, type People, peopleFile, sameName, type TokenRecord, type UserRecord } from "./people-file.ts";
import { hashToken, passedOverWarning, TOKEN_PREFIX } from "./tokens.ts";

/** Longer than any token of ours: nothing longer is worth hashing. */
const TOKEN_LENGTH_MAX = 128;

/** Who stands behind a request. `id` stays the same as long as what they showed is good. */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
}

/** The people as the running gateway sees them. Follows the file, which the command line may change at any time. */
export interface TokenBook {
  /** The person behind a token; null when nobody is. Looked up by hash, so the time it takes says nothing about the token. */
  find(token: string): Promise<Person | null>;
  /** The person behind a token found earlier; null as soon as the token was removed. */
  stillValid(id: string): Promise<Person | null>;
  user(id: string): Promise<UserRecord | null>;
  userNamed(name: string): Promise<UserRecord | null>;
  people(): Promise<People>;
}

/**
 * `warn` hears once about every damaged state of the file. Without a whole file nobody gets in; while the disk does not give it out at all
 * (a pulled or failing card), whoever was known stays known: the wall goes on showing the room.
 */
export function openTokenBook(dataFolder: string, clock: Clock, warn: (words: Words) => void, onDamage?: OnDamage): TokenBook {
  const file = peopleFile(dataFolder, clock, onDamage);
  let seen: string | null = null;
  let people: People = NOBODY;
  let byHash: ReadonlyMap<string, TokenRecord> = new Map();
  let byId: ReadonlyMap<string, TokenRecord> = new Map();
  let reading: Promise<void> | null = null;
  let wasUnreadable = false;

  async function reread(fingerprint: string): Promise<void> {
    const found = await file.read();
    const isUnreadable = found.outcome === "damaged" && found.unreadable;
    if (!isUnreadable) {
      people = found.outcome === "read" ? found.data : NOBODY;
      byHash = new Map(people.tokens.map((record) => [record.sha256, record]));
      byId = new Map(people.tokens.map((record) => [record.id, record]));
    }
    seen = isUnreadable ? null : fingerprint;
    const warning = found.outcome === "damaged" ? found.problem : found.outcome === "read" ? passedOverWarning(found.passedOver) : null;
    if (warning !== null && !(isUnreadable && wasUnreadable)) warn(warning);
    wasUnreadable = isUnreadable;
  }

  /** The fingerprint is taken before the file is read: a change in between is noticed at the next look. */
  async function refresh(): Promise<void> {
    const fingerprint = await fingerprintOf(file.file);
    while (fingerprint !== null && fingerprint !== seen) {
      reading ??= reread(fingerprint).finally(() => {
        reading = null;
      });
      await reading;
      // Asked again at the next look.
      if (wasUnreadable) return;
    }
  }

  return {
    async find(token) {
      if (!token.startsWith(TOKEN_PREFIX) || token.length > TOKEN_LENGTH_MAX) return null;
      await refresh();
      return personOf(byHash.get(hashToken(token)));
    },
    async stillValid(id) {
      await refresh();
      return personOf(byId.get(id));
    },
    async user(id) {
      await refresh();
      return people.users.find((user) => user.id === id) ?? null;
    },
    async userNamed(name) {
      await refresh();
      return people.users.find((user) => sameName(user.name, name)) ?? null;
    },
    async people() {
      await refresh();
      return people;
    },
  };
}

/** Null when the disk does not say. */
async function fingerprintOf(file: string): Promise<string | null> {
  try {
    const found = await stat(file, { bigint: true });
    return `${found.ino}/${found.size}/${found.mtimeNs}`;
  } catch (error) {
    return isAbsent(error) ? "absent" : null;
  }
}

function personOf(record: TokenRecord | undefined): Person | null {
  return record === undefined ? null : { id: record.id, name: record.name, role: record.role };
}
