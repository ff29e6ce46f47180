import * as z from "zod";
import { summariesReplySchema, trendSchema } from "../contract/history.ts";
import { HistoryError, type HistoryStore, SPAN_MAX_MS, TREND_COLUMNS_MAX } from "../history/history.ts";
import { Refusal } from "./refusals.ts";
import { type Route, route } from "./routes.ts";

const POINTS_MAX = 256;
const COLUMNS = 500;
/** Points times columns of one answer: some megabytes of JSON. */
const CELLS_MAX = POINTS_MAX * COLUMNS;

export const pointsUpTo = (max: number) =>
  z
    .string()
    .min(1)
    .describe(`point ids, separated by commas, at most ${max}; also of devices that the site no longer has`)
    .transform((list) => list.split(","))
    .refine((ids) => ids.length <= max, `at most ${max} points`);
/** Milliseconds as everywhere in this interface, or what a person types. */
export const moment = z
  .union([z.stringFormat("milliseconds", /^\d{1,15}$/).transform(Number), z.iso.datetime({ offset: true }).transform(Date.parse)])
  .describe("milliseconds since 1970, or ISO 8601 with offset, e.g. 2026-09-20T08:00:00+08:00");
const span = { points: pointsUpTo(POINTS_MAX), from: moment, to: moment };
export const isSpan = ({ from, to }: { readonly from: number; readonly to: number }): boolean => from <= to && to - from <= SPAN_MAX_MS;
export const spanFault = { error: `\`to\` at or after \`from\`, and at most ${SPAN_MAX_MS / 86_400_000} days later`, path: ["to"] };

const trendQuerySchema = z
  .strictObject({ ...span, columns: z.coerce.number().int().min(1).max(TREND_COLUMNS_MAX).default(COLUMNS) })
  .refine(isSpan, spanFault)
  .refine(({ points: { length }, columns }) => length > POINTS_MAX || length * columns <= CELLS_MAX, {
    error: `at most ${CELLS_MAX} values: fewer points or fewer columns`,
    path: ["columns"],
  });
const summaryQuerySchema = z.strictObject(span).refine(isSpan, spanFault);

/** What the box remembers, as columns and as sums. */
export function historyRoutes(history: HistoryStore): readonly Route[] {
  return [
    route({
      method: "GET",
      path: "/api/v1/trend",
      summary: "Lowest, highest, mean and last reading of some points over minutes to months. Null is a gap.",
      access: "room.see",
      query: trendQuerySchema,
      reply: trendSchema,
      refusals: ["historyFailing"],
      answer: ({ query }) => orRefusal(() => history.trend(query.points, query.from, query.to, query.columns)),
    }),
    route({
      method: "GET",
      path: "/api/v1/summary",
      summary: "What each point did in a span: extremes with their times, mean, last, gaps.",
      access: "room.see",
      query: summaryQuerySchema,
      reply: summariesReplySchema,
      refusals: ["historyFailing"],
      answer: ({ query }) => orRefusal(async () => ({ summaries: await history.summaries(query.points, query.from, query.to) })),
    }),
  ];
}

async function orRefusal<Answer>(ask: () => Promise<Answer>): Promise<Answer | Refusal> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof HistoryError) return new Refusal("historyFailing", { message: error.words });
    throw error;
  }
}
