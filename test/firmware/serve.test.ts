import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import type { AccessDesk } from "../../firmware/access/desk.ts";
import type { Problem, Role } from "../../firmware/contract/site.ts";
import { removeToken } from "../../firmware/people/tokens.ts";
import { systemClock } from "../../firmware/platform/clock.ts";
import { isOwnHost } from "../../firmware/serve/access.ts";
import { startServer } from "../../firmware/serve/http.ts";
import { openHub } from "../../firmware/serve/hub.ts";
import { CLOCK_STATE, Follower, openStage, type Stage, until } from "./serve-stage.ts";

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
});

async function stageOf(options: Parameters<typeof openStage>[0] = {}): Promise<Stage> {
  const stage = await openStage(options);
  open.push(stage);
  return stage;
}

const JSON_TYPE = { "content-type": "application/json" };
const post = (body: unknown, headers: Record<string, string> = {}): RequestInit => ({
  method: "POST",
  body: JSON.stringify(body),
  headers: { ...JSON_TYPE, ...headers },
});

/** A refusal says in both languages what happened and what to do. */
async function refusal(response: Response): Promise<Problem> {
  const problem: Problem = await response.json();
  expect(problem.message.zh).toMatch(/[\u4e00-\u9fff].*。/);
  expect(problem.message.en.length).toBeGreaterThan(20);
  return problem;
}

async function signInCookie(stage: Stage, role: Role): Promise<string> {
  const response = await stage.fetch("/api/v1/session", post({ token: stage.token[role] }));
  expect(response.status).toBe(200);
  return (response.headers.get("set-cookie") ?? "").split(";", 1)[0] ?? "";
}

