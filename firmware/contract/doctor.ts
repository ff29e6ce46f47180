import * as z from "zod";
import { wordsSchema } from "./alarm.ts";

/** What can be wrong with a wire or a device on it. Several of them may look the same from the box: then they are named together. */
export const CAUSES = [
  "adapterMissing",
  "adapterUnstable",
  "babble",
  "secondMaster",
  "swappedWires",
  "wrongSpeed",
  "wrongParity",
  "cableCut",
  "noise",
  "missingBias",
  "missingTermination",
  "sameAddress",
  "lostFirstBytes",
  "looseContact",
  "deviceOff",
  "wrongAddress",
  "slowDevice",
  "needsRest",
  "behindGateway",
  "wrongProfile",
  "wrongOrder",
  "deviceBusy",
  "overload",
  "echo",
] as const;
export type Cause = (typeof CAUSES)[number];

export const findingSchema = z.object({
  causes: z.array(z.enum(CAUSES)).min(1).describe("most likely first; more than one where they look the same on the wire"),
  certainty: z.enum(["certain", "likely", "unsure"]).describe("`unsure`: one of several causes that cannot be told apart from here"),
  devices: z.array(z.string()).describe("device ids; empty: the whole bus"),
  what: wordsSchema.describe("what is wrong"),
  why: wordsSchema.describe("what was seen, with numbers"),
  next: wordsSchema.describe("what to do at the rack"),
});
export type FindingView = z.infer<typeof findingSchema>;

export const latencySchema = z
  .object({ p50Ms: z.number(), p95Ms: z.number(), p99Ms: z.number() })
  .nullable()
  .describe("from the end of the question to the first byte of the answer; null: no answer");
export type Latency = z.infer<typeof latencySchema>;

const errors = z.record(z.string(), z.number()).describe("count per kind; kinds that did not happen are left out");

/** What the last minutes on one bus were like, and what is most likely wrong with it. */
export const busDoctorSchema = z.object({
  bus: z.string(),
  windowSeconds: z.number().describe("how far back the figures reach"),
  exchanges: z.number(),
  answered: z.number(),
  busyPercent: z.number().nullable().describe("of the time that the wire was taken"),
  loadPercent: z
    .number()
    .nullable()
    .describe("of the time that all devices that answer would take at their periods; above 100 it cannot keep up"),
  latency: latencySchema,
  errors,
  devices: z.array(z.object({ device: z.string(), exchanges: z.number(), answered: z.number(), latency: latencySchema, errors })),
  findings: z.array(findingSchema).describe("most important first; none: nothing to do"),
});
export type BusDoctorView = z.infer<typeof busDoctorSchema>;

export const doctorReplySchema = z.object({ buses: z.array(busDoctorSchema) });
export type DoctorReply = z.infer<typeof doctorReplySchema>;
