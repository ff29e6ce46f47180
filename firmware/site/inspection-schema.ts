import * as z from "zod";
import { id, words } from "./schema-words.ts";

/** Items of one template after device names and patterns were put in; a sheet is read by people. */
export const INSPECTION_ITEMS_MAX = 300;
const CHOICES_MAX = 12;

const weight = z
  .number()
  .min(0)
  .max(100)
  .meta({ description: "what the item counts in the score, 0–100", zh: "该项在评分中的权重，0–100" })
  .default(1);
const head = {
  id,
  name: words,
  device: id.optional().meta({ description: "the device that is looked at", zh: "所查看的设备" }),
  optional: z.boolean().default(false).meta({ description: "true: the sheet can be signed without it", zh: "true：不填也可以签名" }),
  weight,
};

/** Measured items fill themselves; the others are for eyes and ears. */
const inspectionItemEntrySchema = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("measured"),
    device: id
      .optional()
      .meta({ description: "a device; without `point` its most telling points", zh: "设备；不写 `point` 时取其主要测点" }),
    point: z.string().min(1).max(255).optional().meta({
      description: "a point id, `*` stands for any text, e.g. `th-*/ambient.temperature`; with `device` the name alone",
      zh: "测点编号，`*` 代表任意文字，如 `th-*/ambient.temperature`；写了 `device` 时只写测点名",
    }),
    weight,
  }),
  z.strictObject({
    kind: z.literal("choice"),
    ...head,
    choices: z
      .array(z.strictObject({ id, name: words, abnormal: z.boolean().default(false) }))
      .min(2)
      .max(CHOICES_MAX)
      .meta({ description: "2 to 12 choices { id, name, abnormal }", zh: "2 到 12 个选项 { id, name, abnormal }" }),
  }),
  z.strictObject({
    kind: z.literal("number"),
    ...head,
    unit: z.string().max(16).default(""),
    min: z.number().optional().meta({ description: "a number; below it is abnormal", zh: "数值；低于它为异常" }),
    max: z.number().optional().meta({ description: "a number; above it is abnormal", zh: "数值；高于它为异常" }),
  }),
  z.strictObject({ kind: z.literal("text"), ...head }),
]);

/** One round: what is looked at, by whom, and when the day's sheet is due. */
export const inspectionEntrySchema = z.strictObject({
  id,
  name: words,
  at: z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/)
    .meta({ description: "a time of day of the site's time zone, HH:MM, e.g. `18:00`", zh: "站点时区的时刻 HH:MM，如 `18:00`" })
    .default("18:00"),
  who: words.optional().meta({ description: "who does this round", zh: "由谁巡检" }),
  items: z
    .array(inspectionItemEntrySchema)
    .min(1)
    .max(INSPECTION_ITEMS_MAX)
    .meta({ description: `a list of 1 to ${INSPECTION_ITEMS_MAX} items`, zh: `1 到 ${INSPECTION_ITEMS_MAX} 项的列表` }),
});

export type InspectionEntry = z.infer<typeof inspectionEntrySchema>;
export type InspectionItemEntry = InspectionEntry["items"][number];
