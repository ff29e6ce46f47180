import type { PointEntry } from "../points/table.ts";

/** A point of the site and the step in which its values are kept: whole numbers of 10^-decimals. */
export interface PointScale {
  readonly id: string;
  readonly decimals: number;
}

/** Values are kept to a hundredth of the last digit that people see. */
const DIGITS_BEYOND_SIGHT = 2;

export function scaleOf({ id, definition }: PointEntry): PointScale {
  return { id, decimals: (definition.kind === "state" ? 0 : definition.digits) + DIGITS_BEYOND_SIGHT };
}
