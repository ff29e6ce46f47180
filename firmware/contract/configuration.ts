import * as z from "zod";
import { wordsSchema } from "./alarm.ts";
import { REASON_MAX } from "./reason.ts";

/** Stands for a secret in every text that leaves the box. Sent back in its place, the secret stays as it is. */
export const MASK = "••••••";
/** As many characters as a site file has bytes. */
const TEXT_MAX = 1_048_576;

/**
 * Where a revision came from: the site file, the API (or the page), a command, an installer's stick; `revert`: somebody went back to an
 * older one; `return`: the box itself did, because the newer one did not start.
 */
export const originSchema = z.enum(["file", "api", "command", "stick", "revert", "return"]);

export const revisionViewSchema = z.object({
  number: z.int(),
  atMs: z.number(),
  clockTrusted: z.boolean(),
  by: z.string(),
  from: z.string(),
  reason: z.string(),
  origin: originSchema,
  of: z.int().nullable().describe("the revision whose text it took over again"),
  sha256: z.string().describe("of the text with its secrets"),
});
export type RevisionView = z.infer<typeof revisionViewSchema>;

export const siteProblemSchema = z.object({
  line: z.int(),
  column: z.int(),
  path: z.string(),
  message: wordsSchema,
});

/**
 * The site file beside what runs. `same`: it is what runs. `behind`: what runs was changed on the box since the file was taken over.
 * `changed`: it is good and not taken over yet. `unusable`: missing, unreadable or with problems. `overruled`: unusable or missing, and somebody
 * has chosen what runs since.
 */
export const siteFileStateSchema = z.enum(["same", "behind", "changed", "unusable", "overruled"]);
export type SiteFileState = z.infer<typeof siteFileStateSchema>;

export const configurationReplySchema = z.object({
  running: revisionViewSchema.nullable().describe("null: the site file runs, but could not be stored"),
  next: z.int().nullable().describe("a newer revision that is being started"),
  file: z.object({
    path: z.string(),
    state: siteFileStateSchema,
    trouble: wordsSchema.nullable().describe("why it cannot be read"),
    problems: z.array(siteProblemSchema),
  }),
  troubles: z.array(wordsSchema).describe("what keeps the alarm `configuration` standing; empty: all is well"),
});
export type ConfigurationReply = z.infer<typeof configurationReplySchema>;

export const revisionsReplySchema = z.object({ revisions: z.array(revisionViewSchema) });
export const revisionTextSchema = z.object({ revision: revisionViewSchema, text: z.string() });
export type RevisionText = z.infer<typeof revisionTextSchema>;

/** A line of a difference with its number in both texts. `skip`: so many lines, from here on, are the same in both and left out. */
export const diffLineSchema = z.object({
  kind: z.enum(["same", "removed", "added", "skip"]),
  text: z.string(),
  before: z.int().nullable(),
  after: z.int().nullable(),
});
export type DiffLine = z.infer<typeof diffLineSchema>;
export const differenceReplySchema = z.object({
  changes: z.array(wordsSchema).describe("what it means for the room, entry by entry; a changed secret is named, not shown"),
  lines: z.array(diffLineSchema),
  cut: z.boolean().describe("there are more lines than these"),
});
export type DifferenceReply = z.infer<typeof differenceReplySchema>;

const reasonSchema = z.string().trim().min(1).max(REASON_MAX).describe("why; it stands in the audit log");
const baseSchema = z.int().positive().describe("the revision that was looked at; 409 when it is not the newest any more");
const textSchema = z.string().min(1).max(TEXT_MAX).describe(`the whole site file as YAML; \`${MASK}\` keeps a secret as it is`);

export const checkConfigurationSchema = z.strictObject({ text: textSchema });
export const checkReplySchema = z.object({ problems: z.array(siteProblemSchema), difference: differenceReplySchema.nullable() });
export type CheckReply = z.infer<typeof checkReplySchema>;

export const changeConfigurationSchema = z.strictObject({ text: textSchema, reason: reasonSchema, base: baseSchema });
export const revertConfigurationSchema = z.strictObject({ revision: z.int().positive(), reason: reasonSchema, base: baseSchema });
export const adoptConfigurationSchema = z.strictObject({ base: baseSchema });
export const changedReplySchema = z.object({ number: z.int().describe("the new revision; it runs within seconds") });
