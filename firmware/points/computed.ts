import { QUALITY } from "../../drivers/reading.ts";
import type { PointDefinition } from "../../drivers/vocabulary.ts";
import { type Columns, type Formula, worstQuality } from "./formula-value.ts";

/** A point that is worked out from others. */
export interface ComputedColumn {
  readonly number: number;
  readonly formula: Formula;
}

/** Knows which computed points change with which readings. Those that others are made of come first. */
export class ComputedPoints {
  readonly #inOrder: readonly ComputedColumn[];
  /** By first point and count of a read: the same few again and again. */
  readonly #affected = new Map<string, readonly ComputedColumn[]>();

  /** @param inOrder a formula may use those before it. */
  constructor(inOrder: readonly ComputedColumn[]) {
    this.#inOrder = inOrder;
  }

  /** What has to be worked out anew after a reading of these points, in order. */
  affected(first: number, count: number): readonly ComputedColumn[] {
    if (this.#inOrder.length === 0) return this.#inOrder;
    const key = `${first} ${count}`;
    const known = this.#affected.get(key);
    if (known !== undefined) return known;
    const touched = new Set<number>();
    const columns = this.#inOrder.filter(({ number, formula }) => {
      const isTouched = formula.points.some((point) => (point >= first && point < first + count) || touched.has(point));
      if (isTouched) touched.add(number);
      return isTouched;
    });
    // Single points come only when they grow stale: not worth remembering one by one.
    if (count > 1) this.#affected.set(key, columns);
    return columns;
  }
}

/** What a formula says now. Unknown has the worst reason among its inputs; what its inputs cannot mean is no number. */
export function workedOut(
  { formula }: ComputedColumn,
  definition: PointDefinition,
  columns: Columns,
): { readonly value: number; readonly quality: number } {
  const value = formula.value(columns);
  if (Number.isNaN(value)) {
    const worst = worstQuality(formula, columns);
    return { value, quality: worst === QUALITY.good ? QUALITY.notANumber : worst };
  }
  if (definition.kind !== "state" && (value < definition.range[0] || value > definition.range[1]))
    return { value: Number.NaN, quality: QUALITY.outOfRange };
  return { value, quality: QUALITY.good };
}
