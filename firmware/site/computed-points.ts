import type { SourceText } from "../../drivers/source-text.ts";
import { findPoint, type PointDefinition } from "../../drivers/vocabulary.ts";
import type { Words } from "../contract/alarm.ts";
import { parseFormula, type Term } from "../points/formula.ts";
import { compileFormula, type Formula } from "../points/formula-value.ts";
import type { Placed } from "./check.ts";
import { clauseFor } from "./limit-profiles.ts";
import type { Device, FormulaPlace } from "./model.ts";
import type { PointIndex } from "./point-index.ts";
import type { ComputedEntry, RuleEntry } from "./rule-schema.ts";
import { fitsPattern } from "./rules.ts";

/** A point to be worked out, before points have numbers. */
export interface PlannedPoint {
  readonly device: Device;
  readonly name: string;
  readonly definition: PointDefinition;
  readonly text: string;
  readonly tree: Term;
  /** Where the site file asks for it; null: a standard judges it. */
  readonly path: readonly PropertyKey[] | null;
}

/** What the site asks for, and the dew points that its standards judge. In the order of the devices. */
export function planComputed(
  source: SourceText,
  entries: readonly Placed<ComputedEntry>[],
  devices: readonly Device[],
  standards: StandardsAt,
): readonly PlannedPoint[] {
  const planned = new Map<string, PlannedPoint>();
  for (const { entry, path } of entries)
    for (const point of plan(source, entry, path, devices)) {
      const id = `${point.device.id}/${point.name}`;
      if (planned.has(id)) source.add([...path, "point"], { zh: `${id} 已定义过`, en: `${id} is there already` });
      planned.set(id, point);
    }
  for (const point of dewPoints(devices, standards)) {
    const id = `${point.device.id}/${point.name}`;
    if (!planned.has(id)) planned.set(id, point);
  }
  const order = new Map(devices.map((device, place) => [device, place]));
  return [...planned.values()].toSorted((a, b) => (order.get(a.device) ?? 0) - (order.get(b.device) ?? 0));
}

function plan(source: SourceText, entry: ComputedEntry, path: readonly PropertyKey[], devices: readonly Device[]): readonly PlannedPoint[] {
  const [pattern = "", name = "", ...rest] = entry.point.split("/");
  const refuse = (zh: string, en: string): readonly PlannedPoint[] => {
    source.add([...path, "point"], { zh, en });
    return [];
  };
  const parsed = parseFormula(entry.formula);
  if ("fault" in parsed) {
    const { at, message } = parsed.fault;
    source.add([...path, "formula"], { zh: `第 ${at} 个字符：${message.zh}`, en: `character ${at}: ${message.en}` });
  }
  const definition = findPoint(name);
  if (rest.length > 0 || definition === undefined)
    return refuse(`词汇表中没有测点 ${name}；应为 设备/测点名`, `there is no point ${name} in the vocabulary: expected device/name`);
  if (definition.kind === "state") return refuse(`${name} 是状态量，不能计算`, `${name} is a state, which cannot be worked out`);
  const fitting = devices.filter(({ id }) => fitsPattern(pattern, id));
  if (fitting.length === 0 && devices.length > 0) return refuse(`没有设备符合 ${pattern}`, `no device matches ${pattern}`);
  if ("fault" in parsed) return [];
  const { tree } = parsed;
  const isExact = !pattern.includes("*");
  // Of several devices those get it that lack it and have what it is made of.
  const chosen = isExact ? fitting : fitting.filter((device) => !has(device, name) && ownNames(tree).every((own) => has(device, own)));
  if (isExact && fitting.some((device) => has(device, name)))
    return refuse(`${entry.point} 由设备直接读出，不需计算`, `${entry.point} is read from the device: it need not be worked out`);
  if (chosen.length === 0 && devices.length > 0)
    return refuse(
      `符合 ${pattern} 的设备都没有公式所需的测点，或已有 ${name}`,
      `no device that matches ${pattern} has the points of the formula and lacks ${name}`,
    );
  return chosen.map((device) => ({ device, name, definition, text: entry.formula, tree, path }));
}

const has = ({ points }: Device, name: string): boolean => points.some((point) => point.name === name);

