import { type HouseValue, houseValue, stateCodes } from "../house-value.ts";
import type { Query } from "../line/reader.ts";
import type { TextField } from "./profile.ts";
import { type Shape, shapeOf } from "./shape.ts";

/** A field made ready: a number between two signs, or a state out of several. */
export type TextColumn = { readonly to: HouseValue; readonly column: number } & (
  | { readonly kind: "number"; readonly from: number; readonly end: number }
  | { readonly kind: "state"; readonly signs: readonly number[]; readonly codes: readonly (readonly [RegExp, number])[] }
);

/** One question in text, and the columns that its answer fills. */
export interface TextQuery extends Query {
  readonly ask: string;
  readonly shape: Shape;
  readonly bits: boolean;
  readonly optional: boolean;
  readonly columns: readonly TextColumn[];
}

export interface TextPlan {
  readonly pointNames: readonly string[];
  readonly queries: readonly TextQuery[];
}

/** What a profile in text asks, in the order of its queries; a query that no point needs is not asked. */
export function planText(profile: {
  readonly queries: Readonly<
    Record<string, { readonly ask: string; readonly shape: string; readonly bits: boolean; readonly optional: boolean }>
  >;
  readonly points: Readonly<Record<string, TextField>>;
}): TextPlan {
  const points = Object.entries(profile.points);
  const queries = Object.entries(profile.queries).map(([name, { ask, shape, bits, optional }]): TextQuery => {
    const columns = points.flatMap(([point, field], column) => (field.query === name ? [textColumn(point, field, column)] : []));
    const everyMs = Math.min(...points.flatMap(([, field]) => (field.query === name ? [field.everyMs] : [])));
    return { where: name, ask, shape: shapeOf(shape), bits, optional, everyMs, columns };
  });
  return { pointNames: points.map(([name]) => name), queries: queries.filter(({ columns }) => columns.length > 0) };
}

function textColumn(name: string, field: TextField, column: number): TextColumn {
  const { at, signs, states } = field;
  if (at !== undefined)
    return { to: houseValue(name, { ...field, states: undefined }, column), column, kind: "number", from: at[0], end: at[1] + 1 };
  if (signs === undefined || states === undefined) throw new Error(`${name}: the profile was not checked`);
  const to = houseValue(name, { ...field, states: {} }, column);
  return { to, column, kind: "state", signs, codes: stateCodes(name, states, patternOf) };
}

function patternOf(code: string): RegExp {
  return new RegExp(`^${[...code].map((sign) => (sign === "." ? "." : RegExp.escape(sign))).join("")}$`);
}
