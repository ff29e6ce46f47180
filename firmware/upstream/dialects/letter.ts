import type { IncidentEvent, Service } from "../../incidents/event.ts";
import { priorityOf } from "../../incidents/priority.ts";
import { actLine, actWord } from "../act-words.ts";
import { oneLine } from "../body.ts";
import type { Place } from "../place.ts";

const SUBJECT_MAX = 150;

const SEVERITY = {
  zh: { critical: "紧急", major: "重要", minor: "一般", warning: "提示" },
  en: { critical: "CRITICAL", major: "MAJOR", minor: "MINOR", warning: "WARNING" },
} as const;
const STATE = {
  zh: { raise: "告警", update: "更新", acknowledge: "已确认", clear: "已恢复", escalate: "无人确认，升级通知" },
  en: { raise: "Raised", update: "Updated", acknowledge: "Acknowledged", clear: "Cleared", escalate: "Not acknowledged, escalated" },
} as const;

const WORK = {
  zh: { new: "新建", inProgress: "处理中", waiting: "等待中", resolved: "已解决", closed: "已关闭" },
  en: { new: "New", inProgress: "In progress", waiting: "Waiting", resolved: "Resolved", closed: "Closed" },
} as const;

export interface LetterStyle {
  readonly language: "zh" | "en";
  /** IANA name; people read local time. */
  readonly timezone: string;
}

/** `[紧急] RW-000123 …`: how bad it is or that it is over, the number to speak of it, and what and where, on one line. */
export function subjectOf(event: IncidentEvent, { language }: LetterStyle): string {
  const isOver = event.state === "clear" || event.state === "acknowledge";
  const alarm = isOver ? STATE[language][event.state] : `${SEVERITY[language][event.severity]}${stepBadge(event, language)}`;
  const badge = event.act === null ? alarm : actWord(event.act, language);
  const number = event.number === null ? "" : ` ${event.number}`;
  return oneLine(`[${badge}]${number} ${language === "zh" ? event.textZh : event.textEn}`, SUBJECT_MAX);
}

/** The incident for a person who was not there: what, how urgent, exactly where, since when, what to do. Plain text. */
export function letterOf(event: IncidentEvent, place: Place, style: LetterStyle): string {
  const zh = style.language === "zh";
  const { urgency, impact, priority } = { ...priorityOf(event.severity, place.category), ...prioritySaid(event) };
  const time = (iso: string): string => localTime(iso, style.timezone);
  const unit = event.unit === "" ? "" : ` ${event.unit}`;
  const value = (amount: number | null): string => (amount === null ? "" : `${amount}${unit}`);
  const rows: readonly Row[] = [
    ["事件编号", "Incident", event.number ?? ""],
    ["报告人", "Reported by", event.service === null ? "" : event.service.reporter[style.language]],
    ["状态", "State", STATE[style.language][event.state]],
    ...escalationRows(event, style.language),
    ["处理记录", "Done", actLine(event, style.language)],
    ["处理人", "Assignee", event.assignee ?? ""],
    ["处理状态", "Work", event.work === null ? "" : WORK[style.language][event.work]],
    ["严重程度", "Severity", SEVERITY[style.language][event.severity]],
    ["优先级", "Priority", `P${priority} (${zh ? "紧急度" : "urgency"} ${urgency} × ${zh ? "影响" : "impact"} ${impact})`],
    ["类别", "Category", place.category],
    ["位置", "Location", zh ? place.location.zh : place.location.en],
    [
      "设备",
      "Device",
      [zh ? place.device.zh : place.device.en, zh ? place.model.zh : place.model.en, event.resource.device]
        .filter((word) => word !== "")
        .join(" · "),
    ],
    ...assetRows(event.service, style.language),
    ["测点", "Point", event.resource.point ?? ""],
    ["当前值", "Value", value(event.value)],
    ["限值", "Limit", value(event.limit)],
    ["范围", "Range", event.minimum === null || event.maximum === null ? "" : `${event.minimum} … ${event.maximum}${unit}`],
    ["开始", "Since", time(event.firstAt)],
    ["恢复", "Cleared", event.clearedAt === null ? "" : time(event.clearedAt)],
    ["次数", "Count", String(event.count)],
    ["确认", "Acknowledged", [event.by ?? "", oneLine(event.note ?? "", 500)].filter((word) => word !== "").join(zh ? "：" : ": ")],
    ["处理", "Action", event.state === "clear" ? "" : zh ? event.actionZh : event.actionEn],
    ["告警键", "Alarm key", event.key],
    ["事件", "Event", `${event.sequence} · ${event.id}`],
    ["时钟", "Clock", event.clockTrusted ? "" : zh ? "设备时钟未校准，时间不可靠" : "the box does not know the time of day"],
  ];
  const text = oneLine(zh ? event.textZh : event.textEn, 1_000);
  const told = rows.filter(([, , said]) => said !== "").map(([name, english, said]) => (zh ? `${name}：${said}` : `${english}: ${said}`));
  return [text, "", ...told, ""].join("\n");
}

