import { dictionaryOf } from "./words.ts";

/** Words of the page of finished documents. */
export const te = dictionaryOf({
  reports: { zh: "报表", en: "Reports" },
  explain: {
    zh: "每日巡检表到点自动导出，签字、复核或更正后以及当日结束时更新；周报、月报在次日零点后生成。",
    en: "Daily sheets are exported by themselves at their time, and again when signed, reviewed, corrected, or when the day is over; weekly and monthly summaries after midnight.",
  },
  none: {
    zh: "还没有导出文件。今日的表到点后出现在这里；也可以现在导出。",
    en: "There is nothing yet. Today's sheet appears here at its time; it can also be exported now.",
  },
  document: { zh: "文件", en: "Document" },
  madeAt: { zh: "生成时间", en: "Made at" },
  formats: { zh: "下载", en: "Download" },
  sheetOf: { zh: (round: string, day: string) => `${round} · ${day}`, en: (round: string, day: string) => `${round} · ${day}` },
  week: { zh: (week: string) => `周报 · ${week}`, en: (week: string) => `Weekly summary · ${week}` },
  month: { zh: (month: string) => `月报 · ${month}`, en: (month: string) => `Monthly summary · ${month}` },
  languageZh: { zh: "中文", en: "Chinese" },
  languageEn: { zh: "英文", en: "English" },
  exportNow: { zh: (round: string) => `现在导出：${round}（今日）`, en: (round: string) => `Export now: ${round}, today` },
  exporting: { zh: "正在生成…", en: "Being written…" },
  exported: { zh: "已生成，见下表。", en: "Written; see the list below." },
  search: { zh: "筛选（日期或名称）", en: "Filter (day or name)" },
});
