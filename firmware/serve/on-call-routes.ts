import * as z from "zod";
import {
  confirmRequestSchema,
  handOverRequestSchema,
  handOversReplySchema,
  onCallReplySchema,
  swapRequestSchema,
} from "../contract/escalation.ts";
import type { DutyAnswer, DutyDesk } from "../escalation/duty-desk.ts";
import { handOverCsv } from "../escalation/hand-over-csv.ts";
import type { Rota } from "../escalation/rota.ts";
import { Download } from "./download.ts";
import { Refusal } from "./refusals.ts";
import { type Caller, type Route, route } from "./routes.ts";

const LIST_MAX = 200;
const SHEET_MAX = 2_000;
const CSV = "text/csv; charset=utf-8";

export interface OnCallPorts {
  readonly desk: Pick<DutyDesk, "view" | "swap" | "handOvers" | "writeHandOver" | "confirmHandOver">;
  readonly rotas: readonly Rota[];
  readonly timezone: string;
}

const listed = {
  rota: z.string().min(1).max(32).optional(),
  from: z.coerce.number().optional().describe("changes of shifts from here, milliseconds"),
  to: z.coerce.number().optional().describe("before there"),
};
const listQuerySchema = z.strictObject({
  ...listed,
  before: z.coerce.number().int().optional().describe("only those with a lesser number"),
  limit: z.coerce.number().int().min(1).max(LIST_MAX).default(50),
});
const sheetQuerySchema = z.strictObject({ ...listed, language: z.enum(["zh", "en"]).default("zh") });

/** Who is on call, what escalates, and what one shift hands to the next. */
export function onCallRoutes({ desk, rotas, timezone }: OnCallPorts): readonly Route[] {
  return [
    route({
      method: "GET",
      path: "/api/v1/on-call",
      summary: "Who is on call now and next, the plans, and how far each alarm that nobody has taken is escalated.",
      access: "onCall.see",
      reply: onCallReplySchema,
      answer: () => desk.view(),
    }),
    route({
      method: "POST",
      path: "/api/v1/on-call/swaps",
      summary: "Lets somebody of the rota stand in for a while; `who` null: as planned again. Answered when it is in the journal.",
      access: "onCall.swap",
      body: swapRequestSchema,
      refusals: ["notAccepted", "journalFailing"],
      answer: async ({ body }, caller) => orRefusal(await desk.swap(body, doerOf(caller))),
    }),
    route({
      method: "GET",
      path: "/api/v1/on-call/hand-overs",
      summary: "Written hand-overs, and those that are missing, newest first.",
      access: "onCall.see",
      query: listQuerySchema,
      reply: handOversReplySchema,
      refusals: ["journalFailing"],
      answer: ({ query: { rota, from, to, before, limit } }) =>
        desk.handOvers({ limit, ...filterOf({ rota, from, to }), ...(before === undefined ? {} : { before }) }),
    }),
    route({
      method: "POST",
      path: "/api/v1/on-call/hand-overs",
      summary: "What the outgoing shift hands over at a change. The box adds what is open; it cannot be changed afterwards.",
      access: "handOver.write",
      body: handOverRequestSchema,
      refusals: ["notAccepted", "journalFailing"],
      answer: async ({ body }, caller) => orRefusal(await desk.writeHandOver(body, doerOf(caller))),
    }),
    route({
      method: "POST",
      path: "/api/v1/on-call/hand-overs/confirm",
      summary: "The incoming shift has read a hand-over that somebody else wrote.",
      access: "handOver.write",
      body: confirmRequestSchema,
      refusals: ["notAccepted", "journalFailing"],
      answer: async ({ body }, caller) => orRefusal(await desk.confirmHandOver(body, doerOf(caller))),
    }),
    route({
      method: "GET",
      path: "/api/v1/on-call/hand-overs/sheet",
      summary: "The hand-overs as CSV for a spreadsheet, newest first: UTF-8 with BOM, CRLF, no cell that would be calculated.",
      access: "onCall.see",
      query: sheetQuerySchema,
      downloads: CSV,
      refusals: ["journalFailing"],
      answer: async ({ query: { language, ...query } }) => {
        const { handOvers } = await desk.handOvers({ limit: SHEET_MAX, ...filterOf(query) });
        return new Download("hand-overs.csv", CSV, inOnePiece(handOverCsv(handOvers, rotas, timezone, language)));
      },
    }),
  ];
}

function filterOf({ rota, from, to }: { rota?: string | undefined; from?: number | undefined; to?: number | undefined }) {
  return {
    ...(rota === undefined ? {} : { rota }),
    ...(from === undefined ? {} : { fromMs: from }),
    ...(to === undefined ? {} : { toMs: to }),
  };
}

async function* inOnePiece(text: string): AsyncGenerator<string> {
  yield text;
}

function orRefusal(answer: DutyAnswer): Refusal | undefined {
  if (answer === null) return undefined;
  return "refused" in answer
    ? new Refusal("notAccepted", { message: answer.refused })
    : new Refusal("journalFailing", { message: answer.failed });
}

function doerOf({ person, from }: Caller): { readonly by: string; readonly from: string } {
  if (person === null) throw new Error("a route that is not open was reached by nobody");
  return { by: person.name, from };
}
