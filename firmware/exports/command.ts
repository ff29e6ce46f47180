import { existsSync } from "node:fs";
import { join } from "node:path";
import { siteThatRuns } from "../configuration/running.ts";
import type { Words } from "../contract/alarm.ts";
import { HISTORY_FILE } from "../history/desk.ts";
import { type HistoryStore, MINUTE_MS } from "../history/history.ts";
import { HistoryReader } from "../history/reader.ts";
import { summariesOf } from "../history/summary.ts";
import { Tables } from "../history/tables.ts";
import { trendOf } from "../history/trend.ts";
import { InspectionDesk } from "../inspection/desk.ts";
import { InspectionLedger } from "../inspection/ledger.ts";
import { templatesOf } from "../inspection/templates.ts";
import { AuditTrail } from "../journal/audit.ts";
import { JOURNAL_FILE } from "../journal/database.ts";
import type { Clock } from "../platform/clock.ts";
import { type DatabaseSync, openToRead } from "../platform/sqlite.ts";
import { FORMATS, openPress } from "../report/press.ts";
import type { Site } from "../site/model.ts";
import { siteView } from "../site/view.ts";
import { ExportFolder } from "./folder.ts";
import { sheetDocument } from "./sheet-document.ts";
import { cannotStoreWords, HOW } from "./words.ts";

export interface ExportValues {
  readonly site?: string | undefined;
  readonly data: string;
  readonly day?: string | undefined;
  readonly output?: string | undefined;
  readonly language?: string | undefined;
}

export interface ExportTerminal {
  readonly clock: Clock;
  readonly version: string;
  say(words: Words): void;
  fail(words: Words): void;
}

/**
 * `roomward export inspection --day YYYY-MM-DD`: that day's sheets as PDF, XLSX and CSV, beside a running gateway or without one. The
 * databases are only read.
 */
export async function exportCommand(
  what: string | undefined,
  values: ExportValues,
  terminal: ExportTerminal,
): Promise<"done" | "failed" | "usage"> {
  const { site: siteFile, data, day, output = ".", language = "zh" } = values;
  if (what !== "inspection" || siteFile === undefined || day === undefined || !isDay(day) || (language !== "zh" && language !== "en"))
    return "usage";
  const found = await siteThatRuns(siteFile, data, terminal.clock);
  for (const words of "problems" in found ? found.problems : found.notes) terminal.fail(words);
  if ("problems" in found) return "failed";
  const { site } = found.good;
  const opened: DatabaseSync[] = [];
  const read = (name: string): DatabaseSync => {
    const db = openToRead(join(data, name));
    opened.push(db);
    return db;
  };
  const press = openPress(terminal.clock);
  try {
    const ledger = ledgerOf(read(JOURNAL_FILE));
    const history = existsSync(join(data, HISTORY_FILE)) ? historyOf(read(HISTORY_FILE)) : nothingMeasured;
    const desk = deskOf(site, ledger, history, terminal.clock);
    const templates = new Set([
      ...desk.templates.map(({ id }) => id),
      ...ledger.query({ what: "days", from: day, to: day }).days.map(({ template }) => template),
    ]);
    const folder = new ExportFolder(output);
    let made = 0;
    for (const template of templates) {
      const sheet = await desk.sheet(`${template}/${day}`);
      if (sheet === null) continue;
      const origin = {
        box: site.name,
        version: terminal.version,
        madeAtMs: terminal.clock.wallMs(),
        clockTrusted: terminal.clock.wallTrusted(),
        how: HOW.asked,
      };
      const printed = await press.print(sheetDocument(sheet, site, origin), language, FORMATS);
      if ("problem" in printed) {
        terminal.fail(printed.problem);
        return "failed";
      }
      for (const [format, bytes] of printed.files) {
        const name = `inspection-${template}-${day}.${language}.${format}`;
        await folder.write(name, bytes);
        terminal.say({ zh: join(output, name), en: join(output, name) });
        made += 1;
      }
    }
    if (made > 0) return "done";
    terminal.fail({
      zh: `${day} 没有巡检表：网关当日还没有运行，或日期在将来。用 --data 指明数据目录。`,
      en: `There is no sheet of ${day}: the gateway did not run on that day yet, or it is to come. Name the data folder with --data.`,
    });
    return "failed";
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    terminal.fail(cannotStoreWords(`${data} → ${output}`, reason));
    return "failed";
  } finally {
    await press.close();
    for (const db of opened) db.close();
  }
}

function isDay(day: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(day);
}

function ledgerOf(db: DatabaseSync): InspectionLedger {
  return new InspectionLedger(db, new AuditTrail(db));
}

function historyOf(db: DatabaseSync): Pick<HistoryStore, "summaries" | "trend"> {
  const reader = new HistoryReader(new Tables(db, () => {}));
  return {
    summaries: async (points, fromMs, toMs) => summariesOf(reader, points, minutesOf(fromMs, toMs)),
    trend: async (points, fromMs, toMs, columns) => trendOf(reader, points, { fromMs, toMs }, columns),
  };
}

function minutesOf(fromMs: number, toMs: number) {
  return { fromMinute: Math.floor(fromMs / MINUTE_MS), toMinute: Math.floor(toMs / MINUTE_MS) };
}

/** A box that never measured: every point is a gap. */
const nothingMeasured: Pick<HistoryStore, "summaries" | "trend"> = {
  summaries: async () => [],
  trend: async (_, fromMs) => ({ fromMs, stepMs: MINUTE_MS, steps: 0, series: [], clockTrusted: true, uncertain: [] }),
};

function deskOf(site: Site, ledger: InspectionLedger, history: Pick<HistoryStore, "summaries" | "trend">, clock: Clock): InspectionDesk {
  const refuse = async () => {
    throw new Error("an export changes nothing");
  };
  return new InspectionDesk({
    timezone: site.timezone,
    templates: () => templatesOf(site, siteView(site, { version: "", revision: "", demo: false })),
    journal: { inspections: async (query) => ledger.query(query), inspect: refuse, expectSheets: refuse },
    history,
    clock,
  });
}
