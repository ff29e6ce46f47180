import * as z from "zod";
import type { Words } from "../contract/alarm.ts";
import type { PointView, SiteView } from "../contract/site.ts";
import { HistoryError, type SampleSource } from "../history/history.ts";
import type { SampleFile } from "../history/samples.ts";
import type { Act } from "../people/people-file.ts";
import { BYTE_ORDER_MARK, csvLine } from "../platform/csv.ts";
import { Download } from "./download.ts";
import { isSpan, moment, pointsUpTo, spanFault } from "./history-routes.ts";
import { Refusal } from "./refusals.ts";
import { type Route, route } from "./routes.ts";

const CSV = "text/csv; charset=utf-8";
/** Columns that a spreadsheet shows well, and an hour of them at a reading a second is some megabytes. */
const POINTS_MAX = 64;
/** What is given to the socket at once. */
const PIECE_BYTES = 64 * 1024;

const querySchema = z
  .strictObject({
    ...{ points: pointsUpTo(POINTS_MAX), from: moment, to: moment },
    step: z.enum(["raw", "minute"]).default("raw").describe("raw: every reading; minute: mean, lowest and highest of each minute"),
    language: z.enum(["zh", "en"]).default("zh"),
  })
  .refine(isSpan, spanFault);

export interface SamplePorts {
  readonly history: SampleSource;
  readonly site: () => SiteView;
  /** False: it could not be written into the audit log. */
  readonly note: (act: Act) => Promise<boolean>;
  wallMs(): number;
}

/** What was measured as a file for a spreadsheet. */
export function sampleRoutes({ history, site, note, wallMs }: SamplePorts): readonly Route[] {
  return [
    route({
      method: "GET",
      path: "/api/v1/trend.csv",
      summary:
        "Every reading of some points, or their minutes, as CSV (UTF-8): local time with offset, milliseconds since 1970, whether the clock was certain, a column or three for each point. An empty line is where a gap begins. Raw goes back as far as full rate is kept. Every export is written down.",
      access: "room.see",
      query: querySchema,
      downloads: CSV,
      refusals: ["historyFailing", "journalFailing"],
      answer: async ({ query }, { person, from }) => {
        const view = site();
        const { header, file } = fileOf(query, view);
        const act = { atMs: wallMs(), by: person?.name ?? "", from, action: "history.export", subject: query.points.join(" ") };
        const span = `${localDay(query.from, view.timezone)} – ${localDay(query.to, view.timezone)} ${query.step}`;
        if (!(await note({ ...act, detail: span, before: null, after: null }))) return new Refusal("journalFailing");
        const pieces = history.samples(file)[Symbol.asyncIterator]();
        try {
          // The first hour is read before anything is sent: trouble with the file is still an answer.
          const first = await pieces.next();
          return new Download(`readings-${query.step}-${localDay(query.from, view.timezone)}.csv`, CSV, inPieces(header, first, pieces));
        } catch (error) {
          if (error instanceof HistoryError) return new Refusal("historyFailing", { message: error.words });
          throw error;
        }
      },
    }),
  ];
}

async function* inPieces(header: string, first: IteratorResult<Uint8Array>, rest: AsyncIterator<Uint8Array>): AsyncIterable<Uint8Array> {
  yield new TextEncoder().encode(header);
  for (let piece = first; piece.done !== true; piece = await rest.next())
    for (let at = 0; at < piece.value.length; at += PIECE_BYTES) yield piece.value.subarray(at, at + PIECE_BYTES);
}

function fileOf({ points, from, to, step, language }: z.infer<typeof querySchema>, view: SiteView): { header: string; file: SampleFile } {
  const known = new Map(view.points.map((point) => [point.id, point]));
  const columns = points.flatMap((id) => {
    const name = nameOf(id, known.get(id));
    return step === "raw" ? [name] : [WORDS.mean, WORDS.lowest, WORDS.highest].map((word) => `${name} ${word[language]}`);
  });
  return {
    header: BYTE_ORDER_MARK + csvLine([WORDS.local[language], WORDS.epoch[language], WORDS.clock[language], ...columns]),
    file: {
      ...{ points, step, span: { fromMs: from, toMs: to }, timeZone: view.timezone },
      states: points.map((id) => statesOf(known.get(id), language)),
      clock: { certain: WORDS.certain[language], uncertain: WORDS.uncertain[language] },
    },
  };
}

/** `th-1/ambient.temperature (°C)` */
function nameOf(id: string, point: PointView | undefined): string {
  return point === undefined || point.unit === "" ? id : `${id} (${point.unit})`;
}

function statesOf(point: PointView | undefined, language: keyof Words): readonly string[] | null {
  return point?.kind === "state" ? point.states.map((state) => state[language]) : null;
}

function localDay(atMs: number, timezone: string): string {
  return Temporal.Instant.fromEpochMilliseconds(atMs).toZonedDateTimeISO(timezone).toPlainDate().toString();
}

const WORDS = {
  local: { zh: "本地时间", en: "Local time" },
  epoch: { zh: "UTC 毫秒", en: "UTC ms" },
  clock: { zh: "时钟", en: "Clock" },
  certain: { zh: "可信", en: "certain" },
  uncertain: { zh: "未校准", en: "uncertain" },
  mean: { zh: "平均", en: "mean" },
  lowest: { zh: "最低", en: "lowest" },
  highest: { zh: "最高", en: "highest" },
} as const satisfies Readonly<Record<string, Words>>;
