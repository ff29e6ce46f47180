import { readFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { may, PERMISSIONS } from "../../firmware/contract/permissions.ts";
import { ROLES } from "../../firmware/contract/roles.ts";
import type { Role } from "../../firmware/contract/site.ts";
import type { MonotonicMs } from "../../firmware/contract/time.ts";
import { Attempts, LIMITS, LOCKED_MS } from "../../firmware/people/attempts.ts";
import { CODE_VALID_MS, isCode, newCode } from "../../firmware/people/codes.ts";
import { openPasswords, weakness } from "../../firmware/people/passwords.ts";
import { PERSON_ABSOLUTE_MS, PERSON_IDLE_MS } from "../../firmware/people/sessions.ts";
import { addUser, changeRole, firstCode, listUsers, removeUser, resetUser } from "../../firmware/people/users.ts";
import { systemClock } from "../../firmware/platform/clock.ts";
import { Follower, openStage, type Stage, until } from "./serve-stage.ts";

const PASSWORD = "tea kettle orbit";
const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
});

async function stageOf(): Promise<Stage> {
  const stage = await openStage();
  open.push(stage);
  return stage;
}

function post(stage: Stage, path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  const all = { "content-type": "application/json", origin: stage.url, ...headers };
  return stage.fetch(path, { method: "POST", body: JSON.stringify(body), headers: all });
}

const cookieOf = (response: Response): string => (response.headers.get("set-cookie") ?? "").split(";", 1)[0] ?? "";
const signIn = (stage: Stage, name: string, password: string) => post(stage, "/api/v1/session", { name, password });
const whoAmI = (stage: Stage, cookie: string) => stage.fetch("/api/v1/session", { headers: { cookie } });

/** A user with a password, made the way people are made: by an administrator and a code. */
async function withUser(stage: Stage, name: string, role: Role): Promise<string> {
  const made = await addUser(stage.folder, name, role, stage.clock);
  if ("problem" in made) throw new Error(made.problem.en);
  const response = await post(stage, "/api/v1/session/code", { code: made.code, name, password: PASSWORD });
  expect(response.status).toBe(200);
  return cookieOf(response);
}

describe("the first administrator", () => {
  test("is made with the printed code, once", async () => {
    const stage = await stageOf();
    const code = String(await firstCode(stage.folder, stage.clock));
    const asked = { code: code.toLowerCase().replaceAll("-", " "), name: "wang", password: PASSWORD };
    const response = await post(stage, "/api/v1/session/code", asked);
    expect(await response.json()).toEqual({ name: "wang", role: "administrator" });
    expect((await whoAmI(stage, cookieOf(response))).status).toBe(200);
    const again = await post(stage, "/api/v1/session/code", { ...asked, name: "eve" });
    expect([again.status, (await again.json()).code]).toEqual([422, "notAccepted"]);
    expect(await firstCode(stage.folder, stage.clock)).toBeNull();
  });

  test("is nobody's without the code, after its day, or with a bad password", async () => {
    const stage = await stageOf();
    const code = await firstCode(stage.folder, stage.clock);
    for (const body of [
      { code: "0000-0000-0000-0000", name: "eve", password: PASSWORD },
      { code, name: "wang", password: "short" },
      { code, name: "wang", password: "aaaaaaaaaaaaaa" },
      { code, name: "tea kettle", password: PASSWORD },
      { code, name: " ", password: PASSWORD },
    ])
      expect((await post(stage, "/api/v1/session/code", body)).status).toBe(422);
    await stage.clock.advance(CODE_VALID_MS);
    expect((await post(stage, "/api/v1/session/code", { code, name: "wang", password: PASSWORD })).status).toBe(422);
    expect(await listUsers(stage.folder, stage.clock)).toEqual({ users: [] });
  });

  test("there is no account that nobody made", async () => {
    const stage = await stageOf();
    expect(await listUsers(stage.folder, stage.clock)).toEqual({ users: [] });
    for (const [name, password] of [
      ["admin", "admin"],
      ["root", ""],
      ["administrator", "administrator"],
    ] as const)
      expect((await signIn(stage, name, password)).ok).toBe(false);
  });
});