describe("who may do what", () => {
  const ack = post({ keys: ["k"] });
  const put = (body: unknown): RequestInit => ({ ...post(body), method: "PUT" });
  const ofSheet = { sheet: "daily/2023-11-15", revision: 0 };
  const ASSET_CHANGE = { device: "dev", changes: [{ field: "serial", before: "", after: "QS1" }] };
  const everybody = ["nobody", "viewer", "operator", "engineer", "administrator", "auditor"] as const;
  const matrix: readonly [what: string, path: string, init: RequestInit, statuses: readonly number[]][] = [
    ["health", "/api/v1/health", {}, [200, 200, 200, 200, 200, 200]],
    ["the description", "/api/openapi.json", {}, [200, 200, 200, 200, 200, 200]],
    ["the site", "/api/v1/site", {}, [401, 200, 200, 200, 200, 200]],
    ["points", "/api/v1/points", {}, [401, 200, 200, 200, 200, 200]],
    ["history", "/api/v1/history?points=dev/p0", {}, [401, 200, 200, 200, 200, 200]],
    ["a trend", "/api/v1/trend?points=dev/p0&from=0&to=1", {}, [401, 200, 200, 200, 200, 200]],
    ["readings as CSV", "/api/v1/trend.csv?points=dev/p0&from=0&to=1", {}, [401, 200, 200, 200, 200, 200]],
    ["a summary", "/api/v1/summary?points=dev/p0&from=0&to=1", {}, [401, 200, 200, 200, 200, 200]],
    ["alarms", "/api/v1/alarms", {}, [401, 200, 200, 200, 200, 200]],
    ["incidents", "/api/v1/incidents", {}, [401, 200, 200, 200, 200, 200]],
    ["buses", "/api/v1/buses", {}, [401, 200, 200, 200, 200, 200]],
    ["recording a bus", "/api/v1/bus-recording?bus=bus-1&seconds=1", {}, [401, 403, 403, 200, 200, 403]],
    ["doctor", "/api/v1/buses/doctor", {}, [401, 200, 200, 200, 200, 200]],
    ["metrics", "/metrics", {}, [401, 200, 200, 200, 200, 200]],
    ["the clock", "/api/v1/clock", {}, [401, 200, 200, 200, 200, 200]],
    ["setting the clock", "/api/v1/clock", post({ accept: true, reason: "checked" }), [401, 403, 403, 200, 200, 403]],
    ["oneself", "/api/v1/session", {}, [401, 200, 200, 200, 200, 200]],
    ["acknowledge", "/api/v1/alarms/acknowledge", ack, [401, 403, 200, 200, 200, 403]],
    ["sign out", "/api/v1/session", { method: "DELETE" }, [204, 204, 204, 204, 204, 204]],
    ["the audit log", "/api/v1/audit?limit=5", {}, [401, 403, 403, 403, 200, 200]],
    ["the audit log's choices", "/api/v1/audit/choices", {}, [401, 403, 403, 403, 200, 200]],
    ["the audit log's check", "/api/v1/audit/check", {}, [401, 403, 403, 403, 200, 200]],
    ["the audit log's export", "/api/v1/audit/export", {}, [401, 403, 403, 403, 200, 200]],
    ["the rounds", "/api/v1/inspection", {}, [401, 200, 200, 200, 200, 200]],
    ["a sheet", "/api/v1/inspection/sheet?id=daily/2023-11-15", {}, [401, 200, 200, 200, 200, 200]],
    // Each comes with what nobody has seen yet: the first may, the others are told that somebody was faster.
    ["an answer", "/api/v1/inspection/answer", post({ ...ofSheet, item: "lamps", value: "none" }), [401, 403, 200, 409, 409, 403]],
    ["signing", "/api/v1/inspection/sign", post({ ...ofSheet, revision: 1 }), [401, 403, 409, 409, 409, 403]],
    ["reviewing", "/api/v1/inspection/review", post(ofSheet), [401, 403, 403, 422, 422, 403]],
    ["correcting", "/api/v1/inspection/correct", post({ ...ofSheet, item: "x", value: "", reason: "y" }), [401, 403, 422, 422, 422, 403]],
    ["finished documents", "/api/v1/exports", {}, [401, 200, 200, 200, 200, 200]],
    ["the storage", "/api/v1/storage", {}, [401, 200, 200, 200, 200, 200]],
    ["the targets", "/api/v1/targets", {}, [401, 200, 200, 200, 200, 200]],
    ["messages sent once more", "/api/v1/targets/resend", post({ target: "none", ids: null }), [401, 403, 404, 404, 404, 403]],
    ["a damaged file deleted", "/api/v1/storage/damaged/delete", post({ name: "none.damaged" }), [401, 403, 403, 404, 404, 403]],
    ["one of them", "/api/v1/exports/file?name=inspection-daily-2023-11-15.zh.pdf", {}, [401, 404, 404, 404, 404, 404]],
    ["a sheet made anew", "/api/v1/exports", post({ sheet: "daily/2023-11-15" }), [401, 403, 200, 200, 200, 403]],
    ["people", "/api/v1/people", {}, [401, 403, 403, 403, 200, 200]],
    ["who may connect", "/api/v1/people/network", {}, [401, 403, 403, 403, 200, 200]],
    ["who is signed in", "/api/v1/people/sessions", {}, [401, 403, 403, 403, 200, 200]],
    ["the end of a session", "/api/v1/people/sessions/end", post({ id: "0" }), [401, 403, 403, 403, 422, 403]],
    ["one's own sessions", "/api/v1/session/all", {}, [401, 200, 200, 200, 200, 200]],
    ["the end of an own session", "/api/v1/session/end", post({ id: "0" }), [401, 422, 422, 422, 422, 422]],
    ["a new user", "/api/v1/people/users", post({ name: "li", role: "viewer" }), [401, 403, 403, 403, 200, 403]],
    ["a user's new code", "/api/v1/people/users/reset", post({ name: "nobody" }), [401, 403, 403, 403, 422, 403]],
    ["a user's role", "/api/v1/people/users/role", post({ name: "nobody", role: "viewer" }), [401, 403, 403, 403, 422, 403]],
    ["a user's end", "/api/v1/people/users/remove", post({ name: "nobody" }), [401, 403, 403, 403, 422, 403]],
    ["who is inside", "/api/v1/access", {}, [401, 403, 200, 200, 200, 200]],
    ["the entry log", "/api/v1/access/log?day=2026-03-01", {}, [401, 403, 200, 200, 200, 200]],
    ["its export", "/api/v1/access/export?from=2026-03-01&to=2026-03-02", {}, [401, 403, 200, 200, 200, 200]],
    ["card holders", "/api/v1/access/holders", {}, [401, 403, 200, 200, 200, 200]],
    ["a visitor", "/api/v1/access/visits", post({ name: "Wang", purpose: "UPS" }), [401, 403, 200, 200, 200, 403]],
    ["a visitor's end", "/api/v1/access/visits/leave", post({ visit: "x" }), [401, 403, 422, 422, 422, 403]],
    ["a server's power", "/api/v1/access/power", post({ server: "s", state: "on" }), [401, 403, 204, 204, 204, 403]],
    ["nobody inside", "/api/v1/access/reset", post({ reason: "fire drill" }), [401, 403, 204, 204, 204, 403]],
    ["a card holder", "/api/v1/access/holders", post({ card: "1", name: "Li" }), [401, 403, 403, 403, 204, 403]],
    ["a card's end", "/api/v1/access/holders/remove", post({ card: "9" }), [401, 403, 403, 403, 422, 403]],
    ["a list of cards", "/api/v1/access/holders/import", post({ csv: "card,name\n5,Li" }), [401, 403, 403, 403, 200, 403]],
    ["a new token", "/api/v1/people/tokens", post({ name: "wall", role: "viewer" }), [401, 403, 403, 403, 200, 403]],
    ["the assets", "/api/v1/assets", {}, [401, 200, 200, 200, 200, 200]],
    ["the assets' sheet", "/api/v1/assets/sheet?language=en", {}, [401, 200, 200, 200, 200, 200]],
    ["an asset", "/api/v1/assets/change", post(ASSET_CHANGE), [401, 403, 403, 204, 204, 403]],
    ["an import of assets", "/api/v1/assets/import", post({ file: "YQ==" }), [401, 403, 403, 200, 200, 403]],
    ["the configuration", "/api/v1/configuration", {}, [401, 403, 403, 200, 200, 200]],
    ["its revisions", "/api/v1/configuration/revisions", {}, [401, 403, 403, 200, 200, 200]],
    ["one of them", "/api/v1/configuration/revision?number=1", {}, [401, 403, 403, 404, 404, 404]],
    ["a difference of two", "/api/v1/configuration/difference?from=1&to=2", {}, [401, 403, 403, 404, 404, 404]],
    ["a look at a text", "/api/v1/configuration/check", post({ text: "x" }), [401, 403, 403, 403, 200, 403]],
    ["a new configuration", "/api/v1/configuration", put({ text: "x", reason: "r", base: 1 }), [401, 403, 403, 403, 422, 403]],
    ["a way back", "/api/v1/configuration/revert", post({ revision: 1, reason: "r", base: 1 }), [401, 403, 403, 403, 422, 403]],
    ["the site file", "/api/v1/configuration/adopt", post({ base: 1 }), [401, 403, 403, 403, 409, 403]],
    ["a token's end", "/api/v1/people/tokens/remove", post({ name: "nobody" }), [401, 403, 403, 403, 422, 403]],
  ];

  test.each(matrix)("%s", async (_, path, init, statuses) => {
    const stage = await stageOf();
    for (const [index, who] of everybody.entries()) {
      const response = await stage.fetch(path, { ...init, ...(who === "nobody" ? {} : { as: who }) });
      expect([who, response.status]).toEqual([who, statuses[index]]);
      if (response.status >= 400) await refusal(response);
      expect(response.headers.get("cache-control")).toBe("no-store");
    }
  });

  test("the same by cookie, from a page of ours", async () => {
    const stage = await stageOf();
    for (const [role, status] of [
      ["viewer", 403],
      ["operator", 200],
      ["administrator", 200],
    ] as const) {
      const cookie = await signInCookie(stage, role);
      expect((await stage.fetch("/api/v1/site", { headers: { cookie } })).status).toBe(200);
      expect((await stage.fetch("/api/v1/alarms/acknowledge", post({ keys: ["k"] }, { cookie, origin: stage.url }))).status).toBe(status);
    }
  });

  test("who acknowledged is written down by the name of the token", async () => {
    const stage = await stageOf();
    const response = await stage.fetch("/api/v1/alarms/acknowledge", {
      ...post({ keys: ["site/room/dev/dev/p0/high", "gone"], note: "on my way" }),
      as: "operator",
    });
    expect(await response.json()).toEqual({ acknowledged: ["site/room/dev/dev/p0/high"], notFound: ["gone"], alreadyAcknowledged: [] });
    expect(stage.acknowledged).toEqual([
      { by: "the operator", from: "127.0.0.1", keys: ["site/room/dev/dev/p0/high", "gone"], note: "on my way" },
    ]);
  });

  test("what the journal could not take was not done, and the reason is passed on", async () => {
    const stage = await stageOf();
    Object.assign(stage.trouble, { journal: { zh: "磁盘已满。请清理。", en: "The disk is full. Make room." } });
    const response = await stage.fetch("/api/v1/alarms/acknowledge", { ...post({ keys: ["k"] }), as: "operator" });
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({ code: "journalFailing", message: stage.trouble.journal });
  });
});

