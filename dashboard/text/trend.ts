import { dictionaryOf } from "./words.ts";

/** Words of the charts over a day or a week. */
export const tt = dictionaryOf({
  loading: { zh: "正在读取历史…", en: "Reading the history…" },
  nothing: { zh: "这段时间还没有历史数据；每分钟记录一次。", en: "Nothing was recorded in this span yet; a minute is added at a time." },
  untrusted: {
    zh: "其中一部分是在时钟未校准时记录的，时间可能有误。",
    en: "Part of this was recorded while the clock was not certain: times may be wrong.",
  },
  range: { zh: "最低–最高", en: "lowest–highest" },
  step: {
    zh: (minutes: number) => `每点 ${minutes} 分钟：均值，阴影为最低到最高`,
    en: (minutes: number) => `${minutes} min a point: mean, shaded from lowest to highest`,
  },
  chartOf: { zh: (name: string, span: string) => `${name}，${span}`, en: (name: string, span: string) => `${name}, ${span.toLowerCase()}` },
});
