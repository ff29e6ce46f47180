import * as z from "zod";
import {
  alarmQualitySchema,
  PERIODS,
  POSITIONS_MAX,
  replayStateSchema,
  suggestReplySchema,
  suggestRequestSchema,
  whatIfReplySchema,
  whatIfRequestSchema,
} from "../contract/review.ts";
import { HistoryError } from "../history/history.ts";
import type { Act } from "../people/act.ts";
import type { ReviewDesk } from "../review/desk.ts";
import { qualitySheet } from "../review/sheet.ts";
import { Download } from "./download.ts";
import { Refusal } from "./refusals.ts";
import { type Route, route } from "./routes.ts";

const CSV = "text/csv; charset=utf-8";
/** A site file of 1 MiB as JSON: every line end and quote takes two bytes, Chinese three. */
const TEXT_BYTES_MAX = 4 * 1024 * 1024;

const quality = {
  period: z.enum(PERIODS).default("day"),
  date: z.iso.date().optional().describe("a day of the period, in the site's time zone; today when left out"),
  positions: z.coerce.number().int().min(1).max(POSITIONS_MAX).default(1).describe("operators who share the alarms"),
};

export interface ReviewPorts {
  readonly desk: Pick<ReviewDesk, "quality" | "whatIf" | "suggest" | "state">;
  readonly timezone: string;
  /** False: it could not be written into the audit log. */
  readonly note: (act: Act) => Promise<boolean>;
  wallMs(): number;
}

/** How well the alarm system does, and what another rule would make of it. */
export function reviewRoutes(ports: ReviewPorts): readonly Route[] {
  return [...figures(ports), ...replays(ports)];
}

function figures({ desk, timezone, note, wallMs }: ReviewPorts): readonly Route[] {
  return [
    route({
      method: "GET",
      path: "/api/v1/alarms/quality",
      summary: "Figures of the alarm system after ISA-18.2 and EEMUA 191 for a day, week or month, each beside its target.",
      access: "room.see",
      query: z.strictObject(quality),
      reply: alarmQualitySchema,
      refusals: ["journalFailing"],
      answer: ({ query }) => desk.quality(query.period, query.date ?? null, query.positions),
    }),
    route({
      method: "GET",
      path: "/api/v1/alarms/quality.csv",
      summary: "The same as CSV (UTF-8). Every export is written down.",
      access: "room.see",
      query: z.strictObject({ ...quality, language: z.enum(["zh", "en"]).default("zh") }),
      downloads: CSV,
      refusals: ["journalFailing"],
      answer: async ({ query }, { person, from }) => {
        const found = await desk.quality(query.period, query.date ?? null, query.positions);
        const detail = `${query.period} ${found.date}`;
        const act = { atMs: wallMs(), by: person?.name ?? "", from, action: "quality.export", subject: "alarms", detail };
        if (!(await note({ ...act, before: null, after: null }))) return new Refusal("journalFailing");
        const sheet = qualitySheet(found, timezone, query.language);
        return new Download(`alarm-quality-${query.period}-${found.date}.csv`, CSV, inOnePiece(sheet));
      },
    }),
  ];
}

function replays({ desk }: ReviewPorts): readonly Route[] {
  return [
    route({
      method: "POST",
      path: "/api/v1/what-if",
      summary:
        "Leads the stored readings of a period through today's rules and through changed ones: alarms gained, lost and moved. Changes nothing.",
      access: "alarm.whatIf",
      body: whatIfRequestSchema,
      bodyBytesMax: TEXT_BYTES_MAX,
      reply: whatIfReplySchema,
      refusals: ["historyFailing", "notAccepted"],
      answer: ({ body }) =>
        orRefusal(async () => {
          const answer = await desk.whatIf(body);
          return "problem" in answer ? new Refusal("notAccepted", { message: answer.problem }) : answer;
        }),
    }),
    route({
      method: "GET",
      path: "/api/v1/what-if",
      summary: "Whether a replay runs, and how far it is. One runs at a time.",
      access: "alarm.whatIf",
      reply: replayStateSchema,
      answer: () => desk.state(),
    }),
    route({
      method: "POST",
      path: "/api/v1/suggestions",
      summary:
        "The smallest deadband or delay that takes away the alarms of a point that nobody can act on and loses none that lasts, each shown by a replay. Nothing is applied.",
      access: "alarm.whatIf",
      body: suggestRequestSchema,
      reply: suggestReplySchema,
      refusals: ["historyFailing", "notAccepted", "unknownPoints"],
      answer: ({ body }) =>
        orRefusal(async () => {
          const answer = await desk.suggest(body);
          if (answer === null) {
            const expected = { zh: "本站有规则的测点", en: "a point of this site that has a rule" };
            return new Refusal("unknownPoints", { faults: [{ path: body.point, expected }] });
          }
          return "problem" in answer ? new Refusal("notAccepted", { message: answer.problem }) : answer;
        }),
    }),
  ];
}

async function* inOnePiece(text: string): AsyncIterable<string> {
  yield text;
}

async function orRefusal<Answer>(ask: () => Promise<Answer>): Promise<Answer | Refusal> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof HistoryError) return new Refusal("historyFailing", { message: error.words });
    throw error;
  }
}
