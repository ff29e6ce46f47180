import type { AccessEntry, AccessKind } from "./access.ts";
import type { Words } from "./alarm.ts";

/** What a line of the entry log says, on the page and in an export. */
export const ACCESS_KIND_WORDS: Readonly<Record<AccessKind, Words>> = {
  granted: { zh: "刷卡通过", en: "Card granted" },
  denied: { zh: "刷卡被拒", en: "Card refused" },
  opened: { zh: "门打开", en: "Door opened" },
  closed: { zh: "门关上", en: "Door closed" },
  leftOpen: { zh: "门未关", en: "Door left open" },
  forced: { zh: "未经许可打开", en: "Opened without a card" },
  missed: { zh: "有刷卡未读到", en: "Card events not read" },
  visitorIn: { zh: "访客进入", en: "Visitor in" },
  visitorOut: { zh: "访客离开", en: "Visitor out" },
  powerOn: { zh: "服务器开机", en: "Server switched on" },
  powerOff: { zh: "服务器关机", en: "Server switched off" },
  reset: { zh: "人工清除在场", en: "Taken off the list of those inside" },
};

export const ACCESS_REASON_WORDS: Readonly<Record<NonNullable<AccessEntry["reason"]>, Words>> = {
  unknownCard: { zh: "陌生卡", en: "unknown card" },
  runOut: { zh: "卡已过期", en: "card has run out" },
  verdictUnreadable: { zh: "控制器的结果无法识别", en: "the controller's verdict was not understood" },
};

export const ACCESS_SOURCE_WORDS: Readonly<Record<AccessEntry["source"], Words>> = {
  controller: { zh: "门禁控制器", en: "door controller" },
  register: { zh: "读卡器（按本机持卡人登记）", en: "reader (judged by the register of cards)" },
  contact: { zh: "门磁", en: "door contact" },
  hand: { zh: "人工登记", en: "entered by hand" },
};

export const DIRECTION_WORDS: Readonly<Record<"in" | "out", Words>> = {
  in: { zh: "进", en: "in" },
  out: { zh: "出", en: "out" },
};
