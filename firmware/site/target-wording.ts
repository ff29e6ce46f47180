import * as z from "zod";
import { unknownFields } from "../contract/message-fields.ts";

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
