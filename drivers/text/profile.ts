import * as z from "zod";
import { common } from "../profile-parts.ts";

/** One question of a protocol that speaks in text, and what the answer looks like. `ask` is what the protocol's own schema lets pass. */
export const textQuery = (ask: z.ZodType<string>) =>
  z.strictObject({
    ask,
    /** Sign for sign: `9` of a number, `b` 0 or 1, `h` a hexadecimal digit, `?` anything, all else itself (drivers/text/shape.ts). */
    shape: z.string().min(1).max(200),
    /** The answer is one hexadecimal number; fields see its bits, the most significant one first. */
    bits: z.boolean().default(false),
    /** Not every unit of the family knows it. */
    optional: z.boolean().default(false),
  });

export const textFieldSchema = z.strictObject({
  query: z.string(),
  /** Where the value stands in the answer, first and last sign, counted from 0. */
  at: z.tuple([z.int().min(0), z.int().min(0)]).optional(),
  /** The signs that make up a state, counted from 0, put side by side. */
  signs: z.array(z.int().min(0)).min(1).max(16).optional(),
  ...common,
  /** Signs → state name; `.` stands for any sign. No two may fit the same signs. */
  states: z.record(z.string().min(1).max(16), z.string()).optional(),
});
export type TextField = z.infer<typeof textFieldSchema>;

export const textPoints = z.record(z.string(), textFieldSchema);

/** What is wrong with the questions and fields of one profile, as the path of the field and what is expected. */
export function textFaults(
  queries: Readonly<Record<string, { readonly shape: string; readonly bits: boolean }>>,
  points: Readonly<Record<string, TextField>>,
): readonly { readonly path: readonly string[]; readonly message: string }[] {
  return Object.entries(points).flatMap(([name, { query, at, signs, states }]) => {
    const path = ["points", name];
    const asked = queries[query];
    if (asked === undefined) return [{ path, message: `there is no query \`${query}\`` }];
    if ((at === undefined) === (signs === undefined)) return [{ path, message: "either `at` (a number) or `signs` (a state)" }];
    if ((signs === undefined) !== (states === undefined)) return [{ path, message: "`signs` and `states` go together" }];
    const length = asked.bits ? asked.shape.length * 4 : asked.shape.length;
    const last = Math.max(...(at ?? []), ...(signs ?? []));
    if (last >= length) return [{ path, message: `the answer has no sign ${last}` }];
    if (at !== undefined && !/^9+$/.test(asked.shape.slice(at[0], at[1] + 1)))
      return [{ path, message: "`at` must be a number of the shape (`9`)" }];
    const codes = Object.keys(states ?? {});
    return codes.flatMap((code, index) => {
      if (code.length !== signs?.length) return [{ path, message: `\`${code}\` has not as many signs as the field` }];
      const other = codes.slice(index + 1).find((later) => [...code].every((sign, place) => same(sign, later.charAt(place))));
      return other === undefined ? [] : [{ path, message: `\`${code}\` and \`${other}\` fit the same signs` }];
    });
  });
}

function same(one: string, other: string): boolean {
  return one === other || one === "." || other === ".";
}
