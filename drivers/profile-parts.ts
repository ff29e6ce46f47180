import * as z from "zod";
import { DEVICE_CLASSES, type Words } from "./vocabulary.ts";

/** Parts that profiles of every protocol share. Each says in both languages what it expects: `roomward profile check` repeats it. */

export const text = z.string().min(1).meta({ description: "text that is not empty", zh: "非空文本" });

export const wordsSchema = z
  .strictObject({ zh: text, en: text })
  .meta({ description: "words in both languages: `{ zh: …, en: … }`", zh: "两种文字：`{ zh: …, en: … }`" });

const number = z.number().meta({ description: "a number", zh: "数字" });

/** What one sees of a raw number's unit: a factor, or a temperature scale that is not a factor. */
export const conversionSchema = z
  .union([z.number(), z.enum(["celsius", "fahrenheit", "kelvin"])])
  .meta({ description: "a factor, or `celsius`, `fahrenheit`, `kelvin`", zh: "系数，或 `celsius`、`fahrenheit`、`kelvin`" });
export type Conversion = z.infer<typeof conversionSchema>;

/**
 * How the value of one variable changes what another says: it is a divisor, a count of decimals, a factor; `signed` divides by a negative
 * one and multiplies by a positive one; `codes` maps what it says to a conversion. Neither is guessed: without it there is no value.
 */
export const SCALED_AS = ["divisor", "decimals", "factor", "signed"] as const;

export const scaledAsSchema = z.enum(SCALED_AS).meta({ description: `one of ${SCALED_AS.join(", ")}`, zh: `${SCALED_AS.join("、")} 之一` });

export const commonField = {
  /** house value = raw × scale + offset */
  scale: number
    .refine((scale) => scale !== 0)
    .meta({ description: "a number other than 0", zh: "非 0 的数字" })
    .default(1),
  offset: number.default(0),
  /** Raw numbers that the maker documents as "no value". */
  absent: z
    .array(number)
    .meta({ description: "a list of raw numbers, e.g. `[-1, 65535]`", zh: "原始值列表，如 `[-1, 65535]`" })
    .default([]),
  /** Replaces the vocabulary's physical range where the maker states a narrower one (house units). */
  range: z
    .tuple([z.number(), z.number()])
    .refine(([low, high]) => low < high)
    .meta({ description: "`[lowest, highest]` in the unit of the point", zh: "`[最低, 最高]`，用测点的单位" })
    .optional(),
  /** The sign tells polarity or direction only, e.g. of a −48 V system or of a meter's current: the amount is shown. */
  magnitude: z.boolean().meta({ description: "true or false", zh: "true 或 false" }).default(false),
  /** State of a code that is not listed, or when no bit or character of `flags` is set. */
  otherwise: text.optional(),
  /** Not every unit of the family has it: shown and judged only after it was good once. */
  optional: z.boolean().meta({ description: "true or false", zh: "true 或 false" }).default(false),
  /** What changes rarely, e.g. a setting or a rating: read this often where the device itself is read more often; 0 with every reading. */
  everyMs: z
    .int()
    .min(0)
    .max(3_600_000)
    .meta({ description: "milliseconds, 0 (with every reading) to 3600000", zh: "毫秒，0（随每次读取）至 3600000" })
    .default(0),
};

/** Complains of a field's own interval where the protocol has no use for it: said and not kept would be worse than not to be said. */
export function pacedFaults(
  points: Readonly<Record<string, { readonly everyMs: number }>>,
  because: { readonly zh: string; readonly en: string },
): readonly ProfileFault[] {
  return Object.entries(points)
    .filter(([, { everyMs }]) => everyMs !== 0)
    .map(([name]) => {
      const message = { zh: `这里没有 everyMs：${because.zh}`, en: `no everyMs here: ${because.en}` };
      return { path: ["points", name, "everyMs"], message };
    });
}

/** Raw state code → state name of the vocabulary. A raw code that is not listed is "unknown state", never a guess. */
export const codedStates = z
  .record(z.string().regex(/^\d+$/), text)
  .meta({
    description: 'raw code and state name, e.g. `{ "0": normal, "1": alarm }`',
    zh: '原始码与状态名，如 `{ "0": normal, "1": alarm }`',
  })
  .optional();