describe("signing in", () => {
  test("gives a cookie that scripts and other sites cannot use, for thirty days", async () => {
    const stage = await stageOf();
    const response = await stage.fetch("/api/v1/session", post({ token: stage.token.operator }, { origin: stage.url }));
    expect(await response.json()).toEqual({ name: "the operator", role: "operator" });
    const cookie = response.headers.get("set-cookie") ?? "";
    expect(cookie).toMatch(/^roomward=[\w-]{43};/);
    expect(cookie).not.toContain(stage.token.operator);
    for (const part of ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=2592000"]) expect(cookie).toContain(part);
  });

  test("ends with the cookie taken back", async () => {
    const stage = await stageOf();
    const cookie = await signInCookie(stage, "viewer");
    const response = await stage.fetch("/api/v1/session", { method: "DELETE", headers: { cookie, origin: stage.url } });
    expect(response.status).toBe(204);
    expect(response.headers.get("set-cookie")).toMatch(/^roomward=;.*(Max-Age=0|1970)/);
  });

  test("stops working the moment the token is removed", async () => {
    const stage = await stageOf();
    const cookie = await signInCookie(stage, "viewer");
    await removeToken(stage.folder, "the viewer", systemClock);
    const response = await stage.fetch("/api/v1/site", { headers: { cookie } });
    expect(response.status).toBe(401);
    expect((await refusal(response)).code).toBe("sessionEnded");
  });

  test("is paused after ten failures, even for the right token, and says for how long", async () => {
    const stage = await stageOf();
    const codes: string[] = [];
    for (let i = 0; i < 11; i += 1) codes.push((await refusal(await stage.fetch("/api/v1/session", post({ token: `rw_guess${i}` })))).code);
    expect(codes).toEqual([...Array(10).fill("wrongToken"), "tooManyAttempts"]);
    const right = await stage.fetch("/api/v1/session", post({ token: stage.token.viewer }));
    expect(right.status).toBe(429);
    expect(Number(right.headers.get("retry-after"))).toBeGreaterThan(0);
    // The screens that are signed in go on.
    expect((await stage.fetch("/api/v1/site", { as: "viewer" })).status).toBe(200);
  });

  test("is not paused by successes or by old cookies, but is by guessing in the header", async () => {
    const stage = await stageOf();
    for (let i = 0; i < 15; i += 1) await signInCookie(stage, "viewer");
    for (let i = 0; i < 15; i += 1)
      expect((await stage.fetch("/api/v1/site", { headers: { cookie: "roomward=rw_old" } })).status).toBe(401);
    await signInCookie(stage, "viewer");
    const statuses: number[] = [];
    for (let i = 0; i < 12; i += 1)
      statuses.push((await stage.fetch("/api/v1/site", { headers: { authorization: `Bearer rw_${i}` } })).status);
    expect(statuses).toEqual([...Array(10).fill(401), 429, 429]);
  });
});

describe("other web sites", () => {
  const foreign = { origin: "http://evil.example" };

  test.each([
    ["a foreign origin", foreign],
    ["our host on another port", { origin: "http://127.0.0.1:1" }],
    ["no origin (a sandboxed frame)", { origin: "null" }],
    ["no Origin at all", {}],
    ["a sibling site", { "sec-fetch-site": "same-site" }],
  ])("cannot change anything with somebody's cookie: %s", async (_, headers) => {
    const stage = await stageOf();
    const cookie = await signInCookie(stage, "operator");
    for (const [path, init] of [
      ["/api/v1/alarms/acknowledge", post({ keys: ["k"] }, { ...headers, cookie })],
      ["/api/v1/session", { method: "DELETE", headers: { ...headers, cookie } }],
    ] as const) {
      const response = await stage.fetch(path, init);
      expect(response.status).toBe(403);
      expect((await refusal(response)).code).toBe("foreignOrigin");
    }
    expect(stage.acknowledged).toEqual([]);
  });

  test("cannot sign somebody in", async () => {
    const stage = await stageOf();
    const response = await stage.fetch("/api/v1/session", post({ token: stage.token.viewer }, foreign));
    expect(response.status).toBe(403);
    expect(response.headers.get("set-cookie")).toBeNull();
  });

  test("get no permission to read", async () => {
    const stage = await stageOf();
    const response = await stage.fetch("/api/v1/site", { as: "viewer", headers: foreign });
    expect(response.headers.get("access-control-allow-origin")).toBeNull();
  });

  test("cannot come in under a name of their own that points here", async () => {
    const stage = await stageOf({ hostNames: ["room.lan"] });
    const ask = (host: string) =>
      new Promise<{ status: number; body: string }>((resolve, reject) => {
        request({ host: "127.0.0.1", port: stage.port, path: "/api/v1/health", headers: { host } }, (response) => {
          let body = "";
          response.on("data", (chunk: Buffer) => {
            body += chunk.toString();
          });
          response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
        })
          .on("error", reject)
          .end();
      });
    for (const own of [`127.0.0.1:${stage.port}`, "localhost:9999", "[::1]:8080", "ROOM.lan"])
      expect([own, (await ask(own)).status]).toEqual([own, 200]);
    for (const other of [
      "evil.example",
      `evil.example:${stage.port}`,
      "127.0.0.1.evil.example",
      "10.0.0.7",
      "localhost.evil.example",
      "x@127.0.0.1",
    ]) {
      const answer = await ask(other);
      expect([other, answer.status]).toEqual([other, 403]);
      expect(answer.body).toContain("foreignHost");
    }
  });

  test("on the machine room's network any address of the box is its own, a name is not", () => {
    expect(isOwnHost("192.168.1.10:8080", "0.0.0.0", [])).toBe(true);
    expect(isOwnHost("[fe80::1]:8080", "::", [])).toBe(true);
    expect(isOwnHost("rebound.example:8080", "0.0.0.0", [])).toBe(false);
    expect(isOwnHost(undefined, "0.0.0.0", [])).toBe(false);
  });
});

describe("the live stream", () => {
  const cases: readonly [
    what: string,
    options: (stage: Stage, cookie: string) => ConstructorParameters<typeof Follower>[2],
    status: number | "open",
  ][] = [
    ["nobody", () => ({}), 401],
    ["a wrong token", () => ({ token: "rw_wrong" }), 401],
    ["a program with a token", (stage) => ({ token: stage.token.viewer }), "open"],
    ["our page with its cookie", (stage, cookie) => ({ cookie, origin: stage.url }), "open"],
    ["a foreign page with somebody's cookie", (_, cookie) => ({ cookie, origin: "http://evil.example" }), 403],
    ["a page on another port", (_, cookie) => ({ cookie, origin: "http://127.0.0.1:1" }), 403],
    ["a cookie without an origin", (_, cookie) => ({ cookie }), 403],
    ["a foreign page with a token", (stage) => ({ token: stage.token.viewer, origin: "http://evil.example" }), 403],
    ["a foreign host name", (stage) => ({ token: stage.token.viewer, host: "evil.example" }), 403],
    ["another path", (stage) => ({ token: stage.token.viewer, path: "/api/v1/dead" }), 404],
  ];

  test.each(cases)("%s", async (_, options, status) => {
    const stage = await stageOf();
    const cookie = await signInCookie(stage, "viewer");
    const follower = new Follower(stage.url, 8, options(stage, cookie));
    open.push({ close: () => follower.socket.terminate() });
    if (status === "open") {
      await follower.ready();
      return;
    }
    await until("refused", () => follower.refused !== null);
    expect(follower.refused?.status).toBe(status);
    expect(JSON.parse(follower.refused?.body ?? "").message.zh).toMatch(/。$/);
    expect(stage.hub.clientCount()).toBe(0);
  });
});

describe("requests that are not as they should be", () => {
  test("hear everything that is wrong at once, in both languages, with its place", async () => {
    const stage = await stageOf();
    const response = await stage.fetch("/api/v1/alarms/acknowledge", {
      ...post({ keys: ["ok", "", 7], note: "x".repeat(501), extra: 1 }),
      as: "operator",
    });
    expect(response.status).toBe(400);
    const { faults } = await refusal(response);
    expect(faults?.map((fault) => fault.path)).toEqual(["keys[1]", "keys[2]", "note", ""]);
    for (const fault of faults ?? []) expect(fault.expected.zh).toMatch(/[\u4e00-\u9fff]/);
  });

  test.each([
    ["minutes=0", "minutes"],
    ["minutes=61", "minutes"],
    ["minutes=soon", "minutes"],
    [`points=${Array(257).fill("a").join(",")}`, "points"],
    ["colour=red", ""],
  ])("history?%s is refused", async (query, path) => {
    const stage = await stageOf();
    const response = await stage.fetch(`/api/v1/history?${query.startsWith("points") ? "" : "points=dev/p0&"}${query}`, { as: "viewer" });
    expect(response.status).toBe(400);
    expect((await refusal(response)).faults).toMatchObject([{ path }]);
  });

  test("points that the site does not have are named", async () => {
    const stage = await stageOf();
    const response = await stage.fetch("/api/v1/history?points=dev/p0,dev/nope,x/y", { as: "viewer" });
    expect(response.status).toBe(404);
    expect((await refusal(response)).faults?.map((fault) => fault.path)).toEqual(["dev/nope", "x/y"]);
  });

  test.each([
    ["too large a body", { ...post(""), body: "x".repeat(256 * 1024 + 1) }, 413, "tooLarge"],
    ["broken JSON", { ...post(""), body: '{"keys":' }, 400, "notJson"],
    ["no body", { ...post(""), body: "" }, 400, "notJson"],
    ["a form", { ...post(""), body: "keys=1", headers: { "content-type": "application/x-www-form-urlencoded" } }, 415, "wrongMediaType"],
    ["plain text", { ...post(""), headers: { "content-type": "text/plain" } }, 415, "wrongMediaType"],
    ["a poisoned prototype", { ...post(""), body: '{"__proto__":{"admin":true},"keys":["k"]}' }, 400, "notJson"],
  ])("%s is refused", async (_, init, status, code) => {
    const stage = await stageOf();
    const response = await stage.fetch("/api/v1/alarms/acknowledge", { ...init, as: "operator" });
    expect(response.status).toBe(status);
    expect((await refusal(response)).code).toBe(code);
  });

  test.each(["/api/v1/nothing", "/nothing.js", "/..%2f..%2fetc%2fpasswd", "/api/v1/site/"])("%s is not there", async (path) => {
    const stage = await stageOf();
    const response = await stage.fetch(path, { as: "viewer" });
    expect(response.status).toBe(404);
    await refusal(response);
  });

  test("bytes that are not HTTP, and a bad URL, get an answer and the door", async () => {
    const stage = await stageOf();
    for (const bytes of ["\x16\x03\x01\x02\x00\x01\r\n\r\n", `GET /%zz HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n`]) {
      const answer = await raw(stage.port, bytes);
      expect(answer).toMatch(/^HTTP\/1\.1 400 /);
      expect(answer).toContain('"code":"badRequest"');
    }
  });

  test("headers that never end are cut off after about five seconds", async () => {
    const stage = await stageOf();
    const startedMs = performance.now();
    const answer = await raw(stage.port, "GET / HTTP/1.1\r\nhost: 127.0.0.1\r\nx-slow: ");
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(performance.now() - startedMs).toBeLessThan(7_500);
  }, 10_000);
});

function raw(port: number, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
    let answer = "";
    socket.on("data", (chunk) => {
      answer += chunk.toString();
    });
    socket.on("error", () => {});
    socket.on("close", () => resolve(answer));
  });
}

