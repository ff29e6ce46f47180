import type { Words } from "../contract/alarm.ts";
import type { Actor, AlarmQuality, Figure } from "../contract/review.ts";
import { BYTE_ORDER_MARK, csvLine } from "../platform/csv.ts";
import { dayOf } from "./period.ts";

type Language = keyof Words;

/** The figures of a period as one CSV: figures, priorities, the worst, what stands for too long. */
export function qualitySheet(found: AlarmQuality, timezone: string, language: Language): string {
  const say = (words: Words): string => words[language];
  const lines: (readonly string[])[] = [
    [say(WORDS.title), found.date, say(WORDS[found.period])],
    [say(WORDS.positions), String(found.positions)],
    ...(found.beginsMs !== null && found.beginsMs > found.fromMs ? [[say(WORDS.begins), dayOf(found.beginsMs, timezone)]] : []),
    ...(found.uncertain > 0 ? [[say(WORDS.uncertain), String(found.uncertain)]] : []),
    ...(found.cut ? [[say(WORDS.cut)]] : []),
    [],
    [WORDS.figure, WORDS.value, WORDS.unit, WORDS.target, WORDS.met, WORDS.source, WORDS.advice].map(say),
    ...found.figures.map((figure) => figureLine(figure, language)),
    [],
    [WORDS.severity, WORDS.raised].map(say),
    ...found.priorities.map(({ severity, raised }) => [severity, String(raised)]),
    [],
    [WORDS.worst, WORDS.point, WORDS.raised, WORDS.share, WORDS.chatters, WORDS.fleeting, WORDS.standsHours].map(say),
    ...[...found.actors, ...found.standing.filter(({ key }) => found.actors.every((actor) => actor.key !== key))].map((actor) =>
      actorLine(actor, language),
    ),
  ];
  return BYTE_ORDER_MARK + lines.map(csvLine).join("");
}

function figureLine({ label, value, unit, target, met, source, advice }: Figure, language: Language): readonly string[] {
  const judged = met === null ? "" : met ? WORDS.yes[language] : WORDS.no[language];
  return [
    label[language],
    value === null ? "" : String(Number(value.toFixed(2))),
    unit,
    target === null ? "" : `≤ ${target}`,
    judged,
    source,
    met === false ? advice[language] : "",
  ];
}

function actorLine({ text, point, device, raised, share, chatters, fleeting, standsMs }: Actor, language: Language): readonly string[] {
  return [
    text[language],
    point ?? device,
    String(raised),
    `${(100 * share).toFixed(1)}%`,
    chatters ? WORDS.yes[language] : "",
    String(fleeting),
    standsMs === null ? "" : (standsMs / 3_600_000).toFixed(1),
  ];
}

const WORDS = {
  title: { zh: "告警质量", en: "Alarm quality" },
  day: { zh: "日", en: "day" },
  week: { zh: "周", en: "week" },
  month: { zh: "月", en: "month" },
  positions: { zh: "值班员", en: "Operators" },
  begins: { zh: "数据始于", en: "Data begins on" },
  uncertain: { zh: "时间未校准的事件", en: "Events with an uncertain time" },
  cut: { zh: "事件过多，仅统计最早的部分", en: "Too many events: the figures are of the first" },
  figure: { zh: "指标", en: "Figure" },
  value: { zh: "值", en: "Value" },
  unit: { zh: "单位", en: "Unit" },
  target: { zh: "目标", en: "Target" },
  met: { zh: "达标", en: "Met" },
  source: { zh: "来源", en: "Source" },
  advice: { zh: "建议", en: "What to do" },
  severity: { zh: "级别", en: "Severity" },
  raised: { zh: "告警次数", en: "Alarms" },
  worst: { zh: "告警", en: "Alarm" },
  point: { zh: "测点", en: "Point" },
  share: { zh: "占比", en: "Share" },
  chatters: { zh: "抖动", en: "Chatters" },
  fleeting: { zh: "一闪而过", en: "Fleeting" },
  standsHours: { zh: "持续小时", en: "Hours active" },
  yes: { zh: "是", en: "yes" },
  no: { zh: "否", en: "no" },
} as const satisfies Readonly<Record<string, Words>>;
