import type { HandOverView } from "../contract/escalation.ts";
import { BYTE_ORDER_MARK, csvLine } from "../platform/csv.ts";
import type { Rota } from "./rota.ts";

const HEAD = {
  zh: ["换班时刻", "排班", "交班", "接班", "状态", "填写时间", "填写人", "交接内容", "未结告警", "确认人", "确认时间", "确认备注"],
  en: [
    "Change",
    "Rota",
    "Outgoing",
    "Incoming",
    "State",
    "Written at",
    "Written by",
    "Text",
    "Open alarms",
    "Confirmed by",
    "Confirmed at",
    "Note",
  ],
} as const;
const KIND = { zh: { note: "已填写", missing: "缺少交接" }, en: { note: "written", missing: "missing" } } as const;

/** Hand-overs for a spreadsheet: UTF-8 with a mark, local times of the site, one line each. */
export function handOverCsv(handOvers: readonly HandOverView[], rotas: readonly Rota[], timezone: string, language: "zh" | "en"): string {
  const nameOf = (rota: string, who: string): string =>
    rotas.find(({ id }) => id === rota)?.people.find(({ id }) => id === who)?.name[language] ?? who;
  const lines = handOvers.map(({ changeMs, rota, outgoing, incoming, kind, atMs, by, text, open, confirmed }) => [
    localTime(changeMs, timezone),
    rotas.find(({ id }) => id === rota)?.name[language] ?? rota,
    nameOf(rota, outgoing),
    nameOf(rota, incoming),
    KIND[language][kind],
    localTime(atMs, timezone),
    by,
    text,
    open.map(({ incidentNumber, text: words }) => [incidentNumber ?? "", words[language]].join(" ").trim()).join("\n"),
    confirmed?.by ?? "",
    confirmed === null ? "" : localTime(confirmed.atMs, timezone),
    confirmed?.note ?? "",
  ]);
  return `${BYTE_ORDER_MARK}${[HEAD[language], ...lines].map(csvLine).join("")}`;
}

function localTime(atMs: number, timezone: string): string {
  const at = Temporal.Instant.fromEpochMilliseconds(Math.trunc(atMs)).toZonedDateTimeISO(timezone);
  return `${at.toPlainDate().toString()} ${at.toPlainTime().toString({ smallestUnit: "minute" })}`;
}
