import type { OriginView, RuleLayer } from "../../firmware/contract/rules.ts";
import { formatDuration } from "./format.ts";
import { dictionaryOf, said } from "./words.ts";

/** Words of how a device is judged. */
export const tr = dictionaryOf({
  judgedBy: { zh: "判断依据", en: "Judged by" },
  explain: {
    zh: "每条规则的限值和延时各由谁规定；越靠后的越优先：厂家建议、产品默认、标准、站点、设备、测点。",
    en: "Who says each limit and delay of a rule. Later ones hold: the maker's suggestion, this product, a standard, the site, the device, the point.",
  },
  rule: { zh: "规则", en: "Rule" },
  limits: { zh: "限值与级别", en: "Limits and severity" },
  delays: { zh: "延时", en: "Delays" },
  saidBy: { zh: "由谁规定", en: "Said by" },
  on: { zh: (span: string) => `持续 ${span} 后告警`, en: (span: string) => `after ${span}` },
  off: { zh: (span: string) => `正常 ${span} 后恢复`, en: (span: string) => `cleared after ${span}` },
  deadband: { zh: (value: string) => `回差 ${value}`, en: (value: string) => `deadband ${value}` },
  latched: { zh: "自保持至确认", en: "latched until acknowledged" },
  reAlarm: { zh: (span: string) => `确认后 ${span} 未恢复再响`, en: (span: string) => `rings again after ${span}` },
  during: { zh: (schedules: string) => `${schedules} 期间`, en: (schedules: string) => `during ${schedules}` },
  notJudged: { zh: "不判断", en: "not judged" },
  unverified: { zh: "未核对标准原文", en: "unverified: not read in the standard itself" },
  ofLimits: { zh: "限值", en: "limits" },
  ofDeadband: { zh: "回差", en: "deadband" },
  ofOn: { zh: "告警延时", en: "on delay" },
  ofOff: { zh: "恢复延时", en: "off delay" },
  ofReAlarm: { zh: "再响", en: "ringing again" },
  and: { zh: "、", en: ", " },
  saysOf: { zh: (what: string) => `${what}：`, en: (what: string) => `${what}: ` },
  none: { zh: "此设备没有规则。", en: "Nothing judges this device." },
  loading: { zh: "正在读取…", en: "Loading…" },
});

const LAYERS: Readonly<Record<RuleLayer, { readonly zh: string; readonly en: string }>> = {
  builtin: { zh: "程序", en: "program" },
  profile: { zh: "厂家建议", en: "maker's suggestion" },
  house: { zh: "产品默认", en: "product default" },
  standard: { zh: "标准", en: "standard" },
  site: { zh: "站点规则", en: "site" },
  device: { zh: "设备规则", en: "device" },
  point: { zh: "测点规则", en: "point" },
};

/** `standard gb50174-2017-cold-aisle`; the house needs no place. */
export function originText({ layer, place }: OriginView): string {
  const word = said(LAYERS[layer]);
  return place === "" || layer === "house" ? word : `${word} ${place}`;
}

export const spanOf = (ms: number): string => formatDuration(ms / 1_000);
