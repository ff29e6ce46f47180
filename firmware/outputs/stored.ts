import { join } from "node:path";
import * as z from "zod";
import type { Clock } from "../platform/clock.ts";
import { type DurableJson, durableJson, type OnDamage } from "../platform/durable-json.ts";
import { type Kept, NOTHING_KEPT } from "./book.ts";

const lockSchema = z.object({ by: z.string(), atMs: z.number(), reason: z.string() });
const ordersSchema = z.object({
  lock: lockSchema.nullable(),
  force: lockSchema.extend({ untilMs: z.number(), isOn: z.boolean() }).nullable(),
});
const keptSchema = z.object({
  orders: z.record(z.string(), ordersSchema),
  armed: z.record(z.string(), z.object({ mark: z.string(), by: z.string(), atMs: z.number() })),
  linkages: z.record(
    z.string(),
    z.object({
      output: z.string(),
      isOn: z.boolean(),
      dealt: z.array(z.string()),
      acted: z.object({ atMs: z.number(), events: z.array(z.string()) }).nullable(),
    }),
  ),
});

/** What people have ordered and linkages have done, in the data folder. */
export function outputsFile(dataFolder: string, clock: Clock, onDamage?: OnDamage): DurableJson<Kept> {
  return durableJson<Kept>(join(dataFolder, "outputs.json"), keptSchema, NOTHING_KEPT, clock, { onDamage });
}
