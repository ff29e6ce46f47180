import type { SourceText } from "../../drivers/source-text.ts";
import { findPoint } from "../../drivers/vocabulary.ts";
import type { Rule } from "../alarms/rule.ts";
import type { Placed } from "./check.ts";
import type { Device } from "./model.ts";
import type { ConditionEntry, LinkageEntry, OutputEntry, ScopeEntry } from "./output-schema.ts";
import { fitsPattern } from "./rules.ts";

/** Every linkage once, on points and outputs that are there, with whole conditions, and none that switches itself. */
export function checkLinkages(
  source: SourceText,
  linkages: readonly Placed<LinkageEntry>[],
  outputs: readonly Placed<OutputEntry>[],
  devices: readonly Device[],
): void {
  const known = new Set(outputs.map(({ entry }) => entry.id));
  const ids = new Set<string>();
  const refer = (path: readonly PropertyKey[], id: string): void => {
    if (known.has(id)) return;
    const names = [...known].slice(0, 12);
    source.add(path, {
      zh: `outputs 中没有 ${id}；现有：${names.join("、") || "无"}`,
      en: `there is no ${id} in outputs; there are: ${names.join(", ") || "none"}`,
    });
  };
  for (const { entry, path } of linkages) {
    if (ids.has(entry.id)) source.add([...path, "id"], { zh: `联动 ${entry.id} 已定义过`, en: `linkage ${entry.id} is there already` });
    ids.add(entry.id);
    refer([...path, "set", "output"], entry.set.output);
    const conditions = [
      { one: entry.when as ConditionEntry, at: [...path, "when"] },
      ...(entry.unless === "none" ? [] : entry.unless.map((one, index) => ({ one, at: [...path, "unless", index] }))),
    ];
    for (const { one, at } of conditions) {
      checkCondition(source, one, at, devices);
      if (one.output !== undefined) refer([...at, "output"], one.output);
    }
    for (const { one, at } of conditions.slice(1))
      if (one.output === entry.set.output)
        source.add([...at, "output"], {
          zh: `联动 ${entry.id} 以它自己动作的输出 ${one.output} 为联锁，会锁住自己`,
          en: `linkage ${entry.id} is interlocked by the very output that it switches (${one.output}): it would lock itself`,
        });
  }
  checkLoops(source, linkages);
}

/** A linkage on an output may switch another one, but never, in however many steps, the one that it waits for. */
function checkLoops(source: SourceText, linkages: readonly Placed<LinkageEntry>[]): void {
  const told = new Set<string>();
  const visit = (output: string, trail: readonly string[], first: Placed<LinkageEntry>): void => {
    const start = trail.indexOf(output);
    if (start >= 0) {
      const loop = trail.slice(start);
      const name = loop.toSorted().join();
      if (told.has(name)) return;
      told.add(name);
      const shown = [...loop, output].join(" → ");
      source.add([...first.path, "when"], { zh: `联动成环：${shown}`, en: `linkages form a loop: ${shown}` });
      return;
    }
    for (const next of linkages) if (next.entry.when.output === output) visit(next.entry.set.output, [...trail, output], next);
  };
  for (const linkage of linkages) {
    const { output } = linkage.entry.when;
    if (output !== undefined) visit(output, [], linkage);
  }
}

function checkCondition(source: SourceText, entry: ConditionEntry, path: readonly PropertyKey[], devices: readonly Device[]): void {
  const say = (zh: string, en: string, key?: string): void => source.add(key === undefined ? path : [...path, key], { zh, en });
  const { alarms, point, state, above, below, output, is } = entry;
  const subjects = [alarms, point, output].filter((one) => one !== undefined).length;
  if (subjects !== 1) {
    say("条件应有 alarms、point、output 三者之一", "a condition has one of alarms, point and output");
    return;
  }
  const tests = [state, above, below].filter((one) => one !== undefined).length;
  if (point === undefined && tests > 0) say("只有测点才有 state、above、below", "only a point has state, above or below");
  if (output === undefined && is !== undefined) say("只有输出才有 is", "only an output has is", "is");
  if (output !== undefined && is === undefined) say("缺少 is：on 或 off", "is is missing: on or off");
  if (point === undefined) return;
  const isThere = devices.some(({ id, points }) => points.some(({ name }) => `${id}/${name}` === point));
  if (!isThere) {
    if (devices.length > 0) say(`没有测点 ${point}`, `there is no point ${point}`, "point");
    return;
  }
  const definition = findPoint(point.slice(point.indexOf("/") + 1));
  if (definition === undefined) return;
  if (tests !== 1) say("测点条件应有 state、above、below 三者之一", "a condition on a point has one of state, above and below");
  if (definition.kind !== "state") {
    if (state !== undefined) say(`${point} 是数值，应为 above 或 below`, `${point} is a number: use above or below`, "state");
    return;
  }
  if (above !== undefined || below !== undefined) say(`${point} 是状态量，应为 state`, `${point} is a state: use state`);
  const names = definition.states.map(({ name }) => name);
  if (state !== undefined && !names.includes(state))
    say(`${point} 没有状态 ${state}；有：${names.join("、")}`, `${point} has no state ${state}; it has: ${names.join(", ")}`, "state");
}

/** What outputs and linkages wait for can come: areas, alarm types and points that there are. */
export function checkScopes(
  source: SourceText,
  outputs: readonly Placed<OutputEntry>[],
  linkages: readonly Placed<LinkageEntry>[],
  areas: ReadonlySet<string>,
  rules: readonly Rule[],
): void {
  const types = new Set(rules.map(({ type }) => type));
  const points = new Set(rules.flatMap(({ pointId }) => pointId ?? []));
  const check = (scope: ScopeEntry | undefined, path: readonly PropertyKey[]): void => {
    scope?.areas?.forEach((area, index) => {
      if (!areas.has(area)) source.add([...path, "areas", index], { zh: `areas 中没有 ${area}`, en: `there is no ${area} in areas` });
    });
    scope?.types?.forEach((type, index) => {
      if (types.has(type)) return;
      const names = [...types].toSorted().slice(0, 40);
      source.add([...path, "types", index], {
        zh: `本站没有 ${type} 类告警；有：${names.join("、")}`,
        en: `no alarm of this site is of type ${type}; there are: ${names.join(", ")}`,
      });
    });
    scope?.points?.forEach((pattern, index) => {
      if (![...points].some((point) => fitsPattern(pattern, point)))
        source.add([...path, "points", index], { zh: `没有会告警的测点符合 ${pattern}`, en: `no point that can alarm matches ${pattern}` });
    });
  };
  for (const { entry, path } of outputs) check(entry.when, [...path, "when"]);
  for (const { entry, path } of linkages) {
    check(entry.when.alarms, [...path, "when", "alarms"]);
    for (const [index, { alarms }] of entry.unless === "none" ? [] : entry.unless.entries())
      check(alarms, [...path, "unless", index, "alarms"]);
  }
}
