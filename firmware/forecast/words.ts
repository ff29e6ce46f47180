import type { Severity, Words } from "../contract/alarm.ts";
import type { ForecastKind } from "../contract/forecast.ts";
import { SEVERITY_WORDS } from "../exports/words.ts";
import type { BatteryLeft } from "./battery.ts";
import type { NoForecast } from "./crossing.ts";
import type { Figures, Trust } from "./prediction.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

interface Band {
  readonly inMs: number;
  readonly earliestMs: number;
  readonly latestMs: number | null;
}

interface Scale {
  readonly ms: number;
  readonly zh: string;
  readonly en: string;
}
const SCALES: readonly Scale[] = [
  { ms: MINUTE_MS, zh: "分钟", en: "min" },
  { ms: HOUR_MS, zh: "小时", en: "h" },
  { ms: DAY_MS, zh: "天", en: "days" },
];

/** The unit that a person would count this span in. */
function scaleOf(ms: number): Scale {
  return SCALES[ms < 3 * HOUR_MS ? 0 : ms < 3 * DAY_MS ? 1 : 2] as Scale;
}

/** Less than one of them is said, not rounded away. */
const counted = (ms: number, scale: Scale): string => (Math.round(ms / scale.ms) < 1 ? "<1" : String(Math.round(ms / scale.ms)));

/** `42 分钟`, `42 min`. */
export function spanWords(ms: number): Words {
  const scale = scaleOf(ms);
  return { zh: `${counted(ms, scale)} ${scale.zh}`, en: `${counted(ms, scale)} ${scale.en}` };
}

/** `42 分钟后（35–55）`, `in 42 min (35–55)`; of a band without an end: `(35 or later, perhaps never)`. */
export function inWords({ inMs, earliestMs, latestMs }: Band): Words {
  const scale = scaleOf(inMs);
  const [now, first] = [counted(inMs, scale), counted(earliestMs, scale)];
  const band: Words =
    latestMs === null
      ? { zh: `最早 ${first}，也可能不会`, en: `${first} or later, perhaps never` }
      : first === counted(latestMs, scale)
        ? { zh: "误差不到 1", en: "give or take less than 1" }
        : { zh: `${first}–${counted(latestMs, scale)}`, en: `${first}–${counted(latestMs, scale)}` };
  return { zh: `${now} ${scale.zh}后（${band.zh}）`, en: `in ${now} ${scale.en} (${band.en})` };
}

/** `冷通道 温度：约 42 分钟后（35–55）到达 27 °C（重要）`. */
export function limitWords(point: Words, limit: string, severity: Severity, band: Band): Words {
  const when = inWords(band);
  const severe = SEVERITY_WORDS[severity];
  return { zh: `${point.zh}：约 ${when.zh}到达 ${limit}（${severe.zh}）`, en: `${point.en}: ${limit} (${severe.en}) ${when.en}` };
}

/** What a limit is concluded from: `按最近 20 分钟的走势，每小时 +1.8 °C`. */
export function limitBasis(windowMs: number, perHour: string): Words {
  const span = spanWords(windowMs);
  return { zh: `按最近 ${span.zh}的走势：每小时 ${perHour}`, en: `from the last ${span.en}: ${perHour} an hour` };
}

export function batteryWords(device: Words, left: BatteryLeft): Words {
  const when = inWords(left);
  return { zh: `${device.zh} 电池：约 ${when.zh}放空`, en: `${device.en} battery: empty ${when.en}` };
}

export function batteryBasis({ by, toldMs, emptyAt }: BatteryLeft): Words {
  const told = toldMs === null ? null : spanWords(toldMs);
  const says: Words = told === null ? { zh: "", en: "" } : { zh: `；设备自报 ${told.zh}`, en: `; the device says ${told.en}` };
  const empty: Words =
    emptyAt === 0
      ? { zh: "", en: "" }
      : { zh: `；以往在 ${Math.round(emptyAt)}% 时断电`, en: `; earlier it gave out at ${Math.round(emptyAt)} %` };
  switch (by) {
    case "measured":
      return {
        zh: `按本次放电中电量与负载的实测${says.zh}${empty.zh}`,
        en: `measured: charge and load of this discharge${says.en}${empty.en}`,
      };
    case "toldCorrected":
      return {
        zh: `放电刚开始，按设备自报并用以往放电修正${says.zh}`,
        en: `the discharge is young: what the device says, corrected by earlier discharges${says.en}`,
      };
    case "told":
      return {
        zh: `放电刚开始，仅有设备自报，尚未核实${says.zh}`,
        en: `the discharge is young: only what the device says, not checked yet${says.en}`,
      };
  }
}