/** How a serial line is set when its devices come from the factory: offered to the installer. */
const serialSettings = {
  baudRate: z.int(),
  parity: z.enum(["none", "even", "odd"]),
  stopBits: z.union([z.literal(1), z.literal(2)]),
};

export const serialLine = z
  .strictObject(serialSettings)
  .meta({
    description: "factory serial settings: `{ baudRate: 2400, parity: none, stopBits: 1 }`",
    zh: "出厂串口参数：`{ baudRate: 2400, parity: none, stopBits: 1 }`",
  })
  .optional();

/** The same of a line whose devices have a number. */
export const serialLineWithUnit = (unitMax: number) =>
  z
    .strictObject({ ...serialSettings, unit: z.int().min(1).max(unitMax) })
    .meta({
      description: "factory serial settings: `{ baudRate: 9600, parity: none, stopBits: 1, unit: 1 }`",
      zh: "出厂串口参数：`{ baudRate: 9600, parity: none, stopBits: 1, unit: 1 }`",
    })
    .optional();

/** The silence that a device wants before each question, where that is more than its wire's; a quirk, with its reason beside it. */
export const pauseMs = z.int().min(0).max(5_000).meta({ description: "milliseconds, 0 to 5000", zh: "毫秒，0–5000" }).default(0);

/** Something that can only be seen of a whole profile: where it is, and what was expected. */
export interface ProfileFault {
  readonly path: readonly PropertyKey[];
  readonly message: Words;
}

const severity = z.enum(["warning", "minor", "major", "critical"]);
const limits = z
  .partialRecord(severity, z.number())
  .meta({ description: "limits by severity, e.g. `{ minor: 60, major: 80 }`", zh: "按级别的限值，如 `{ minor: 60, major: 80 }`" });
const delayMs = z.int().min(0).max(86_400_000).meta({ description: "milliseconds, 0 to a day", zh: "毫秒，0 至一天" });

/** What the maker calls abnormal: judged where neither the site nor the house has a rule for the point. */
const suggestedRule = z.strictObject({
  high: limits.optional(),
  low: limits.optional(),
  state: z
    .record(z.string(), severity)
    .meta({ description: "severity by state name, e.g. `{ fault: major }`", zh: "状态对应的级别，如 `{ fault: major }`" })
    .optional(),
  deadband: z.number().min(0).meta({ description: "a number, 0 or more", zh: "不小于 0 的数字" }).optional(),
  onDelayMs: delayMs.default(30_000),
  offDelayMs: delayMs.default(30_000),
  action: wordsSchema.optional(),
});
export type SuggestedRule = z.infer<typeof suggestedRule>;

export const head = {
  class: z.enum(DEVICE_CLASSES).meta({ description: `one of ${DEVICE_CLASSES.join(", ")}`, zh: `${DEVICE_CLASSES.join("、")} 之一` }),
  maker: text,
  family: text,
  label: wordsSchema,
  /** Where the facts were read: manual with page, MIB, public table. */
  source: z
    .array(text)
    .min(1)
    .meta({ description: "where the facts were read: manual and page, MIB, public table", zh: "依据：手册与页码、MIB 或公开资料" }),
  /** What an installer must know at the rack: wiring, jumpers, factory address and speed. */
  notes: wordsSchema.optional(),
  /** Why the family is asked in another way than others: setting → reason. */
  quirks: z
    .record(z.string(), text)
    .meta({
      description: "setting and reason, e.g. `{ gapMax: a hole answers exception 2 }`",
      zh: "设置与原因，如 `{ gapMax: 空洞返回异常 2 }`",
    })
    .default({}),
  periodMs: z.int().min(100).max(3_600_000).meta({ description: "milliseconds, 100 to 3600000", zh: "毫秒，100–3600000" }).default(10_000),
  rules: z.record(z.string(), suggestedRule).default({}),
};

export const pointsOf = <Field extends z.ZodType>(field: Field) =>
  z.record(z.string(), field).meta({ description: "points by name, at least one", zh: "按名称列出的测点，至少一个" });
