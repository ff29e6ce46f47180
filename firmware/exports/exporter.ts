import { join } from "node:path";
import * as z from "zod";
import type { Words } from "../contract/alarm.ts";
import type { InspectionSummary } from "../contract/inspection.ts";
import { HistoryError, type HistoryStore } from "../history/history.ts";
import { daySpan } from "../inspection/calendar.ts";
import type { InspectionDesk } from "../inspection/desk.ts";
import { type Journal, JournalError } from "../journal/journal.ts";
import type { Clock } from "../platform/clock.ts";
import { durableJson, type OnDamage } from "../platform/durable-json.ts";
import { innerFaultWords } from "../platform/voice.ts";
import { contentHash, type Language, type Origin, type ReportDocument } from "../report/document.ts";
import { FORMATS, type Press } from "../report/press.ts";
import { dueExports, type ExportJob, markOf, saysSame } from "./due.ts";
import { ExportFolder } from "./folder.ts";
import { periodDocument } from "./period-document.ts";
import { sheetDocument } from "./sheet-document.ts";
import { cannotStoreWords, HOW, notExportedWords } from "./words.ts";

const LOOK_EVERY_MS = 60_000;
/** Documents of one look; the rest waits for the next. */
const JOBS_PER_LOOK = 8;
/** Documents of days that are no longer in the calendar: two months of a dozen rounds. */
const PAST_REMEMBERED_MAX = 1_000;
/** A full disk is not helped by writing the same again every minute. */
const RETRY_AFTER_MS = 10 * 60_000;

/** By key, what each document was made of. */
const madeSchema = z.record(z.string().max(80), z.string().max(80));

export interface ExporterParts {
  readonly site: {
    readonly name: Words;
    readonly timezone: string;
    readonly exports: { readonly language: Language; readonly keepDays: number };
  };
  readonly desk: Pick<InspectionDesk, "today" | "templates" | "month" | "sheet">;
  readonly journal: Pick<Journal, "raisedCounts">;
  readonly history: Pick<HistoryStore, "summaries">;
  readonly press: Press;
  readonly dataFolder: string;
  readonly version: string;
  readonly clock: Clock;
  readonly onTrouble: (words: Words) => void;
  readonly onDamage?: OnDamage;
}

