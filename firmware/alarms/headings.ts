import type { AlarmRecord, Words } from "../contract/alarm.ts";
import { severityRank } from "./lifecycle.ts";

/** Alarms that a heading names; the rest is counted. */
const NAMED_MAX = 5;

/** What a flood is told as: how many alarms, and which came first. */
export function floodText(rang: readonly AlarmRecord[], count: number, withinMs: number): Words {
  const minutes = Math.round(withinMs / 60_000);
  const first = firstOut(rang);
  return {
    zh: `告警风暴：${minutes} 分钟内 ${count} 条告警${first === null ? "" : `，首发：${first.text.zh}`}`,
    en: `Flood of alarms: ${count} in ${minutes} minutes${first === null ? "" : `, the first: ${first.text.en}`}`,
  };
}

export function restartText(found: readonly AlarmRecord[]): Words {
  const named = found.toSorted((a, b) => severityRank(b.severity) - severityRank(a.severity)).slice(0, NAMED_MAX);
  const more = found.length - named.length;
  return {
    zh: `网关开始监测时已有 ${found.length} 条告警：${named.map(({ text }) => text.zh).join("、")}${more > 0 ? ` 等` : ""}`,
    en: `${found.length} ${found.length === 1 ? "alarm was" : "alarms were"} there when the gateway began watching: ${named.map(({ text }) => text.en).join(", ")}${more > 0 ? ` and ${more} more` : ""}`,
  };
}

export function worstOf(records: readonly AlarmRecord[]): AlarmRecord | null {
  return records.reduce<AlarmRecord | null>(
    (worst, record) => (worst === null || severityRank(record.severity) > severityRank(worst.severity) ? record : worst),
    null,
  );
}

/** By when the reading was abnormal first, not by when its delay was over. */
function firstOut(records: readonly AlarmRecord[]): AlarmRecord | null {
  return records.reduce<AlarmRecord | null>((first, record) => (first === null || beganMs(record) < beganMs(first) ? record : first), null);
}

function beganMs({ abnormalAtMs, raisedAtMs }: AlarmRecord): number {
  return abnormalAtMs ?? raisedAtMs;
}
