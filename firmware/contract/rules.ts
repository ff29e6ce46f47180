import * as z from "zod";
import { severitySchema, wordsSchema } from "./alarm.ts";

/** From the most general to the most special: a later one holds over an earlier one, field by field. */
export const RULE_LAYERS = ["builtin", "profile", "house", "standard", "site", "device", "point"] as const;
export const ruleLayerSchema = z.enum(RULE_LAYERS);
export type RuleLayer = z.infer<typeof ruleLayerSchema>;

export const originSchema = z.object({
  layer: ruleLayerSchema.describe(
    "`builtin` the program, `profile` the device's maker, `house` this product, `standard` a named set of limits",
  ),
  place: z.string().describe("e.g. `rules[2]`, or the id of a profile or standard"),
  clause: wordsSchema.optional().describe("of a standard"),
  unverified: z.boolean().optional().describe("true: this number was not read in the standard itself"),
});
export type OriginView = z.infer<typeof originSchema>;

const said = <Schema extends z.ZodType>(value: Schema) => z.object({ value, from: originSchema });

/** A rule as it holds at present, with who says what of it. */
export const ruleViewSchema = z.object({
  key: z.string().describe("key of the alarm that it makes"),
  device: z.string(),
  point: z.string().nullable(),
  type: z.string(),
  judges: z.enum(["value", "state", "rate", "deviation", "increase", "flat", "formula", "silence", "missing"]).describe("what is compared"),
  text: wordsSchema.describe("what the alarm says"),
  unit: z.string(),
  limits: z.array(z.object({ severity: severitySchema, limit: z.number() })).describe("mildest first; empty for a state"),
  severity: severitySchema.nullable().describe("of what is there or not there; null where limits have their own"),
  limitsFrom: originSchema.describe("who says limits, states and severities"),
  formula: z.string().nullable().describe("reference of a deviation, or the condition"),
  deadband: said(z.number()).nullable(),
  onDelayMs: said(z.number()),
  offDelayMs: said(z.number()),
  latched: said(z.boolean()),
  reAlarmMs: said(z.number()).nullable(),
  scheduled: z
    .array(
      z.object({
        schedules: z.array(z.string()),
        limits: z.array(z.object({ severity: severitySchema, limit: z.number() })),
        severity: severitySchema.nullable(),
        from: originSchema,
      }),
    )
    .describe("what holds in its place while a schedule is on; the last of several"),
});
export type RuleView = z.infer<typeof ruleViewSchema>;

export const rulesReplySchema = z.object({ rules: z.array(ruleViewSchema) });
export type RulesReply = z.infer<typeof rulesReplySchema>;