describe("our own faults", () => {
  test("are told to the log and not to the world, and no token is in either", async () => {
    const stage = await stageOf();
    Object.assign(stage.trouble, { health: new Error("ring is inside out") });
    const response = await stage.fetch("/api/v1/health", { as: "administrator" });
    expect(response.status).toBe(500);
    const text = await response.text();
    expect(text).toContain("internal");
    expect(text).not.toContain("inside out");
    expect(stage.reported).toEqual([["GET /api/v1/health", expect.objectContaining({ message: "ring is inside out" })]]);
    await stage.fetch("/api/v1/session", post({ token: stage.token.viewer.slice(0, 20) }));
    const log = JSON.stringify([
      stage.reported.map(([where, error]) => [where, String(error), error instanceof Error ? error.stack : ""]),
      stage.warnings,
    ]);
    for (const token of Object.values(stage.token)) {
      expect(log).not.toContain(token.slice(0, 20));
      expect(text).not.toContain(token.slice(0, 20));
    }
  });
});

describe("the dashboard", () => {
  async function built(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), "roomward-dashboard-"));
    open.push({ close: () => rm(folder, { recursive: true }) });
    await mkdir(join(folder, "assets"));
    await writeFile(join(folder, "index.html"), "<!doctype html><title>Room</title>");
    await writeFile(join(folder, "assets/main-abc123.js"), "plain");
    await writeFile(join(folder, "assets/main-abc123.js.br"), "small");
    await writeFile(join(folder, ".secret"), "hidden");
    return folder;
  }

  test("is served to everybody, assets for ever, the page never from memory", async () => {
    const stage = await stageOf({ dashboardFolder: await built() });
    const page = await stage.fetch("/");
    expect(await page.text()).toContain("Room");
    expect(page.headers.get("cache-control")).toBe("no-cache");
    const asset = await stage.fetch("/assets/main-abc123.js", { headers: { "accept-encoding": "identity" } });
    expect(await asset.text()).toBe("plain");
    expect(asset.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    expect(asset.headers.get("content-type")).toMatch(/javascript/);
  });

  test("comes compressed where the build left it so", async () => {
    const stage = await stageOf({ dashboardFolder: await built() });
    const answer = await raw(
      stage.port,
      `GET /assets/main-abc123.js HTTP/1.1\r\nhost: 127.0.0.1\r\naccept-encoding: gzip, br\r\nconnection: close\r\n\r\n`,
    );
    expect(answer).toMatch(/content-encoding: br/i);
    expect(answer).toMatch(/content-type: (text|application)\/javascript/i);
    expect(answer).toMatch(/cache-control: public, max-age=31536000, immutable/i);
    expect(answer).toMatch(/small$/);
  });

  test("keeps hidden files hidden and stays in its folder", async () => {
    const stage = await stageOf({ dashboardFolder: await built() });
    for (const path of ["/.secret", "/..%2f..%2fetc/passwd", "/assets/..%5c..%5cetc"]) {
      const response = await stage.fetch(path);
      expect([path, response.status]).toEqual([path, 404]);
    }
  });

  test("that is not built yet says so, and how to build it", async () => {
    const stage = await stageOf();
    const response = await stage.fetch("/");
    expect(response.status).toBe(503);
    const text = await response.text();
    expect(text).toContain("make run");
    expect(text).toContain("监控页面尚未构建");
  });

  test("runs under a policy that allows only its own files, in no one's frame", async () => {
    const stage = await stageOf({ dashboardFolder: await built() });
    const { headers } = await stage.fetch("/");
    const policy = headers.get("content-security-policy") ?? "";
    for (const rule of ["default-src 'self'", "script-src 'self'", "object-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"])
      expect(policy).toContain(rule);
    expect(policy).not.toContain("unsafe");
    expect(policy).not.toContain("upgrade-insecure-requests");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("x-frame-options")).toBe("DENY");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    expect(headers.get("strict-transport-security")).toBeNull();
  });
});

