import type { Words } from "../contract/alarm.ts";
import type { InspectionSummary, InspectionTemplate, MeasuredItem } from "../contract/inspection.ts";
import { SEVERITIES } from "../contract/severity.ts";
import type { PointSummary } from "../history/history.ts";
import type { RaisedCounts } from "../journal/journal.ts";
import type { Cell, Origin, ReportDocument, Table } from "../report/document.ts";
import { NO_DATA, SEVERITY_WORDS, STATE_WORDS } from "./words.ts";

export interface PeriodFacts {
  readonly period: "week" | "month";
  /** First and last day, YYYY-MM-DD. */
  readonly first: string;
  readonly last: string;
  readonly sheets: readonly InspectionSummary[];
  readonly templates: readonly Pick<InspectionTemplate, "items">[];
  readonly points: readonly PointSummary[];
  readonly raised: RaisedCounts;
}

const TITLES: Readonly<Record<PeriodFacts["period"], Words>> = {
  week: { zh: "机房周报", en: "Weekly summary of the machine room" },
  month: { zh: "机房月报", en: "Monthly summary of the machine room" },
};

/** What a week or a month came to: alarms, sheets signed and missing, and what every point of the rounds did. */
export function periodDocument(
  facts: PeriodFacts,
  site: { readonly name: Words; readonly timezone: string },
  origin: Origin,
): ReportDocument {
  const { sheets, first, last, period, raised, points } = facts;
  const signed = sheets.filter(({ state }) => state === "signed" || state === "reviewed").length;
  const alarms = SEVERITIES.reduce((sum, severity) => sum + raised[severity], 0);
  return {
    title: TITLES[period],
    subtitle: { zh: `${site.name.zh} · ${first} 至 ${last}`, en: `${site.name.en} · ${first} to ${last}` },
    timezone: site.timezone,
    wide: true,
    facts: [
      { label: { zh: "告警次数", en: "Alarms raised" }, value: alarms },
      { label: { zh: "应签巡检表", en: "Sheets due" }, value: sheets.length },
      { label: { zh: "已签", en: "Signed" }, value: signed },
      {
        label: { zh: "缺签", en: "Missing" },
        value: { value: sheets.length - signed, mark: signed === sheets.length ? "normal" : "alarm" },
      },
    ],
    tables: [alarmTable(raised), sheetTable(sheets), pointTable(facts)],
    notes: [
      {
        zh: "“无数据”与“缺数”表示该时段没有读到有效数据，不是零。",
        en: "“No data” and “without data” mean that nothing good was read in that time; it is not zero.",
      },
      ...(points.every(({ clockTrusted }) => clockTrusted)
        ? []
        : [
            {
              zh: "部分数据记录时网关时钟未校准，时刻可能不准。",
              en: "Some of this was recorded while the clock of the box was not set: its times may be wrong.",
            },
          ]),
    ],
    signatures: [{ label: { zh: "审阅人签字", en: "Read and signed by" }, name: null, atMs: null }],
    origin,
  };
}

function alarmTable(raised: RaisedCounts): Table {
  return {
    title: { zh: "告警", en: "Alarms" },
    columns: [
      { label: { zh: "级别", en: "Severity" }, kind: "text" },
      { label: { zh: "发生次数", en: "Raised" }, kind: "number" },
    ],
    rows: SEVERITIES.map((severity) => [SEVERITY_WORDS[severity], raised[severity]]),
  };
}

function sheetTable(sheets: readonly InspectionSummary[]): Table {
  return {
    title: { zh: "巡检表", en: "Inspection sheets" },
    columns: [
      { label: { zh: "日期", en: "Day" }, kind: "text", share: 1.5 },
      { label: { zh: "巡检", en: "Round" }, kind: "text", share: 3 },
      { label: { zh: "状态", en: "State" }, kind: "text", share: 3 },
      { label: { zh: "签字人", en: "Signed by" }, kind: "text", share: 2 },
      { label: { zh: "签字时间", en: "Signed at" }, kind: "time", share: 2.5 },
      { label: { zh: "异常项", en: "Abnormal" }, kind: "number", share: 1.2 },
      { label: { zh: "更正", en: "Corrected" }, kind: "text", share: 1.2 },
    ],
    rows: [...sheets]
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .sort((a, b) => (a.day < b.day ? -1 : a.day > b.day ? 1 : 0))
      .map(({ day, name, state, signedBy, signedAtMs, abnormal, corrected }): readonly Cell[] => [
        day,
        name,
        { value: STATE_WORDS[state], mark: state === "missing" ? "alarm" : "normal" },
        signedBy ?? "",
        signedAtMs,
        { value: abnormal, mark: abnormal === 0 ? "normal" : "warning" },
        corrected ? { zh: "有", en: "yes" } : "",
      ]),
  };
}

function pointTable({ templates, points }: PeriodFacts): Table {
  const items = new Map<string, MeasuredItem>();
  for (const { items: all } of templates)
    for (const item of all)
      if (item.kind === "measured" && item.pointKind !== "state" && !items.has(item.point)) items.set(item.point, item);
  const summaries = new Map(points.map((summary) => [summary.point, summary]));
  return {
    title: { zh: "测点", en: "Points" },
    columns: [
      { label: { zh: "设备", en: "Device" }, kind: "text", share: 3 },
      { label: { zh: "项目", en: "Item" }, kind: "text", share: 3 },
      { label: { zh: "单位", en: "Unit" }, kind: "text", share: 1 },
      { label: { zh: "最低", en: "Lowest" }, kind: "number", share: 1.4 },
      { label: { zh: "时间", en: "At" }, kind: "time", share: 2.6 },
      { label: { zh: "最高", en: "Highest" }, kind: "number", share: 1.4 },
      { label: { zh: "时间", en: "At" }, kind: "time", share: 2.6 },
      { label: { zh: "平均", en: "Mean" }, kind: "number", share: 1.4 },
      { label: { zh: "缺数", en: "Without data" }, kind: "text", share: 1.6 },
    ],
    rows: [...items.values()].flatMap((item) => {
      const summary = summaries.get(item.point);
      return summary === undefined || (summary.minutesWithData === 0 && !item.fitted) ? [] : [pointRow(item, summary)];
    }),
  };
}

function pointRow({ where, name, unit, digits }: MeasuredItem, summary: PointSummary): readonly Cell[] {
  const { min, minAtMs, max, maxAtMs, avg, minutes, minutesWithData } = summary;
  const head: readonly Cell[] = [where ?? "", name, unit];
  const number = (value: number | null): Cell => (value === null ? { value: NO_DATA, mark: "gap" } : { value, digits });
  const share = minutes === 0 ? 1 : (minutes - minutesWithData) / minutes;
  const without: Cell = share === 0 ? "" : { value: `${(share * 100).toFixed(share < 0.01 ? 2 : 1)} %`, mark: "gap" };
  return [...head, number(min), minAtMs, number(max), maxAtMs, number(avg), without];
}
