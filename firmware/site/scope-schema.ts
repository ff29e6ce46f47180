import * as z from "zod";
import { SEVERITIES } from "../contract/severity.ts";
import { id } from "./schema-words.ts";
import { endOfSpan, timeOfDay, weekdays } from "./week-schema.ts";

const SPANS_MAX = 16;

const spanEntrySchema = z.strictObject({ days: weekdays, from: timeOfDay.default("00:00"), to: endOfSpan.default("24:00") });

/** Which alarms: what is left out asks nothing. */
export const scopeSchema = z.strictObject({
  severity: z.array(z.enum(SEVERITIES)).min(1).optional(),
  areas: z
    .array(id)
    .min(1)
    .max(64)
    .optional()
    .meta({ description: "ids of areas, with all that is in them", zh: "区域编号，含其下级区域" }),
  classes: z
    .array(z.string().min(1).max(32))
    .min(1)
    .max(32)
    .optional()
    .meta({ description: "classes of devices, e.g. `ups`", zh: "设备类别，如 `ups`" }),
  devices: z
    .array(z.string().min(1).max(64))
    .min(1)
    .max(64)
    .optional()
    .meta({ description: "device ids; `*` stands for any text, e.g. `ups-*`", zh: "设备编号，`*` 代表任意文字，如 `ups-*`" }),
  tags: z.array(id).min(1).max(32).optional().meta({
    description: "tags of devices, one of which is enough, e.g. `tenant-a`",
    zh: "设备标签，有其一即可，如 `tenant-a`",
  }),
  schedule: z.array(spanEntrySchema).max(SPANS_MAX).optional().meta({
    description: "when the alarm begins: { days, from, to }; a span may pass midnight",
    zh: "告警开始的时段：{ days, from, to }，可跨零点",
  }),
});

export type ScopeEntry = z.infer<typeof scopeSchema>;
