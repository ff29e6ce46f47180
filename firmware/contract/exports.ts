import * as z from "zod";
import { sheetIdSchema } from "./inspection.ts";

/** Names of our own making: nothing else in the folder is listed or given out. */
export const EXPORT_NAME = /^(?:inspection|summary)-[a-z0-9][a-z0-9-]{0,80}\.(?:zh|en)\.(?:pdf|xlsx|csv)$/i;

export const exportFileSchema = z.object({
  name: z.string().describe("e.g. `inspection-daily-2026-11-21.zh.pdf`"),
  bytes: z.number().int(),
  madeAtMs: z.number().describe("wall clock, milliseconds"),
});
export type ExportFile = z.infer<typeof exportFileSchema>;
export const exportsReplySchema = z.object({ files: z.array(exportFileSchema).describe("newest day first") });
export const makeExportSchema = z.strictObject({ sheet: sheetIdSchema, language: z.enum(["zh", "en"]).default("zh") });
export const madeExportSchema = z.object({ names: z.array(z.string()) });