export interface Exporter {
  readonly folder: ExportFolder;
  /** Writes a sheet as it is now. Null: there is no such sheet. */
  makeSheet(id: string, language: Language): Promise<{ readonly names: readonly string[] } | { readonly problem: Words } | null>;
  /** What is under way when it is called is done, or has failed. */
  idle(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Puts the day's sheets, last week and last month into the folder by itself, when their time has come, and again when they were signed
 * or corrected later. What the box slept through is made up for. While the time of day is not known it waits: no file with a wrong date.
 */
export function openExporter(parts: ExporterParts): Exporter {
  const { clock, dataFolder, onTrouble } = parts;
  const folder = new ExportFolder(join(dataFolder, "exports"));
  const memory = durableJson(join(dataFolder, "exports.json"), madeSchema, {}, clock, {
    onDamage: parts.onDamage ?? (({ words }) => tell(words)),
  });
  const told = new Set<string>();
  /** Jobs that failed last time; they come after the others, so that one sheet that cannot be written holds up no other. */
  const failed = new Set<string>();
  let notBeforeMs = Number.NEGATIVE_INFINITY;
  let running: Promise<void> | null = null;
  let isStopped = false;

  function tell(words: Words): void {
    if (told.has(words.en)) return;
    told.add(words.en);
    onTrouble(words);
  }

  async function look(): Promise<void> {
    const known = await memory.read();
    const made = new Map(Object.entries(known.outcome === "read" ? known.data : {}));
    const { today, templates } = parts.desk;
    const { timezone, exports } = parts.site;
    const time = Temporal.Instant.fromEpochMilliseconds(Math.floor(clock.wallMs())).toZonedDateTimeISO(timezone).toPlainTime();
    const times = new Map(templates.map(({ id, at }) => [id, at]));
    const lines = await linesOf(parts.desk, today);
    const now = { today, time: time.toString({ smallestUnit: "minute" }) };
    // The calendar of these two months: nothing else is looked at.
    const current = new Set(dueExports(lines, times, new Map(), now).map(({ key }) => key));
    const jobs = dueExports(lines, times, made, now);
    const inTurn = [...jobs.filter(({ key }) => !failed.has(key)), ...jobs.filter(({ key }) => failed.has(key))];
    for (const job of inTurn.slice(0, JOBS_PER_LOOK)) {
      if (isStopped) return;
      const how = job.kind === "sheet" && job.late && !made.has(job.key) ? HOW.late : HOW.atItsTime;
      const { trouble, content } = await attempt(job, lines, how, made.get(job.key) ?? "");
      if (trouble === null) {
        failed.delete(job.key);
        const kept = await memory.update((data) => ({ next: remembered(data, job.key, markOf(job, now, content), current) }));
        if (kept.outcome === "refused") tell(kept.problem);
      } else {
        failed.add(job.key);
        notBeforeMs = clock.monotonicMs() + RETRY_AFTER_MS;
        tell(notExportedWords(job.key, trouble));
      }
    }
    if (failed.size === 0) told.clear();
    if (jobs.length > 0) await folder.tidy(exports.keepDays);
  }

  /** Why it is not done, or not whole; null when it is. What was made before and says the same is there already. */
  async function attempt(
    job: ExportJob,
    lines: readonly InspectionSummary[],
    how: Words,
    mark: string,
  ): Promise<{ readonly trouble: Words | null; readonly content: string }> {
    try {
      const paper = await paperOf(parts, job, lines, how);
      if (paper === null) return { trouble: null, content: "" };
      const content = contentHash(paper.document);
      const stored = saysSame(mark, content) ? null : await store(paper.document, nameOf(job), parts.site.exports.language);
      return { trouble: stored !== null && "problem" in stored ? stored.problem : paper.lacks, content };
    } catch (error) {
      return { trouble: wordsOf(error), content: "" };
    }
  }

  async function store(document: ReportDocument, name: string, language: Language) {
    const printed = await parts.press.print(document, language, FORMATS);
    if ("problem" in printed) return printed;
    const names: string[] = [];
    try {
      for (const [format, bytes] of printed.files) {
        const file = `${name}.${language}.${format}`;
        await folder.write(file, bytes);
        names.push(file);
      }
    } catch (error) {
      return { problem: cannotStoreWords(folder.path, reasonOf(error)) };
    }
    return { names };
  }

  const end = clock.every(LOOK_EVERY_MS, () => {
    if (isStopped || running !== null || !clock.wallTrusted() || clock.monotonicMs() < notBeforeMs) return;
    running = look()
      .catch((error: unknown) => {
        tell(wordsOf(error));
        notBeforeMs = clock.monotonicMs() + RETRY_AFTER_MS;
      })
      .finally(() => {
        running = null;
      });
  });

  return {
    folder,
    async makeSheet(id, language) {
      const sheet = await parts.desk.sheet(id);
      if (sheet === null) return null;
      return store(sheetDocument(sheet, parts.site, originOf(parts, HOW.asked)), `inspection-${id.replace("/", "-")}`, language);
    },
    async idle() {
      await running;
    },
    async stop() {
      isStopped = true;
      end();
      await running;
    },
  };
}

/** This month and the one before: what a look back needs. */
async function linesOf(desk: ExporterParts["desk"], today: string): Promise<readonly InspectionSummary[]> {
  const month = today.slice(0, 7);
  const before = Temporal.PlainDate.from(`${month}-01`).subtract({ days: 1 }).toString().slice(0, 7);
  const months = await Promise.all([desk.month(before), desk.month(month)]);
  return months.flatMap((found) => found?.sheets ?? []);
}

/** `lacks`: why figures are missing on it; it is made again. Null when the sheet has gone meanwhile. */
async function paperOf(
  parts: ExporterParts,
  job: ExportJob,
  lines: readonly InspectionSummary[],
  how: Words,
): Promise<{ readonly document: ReportDocument; readonly lacks: Words | null } | null> {
  const { desk, site, journal, history } = parts;
  const origin = originOf(parts, how);
  if (job.kind === "sheet") {
    const sheet = await desk.sheet(job.sheet);
    return sheet === null
      ? null
      : { document: sheetDocument(sheet, site, origin), lacks: sheet.wholeDay?.problem ?? sheet.measured.problem };
  }
  const { first, last, period } = job;
  const fromMs = daySpan(first, site.timezone)?.fromMs ?? 0;
  const toMs = daySpan(last, site.timezone)?.toMs ?? 0;
  const { templates } = desk;
  const points = [...new Set(templates.flatMap(({ items }) => items.flatMap((item) => (item.kind === "measured" ? [item.point] : []))))];
  const [summaries, raised] = await Promise.all([history.summaries(points, fromMs, toMs), journal.raisedCounts(fromMs, toMs)]);
  const sheets = lines.filter(({ day }) => day >= first && day <= last);
  return { document: periodDocument({ period, first, last, sheets, templates, points: summaries, raised }, site, origin), lacks: null };
}

function originOf({ site, version, clock }: ExporterParts, how: Words): Origin {
  return { box: site.name, version, madeAtMs: clock.wallMs(), clockTrusted: clock.wallTrusted(), timeRepeats: clock.repeats(), how };
}

function nameOf(job: ExportJob): string {
  return job.kind === "sheet" ? `inspection-${job.sheet.replace("/", "-")}` : `summary-${job.key}`;
}

/**
 * The latest last. What left the calendar stays for a long while: a clock that was a year ahead by mistake comes back to days whose
 * documents are there already.
 */
function remembered(
  made: Readonly<Record<string, string>>,
  key: string,
  mark: string,
  current: ReadonlySet<string>,
): Record<string, string> {
  const others = Object.entries(made).filter(([known]) => known !== key);
  let past = others.filter(([known]) => !current.has(known)).length - PAST_REMEMBERED_MAX;
  const kept = others.filter(([known]) => {
    if (current.has(known) || past <= 0) return true;
    past -= 1;
    return false;
  });
  return { ...Object.fromEntries(kept), [key]: mark };
}

/** Whatever is wrong with a piece of paper, the room is watched on. */
function wordsOf(error: unknown): Words {
  if (error instanceof JournalError) return error.fault.message;
  return error instanceof HistoryError ? error.words : innerFaultWords({ zh: "导出文件", en: "exporting" }, error);
}

function reasonOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