describe("a port that cannot be had", () => {
  async function start(host: string, port: number): Promise<unknown> {
    const stage = await stageOf();
    const hub = openHub(
      {
        ...{ version: "", revision: "", points: stage.points },
        alarms: () => [],
        deliveries: () => ({}),
        clock: () => CLOCK_STATE,
        maintenance: () => [],
        buses: () => [],
        stillValid: async () => null,
      },
      stage.clock,
    );
    const ports = { site: { version: "" } } as Parameters<typeof startServer>[0]["ports"];
    const { entrance, desk, presence, audit, gate, folder } = stage;
    const doors = { entrance, people: desk, presence, audit, gate, certificate: null, hostNames: [], doors: {} as AccessDesk };
    const { configuration } = stage;
    const assets = {} as Parameters<typeof startServer>[0]["assets"];
    const exports = {} as Parameters<typeof startServer>[0]["exports"];
    const storage = {} as Parameters<typeof startServer>[0]["storage"];
    const clock = {} as Parameters<typeof startServer>[0]["clock"];
    const record = (): null => null;
    const commissioning = {} as Parameters<typeof startServer>[0]["commissioning"];
    const review = {} as Parameters<typeof startServer>[0]["review"];
    const incidents = {} as Parameters<typeof startServer>[0]["incidents"];
    const calm = { maintenance: {} } as Parameters<typeof startServer>[0]["calm"];
    const onCall = {} as Parameters<typeof startServer>[0]["onCall"];
    const outputs = {} as Parameters<typeof startServer>[0]["outputs"];
    const metrics = {} as Parameters<typeof startServer>[0]["metrics"];
    const targets = {} as Parameters<typeof startServer>[0]["targets"];
    const rest = {
      ...{
        metrics,
        targets,
        calm,
        assets,
        onCall,
        incidents,
        commissioning,
        exports,
        configuration,
        storage,
        clock,
        record,
        outputs,
        review,
      },
    };
    return startServer({ host, port, ...doors, ...rest, dashboardFolder: folder, ports, hub, report: () => {} });
  }

  test("because another program has it is said in one sentence", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    open.push({ close: () => other.close() });
    await until("listening", () => other.listening);
    const address = other.address();
    const port = typeof address === "object" ? (address?.port ?? 0) : 0;
    expect(await start("127.0.0.1", port)).toMatchObject({
      problem: {
        zh: expect.stringContaining(`127.0.0.1:${port} 已被另一个程序占用`),
        en: expect.stringContaining("in use by another program"),
      },
    });
  });

  test("because the address is not ours is said too", async () => {
    expect(await start("192.0.2.1", 0)).toMatchObject({ problem: { en: expect.stringContaining("EADDRNOTAVAIL") } });
  });
});
