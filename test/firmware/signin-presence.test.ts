import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { SessionView, UserView } from "../../firmware/contract/people.ts";
import type { Role } from "../../firmware/contract/site.ts";
import { CODE_VALID_MS } from "../../firmware/people/codes.ts";
import { PERSON_IDLE_MS } from "../../firmware/people/sessions.ts";
import { removeToken } from "../../firmware/people/tokens.ts";
import { addUser, removeUser } from "../../firmware/people/users.ts";
import { Follower, openStage, type Stage, until } from "./serve-stage.ts";

const PASSWORD = "tea kettle orbit";
let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.close());

function post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  const all = { "content-type": "application/json", origin: stage.url, ...headers };
  return stage.fetch(path, { method: "POST", body: JSON.stringify(body), headers: all });
}

const cookieOf = (response: Response): string => (response.headers.get("set-cookie") ?? "").split(";", 1)[0] ?? "";
const signIn = async (name: string): Promise<string> => cookieOf(await post("/api/v1/session", { name, password: PASSWORD }));

async function withUser(name: string, role: Role): Promise<string> {
  const made = await addUser(stage.folder, name, role, stage.clock);
  if ("problem" in made) throw new Error(made.problem.en);
  return cookieOf(await post("/api/v1/session/code", { code: made.code, name, password: PASSWORD }));
}

async function sessions(path: string, cookie: string): Promise<readonly SessionView[]> {
  const response = await stage.fetch(path, { headers: { cookie } });
  expect(response.status).toBe(200);
  return (await response.json()).sessions;
}
const ALL = "/api/v1/people/sessions";
const OWN = "/api/v1/session/all";

describe("who is signed in", () => {
  test("an administrator sees everybody, from where, since when and last seen; the cookie cannot be made from it", async () => {
    const wang = await withUser("wang", "administrator");
    await stage.clock.advance(5_000);
    const li = await withUser("li", "viewer");
    await post("/api/v1/session", { token: stage.token.operator });
    const list = await sessions(ALL, wang);
    expect(list.map(({ name, role, kind, isThis }) => [name, role, kind, isThis]).toSorted()).toEqual([
      ["li", "viewer", "person", false],
      ["the operator", "operator", "screen", false],
      ["wang", "administrator", "person", true],
    ]);
    expect(new Set(list.map(({ from }) => from))).toEqual(new Set(["127.0.0.1"]));
    const seen = list.find(({ name }) => name === "li");
    expect(seen?.openedAtMs).toBe(stage.clock.wallMs());
    for (const { id } of list) expect(id).toMatch(/^[0-9a-f]{16}$/);
    expect(JSON.stringify(list)).not.toContain(li.split("=")[1]);
  });

  test("whoever was removed, or left the desk for too long, is not in it", async () => {
    const wang = await withUser("wang", "administrator");
    await withUser("li", "viewer");
    await post("/api/v1/session", { token: stage.token.operator });
    await removeUser(stage.folder, "li", stage.clock);
    await removeToken(stage.folder, "the operator", stage.clock);
    expect((await sessions(ALL, wang)).map(({ name }) => name)).toEqual(["wang"]);
    await withUser("zhou", "viewer");
    await stage.clock.advance(PERSON_IDLE_MS - 1);
    expect((await stage.fetch("/api/v1/session", { headers: { cookie: wang } })).status).toBe(200);
    await stage.clock.advance(1);
    expect((await sessions(ALL, wang)).map(({ name }) => name)).toEqual(["wang"]);
  });

  test("everybody sees their own sessions and nobody else's", async () => {
    await withUser("wang", "administrator");
    const li = await withUser("li", "viewer");
    await signIn("li");
    const own = await sessions(OWN, li);
    expect(own.map(({ name, isThis }) => [name, isThis]).toSorted()).toEqual([
      ["li", false],
      ["li", true],
    ]);
    await post("/api/v1/session", { token: stage.token.viewer });
    const byToken = await (await stage.fetch(OWN, { as: "viewer" })).json();
    expect(byToken.sessions).toMatchObject([{ name: "the viewer", kind: "screen", isThis: false }]);
  });
});

describe("ending a session", () => {
  test("an administrator ends it: its open page closes within a second, others stay, and it is written down", async () => {
    const wang = await withUser("wang", "administrator");
    const li = await withUser("li", "viewer");
    const follower = await new Follower(stage.url, 8, { cookie: li, origin: stage.url }).ready();
    const other = await new Follower(stage.url, 8, { cookie: wang, origin: stage.url }).ready();
    const id = (await sessions(ALL, wang)).find(({ name }) => name === "li")?.id;
    expect((await post(`${ALL}/end`, { id }, { cookie: wang })).status).toBe(204);
    await stage.clock.advance(1_000);
    await until("closed", () => follower.closed !== null);
    expect(follower.closed?.code).toBe(1008);
    expect(other.closed).toBeNull();
    expect((await stage.fetch("/api/v1/session", { headers: { cookie: li } })).status).toBe(401);
    expect(stage.notes.at(-1)).toMatchObject({ by: "wang", from: "127.0.0.1", action: "session.end", subject: "li", detail: "127.0.0.1" });
    const again = await post(`${ALL}/end`, { id }, { cookie: wang });
    expect([again.status, (await again.json()).message.en]).toEqual([422, expect.stringContaining("no such session")]);
  });

  test("one's own elsewhere can be ended, another's cannot", async () => {
    const wang = await withUser("wang", "administrator");
    const here = await withUser("li", "viewer");
    const elsewhere = await signIn("li");
    const idOf = async (path: string, cookie: string): Promise<string> =>
      (await sessions(path, cookie)).find(({ isThis }) => isThis)?.id ?? "";
    expect((await post("/api/v1/session/end", { id: await idOf(OWN, wang) }, { cookie: here })).status).toBe(422);
    expect((await post("/api/v1/session/end", { id: await idOf(OWN, elsewhere) }, { cookie: here })).status).toBe(204);
    const status = async (cookie: string) => (await stage.fetch("/api/v1/session", { headers: { cookie } })).status;
    expect([await status(wang), await status(here), await status(elsewhere)]).toEqual([200, 200, 401]);
  });
});

test("a user who waits for their code is listed with its end", async () => {
  await addUser(stage.folder, "li", "viewer", stage.clock);
  await withUser("wang", "administrator");
  const { users } = (await (await stage.fetch("/api/v1/people", { as: "auditor" })).json()) as { users: UserView[] };
  expect(users).toMatchObject([
    { name: "li", hasPassword: false, codeUntilMs: stage.clock.wallMs() + CODE_VALID_MS },
    { name: "wang", hasPassword: true, codeUntilMs: null },
  ]);
});
