import type { Words } from "../contract/alarm.ts";

/** What a figure is to be at most, and who says so. */
export interface Target {
  readonly atMost: number | null;
  readonly source: string;
  readonly label: Words;
  readonly unit: "" | "%" | "s";
  readonly advice: Words;
}

const EEMUA = "EEMUA 191 / ISA-18.2 (unverified)";
const HOUSE = "Roomward";
const NOTHING: Words = { zh: "", en: "" };

/** A flood: more than so many within ten minutes. */
export const FLOOD_MIN = 10;
export const FLOOD_WINDOW_MS = 600_000;
/** Chattering: it rings so often within a minute. */
export const CHATTER_RINGS = 3;
export const CHATTER_MS = 60_000;
/** Fleeting: over within so many times its on-delay, and not only once. */
export const FLEETING_DELAYS = 2;
export const FLEETING_MIN = 2;
/** Stale: active for longer. */
export const STALE_MS = 86_400_000;
export const ACTORS = 10;

/** Figures in the order of the table. Change a target here; where the standard itself was not read, its source says `unverified`. */
export const TARGETS = {
  perDay: {
    ...{ atMost: 150, source: EEMUA, unit: "" },
    label: { zh: "每位值班员每天的告警", en: "Alarms per day and operator" },
    advice: {
      zh: "先处理下面的前十名：调整限值、回差或延时，修好反复出错的设备。",
      en: "Begin with the ten worst below: mend their limits, deadbands or delays, repair what fails again and again.",
    },
  },
  perTenMinutes: {
    ...{ atMost: 1, source: EEMUA, unit: "" },
    label: { zh: "每 10 分钟的告警，平均", en: "Alarms per 10 minutes, average" },
    advice: {
      zh: "值班员处理一条约需 10 分钟：减少无需处理的告警。",
      en: "An operator needs some ten minutes for one: take out alarms that ask for nothing.",
    },
  },
  peak: {
    ...{ atMost: 10, source: EEMUA, unit: "" },
    label: { zh: "每 10 分钟的告警，最多", en: "Alarms per 10 minutes, most" },
    advice: {
      zh: "同一原因不要各报各的：在站点文件中写明上级设备（parents）。",
      en: "One cause should not ring everywhere: name the parents of devices in the site file.",
    },
  },
  flood: {
    ...{ atMost: 1, source: EEMUA, unit: "%" },
    label: { zh: "告警泛滥的时间", en: "Time in flood" },
    advice: {
      zh: "查看泛滥时最先响的告警，其余多为后果，应由它抑制。",
      en: "Look at what rang first in each flood: the rest follows from it and should be suppressed by it.",
    },
  },
  topTen: {
    ...{ atMost: 5, source: EEMUA, unit: "%" },
    label: { zh: "前十名占全部的比例", en: "Share of the ten worst" },
    advice: {
      zh: "少数几条占了多数：逐条试算并修正，收效最快。",
      en: "A few make most of it: try changed rules on them one by one, nothing helps sooner.",
    },
  },
  chattering: {
    ...{ atMost: 0, source: EEMUA, unit: "" },
    label: { zh: "抖动的告警（1 分钟内 3 次）", en: "Chattering alarms (3 in a minute)" },
    advice: { zh: "加大回差或恢复延时；检查接线松动。", en: "Widen the deadband or the off-delay; look for a loose wire." },
  },
  fleeting: {
    ...{ atMost: 0, source: EEMUA, unit: "" },
    label: { zh: "一闪而过的告警", en: "Fleeting alarms" },
    advice: { zh: "来不及处理就已恢复：加长触发延时。", en: "Over before anybody can act: lengthen the on-delay." },
  },
  stale: {
    ...{ atMost: 5, source: EEMUA, unit: "" },
    label: { zh: "持续一天以上的告警", en: "Stale alarms (more than a day)" },
    advice: {
      zh: "修复设备；在修的请停用或搁置并写明原因；不需要处理的删除规则。",
      en: "Repair the device; take it out of service or shelve it with a reason meanwhile; drop the rule if nobody has to act.",
    },
  },
  critical: {
    ...{ atMost: 5, source: "EEMUA 191 80/15/5, after exida.com", unit: "%" },
    label: { zh: "紧急（critical）所占比例", en: "Share of critical" },
    advice: {
      zh: "紧急只留给必须立即行动的：降低其余规则的级别。",
      en: "Critical is for what cannot wait: lower the severity of the other rules.",
    },
  },
  major: {
    ...{ atMost: 15, source: "EEMUA 191 80/15/5, after exida.com", unit: "%" },
    label: { zh: "重要（major）所占比例", en: "Share of major" },
    advice: { zh: "按后果和可用时间重新定级。", en: "Set severities anew by consequence and by the time there is to act." },
  },
  acknowledgeMedian: {
    ...{ atMost: 600, source: `${HOUSE} (unverified)`, unit: "s" },
    label: { zh: "确认用时，中位数", en: "Time to acknowledge, median" },
    advice: { zh: "检查通知是否到达值班人。", en: "See whether messages reach the person on duty." },
  },
  acknowledgeNinety: {
    ...{ atMost: 1_800, source: `${HOUSE} (unverified)`, unit: "s" },
    label: { zh: "确认用时，90% 以内", en: "Time to acknowledge, nine of ten" },
    advice: { zh: "查看夜间和交接班时段；设置升级通知。", en: "Look at nights and shift changes; have unanswered alarms escalated." },
  },
  unacknowledged: {
    ...{ atMost: 0, source: HOUSE, unit: "" },
    label: { zh: "无人确认的告警", en: "Alarms nobody acknowledged" },
    advice: {
      zh: "无需确认的告警不应是告警：改为只记录；其余要有人负责。",
      en: "What needs no answer is no alarm: only record it. The others need somebody on duty.",
    },
  },
  messages: {
    ...{ atMost: 4, source: `${HOUSE} (unverified)`, unit: "" },
    label: { zh: "每个事件发往上级的消息", en: "Messages upstream per incident" },
    advice: {
      zh: "发生、确认、恢复之外的消息来自反复响铃：加大回差或延时。",
      en: "What goes beyond raise, acknowledge and clear comes from ringing again: widen deadband or delays.",
    },
  },
  silenced: {
    ...{ atMost: null, source: "", unit: "" },
    label: { zh: "被搁置、抑制或停用的告警", en: "Shelved, suppressed or out of service" },
    advice: NOTHING,
  },
} as const satisfies Readonly<Record<string, Target>>;

export type FigureId = keyof typeof TARGETS;
/** Targets of a site; those of the house unless somebody says otherwise. */
export type Targets = Readonly<Record<FigureId, Target>>;
