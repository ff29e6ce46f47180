import { join } from "node:path";
import * as z from "zod";
import type { Clock } from "../platform/clock.ts";
import { type DurableJson, durableJson, type OnDamage } from "../platform/durable-json.ts";
import { DISCHARGES_MAX, dischargeSchema } from "./discharge.ts";
import { predictionSchema } from "./prediction.ts";
import { KEPT_MAX, OPEN_MAX } from "./prediction-book.ts";

const storedSchema = z.object({
  predictions: z
    .array(predictionSchema)
    .max(KEPT_MAX + OPEN_MAX)
    .readonly(),
  discharges: z.array(dischargeSchema).max(DISCHARGES_MAX).readonly(),
});
export type StoredForecasts = z.infer<typeof storedSchema>;

export const NOTHING_STORED: StoredForecasts = { predictions: [], discharges: [] };

/** What was foretold and what came of it, and what batteries did: a small file, written when there is something new, at most every few minutes. */
export function forecastsFile(dataFolder: string, clock: Clock, onDamage?: OnDamage): DurableJson<StoredForecasts> {
  return durableJson(join(dataFolder, "forecasts.json"), storedSchema, NOTHING_STORED, clock, { onDamage });
}
