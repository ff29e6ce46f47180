import * as z from "zod";
import en from "zod/v4/locales/en.js";
import zhCN from "zod/v4/locales/zh-CN.js";
import { acknowledgeReplySchema, acknowledgeRequestSchema, alarmRecordSchema } from "../contract/alarm.ts";
import { doctorReplySchema } from "../contract/doctor.ts";
import type { Action } from "../contract/permissions.ts";
import {
  busHealthSchema,
  type Fault,
  healthSchema,
  historySchema,
  pointValueSchema,
  siteViewSchema,
  trapHealthSchema,
} from "../contract/site.ts";
import type { Person } from "../people/token-book.ts";
import type { Download } from "./download.ts";
import type { ServePorts } from "./ports.ts";
import { Refusal, type RefusalCode } from "./refusals.ts";

const HISTORY_POINTS_MAX = 256;
const HISTORY_MINUTES_MAX = 60;

/** What a handler may know of the one who asks. */
export interface Caller {
  /** Null on open routes. */
  readonly person: Person | null;
  /** The address that the request came from. */
  readonly from: string;
  /** These four check what they are given and set the cookie. */
  signInWithToken(token: string): Promise<Person | Refusal>;
  signIn(name: string, password: string): Promise<Person | Refusal>;
  redeem(asked: { readonly code: string; readonly name: string; readonly password: string }): Promise<Person | Refusal>;
  changePassword(current: string, next: string): Promise<Person | Refusal>;
  /** Ends the session and takes the cookie back. */
  signOut(): Promise<void>;
}

/** One operation of the interface: the server and its description are both made from this. */
export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** A part in braces, `/api/v1/incidents/{id}`, is a field of the query. */
  readonly path: string;
  readonly summary: string;
  /** What one must be permitted to do; `open` needs nobody. */
  readonly access: Action | "open";
  readonly query: z.ZodType | null;
  readonly body: z.ZodType | null;
  /** Null: as much as any request may have. */
  readonly bodyBytesMax: number | null;
  /** Null: 204 without a body, or a file. */
  readonly reply: z.ZodType | null;
  /** Media type of the file that it answers with; null: it answers with `reply`. */
  readonly downloads: string | null;
  /** Refusals of its own, beyond those that follow from access, query and body. */
  readonly refusals: readonly RefusalCode[];
  handle(query: unknown, body: unknown, caller: Caller): Promise<unknown | Refusal | Download>;
}

interface Definition<Query, Body, Reply> {
  readonly method: Route["method"];
  readonly path: string;
  readonly summary: string;
  readonly access: Action | "open";
  readonly query?: z.ZodType<Query>;
  readonly body?: z.ZodType<Body>;
  readonly bodyBytesMax?: number;
  readonly reply?: z.ZodType<Reply>;
  readonly downloads?: string;
  readonly refusals?: readonly RefusalCode[];
  answer(
    asked: { readonly query: Query; readonly body: Body },
    caller: Caller,
  ): Reply | Refusal | Download | Promise<Reply | Refusal | Download>;
}

export function route<Query, Body, Reply>(definition: Definition<Query, Body, Reply>): Route {
  const { method, path, summary, access, query, body, bodyBytesMax, reply, downloads, refusals } = definition;
  return {
    ...{ method, path, summary, access },
    query: query ?? null,
    body: body ?? null,
    bodyBytesMax: bodyBytesMax ?? null,
    reply: reply ?? null,
    downloads: downloads ?? null,
    refusals: refusals ?? [],
    async handle(rawQuery, rawBody, caller) {
      const asked = parseAll<Query, Body>(query, rawQuery, body, rawBody);
      return asked instanceof Refusal ? asked : definition.answer(asked, caller);
    },
  };
}

/** Either both halves of the request as the route wants them, or everything that is wrong with both. */
function parseAll<Query, Body>(
  querySchema: z.ZodType<Query> | undefined,
  rawQuery: unknown,
  bodySchema: z.ZodType<Body> | undefined,
  rawBody: unknown,
): { query: Query; body: Body } | Refusal {
  const nothing: z.ZodType = z.unknown();
  const query = ((querySchema ?? nothing) as z.ZodType<Query>).safeParse(rawQuery);
  const body = ((bodySchema ?? nothing) as z.ZodType<Body>).safeParse(rawBody);
  if (query.success && body.success) return { query: query.data, body: body.data };
  return new Refusal("badRequest", {
    faults: [...faultsOf(querySchema ?? nothing, rawQuery), ...faultsOf(bodySchema ?? nothing, rawBody)],
  });
}

