import * as z from "zod";
import {
  assigneesReplySchema,
  guidanceSchema,
  incidentActSchema,
  incidentDetailSchema,
  incidentListReplySchema,
  incidentQuerySchema,
  openProblemSchema,
  problemActSchema,
  problemSchema,
  problemsReplySchema,
  proposeRunbookSchema,
  remedyDecisionSchema,
  runbookDecisionSchema,
  runbookSchema,
  runbooksReplySchema,
} from "../contract/incidents.ts";
import type { DeskTrouble, HelpDesk } from "../helpdesk/desk.ts";
import { unknownIncidentWords } from "../helpdesk/words.ts";
import { Download } from "./download.ts";
import { doerOf } from "./people-routes.ts";
import { Refusal, type RefusalCode } from "./refusals.ts";
import { type Route, route } from "./routes.ts";

export type IncidentPort = Pick<HelpDesk, keyof HelpDesk>;

const CSV = "text/csv; charset=utf-8";
const idQuerySchema = z.strictObject({ id: z.string().min(1).max(64).describe("its id, or its number for people, e.g. `RW-000123`") });
const problemQuerySchema = z.strictObject({ id: z.string().regex(/^PR-\d{6,}$/) });
const runbookQuerySchema = z.strictObject({ id: z.string().regex(/^RB-\d{6,}$/) });
const guidanceQuerySchema = z.strictObject({ key: z.string().min(1).max(255).describe("alarm key") });
const csvQuerySchema = incidentQuerySchema.extend({ language: z.enum(["zh", "en"]).default("zh") });

const CODES = { unknown: "notFound", refused: "notAccepted", journal: "journalFailing" } as const;
const CHANGE_REFUSALS: readonly RefusalCode[] = ["notFound", "notAccepted", "journalFailing"];

/** The service desk: incidents that people work on, problems behind them, and what to do when it rings. */
export function incidentRoutes(desk: IncidentPort): readonly Route[] {
  return [...incidents(desk), ...problems(desk), ...runbooks(desk)];
}

function orRefusal<Reply extends object>(done: Reply | DeskTrouble): Reply | Refusal {
  return "why" in done ? new Refusal(CODES[done.why], { message: done.problem }) : done;
}

function incidents(desk: IncidentPort): readonly Route[] {
  return [
    route({
      method: "GET",
      path: "/api/v1/incidents",
      summary: "Incidents, newest first, with who has them, how much time is left, and what became of them at each target.",
      access: "room.see",
      query: incidentQuerySchema,
      reply: incidentListReplySchema,
      refusals: ["journalFailing"],
      answer: ({ query }) => desk.incidents(query),
    }),
    route({
      method: "GET",
      path: "/api/v1/incidents/export",
      summary: "The incidents that fit, newest first, at most 5,000, as CSV for a spreadsheet.",
      access: "room.see",
      query: csvQuerySchema,
      downloads: CSV,
      refusals: ["journalFailing"],
      answer: async ({ query: { language, ...question } }) => {
        const text = await desk.csv(question, language);
        return new Download("incidents.csv", CSV, inOnePiece(text));
      },
    }),
    route({
      method: "GET",
      path: "/api/v1/incidents/assignees",
      summary: "Names of those who may be assigned incidents; groups go by any name.",
      access: "incident.work",
      reply: assigneesReplySchema,
      answer: async () => ({ people: [...(await desk.people())] }),
    }),
    route({
      method: "GET",
      path: "/api/v1/incidents/{id}",
      summary: "One incident: its device, its clocks, and everything that happened to it.",
      access: "room.see",
      query: idQuerySchema,
      reply: incidentDetailSchema,
      refusals: ["notFound", "journalFailing"],
      answer: async ({ query: { id } }) => (await desk.incident(id)) ?? new Refusal("notFound", { message: unknownIncidentWords(id) }),
    }),
    route({
      method: "POST",
      path: "/api/v1/incidents/{id}/acts",
      summary:
        "Does something to an incident: assign, note, priority, wait, cause, solution, resolve, close, reopen, link. Its alarms stay as they are.",
      access: "incident.work",
      query: idQuerySchema,
      body: incidentActSchema,
      reply: incidentDetailSchema,
      refusals: CHANGE_REFUSALS,
      answer: async ({ query: { id }, body }, caller) => orRefusal(await desk.act(id, body, doerOf(caller))),
    }),
    route({
      method: "POST",
      path: "/api/v1/incidents/{id}/decision",
      summary: "Approves or rejects a workaround or solution that somebody else wrote.",
      access: "runbook.approve",
      query: idQuerySchema,
      body: remedyDecisionSchema,
      reply: incidentDetailSchema,
      refusals: CHANGE_REFUSALS,
      answer: async ({ query: { id }, body }, caller) => orRefusal(await desk.decide(id, body, doerOf(caller))),
    }),
    route({
      method: "GET",
      path: "/api/v1/guidance",
      summary: "What to do about an alarm: runbooks, what helped the last times, its problem, and whom to phone.",
      access: "room.see",
      query: guidanceQuerySchema,
      reply: guidanceSchema,
      refusals: ["journalFailing"],
      answer: ({ query: { key } }) => desk.guidance(key),
    }),
  ];
}

