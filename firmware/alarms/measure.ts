import { isGood } from "../../drivers/reading.ts";
import type { Columns } from "../points/formula-value.ts";
import type { Derivation } from "./rule.ts";
import { ChangeWindow, CountWindow } from "./window.ts";

/** What a rule judges in place of a reading. Keeps what it needs of the past, in bounded memory. */
export interface Measure {
  /** A reading of any of these points is one to judge. */
  readonly points: readonly number[];
  /** The number of the last `take`; NaN: unknown. */
  readonly last: number;
  /** Takes what the points say now, good or not; NaN: unknown, which neither raises nor clears. */
  take(latest: Columns, nowMs: number): number;
  /** A poll was missed. */
  gap(nowMs: number): void;
}

export function measureOf(point: number, derivation: Derivation): Measure {
  switch (derivation.kind) {
    case "rate":
      return new RateMeasure(point, derivation.windowMs);
    case "increase":
      return new IncreaseMeasure(point, derivation);
    case "flat":
      return new FlatMeasure(point, derivation.forMs, derivation.tolerance);
    case "deviation": {
      const { value, points } = derivation.from;
      return new PresentMeasure([...new Set([point, ...points])], (latest) => readingOf(point, latest) - value(latest));
    }
    case "formula":
      return new PresentMeasure(derivation.formula.points, derivation.formula.value);
  }
}

const readingOf = (point: number, { values, qualities }: Columns): number =>
  isGood(qualities[point] as number) ? (values[point] as number) : Number.NaN;

/** Of the present alone. */
class PresentMeasure implements Measure {
  readonly points: readonly number[];
  readonly #value: (latest: Columns) => number;
  last = Number.NaN;

  constructor(points: readonly number[], value: (latest: Columns) => number) {
    this.points = points;
    this.#value = value;
  }

  take(latest: Columns): number {
    this.last = this.#value(latest);
    return this.last;
  }

  gap(): void {}
}

abstract class OnePointMeasure implements Measure {
  readonly points: readonly number[];
  readonly #point: number;
  last = Number.NaN;

  constructor(point: number) {
    this.#point = point;
    this.points = [point];
  }

  take(latest: Columns, nowMs: number): number {
    this.last = this.see(readingOf(this.#point, latest), nowMs);
    return this.last;
  }

  gap(nowMs: number): void {
    this.see(Number.NaN, nowMs);
  }

  /** NaN for a reading that is not good. */
  protected abstract see(value: number, nowMs: number): number;
}

/** By how much the point has changed within the window. */
class RateMeasure extends OnePointMeasure {
  readonly #window: ChangeWindow;

  constructor(point: number, windowMs: number) {
    super(point);
    this.#window = new ChangeWindow(windowMs);
  }

  protected see(value: number, nowMs: number): number {
    this.#window.push(value, nowMs);
    return this.#window.change(nowMs);
  }
}

/** By how much a counter has gone up within the window; a counter that fell was reset or went round. */
class IncreaseMeasure extends OnePointMeasure {
  readonly #window: CountWindow;
  readonly #wrap: number | null;
  readonly #above: number;
  #before = Number.NaN;

  constructor(point: number, { windowMs, wrap, above }: Extract<Derivation, { kind: "increase" }>) {
    super(point);
    this.#window = new CountWindow(windowMs);
    this.#wrap = wrap;
    this.#above = above;
  }

  protected see(value: number, nowMs: number): number {
    if (Number.isNaN(value)) return Number.NaN;
    this.#window.add(Number.isNaN(this.#before) ? 0 : this.#step(value), nowMs);
    this.#before = value;
    const { total, isWhole } = this.#window.total(nowMs);
    // Before a whole window was watched it is known to be too much, never to be little enough.
    return isWhole || total > this.#above ? total : Number.NaN;
  }

  /** What fell by more than half the way round went round; else it was reset, and has counted from 0 since. */
  #step(value: number): number {
    const step = value - this.#before;
    if (step >= 0) return step;
    return this.#wrap !== null && step + this.#wrap < this.#wrap / 2 ? step + this.#wrap : Math.max(0, value);
  }
}

/** 20.1 less 20 is a little more than 0.1. */
const ROUNDING = 1e-9;

/** 1 when the value has stood still for too long; only time with readings counts. */
class FlatMeasure extends OnePointMeasure {
  readonly #forMs: number;
  readonly #tolerance: number;
  #anchor = Number.NaN;
  /** It moved since the start: before that nobody knows for how long it has stood. */
  #hasMoved = false;
  #stillMs = 0;
  #seenMs = Number.NaN;

  constructor(point: number, forMs: number, tolerance: number) {
    super(point);
    this.#forMs = forMs;
    this.#tolerance = tolerance;
  }

  protected see(value: number, nowMs: number): number {
    if (Number.isNaN(value)) {
      this.#seenMs = Number.NaN;
      return Number.NaN;
    }
    // Another value moves the anchor; a slow drift leaves the tolerance sooner or later.
    if (!(Math.abs(value - this.#anchor) <= this.#tolerance + ROUNDING)) {
      this.#hasMoved = !Number.isNaN(this.#anchor);
      this.#anchor = value;
      this.#stillMs = 0;
    } else if (!Number.isNaN(this.#seenMs)) this.#stillMs += nowMs - this.#seenMs;
    this.#seenMs = nowMs;
    if (this.#stillMs >= this.#forMs) return 1;
    return this.#hasMoved ? 0 : Number.NaN;
  }
}
