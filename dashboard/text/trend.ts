import { dictionaryOf } from "./words.ts";

/** Words of the charts over hours, days and weeks. */
export const tt = dictionaryOf({
  loading: { zh: "正在读取历史…", en: "Reading the history…" },
  nothing: { zh: "这段时间还没有历史数据；每分钟记录一次。", en: "Nothing was recorded in this span yet; a minute is added at a time." },
  uncertain: {
    zh: (spans: string) => `斜线部分记录时时钟未校准，时间可能有误：${spans}。`,
    en: (spans: string) => `Hatched: recorded while the clock was not certain, times may be wrong: ${spans}.`,
  },
  andMore: { zh: (count: number) => `，另有 ${count} 段`, en: (count: number) => ` and ${count} more` },
  range: { zh: "最低–最高", en: "lowest–highest" },
  step: {
    zh: (step: string) => `每点 ${step}：均值，阴影为最低到最高`,
    en: (step: string) => `${step} a point: mean, shaded from lowest to highest`,
  },
  seconds: { zh: (count: number) => `${count} 秒`, en: (count: number) => `${count} s` },
  minutes: { zh: (count: number) => `${count} 分钟`, en: (count: number) => `${count} min` },
  hours: { zh: (count: number) => `${count} 小时`, en: (count: number) => `${count} h` },
  chartOf: { zh: (name: string, span: string) => `${name}，${span}`, en: (name: string, span: string) => `${name}, ${span.toLowerCase()}` },
});
