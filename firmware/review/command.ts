import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { problemWords } from "../../drivers/source-text.ts";
import { siteThatRuns } from "../configuration/running.ts";
import type { Words } from "../contract/alarm.ts";
import type { Difference, Episode, WhatIfReply } from "../contract/review.ts";
import { HISTORY_FILE } from "../history/desk.ts";
import { pieceOf } from "../history/pieces.ts";
import { HistoryReader } from "../history/reader.ts";
import { Tables } from "../history/tables.ts";
import { askForHistory } from "../journal/beside.ts";
import type { Clock } from "../platform/clock.ts";
import { openToRead } from "../platform/sqlite.ts";
import { changedSite } from "./changed-site.ts";
import { ruleSetsOf } from "./rules.ts";
import { whatIf } from "./what-if.ts";

const DAY_MS = 86_400_000;
const DAYS = 7;
const DAYS_MAX = 400;
/** More of them are counted, not printed. */
const PRINTED_MAX = 200;

export interface WhatIfValues {
  readonly site?: string | undefined;
  readonly data: string;
  readonly rule?: string | undefined;
  /** `7d` */
  readonly for?: string | undefined;
  readonly json: boolean;
}

export interface WhatIfTerminal {
  readonly clock: Clock;
  /** Goes to the output. */
  print(line: string): void;
  say(words: Words): void;
  fail(words: Words): void;
}

/** `roomward what-if --rule FILE`: today's rules and the changed ones on what the box remembers, beside a running gateway or without one. */
export async function whatIfCommand(values: WhatIfValues, terminal: WhatIfTerminal): Promise<"done" | "failed" | "usage"> {
  const { site: siteFile, data, rule, json } = values;
  const { clock } = terminal;
  const days = Number(/^(\d+)d$/.exec(values.for ?? `${DAYS}d`)?.[1]);
  if (siteFile === undefined || rule === undefined || !(days >= 1 && days <= DAYS_MAX)) return "usage";
  if (!existsSync(rule)) return failed(terminal, { zh: `没有文件 ${rule}。`, en: `There is no file ${rule}.` });
  const found = await siteThatRuns(siteFile, data, clock);
  for (const words of "problems" in found ? found.problems : found.notes) terminal.fail(words);
  if ("problems" in found) return "failed";
  const { site, text } = found.good;
  const changed = changedSite(text, { rule: readFileSync(rule, "utf8") });
  if ("problems" in changed) {
    for (const problem of changed.problems) terminal.fail(problemWords(rule, problem));
    return "failed";
  }
  const file = join(data, HISTORY_FILE);
  if (!existsSync(file))
    return failed(terminal, {
      zh: `${data} 中没有历史数据。用 --data 指明数据目录。`,
      en: `There is no history in ${data}. Name the data folder with --data.`,
    });
  await askForHistory(data, clock);
  const db = openToRead(file);
  try {
    const reader = new HistoryReader(new Tables(db, () => {}));
    const toMs = clock.wallMs();
    const sets = ruleSetsOf(site, changed.site, changed.patterns);
    const source = { piece: async (query: Parameters<typeof pieceOf>[1]) => pieceOf(reader, query) };
    const reply = await whatIf(source, sets, { fromMs: toMs - days * DAY_MS, toMs }, { breathe: async () => {}, progress: () => {} });
    if (json) terminal.print(JSON.stringify(reply));
    else tell(reply, site.timezone, terminal);
    return "done";
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return failed(terminal, { zh: `无法读取 ${file}：${reason}`, en: `${file} cannot be read: ${reason}` });
  } finally {
    db.close();
  }
}

function tell(reply: Omit<WhatIfReply, "yaml">, timezone: string, { say, print }: WhatIfTerminal): void {
  const { before, after, gained, lost, moved, same, differences, basis } = reply;
  const [was, is] = [before, after].map(({ perWeek }) => perWeek.toFixed(1));
  say({
    zh: `每周告警 ${was} → ${is}；新增 ${gained}，消失 ${lost}，变动 ${moved}，不变 ${same}。`,
    en: `Alarms per week ${was} → ${is}; ${gained} gained, ${lost} lost, ${moved} moved, ${same} unchanged.`,
  });
  const { samples = 0, fullHours = 0, minuteHours = 0 } = basis ?? {};
  say({
    zh: `用了 ${samples} 个读数：${fullHours} 小时为全部读数，${minuteHours} 小时为每分钟最后一个。`,
    en: `Made of ${samples} readings: ${fullHours} hours of every reading, ${minuteHours} hours of the last one of each minute.`,
  });
  for (const one of differences.slice(0, PRINTED_MAX)) print(lineOf(one, timezone));
}

/** `lost   th-1/ambient.temperature high   2026-11-26T08:51–08:52 → —` */
function lineOf({ kind, point, type, before, after }: Difference, timezone: string): string {
  return `${kind.padEnd(6)} ${point} ${type}   ${spansOf(before, timezone)} → ${spansOf(after, timezone)}`;
}

function spansOf(episodes: readonly Episode[], timezone: string): string {
  const at = (ms: number): string =>
    Temporal.Instant.fromEpochMilliseconds(Math.floor(ms))
      .toZonedDateTimeISO(timezone)
      .toPlainDateTime()
      .toString({ smallestUnit: "second" });
  return episodes.map(({ fromMs, toMs }) => `${at(fromMs)}–${toMs === null ? "…" : at(toMs).slice(11)}`).join(", ") || "—";
}

function failed(terminal: WhatIfTerminal, words: Words): "failed" {
  terminal.fail(words);
  return "failed";
}
