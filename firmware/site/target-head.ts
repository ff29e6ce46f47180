import * as z from "zod";
import { unknownFields } from "../contract/message-fields.ts";
import { id } from "./schema-words.ts";
import { scopeSchema } from "./scope-schema.ts";

/** Of a subject and a text that a person reads; a name in braces stands for what is known of the incident. */
const template = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .refine((text) => unknownFields(text).length === 0)
    .meta({
      description: "a text with names in braces, e.g. `[{severity}] {number} {device}: {text}`; `roomward targets fields` lists them",
      zh: "含花括号字段名的文字，如 `[{severity}] {number} {device}: {text}`；`roomward targets fields` 列出全部字段",
    })
    .optional();

/** What targets have that people read. */
export const targetWording = { subject: template(200), text: template(4_000) };

/** What every kind of target has. */
export const targetHead = {
  id,
  only: scopeSchema.optional().meta({
    description: "which alarms it is told: { severity, areas, classes, devices, tags, schedule }; all when left out",
    zh: "只通知哪些告警：{ severity, areas, classes, devices, tags, schedule }；省略为全部",
  }),
};
