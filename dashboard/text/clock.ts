import { formatDuration, formatNumber } from "./format.ts";
import { dictionaryOf } from "./words.ts";

/** Words of the card of the clock. */
export const tc = dictionaryOf({
  clock: { zh: "时间", en: "Clock" },
  now: { zh: "本机时间", en: "Time of the gateway" },
  source: { zh: "来源", en: "Known by" },
  unsynced: {
    zh: "未校准：从最近一次已知时间继续计时",
    en: "nobody: counted on from the last known time",
  },
  nobody: { zh: "未校准", en: "nobody" },
  battery: { zh: "电池时钟（RTC）", en: "battery clock (RTC)" },
  manual: { zh: "人工设定", en: "a person who set it" },
  ntp: { zh: "NTP", en: "NTP" },
  off: { zh: (error: string) => `误差不超过 ${error}`, en: (error: string) => `off by no more than ${error}` },
  offUnknown: { zh: "误差未知", en: "nobody says how far it is off" },
  system: { zh: "系统时间", en: "Time of the system" },
  followed: { zh: "一致", en: "the same" },
  corrected: {
    zh: (by: string) => `本机时间比它${by}`,
    en: (by: string) => `the gateway is ${by}`,
  },
  later: { zh: (span: string) => `晚 ${span}`, en: (span: string) => `${span} later` },
  earlier: { zh: (span: string) => `早 ${span}`, en: (span: string) => `${span} earlier` },
  boot: { zh: "网关已运行", en: "Running for" },
  trusted: { zh: "最近一次确定的时间", en: "Last certain time" },
  refusedHead: { zh: "系统时间未采用", en: "The system's time is not followed" },
  refusedBody: {
    zh: (system: string) => `系统时间为 ${system}，与本机时间相差过大。请检查 NTP 服务器；若系统时间正确，由工程师采用。`,
    en: (system: string) =>
      `The system says ${system}, too far from what the gateway knows. Check the NTP server; if the system is right, an engineer accepts its time.`,
  },
  unsyncedBody: {
    zh: "没有网络校时，也没有可用的电池时钟。此间的记录带“时间不确定”标记；时间确定后自动更正。",
    en: "There is neither a time server nor a battery clock. What is recorded now is marked as not certain, and put right when the time is known.",
  },
  repeatsBody: {
    zh: "时钟曾回拨：现在的时刻此前已出现过一次。记录以序号为准；此间导出的文件有标注。",
    en: "The clock was set back: these times of day were told before. Records go by their numbers; documents made now say so.",
  },
  accept: { zh: "采用系统时间", en: "Accept the system's time" },
  acceptDoes: {
    zh: (system: string) => `本机时间将改为 ${system}。请先与可靠的钟表核对。记入审计日志。`,
    en: (system: string) =>
      `The gateway's time becomes ${system}. Compare it with a clock you trust first. It is written into the audit log.`,
  },
  set: { zh: "设定时间", en: "Set the time" },
  setDoes: {
    zh: (zone: string) => `设定网关自己的时钟（${zone}），不改动操作系统。已预填这台电脑的时间，请核对。记入审计日志。`,
    en: (zone: string) =>
      `Sets the gateway's own clock (${zone}); the operating system's stays as it is. Filled in with the time of this computer: check it. It is written into the audit log.`,
  },
  time: { zh: "时间", en: "Time" },
  reason: { zh: "原因", en: "Reason" },
  steps: { zh: "最近的时间变化", en: "Latest changes of the time" },
  noSteps: { zh: "没有记录到时间变化", en: "No change of the time on record" },
  what: { zh: "事件", en: "What" },
  from: { zh: "原时间", en: "From" },
  to: { zh: "新时间", en: "To" },
  by: { zh: "变化", en: "By" },
  synced: { zh: "时间已确定", en: "became known" },
  step: { zh: "系统时钟跳变", en: "system clock was set" },
  refused: { zh: "拒绝系统时间", en: "refused" },
  agreed: { zh: "恢复一致", en: "agreed again" },
  accepted: { zh: "人工采用", en: "accepted by a person" },
  setByHand: { zh: "人工设定", en: "set by a person" },
});

/** `12 ms`, `3.2 s`, `4 min`: how far a clock is off. */
export function formatOff(ms: number): string {
  if (ms < 1_000) return `${formatNumber(Math.ceil(ms), 0)} ms`;
  return ms < 60_000 ? `${formatNumber(ms / 1_000, 1)} s` : formatDuration(ms / 1_000);
}

/** `+1 h`, `−365 d` */
export function formatJump(ms: number): string {
  return `${ms < 0 ? "−" : "+"}${formatOff(Math.abs(ms))}`;
}
