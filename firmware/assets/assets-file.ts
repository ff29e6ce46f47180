import { join } from "node:path";
import * as z from "zod";
import { assetFieldSchema } from "../contract/assets.ts";
import type { Clock } from "../platform/clock.ts";
import { type DurableJson, durableJson, type OnDamage } from "../platform/durable-json.ts";

/** A full site with every field edited, and the audit lines of an import that wait for the journal. */
const BYTES_MAX = 8 * 1024 * 1024;

const editSchema = z.object({ value: z.string(), over: z.string() });

/** Who changed what, waiting to be written into the journal. Made in the same write as the change itself. */
const actSchema = z.object({
  atMs: z.number(),
  by: z.string(),
  from: z.string(),
  action: z.literal("asset.change"),
  subject: z.string(),
  detail: z.string(),
  before: z.string(),
  after: z.string(),
});
export type AssetAct = z.infer<typeof actSchema>;

const storedSchema = z.object({
  /** By device id, also of devices that the site file does not have at present: they may come back. */
  edits: z.record(z.string(), z.partialRecord(assetFieldSchema, editSchema)),
  acts: z.array(actSchema),
});
export type StoredAssets = z.infer<typeof storedSchema>;

const NOTHING: StoredAssets = { edits: {}, acts: [] };

/** What was edited on the box about its devices, in its data folder. */
export function assetsFile(dataFolder: string, clock: Clock, onDamage: OnDamage): DurableJson<StoredAssets> {
  return durableJson<StoredAssets>(join(dataFolder, "assets.json"), storedSchema, NOTHING, clock, { bytesMax: BYTES_MAX, onDamage });
}
