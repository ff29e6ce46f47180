import { timeText } from "../access/export.ts";
import type { Words } from "../contract/alarm.ts";
import { CAUSE_WORDS, WORK_STATE_WORDS } from "../contract/incident-words.ts";
import type { ServiceClockView, WorkedIncident } from "../contract/incidents.ts";
import type { Subject } from "../incidents/event.ts";
import { BYTE_ORDER_MARK, csvLine } from "../platform/csv.ts";

type Language = keyof Words;

const HEADINGS: readonly Words[] = [
  { zh: "编号", en: "number" },
  { zh: "主题", en: "subject" },
  { zh: "状态", en: "state" },
  { zh: "优先级", en: "priority" },
  { zh: "紧急度", en: "urgency" },
  { zh: "影响", en: "impact" },
  { zh: "类别", en: "category" },
  { zh: "位置", en: "location" },
  { zh: "设备", en: "device" },
  { zh: "序列号", en: "serial number" },
  { zh: "保修到期", en: "warranty until" },
  { zh: "处理人", en: "assignee" },
  { zh: "开始", en: "opened" },
  { zh: "告警恢复", en: "alarms ended" },
  { zh: "响应用时（分钟）", en: "acknowledge, minutes" },
  { zh: "响应超时", en: "acknowledge overdue" },
  { zh: "解决用时（分钟）", en: "resolve, minutes" },
  { zh: "解决超时", en: "resolve overdue" },
  { zh: "重开次数", en: "reopened" },
  { zh: "原因", en: "cause" },
  { zh: "临时方案", en: "workaround" },
  { zh: "永久方案", en: "solution" },
  { zh: "问题", en: "problem" },
];

/** Incidents for a spreadsheet, in one language and in the site's time. */
export function incidentsCsv(
  incidents: readonly { readonly incident: WorkedIncident; readonly subject: Subject }[],
  timezone: string,
  language: Language,
): string {
  const lines = incidents.map(({ incident, subject }) => csvLine(cellsOf(incident, subject, timezone, language)));
  return [BYTE_ORDER_MARK, csvLine(HEADINGS.map((words) => words[language])), ...lines].join("");
}

function cellsOf(incident: WorkedIncident, subject: Subject, timezone: string, language: Language): readonly string[] {
  const { work, number, id, text, openedAtMs, resolvedAtMs } = incident;
  const minutes = ({ spentMs }: ServiceClockView): string => String(Math.round(spentMs / 60_000));
  const overdue = ({ reached }: ServiceClockView): string => (reached === "breach" ? "1" : "0");
  const { acknowledge, resolve } = work.clocks;
  const cause = work.cause === null ? "" : [CAUSE_WORDS[work.cause.cause][language], work.cause.text].filter(Boolean).join(" · ");
  return [
    ...[number ?? id, work.subject ?? text[language], WORK_STATE_WORDS[work.state][language]],
    ...[`P${work.priority}`, String(work.urgency), String(work.impact), work.category, subject.location[language]],
    ...[subject.device[language], subject.serial, subject.warrantyUntil, work.assignee ?? ""],
    ...[timeText(openedAtMs, timezone), resolvedAtMs === null ? "" : timeText(resolvedAtMs, timezone)],
    ...[minutes(acknowledge), overdue(acknowledge), minutes(resolve), overdue(resolve), String(work.reopened)],
    ...[cause, work.workaround?.text ?? "", work.solution?.text ?? "", work.problem ?? ""],
  ];
}
