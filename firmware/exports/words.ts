import type { Words } from "../contract/alarm.ts";
import type { InspectionState } from "../contract/inspection.ts";
import type { SEVERITIES } from "../contract/severity.ts";

export const STATE_WORDS: Readonly<Record<InspectionState, Words>> = {
  open: { zh: "未签字", en: "not signed yet" },
  missing: { zh: "缺签（当日无人签字）", en: "missing: nobody signed on the day" },
  signed: { zh: "已签字", en: "signed" },
  reviewed: { zh: "已复核", en: "reviewed" },
};
export const NO_DATA: Words = { zh: "无数据", en: "no data" };
export const SEVERITY_WORDS: Readonly<Record<(typeof SEVERITIES)[number], Words>> = {
  critical: { zh: "紧急", en: "critical" },
  major: { zh: "重要", en: "major" },
  minor: { zh: "一般", en: "minor" },
  warning: { zh: "提示", en: "warning" },
};

/** How a document came about, for its foot. */
export const HOW = {
  atItsTime: { zh: "到点自动导出", en: "exported by itself at the set time" },
  late: { zh: "补制：到点时网关未运行或时钟未校准", en: "made later: at the set time the box was off or its clock was not set" },
  asked: { zh: "按要求导出", en: "exported when asked for" },
} as const satisfies Readonly<Record<string, Words>>;

export function notExportedWords(what: string, reason: Words): Words {
  return {
    zh: `${what} 未能导出：${reason.zh}。十分钟后重试。`,
    en: `${what} was not exported: ${reason.en}. It is tried again in ten minutes.`,
  };
}

export function cannotStoreWords(folder: string, reason: string): Words {
  return {
    zh: `无法写入 ${folder}（${reason}）。请检查磁盘空间和权限`,
    en: `${folder} cannot be written (${reason}). Check space and permissions of the disk`,
  };
}
