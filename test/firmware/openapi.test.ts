import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { problemSchema } from "../../firmware/contract/site.ts";
import { openStage, type Stage } from "./serve-stage.ts";

interface Operation {
  readonly summary: string;
  readonly security: readonly Record<string, unknown>[];
  readonly "x-action"?: string;
  readonly "x-roles"?: readonly string[];
  readonly parameters?: readonly { readonly name: string; readonly required: boolean; readonly schema: { readonly default?: unknown } }[];
  readonly requestBody?: { readonly content: Record<string, { readonly schema: unknown }> };
  readonly responses: Record<string, { readonly description: string; readonly content?: Record<string, { readonly schema: unknown }> }>;
}
interface Description {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly schemas: Record<string, unknown> };
}

let stage: Stage;
let description: Description;
beforeAll(async () => {
  stage = await openStage();
  description = await (await stage.fetch("/api/openapi.json")).json();
});
afterAll(() => stage.close());

/** Puts components in the place of references; none of ours refers to itself. */
function resolve(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(resolve);
  if (typeof schema !== "object" || schema === null) return schema;
  if ("$ref" in schema) {
    const found = description.components.schemas[String(schema.$ref).replace("#/components/schemas/", "")];
    if (found === undefined) throw new Error(`${String(schema.$ref)} is not in the description`);
    return resolve(found);
  }
  return Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, resolve(value)]));
}

/** The documented schema for an answer, as a parser. */
function documented(path: string, method: string, status: number): z.ZodType {
  const schema = description.paths[path]?.[method]?.responses[String(status)]?.content?.["application/json"]?.schema;
  if (schema === undefined) throw new Error(`${method} ${path} does not document ${status}`);
  return z.fromJSONSchema(resolve(schema) as Parameters<typeof z.fromJSONSchema>[0]);
}

/** A query stands behind the path, an id within it. */
function addressOf(path: string, query: string): string {
  return path.includes("{id}") ? path.replace("{id}", query) : path + query;
}

async function expectDocumented(path: string, method: string, response: Response): Promise<void> {
  const body: unknown = await response.json();
  expect(documented(path, method, response.status).safeParse(body).error?.issues ?? []).toEqual([]);
  if (response.ok) return;
  const { code } = problemSchema.parse(body);
  expect(description.paths[path]?.[method]?.responses[String(response.status)]?.description).toContain(`\`${code}\``);
}

const WINDOW = {
  scope: { areas: ["room"] },
  untilMs: Date.now() + 3_600_000,
  change: "CHG-1",
  requester: "wang",
  reason: "batteries",
};

