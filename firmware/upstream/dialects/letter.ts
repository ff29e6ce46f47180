import { fillTemplate, type MessageFacts, type MessageField } from "../../contract/message-fields.ts";
import type { IncidentEvent, Service } from "../../incidents/event.ts";
import { priorityOf } from "../../incidents/priority.ts";
import { actLine, actWord } from "../act-words.ts";
import { oneLine } from "../body.ts";
import type { Place, Places } from "../place.ts";
import type { Remark } from "../ticket-desk.ts";

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
  /** Templates of the site file, see `MESSAGE_FIELDS`; absent: the words of the house. */
  readonly subject?: string | undefined;
  readonly text?: string | undefined;
}

/** The subject as the site wants it. */
export function titleOf(event: IncidentEvent, place: Place, style: LetterStyle): string {
  if (style.subject === undefined) return subjectOf(event, style);
  return oneLine(fillTemplate(style.subject, factsOf(event, place, style)), SUBJECT_MAX);
}

/** The text as the site wants it. */
export function bodyOf(event: IncidentEvent, place: Place, style: LetterStyle): string {
  return style.text === undefined ? letterOf(event, place, style) : fillTemplate(style.text, factsOf(event, place, style));
}

/** A note on a ticket. Its title ends with the id in brackets, by which it is found again. */
export function noteOf(
  note: IncidentEvent | Remark,
  options: LetterStyle & { readonly places: Places },
): { readonly title: string; readonly text: string } {
  if ("words" in note) return { title: `Roomward [${note.id}]`, text: note.words[options.language] };
  const place = options.places(note);
  return { title: `${titleOf(note, place, options)} [${note.id}]`, text: bodyOf(note, place, options) };
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
  const facts = factsOf(event, place, style);
  const zh = style.language === "zh";
  const told = ROWS.flatMap(([field, chinese, english]) =>
    facts[field] === "" ? [] : [zh ? `${chinese}：${facts[field]}` : `${english}: ${facts[field]}`],
  );
  return [facts.text, "", ...told, ""].join("\n");
}

/** In the order in which a person wants to know. */
const ROWS: readonly (readonly [field: Exclude<MessageField, "text">, zh: string, en: string])[] = [
  ["number", "事件编号", "Incident"],
  ["reporter", "报告人", "Reported by"],
  ["state", "状态", "State"],
  ["step", "升级", "Escalation"],
  ["onCall", "值班", "On call"],
  ["channel", "通道", "Channel"],
  ["done", "处理记录", "Done"],
  ["assignee", "处理人", "Assignee"],
  ["work", "处理状态", "Work"],
  ["severity", "严重程度", "Severity"],
  ["priority", "优先级", "Priority"],
  ["category", "类别", "Category"],
  ["location", "位置", "Location"],
  ["device", "设备", "Device"],
  ["makerModel", "厂商型号", "Maker and model"],
  ["serial", "序列号", "Serial number"],
  ["assetNumber", "资产编号", "Asset number"],
  ["owner", "责任人", "Owner"],
  ["warranty", "保修", "Warranty"],
  ["provider", "服务商", "Service provider"],
  ["servicePhone", "服务电话", "Service phone"],
  ["point", "测点", "Point"],
  ["value", "当前值", "Value"],
  ["limit", "限值", "Limit"],
  ["range", "范围", "Range"],
  ["since", "开始", "Since"],
  ["cleared", "恢复", "Cleared"],
  ["count", "次数", "Count"],
  ["acknowledged", "确认", "Acknowledged"],
  ["action", "处理", "Action"],
  ["key", "告警键", "Alarm key"],
  ["event", "事件", "Event"],
  ["clock", "时钟", "Clock"],
];

