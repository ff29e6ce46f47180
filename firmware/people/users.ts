import type { Restamp } from "../alarms/restamp.ts";
import type { Words } from "../contract/alarm.ts";
import type { UserView } from "../contract/people.ts";
import type { Role } from "../contract/site.ts";
import type { Clock } from "../platform/clock.ts";
import { CODE_VALID_MS, isCode, newCode } from "./codes.ts";
import {
  badName,
  CONSOLE,
  type CodeRecord,
  cleanName,
  type Doer,
  type People,
  peopleFile,
  sameName,
  USERS_MAX,
  type UserRecord,
  withAct,
} from "./people-file.ts";

type Changed = { readonly changed: UserRecord } | { readonly problem: Words };

/** The time of day became known: codes that were given in this boot are good for as long as was said. */
export async function restampCodes(dataFolder: string, { beganMs, offsetMs }: Restamp, clock: Clock): Promise<Words | null> {
  const right = (code: CodeRecord | null): CodeRecord | null =>
    code === null || code.expiresAtMs - CODE_VALID_MS < beganMs ? code : { ...code, expiresAtMs: code.expiresAtMs + offsetMs };
  const update = await peopleFile(dataFolder, clock).update((people) => ({
    next: { ...people, firstCode: right(people.firstCode), users: people.users.map((user) => ({ ...user, code: right(user.code) })) },
  }));
  return update.outcome === "refused" ? update.problem : null;
}

type WithCode = { readonly code: string; readonly expiresAtMs: number } | { readonly problem: Words };

/** Enters somebody new. The code, shown this once, lets them choose their own password. */
export async function addUser(dataFolder: string, name: string, role: Role, clock: Clock, doer: Doer = CONSOLE): Promise<WithCode> {
  const clean = cleanName(name);
  if (clean === null) return { problem: badName() };
  const { code, record } = newCode(clock.wallMs());
  const user: UserRecord = { id: clock.uuid(), name: clean, role, createdAtMs: clock.wallMs(), password: null, code: record };
  const update = await peopleFile(dataFolder, clock).update((people) => {
    if (people.users.some((other) => sameName(other.name, clean))) return { problem: nameTaken(clean) };
    if (people.users.length >= USERS_MAX) return { problem: tooMany() };
    const act = { atMs: clock.wallMs(), action: "user.add", subject: clean, detail: "", before: null, after: role };
    return withAct({ ...people, users: [...people.users, user] }, doer, act);
  });
  return update.outcome === "written" ? { code, expiresAtMs: record.expiresAtMs } : { problem: update.problem };
}

/** Takes the password away and gives a code for a new one; whoever is signed in under this name is signed out. */
export async function resetUser(dataFolder: string, name: string, clock: Clock, doer: Doer = CONSOLE): Promise<WithCode> {
  const { code, record } = newCode(clock.wallMs());
  const done = await change(dataFolder, name, clock, doer, (user) => ({
    user: { ...user, password: null, code: record },
    act: { action: "user.reset", before: null, after: null },
  }));
  return "problem" in done ? done : { code, expiresAtMs: record.expiresAtMs };
}

/** Ends an account, and everything that is signed in under it. The last administrator stays. */
export function removeUser(dataFolder: string, name: string, clock: Clock, doer: Doer = CONSOLE): Promise<Changed> {
  return change(dataFolder, name, clock, doer, ({ role }) => ({ user: null, act: { action: "user.remove", before: role, after: null } }));
}

/** The new role counts from the next request on. */
export function changeRole(dataFolder: string, name: string, role: Role, clock: Clock, doer: Doer = CONSOLE): Promise<Changed> {
  return change(dataFolder, name, clock, doer, (user) => ({
    user: { ...user, role },
    act: { action: "user.role", before: user.role, after: role },
  }));
}

/** Writes a new password hash, when the old one is still the one that was checked. */
export function changePassword(
  dataFolder: string,
  { name, before, after }: { readonly name: string; readonly before: string | null; readonly after: string },
  clock: Clock,
  doer: Doer,
): Promise<Changed> {
  return change(dataFolder, name, clock, doer, (user) =>
    user.password === before
      ? { user: { ...user, password: after, code: null }, act: { action: "user.password", before: null, after: null } }
      : { problem: nothingBehind(name) },
  );
}

/** Uses up a one-time code: the first administrator's, which makes the account, or somebody's own. */
export async function redeemCode(
  dataFolder: string,
  { code, name, password }: { readonly code: string; readonly name: string; readonly password: string },
  clock: Clock,
  from: string,
): Promise<Changed> {
  const changed: UserRecord[] = [];
  const nowMs = clock.wallMs();
  const update = await peopleFile(dataFolder, clock).update((people) => {
    const found = behindCode(people, code, nowMs);
    const clean = cleanName(found?.user?.name ?? name);
    if (found === null || clean === null) return { problem: found === null ? codeUnknown() : badName() };
    if (found.user === null && people.users.some((other) => sameName(other.name, clean))) return { problem: nameTaken(clean) };
    const user: UserRecord = found.user ?? {
      id: clock.uuid(),
      name: clean,
      role: "administrator",
      createdAtMs: nowMs,
      password: null,
      code: null,
    };
    const ready = { ...user, password, code: null };
    changed.push(ready);
    const users = [...people.users.filter(({ id }) => id !== user.id), ready];
    const action = found.user === null ? "user.first" : "user.password";
    const act = { atMs: nowMs, action, subject: clean, detail: "", before: null, after: found.user === null ? user.role : null };
    return withAct({ ...people, users, firstCode: found.user === null ? null : people.firstCode }, { by: clean, from }, act);
  });
  const [user] = changed;
  if (update.outcome === "refused") return { problem: update.problem };
  return user === undefined ? { problem: codeUnknown() } : { changed: user };
}

