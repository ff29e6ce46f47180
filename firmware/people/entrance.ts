import { createHash } from "node:crypto";
import type { Words } from "../contract/alarm.ts";
import type { Clock } from "../platform/clock.ts";
import type { Act } from "./act.ts";
import { Allowance } from "./allowance.ts";
import { Attempts, type Key, LIMITS } from "./attempts.ts";
import { type Passwords, weakness } from "./passwords.ts";
import type { Doer, UserRecord } from "./people-file.ts";
import { PERSON_ABSOLUTE_MS, SCREEN_ABSOLUTE_MS, type Sessions } from "./sessions.ts";
import type { Person, TokenBook } from "./token-book.ts";
import { behindCode, changePassword, redeemCode } from "./users.ts";

/** Ids of persons who are known by a session begin with it. */
export const SESSION_ID = "session/";
/** Failed sign-ins that are written down; what goes beyond is guessing, and the lines that are written tell of it. */
const FAILURES_NOTED = { perMinute: 30, perDay: 400 } as const;

export interface SignedIn {
  readonly person: Person;
  /** For the cookie. */
  readonly secret: string;
  readonly maxAgeMs: number;
}
/** `waitMs` is set for `tooManyAttempts` and `busy`; `message` says more than the code can. */
export interface Turned {
  readonly turned: "wrongToken" | "wrongPassword" | "tooManyAttempts" | "busy" | "unfit";
  readonly waitMs?: number;
  readonly message?: Words;
}

/** Where people come in: tokens, names with passwords, one-time codes; and how sessions begin and end. */
export interface Entrance {
  byToken(token: string): Promise<Person | null>;
  /** `isPresent`: a person did something, other than leaving a page open that asks by itself. */
  bySession(secret: string, isPresent: boolean): Promise<Person | null>;
  /** Null as soon as the token was removed, the session ended, or the account or its password changed. */
  stillValid(id: string): Promise<Person | null>;
  signInWithToken(token: string, from: string): Promise<SignedIn | Turned>;
  signIn(name: string, password: string, from: string): Promise<SignedIn | Turned>;
  redeem(asked: { readonly code: string; readonly name: string; readonly password: string }, from: string): Promise<SignedIn | Turned>;
  changePassword(person: Person, current: string, next: string, from: string): Promise<SignedIn | Turned>;
  signOut(person: Person, from: string): Promise<void>;
}

export interface EntranceParts {
  readonly dataFolder: string;
  readonly clock: Clock;
  readonly book: TokenBook;
  readonly sessions: Sessions;
  readonly passwords: Passwords;
  /** Writes down who came, who was turned away, and who left. */
  readonly note: (act: Act) => unknown;
}

export function openEntrance(parts: EntranceParts): Entrance {
  return new Door(parts);
}

class Door implements Entrance {
  readonly #parts: EntranceParts;
  readonly #attempts: Attempts;
  readonly #failures: Allowance;

  constructor(parts: EntranceParts) {
    this.#parts = parts;
    this.#attempts = new Attempts(parts.clock);
    this.#failures = new Allowance(parts.clock, FAILURES_NOTED);
  }

  byToken(token: string): Promise<Person | null> {
    return this.#parts.book.find(token);
  }

  async bySession(secret: string, isPresent: boolean): Promise<Person | null> {
    const record = this.#parts.sessions.find(secret);
    if (record === null) return null;
    const person = await this.stillValid(`${SESSION_ID}${record.sha256}`);
    if (person !== null && isPresent) this.#parts.sessions.touch(record.sha256);
    return person;
  }

  async stillValid(id: string): Promise<Person | null> {
    const { book, sessions } = this.#parts;
    if (!id.startsWith(SESSION_ID)) return book.stillValid(id);
    const record = sessions.byHash(id.slice(SESSION_ID.length));
    if (record === null) return null;
    if (record.kind === "screen") {
      const person = await book.stillValid(record.owner);
      return person === null ? null : { ...person, id };
    }
    const user = await book.user(record.owner);
    return user === null || user.password === null || stampOf(user.password) !== record.stamp
      ? null
      : { id, name: user.name, role: user.role };
  }

  async signInWithToken(token: string, from: string): Promise<SignedIn | Turned> {
    const { book, sessions } = this.#parts;
    const person = await book.find(token);
    if (person === null) {
      this.#noteFailure("token", from, "wrong token");
      return { turned: "wrongToken" };
    }
    const secret = await sessions.open({ owner: person.id, kind: "screen", stamp: "", from });
    this.#note({ by: person.name, from }, "session.open", person.name, "token");
    return { person, secret, maxAgeMs: SCREEN_ABSOLUTE_MS };
  }

