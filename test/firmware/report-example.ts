import type { ReportDocument } from "../../firmware/report/document.ts";

/** 2026-09-20 08:30 in Shanghai. */
export const MADE_AT_MS = Date.UTC(2026, 8, 20, 0, 30);

/** A sheet with everything a sheet can have: both languages, every mark, gaps, texts that are hard for one of the formats. */
export function exampleDocument(changes: Partial<ReportDocument> = {}): ReportDocument {
  return {
    title: { zh: "机房日常巡检表", en: "Daily inspection of the machine room" },
    subtitle: { zh: "深圳一号机房 · 2026-09-19", en: "Shenzhen 1 · 2026-09-19" },
    timezone: "Asia/Shanghai",
    facts: [
      { label: { zh: "巡检人", en: "Inspected by" }, value: "李雷" },
      { label: { zh: "异常项", en: "Abnormal items" }, value: 2 },
    ],
    tables: [
      {
        title: { zh: "测量项", en: "Measured" },
        columns: [
          { label: { zh: "项目", en: "Item" }, kind: "text", share: 3 },
          { label: { zh: "最低", en: "Lowest" }, kind: "number", unit: "°C", digits: 1 },
          { label: { zh: "最高", en: "Highest" }, kind: "number", unit: "°C", digits: 1 },
          { label: { zh: "最高时间", en: "Highest at" }, kind: "time", share: 2 },
          { label: { zh: "结论", en: "Verdict" }, kind: "text", share: 1 },
        ],
        rows: [
          [
            { zh: "冷通道温度", en: "Cold aisle temperature" },
            21.34,
            { value: 33.04, mark: "alarm" },
            Date.UTC(2026, 8, 19, 6, 2, 3),
            { value: { zh: "超限", en: "over limit" }, mark: "alarm" },
          ],
          [{ zh: "室外温度", en: "Outside temperature" }, -12.5, -0.04, null, { zh: "正常", en: "normal" }],
          [
            "UPS A",
            { value: 230, digits: 0 },
            { value: { zh: "无数据", en: "no data" }, mark: "gap" },
            null,
            { value: "?", mark: "warning" },
          ],
        ],
      },
      {
        title: { zh: "查看项", en: "Looked at" },
        columns: [
          { label: { zh: "项目", en: "Item" }, kind: "text" },
          { label: { zh: "回答", en: "Answer" }, kind: "text" },
        ],
        rows: [
          [{ zh: "异响与气味", en: "Noise and smell" }, '=HYPERLINK("http://x";"y")'],
          ["@SUM(1+1)", "-5"],
          ["+86 755 1234", 'says "fine", then\nmore'],
          ["\u0001bad\uD800", "-cmd"],
        ],
      },
    ],
    notes: [{ zh: "空白处表示无数据，不是零。", en: "Where nothing stands nothing is known; it is not zero." }],
    signatures: [
      { label: { zh: "巡检人签名", en: "Signed by" }, name: "李雷", atMs: Date.UTC(2026, 8, 19, 9, 0) },
      { label: { zh: "复核人签名", en: "Reviewed by" }, name: null, atMs: null },
    ],
    origin: {
      box: { zh: "深圳一号机房", en: "Shenzhen 1" },
      version: "0.1.0",
      madeAtMs: MADE_AT_MS,
      clockTrusted: true,
      how: { zh: "到点自动导出", en: "exported by itself at the set time" },
    },
    ...changes,
  };
}
