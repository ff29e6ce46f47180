import type { SourceText } from "../../drivers/source-text.ts";
import type { ServiceLevelsEntry } from "./service-level-schema.ts";

const PRIORITIES = ["p1", "p2", "p3", "p4", "p5"] as const;

/** Hours that begin before they end, and nothing that is to be resolved before anybody has taken it. */
export function checkServiceLevels(source: SourceText, levels: ServiceLevelsEntry): void {
  const { from, to } = levels.hours;
  if (from >= to)
    source.add(["serviceLevels", "hours", "to"], {
      zh: `服务时间 ${from} 到 ${to} 没有时长；结束应晚于开始，跨夜请分成 24:00 前后`,
      en: `service hours from ${from} to ${to} are none; they must end after they begin, on the same day`,
    });
  for (const priority of PRIORITIES) {
    const { acknowledge, resolve } = levels[priority];
    if (acknowledge <= resolve) continue;
    source.add(["serviceLevels", priority], {
      zh: `${priority} 的响应时限长于解决时限；应不长于`,
      en: `${priority} may be acknowledged later than it must be resolved; acknowledge must not be longer than resolve`,
    });
  }
}
