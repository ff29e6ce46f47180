import { dictionaryOf } from "./words.ts";

/** Words around what the box foretells; its sentences come with it. */
export const ta = dictionaryOf({
  nothing: { zh: "目前没有可预见的越限", en: "Nothing is foreseen" },
  waiting: { zh: "正在读取预测", en: "Reading the forecasts" },
  unsure: { zh: "把握不大", en: "unsure" },
  of: { zh: "预测", en: "Forecasts" },
});
