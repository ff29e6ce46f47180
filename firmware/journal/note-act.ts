import { text } from "node:stream/consumers";
import * as z from "zod";
import type { Words } from "../contract/alarm.ts";
import { lockFolder } from "./database.ts";
import { faultOf } from "./faults.ts";
import { AUDIT_TEXT_MAX } from "./journal.ts";
import { noteInClosedJournal } from "./note.ts";

const short = z.string().max(200);
const long = z.string().transform((text) => text.slice(0, AUDIT_TEXT_MAX));
const actSchema = z.object({
  atMs: z.number(),
  by: short,
  from: short,
  action: short,
  subject: short,
  detail: long,
  before: long.nullable(),
  after: long.nullable(),
});

/**
 * Writes one line, given as JSON, into the audit log of a stopped gateway. For what root does to the box: root hands it to a process of
 * the service's user, because what root writes into the journal's folder the service could not read.
 */
export async function noteAct(directory: string, input: NodeJS.ReadableStream): Promise<{ readonly problem: Words } | null> {
  const act = actSchema.parse(JSON.parse(await text(input)));
  try {
    const lock = lockFolder(directory);
    try {
      noteInClosedJournal(directory, act);
      return null;
    } finally {
      lock.release();
    }
  } catch (error) {
    return { problem: faultOf(error, directory).message };
  }
}