/** Whose code this is; `user` is null for the first administrator's. Null when it is nobody's. */
export function behindCode(people: People, code: string, nowMs: number): { readonly user: UserRecord | null } | null {
  if (isCode(code, people.firstCode, nowMs)) return { user: null };
  const user = people.users.find((candidate) => isCode(code, candidate.code, nowMs));
  return user === undefined ? null : { user };
}

/** A code for the first administrator of a box that has none who could sign in; null when there is one. */
export async function firstCode(dataFolder: string, clock: Clock): Promise<string | null | { readonly problem: Words }> {
  const file = peopleFile(dataFolder, clock);
  const found = await file.read();
  if (found.outcome === "damaged") return { problem: found.problem };
  if (found.outcome === "read" && found.data.users.some(isWorkingAdministrator)) return null;
  const { code, record } = newCode(clock.wallMs());
  const update = await file.update((people) => ({ next: { ...people, firstCode: record } }));
  return update.outcome === "written" ? code : { problem: update.problem };
}

export async function listUsers(
  dataFolder: string,
  clock: Clock,
): Promise<{ readonly users: readonly UserView[] } | { readonly problem: Words }> {
  const found = await peopleFile(dataFolder, clock).read();
  if (found.outcome === "damaged") return { problem: found.problem };
  return { users: found.outcome === "absent" ? [] : found.data.users.map(viewOf) };
}

export function viewOf({ name, role, createdAtMs, password, code }: UserRecord): UserView {
  return { name, role, createdAtMs, hasPassword: password !== null, codeUntilMs: code?.expiresAtMs ?? null };
}

type Step =
  | {
      readonly user: UserRecord | null;
      readonly act: { readonly action: string; readonly before: string | null; readonly after: string | null };
    }
  | { readonly problem: Words };

async function change(dataFolder: string, name: string, clock: Clock, doer: Doer, step: (user: UserRecord) => Step): Promise<Changed> {
  const changed: UserRecord[] = [];
  const update = await peopleFile(dataFolder, clock).update((people) => {
    const user = people.users.find((candidate) => sameName(candidate.name, name));
    if (user === undefined) return { problem: noSuchName(name) };
    const next = step(user);
    if ("problem" in next) return next;
    const users = people.users.flatMap((other) => (other.id === user.id ? (next.user ?? []) : other));
    if (isWorkingAdministrator(user) && !users.some(isWorkingAdministrator)) return { problem: lastAdministrator(user.name) };
    changed.push(next.user ?? user);
    return withAct({ ...people, users }, doer, { atMs: clock.wallMs(), subject: user.name, detail: "", ...next.act });
  });
  const [user] = changed;
  if (update.outcome === "refused") return { problem: update.problem };
  return user === undefined ? { problem: noSuchName(name) } : { changed: user };
}

function isWorkingAdministrator({ role, password }: UserRecord): boolean {
  return role === "administrator" && password !== null;
}

function nameTaken(name: string): Words {
  return {
    zh: `已有名为 \`${name}\` 的用户。请换一个登录名，或为该用户重设密码。`,
    en: `There is a user named \`${name}\` already. Choose another name, or reset that user's password.`,
  };
}

function noSuchName(name: string): Words {
  return {
    zh: `没有名为 \`${name}\` 的用户。用 \`roomward user list\` 查看现有用户。`,
    en: `There is no user named \`${name}\`. \`roomward user list\` shows who there is.`,
  };
}

function nothingBehind(name: string): Words {
  return {
    zh: `\`${name}\` 的密码刚被他人修改，本次未生效。请重新登录后再试。`,
    en: `The password of \`${name}\` was changed by somebody else just now; nothing was done. Sign in again and try once more.`,
  };
}

function codeUnknown(): Words {
  return {
    zh: "一次性代码无效、已使用或已过期。请重启网关以取得新的首个管理员代码，或请管理员重设您的密码。",
    en: "This one-time code is not known, was used, or has run out. Restart the gateway for a new first code, or have an administrator reset your password.",
  };
}

function lastAdministrator(name: string): Words {
  return {
    zh: `\`${name}\` 是最后一位能登录的管理员，未作更改。请先指定另一位管理员。`,
    en: `\`${name}\` is the last administrator who can sign in; nothing was changed. Make somebody else an administrator first.`,
  };
}

function tooMany(): Words {
  return {
    zh: `用户已达上限 ${USERS_MAX} 个。请先删除不再使用的用户。`,
    en: `There are ${USERS_MAX} users, which is the limit. Remove those that are no longer needed.`,
  };
}