const good: readonly [path: string, query: string, method: string, body?: unknown][] = [
  ["/api/v1/health", "", "get"],
  ["/api/v1/site", "", "get"],
  ["/api/v1/points", "", "get"],
  ["/api/v1/alarms", "", "get"],
  ["/api/v1/maintenance", "", "get"],
  ["/api/v1/maintenance", "", "post", WINDOW],
  ["/api/v1/devices/out-of-service", "", "post", { devices: ["ups-a"], reason: "sent away" }],
  ["/api/v1/alarms/shelve", "", "post", { keys: ["no/such/alarm"], reason: "known", forMs: null }],
  ["/api/v1/alarms/unshelve", "", "post", { keys: ["no/such/alarm"] }],
  ["/api/v1/alarms/silence", "", "post", { keys: ["no/such/alarm"] }],
  ["/api/v1/rules", "?device=th-1", "get"],
  ["/api/v1/incidents", "?limit=5&open=true", "get"],
  ["/api/v1/incidents/assignees", "", "get"],
  ["/api/v1/incidents/{id}", "RW-000001", "get"],
  ["/api/v1/incidents/{id}/acts", "RW-000001", "post", { kind: "solution", text: "clean the filter" }],
  ["/api/v1/incidents/{id}/decision", "RW-000001", "post", { what: "solution", verdict: "reject", reason: "no" }],
  ["/api/v1/guidance", "?key=sz1/r1/th-3/ambient.temperature/high", "get"],
  ["/api/v1/problems", "", "get"],
  ["/api/v1/problems", "", "post", { title: "Filter", incidents: ["incident-1"] }],
  ["/api/v1/problems/{id}/acts", "PR-000001", "post", { kind: "workaround", text: "open the door" }],
  ["/api/v1/problems/{id}/decision", "PR-000001", "post", { what: "workaround", verdict: "reject", reason: "no" }],
  ["/api/v1/runbooks", "", "get"],
  ["/api/v1/runbooks", "", "post", { title: "Hot", text: "Check the CRAC" }],
  ["/api/v1/runbooks/{id}/decision", "RB-000001", "post", { version: 1, verdict: "reject", reason: "no" }],
  ["/api/v1/buses", "", "get"],
  ["/api/v1/buses/scan", "", "post", { bus: "line", units: [1] }],
  ["/api/v1/buses/scan/network", "", "post", { subnet: "127.0.0.1/32", access: { version: "2c", community: "public" } }],
  ["/api/v1/buses/jobs", "", "get"],
  ["/api/v1/buses/doctor", "", "get"],
  ["/api/v1/clock", "", "get"],
  ["/api/v1/clock", "", "post", { accept: true, reason: "checked" }],
  ["/api/v1/session", "", "get"],
  ["/api/v1/history", "?points=dev/p0,dev/p1&minutes=5", "get"],
  ["/api/v1/forecasts", "", "get"],
  ["/api/v1/forecasts/record", "", "get"],
  ["/api/v1/trend", "?points=dev/p0,gone/x&from=2026-09-20T00:00:00%2B08:00&to=1790000000000&columns=10", "get"],
  ["/api/v1/summary", "?points=dev/p0&from=0&to=120000", "get"],
  ["/api/v1/alarms/acknowledge", "", "post", { keys: ["site/room/dev/dev/p0/high", "gone"] }],
  ["/api/v1/session", "", "post", "token"],
  ["/api/v1/audit", "?limit=5&before=7", "get"],
  ["/api/v1/audit/choices", "", "get"],
  ["/api/v1/audit/check", "", "get"],
  ["/api/v1/inspection", "?month=2023-11", "get"],
  ["/api/v1/inspection/sheet", "?id=daily/2023-11-15", "get"],
  ["/api/v1/inspection/answer", "", "post", { sheet: "daily/2023-11-15", item: "lamps", value: "lit", revision: 0 }],
  ["/api/v1/inspection/sign", "", "post", { sheet: "short/2023-11-15", revision: 0 }],
  ["/api/v1/inspection/correct", "", "post", { sheet: "short/2023-11-15", item: "remarks", value: "x", reason: "y", revision: 0 }],
  ["/api/v1/outputs", "", "get"],
  ["/api/v1/exports", "", "get"],
  ["/api/v1/storage", "", "get"],
  ["/api/v1/targets", "", "get"],
  ["/api/v1/exports", "", "post", { sheet: "daily/2023-11-15" }],
  ["/api/v1/alarms/quality", "?period=week&date=2023-11-15&positions=2", "get"],
  ["/api/v1/what-if", "", "get"],
  ["/api/v1/what-if", "", "post", { fromMs: 0, toMs: 7_200_000, rule: { points: ["th-1/ambient.temperature"], deadband: 2 } }],
  ["/api/v1/what-if", "", "post", { fromMs: 0, toMs: 7_200_000, rule: "points: [nothing]" }],
  ["/api/v1/suggestions", "", "post", { point: "th-1/ambient.temperature", fromMs: 0, toMs: 7_200_000 }],
  ["/api/v1/assets", "", "get"],
  ["/api/v1/assets/import", "", "post", { file: "YQ==" }],
  ["/api/v1/configuration", "", "get"],
  ["/api/v1/configuration/revisions", "", "get"],
  ["/api/v1/configuration/check", "", "post", { text: "site: {}" }],
  ["/api/v1/people", "", "get"],
  ["/api/v1/people/sessions", "", "get"],
  ["/api/v1/people/network", "", "get"],
  ["/api/v1/session/all", "", "get"],
  ["/api/v1/people/users", "", "post", { name: "li", role: "viewer" }],
  ["/api/v1/people/users/reset", "", "post", { name: "li" }],
  ["/api/v1/people/tokens", "", "post", { name: "wall", role: "viewer" }],
  ["/api/v1/access", "", "get"],
  ["/api/v1/access/log", "?day=2026-03-01&who=li", "get"],
  ["/api/v1/access/holders", "", "get"],
  ["/api/v1/access/visits", "", "post", { name: "Wang", purpose: "UPS service" }],
  ["/api/v1/access/holders/import", "", "post", { csv: "card,name\n5,Li" }],
];
/** Answered without a body, with a file, or only to somebody with a code or a password. */
const more = [
  "incidents/export",
  "inspection/review",
  "buses/identify",
  "buses/read",
  "buses/write",
  "buses/cancel",
  "session/code",
  "session/password",
  "people/users/role",
  "people/users/remove",
  "people/tokens/remove",
  "people/sessions/end",
  "session/end",
  "audit/export",
  "exports/file",
  "storage/damaged/delete",
  "targets/resend",
  "assets/change",
  "assets/sheet",
  "on-call",
  "on-call/swaps",
  "on-call/hand-overs",
  "on-call/hand-overs/confirm",
  "on-call/hand-overs/sheet",
  "configuration/adopt",
  "configuration/difference",
  "configuration/revert",
  "configuration/revision",
  "trend.csv",
  "alarms/quality.csv",
  "bus-recording",
  ...["test", "force", "release", "lock", "unlock"].map((act) => `outputs/${act}`),
  ...["arm", "disarm", "reset"].map((act) => `linkages/${act}`),
];
const access = ["visits/leave", "power", "reset", "holders/remove", "export"];

