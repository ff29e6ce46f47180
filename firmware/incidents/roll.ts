import type { AlarmRecord, Words } from "../contract/alarm.ts";

/** Alarms of an incident that a message names; the rest is counted. */
export const NAMED_MAX = 8;

interface Named {
  readonly key: string;
  readonly text: Words;
}

/** Who belongs to an incident: how many, which began first, and the first few by name. */
export interface Roll {
  readonly count: number;
  /** First-out: the alarm whose reading was abnormal first, whatever its delay; null while only the gateway itself has spoken. */
  readonly first: (Named & { readonly atMs: number }) | null;
  readonly named: readonly Named[];
}

/** The roll with one more change of one alarm. An alarm without a time of its own is a heading, and no member. */
export function rollWith(roll: Roll | undefined, { key, text, abnormalAtMs }: AlarmRecord, count: number): Roll {
  const { first, named } = roll ?? { first: null, named: [] };
  if (abnormalAtMs === undefined) return { count, first, named };
  const isFirst = first === null || abnormalAtMs < first.atMs;
  const isNew = named.length < NAMED_MAX && named.every((other) => other.key !== key);
  return { count, first: isFirst ? { key, text, atMs: abnormalAtMs } : first, named: isNew ? [...named, { key, text }] : named };
}

/** A text with its company: `UPS A on battery (12 alarms; first: …; also: …)`. Alone it stays as it is. */
export function withCompany(text: Words, roll: Roll | undefined): Words {
  if (roll === undefined || roll.count < 2) return text;
  const { count, first, named } = roll;
  const others = named.filter((alarm) => alarm.text.en !== text.en && alarm.key !== first?.key);
  const also = (language: "zh" | "en", comma: string): string => others.map((alarm) => alarm.text[language]).join(comma);
  const zh = [
    `共 ${count} 条告警`,
    ...(first === null ? [] : [`首发：${first.text.zh}`]),
    ...(others.length > 0 ? [`另有：${also("zh", "、")}`] : []),
  ];
  const en = [
    `${count} alarms`,
    ...(first === null ? [] : [`first: ${first.text.en}`]),
    ...(others.length > 0 ? [`also: ${also("en", ", ")}`] : []),
  ];
  return { zh: `${text.zh}（${zh.join("；")}）`, en: `${text.en} (${en.join("; ")})` };
}
