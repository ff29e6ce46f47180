import * as z from "zod";
import {
  answerRequestSchema,
  correctRequestSchema,
  inspectionMonthSchema,
  inspectionSheetSchema,
  sheetIdSchema,
  signRequestSchema,
} from "../contract/inspection.ts";
import type { Doer, Inspected } from "../inspection/desk.ts";
import { unknownSheetWords } from "../inspection/words.ts";
import type { InspectionPort } from "./ports.ts";
import { Refusal, type RefusalCode } from "./refusals.ts";
import { type Caller, type Route, route } from "./routes.ts";

const monthQuerySchema = z.strictObject({
  month: z
    .string()
    .regex(/^\d{4}-(0[1-9]|1[0-2])$/)
    .optional()
    .describe("YYYY-MM; this month when left out"),
});
const sheetQuerySchema = z.strictObject({ id: sheetIdSchema });

const CHANGE_REFUSALS: readonly RefusalCode[] = ["notFound", "sheetChanged", "notAccepted", "journalFailing"];

/** Inspection rounds: the calendar, a sheet, and what people do to it. */
export function inspectionRoutes(desk: InspectionPort): readonly Route[] {
  return [
    route({
      method: "GET",
      path: "/api/v1/inspection",
      summary: "The inspection sheets of a month, with those that are missing.",
      access: "inspection.see",
      query: monthQuerySchema,
      reply: inspectionMonthSchema,
      refusals: ["notFound", "journalFailing"],
      answer: async ({ query: { month } }) => (await desk.month(month ?? desk.today.slice(0, 7))) ?? new Refusal("notFound"),
    }),
    route({
      method: "GET",
      path: "/api/v1/inspection/sheet",
      summary: "One sheet: its form, what was measured on its day, the answers, and who signed.",
      access: "inspection.see",
      query: sheetQuerySchema,
      reply: inspectionSheetSchema,
      refusals: ["notFound", "journalFailing"],
      answer: async ({ query: { id } }) => (await desk.sheet(id)) ?? new Refusal("notFound", { message: unknownSheetWords(id) }),
    }),
    ...changes(desk),
  ];
}

function changes(desk: InspectionPort): readonly Route[] {
  const change = { method: "POST", reply: inspectionSheetSchema, refusals: CHANGE_REFUSALS } as const;
  return [
    route({
      ...change,
      path: "/api/v1/inspection/answer",
      summary: "Answers one item that people look at. Taken only if the answer that it replaces is the one that was seen.",
      access: "inspection.fill",
      body: answerRequestSchema,
      answer: async ({ body }, caller) => orRefusal(await desk.answer(body, doerOf(caller))),
    }),
    route({
      ...change,
      path: "/api/v1/inspection/sign",
      summary: "Signs a sheet as it was looked at, with what was measured until now. It cannot be changed any more, only corrected.",
      access: "inspection.fill",
      body: signRequestSchema,
      answer: async ({ body }, caller) => orRefusal(await desk.sign(body, doerOf(caller))),
    }),
    route({
      ...change,
      path: "/api/v1/inspection/review",
      summary: "Reviews a sheet that somebody else signed.",
      access: "inspection.review",
      body: signRequestSchema,
      answer: async ({ body }, caller) => orRefusal(await desk.review(body, doerOf(caller))),
    }),
    route({
      ...change,
      path: "/api/v1/inspection/correct",
      summary: "Corrects an answer of a signed sheet. The former answer stays, with the reason.",
      access: "inspection.fill",
      body: correctRequestSchema,
      answer: async ({ body }, caller) => orRefusal(await desk.correct(body, doerOf(caller))),
    }),
  ];
}

const CODES = { unknown: "notFound", changed: "sheetChanged", refused: "notAccepted", journal: "journalFailing" } as const;

function orRefusal(done: Inspected) {
  return "sheet" in done ? done.sheet : new Refusal(CODES[done.why], { message: done.problem });
}

function doerOf({ person, from }: Caller): Doer {
  if (person === null) throw new Error("a route that is not open was reached by nobody");
  return { by: person.name, from };
}