describe("a password", () => {
  test("is kept as argon2id with its costs, and never as itself", async () => {
    const stage = await stageOf();
    await withUser(stage, "li", "viewer");
    const text = await readFile(join(stage.folder, "people.json"), "utf8");
    expect(text).toMatch(/\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(text).not.toContain(PASSWORD);
    expect(JSON.stringify(stage.notes)).not.toContain(PASSWORD);
  });

  test("that is right opens, in any Unicode form of the name; a wrong one and an unknown name are refused alike", async () => {
    const stage = await stageOf();
    await withUser(stage, "Zoë", "operator");
    expect(await (await signIn(stage, "ZOË".normalize("NFD"), PASSWORD)).json()).toEqual({ name: "Zoë", role: "operator" });
    const wrong = await signIn(stage, "Zoë", "tea kettle orbiT");
    const unknown = await signIn(stage, "nobody", PASSWORD);
    expect([wrong.status, unknown.status]).toEqual([401, 401]);
    expect(await wrong.json()).toEqual(await unknown.json());
  });

  test("hashes on a thread of its own: the loop that polls the wires is not held up", async () => {
    const passwords = openPasswords();
    open.push(passwords);
    const right = await passwords.hash(PASSWORD);
    let longestMs = 0;
    let lastMs = performance.now();
    const beat = setInterval(() => {
      longestMs = Math.max(longestMs, performance.now() - lastMs);
      lastMs = performance.now();
    }, 5);
    const startedMs = performance.now();
    const answers = await Promise.all(Array.from({ length: 12 }, (_, i) => passwords.isRight(i === 5 ? PASSWORD : `guess ${i}`, right)));
    const allMs = performance.now() - startedMs;
    clearInterval(beat);
    expect(answers.filter((answer) => answer === true)).toHaveLength(1);
    expect(answers[5]).toBe(true);
    expect(longestMs).toBeLessThan(allMs / 3);
  });

  test("checks beyond what the thread can take are turned away, not queued for ever", async () => {
    const passwords = openPasswords();
    open.push(passwords);
    const answers = await Promise.all(Array.from({ length: 40 }, () => passwords.isRight("guess", null)));
    expect(answers.filter((answer) => answer === null)).toHaveLength(24);
    expect(answers).not.toContain(true);
  });

  test("can be changed by its owner, and every other session ends", async () => {
    const stage = await stageOf();
    const elsewhere = await withUser(stage, "li", "viewer");
    const here = cookieOf(await signIn(stage, "li", PASSWORD));
    const wrong = await post(stage, "/api/v1/session/password", { current: "no", next: "quiet harbour lamp" }, { cookie: here });
    expect(wrong.status).toBe(401);
    const done = await post(stage, "/api/v1/session/password", { current: PASSWORD, next: "quiet harbour lamp" }, { cookie: here });
    expect(done.status).toBe(200);
    expect((await whoAmI(stage, cookieOf(done))).status).toBe(200);
    for (const cookie of [elsewhere, here]) expect((await whoAmI(stage, cookie)).status).toBe(401);
    expect((await signIn(stage, "li", PASSWORD)).status).toBe(401);
    expect((await signIn(stage, "li", "quiet harbour lamp")).status).toBe(200);
  });

  test.each([
    ["short", "li"],
    ["x".repeat(129), "li"],
    ["aaaabbbbcccc", "li"],
    ["my-name-is-wang-5", "Wang"],
  ])("like %j is not taken", (password, name) => {
    expect(weakness(password, name)?.zh).toMatch(/。$/);
  });
});

describe("guessing", () => {
  test("is slowed down after three failures and locked after ten, even for the right password; others go on", async () => {
    const stage = await stageOf();
    await withUser(stage, "li", "viewer");
    const statuses: number[] = [];
    for (let i = 0; i < 5; i += 1) statuses.push((await signIn(stage, "li", `guess ${i}`)).status);
    expect(statuses).toEqual([401, 401, 401, 401, 429]);
    for (let i = 4; i < 10; i += 1) {
      await stage.clock.advance(LOCKED_MS / 2);
      statuses.push((await signIn(stage, "li", `guess ${i}`)).status);
    }
    const right = await signIn(stage, "li", PASSWORD);
    expect(right.status).toBe(429);
    expect(Number(right.headers.get("retry-after"))).toBe(LOCKED_MS / 1_000);
    await withUser(stage, "zhou", "viewer");
    expect((await signIn(stage, "zhou", PASSWORD)).status).toBe(200);
    await stage.clock.advance(LOCKED_MS);
    expect((await signIn(stage, "li", PASSWORD)).status).toBe(200);
    expect(
      stage.notes.some(({ action, subject, detail }) => action === "session.refused" && subject === "li" && /locked/.test(detail)),
    ).toBe(true);
  });

  test("all at once is no way around it", async () => {
    const stage = await stageOf();
    await withUser(stage, "li", "viewer");
    const statuses = await Promise.all(Array.from({ length: 30 }, async (_, i) => (await signIn(stage, "li", `guess ${i}`)).status));
    expect(statuses.filter((status) => status === 401)).toHaveLength(4);
    expect(statuses.filter((status) => status === 429)).toHaveLength(26);
  });

  test("codes is slowed down the same way", async () => {
    const stage = await stageOf();
    const statuses: number[] = [];
    for (let i = 0; i < 6; i += 1)
      statuses.push((await post(stage, "/api/v1/session/code", { code: `0000-${i}`, name: "eve", password: PASSWORD })).status);
    expect(statuses).toEqual([422, 422, 422, 422, 429, 429]);
  });

  test("law: in any quarter of an hour one address never gets more than ten tries at one name", () => {
    const step = fc.record({ waitMs: fc.integer({ min: 0, max: 120_000 }), right: fc.constant(false) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        let nowMs = 0;
        const attempts = new Attempts({ monotonicMs: () => nowMs as MonotonicMs });
        const tries: number[] = [];
        for (const { waitMs } of steps) {
          nowMs += waitMs;
          if (attempts.begin([{ key: "li@10.0.0.1", limits: LIMITS.nameAtAddress }]) === 0) tries.push(nowMs);
        }
        for (const [index, atMs] of tries.entries())
          expect(tries.slice(index).filter((other) => other - atMs < LOCKED_MS).length).toBeLessThanOrEqual(10);
      }),
    );
  });

  test("the memory of it has an end", () => {
    const attempts = new Attempts({ monotonicMs: () => 1 as MonotonicMs });
    for (let i = 0; i < 30_000; i += 1) attempts.begin([{ key: `name ${i}`, limits: LIMITS.name }]);
    expect(attempts.isLocked([{ key: "name 1", limits: LIMITS.name }])).toBe(false);
  });
});

