import * as z from "zod";
import { wordsSchema } from "./alarm.ts";
import { ASSET_FIELDS, byField } from "./asset-fields.ts";

export const assetFieldSchema = z.enum(ASSET_FIELDS);
const valuesSchema = z.object(byField(() => z.string()));

/** A device's asset record as the API gives it. */
export const assetViewSchema = z.object({
  device: z.string(),
  values: valuesSchema.describe("what holds now; unknown is empty, dates are 2027-05-01"),
  area: wordsSchema.describe("from the site down to the area: the location where none is given"),
  edited: z.array(assetFieldSchema).describe("fields whose value was edited on this box; the others are as in the site file"),
});
export type AssetView = z.infer<typeof assetViewSchema>;

export const assetsReplySchema = z.object({
  today: z.string().nullable().describe("the site's calendar day; null while the box does not know the time of day"),
  assets: z.array(assetViewSchema),
});
export type AssetsReply = z.infer<typeof assetsReplySchema>;

/** One field of one device: what stands there, and what shall stand there. */
export const assetChangeSchema = z.strictObject({ field: assetFieldSchema, before: z.string().max(2_000), after: z.string().max(2_000) });
export type AssetChange = z.infer<typeof assetChangeSchema>;

export const changeAssetSchema = z.strictObject({
  device: z.string().min(1).max(64),
  changes: z
    .array(assetChangeSchema)
    .min(1)
    .max(ASSET_FIELDS.length)
    .describe("`before` guards against overwriting what somebody else wrote"),
});

/** An import is looked at first; `apply` takes the `preview` of that look, so that what was seen is what happens. */
export const importAssetsSchema = z.strictObject({
  file: z.base64().describe("the bytes of the CSV file: UTF-8, UTF-16 with BOM, or GBK as Excel writes it in China"),
  apply: z.string().max(64).nullable().default(null).describe("the `preview` of the look before; null only looks"),
});

export const sheetProblemSchema = z.object({ line: z.int(), column: z.int(), message: wordsSchema });
export type SheetProblem = z.infer<typeof sheetProblemSchema>;

export const assetImportReplySchema = z.object({
  problems: z.array(sheetProblemSchema).describe("all that is wrong with the file, in its order; then nothing can be applied"),
  changes: z.array(assetChangeSchema.extend({ device: z.string() })),
  rows: z.int().describe("devices that the file names"),
  preview: z.string().describe("names this set of changes"),
  applied: z.boolean(),
});
export type ImportReply = z.infer<typeof assetImportReplySchema>;
