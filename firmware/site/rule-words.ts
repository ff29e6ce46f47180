import type { Severity, Words } from "../contract/alarm.ts";
import type { OriginView, RuleLayer, RuleView } from "../contract/rules.ts";

/** `15min`, `1h`, `31d`: as a site file writes it, in the largest unit that is whole. */
export function spanText(ms: number): string {
  if (ms === 0) return "0s";
  for (const [unit, size] of UNITS) if (ms % size === 0) return `${ms / size}${unit}`;
  return `${ms}ms`;
}

const UNITS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["min", 60_000],
  ["s", 1_000],
] as const;

const SEVERITY_WORDS: Readonly<Record<Severity, Words>> = {
  critical: { zh: "紧急", en: "critical" },
  major: { zh: "重要", en: "major" },
  minor: { zh: "次要", en: "minor" },
  warning: { zh: "提示", en: "warning" },
};
const LAYER_WORDS: Readonly<Record<RuleLayer, Words>> = {
  builtin: { zh: "程序", en: "program" },
  profile: { zh: "设备厂家建议", en: "maker's suggestion" },
  house: { zh: "产品默认", en: "default of the product" },
  standard: { zh: "标准", en: "standard" },
  site: { zh: "站点", en: "site" },
  device: { zh: "设备", en: "device" },
  point: { zh: "测点", en: "point" },
};

/** Who says something, in words: `standard gb50174-2017-cold-aisle (GB 50174-2017 appendix A: …)`. */
export function originWords({ layer, place, clause, unverified }: OriginView): Words {
  const word = LAYER_WORDS[layer];
  const tail = (mark: string, said: string | undefined): string =>
    `${place === "" || layer === "house" ? "" : ` ${place}`}${said === undefined ? "" : ` (${said}${unverified === true ? `, ${mark}` : ""})`}`;
  return { zh: `${word.zh}${tail("未核对原文", clause?.zh)}`, en: `${word.en}${tail("unverified", clause?.en)}` };
}

/** One rule as lines for a terminal: what it judges, then each of its numbers with who says it. */
export function ruleLines(rule: RuleView): readonly Words[] {
  const { point, device, type, text, unit, limits, severity, limitsFrom, formula, deadband, onDelayMs, offDelayMs, latched } = rule;
  const head = `${point ?? device} ${type}`;
  const levels = (of: typeof limits, single: Severity | null, language: "zh" | "en"): string =>
    single === null
      ? of.map((level) => `${SEVERITY_WORDS[level.severity][language]} ${level.limit} ${unit}`.trim()).join(", ")
      : SEVERITY_WORDS[single][language];
  const line = (zh: string, en: string, from: OriginView): Words => {
    const who = originWords(from);
    return { zh: `  ${zh}  ← ${who.zh}`, en: `  ${en}  ← ${who.en}` };
  };
  return [
    { zh: `${head}  ${text.zh}`, en: `${head}  ${text.en}` },
    line(levels(limits, severity, "zh") || "—", levels(limits, severity, "en") || "—", limitsFrom),
    ...(formula === null ? [] : [line(formula, formula, limitsFrom)]),
    ...(deadband === null ? [] : [line(`回差 ${deadband.value}`, `deadband ${deadband.value}`, deadband.from)]),
    line(`持续 ${spanText(onDelayMs.value)} 后告警`, `raised after ${spanText(onDelayMs.value)}`, onDelayMs.from),
    line(`持续 ${spanText(offDelayMs.value)} 后恢复`, `cleared after ${spanText(offDelayMs.value)}`, offDelayMs.from),
    ...(latched.value ? [line("自保持，确认前不消失", "latched until acknowledged", latched.from)] : []),
    ...(rule.reAlarmMs === null
      ? []
      : [
          line(
            `确认后 ${spanText(rule.reAlarmMs.value)} 未恢复再次响铃`,
            `rings again after ${spanText(rule.reAlarmMs.value)}`,
            rule.reAlarmMs.from,
          ),
        ]),
    ...rule.scheduled.map(({ schedules, limits: at, severity: single, from }) =>
      line(
        `${schedules.join("、")} 期间：${levels(at, single, "zh") || "不判断"}`,
        `during ${schedules.join(", ")}: ${levels(at, single, "en") || "not judged"}`,
        from,
      ),
    ),
  ];
}