/** Names of the same device in a formula. */
function ownNames(term: Term): readonly string[] {
  switch (term.term) {
    case "number":
      return [];
    case "point":
      return /[/*]/.test(term.name) ? [] : [term.name];
    case "is":
      return /[/*]/.test(term.point) ? [] : [term.point];
    case "not":
      return ownNames(term.of);
    case "call":
    case "and":
    case "or":
      return term.of.flatMap(ownNames);
    default:
      return [...ownNames(term.left), ...ownNames(term.right)];
  }
}

/** Standards that may judge a point: of its area, and of rules that fit it. */
export type StandardsAt = (device: Device, pointId: string) => readonly string[];

/** @param areaStandard the standard of an area, its own or that of an area around it. */
export function standardsOf(areaStandard: (area: string) => string | undefined, rules: readonly RuleEntry[]): StandardsAt {
  const naming = rules.filter(({ limits }) => limits !== undefined);
  return ({ area }, id) => [
    ...[areaStandard(area)].flatMap((standard) => standard ?? []),
    ...naming.filter(({ points }) => points.some((pattern) => fitsPattern(pattern, id))).flatMap(({ limits }) => limits ?? []),
  ];
}

const TEMPERATURE = /^(ambient(?:\.[A-Za-z0-9_-]+)?)\.temperature$/;

function dewPoints(devices: readonly Device[], standards: StandardsAt): readonly PlannedPoint[] {
  return devices.flatMap((device) =>
    device.points.flatMap(({ name: temperature }): PlannedPoint[] => {
      const stem = TEMPERATURE.exec(temperature)?.[1];
      const [name, humidity] = [`${stem}.dewpoint`, `${stem}.humidity`];
      const definition = findPoint(name);
      if (stem === undefined || definition === undefined || !has(device, humidity) || has(device, name)) return [];
      if (!standards(device, `${device.id}/${name}`).some((standard) => clauseFor(standard, name) !== undefined)) return [];
      const text = `dewpoint(${temperature}, ${humidity})`;
      const parsed = parseFormula(text);
      if ("fault" in parsed) throw new Error(`${text}: ${parsed.fault.message.en}`);
      return [{ device, name, definition, text, tree: parsed.tree, path: null }];
    }),
  );
}

/** Compiles what was planned, in the order in which it can be worked out. A loop, or a name that nothing has, is refused at its place. */
export function compileComputed(source: SourceText, planned: readonly PlannedPoint[], index: PointIndex): readonly FormulaPlace[] {
  const compiled = planned.flatMap(({ device, name, text, tree, path }): FormulaPlace[] => {
    const id = `${device.id}/${name}`;
    const result = compileFormula(tree, index.scopeAt(device.id, id));
    const add = (words: Words): void => source.add([...(path ?? []), "formula"], words);
    if ("problems" in result) {
      for (const words of result.problems) add(words);
      return [];
    }
    if (result.formula.kind === "truth") add({ zh: "公式应得出数值，不是条件", en: "expected a formula of a number, not a condition" });
    const number = index.get(id)?.number;
    return number === undefined ? [] : [{ id, device: device.id, name, number, text, formula: result.formula }];
  });
  const { order, loop } = inOrder(compiled);
  if (loop.length > 0) {
    const [first] = loop;
    const path = planned.find(({ device, name }) => `${device.id}/${name}` === first)?.path ?? [];
    const text = loop.join(" → ");
    source.add([...path, "formula"], { zh: `计算测点成环：${text}`, en: `computed points form a loop: ${text}` });
  }
  return order;
}

interface Numbered {
  readonly id: string;
  readonly number: number;
  readonly formula: Formula;
}

/** Those first that others are made of; `loop` is one that was found, by ids, ending where it began. */
function inOrder<P extends Numbered>(points: readonly P[]): { readonly order: readonly P[]; readonly loop: readonly string[] } {
  const byNumber = new Map(points.map((point) => [point.number, point]));
  const order = new Set<P>();
  let loop: readonly string[] = [];
  const visit = (point: P, trail: readonly P[]): void => {
    if (order.has(point) || loop.length > 0) return;
    if (trail.includes(point)) {
      loop = [...trail.slice(trail.indexOf(point)), point].map(({ id }) => id);
      return;
    }
    for (const input of point.formula.points) {
      const before = byNumber.get(input);
      if (before !== undefined) visit(before, [...trail, point]);
    }
    order.add(point);
  };
  for (const point of points) visit(point, []);
  return { order: [...order], loop };
}