export function filterWords(device: Words, limit: string, band: Band): Words {
  const when = inWords(band);
  return {
    zh: `${device.zh} 滤网：约 ${when.zh}压差到达 ${limit}，应更换`,
    en: `${device.en} filter: pressure drop reaches ${limit}, to be changed, ${when.en}`,
  };
}

export function batteryWearWords(device: Words, percent: string, limit: string, band: Band): Words {
  const when = inWords(band);
  return {
    zh: `${device.zh} 电池：容量约为最初的 ${percent}，约 ${when.zh}降到 ${limit}，应更换`,
    en: `${device.en} battery: holds ${percent} of what it held at first, ${limit} (to be replaced) ${when.en}`,
  };
}

export function wearBasis(kind: "filter" | "batteryAgeing", count: number, spanMs: number): Words {
  const span = spanWords(spanMs);
  return kind === "filter"
    ? { zh: `按 ${span.zh}内 ${count} 天、同等风机转速下的压差`, en: `from the drop at equal fan speed on ${count} days within ${span.en}` }
    : { zh: `按 ${span.zh}内 ${count} 次相近负载的放电`, en: `from ${count} discharges at a similar load within ${span.en}` };
}

/** How such forecasts have done; null: too few are known. */
export function recordWords({ judged, met, medianErrorMs, largestErrorMs }: Figures, { widen }: Trust): Words | null {
  if (judged < 3) return null;
  const rest: Words = widen > 1.05 ? { zh: "；区间已据此放宽", en: "; the band is wider for that" } : { zh: "", en: "" };
  if (medianErrorMs === null || largestErrorMs === null)
    return { zh: `最近 ${judged} 次预测都没有发生${rest.zh}`, en: `of the last ${judged} none came true${rest.en}` };
  const largest = spanWords(Math.max(MINUTE_MS, largestErrorMs));
  const middle = spanWords(Math.max(MINUTE_MS, medianErrorMs));
  if (met === judged)
    return {
      zh: `最近 ${judged} 次预测误差都在 ${largest.zh}以内（一半在 ${middle.zh}以内）${rest.zh}`,
      en: `the last ${judged} were within ${largest.en} (half of them within ${middle.en})${rest.en}`,
    };
  return {
    zh: `最近 ${judged} 次预测有 ${met} 次发生，误差一半在 ${middle.zh}以内${rest.zh}`,
    en: `of the last ${judged}, ${met} came true, half of them within ${middle.en}${rest.en}`,
  };
}

const REASONS: Readonly<Record<NoForecast, Words>> = {
  tooFew: { zh: "可用数据太少", en: "too few good readings" },
  turning: { zh: "刚刚转向，几分钟后再看", en: "it has just turned; another few minutes will tell" },
  beyond: { zh: "已经越过限值", en: "beyond the limit already" },
  steady: { zh: "没有明显趋势", en: "no clear trend" },
  away: { zh: "正在远离限值", en: "moving away from the limit" },
  swings: { zh: "在来回波动，一小时内到过更近的位置又折回", en: "it swings: within the hour it was nearer, and turned" },
  levelsOff: { zh: "正在放缓，预计到不了限值", en: "it slows down and should come to rest before the limit" },
  tooFar: { zh: "太远，无法可靠预测", en: "too far ahead to be foretold" },
  daily: {
    zh: "与往日此时走势相同，往日未到限值即折回",
    en: "it moves as on other days at this hour, and on those it turned before the limit",
  },
  withheld: { zh: "以往预测多次不准，暂不显示", en: "earlier forecasts for it were wrong too often; not shown until they are better" },
};

export function reasonWords(kind: ForecastKind, reason: NoForecast): Words {
  if (kind === "filter" && reason === "tooFew")
    return { zh: "换滤网后的数据不足 14 天", en: "fewer than 14 days of readings since the filter was changed" };
  if (kind === "batteryAgeing" && reason === "tooFew")
    return { zh: "需要两个月内至少 4 次相近负载的放电记录", en: "it takes 4 discharges at a similar load over two months" };
  return REASONS[reason];
}
