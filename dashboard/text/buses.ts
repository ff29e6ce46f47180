import type { Words } from "../../firmware/contract/alarm.ts";
import { dictionaryOf, said } from "./words.ts";

/** Words of the buses page. */
export const tb = dictionaryOf({
  buses: { zh: "总线", en: "Buses" },
  device: { zh: "设备", en: "Device" },
  transactions: { zh: (count: number) => `启动以来 ${count} 次问答`, en: (count: number) => `${count} exchanges since start` },
  answering: { zh: "应答", en: "Answers" },
  notReadNow: { zh: "暂不读取", en: "Not read at present" },
  adviceLent: {
    zh: "有人正在此总线上调试；完成后自动恢复读取。",
    en: "Somebody is commissioning on this bus; reading goes on by itself afterwards.",
  },
  backingOff: { zh: "不应答，降低频率试探中", en: "No answer; tried less often" },
  traps: { zh: (count: number) => `收到陷阱 ${count} 条`, en: (count: number) => (count === 1 ? "1 trap heard" : `${count} traps heard`) },
  trapsRejected: { zh: (count: number) => `拒绝 ${count} 条`, en: (count: number) => `${count} rejected` },
  record: { zh: "录制 60 秒", en: "Record 60 s" },
  recordHint: {
    zh: "逐字节录下此总线的收发，供远处的人分析；读卡器总线上会录到卡号。",
    en: "What goes over this bus, byte for byte, for somebody who is not here; with card readers it holds card numbers.",
  },
  latest: { zh: "最近一次", en: "Latest" },
  window: { zh: (span: string) => `最近 ${span}`, en: (span: string) => `The last ${span}` },
  exchanges: { zh: (span: string) => `问答（最近 ${span}）`, en: (span: string) => `Exchanges, last ${span}` },
  failed: { zh: "失败", en: "Failed" },
  busy: { zh: "总线占用", en: "Wire taken" },
  load: { zh: "按周期所需", en: "Needed by the periods" },
  latency: { zh: "应答时间 P50 / P95 / P99", en: "Latency P50 / P95 / P99" },
  latencyShort: { zh: "应答时间", en: "Latency" },
  errors: { zh: "异常分类", en: "Errors by kind" },
  certain: { zh: "确定", en: "Certain" },
  likely: { zh: "很可能", en: "Likely" },
  unsure: { zh: "不能确定", en: "Not sure" },
  why: { zh: "依据：", en: "Why: " },
  next: { zh: "下一步：", en: "Next: " },
  noAdvice: { zh: "无需处理。", en: "Nothing to do." },
  tooSoon: { zh: "还没有问答。", en: "Nothing has been asked yet." },
});

/** Errors by kind, as the box counts them. */
const ERRORS: Readonly<Record<string, Words>> = {
  silent: { zh: "无应答", en: "No answer" },
  checksum: { zh: "校验错", en: "Wrong checksum" },
  partial: { zh: "残缺", en: "Incomplete" },
  headless: { zh: "缺开头", en: "First bytes missing" },
  wrongLength: { zh: "长度不符", en: "Other length" },
  foreign: { zh: "答非所问", en: "Somebody else's answer" },
  twice: { zh: "一问两答", en: "Answered twice" },
  late: { zh: "迟到", en: "Too late" },
  edge: { zh: "帧边杂字节", en: "Stray byte at a frame" },
  unknownData: { zh: "拒绝", en: "Refused" },
  busy: { zh: "忙或故障", en: "Busy or failing" },
  unreachable: { zh: "网关够不到", en: "Not reached by gateway" },
  noiseBursts: { zh: "干扰", en: "Noise" },
  foreignQuestions: { zh: "他站提问", en: "Another master's question" },
  adapterMissing: { zh: "转换器不在", en: "No adapter" },
  echo: { zh: "回声", en: "Echo" },
};

/** A kind that this page has no word for is shown as it is: the box is newer than the page. */
export function errorWord(kind: string): string {
  const words = ERRORS[kind];
  return words === undefined ? kind : said(words);
}
