import type { AccessEntry } from "../contract/access.ts";
import { ACCESS_KIND_WORDS, ACCESS_REASON_WORDS, DIRECTION_WORDS } from "../contract/access-words.ts";
import type { Words } from "../contract/alarm.ts";
import type { Cell, Column, Origin, ReportDocument } from "../report/document.ts";
import type { Site } from "../site/model.ts";
import { VERSION } from "../version.ts";
import { type Names, timeText } from "./export.ts";

const COLUMNS: readonly Column[] = [
  { label: { zh: "序号", en: "No." }, kind: "number", share: 0.6 },
  { label: { zh: "时间", en: "Time" }, kind: "time", share: 1.7 },
  { label: { zh: "事件", en: "Event" }, kind: "text", share: 1.3 },
  { label: { zh: "位置", en: "Where" }, kind: "text", share: 1.2 },
  { label: { zh: "方向", en: "Direction" }, kind: "text", share: 0.6 },
  { label: { zh: "人员", en: "Who" }, kind: "text", share: 1.8 },
  { label: { zh: "卡号", en: "Card" }, kind: "text", share: 1.2 },
  { label: { zh: "时长", en: "Duration" }, kind: "number", unit: "s", share: 0.8 },
  { label: { zh: "说明", en: "Details" }, kind: "text", share: 2.4 },
];
/** Lines that a reader should not pass over. */
const MARKS: Partial<Record<AccessEntry["kind"], "warning" | "alarm" | "gap">> = {
  denied: "warning",
  leftOpen: "warning",
  forced: "alarm",
  missed: "gap",
};

export interface LogFacts extends Pick<Origin, "madeAtMs" | "clockTrusted" | "timeRepeats"> {
  readonly from: string;
  readonly to: string;
  readonly by: string;
}

/** The entry log of some days as a document for paper and spreadsheets. */
export function logDocument(entries: readonly AccessEntry[], site: Names & Pick<Site, "name">, facts: LogFacts): ReportDocument {
  const count = (kind: AccessEntry["kind"]): number => entries.filter((entry) => entry.kind === kind).length;
  const { from, to, by, madeAtMs, clockTrusted, timeRepeats = false } = facts;
  const span = from === to ? from : `${from} – ${to}`;
  return {
    title: { zh: "机房进出记录", en: "Entry log" },
    subtitle: { zh: `${site.name.zh} · ${span}`, en: `${site.name.en} · ${span}` },
    timezone: site.timezone,
    facts: (["granted", "denied", "visitorIn", "forced", "leftOpen"] as const).map((kind) => ({
      label: ACCESS_KIND_WORDS[kind],
      value: count(kind),
    })),
    tables: [
      {
        title: { zh: "记录", en: "Lines" },
        columns: COLUMNS,
        rows: entries.map((entry) => cellsOf(entry, site)),
        empty: { zh: "这段时间没有记录", en: "no line in this period" },
      },
    ],
    notes: [
      {
        zh: "“不早于”：发生在无人监视期间。带 *：写入时本机时钟未校准。",
        en: "“Not before”: it happened while nobody watched. With *: written while the box's clock was not set.",
      },
    ],
    signatures: [],
    origin: {
      box: site.name,
      version: VERSION,
      madeAtMs,
      clockTrusted,
      timeRepeats,
      how: { zh: `由 ${by} 导出`, en: `exported by ${by}` },
    },
    wide: true,
  };
}

function cellsOf(entry: AccessEntry, site: Names): readonly Cell[] {
  const { kind, direction, durationMs } = entry;
  const mark = MARKS[kind];
  const place = site.doors.find(({ id }) => id === entry.door)?.name ?? site.areas.find(({ id }) => id === entry.area)?.name;
  return [
    entry.number,
    entry.atMs,
    mark === undefined ? ACCESS_KIND_WORDS[kind] : { value: ACCESS_KIND_WORDS[kind], mark },
    place ?? entry.door ?? "",
    direction === null ? "" : DIRECTION_WORDS[direction],
    whoOf(entry),
    entry.card ?? "",
    durationMs === null ? null : Math.round(durationMs / 1_000),
    detailsOf(entry, site.timezone),
  ];
}

function whoOf({ kind, subject, person, company }: AccessEntry): string {
  if (kind === "powerOn" || kind === "powerOff") return subject ?? "";
  return [person, company].filter((part) => part !== null && part !== "").join(" · ");
}

function toldWords(told: string): Words {
  return { zh: `时间已更正，当时记为 ${told}`, en: `time put right, told as ${told} then` };
}

function detailsOf({ reason, kind, count, sinceMs, note, by, clockTrusted, toldMs }: AccessEntry, timezone: string): Words {
  const parts: readonly (Words | null)[] = [
    reason === null ? null : ACCESS_REASON_WORDS[reason],
    kind !== "missed"
      ? null
      : count === null
        ? { zh: "次数不明", en: "nobody knows how many" }
        : { zh: `${count} 次`, en: `${count} times` },
    sinceMs === null ? null : { zh: `不早于 ${timeText(sinceMs, timezone)}`, en: `not before ${timeText(sinceMs, timezone)}` },
    note === "" ? null : { zh: note, en: note },
    by === null ? null : { zh: `${by} 登记`, en: `entered by ${by}` },
    clockTrusted ? null : toldMs === null ? { zh: "*", en: "*" } : toldWords(timeText(toldMs, timezone)),
  ];
  const said = parts.filter((part) => part !== null);
  return { zh: said.map(({ zh }) => zh).join("；"), en: said.map(({ en }) => en).join("; ") };
}