/** All that a message may say, in the words of its language; what there is not is empty. */
export function factsOf(event: IncidentEvent, place: Place, style: LetterStyle): MessageFacts {
  const { language } = style;
  const zh = language === "zh";
  const { urgency, impact, priority } = { ...priorityOf(event.severity, place.category), ...prioritySaid(event) };
  const time = (iso: string): string => localTime(iso, style.timezone);
  const unit = event.unit === "" ? "" : ` ${event.unit}`;
  const value = (amount: number | null): string => (amount === null ? "" : `${amount}${unit}`);
  return {
    number: event.number ?? "",
    reporter: event.service === null ? "" : event.service.reporter[language],
    state: STATE[language][event.state],
    ...escalationFacts(event, language),
    done: actLine(event, language),
    assignee: event.assignee ?? "",
    work: event.work === null ? "" : WORK[language][event.work],
    severity: SEVERITY[language][event.severity],
    priority: `P${priority} (${zh ? "紧急度" : "urgency"} ${urgency} × ${zh ? "影响" : "impact"} ${impact})`,
    category: place.category,
    location: place.location[language],
    device: listed(place.device[language], place.model[language], event.resource.device),
    ...assetFacts(event.service, language),
    point: event.resource.point ?? "",
    value: value(event.value),
    limit: value(event.limit),
    range: event.minimum === null || event.maximum === null ? "" : `${event.minimum} … ${event.maximum}${unit}`,
    since: time(event.firstAt),
    cleared: event.clearedAt === null ? "" : time(event.clearedAt),
    count: String(event.count),
    acknowledged: [event.by ?? "", oneLine(event.note ?? "", 500)].filter((word) => word !== "").join(zh ? "：" : ": "),
    action: event.state === "clear" ? "" : zh ? event.actionZh : event.actionEn,
    key: event.key,
    event: `${event.sequence} · ${event.id}`,
    clock: event.clockTrusted ? "" : zh ? "设备时钟未校准，时间不可靠" : "the box does not know the time of day",
    text: oneLine(zh ? event.textZh : event.textEn, 1_000),
  };
}

function listed(...words: readonly string[]): string {
  return words.filter((word) => word !== "").join(" · ");
}

/** As a person has set it. */
function prioritySaid({ service }: IncidentEvent): Partial<Pick<Service, "priority">> {
  return service === null ? {} : { priority: service.priority };
}

/** ` · 升级 2/3`; the first step is how the alarm is told at all. */
function stepBadge({ escalation }: IncidentEvent, language: LetterStyle["language"]): string {
  if (escalation === undefined || (escalation.step === 1 && escalation.round === 0)) return "";
  const place = `${escalation.step}/${escalation.steps}`;
  return language === "zh" ? ` · 升级 ${place}` : ` · step ${place}`;
}

/** Which step of which plan this is, who is on call, and why it comes this way. */
function escalationFacts(
  { escalation }: IncidentEvent,
  language: LetterStyle["language"],
): Pick<MessageFacts, "step" | "onCall" | "channel"> {
  if (escalation === undefined) return { step: "", onCall: "", channel: "" };
  const { plan, step, steps, round, onCall, why } = escalation;
  const again = round === 0 ? { zh: "", en: "" } : { zh: `，第 ${round} 次重复`, en: `, repeat ${round}` };
  const people = onCall.map(({ name, phone }) => [name[language], phone].filter((word) => word !== "").join(" "));
  return {
    step: language === "zh" ? `${plan}：第 ${step} 步，共 ${steps} 步${again.zh}` : `${plan}: step ${step} of ${steps}${again.en}`,
    onCall: people.join(language === "zh" ? "、" : ", "),
    channel: why?.[language] ?? "",
  };
}

const NO_ASSET = { makerModel: "", serial: "", assetNumber: "", owner: "", warranty: "", provider: "", servicePhone: "" };

/** What is written down about the device, and whom to call. */
function assetFacts(service: Service | null, language: LetterStyle["language"]): Pick<MessageFacts, keyof typeof NO_ASSET> {
  if (service === null) return NO_ASSET;
  const { maker, model, serial, assetNumber, owner, provider, contract, servicePhone } = service;
  return {
    makerModel: listed(maker, model),
    ...{ serial, assetNumber, owner, servicePhone },
    warranty: warrantyText(service, language),
    provider: listed(provider, contract),
  };
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
