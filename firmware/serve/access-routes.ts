import type { AccessDesk } from "../access/desk.ts";
import type { LineProblem } from "../access/holder-csv.ts";
import {
  accessExportQuerySchema,
  accessLogQuerySchema,
  accessLogReplySchema,
  accessReplySchema,
  holderEntrySchema,
  holderKeySchema,
  holdersReplySchema,
  importReplySchema,
  importSchema,
  powerSchema,
  resetSchema,
  visitInSchema,
  visitOutSchema,
  visitReplySchema,
} from "../contract/access.ts";
import type { Words } from "../contract/alarm.ts";
import { Download } from "./download.ts";
import { doerOf } from "./people-routes.ts";
import { Refusal } from "./refusals.ts";
import { type Route, route } from "./routes.ts";

/** Who is in the room: doors, the entry log, visitors, and the register of cards. */
export function accessRoutes(desk: AccessDesk): readonly Route[] {
  return [...looking(desk), ...entering(desk), ...holders(desk)];
}

function refusedFor(done: { readonly problem: Words } | null): Refusal | undefined {
  return done === null ? undefined : new Refusal("notAccepted", { message: done.problem });
}

function looking(desk: AccessDesk): readonly Route[] {
  return [
    route({
      method: "GET",
      path: "/api/v1/access",
      summary: "Doors now, and who is inside as far as the entry log can tell.",
      access: "access.see",
      reply: accessReplySchema,
      answer: () => desk.view(),
    }),
    route({
      method: "GET",
      path: "/api/v1/access/log",
      summary: "The entry log, newest line first.",
      access: "access.see",
      query: accessLogQuerySchema,
      reply: accessLogReplySchema,
      answer: async ({ query }) => ({ entries: [...(await desk.log(query))] }),
    }),
    route({
      method: "GET",
      path: "/api/v1/access/export",
      summary: "The entry log of some days as CSV, XLSX or PDF, oldest line first. Every export is written down.",
      access: "access.see",
      query: accessExportQuerySchema,
      downloads: "*/*",
      refusals: ["notAccepted"],
      answer: async ({ query }, caller) => {
        const made = await desk.exportLog(query, doerOf(caller));
        if ("problem" in made) return new Refusal("notAccepted", { message: made.problem });
        return new Download(made.fileName, made.mediaType, made.pieces);
      },
    }),
  ];
}

function entering(desk: AccessDesk): readonly Route[] {
  return [
    route({
      method: "POST",
      path: "/api/v1/access/visits",
      summary: "Signs a visitor in. Answered when it is in the journal.",
      access: "access.enter",
      body: visitInSchema,
      reply: visitReplySchema,
      refusals: ["notAccepted"],
      answer: async ({ body }, caller) => {
        const done = await desk.visitIn(body, doerOf(caller));
        return "problem" in done ? new Refusal("notAccepted", { message: done.problem }) : done;
      },
    }),
    route({
      method: "POST",
      path: "/api/v1/access/visits/leave",
      summary: "Signs a visitor out.",
      access: "access.enter",
      body: visitOutSchema,
      refusals: ["notAccepted"],
      answer: async ({ body }, caller) => refusedFor(await desk.visitOut(body, doerOf(caller))),
    }),
    route({
      method: "POST",
      path: "/api/v1/access/power",
      summary: "Writes down that somebody switched a server on or off.",
      access: "access.enter",
      body: powerSchema,
      refusals: ["notAccepted"],
      answer: async ({ body }, caller) => refusedFor(await desk.power(body, doerOf(caller))),
    }),
    route({
      method: "POST",
      path: "/api/v1/access/reset",
      summary: "Takes somebody, or everybody, off the list of those inside. The log keeps what it says.",
      access: "access.enter",
      body: resetSchema,
      refusals: ["notAccepted"],
      answer: async ({ body }, caller) => refusedFor(await desk.reset(body, doerOf(caller))),
    }),
  ];
}

function holders(desk: AccessDesk): readonly Route[] {
  return [
    route({
      method: "GET",
      path: "/api/v1/access/holders",
      summary: "The register of cards: who holds which, and until when.",
      access: "access.see",
      reply: holdersReplySchema,
      answer: () => ({ holders: [...desk.holders.list()] }),
    }),
    route({
      method: "POST",
      path: "/api/v1/access/holders",
      summary: "Enters a card holder, or changes the one of this card.",
      access: "access.holders",
      body: holderEntrySchema,
      refusals: ["notAccepted"],
      answer: async ({ body }, caller) => refusedFor(await desk.holders.put(body, doerOf(caller))),
    }),
    route({
      method: "POST",
      path: "/api/v1/access/holders/remove",
      summary: "Takes a card out of the register.",
      access: "access.holders",
      body: holderKeySchema,
      refusals: ["notAccepted"],
      answer: async ({ body }, caller) => refusedFor(await desk.holders.remove(body.card, doerOf(caller))),
    }),
    route({
      method: "POST",
      path: "/api/v1/access/holders/import",
      summary: "Takes a CSV list of card holders: all of it, or none with everything that is wrong with it, line by line.",
      access: "access.holders",
      body: importSchema,
      reply: importReplySchema,
      refusals: ["notAccepted"],
      answer: async ({ body }, caller) => {
        const done = await desk.holders.importCsv(body.csv, body.replace, doerOf(caller));
        if ("problems" in done) return listRefusal(done.problems);
        return "problem" in done ? new Refusal("notAccepted", { message: done.problem }) : done;
      },
    }),
  ];
}

/** Faults that one answer tells; a list in the wrong format has one in every line. */
const FAULTS_MAX = 200;

function listRefusal(problems: readonly LineProblem[]): Refusal {
  const count = problems.length;
  return new Refusal("notAccepted", {
    message: {
      zh: `列表有 ${count} 处问题，未导入任何一行。请按行号改正后重新导入。`,
      en: `The list has ${count} problems and none of it was taken. Mend the lines that are named and import it again.`,
    },
    faults: problems.slice(0, FAULTS_MAX).map(({ line, message }) => ({ path: `line ${line}`, expected: message })),
  });
}
