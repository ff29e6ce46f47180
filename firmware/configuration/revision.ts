import { createHash } from "node:crypto";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import * as z from "zod";
import { type RevisionView, revisionViewSchema } from "../contract/configuration.ts";
import { AUDIT_TEXT_MAX } from "../journal/journal.ts";
import { type Act, actSchema } from "../people/act.ts";
import { SITE_MAX } from "../site/schema.ts";

/** Revisions that are kept, and what their texts may take on the disk together; the newest two stay in any case. */
export const REVISIONS_MAX = 50;
const TEXTS_BYTES_MAX = 4 * 1024 * 1024;
const NEWEST_KEPT = 2;
/** Lines for the audit log that wait for the journal. */
const ACTS_MAX = 200;

const revisionSchema = revisionViewSchema.extend({
  number: z.int().positive(),
  /** YAML, deflated, base64. */
  deflated: z.string(),
});
export type Revision = z.infer<typeof revisionSchema>;

export const storedSchema = z.object({
  /** Oldest first; the last one is to run. Each was good when it was added. */
  revisions: z.array(revisionSchema).max(REVISIONS_MAX),
  /** SHA-256 of the site file that was last taken over, or overruled by a person's choice; `absent` where there was none. */
  settled: z.string(),
  /** Newer copies of this file that were damaged, so that a change may be missing; until somebody chooses what runs. */
  damaged: z.array(z.string()),
  acts: z.array(actSchema).max(ACTS_MAX + 1),
});
export type Stored = z.infer<typeof storedSchema>;
export const NOTHING: Stored = { revisions: [], settled: "", damaged: [], acts: [] };

/** A new revision as it is asked for. */
export interface Draft {
  readonly text: string;
  readonly by: string;
  readonly from: string;
  readonly reason: string;
  readonly origin: Revision["origin"];
  readonly of: number | null;
  /** What it changes, for the audit log. */
  readonly changes: string;
  readonly atMs: number;
  readonly clockTrusted: boolean;
}

/** Adds a revision and its line for the audit log; the oldest go when there are too many. */
export function withRevision(stored: Stored, { text, changes, ...draft }: Draft): Stored {
  const before = stored.revisions.at(-1);
  const number = (before?.number ?? 0) + 1;
  const revision: Revision = { ...draft, number, sha256: sha256Of(text), deflated: deflated(text) };
  const act: Act = {
    ...{ atMs: draft.atMs, by: draft.by, from: draft.from, subject: `${number}` },
    action: ACTIONS[draft.origin],
    detail: [draft.reason, draft.of === null ? "" : `text of ${draft.of}`, changes]
      .filter((part) => part !== "")
      .join("; ")
      .slice(0, AUDIT_TEXT_MAX),
    before: before === undefined ? null : nameOf(before),
    after: nameOf(revision),
  };
  return { ...stored, revisions: bounded([...stored.revisions, revision]), damaged: [], acts: [...stored.acts, act].slice(-ACTS_MAX) };
}

const ACTIONS: Readonly<Record<Revision["origin"], string>> = {
  ...{ file: "configuration.change", api: "configuration.change", command: "configuration.change", stick: "configuration.change" },
  ...{ revert: "configuration.revert", return: "configuration.return" },
};

function bounded(revisions: readonly Revision[]): Revision[] {
  let bytes = 0;
  const kept = revisions.toReversed().filter(({ deflated: text }, age) => {
    bytes += text.length;
    return age < NEWEST_KEPT || (age < REVISIONS_MAX && bytes <= TEXTS_BYTES_MAX);
  });
  return kept.reverse();
}

/** Null where the stored text is not what was stored. */
export function textOf({ deflated: packed, sha256 }: Pick<Revision, "deflated" | "sha256">): string | null {
  try {
    const text = inflateRawSync(Buffer.from(packed, "base64"), { maxOutputLength: SITE_MAX.fileBytes }).toString("utf8");
    return sha256Of(text) === sha256 ? text : null;
  } catch {
    return null;
  }
}

export function viewOf({ deflated: _, ...view }: Revision): RevisionView {
  return view;
}

export function sha256Of(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

function deflated(text: string): string {
  return deflateRawSync(text, { level: 9 }).toString("base64");
}

function nameOf({ number, sha256 }: Revision): string {
  return `${number} sha256:${sha256}`;
}
