import { dictionaryOf } from "./words.ts";

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
  share: { zh: (percent: string) => `失败 ${percent} %`, en: (percent: string) => `${percent} % failed` },
  traps: { zh: (count: number) => `收到陷阱 ${count} 条`, en: (count: number) => (count === 1 ? "1 trap heard" : `${count} traps heard`) },
  trapsRejected: { zh: (count: number) => `拒绝 ${count} 条`, en: (count: number) => `${count} rejected` },
  latest: { zh: "最近一次", en: "Latest" },
  adviceMissing: {
    zh: "检查转换器或网线是否插好、供电是否正常；接回后会自动恢复。",
    en: "See that the adapter or network cable is plugged in and powered; it comes back by itself.",
  },
  adviceSilent: {
    zh: "全部设备都不应答：检查 A/B 线是否接反（串口 UPS 检查专用线）、波特率是否一致、总线是否断开。",
    en: "No device answers: check whether A and B are swapped (a UPS: its own cable), the baud rate agrees, and the wire is whole.",
  },
  adviceTimeout: {
    zh: "有设备不应答：检查其供电、地址（拨码）与接线。",
    en: "Some devices do not answer: check their power, address switches and wiring.",
  },
  adviceGarbled: {
    zh: "应答受扰：检查终端电阻、屏蔽接地，以及是否有两台设备地址相同。",
    en: "Answers are garbled: check termination, shield grounding, and whether two devices have the same address.",
  },
  record: { zh: "录制 60 秒", en: "Record 60 s" },
  recordHint: {
    zh: "逐字节录下此总线的收发，供远处的人分析；读卡器总线上会录到卡号。",
    en: "What goes over this bus, byte for byte, for somebody who is not here; with card readers it holds card numbers.",
  },
  noAdvice: { zh: "无需处理。", en: "Nothing to do." },
});
