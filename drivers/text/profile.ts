import * as z from "zod";
import { commonField, type ProfileFault, text } from "../profile-parts.ts";

const place = z.int().min(0).meta({ description: "a place in the answer, counted from 0", zh: "应答中的位置，从 0 起" });
const yesNo = z.boolean().meta({ description: "true or false", zh: "true 或 false" });

/**
 * Questions of a protocol that speaks in text, by name, and what their answers look like. `ask` is what the protocol's own schema lets
 * pass.
 */
export const textQueries = (ask: z.ZodType<string>) =>
  z
    .record(
      z.string(),
      z.strictObject({
        ask,
        /** Sign for sign: `9` of a number, `b` 0 or 1, `h` a hexadecimal digit, `?` anything, all else itself (drivers/text/shape.ts). */
        shape: z.string().min(1).max(200).meta({
          description: "the answer sign for sign: `9` of a number, `b` 0 or 1, `h` a hexadecimal digit, `?` anything",
          zh: "逐字符的应答格式：`9` 数字、`b` 0 或 1、`h` 十六进制、`?` 任意",
        }),
        /** The answer is one hexadecimal number; fields see its bits, the most significant one first. */
        bits: yesNo.default(false),
        /** Not every unit of the family knows it. */
        optional: yesNo.default(false),
      }),
    )
    .meta({
      description: "questions by name: `{ status: { ask: …, shape: … } }`",
      zh: "按名称列出的查询：`{ status: { ask: …, shape: … } }`",
    });

export const textFieldSchema = z.strictObject({
  query: z.string().meta({ description: "the name of one of `queries`", zh: "`queries` 中的一个名称" }),
  /** Where the value stands in the answer, first and last sign, counted from 0. */
  at: z
    .tuple([z.int().min(0), z.int().min(0)])
    .meta({ description: "`[first, last]` sign of the number, counted from 0", zh: "数字的 `[首, 末]` 字符位置，从 0 起" })
    .optional(),
  /** The signs that make up a state, counted from 0, put side by side. */
  signs: z
    .array(place)
    .min(1)
    .max(16)
    .meta({ description: "1 to 16 places of the answer, counted from 0", zh: "应答中的 1–16 个位置，从 0 起" })
    .optional(),
  /** Signs → state name; `.` stands for any sign. No two may fit the same signs. */
  states: z
    .record(z.string().min(1).max(16), text)
    .meta({
      description: 'signs and state name, `.` for any sign, e.g. `{ "1.": battery, "00": normal }`',
      zh: '字符与状态名，`.` 表示任意，如 `{ "1.": battery, "00": normal }`',
    })
    .optional(),
  ...commonField,
});
export type TextField = z.infer<typeof textFieldSchema>;

/** What is wrong with the questions and fields of one profile. */
export function textFaults(
  queries: Readonly<Record<string, { readonly shape: string; readonly bits: boolean }>>,
  points: Readonly<Record<string, TextField>>,
): readonly ProfileFault[] {
  return Object.entries(points).flatMap(([name, field]): readonly ProfileFault[] => {
    const path = ["points", name];
    const asked = Object.hasOwn(queries, field.query) ? queries[field.query] : undefined;
    if (asked !== undefined) return fieldFaults(path, field, asked.shape, asked.bits);
    const message = { zh: `没有查询 \`${field.query}\``, en: `there is no query \`${field.query}\`` };
    return [{ path: [...path, "query"], message }];
  });
}

function fieldFaults(path: readonly string[], { at, signs, states }: TextField, shape: string, bits: boolean): readonly ProfileFault[] {
  const fault = (zh: string, en: string): readonly ProfileFault[] => [{ path, message: { zh, en } }];
  if ((at === undefined) === (signs === undefined))
    return fault("`at`（数值）与 `signs`（状态）二者取一", "either `at` (a number) or `signs` (a state)");
  if ((signs === undefined) !== (states === undefined)) return fault("`signs` 与 `states` 须同时使用", "`signs` and `states` go together");
  const last = Math.max(...(at ?? []), ...(signs ?? []));
  if (last >= (bits ? shape.length * 4 : shape.length)) return fault(`应答没有第 ${last} 个字符`, `the answer has no sign ${last}`);
  if (at !== undefined && !/^9+$/.test(shape.slice(at[0], at[1] + 1)))
    return fault("`at` 须是格式中的数字（`9`）", "`at` must be a number of the shape (`9`)");
  const codes = Object.keys(states ?? {});
  return codes.flatMap((code, index) => {
    if (code.length !== signs?.length) return fault(`\`${code}\` 的字符数与 signs 不同`, `\`${code}\` has not as many signs as the field`);
    const other = codes.slice(index + 1).find((later) => [...code].every((sign, nth) => same(sign, later.charAt(nth))));
    return other === undefined
      ? []
      : fault(`\`${code}\` 与 \`${other}\` 符合同样的字符`, `\`${code}\` and \`${other}\` fit the same signs`);
  });
}

function same(one: string, other: string): boolean {
  return one === other || one === "." || other === ".";
}
