import * as z from "zod";
import { wordsSchema } from "./alarm.ts";

export const logUsageSchema = z.object({
  count: z.number().int(),
  bytes: z.number().int().describe("about"),
  oldestMs: z.number().nullable().describe("the time of its oldest row; null: there is none"),
  days: z.number().int().describe("kept for so many days that the box runs and knows the time"),
});

/** What lies on the disk, what may lie there, and what is wrong with it. */
export const storageReplySchema = z.object({
  disk: z.object({ freeBytes: z.number(), sizeBytes: z.number() }),
  ballast: z.object({
    state: z
      .enum(["ready", "growing", "freed", "none"])
      .describe("`freed`: the disk was full and the reserve was given to the journal; `none`: the disk is too small for one"),
    bytes: z.number(),
  }),
  journal: z
    .object({
      bytes: z.number().describe("of its file"),
      bytesUsed: z.number().describe("what of it holds something; the rest is used again"),
      bytesMax: z.number(),
      events: logUsageSchema,
      audit: logUsageSchema,
      access: logUsageSchema,
      sheets: logUsageSchema,
      deliveries: z.object({
        waiting: z.number().int(),
        parked: z.number().int().describe("refused for good; a person has to look"),
        oldestWaitingMs: z.number().nullable(),
      }),
    })
    .nullable()
    .describe("null: it cannot be read, see `problem`"),
  history: z
    .object({
      bytes: z.number(),
      bytesMax: z.number(),
      oldestFullRateMs: z.number().nullable(),
      oldestMinuteMs: z.number().nullable(),
      minutesWaiting: z.number().int().describe("could not be written yet"),
      fullRateDays: z.number().int(),
      minuteDays: z.number().int(),
    })
    .nullable(),
  damaged: z.array(z.object({ name: z.string(), bytes: z.number(), atMs: z.number() })).describe("set aside, the youngest first"),
  generations: z
    .array(z.object({ name: z.string(), older: z.number().int() }))
    .describe("files of settings, and how many older states are kept"),
  problem: wordsSchema.nullable(),
});
export type StorageReply = z.infer<typeof storageReplySchema>;
export const deleteDamagedSchema = z.strictObject({ name: z.string().min(1).max(255) });
