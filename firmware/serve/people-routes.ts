import {
  changePasswordSchema,
  codeReplySchema,
  namedRoleSchema,
  namedSchema,
  networkReplySchema,
  peopleReplySchema,
  redeemSchema,
  sessionIdSchema,
  sessionsReplySchema,
  signInSchema,
  tokenReplySchema,
} from "../contract/people.ts";
import { sessionSchema } from "../contract/site.ts";
import type { PeopleDesk } from "../people/desk.ts";
import type { Doer } from "../people/people-file.ts";
import type { Presence } from "../people/presence.ts";
import type { Person } from "../people/token-book.ts";
import type { Gate } from "./gate.ts";
import { Refusal } from "./refusals.ts";
import { type Caller, type Route, route } from "./routes.ts";

interface PeopleParts {
  readonly people: PeopleDesk;
  readonly presence: Presence;
  readonly gate: Pick<Gate, "allow" | "refused">;
}

/** Signing in and out, and an administrator's work on users, tokens and sessions. */
export function peopleRoutes({ people, presence, gate }: PeopleParts): readonly Route[] {
  return [...session(), ...ownSessions(presence), ...users(people), ...tokens(people), ...allSessions(presence), network(gate)];
}

const shown = ({ name, role }: Person) => ({ name, role });
const orRefusal = (found: Person | Refusal) => (found instanceof Refusal ? found : shown(found));

/** On routes that are not open there is always a person. */
export function personOf({ person }: Caller): Person {
  if (person === null) throw new Error("a route that is not open was reached by nobody");
  return person;
}

export function doerOf(caller: Caller): Doer {
  return { by: personOf(caller).name, from: caller.from };
}

function orNotAccepted<Done extends object>(done: Done | { readonly problem: { zh: string; en: string } }): Done | Refusal {
  return "problem" in done ? new Refusal("notAccepted", { message: done.problem }) : done;
}

function session(): readonly Route[] {
  return [
    route({
      method: "GET",
      path: "/api/v1/session",
      summary: "Who am I?",
      access: "room.see",
      reply: sessionSchema,
      answer: (_, caller) => shown(personOf(caller)),
    }),
    route({
      method: "POST",
      path: "/api/v1/session",
      summary: "Signs a browser in and sets the session cookie (HttpOnly, SameSite=Strict). Failures are slowed down, then locked.",
      access: "open",
      body: signInSchema,
      reply: sessionSchema,
      refusals: ["wrongToken", "wrongPassword", "tooManyAttempts", "busy"],
      answer: async ({ body }, caller) =>
        orRefusal("token" in body ? await caller.signInWithToken(body.token) : await caller.signIn(body.name, body.password)),
    }),
    route({
      method: "POST",
      path: "/api/v1/session/code",
      summary: "Uses up a one-time code: makes the first administrator, or sets one's own password. Signs in.",
      access: "open",
      body: redeemSchema,
      reply: sessionSchema,
      refusals: ["notAccepted", "tooManyAttempts", "busy"],
      answer: async ({ body }, caller) => orRefusal(await caller.redeem(body)),
    }),
    route({
      method: "POST",
      path: "/api/v1/session/password",
      summary: "Changes one's own password. Every other session of the same person ends.",
      access: "password.change",
      body: changePasswordSchema,
      reply: sessionSchema,
      refusals: ["wrongPassword", "notAccepted", "busy"],
      answer: async ({ body }, caller) => orRefusal(await caller.changePassword(body.current, body.next)),
    }),
    route({
      method: "DELETE",
      path: "/api/v1/session",
      summary: "Signs this browser out: the session ends on the gateway too. A token stays valid for other places.",
      access: "open",
      answer: (_, caller) => caller.signOut(),
    }),
  ];
}