describe("a session", () => {
  test("ends on the gateway at sign-out, and the cookie is worth nothing then", async () => {
    const stage = await stageOf();
    const cookie = await withUser(stage, "li", "viewer");
    await stage.fetch("/api/v1/session", { method: "DELETE", headers: { cookie, origin: stage.url } });
    const response = await whoAmI(stage, cookie);
    expect([response.status, (await response.json()).code]).toEqual([401, "sessionEnded"]);
    expect(stage.notes.map(({ action }) => action)).toEqual(["session.open", "session.close"]);
  });

  test("ends when nobody was there for half an hour; a page that only reads is nobody", async () => {
    const stage = await stageOf();
    const cookie = await withUser(stage, "li", "viewer");
    await stage.clock.advance(PERSON_IDLE_MS - 1);
    expect((await whoAmI(stage, cookie)).status).toBe(200);
    await stage.clock.advance(PERSON_IDLE_MS - 1);
    expect((await stage.fetch("/api/v1/points", { headers: { cookie } })).status).toBe(200);
    await stage.clock.advance(1);
    expect((await stage.fetch("/api/v1/points", { headers: { cookie } })).status).toBe(401);
  });

  test("ends after a shift, however busy", async () => {
    const stage = await stageOf();
    const cookie = await withUser(stage, "li", "viewer");
    for (let ms = PERSON_IDLE_MS / 2; ms < PERSON_ABSOLUTE_MS; ms += PERSON_IDLE_MS / 2) {
      await stage.clock.advance(PERSON_IDLE_MS / 2);
      expect((await whoAmI(stage, cookie)).status).toBe(200);
    }
    await stage.clock.advance(PERSON_IDLE_MS / 2);
    expect((await whoAmI(stage, cookie)).status).toBe(401);
  });

  test("of a removed or reset user ends, and their open page is closed within a second", async () => {
    for (const end of [removeUser, resetUser]) {
      const stage = await stageOf();
      const cookie = await withUser(stage, "li", "viewer");
      const follower = await new Follower(stage.url, 8, { cookie, origin: stage.url }).ready();
      await end(stage.folder, "li", stage.clock);
      await stage.clock.advance(1_000);
      await until("closed", () => follower.closed !== null);
      expect(follower.closed?.code).toBe(1008);
      expect((await whoAmI(stage, cookie)).status).toBe(401);
    }
  });

  test("has the role of its person at this moment", async () => {
    const stage = await stageOf();
    const cookie = await withUser(stage, "li", "viewer");
    const ack = () => post(stage, "/api/v1/alarms/acknowledge", { keys: ["k"] }, { cookie });
    expect((await ack()).status).toBe(403);
    await changeRole(stage.folder, "li", "engineer", stage.clock);
    expect((await ack()).status).toBe(200);
    expect(stage.acknowledged).toEqual([{ by: "li", from: "127.0.0.1", keys: ["k"], note: "" }]);
  });
});