  async signIn(name: string, password: string, from: string): Promise<SignedIn | Turned> {
    const keys = keysOf(name, from);
    const waitMs = this.#attempts.begin(keys);
    if (waitMs > 0) return { turned: "tooManyAttempts", waitMs };
    const user = await this.#parts.book.userNamed(name);
    const isRight = await this.#parts.passwords.isRight(password, user?.password ?? null);
    if (isRight === null) return this.#busy(keys);
    if (!isRight || user === null) {
      this.#noteFailure(name, from, this.#attempts.isLocked(keys) ? "wrong password; locked" : "wrong password");
      return { turned: "wrongPassword" };
    }
    this.#attempts.succeeded(keys);
    return this.#letIn(user, from, "password");
  }

  async redeem(
    asked: { readonly code: string; readonly name: string; readonly password: string },
    from: string,
  ): Promise<SignedIn | Turned> {
    const { book, passwords, dataFolder, clock } = this.#parts;
    const keys: readonly Key[] = [{ key: `code@${from}`, limits: LIMITS.nameAtAddress }];
    const waitMs = this.#attempts.begin(keys);
    if (waitMs > 0) return { turned: "tooManyAttempts", waitMs };
    const behind = behindCode(await book.people(), asked.code, clock.wallMs());
    if (behind === null) this.#noteFailure("one-time code", from, "wrong code");
    else this.#attempts.succeeded(keys);
    const unfit = behind === null ? null : weakness(asked.password, behind.user?.name ?? asked.name);
    if (unfit !== null) return { turned: "unfit", message: unfit };
    // A code that nobody knows costs as little as possible: it is refused by the file, with the words for it.
    const hash = behind === null ? "" : await passwords.hash(asked.password);
    if (hash === null) return this.#busy([]);
    const done = await redeemCode(dataFolder, { ...asked, password: hash }, clock, from);
    return "problem" in done ? { turned: "unfit", message: done.problem } : this.#letIn(done.changed, from, "one-time code");
  }

  async changePassword(person: Person, current: string, next: string, from: string): Promise<SignedIn | Turned> {
    const { book, passwords, dataFolder, clock } = this.#parts;
    const keys = keysOf(person.name, from);
    const waitMs = this.#attempts.begin(keys);
    if (waitMs > 0) return { turned: "tooManyAttempts", waitMs };
    const user = person.id.startsWith(SESSION_ID) ? await book.userNamed(person.name) : null;
    const isRight = await passwords.isRight(current, user?.password ?? null);
    if (isRight === null) return this.#busy(keys);
    if (!isRight || user === null) {
      this.#noteFailure(person.name, from, "wrong password at a change of password");
      return { turned: "wrongPassword" };
    }
    this.#attempts.succeeded(keys);
    const unfit = weakness(next, user.name);
    if (unfit !== null) return { turned: "unfit", message: unfit };
    const hash = await passwords.hash(next);
    if (hash === null) return this.#busy([]);
    const change = { name: user.name, before: user.password, after: hash };
    const done = await changePassword(dataFolder, change, clock, { by: user.name, from });
    return "problem" in done ? { turned: "unfit", message: done.problem } : this.#letIn(done.changed, from, "new password");
  }

  async signOut(person: Person, from: string): Promise<void> {
    if (!person.id.startsWith(SESSION_ID)) return;
    await this.#parts.sessions.end(person.id.slice(SESSION_ID.length));
    this.#note({ by: person.name, from }, "session.close", person.name, "");
  }

  async #letIn(user: UserRecord, from: string, how: string): Promise<SignedIn> {
    const secret = await this.#parts.sessions.open({ owner: user.id, kind: "person", stamp: stampOf(user.password ?? ""), from });
    this.#note({ by: user.name, from }, "session.open", user.name, how);
    return { person: { id: user.id, name: user.name, role: user.role }, secret, maxAgeMs: PERSON_ABSOLUTE_MS };
  }

  #busy(keys: readonly Key[]): Turned {
    this.#attempts.abandoned(keys);
    return { turned: "busy", waitMs: 2_000 };
  }

  #noteFailure(name: string, from: string, detail: string): void {
    const leftOut = this.#failures.take();
    if (leftOut !== null) this.#note({ by: "", from }, "session.refused", name, `${detail}${leftOut}`);
  }

  #note(doer: Doer, action: string, subject: string, detail: string): void {
    this.#parts.note({ atMs: this.#parts.clock.wallMs(), ...doer, action, subject, detail, before: null, after: null });
  }
}

function keysOf(name: string, from: string): readonly Key[] {
  const clean = name.normalize("NFC").toLowerCase();
  return [
    { key: `${clean}@${from}`, limits: LIMITS.nameAtAddress },
    { key: `@${from}`, limits: LIMITS.address },
    { key: clean, limits: LIMITS.name },
  ];
}

function stampOf(password: string): string {
  return createHash("sha256").update(password).digest("hex").slice(0, 16);
}