function users(desk: PeopleDesk): readonly Route[] {
  return [
    route({
      method: "GET",
      path: "/api/v1/people",
      summary: "Users and tokens with their roles.",
      access: "people.see",
      reply: peopleReplySchema,
      refusals: ["notAccepted"],
      answer: async () => orNotAccepted(await desk.list()),
    }),
    route({
      method: "POST",
      path: "/api/v1/people/users",
      summary: "Enters a user. The code in the answer lets them choose their password, once and within a day.",
      access: "people.change",
      body: namedRoleSchema,
      reply: codeReplySchema,
      refusals: ["notAccepted"],
      answer: async ({ body: { name, role } }, caller) => orNotAccepted(await desk.addUser(name, role, doerOf(caller))),
    }),
    route({
      method: "POST",
      path: "/api/v1/people/users/reset",
      summary: "Takes a user's password away and gives a code for a new one; their sessions end.",
      access: "people.change",
      body: namedSchema,
      reply: codeReplySchema,
      refusals: ["notAccepted"],
      answer: async ({ body: { name } }, caller) => orNotAccepted(await desk.resetUser(name, doerOf(caller))),
    }),
    route({
      method: "POST",
      path: "/api/v1/people/users/role",
      summary: "Changes a user's role, from the next request on.",
      access: "people.change",
      body: namedRoleSchema,
      refusals: ["notAccepted"],
      answer: async ({ body: { name, role } }, caller) => refusalFor(await desk.changeRole(name, role, doerOf(caller))),
    }),
    route({
      method: "POST",
      path: "/api/v1/people/users/remove",
      summary: "Ends a user's account and sessions. The last administrator stays.",
      access: "people.change",
      body: namedSchema,
      refusals: ["notAccepted"],
      answer: async ({ body: { name } }, caller) => refusalFor(await desk.removeUser(name, doerOf(caller))),
    }),
  ];
}

function tokens(desk: PeopleDesk): readonly Route[] {
  return [
    route({
      method: "POST",
      path: "/api/v1/people/tokens",
      summary: "Makes a token for a program or a wall screen.",
      access: "people.change",
      body: namedRoleSchema,
      reply: tokenReplySchema,
      refusals: ["notAccepted"],
      answer: async ({ body: { name, role } }, caller) => orNotAccepted(await desk.addToken(name, role, doerOf(caller))),
    }),
    route({
      method: "POST",
      path: "/api/v1/people/tokens/remove",
      summary: "Ends a token, and every open page of its owner.",
      access: "people.change",
      body: namedSchema,
      refusals: ["notAccepted"],
      answer: async ({ body: { name } }, caller) => refusalFor(await desk.removeToken(name, doerOf(caller))),
    }),
  ];
}

function refusalFor(done: { readonly problem: { zh: string; en: string } } | null): Refusal | undefined {
  return done === null ? undefined : new Refusal("notAccepted", { message: done.problem });
}

function ownSessions(presence: Presence): readonly Route[] {
  return [
    route({
      method: "GET",
      path: "/api/v1/session/all",
      summary: "Where I am signed in.",
      access: "room.see",
      reply: sessionsReplySchema,
      answer: async (_, caller) => ({ sessions: [...(await presence.own(personOf(caller)))] }),
    }),
    route({
      method: "POST",
      path: "/api/v1/session/end",
      summary: "Ends one of my own sessions.",
      access: "password.change",
      body: sessionIdSchema,
      refusals: ["notAccepted"],
      answer: async ({ body: { id } }, caller) => endedOr(await presence.end(id, personOf(caller), doerOf(caller), "own")),
    }),
  ];
}

function allSessions(presence: Presence): readonly Route[] {
  return [
    route({
      method: "GET",
      path: "/api/v1/people/sessions",
      summary: "Who is signed in now, from where and since when.",
      access: "people.see",
      reply: sessionsReplySchema,
      answer: async (_, caller) => ({ sessions: [...(await presence.all(personOf(caller)))] }),
    }),
    route({
      method: "POST",
      path: "/api/v1/people/sessions/end",
      summary: "Ends somebody's session; their open pages close within a second.",
      access: "people.change",
      body: sessionIdSchema,
      refusals: ["notAccepted"],
      answer: async ({ body: { id } }, caller) => endedOr(await presence.end(id, personOf(caller), doerOf(caller), "any")),
    }),
  ];
}

function network(gate: PeopleParts["gate"]): Route {
  return route({
    method: "GET",
    path: "/api/v1/people/network",
    summary: "Which addresses may connect, and how many connections were turned away.",
    access: "people.see",
    reply: networkReplySchema,
    answer: () => ({ allow: gate.allow === null ? null : [...gate.allow], refused: gate.refused }),
  });
}

function endedOr(done: boolean): Refusal | undefined {
  const message = {
    zh: "该登录已不存在：可能刚刚结束。请刷新列表。",
    en: "There is no such session: it may have ended just now. Refresh the list.",
  };
  return done ? undefined : new Refusal("notAccepted", { message });
}