/** As a person has set it. */
function prioritySaid({ service }: IncidentEvent): Partial<Pick<Service, "priority">> {
  return service === null ? {} : { priority: service.priority };
}

type Row = readonly [zh: string, en: string, value: string];

/** ` · 升级 2/3`; the first step is how the alarm is told at all. */
function stepBadge({ escalation }: IncidentEvent, language: LetterStyle["language"]): string {
  if (escalation === undefined || (escalation.step === 1 && escalation.round === 0)) return "";
  const place = `${escalation.step}/${escalation.steps}`;
  return language === "zh" ? ` · 升级 ${place}` : ` · step ${place}`;
}

/** Which step of which plan this is, who is on call, and why it comes this way. */
function escalationRows({ escalation }: IncidentEvent, language: LetterStyle["language"]): readonly Row[] {
  if (escalation === undefined) return [];
  const { plan, step, steps, round, onCall, why } = escalation;
  const again = round === 0 ? { zh: "", en: "" } : { zh: `，第 ${round} 次重复`, en: `, repeat ${round}` };
  const people = onCall.map(({ name, phone }) => [name[language], phone].filter((word) => word !== "").join(" "));
  return [
    [
      "升级",
      "Escalation",
      language === "zh" ? `${plan}：第 ${step} 步，共 ${steps} 步${again.zh}` : `${plan}: step ${step} of ${steps}${again.en}`,
    ],
    ["值班", "On call", people.join(language === "zh" ? "、" : ", ")],
    ["通道", "Channel", why?.[language] ?? ""],
  ];
}

/** What is written down about the device, and whom to call. */
function assetRows(service: Service | null, language: LetterStyle["language"]): readonly Row[] {
  if (service === null) return [];
  const listed = (...words: readonly string[]): string => words.filter((word) => word !== "").join(" · ");
  return [
    ["厂商型号", "Maker and model", listed(service.maker, service.model)],
    ["序列号", "Serial number", service.serial],
    ["资产编号", "Asset number", service.assetNumber],
    ["责任人", "Owner", service.owner],
    ["保修", "Warranty", warrantyText(service, language)],
    ["服务商", "Service provider", listed(service.provider, service.contract)],
    ["服务电话", "Service phone", service.servicePhone],
  ];
}

function warrantyText({ warrantyUntil, inWarranty }: Service, language: LetterStyle["language"]): string {
  if (warrantyUntil === "") return "";
  if (language === "zh") return `至 ${warrantyUntil}${inWarranty === null ? "" : inWarranty ? "（在保）" : "（已过保）"}`;
  return `until ${warrantyUntil}${inWarranty === null ? "" : inWarranty ? " (in warranty)" : " (has ended)"}`;
}

/** `2026-09-20 11:12:45 +08:00` */
function localTime(iso: string, timezone: string): string {
  const at = Temporal.Instant.from(iso).toZonedDateTimeISO(timezone);
  return `${at.toPlainDate().toString()} ${at.toPlainTime().toString({ smallestUnit: "second" })} ${at.offset}`;
}
