import type { Words } from "../contract/alarm.ts";
import type { ClockSource } from "../contract/clock.ts";
import type { TimeEffect } from "../platform/timekeeper.ts";

export const SOURCE_WORDS: Readonly<Record<ClockSource, Words>> = {
  unsynced: { zh: "未校准", en: "not set" },
  battery: { zh: "电池时钟", en: "battery clock" },
  manual: { zh: "人工设定", en: "set by hand" },
  ntp: { zh: "NTP", en: "NTP" },
};

/** One line of the log for each change of the told time. */
export function effectWords({ cause, fromMs, toMs, after }: TimeEffect): Words {
  const [from, to] = [new Date(fromMs).toISOString(), new Date(toMs).toISOString()];
  const source = SOURCE_WORDS[after.source];
  switch (cause) {
    case "synced":
      return { zh: `时间已确定（${source.zh}）：${from} → ${to}`, en: `the time of day is known (${source.en}): ${from} → ${to}` };
    case "step":
      return { zh: `时钟跳变（${source.zh}）：${from} → ${to}`, en: `the clock was set (${source.en}): ${from} → ${to}` };
    case "refused":
      return {
        zh: `系统时间为 ${to}，与本机时间 ${from} 相差过大，未采用。请检查 NTP 服务器，或在“存储”页采用。`,
        en: `the system says ${to}, too far from ${from}, and is not followed. Check the NTP server, or accept it on the page Storage.`,
      };
    case "agreed":
      return { zh: `系统时间恢复一致：${from} → ${to}`, en: `the system's time agrees again: ${from} → ${to}` };
    case "accepted":
      return { zh: `已由人工采用系统时间：${from} → ${to}`, en: `a person accepted the system's time: ${from} → ${to}` };
    case "set":
      return { zh: `已由人工设定时间：${from} → ${to}`, en: `a person set the time: ${from} → ${to}` };
  }
}
