import type { Words } from "../../firmware/contract/alarm.ts";
import type { TargetView } from "../../firmware/contract/targets.ts";
import { formatNumber } from "./format.ts";
import { dictionaryOf, said } from "./words.ts";

/** Words of the page about the targets that are told of incidents. */
export const tu = dictionaryOf({
  upstreams: { zh: "上级", en: "Upstreams" },
  explain: {
    zh: "告警和事件发往哪里、对方收到了没有。没有送达的消息一直保留，恢复后按顺序补发。",
    en: "Where alarms and incidents are sent, and whether they were taken. What was not delivered is kept and follows in order as soon as it can.",
  },
  none: {
    zh: "本站没有设置上级。请在站点文件的 targets 一节添加。",
    en: "This site has no target. Add one in the section targets of the site file.",
  },
  lastAnswer: { zh: "最近答复", en: "Last answer" },
  noAnswer: { zh: "启动以来还没有发过消息。", en: "Nothing was sent since the start." },
  queued: { zh: "等待发送", en: "Waiting" },
  oldest: { zh: "最早的一条", en: "The oldest" },
  parked: { zh: "被拒收", en: "Refused" },
  lastAccepted: { zh: "最近送达", en: "Last taken" },
  latency: { zh: "送达用时 P50 / P95 / P99（1 小时）", en: "Time to deliver P50 / P95 / P99, last hour" },
  lastBeat: { zh: "最近心跳", en: "Last sign of life" },
  compared: { zh: "最近对账", en: "Tickets last compared" },
  repairs: { zh: "启动以来修正的工单", en: "Tickets put right since the start" },
  nothing: { zh: "—", en: "—" },
  dead: { zh: "被拒收的消息", en: "Refused messages" },
  deadHelp: {
    zh: "上级明确拒收，不再自动重试。请按答复检查其地址、密钥或字段，改正后重发。",
    en: "The target refused these for good; they are not tried again by themselves. Mend its address, secret or fields by its answer, then send them again.",
  },
  more: { zh: (count: number) => `另有 ${count} 条未列出。`, en: (count: number) => `${count} more are not listed.` },
  time: { zh: "最后尝试", en: "Last attempt" },
  attempts: { zh: (count: number) => `尝试 ${count} 次`, en: (count: number) => (count === 1 ? "1 attempt" : `${count} attempts`) },
  resend: { zh: "重发", en: "Send again" },
  resendAll: { zh: (target: string) => `重发 ${target} 的全部`, en: (target: string) => `Send all of ${target} again` },
  resendOne: { zh: (what: string) => `重发 ${what}`, en: (what: string) => `Send ${what} again` },
  resendDoes: {
    zh: "消息重新排队，按原有顺序和编号发送。此操作记入审计日志。",
    en: "The messages are queued once more, in their order and under their numbers. This is written into the audit log.",
  },
  overtaken: {
    zh: "上级已收到此告警更新的消息，不能再发。",
    en: "The target was told something newer about this alarm: it cannot be sent any more.",
  },
  resent: {
    zh: (count: number, left: number) => `已重新排队 ${count} 条，仍被拒收 ${left} 条。`,
    en: (count: number, left: number) => `${count} queued again, ${left} still refused.`,
  },
  whoMayResend: {
    zh: "重发须由值班员、工程师或管理员进行。",
    en: "Somebody on duty, an engineer or an administrator can send them again.",
  },
  since: { zh: (when: string) => `自 ${when}`, en: (when: string) => `since ${when}` },
});

const STATES: Readonly<Record<TargetView["state"], Words>> = {
  ok: { zh: "正常", en: "Delivering" },
  failing: { zh: "无法送达", en: "Nothing gets through" },
  parked: { zh: "有消息被拒收", en: "Messages were refused" },
  unknown: { zh: "尚未使用", en: "Not used yet" },
};

export function targetStateWord(state: TargetView["state"]): string {
  return said(STATES[state]);
}

const EVENTS: Readonly<Record<string, Words>> = {
  raise: { zh: "告警", en: "Raise" },
  update: { zh: "更新", en: "Update" },
  acknowledge: { zh: "确认", en: "Acknowledge" },
  clear: { zh: "恢复", en: "Clear" },
};

/** What a message was about, as far as it has a word. */
export function eventWord(event: string): string {
  const words = EVENTS[event];
  return words === undefined ? event : said(words);
}

/** `35 ms`, `2.4 s`, `12 min`. */
export function spanText(ms: number): string {
  if (ms < 1_000) return `${formatNumber(ms, 0)} ms`;
  if (ms < 120_000) return `${formatNumber(ms / 1_000, 1)} s`;
  return `${formatNumber(ms / 60_000, 0)} min`;
}
