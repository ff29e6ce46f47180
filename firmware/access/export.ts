import type { AccessEntry } from "../contract/access.ts";
import { ACCESS_KIND_WORDS, ACCESS_REASON_WORDS, ACCESS_SOURCE_WORDS, DIRECTION_WORDS } from "../contract/access-words.ts";
import type { Words } from "../contract/alarm.ts";
import { BYTE_ORDER_MARK, csvLine } from "../platform/csv.ts";
import type { Site } from "../site/model.ts";

type Language = keyof Words;
export type Names = Pick<Site, "timezone" | "doors" | "areas">;

const HEADINGS: readonly Words[] = [
  { zh: "序号", en: "number" },
  { zh: "时间", en: "time" },
  { zh: "不早于", en: "not before" },
  { zh: "事件", en: "event" },
  { zh: "门", en: "door" },
  { zh: "区域", en: "area" },
  { zh: "方向", en: "direction" },
  { zh: "姓名", en: "name" },
  { zh: "单位", en: "company" },
  { zh: "卡号", en: "card" },
  { zh: "对象", en: "subject" },
  { zh: "未读次数", en: "events not read" },
  { zh: "时长（秒）", en: "duration (s)" },
  { zh: "说明", en: "note" },
  { zh: "来源", en: "source" },
  { zh: "登记人", en: "entered by" },
  { zh: "时钟可信", en: "clock trusted" },
  { zh: "当时记录的时间", en: "time as told" },
];

/** With a byte order mark: spreadsheets need it for Chinese. */
export function csvHeading(language: Language): string {
  return BYTE_ORDER_MARK + csvLine(HEADINGS.map((words) => words[language]));
}

/** One line of the entry log, in one language and in the site's time. */
export function csvRow(entry: AccessEntry, site: Names, language: Language): string {
  return csvLine(cellsOf(entry, site, language).map((cell) => (cell === null ? "" : String(cell))));
}

function cellsOf(entry: AccessEntry, site: Names, language: Language): readonly (string | number | null)[] {
  const said = (words: Words | undefined): string | null => words?.[language] ?? null;
  const reason = entry.reason === null ? [] : [ACCESS_REASON_WORDS[entry.reason][language]];
  const isVisit = entry.kind === "visitorIn" || entry.kind === "visitorOut";
  return [
    entry.number,
    timeText(entry.atMs, site.timezone),
    entry.sinceMs === null ? null : timeText(entry.sinceMs, site.timezone),
    ACCESS_KIND_WORDS[entry.kind][language],
    entry.door === null ? null : (said(site.doors.find(({ id }) => id === entry.door)?.name) ?? entry.door),
    entry.area === null ? null : (said(site.areas.find(({ id }) => id === entry.area)?.name) ?? entry.area),
    entry.direction === null ? null : DIRECTION_WORDS[entry.direction][language],
    entry.person,
    entry.company,
    entry.card,
    isVisit ? null : entry.subject,
    entry.count,
    entry.durationMs === null ? null : Math.round(entry.durationMs / 1_000),
    [...reason, ...(entry.note === "" ? [] : [entry.note])].join(" · "),
    ACCESS_SOURCE_WORDS[entry.source][language],
    entry.by,
    entry.clockTrusted ? 1 : 0,
    entry.toldMs === null ? null : timeText(entry.toldMs, site.timezone),
  ];
}

/** `2026-03-01 08:30:00` */
export function timeText(atMs: number, timezone: string): string {
  const local = Temporal.Instant.fromEpochMilliseconds(Math.floor(atMs)).toZonedDateTimeISO(timezone).toPlainDateTime();
  return local.toString({ fractionalSecondDigits: 0 }).replace("T", " ");
}
