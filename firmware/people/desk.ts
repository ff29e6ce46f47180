import type { Words } from "../contract/alarm.ts";
import type { PeopleView } from "../contract/people.ts";
import type { Role } from "../contract/site.ts";
import type { Clock } from "../platform/clock.ts";
import type { Act } from "./act.ts";
import { type Doer, peopleFile } from "./people-file.ts";
import { addToken, listTokens, removeToken } from "./tokens.ts";
import { addUser, changeRole, listUsers, removeUser, resetUser } from "./users.ts";

type Problem = { readonly problem: Words };
type WithCode = { readonly code: string; readonly expiresAtMs: number } | Problem;

/** What an administrator does about people. Every change carries who asked for it and ends in the audit log. */
export interface PeopleDesk {
  list(): Promise<PeopleView | Problem>;
  addUser(name: string, role: Role, doer: Doer): Promise<WithCode>;
  resetUser(name: string, doer: Doer): Promise<WithCode>;
  changeRole(name: string, role: Role, doer: Doer): Promise<Problem | null>;
  removeUser(name: string, doer: Doer): Promise<Problem | null>;
  addToken(name: string, role: Role, doer: Doer): Promise<{ readonly token: string } | Problem>;
  removeToken(name: string, doer: Doer): Promise<Problem | null>;
}

export function openPeopleDesk(dataFolder: string, clock: Clock): PeopleDesk {
  return {
    async list() {
      const [users, tokens] = await Promise.all([listUsers(dataFolder, clock), listTokens(dataFolder, clock)]);
      if ("problem" in users) return users;
      return "problem" in tokens ? tokens : { users: [...users.users], tokens: [...tokens.tokens] };
    },
    addUser: (name, role, doer) => addUser(dataFolder, name, role, clock, doer),
    resetUser: (name, doer) => resetUser(dataFolder, name, clock, doer),
    changeRole: async (name, role, doer) => problemOf(await changeRole(dataFolder, name, role, clock, doer)),
    removeUser: async (name, doer) => problemOf(await removeUser(dataFolder, name, clock, doer)),
    addToken: (name, role, doer) => addToken(dataFolder, name, role, clock, doer),
    removeToken: async (name, doer) => problemOf(await removeToken(dataFolder, name, clock, doer)),
  };
}

function problemOf(done: object | Problem): Problem | null {
  return "problem" in done ? done : null;
}

/**
 * Moves what was done about people from their file into the journal, oldest first. `record` answers whether it is on the disk; a power
 * cut in between writes a line twice rather than never.
 */
export async function bookActs(dataFolder: string, clock: Clock, record: (acts: readonly Act[]) => Promise<boolean>): Promise<void> {
  const file = peopleFile(dataFolder, clock);
  const found = await file.read();
  if (found.outcome !== "read" || found.data.acts.length === 0) return;
  const { acts } = found.data;
  if (!(await record(acts))) return;
  await file.update((people) => ({ next: { ...people, acts: people.acts.slice(acts.length) } }));
}
