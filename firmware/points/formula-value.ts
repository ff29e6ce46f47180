import { isGood, QUALITY } from "../../drivers/reading.ts";
import { type PointDefinition, stateIndex } from "../../drivers/vocabulary.ts";
import type { Words } from "../contract/alarm.ts";
import { type Arithmetic, type Comparison, type FunctionName, isTruth, type Term } from "./formula.ts";

/** Columns that a formula reads: the latest reading of every point. */
export interface Columns {
  readonly values: Float64Array;
  readonly qualities: Uint8Array;
}

/** A point as a formula finds it. */
export interface FormulaPoint {
  readonly id: string;
  readonly number: number;
  readonly definition: PointDefinition;
}

/** Names of a formula: what they stand for where it stands. */
export interface Scope {
  /** The points that a name means; none when there is no such point. */
  find(name: string): readonly FormulaPoint[];
}

/** NaN: unknown. A truth is 1 or 0. */
type Value = (columns: Columns) => number;

/** A formula that can be worked out. */
export interface Formula {
  readonly kind: "number" | "truth";
  readonly value: Value;
  /** The points that it reads. */
  readonly points: readonly number[];
}

export type CompiledFormula = { readonly formula: Formula } | { readonly problems: readonly Words[] };

/** Several points stand for one value each only in these. */
const OF_MANY: ReadonlySet<FunctionName> = new Set(["sum", "mean", "median", "min", "max", "imbalance"]);
export const FORMULA_POINTS_MAX = 2_000;

/**
 * Makes closures of a tree. Unknown stays unknown: a number that is not good makes the result unknown, never smaller. A condition is known
 * as soon as its known parts decide it: one true part of an `or`, one false part of an `and`.
 */
export function compileFormula(tree: Term, scope: Scope): CompiledFormula {
  const compiler = new Compiler(scope);
  const value = isTruth(tree) ? compiler.truth(tree) : compiler.number(tree);
  if (compiler.points.size > FORMULA_POINTS_MAX) compiler.tooMany();
  if (compiler.problems.length > 0) return { problems: compiler.problems };
  return { formula: { kind: isTruth(tree) ? "truth" : "number", value, points: [...compiler.points] } };
}

/** The worst quality among the points of a formula: why its result is unknown. Of several reasons, the one with the highest number. */
export function worstQuality({ points }: Formula, { qualities }: Columns): number {
  let worst: number = QUALITY.good;
  for (const point of points) worst = Math.max(worst, qualities[point] as number);
  return worst;
}

class Compiler {
  readonly points = new Set<number>();
  readonly problems: Words[] = [];
  readonly #scope: Scope;

  constructor(scope: Scope) {
    this.#scope = scope;
  }

  number(term: Term): Value {
    switch (term.term) {
      case "number":
        return () => term.value;
      case "point":
        return this.#reading(term.name);
      case "arithmetic":
        return arithmetic(term.sign, this.number(term.left), this.number(term.right));
      case "call":
        return this.#call(term.name, term.of);
      default:
        throw new Error(`a formula passed its reader with ${term.term} for a number`);
    }
  }

  truth(term: Term): Value {
    switch (term.term) {
      case "compare":
        return comparison(term.sign, this.number(term.left), this.number(term.right));
      case "is":
        return this.#state(term.point, term.state, term.not);
      case "not": {
        const of = this.truth(term.of);
        return (columns) => 1 - of(columns);
      }
      case "and":
      case "or":
        return decided(
          term.of.map((part) => this.truth(part)),
          term.term === "or" ? 1 : 0,
        );
      default:
        throw new Error(`a formula passed its reader with ${term.term} for a condition`);
    }
  }

  tooMany(): void {
    this.#problem(`测点超过 ${FORMULA_POINTS_MAX} 个`, `a formula reads at most ${FORMULA_POINTS_MAX} points`);
  }

