import * as z from "zod";
import { auditCheckSchema, auditChoicesSchema, auditReplySchema } from "../contract/people.ts";
import type { AuditVerdict } from "../journal/journal.ts";
import type { AuditAsked, AuditDesk } from "../people/audit-desk.ts";
import { Download } from "./download.ts";
import { doerOf } from "./people-routes.ts";
import { Refusal } from "./refusals.ts";
import { type Route, route } from "./routes.ts";

const AUDIT_LINES_MAX = 500;
const CSV = "text/csv; charset=utf-8";

const asked = {
  by: z.string().min(1).max(64).optional().describe("who did it"),
  action: z.string().min(1).max(64).optional().describe("what was done, e.g. `user.role`"),
  day: z.iso.date().optional().describe("a day of the site's zone, e.g. `2026-11-22`"),
};
const listQuerySchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(AUDIT_LINES_MAX).default(100),
  before: z.coerce.number().int().min(1).optional().describe("only lines with a lesser number: the next page"),
  ...asked,
});
const exportQuerySchema = z.strictObject({ language: z.enum(["zh", "en"]).default("zh"), ...asked });

/** What an auditor reads and takes along. */
export function auditRoutes(desk: AuditDesk): readonly Route[] {
  return [
    route({
      method: "GET",
      path: "/api/v1/audit",
      summary: "Every change and sign-in, newest first. Reading it is written down too, once per sitting.",
      access: "audit.see",
      query: listQuerySchema,
      reply: auditReplySchema,
      refusals: ["journalFailing"],
      answer: async ({ query: { limit, before, ...rest } }, caller) => {
        const page = before === undefined ? { limit } : { limit, before };
        return { lines: [...(await desk.list(page, given(rest), doerOf(caller)))] };
      },
    }),
    route({
      method: "GET",
      path: "/api/v1/audit/choices",
      summary: "The people and actions that stand in the log.",
      access: "audit.see",
      reply: auditChoicesSchema,
      refusals: ["journalFailing"],
      answer: async () => {
        const { by, actions } = await desk.choices();
        return { by: [...by], actions: [...actions] };
      },
    }),
    route({
      method: "GET",
      path: "/api/v1/audit/check",
      summary: "Is every line as it was written? `roomward audit verify` proves the same on the box and on a copy.",
      access: "audit.see",
      reply: auditCheckSchema,
      refusals: ["journalFailing"],
      answer: async () => shown(await desk.check()),
    }),
    route({
      method: "GET",
      path: "/api/v1/audit/export",
      summary: "The lines as CSV (UTF-8), newest first. Every export is written down.",
      access: "audit.see",
      query: exportQuerySchema,
      downloads: CSV,
      refusals: ["journalFailing"],
      answer: async ({ query: { language, ...rest } }, caller) => {
        const made = await desk.export(given(rest), language, doerOf(caller));
        return "problem" in made ? new Refusal("journalFailing", { message: made.problem }) : new Download(made.fileName, CSV, made.pieces);
      },
    }),
  ];
}

/** Without the keys that were left out. */
function given(query: { readonly [Key in keyof AuditAsked]: AuditAsked[Key] | undefined }): AuditAsked {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined));
}

function shown(verdict: AuditVerdict) {
  if (verdict.ok) return { whole: true, lines: verdict.rows, dropped: verdict.dropped, head: verdict.head, wrong: null };
  const { number, wrong } = verdict;
  return { whole: false, lines: number - 1, dropped: 0, head: null, wrong: { number, how: wrong } };
}