describe("the interface description", () => {
  test("is OpenAPI 3.1 and open to everybody", () => {
    expect(description.openapi).toBe("3.1.0");
    expect(Object.keys(description.paths).sort()).toEqual(
      [
        ...new Set([
          ...good.map(([path]) => path),
          ...more.map((path) => `/api/v1/${path}`),
          ...access.map((path) => `/api/v1/access/${path}`),
          "/api/v1/live",
          "/metrics",
        ]),
      ].sort(),
    );
  });

  test.each(good)("tells the truth about the answer of %s%s (%s)", async (path, query, method, body) => {
    const content = body === "token" ? { token: stage.token.viewer } : body;
    const response = await stage.fetch(addressOf(path, query), {
      method: method.toUpperCase(),
      as: "administrator",
      ...(content === undefined ? {} : { body: JSON.stringify(content), headers: { "content-type": "application/json" } }),
    });
    expect(response.status).toBe(200);
    await expectDocumented(path, method, response);
  });

  test.each(good.filter(([path]) => path !== "/api/v1/health"))(
    "documents what a stranger gets from %s%s (%s)",
    async (path, query, method, body) => {
      const content = body === "token" ? { token: "rw_wrong" } : body;
      const response = await stage.fetch(addressOf(path, query), {
        method: method.toUpperCase(),
        ...(content === undefined ? {} : { body: JSON.stringify(content), headers: { "content-type": "application/json" } }),
      });
      expect(response.status).toBe(401);
      await expectDocumented(path, method, response);
    },
  );

  test("documents every refusal that can be provoked", async () => {
    const json = { "content-type": "application/json" };
    const provoked: [string, string, RequestInit & { as?: "viewer" | "operator" }, string?][] = [
      ["/api/v1/alarms/acknowledge", "post", { as: "viewer", method: "POST", body: "{}", headers: json }],
      ["/api/v1/alarms/acknowledge", "post", { as: "operator", method: "POST", body: "{}", headers: json }],
      ["/api/v1/alarms/acknowledge", "post", { as: "operator", method: "POST", body: "{", headers: json }],
      ["/api/v1/alarms/acknowledge", "post", { as: "operator", method: "POST", body: "x", headers: { "content-type": "text/plain" } }],
      ["/api/v1/alarms/acknowledge", "post", { as: "operator", method: "POST", body: " ".repeat(300_000), headers: json }],
      ["/api/v1/history", "get", { as: "viewer" }, "?points=dev/nothing"],
      ["/api/v1/history", "get", { as: "viewer" }, "?minutes=61"],
      ["/api/v1/live", "get", { as: "viewer" }],
    ];
    const statuses: number[] = [];
    for (const [path, method, init, query] of provoked) {
      const response = await stage.fetch(path + (query ?? ""), init);
      statuses.push(response.status);
      await expectDocumented(path, method, response);
    }
    expect(statuses).toEqual([403, 400, 400, 415, 413, 404, 400, 426]);
  });

  test("names every input and the role that an operation takes", () => {
    const history = description.paths["/api/v1/history"]?.["get"];
    expect(history?.parameters).toMatchObject([
      { name: "points", required: true, schema: { type: "string" } },
      { name: "minutes", required: false, schema: { type: "integer", minimum: 1, maximum: 60, default: 60 } },
    ]);
    const acknowledge = description.paths["/api/v1/alarms/acknowledge"]?.["post"];
    expect(acknowledge?.["x-action"]).toBe("alarm.acknowledge");
    expect(acknowledge?.["x-roles"]).toEqual(["operator", "engineer", "administrator"]);
    expect(acknowledge?.requestBody?.content["application/json"]?.schema).toMatchObject({
      required: ["keys"],
      properties: { keys: { maxItems: 500 } },
    });
    expect(description.paths["/api/v1/health"]?.["get"]?.security).toEqual([]);
  });

  test("has no reference that leads nowhere", () => {
    expect(() => resolve(description.paths)).not.toThrow();
    expect(() => resolve(description.components.schemas)).not.toThrow();
    expect(JSON.stringify(description)).not.toContain("__shared");
  });
});