  #reading(name: string): Value {
    const point = this.#one(name);
    if (point === null) return unknown;
    if (point.definition.kind === "state") {
      this.#problem(`${name} 是状态量，应写 ${name} is 状态名`, `${name} is a state: write \`${name} is …\``);
      return unknown;
    }
    return readingOf(point.number);
  }

  #state(name: string, state: string, not: boolean): Value {
    const point = this.#one(name);
    if (point === null) return unknown;
    const { definition } = point;
    if (definition.kind !== "state") {
      this.#problem(`${name} 是数值，应与数字比较`, `${name} is a number: compare it with one`);
      return unknown;
    }
    const index = stateIndex(definition, state);
    if (index === undefined) {
      const names = definition.states.map((word) => word.name);
      this.#problem(`${name} 没有状态 ${state}；有：${names.join("、")}`, `${name} has no state ${state}; it has: ${names.join(", ")}`);
      return unknown;
    }
    const reading = readingOf(point.number);
    return (columns) => {
      const value = reading(columns);
      return Number.isNaN(value) ? Number.NaN : (value === index) === not ? 0 : 1;
    };
  }

  #call(name: FunctionName, terms: readonly Term[]): Value {
    const takesMany = OF_MANY.has(name);
    const of = terms.flatMap((term): readonly Value[] => {
      if (!takesMany || term.term !== "point") return [this.number(term)];
      const found = this.#find(term.name);
      if (found.some(({ definition }) => definition.kind === "state"))
        this.#problem(`${term.name} 中有状态量，不能用于 ${name}`, `${term.name} has states among it, which have no ${name}`);
      return found.map((point) => readingOf(point.number));
    });
    const fold = FOLDS[name];
    // A sibling that is broken must not blind the others: the middle of the rest is still the middle.
    const goodPart = name === "median" ? 0.5 : 1;
    return (columns) => {
      const values = of.map((value) => value(columns));
      const good = values.filter((value) => !Number.isNaN(value));
      return good.length === 0 || good.length < values.length * goodPart ? Number.NaN : fold(good);
    };
  }

  #one(name: string): FormulaPoint | null {
    const found = this.#find(name);
    if (found.length > 1) {
      this.#problem(
        `${name} 是 ${found.length} 个测点；请用 sum、mean、median、min、max 或 imbalance`,
        `${name} is ${found.length} points: take their sum, mean, median, min, max or imbalance`,
      );
      return null;
    }
    return found[0] ?? null;
  }

  #find(name: string): readonly FormulaPoint[] {
    const found = this.#scope.find(name);
    if (found.length === 0) this.#problem(`没有测点符合 ${name}`, `no point matches ${name}`);
    for (const { number } of found) this.points.add(number);
    return found;
  }

  #problem(zh: string, en: string): void {
    this.problems.push({ zh, en });
  }
}

const unknown: Value = () => Number.NaN;

const readingOf =
  (point: number): Value =>
  ({ values, qualities }) =>
    isGood(qualities[point] as number) ? (values[point] as number) : Number.NaN;

function arithmetic(sign: Arithmetic, left: Value, right: Value): Value {
  switch (sign) {
    case "+":
      return (columns) => left(columns) + right(columns);
    case "-":
      return (columns) => left(columns) - right(columns);
    case "*":
      return (columns) => left(columns) * right(columns);
    case "/":
      return (columns) => finite(left(columns) / right(columns));
  }
}

/** What is divided by nothing is unknown, not endless. */
const finite = (value: number): number => (Number.isFinite(value) ? value : Number.NaN);

const COMPARE: Readonly<Record<Comparison, (left: number, right: number) => boolean>> = {
  "<": (left, right) => left < right,
  "<=": (left, right) => left <= right,
  ">": (left, right) => left > right,
  ">=": (left, right) => left >= right,
  "=": (left, right) => left === right,
  "!=": (left, right) => left !== right,
};

function comparison(sign: Comparison, left: Value, right: Value): Value {
  const holds = COMPARE[sign];
  return (columns) => {
    const [one, other] = [left(columns), right(columns)];
    if (Number.isNaN(one) || Number.isNaN(other)) return Number.NaN;
    return holds(one, other) ? 1 : 0;
  };
}

/** True decides an `or`, false an `and`; else one unknown part leaves the whole unknown. */
function decided(parts: readonly Value[], deciding: 0 | 1): Value {
  return (columns) => {
    let result = 1 - deciding;
    for (const part of parts) {
      const value = part(columns);
      if (value === deciding) return deciding;
      if (Number.isNaN(value)) result = Number.NaN;
    }
    return result;
  };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const mean = (values: readonly number[]): number => sum(values) / values.length;

const FOLDS: Readonly<Record<FunctionName, (values: readonly number[]) => number>> = {
  sum,
  mean,
  median,
  min: (values) => Math.min(...values),
  max: (values) => Math.max(...values),
  imbalance,
  dewpoint: ([temperature = Number.NaN, humidity = Number.NaN]) => dewPoint(temperature, humidity),
  // Registers are 32 bits at most: the sign of the result would be that of bit 31.
  bits: ([value = Number.NaN, mask = Number.NaN]) => (Number.isInteger(value) ? ((value % 2 ** 32) & mask) >>> 0 : Number.NaN),
  abs: ([value = Number.NaN]) => Math.abs(value),
};

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[middle] as number) : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

/** Largest distance from the mean in percent of the mean, as NEMA MG 1 has it for voltages; nothing flowing at all is in balance. */
function imbalance(values: readonly number[]): number {
  const middle = mean(values);
  if (middle === 0) return values.every((value) => value === 0) ? 0 : Number.NaN;
  return (Math.max(...values.map((value) => Math.abs(value - middle))) / Math.abs(middle)) * 100;
}

/** Magnus: °C and % relative humidity to °C. Of perfectly dry air there is no dew point. Constants of WMO No. 8 over water, −45 to 60 °C. */
export function dewPoint(temperature: number, humidity: number): number {
  if (humidity <= 0) return Number.NaN;
  const gamma = Math.log(humidity / 100) + (17.62 * temperature) / (243.12 + temperature);
  return finite((243.12 * gamma) / (17.62 - gamma));
}
