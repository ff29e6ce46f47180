import { shownKey } from "../../drivers/shown-value.ts";
import type { SourceText } from "../../drivers/source-text.ts";
import { isForetold, type Rule, type SilenceRule } from "../alarms/rule.ts";
import type { Words } from "../contract/alarm.ts";
import type { ForecastsEntry } from "./forecast-schema.ts";
import type { PointPlace } from "./point-rules.ts";
import { alarmKey, fitsPattern, pointText } from "./rules.ts";

/** What to do about a limit that is still ahead. */
const ACTION: Words = {
  zh: "趁尚未越限：查看趋势曲线，检查相关空调、供电或负载；限值到达时另有告警。",
  en: "While there is time: look at the curve, check the cooling, supply or load behind it. The limit itself has an alarm of its own.",
};

/** The early warning of one point: an alarm that rings before the limit does. */
export class EarlyWarning {
  readonly rule: SilenceRule;
  readonly withinMs: number;
  readonly pointId: string;
  #said: Words;

  constructor(key: string, device: string, pointId: string, words: Words, withinMs: number) {
    this.pointId = pointId;
    this.withinMs = withinMs;
    this.#said = { zh: `${words.zh} 预计将到达限值`, en: `${words.en} is heading for its limit` };
    const said = (): Words => this.#said;
    this.rule = {
      ...{
        key,
        device,
        pointId,
        action: ACTION,
        kind: "silence",
        type: "ahead",
        severity: "warning",
        unit: "",
        onDelayMs: 0,
        offDelayMs: 0,
      },
      get text() {
        return said();
      },
    };
  }

  /** The forecast that it rings with. */
  say(words: Words): void {
    this.#said = words;
  }
}

/** One per point that a wire brings, has a limit of its own and is asked for. */
export function earlyWarnings(
  site: string,
  { warn }: ForecastsEntry,
  rules: readonly Rule[],
  places: readonly PointPlace[],
): readonly EarlyWarning[] {
  if (warn.length === 0) return [];
  const limited = new Set(rules.flatMap((rule) => (isForetold(rule) ? [rule.pointId] : [])));
  return places.flatMap(({ id, name, field, device, definition, segment }) => {
    const entry = warn.findLast(({ points }) => points.some((pattern) => fitsPattern(pattern, id)));
    if (entry === undefined || field === null || !limited.has(id)) return [];
    const key = alarmKey(site, device.area, device.id, name, "ahead");
    return [new EarlyWarning(key, device.id, id, pointText(device.name, definition, segment), entry.within)];
  });
}

/** Every pattern must meet a number that the site reads: a warning that can never ring is a slip. */
export function checkForecasts(source: SourceText, { warn }: ForecastsEntry, numbers: readonly string[]): void {
  if (numbers.length === 0) return;
  warn.forEach(({ points }, nth) => {
    points.forEach((pattern, index) => {
      if (numbers.some((id) => fitsPattern(pattern, id))) return;
      source.add(["forecasts", "warn", nth, "points", index], {
        zh: `没有数值测点符合 ${shownKey(pattern)}；应为“设备/测点名”`,
        en: `no numeric point matches ${shownKey(pattern)}; expected \`device/point-name\``,
      });
    });
  });
}
