import { parse } from "yaml";
import { SECRET_KEYS, shownKey, shownValue } from "../../drivers/shown-value.ts";
import type { Words } from "../contract/alarm.ts";

/** Lines of a difference that a person still reads. */
const LINES_MAX = 200;
const VALUE_CHARACTERS_MAX = 40;
const SECTIONS: Readonly<Record<string, Words>> = {
  site: { zh: "站点", en: "site" },
  areas: { zh: "区域", en: "area" },
  buses: { zh: "总线", en: "bus" },
  devices: { zh: "设备", en: "device" },
  schedules: { zh: "时间段", en: "schedule" },
  computed: { zh: "计算测点", en: "computed point" },
  rules: { zh: "规则", en: "rule" },
  conditions: { zh: "条件告警", en: "condition" },
  expected: { zh: "期望事件", en: "expected event" },
  targets: { zh: "上级", en: "target" },
};

/**
 * What changes for the room between two checked site files, entry by entry; secrets are named, never shown. Sections that this version
 * does not list are compared all the same.
 */
export function differenceOf(former: string | null, next: string): readonly Words[] {
  const before = former === null ? {} : sectionsOf(former);
  const after = sectionsOf(next);
  const lines: Words[] = [];
  for (const section of new Set([...Object.keys(SECTIONS), ...Object.keys(before), ...Object.keys(after)])) {
    const what = SECTIONS[section] ?? { zh: shownKey(section), en: shownKey(section) };
    const old = entriesOf(section, before[section]);
    const young = entriesOf(section, after[section]);
    for (const [id, entry] of young) {
      const was = old.get(id);
      if (was === undefined) lines.push({ zh: `新增${what.zh} ${id}`, en: `${what.en} ${id} is new` });
      else if (JSON.stringify(was) !== JSON.stringify(entry)) {
        const changes = changesOf(was, entry);
        lines.push({ zh: `${what.zh} ${id} 变更：${changes}`, en: `${what.en} ${id} changes: ${changes}` });
      }
    }
    for (const id of old.keys()) if (!young.has(id)) lines.push({ zh: `删除${what.zh} ${id}`, en: `${what.en} ${id} is removed` });
  }
  if (lines.length <= LINES_MAX) return lines;
  const left = lines.length - LINES_MAX;
  return [...lines.slice(0, LINES_MAX), { zh: `另有 ${left} 处变更`, en: `and ${left} more changes` }];
}

function sectionsOf(text: string): Readonly<Record<string, unknown>> {
  try {
    return Object(parse(text));
  } catch {
    return {};
  }
}

/** Entries by id; rules and computed points, which have none, by their points. */
function entriesOf(key: string, section: unknown): ReadonlyMap<string, object> {
  const entries = new Map<string, object>();
  for (const entry of Array.isArray(section) ? section : section === undefined || section === null ? [] : [section]) {
    const { id, point, points } = Object(entry);
    const named = typeof id === "string" ? id : typeof point === "string" ? point : "";
    const name = shownKey(Array.isArray(points) ? points.join(", ") : named);
    let unique = name;
    for (let n = 2; entries.has(unique); n += 1) unique = `${name} (${n})`;
    entries.set(unique, typeof entry === "object" && entry !== null ? entry : { [key]: entry });
  }
  return entries;
}

function changesOf(before: object, after: object): string {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  const changes: string[] = [];
  for (const key of keys) {
    const [was, is] = [print(key, Reflect.get(before, key)), print(key, Reflect.get(after, key))];
    if (JSON.stringify(Reflect.get(before, key)) !== JSON.stringify(Reflect.get(after, key)))
      changes.push(SECRET_KEYS.has(key) ? key : `${shownKey(key)} ${was} → ${is}`);
  }
  return changes.join(", ");
}

function print(key: string, value: unknown): string {
  if (value === undefined) return "–";
  const shown = shownValue([key], value);
  const text = typeof shown === "string" ? shown : JSON.stringify(shown);
  return text.length > VALUE_CHARACTERS_MAX ? `${text.slice(0, VALUE_CHARACTERS_MAX)}…` : text;
}