describe("users", () => {
  test("the last administrator who can sign in cannot be removed, reset or made less", async () => {
    const stage = await stageOf();
    await withUser(stage, "wang", "administrator");
    await addUser(stage.folder, "invited", "administrator", stage.clock);
    for (const done of [
      await removeUser(stage.folder, "WANG", stage.clock),
      await resetUser(stage.folder, "wang", stage.clock),
      await changeRole(stage.folder, "wang", "viewer", stage.clock),
    ])
      expect(done).toMatchObject({
        problem: { zh: expect.stringContaining("最后一位"), en: expect.stringContaining("last administrator") },
      });
    await withUser(stage, "li", "administrator");
    expect(await removeUser(stage.folder, "wang", stage.clock)).toMatchObject({ changed: { name: "wang" } });
  });

  test("every change leaves who did it, from where, and both values", async () => {
    const stage = await stageOf();
    const asAdministrator = { authorization: `Bearer ${stage.token.administrator}` };
    await post(stage, "/api/v1/people/users", { name: "li", role: "viewer" }, asAdministrator);
    await post(stage, "/api/v1/people/users/role", { name: "li", role: "auditor" }, asAdministrator);
    const { data } = JSON.parse(await readFile(join(stage.folder, "people.json"), "utf8"));
    const doer = { by: "the administrator", from: "127.0.0.1", subject: "li", detail: "" };
    expect(data.acts.slice(-2)).toMatchObject([
      { ...doer, action: "user.add", before: null, after: "viewer" },
      { ...doer, action: "user.role", before: "viewer", after: "auditor" },
    ]);
  });

  test("two cannot have one name, and a name cannot lie about itself", async () => {
    const stage = await stageOf();
    await addUser(stage.folder, "li", "viewer", systemClock);
    expect(await addUser(stage.folder, "LI", "viewer", systemClock)).toMatchObject({ problem: { en: expect.stringContaining("already") } });
    expect(await addUser(stage.folder, "l\u200bi", "viewer", systemClock)).toMatchObject({
      problem: { zh: expect.stringContaining("1 至 64") },
    });
  });
});

describe("a one-time code", () => {
  test("forgives how it is written, and nothing else", () => {
    const { code, record } = newCode(0);
    expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}$/);
    expect(isCode(` ${code.toLowerCase().replaceAll("0", "o").replaceAll("1", "l")} `, record, 1)).toBe(true);
    expect(isCode(code.slice(0, -1), record, 1)).toBe(false);
    expect(isCode(code, record, CODE_VALID_MS)).toBe(false);
    expect(isCode(code, null, 1)).toBe(false);
  });
});

test("the table of permissions: nobody less than an administrator changes people, and an auditor changes nothing", () => {
  for (const role of ROLES) expect(may(role, "people.change")).toBe(role === "administrator");
  const changing = (Object.keys(PERMISSIONS) as (keyof typeof PERMISSIONS)[]).filter((action) => !/\.see$|^password/.test(action));
  for (const action of changing) expect([action, may("auditor", action), may("viewer", action)]).toEqual([action, false, false]);
});
