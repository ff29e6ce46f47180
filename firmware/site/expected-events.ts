import type { SourceText } from "../../drivers/source-text.ts";
import { stateIndex } from "../../drivers/vocabulary.ts";
import type { SilenceRule } from "../alarms/rule.ts";
import type { Words } from "../contract/alarm.ts";
import type { Placed } from "./check.ts";
import { DERIVED_ACTIONS } from "./default-rules.ts";
import type { InspectionEntry } from "./inspection-schema.ts";
import type { ExpectedEvent } from "./model.ts";
import type { IndexedPoint, PointIndex } from "./point-index.ts";
import { type ExpectedEntry, WEEKDAYS } from "./rule-schema.ts";
import { alarmKey } from "./rules.ts";
import { daysOf, minuteOf } from "./schedules.ts";

/** The round that the house makes where the site file has none. */
const HOUSE_ROUND = "daily";

interface ResolvedExpectation {
  readonly expected: ExpectedEvent;
  readonly rule: SilenceRule;
}

/** What is expected, with the rule of its alarm. What could never come, or has no time, is refused. */
export function resolveExpected(
  source: SourceText,
  entries: readonly Placed<ExpectedEntry>[],
  rounds: readonly InspectionEntry[],
  index: PointIndex,
  site: string,
): readonly ResolvedExpectation[] {
  const ids = new Set<string>();
  return entries.flatMap(({ entry, path }): ResolvedExpectation[] => {
    if (ids.has(entry.id))
      source.add([...path, "id"], { zh: `期望事件 ${entry.id} 已定义过`, en: `what is expected as ${entry.id} is there already` });
    ids.add(entry.id);
    if ((entry.every === undefined) === (entry.by === undefined))
      source.add(path, {
        zh: "应有 every（最长间隔）或 by（每天最迟时间），二者取一",
        en: "expected every (the longest time between two) or by (a time of the day), one of them",
      });
    if (entry.days !== undefined && entry.by === undefined)
      source.add([...path, "days"], { zh: "days 只与 by 一起使用", en: "days belong to by" });
    const event = eventOf(source, entry, [...path, "event"], rounds, index);
    if (event === null) return [];
    const type = `missing-${entry.id}` as const;
    const { device, area } = event.subject;
    const expected: ExpectedEvent = {
      id: entry.id,
      key: alarmKey(site, area, device, null, type),
      event: event.event,
      everyMs: entry.every ?? null,
      byMinute: minuteOf(entry.by) ?? 0,
      days: daysOf(entry.days ?? WEEKDAYS),
    };
    const action = entry.action === undefined ? DERIVED_ACTIONS.missing : wordsOf(entry.action);
    const rule: SilenceRule = {
      ...{ kind: "silence", key: expected.key, type, device, pointId: event.subject.id, unit: "", onDelayMs: 0, offDelayMs: 0 },
      ...{ severity: entry.severity, text: wordsOf(entry.text), action },
    };
    return [{ expected, rule }];
  });
}

interface Subject {
  readonly event: ExpectedEvent["event"];
  readonly subject: { readonly device: string; readonly area: string; readonly id: string | null };
}

function eventOf(
  source: SourceText,
  { event }: ExpectedEntry,
  path: readonly PropertyKey[],
  rounds: readonly InspectionEntry[],
  index: PointIndex,
): Subject | null {
  if ("sheet" in event) {
    const known = rounds.length === 0 ? [HOUSE_ROUND] : rounds.map(({ id }) => id);
    if (known.includes(event.sheet))
      return { event: { kind: "sheet", round: event.sheet }, subject: { device: event.sheet, area: "inspection", id: null } };
    source.add([...path, "sheet"], {
      zh: `没有巡检 ${event.sheet}；现有：${known.join("、")}`,
      en: `there is no round ${event.sheet}; there are: ${known.join(", ")}`,
    });
    return null;
  }
  const point = index.get(event.point);
  if (point === undefined) {
    if (index.points.length > 0) source.add([...path, "point"], { zh: `没有测点 ${event.point}`, en: `there is no point ${event.point}` });
    return null;
  }
  const made = "becomes" in event ? stateOf(source, point, event.becomes, [...path, "becomes"]) : movedOf(source, point, path);
  return made === null ? null : { event: made, subject: point };
}

function stateOf(source: SourceText, { id, number, definition }: IndexedPoint, name: string, path: readonly PropertyKey[]) {
  const state = definition.kind === "state" ? stateIndex(definition, name) : undefined;
  if (state !== undefined) return { kind: "state", point: number, state } as const;
  const names = definition.kind === "state" ? definition.states.map((word) => word.name) : [];
  source.add(path, {
    zh: `${id} 没有状态 ${name}；有：${names.join("、") || "无（是数值）"}`,
    en: `${id} has no state ${name}; it has: ${names.join(", ") || "none, it is a number"}`,
  });
  return null;
}

function movedOf(source: SourceText, { id, number, definition }: IndexedPoint, path: readonly PropertyKey[]) {
  if (definition.kind === "counter") return { kind: "moved", point: number } as const;
  source.add([...path, "moves"], { zh: `${id} 不是计数器，应写 becomes`, en: `${id} is no counter: use becomes` });
  return null;
}

const wordsOf = (text: string | Words): Words => (typeof text === "string" ? { zh: text, en: text } : text);