const CHINESE = zhCN().localeError;
const ENGLISH = en().localeError;

function faultsOf(schema: z.ZodType, raw: unknown): readonly Fault[] {
  const chinese = schema.safeParse(raw, { error: CHINESE }).error?.issues ?? [];
  const english = schema.safeParse(raw, { error: ENGLISH }).error?.issues ?? [];
  return english.map((issue, index) => ({
    path: issue.path.reduce<string>(
      (path, key) => (typeof key === "number" ? `${path}[${key}]` : path === "" ? String(key) : `${path}.${String(key)}`),
      "",
    ),
    expected: { zh: chinese[index]?.message ?? issue.message, en: issue.message },
  }));
}

export const pointsReplySchema = z.object({ points: z.array(pointValueSchema) });
export const alarmsReplySchema = z.object({ alarms: z.array(alarmRecordSchema) });
export const busesReplySchema = z.object({
  buses: z.array(busHealthSchema),
  traps: trapHealthSchema.nullable().describe("null: nobody listens"),
});

const historyQuerySchema = z.strictObject({
  points: z
    .string()
    .min(1)
    .describe("point ids, separated by commas, at most 256")
    .transform((list) => list.split(","))
    .refine((ids) => ids.length <= HISTORY_POINTS_MAX, `at most ${HISTORY_POINTS_MAX} points`),
  minutes: z.coerce.number().int().min(1).max(HISTORY_MINUTES_MAX).default(HISTORY_MINUTES_MAX),
});
/** The room's half of the interface under /api/v1. */
export function routesOf(ports: ServePorts): readonly Route[] {
  return [...readings(ports), ...alarming(ports)];
}

function readings(ports: ServePorts): readonly Route[] {
  return [
    route({
      method: "GET",
      path: "/api/v1/health",
      summary: "Is the box well? Open, for load balancers and watchdogs.",
      access: "open",
      reply: healthSchema,
      answer: () => ports.health(),
    }),
    route({
      method: "GET",
      path: "/api/v1/site",
      summary: "Areas, devices and points: all that does not change while the box runs.",
      access: "room.see",
      reply: siteViewSchema,
      answer: () => ports.site,
    }),
    route({
      method: "GET",
      path: "/api/v1/points",
      summary: "Latest reading of every point. Value is null unless quality is good.",
      access: "room.see",
      reply: pointsReplySchema,
      answer: () => ({ points: [...ports.pointValues()] }),
    }),
    route({
      method: "GET",
      path: "/api/v1/history",
      summary: "The last minutes of some points at full rate. Null is a gap.",
      access: "room.see",
      query: historyQuerySchema,
      reply: historySchema,
      refusals: ["unknownPoints"],
      answer: ({ query }) => {
        const found = ports.history(query.points, query.minutes);
        if (!("unknown" in found)) return found;
        const expected = { zh: "本站的测点", en: "a point of this site" };
        return new Refusal("unknownPoints", { faults: found.unknown.map((path) => ({ path, expected })) });
      },
    }),
    route({
      method: "GET",
      path: "/api/v1/buses",
      summary: "How each bus answers, with its faults counted by reason; what comes to the port for SNMP traps.",
      access: "room.see",
      reply: busesReplySchema,
      answer: () => ({ buses: [...ports.buses()], traps: ports.traps() }),
    }),
    route({
      method: "GET",
      path: "/api/v1/buses/doctor",
      summary:
        "What the last minutes on each bus were like: load, latency, errors by kind; and what is most likely wrong, why, and what to do next.",
      access: "room.see",
      reply: doctorReplySchema,
      answer: () => ({ buses: [...ports.doctor()] }),
    }),
  ];
}

function alarming(ports: ServePorts): readonly Route[] {
  return [
    route({
      method: "GET",
      path: "/api/v1/alarms",
      summary: "Live alarms.",
      access: "room.see",
      reply: alarmsReplySchema,
      answer: () => ({ alarms: [...ports.alarms()] }),
    }),
    route({
      method: "POST",
      path: "/api/v1/alarms/acknowledge",
      summary: "Takes alarms over, with a note. Answered when it is in the journal.",
      access: "alarm.acknowledge",
      body: acknowledgeRequestSchema,
      reply: acknowledgeReplySchema,
      refusals: ["journalFailing"],
      answer: async ({ body: { keys, note } }, { person, from }) => {
        if (person === null) throw new Error("an operator's route was reached by nobody");
        const done = await ports.acknowledge(keys, { by: person.name, from }, note);
        return "problem" in done ? new Refusal("journalFailing", { message: done.problem }) : done;
      },
    }),
  ];
}