function problems(desk: IncidentPort): readonly Route[] {
  const change = { method: "POST", reply: problemSchema, refusals: CHANGE_REFUSALS } as const;
  return [
    route({
      method: "GET",
      path: "/api/v1/problems",
      summary: "Problems, newest first, and alarms that come again and again.",
      access: "room.see",
      reply: problemsReplySchema,
      refusals: ["journalFailing"],
      answer: async () => {
        const found = await desk.problems();
        return { problems: [...found.problems], recurring: found.recurring };
      },
    }),
    route({
      ...change,
      path: "/api/v1/problems",
      summary: "Opens a problem: one cause behind several incidents, which are linked to it.",
      access: "incident.work",
      body: openProblemSchema,
      answer: async ({ body }, caller) => orRefusal(await desk.openProblem(body, doerOf(caller))),
    }),
    route({
      ...change,
      path: "/api/v1/problems/{id}/acts",
      summary: "Writes down what is found out about a problem, or closes it.",
      access: "incident.work",
      query: problemQuerySchema,
      body: problemActSchema,
      answer: async ({ query: { id }, body }, caller) => orRefusal(await desk.actOnProblem(id, body, doerOf(caller))),
    }),
    route({
      ...change,
      path: "/api/v1/problems/{id}/decision",
      summary: "Approves or rejects a workaround or solution that somebody else wrote.",
      access: "runbook.approve",
      query: problemQuerySchema,
      body: remedyDecisionSchema,
      answer: async ({ query: { id }, body }, caller) => orRefusal(await desk.decideProblem(id, body, doerOf(caller))),
    }),
  ];
}

function runbooks(desk: IncidentPort): readonly Route[] {
  const change = { method: "POST", reply: runbookSchema, refusals: CHANGE_REFUSALS } as const;
  return [
    route({
      method: "GET",
      path: "/api/v1/runbooks",
      summary: "What to do when it rings: approved texts, and proposals that wait for approval.",
      access: "room.see",
      reply: runbooksReplySchema,
      refusals: ["journalFailing"],
      answer: async () => ({ runbooks: await desk.runbooks() }),
    }),
    route({
      ...change,
      path: "/api/v1/runbooks",
      summary: "Proposes a runbook, or another text for one. It counts when somebody else has approved it.",
      access: "incident.work",
      body: proposeRunbookSchema,
      answer: async ({ body }, caller) => orRefusal(await desk.propose(body, doerOf(caller))),
    }),
    route({
      ...change,
      path: "/api/v1/runbooks/{id}/decision",
      summary: "Approves or rejects a proposal that somebody else wrote, or withdraws an approved text.",
      access: "runbook.approve",
      query: runbookQuerySchema,
      body: runbookDecisionSchema,
      answer: async ({ query: { id }, body }, caller) => orRefusal(await desk.decideRunbook(id, body, doerOf(caller))),
    }),
  ];
}

async function* inOnePiece(text: string): AsyncGenerator<string> {
  yield text;
}
